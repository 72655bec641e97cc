package integration

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// plan is what the tests read of the JSON that diff and sync print.
type plan struct {
	Schema  string         `json:"schema"`
	Summary map[string]int `json:"summary"`
	Changes []struct {
		Action string `json:"action"`
		Watch  string `json:"watch"`
		Cause  string `json:"cause"`
	} `json:"changes"`
}

func (p plan) watches(action string) []string {
	var ids []string
	for _, c := range p.Changes {
		if c.Action == action {
			ids = append(ids, c.Watch)
		}
	}
	return ids
}

// TestSync takes a folder of rules through its life against a container, by
// both forms of the API.
func TestSync(t *testing.T) {
	for _, api := range []string{"watcher", "xpack"} {
		t.Run(api, func(t *testing.T) {
			life{newProject(t), startServer(t), api}.run(t)
		})
	}
}

type life struct {
	project
	server
	api string
}

func (l life) plan(t *testing.T, code int, args ...string) plan {
	t.Helper()
	args = append(args, "--format", "json", "--url", l.url, "--api", l.api)
	r := l.mustRun(t, code, args...)
	var p plan
	if err := json.Unmarshal([]byte(r.stdout), &p); err != nil {
		t.Fatalf("%v\n%s", err, r.stdout)
	}
	return p
}

func (l life) run(t *testing.T) {
	before := l.count(t)
	first := l.plan(t, 0, "sync")
	created := first.watches("create")
	if len(created) < 10 || first.Summary["create"] != len(created) || l.count(t) != before+len(created) {
		t.Fatalf("first sync: %d created, summary %v, %d on the server", len(created), first.Summary, l.count(t))
	}
	t.Cleanup(func() { l.remove(created) })
	versions := l.versions(t, created)

	l.unchanged(t, created, versions)
	l.drift(t, created[0])
	l.switchedOff(t, created[1])
	l.foreign(t)
	l.removedRule(t, len(created))
}

// unchanged: a second sync writes nothing, and diff is empty.
func (l life) unchanged(t *testing.T, ids []string, versions map[string]float64) {
	t.Helper()
	if p := l.plan(t, 0, "diff", "--detailed-exitcode"); p.Summary["unchanged"] != len(ids) {
		t.Errorf("diff after sync: %v", p.Summary)
	}
	if p := l.plan(t, 0, "sync"); p.Summary["unchanged"] != len(ids) {
		t.Errorf("second sync: %v", p.Summary)
	}
	for id, version := range l.versions(t, ids) {
		if version != versions[id] {
			t.Errorf("watch %s was written again: version %v, was %v", id, version, versions[id])
		}
	}
}

// drift: a watch changed by hand is named and repaired.
func (l life) drift(t *testing.T, id string) {
	t.Helper()
	body, _, _ := l.watch(t, id)
	body["trigger"] = map[string]any{"schedule": map[string]any{"interval": "9h"}}
	if status, answer := l.call(t, http.MethodPut, "/_watcher/watch/"+id, body); status != http.StatusOK {
		t.Fatalf("put by hand: %d %v", status, answer)
	}
	p := l.plan(t, 2, "diff", "--detailed-exitcode")
	if got := p.watches("update"); len(got) != 1 || got[0] != id || p.Changes[0].Cause != "drift" {
		t.Errorf("diff after a change by hand: %+v", p.Changes)
	}
	l.plan(t, 0, "sync")
	body, _, _ = l.watch(t, id)
	if schedule := body["trigger"].(map[string]any)["schedule"].(map[string]any); schedule["interval"] != nil {
		t.Errorf("drift was not repaired: %v", schedule)
	}
}

// switchedOff: a watch deactivated by hand stays so through an update.
func (l life) switchedOff(t *testing.T, id string) {
	t.Helper()
	l.call(t, http.MethodPut, "/_watcher/watch/"+id+"/_deactivate", nil)
	l.write(t, "sigwatch.yaml", strings.Replace(l.read(t, "sigwatch.yaml"), "soc@example.org", "csirt@example.org", 1))
	if p := l.plan(t, 0, "sync"); p.Summary["update"] == 0 {
		t.Errorf("a new recipient updates nothing: %v", p.Summary)
	}
	if _, version, active := l.watch(t, id); active || version < 2 {
		t.Errorf("watch %s: active %v, version %v; want it updated and still off", id, active, version)
	}
}

// foreign: another one's watch is counted and not touched.
func (l life) foreign(t *testing.T) {
	t.Helper()
	body := map[string]any{"trigger": map[string]any{"schedule": map[string]any{"interval": "1h"}}}
	l.call(t, http.MethodPut, "/_watcher/watch/it-by-hand", body)
	t.Cleanup(func() { l.remove([]string{"it-by-hand"}) })
	p := l.plan(t, 0, "sync")
	if p.Summary["foreign"] < 1 || p.Summary["delete"] != 0 {
		t.Errorf("with a foreign watch: %v", p.Summary)
	}
	if _, version, _ := l.watch(t, "it-by-hand"); version != 1 {
		t.Errorf("the foreign watch was written: version %v", version)
	}
}

// removedRule: what left the folder goes, an emptied folder removes nothing.
func (l life) removedRule(t *testing.T, rules int) {
	t.Helper()
	if err := os.Remove(filepath.Join(l.dir, "rules", "seeds", "wmi_persistence.yml")); err != nil {
		t.Fatal(err)
	}
	if p := l.plan(t, 0, "sync"); len(p.watches("delete")) != 1 || p.Summary["unchanged"] != rules-1 {
		t.Errorf("after a rule left: %v", p.Summary)
	}
	if err := os.RemoveAll(filepath.Join(l.dir, "rules")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(l.dir, "rules"), 0o755); err != nil {
		t.Fatal(err)
	}
	count := l.count(t)
	r := l.sync(t)
	if r.code != 4 || l.count(t) != count || !strings.Contains(r.stdout+r.stderr, "--allow-empty") {
		t.Errorf("with an emptied folder: exit code %d, %d watches of %d left\n%s%s", r.code, l.count(t), count, r.stdout, r.stderr)
	}
}

func (l life) sync(t *testing.T) result {
	t.Helper()
	return l.project.run(t, "sync", "--url", l.url, "--api", l.api)
}

func (p project) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (l life) versions(t *testing.T, ids []string) map[string]float64 {
	t.Helper()
	versions := map[string]float64{}
	for _, id := range ids {
		_, versions[id], _ = l.watch(t, id)
	}
	return versions
}

// remove cleans up on a server that outlives the test.
func (s server) remove(ids []string) {
	for _, id := range ids {
		request, err := http.NewRequest(http.MethodDelete, s.url+"/_watcher/watch/"+id, nil)
		if err != nil {
			continue
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
		}
	}
}
