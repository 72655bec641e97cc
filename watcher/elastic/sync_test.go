package elastic_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/elastic"
	"github.com/sigwatch/sigwatch/watcher/plan"
	"github.com/sigwatch/sigwatch/watcher/reconcile"
)

// These tests run client, plan and reconciler together over real HTTP.

func options() reconcile.Options {
	return reconcile.Options{Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
}

func input(ws ...watcher.Wanted) plan.Input {
	return plan.Input{Owner: owner, Wanted: ws, Limits: plan.Limits{MaxDeletes: 10}}
}

func syncOnce(t testing.TB, c *elastic.Client, in plan.Input) plan.Plan {
	t.Helper()
	p, err := reconcile.RunOnce(t.Context(), c, in, options())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func many(t testing.TB, n int) []watcher.Wanted {
	var ws []watcher.Wanted
	for i := range n {
		ws = append(ws, watch(t, owner, fmt.Sprintf("soc-%04d", i), "x"))
	}
	return ws
}

func TestRequestsOfASync(t *testing.T) {
	const n = 2199
	for _, api := range []string{elastic.Watcher, elastic.XPack} {
		t.Run(api, func(t *testing.T) {
			s := newServer(t)
			s.hold(t, watch(t, "blue", "blue-1", "theirs"))
			c := s.client(t, func(cfg *elastic.Config) { cfg.API = api })
			ws := many(t, n)
			if p := syncOnce(t, c, input(ws...)); p.Summary.Create != n || p.Summary.Failed != 0 {
				t.Fatalf("the first sync: %+v", p.Summary)
			}
			s.reset()
			p := syncOnce(t, c, input(ws...))
			if p.Pending() || p.Summary.Unchanged != n || p.Summary.Foreign != 1 {
				t.Errorf("the second sync: %+v", p.Summary)
			}
			if diff := cmp.Diff(map[string]int{"list": 4}, s.requests()); diff != "" {
				t.Errorf("requests of a sync without changes (-want +got):\n%s", diff)
			}
			s.reset()
			ws[7] = watch(t, owner, ws[7].ID, "changed")
			syncOnce(t, c, input(ws...))
			if diff := cmp.Diff(map[string]int{"list": 4, "GET": 1, "PUT": 1}, s.requests()); diff != "" {
				t.Errorf("requests of an update (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSyncThroughFaults(t *testing.T) {
	put := func(r *http.Request) bool {
		return r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/soc-0001")
	}
	tests := []struct {
		name   string
		set    func(s *server)
		failed int
		error  string
		puts   int
	}{
		{"cut after the write took effect", func(s *server) {
			s.cut = func(r *http.Request, n int) bool { return put(r) && n == 1 }
		}, 0, "", 1},
		{"busy three times", func(s *server) {
			s.fault = func(w http.ResponseWriter, r *http.Request, n int) bool {
				return put(r) && n <= 3 && reply(429, "application/json", `{"error":{"type":"es_rejected_execution_exception","reason":"x"},"status":429}`)(w, r, n)
			}
		}, 0, "", 4},
		{"one watch unavailable for ever", func(s *server) {
			s.fault = func(w http.ResponseWriter, r *http.Request, n int) bool {
				return put(r) && reply(503, "application/json", `{"error":{"root_cause":[{"reason":"primary shard is not active"}],"type":"unavailable_shards_exception","reason":"x"},"status":503}`)(w, r, n)
			}
		}, 1, "primary shard is not active", 5},
		{"the right to write is missing", func(s *server) {
			s.fault = func(w http.ResponseWriter, r *http.Request, n int) bool {
				return r.Method == http.MethodPut && reply(403, "application/json", `{"error":{"type":"security_exception","reason":"action [x] is unauthorized"},"status":403}`)(w, r, n)
			}
		}, 3, "manage_watcher", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			test.set(s)
			c, ws := s.client(t), many(t, 3)
			p := syncOnce(t, c, input(ws...))
			if p.Summary.Failed != test.failed {
				t.Errorf("%d failed, want %d", p.Summary.Failed, test.failed)
			}
			for _, ch := range p.Changes {
				if ch.Result == plan.Failed && !strings.Contains(ch.Error, test.error) {
					t.Errorf("watch %s failed with %q, want it to hold %q", ch.Watch, ch.Error, test.error)
				}
			}
			if n := s.count("PUT /_watcher/watch/soc-0001"); n != test.puts {
				t.Errorf("the watch was put %d times, want %d", n, test.puts)
			}
			s.set(func() { s.fault, s.cut = nil, nil })
			syncOnce(t, c, input(ws...))
			if p := syncOnce(t, c, input(ws...)); p.Pending() {
				t.Error("the next run did not finish the work")
			}
		})
	}
}

func TestInterruptedSync(t *testing.T) {
	s := newServer(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupt := errors.New("interrupt")
	s.fault = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/soc-0010") {
			cancel(interrupt)
		}
		return false
	}
	c, ws := s.client(t), many(t, 50)
	p, err := reconcile.RunOnce(ctx, c, input(ws...), options())
	if !errors.Is(err, interrupt) {
		t.Errorf("got %v, want the cause of the end", err)
	}
	done := 0
	for _, ch := range p.Changes {
		if ch.Result == plan.Done {
			done++
		}
		if ch.Result == plan.Failed {
			t.Errorf("a write under way was broken off: %s", ch.Error)
		}
	}
	if done != len(s.stored()) || done < 11 || done == 50 {
		t.Errorf("%d are said to be done and %d are there", done, len(s.stored()))
	}
	s.set(func() { s.fault = nil })
	syncOnce(t, c, input(ws...))
	if p := syncOnce(t, c, input(ws...)); p.Pending() || len(s.stored()) != 50 {
		t.Error("the next run did not finish the work")
	}
}

// A watch that the server cannot read any more is repaired by a put, and those
// around it are left alone.
func TestBrokenWatchIsRepaired(t *testing.T) {
	for _, reason := range []string{"could not parse watch [soc-0002]. unexpected field [x]", "unable to find script [gone] in cluster state"} {
		for _, noSearch := range []bool{false, true} {
			s := newServer(t)
			ws := many(t, 9)
			s.hold(t, ws...)
			s.hold(t, watch(t, owner, "soc-orphan", "x"))
			s.docs["soc-0002"].broken, s.noSearch = reason, noSearch
			for _, d := range s.docs {
				d.acked = true
			}
			c := s.client(t, small(4))
			p := syncOnce(t, c, input(ws...))
			if got := p.Summary; got.Update != 1 || got.Unchanged != 8 || got.Failed != 0 {
				t.Errorf("%s, no search %v: %+v", reason, noSearch, got)
			}
			for id, d := range s.stored() {
				if id != "soc-0002" && !d.acked {
					t.Errorf("watch %s was written", id)
				}
			}
			syncOnce(t, c, input(ws...))
			if p := syncOnce(t, c, input(ws...)); p.Pending() {
				t.Error("the next plan is not empty")
			}
			if _, there := s.stored()["soc-orphan"]; there {
				t.Error("the watch without a rule is still there after the listing was whole again")
			}
		}
	}
}

func TestSyncLeavesOthersAlone(t *testing.T) {
	s := newServer(t)
	ws := many(t, 4)
	s.hold(t, ws[:3]...)
	s.hold(t, watch(t, "blue", "blue-1", "theirs"), watch(t, "blue", "soc-0003", "theirs too"), watch(t, owner, "soc-old", "x"))
	s.docs["soc-0001"].active = false
	before := map[string]string{}
	for _, id := range []string{"blue-1", "soc-0003"} {
		before[id] = string(watcher.Encode(s.docs[id].body))
	}
	ws[1] = watch(t, owner, ws[1].ID, "changed")
	p := syncOnce(t, s.client(t), input(ws...))
	var got []string
	for _, ch := range p.Changes {
		got = append(got, fmt.Sprintf("%s %s %s", ch.Action, ch.Watch, ch.Result))
	}
	slices.Sort(got)
	want := []string{"delete soc-old done", "held soc-0003 ", "unchanged soc-0000 ", "unchanged soc-0002 ", "update soc-0001 done"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	for id, body := range before {
		if diff := cmp.Diff(body, string(watcher.Encode(s.stored()[id].body))); diff != "" {
			t.Errorf("watch %s of others changed:\n%s", id, diff)
		}
	}
	if s.stored()["soc-0001"].active {
		t.Error("a watch switched off by hand was switched on by an update")
	}
	if p.Summary.Foreign != 2 {
		t.Errorf("%d foreign watches were counted, want 2", p.Summary.Foreign)
	}
}
