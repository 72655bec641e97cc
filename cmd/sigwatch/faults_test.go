package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/watcher/emulator"
)

// faulty is the built-in Watcher behind a handler that counts requests and
// does harm.
type faulty struct {
	*emulator.Emulator

	mu    sync.Mutex
	count map[string]int
	// harm is asked before each request; where it says true it has answered.
	harm func(w http.ResponseWriter, r *http.Request) bool
}

func (f *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.count[kindOf(r)]++
	harm := f.harm
	f.mu.Unlock()
	if harm == nil || !harm(w, r) {
		f.Emulator.ServeHTTP(w, r)
	}
}

// kindOf sorts requests: listings, and reads and writes of single watches.
func kindOf(r *http.Request) string {
	switch {
	case strings.Contains(r.URL.Path, "_query/watches"):
		return "list"
	case strings.Contains(r.URL.Path, "/watch/") && r.Method == http.MethodGet:
		return "read"
	case strings.Contains(r.URL.Path, "/watch/"):
		return "write"
	default:
		return "other"
	}
}

func (f *faulty) counted() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.count
	f.count = map[string]int{}
	return out
}

// faultyProject is a project of n rules, and a server.
func faultyProject(t *testing.T, n int) (*faulty, string) {
	t.Helper()
	project, err := filepath.Abs("testdata/project")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	config, err := os.ReadFile(filepath.Join(project, "sigwatch.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, "sigwatch.yaml", string(config))
	for i := range n {
		writeFile(t, ruleFile(i), fmt.Sprintf(ruleText, i, "value"))
	}
	e, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := &faulty{Emulator: e, count: map[string]int{}}
	s := httptest.NewServer(f)
	t.Cleanup(func() {
		s.Close()
		_ = e.Close()
	})
	return f, s.URL
}

const ruleText = `title: Generated %[1]d
id: 00000000-0000-4000-8000-%012[1]d
logsource: {product: linux}
detection:
  selection: {field: %[2]s}
  condition: selection
level: low
`

func ruleFile(i int) string { return fmt.Sprintf("rules/gen-%04d.yml", i) }

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// command runs a command line and returns what it said.
func command(ctx context.Context, t *testing.T, want int, args ...string) string {
	t.Helper()
	var out, talk bytes.Buffer
	if code := run(ctx, args, stdio{out: &out, err: &talk}); code != want {
		t.Errorf("%v: exit code %d, want %d\n%s%s", args, code, want, out.String(), talk.String())
	}
	return out.String() + talk.String()
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("no %q in:\n%s", p, text)
		}
	}
}

// The requests that a sync makes: a handful of listings and no write where
// nothing changed, one read and one write for an update.
func TestRequests(t *testing.T) {
	f, url := faultyProject(t, 300)
	command(t.Context(), t, exitDone, "sync", "--url", url)
	if got := f.counted(); got["write"] != 300 || got["list"] > 5 {
		t.Errorf("the first sync made %v", got)
	}
	command(t.Context(), t, exitDone, "sync", "--url", url)
	got := f.counted()
	if diff := cmp.Diff([]int{0, 0}, []int{got["read"], got["write"]}); diff != "" || got["list"] > 5 || got["other"] > 5 {
		t.Errorf("a sync without changes made %v", got)
	}
	writeFile(t, ruleFile(7), fmt.Sprintf(ruleText, 7, "other"))
	command(t.Context(), t, exitDone, "sync", "--url", url)
	got = f.counted()
	if diff := cmp.Diff([]int{1, 1}, []int{got["read"], got["write"]}); diff != "" {
		t.Errorf("an update made %v", got)
	}
}

// first is a harm that is done to the first n writes of a kind.
func (f *faulty) first(n int, harm func(w http.ResponseWriter, r *http.Request)) {
	f.harm = func(w http.ResponseWriter, r *http.Request) bool {
		f.mu.Lock()
		now := kindOf(r) == "write" && n > 0
		if now {
			n--
		}
		f.mu.Unlock()
		if now {
			harm(w, r)
		}
		return now
	}
}

