package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cbroglie/mustache"
)

// startRealNode runs a real Elasticsearch server (its core, without Watcher).
func startRealNode(t *testing.T, version string) server {
	t.Helper()
	shared := os.Getenv("SIGWATCH_SHARED")
	if shared == "" {
		t.Skip("SKIPPED: SIGWATCH_SHARED is not set, so there is no Elasticsearch server to start")
	}
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("SKIPPED: the Elasticsearch server needs Java 17")
	}
	home, port := t.TempDir(), freePort(t)
	start := exec.CommandContext(t.Context(), filepath.Join(shared, "realnode", "start"),
		"--version", version, "--port", fmt.Sprint(port), "--home", home)
	if out, err := start.CombinedOutput(); err != nil {
		t.Fatalf("start the Elasticsearch server: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command(filepath.Join(shared, "realnode", "stop"), home).CombinedOutput(); err != nil {
			t.Errorf("stop the Elasticsearch server: %v\n%s", err, out)
		}
	})
	return server{fmt.Sprintf("http://127.0.0.1:%d", port)}
}

// scheduled is the time at which the watches of this test would run.
var scheduled = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// document is an event with the time it happened, before the scheduled time.
type document struct {
	id     string
	ago    time.Duration
	fields map[string]any
	match  bool
}

// searches are the seed rules with two events each that match, two that do
// not, and matching ones just outside the window of 2 to 7 minutes ago.
func searches() map[string][]document {
	scrcons := `C:\WINDOWS\system32\wbem\scrcons.exe`
	return map[string][]document{
		"wmi_persistence_script_event_consumer_write": {
			{"as-written", 3 * time.Minute, map[string]any{"EventID": "11", "Image": scrcons}, true},
			{"other-case", 6 * time.Minute, map[string]any{"EventID": "11", "Image": strings.ToLower(scrcons)}, true},
			{"first-moment", 7 * time.Minute, map[string]any{"EventID": "11", "Image": scrcons}, true},
			{"other-image", 3 * time.Minute, map[string]any{"EventID": "11", "Image": scrcons + ".bak"}, false},
			{"other-event", 3 * time.Minute, map[string]any{"EventID": "1", "Image": scrcons}, false},
			{"too-late", 2 * time.Minute, map[string]any{"EventID": "11", "Image": scrcons}, false},
			{"too-early", 7*time.Minute + time.Millisecond, map[string]any{"EventID": "11", "Image": scrcons}, false},
		},
		"wmi_persistence": {
			{"binding", 3 * time.Minute, map[string]any{"EventID": "5859", "message": "a filter was bound"}, true},
			{"keyword", 4 * time.Minute, map[string]any{"EventID": "5861", "message": "Consumer = activescripteventconsumer=\"x\"; PossibleCause = binding"}, true},
			{"no-keyword", 3 * time.Minute, map[string]any{"EventID": "5861", "message": "nothing of note"}, false},
			{"other-event", 3 * time.Minute, map[string]any{"EventID": "5860", "message": "CommandLineTemplate"}, false},
			{"too-late", time.Minute, map[string]any{"EventID": "5859", "message": "a filter was bound"}, false},
		},
	}
}

// TestRealSearch searches a real server with the very request bodies of the
// seed rules' watches.
func TestRealSearch(t *testing.T) {
	node := startRealNode(t, "7.17.29")
	bodies := seedBodies(t)
	for rule, documents := range searches() {
		t.Run(rule, func(t *testing.T) {
			body, ok := bodies[rule]
			if !ok {
				t.Fatalf("no watch was made of the seed rule; there are %v", bodies)
			}
			node.index(t, "events-"+rule, documents)
			got := node.search(t, "events-"+rule, body)
			var want []string
			for _, d := range documents {
				if d.match {
					want = append(want, d.id)
				}
			}
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("found %v, want %v, with\n%s", got, want, body)
			}
		})
	}
}

// seedBodies gives the search body of each seed rule's watch, by the name of
// its file, rendered for the scheduled time as Watcher renders it.
func seedBodies(t *testing.T) map[string]string {
	t.Helper()
	p := newProject(t)
	r := p.mustRun(t, 0, "convert", "--to", "watch", "--format", "ndjson", "rules/seeds")
	bodies := map[string]string{}
	for line := range strings.Lines(r.stdout) {
		var row struct {
			File    string
			Queries []struct {
				Input struct {
					Search struct {
						Request struct{ Body json.RawMessage }
					}
				}
			}
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		name := strings.TrimSuffix(filepath.Base(row.File), ".yml")
		bodies[name] = render(t, string(row.Queries[0].Input.Search.Request.Body))
	}
	return bodies
}

func render(t *testing.T, body string) string {
	t.Helper()
	trigger := map[string]any{"scheduled_time": scheduled.Format("2006-01-02T15:04:05.000Z")}
	text, err := mustache.RenderRaw(body, true, map[string]any{"ctx": map[string]any{"trigger": trigger}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// index puts the documents into a new index: texts as keyword, message as text.
func (s server) index(t *testing.T, name string, documents []document) {
	t.Helper()
	mapping := map[string]any{"mappings": map[string]any{
		"dynamic_templates": []any{map[string]any{"texts": map[string]any{
			"match_mapping_type": "string", "mapping": map[string]any{"type": "keyword"},
		}}},
		"properties": map[string]any{"@timestamp": map[string]any{"type": "date"}, "message": map[string]any{"type": "text"}},
	}}
	if status, answer := s.call(t, http.MethodPut, "/"+name, mapping); status != http.StatusOK {
		t.Fatalf("create index: %d %v", status, answer)
	}
	for _, d := range documents {
		event := map[string]any{"@timestamp": scheduled.Add(-d.ago).Format("2006-01-02T15:04:05.000Z")}
		maps.Copy(event, d.fields)
		if status, answer := s.call(t, http.MethodPut, "/"+name+"/_doc/"+d.id+"?refresh=true", event); status != http.StatusCreated {
			t.Fatalf("index %s: %d %v", d.id, status, answer)
		}
	}
}

// search gives the ids of what a body finds, sorted.
func (s server) search(t *testing.T, index, body string) []string {
	t.Helper()
	response, err := http.Post(s.url+"/"+index+"/_search", "application/json", bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Error json.RawMessage
		Hits  struct {
			Hits []struct {
				ID string `json:"_id"`
			}
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if answer.Error != nil {
		t.Fatalf("the server refuses the search: %s\n%s", answer.Error, body)
	}
	ids := []string{}
	for _, hit := range answer.Hits.Hits {
		ids = append(ids, hit.ID)
	}
	slices.Sort(ids)
	return ids
}
