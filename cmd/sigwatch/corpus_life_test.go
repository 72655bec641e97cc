package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/watcher/emulator"
	"github.com/sigwatch/sigwatch/watcher/plan"
)

// TestCorpusLife takes the watches of the whole corpus through what people do
// to them: one changed by hand, one switched off, one of somebody else, a rule
// broken, and all rules gone.
func TestCorpusLife(t *testing.T) {
	c := newCorpus(t)
	first := c.invoke(t, exitRefused, "sync")
	c.counts(t, "first sync", map[string]int{"write": first.Summary.Create})

	c.invoke(t, exitRefused, "sync")
	c.counts(t, "second sync", map[string]int{"write": 0, "read": 0})

	var ids []string
	for _, change := range first.Changes {
		if change.Action == "create" {
			ids = append(ids, change.Watch)
		}
	}
	drifted, off, broken := ids[0], ids[1], first.Changes[len(first.Changes)/2]
	c.change(t, drifted)
	c.send(t, http.MethodPut, "/_watcher/watch/"+off+"/_deactivate", nil)
	c.send(t, http.MethodPut, "/_watcher/watch/by-hand", []byte(`{"trigger":{"schedule":{"interval":"1h"}}}`))
	c.breakRule(t, broken.Rule.File)

	want := plan.Summary{
		Rules: first.Summary.Rules, Refused: first.Summary.Refused,
		Held: 1, Update: 1, Unchanged: first.Summary.Create - 2, Foreign: 1,
	}
	before := c.invoke(t, exitRefused, "diff")
	if diff := cmp.Diff(want, before.Summary); diff != "" {
		t.Errorf("diff after changes by hand (-want +got):\n%s", diff)
	}
	for _, change := range before.Changes {
		if change.Action == "update" && (change.Watch != drifted || change.Cause != "drift") {
			t.Errorf("update of %s for %s, want %s for drift", change.Watch, change.Cause, drifted)
		}
		if change.Action == "held" && change.Watch != broken.Watch {
			t.Errorf("held: %s, want %s", change.Watch, broken.Watch)
		}
	}
	c.counts(t, "by hand and diff", nil)
	c.invoke(t, exitRefused, "sync")
	c.counts(t, "repair", map[string]int{"write": 1, "read": 1})
	c.state(t, drifted, 3, true)
	c.state(t, off, 2, false)
	c.state(t, "by-hand", 1, true)
	c.state(t, broken.Watch, 1, true)

	c.removeRules(t)
	c.counts(t, "looking", nil)
	c.invoke(t, exitGuard, "sync")
	c.counts(t, "no rules", map[string]int{"write": 0})
}

// corpus is a copy of the rules with a server that counts.
type corpus struct {
	*faulty
	dir, url string
}

func newCorpus(t *testing.T) *corpus {
	t.Helper()
	shared := sharedFolder(t, "corpus", "sigmahq", "rules")
	if testing.Short() {
		t.Skip("2,199 files are not short")
	}
	c := &corpus{dir: t.TempDir(), faulty: &faulty{count: map[string]int{}}}
	rules := filepath.Join(c.dir, "rules")
	if err := os.CopyFS(rules, os.DirFS(shared)); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(corpusConfig, "RULES", "rules")
	if err := os.WriteFile(filepath.Join(c.dir, "sigwatch.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(c.dir)
	e, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	c.Emulator = e
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

// counts compares the calls of single watches since the last time; nil only
// forgets them.
func (c *corpus) counts(t *testing.T, when string, want map[string]int) {
	t.Helper()
	got := c.counted()
	for kind, n := range want {
		if got[kind] != n {
			t.Errorf("%s: %d %ss, want %d", when, got[kind], kind, n)
		}
	}
	if got["list"] > 10 {
		t.Errorf("%s: %d lists, want a handful", when, got["list"])
	}
}

func (c *corpus) invoke(t *testing.T, want int, command string) planDocument {
	t.Helper()
	return invoke(t, want, command, "--format", "json", "--url", c.url)
}

// send makes a request by hand and gives the answer.
func (c *corpus) send(t *testing.T, method, path string, body []byte) map[string]any {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, c.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var document map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&document); err != nil || answer.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %v %v", method, path, answer.Status, document, err)
	}
	return document
}

// change puts a watch with another schedule, as somebody might in Kibana.
func (c *corpus) change(t *testing.T, id string) {
	t.Helper()
	body := c.send(t, http.MethodGet, "/_watcher/watch/"+id, nil)["watch"].(map[string]any)
	body["trigger"] = map[string]any{"schedule": map[string]any{"interval": "9h"}}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	c.send(t, http.MethodPut, "/_watcher/watch/"+id, text)
}

// state checks how often a watch was written, and whether it is on.
func (c *corpus) state(t *testing.T, id string, version float64, active bool) {
	t.Helper()
	answer := c.send(t, http.MethodGet, "/_watcher/watch/"+id, nil)
	on := answer["status"].(map[string]any)["state"].(map[string]any)["active"]
	if answer["_version"] != version || on != active {
		t.Errorf("%s: version %v, active %v; want %v, %v", id, answer["_version"], on, version, active)
	}
}

// breakRule cuts a rule file off in the middle of a list.
func (c *corpus) breakRule(t *testing.T, file string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, filepath.FromSlash(file)), []byte("title: x\ndetection: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// removeRules leaves the folders and takes all files.
func (c *corpus) removeRules(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(c.dir, "rules"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return os.Remove(path)
	})
	if err != nil {
		t.Fatal(err)
	}
}