// A connection that is cut after the write took effect is no second write.
func TestCutAfterWrite(t *testing.T) {
	f, url := faultyProject(t, 3)
	f.first(1, func(_ http.ResponseWriter, r *http.Request) {
		f.Emulator.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
	contains(t, command(t.Context(), t, exitDone, "sync", "--url", url), "3 created")
	if got := f.counted()["write"]; got != 3 {
		t.Errorf("%d writes for 3 watches", got)
	}
	contains(t, command(t.Context(), t, exitDone, "diff", "--url", url), "nothing to do")
}

// A busy server is asked again.
func TestBusy(t *testing.T) {
	f, url := faultyProject(t, 2)
	f.first(3, func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusTooManyRequests) })
	contains(t, command(t.Context(), t, exitDone, "sync", "--url", url), "2 created")
}

func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"error":{"root_cause":[],"type":"test_exception","reason":"not now"},"status":%d}`, status)
}

// One watch that cannot be written does not stop the others, and the next run
// finishes the work.
func TestOneFails(t *testing.T) {
	f, url := faultyProject(t, 4)
	bad := "000000000002"
	f.harm = func(w http.ResponseWriter, r *http.Request) bool {
		hit := kindOf(r) == "write" && strings.HasSuffix(r.URL.Path, bad)
		if hit {
			refuse(w, http.StatusInternalServerError)
		}
		return hit
	}
	text := command(t.Context(), t, exitCluster, "sync", "--url", url)
	contains(t, text, "3 created, 1 failed", "500 test_exception: not now", "soc-00000000-0000-4000-8000-"+bad, "run sigwatch sync again")
	f.mu.Lock()
	f.harm = nil
	f.mu.Unlock()
	contains(t, command(t.Context(), t, exitDone, "sync", "--url", url), "1 created, 3 watches in step")
}

// One watch to which the server says 503 for ever is tried several times, does
// not stop the others, and does not keep the run from ending.
func TestUnavailableForEver(t *testing.T) {
	f, url := faultyProject(t, 12)
	bad, tries := "000000000002", 0
	f.harm = func(w http.ResponseWriter, r *http.Request) bool {
		hit := kindOf(r) == "write" && strings.HasSuffix(r.URL.Path, bad)
		if hit {
			f.mu.Lock()
			tries++
			f.mu.Unlock()
			refuse(w, http.StatusServiceUnavailable)
		}
		return hit
	}
	text := command(t.Context(), t, exitCluster, "sync", "--url", url)
	contains(t, text, "11 created, 1 failed", "503 test_exception: not now",
		"soc-00000000-0000-4000-8000-"+bad, "run sigwatch sync again")
	if strings.Contains(text, "level=") {
		t.Errorf("the log says what the plan says:\n%s", text)
	}
	if tries < 2 || tries > 10 {
		t.Errorf("the write was tried %d times", tries)
	}
	contains(t, command(t.Context(), t, exitDone, "diff", "--url", url), "1 to create, 11 watches in step")
	f.mu.Lock()
	f.harm = nil
	f.mu.Unlock()
	contains(t, command(t.Context(), t, exitDone, "sync", "--url", url), "1 created, 11 watches in step")
}

// Ctrl-C in the middle: the writes under way end, and the next run finishes
// the work.
func TestInterrupted(t *testing.T) {
	f, url := faultyProject(t, 40)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	f.harm = func(_ http.ResponseWriter, r *http.Request) bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		if kindOf(r) == "write" {
			seen++
		}
		if seen == 10 {
			cancel()
		}
		return false
	}
	text := command(ctx, t, exitCluster, "sync", "--url", url, "--parallel", "2")
	contains(t, text, "interrupted", "not done", "run it again: it finishes what is left")
	if seen >= 40 {
		t.Errorf("all %d were written", seen)
	}
	contains(t, command(t.Context(), t, exitDone, "sync", "--url", url), "in step")
	contains(t, command(t.Context(), t, exitDone, "diff", "--url", url), "nothing to do", "40 watches in step")
}

// A plan that was interrupted is a document all the same.
func TestInterruptedJSON(t *testing.T) {
	_, url := faultyProject(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	text := command(ctx, t, exitCluster, "sync", "--url", url, "--format", "json")
	contains(t, text, `"schema": "sigwatch/plan/v1"`, `"code": "sigwatch/failed"`)
}
