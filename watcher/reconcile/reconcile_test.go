package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/plan"
	"github.com/sigwatch/sigwatch/watcher/reconcile"
)

func TestOrderAndRequests(t *testing.T) {
	c := newCluster()
	c.hold(wanted(t, 1, "same"), wanted(t, 2, "old"), wanted(t, 3, "same"), wanted(t, 9, "gone"))
	off := false
	silenced := wanted(t, 3, "same")
	silenced.Active = &off
	p := run(t, c, input(silenced, wanted(t, 1, "same"), wanted(t, 2, "new"), wanted(t, 4, "new")), quick())

	want := []string{
		"list ", "get soc-002", "put soc-002", "get soc-004", "put soc-004",
		"get soc-003", "switch soc-003", "get soc-009", "delete soc-009",
	}
	if diff := cmp.Diff(want, c.log); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	want = []string{"update soc-002 done", "create soc-004 done", "deactivate soc-003 done", "delete soc-009 done"}
	if diff := cmp.Diff(want, results(p)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}

	c.log = nil
	if p := run(t, c, input(silenced, wanted(t, 1, "same"), wanted(t, 2, "new"), wanted(t, 4, "new")), quick()); p.Pending() {
		t.Errorf("the next plan is not empty: %v", p.Changes)
	}
	if diff := cmp.Diff([]string{"list "}, c.log); diff != "" {
		t.Errorf("requests of a run without changes (-want +got):\n%s", diff)
	}
	if !c.acks[id(1)] {
		t.Error("an unchanged watch lost its acknowledgement")
	}
}

func TestDeletionsComeLastInParallel(t *testing.T) {
	c := newCluster()
	var in []watcher.Wanted
	for n := range 30 {
		c.hold(wanted(t, n, "gone"))
		in = append(in, wanted(t, 100+n, "new"))
	}
	opt := quick()
	opt.Parallel = 4
	var told sync.Map
	c.enter = func(string, string) { time.Sleep(time.Millisecond) }
	opt.Each = func(ch plan.Change) { told.Store(ch.Watch, ch.Result) }
	run(t, c, input(in...), opt)
	writes := c.writes()
	first := slices.IndexFunc(writes, func(s string) bool { return strings.HasPrefix(s, "delete") })
	if first != 30 || len(writes) != 60 {
		t.Errorf("the first of %d writes that deletes is number %d, want 60 and 30", len(writes), first)
	}
	if c.peak > 4 || c.peak < 2 {
		t.Errorf("%d writes went on at a time, want more than one and no more than 4", c.peak)
	}
	n := 0
	told.Range(func(_, result any) bool { n++; return result == plan.Done })
	if n != 60 {
		t.Errorf("Each was told of %d finished changes, want 60", n)
	}
}

func TestFaults(t *testing.T) {
	busy := &fault{text: "429 busy", temporary: true}
	lost := &fault{text: "connection reset", temporary: true, lost: true}
	reset := &fault{text: "connection reset", temporary: true}
	denied := &fault{text: "403 denied"}
	tests := []struct {
		name string
		fail func(op, id string, n int) *fault
		// want are the results, calls the requests about watch 2.
		want  []string
		calls []string
	}{
		{
			"cut after the write took effect",
			func(op, w string, n int) *fault { return pick(op == "put" && w == id(2) && n == 1, lost) },
			[]string{"create soc-001 done", "create soc-002 done"},
			[]string{"get", "put", "get"},
		},
		{
			"cut before the write took effect",
			func(op, w string, n int) *fault { return pick(op == "put" && w == id(2) && n == 1, reset) },
			[]string{"create soc-001 done", "create soc-002 done"},
			[]string{"get", "put", "get", "put"},
		},
		{
			"busy three times",
			func(op, w string, n int) *fault { return pick(op == "put" && w == id(2) && n <= 3, busy) },
			[]string{"create soc-001 done", "create soc-002 done"},
			[]string{"get", "put", "get", "put", "get", "put", "get", "put"},
		},
		{
			"unavailable for ever",
			func(op, w string, _ int) *fault { return pick(op == "put" && w == id(2), busy) },
			[]string{"create soc-001 done", "create soc-002 failed"},
			[]string{"get", "put", "get", "put", "get", "put", "get", "put", "get", "put"},
		},
		{
			"denied",
			func(op, w string, _ int) *fault { return pick(op == "put" && w == id(2), denied) },
			[]string{"create soc-001 done", "create soc-002 failed"},
			[]string{"get", "put"},
		},
		{
			"cannot be read",
			func(op, w string, _ int) *fault { return pick(op == "get" && w == id(2), denied) },
			[]string{"create soc-001 done", "create soc-002 failed"},
			[]string{"get"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newCluster()
			c.fail = test.fail
			p := run(t, c, input(wanted(t, 1, "a"), wanted(t, 2, "b")), quick())
			if diff := cmp.Diff(test.want, results(p)); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
			var calls []string
			for _, l := range c.log {
				if op, ok := strings.CutSuffix(l, " "+id(2)); ok {
					calls = append(calls, op)
				}
			}
			if diff := cmp.Diff(test.calls, calls); diff != "" {
				t.Errorf("requests for watch 2 (-want +got):\n%s", diff)
			}
			if failed := strings.Count(strings.Join(test.want, " "), "failed"); p.Summary.Failed != failed {
				t.Errorf("the summary counts %d failures, want %d", p.Summary.Failed, failed)
			}
			c.fail = nil
			run(t, c, input(wanted(t, 1, "a"), wanted(t, 2, "b")), quick())
			if p := run(t, c, input(wanted(t, 1, "a"), wanted(t, 2, "b")), quick()); p.Pending() {
				t.Errorf("the next run did not finish the work: %v", p.Changes)
			}
		})
	}
}

func pick(yes bool, f *fault) *fault {
	if yes {
		return f
	}
	return nil
}

func TestLostDeleteAndSwitchAreMadeOnce(t *testing.T) {
	c := newCluster()
	c.hold(wanted(t, 1, "a"), wanted(t, 2, "gone"))
	off := false
	w := wanted(t, 1, "a")
	w.Active = &off
	c.fail = func(op, _ string, n int) *fault {
		return pick((op == "delete" || op == "switch") && n == 1, &fault{text: "EOF", temporary: true, lost: true})
	}
	p := run(t, c, input(w), quick())
	if diff := cmp.Diff([]string{"deactivate soc-001 done", "delete soc-002 done"}, results(p)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"switch soc-001", "delete soc-002"}, c.writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

// What changes between the plan and its carrying out.
func TestChangedMeanwhile(t *testing.T) {
	tests := []struct {
		name   string
		change func(c *cluster)
		want   []string
		writes []string
		active bool
	}{
		{"nothing", func(*cluster) {}, []string{"update soc-001 done", "delete soc-002 done"}, []string{"put soc-001", "delete soc-002"}, true},
		{"switched off", func(c *cluster) {
			l := c.watches[id(1)]
			l.Active = false
			c.watches[id(1)] = l
		}, []string{"update soc-001 done", "delete soc-002 done"}, []string{"put soc-001", "delete soc-002"}, false},
		{"updated by another run", func(c *cluster) { c.hold(wanted(t, 1, "new")) }, []string{"delete soc-002 done", "unchanged soc-001 not-needed"}, []string{"delete soc-002"}, true},
		{"taken over by others", func(c *cluster) {
			c.hold(wantedBy(t, "blue", id(1), "x"), wantedBy(t, "blue", id(2), "y"))
		}, []string{"held soc-001 not-needed", "unchanged soc-002 not-needed"}, nil, true},
		{"both deleted", func(c *cluster) { clear(c.watches) }, []string{"create soc-001 done", "unchanged soc-002 not-needed"}, []string{"put soc-001"}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newCluster()
			c.hold(wanted(t, 1, "old"), wanted(t, 2, "gone"))
			p, err := reconcile.Plan(t.Context(), c, input(wanted(t, 1, "new")))
			if err != nil {
				t.Fatal(err)
			}
			test.change(c)
			p, err = reconcile.Apply(t.Context(), p, c, quick())
			if err != nil {
				t.Fatal(err)
			}
			got := results(p)
			slices.Sort(got)
			slices.Sort(test.want)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.writes, c.writes()); diff != "" {
				t.Errorf("writes (-want +got):\n%s", diff)
			}
			if l := c.watches[id(1)]; l.Active != test.active {
				t.Errorf("watch 1 is active: %v, want %v", l.Active, test.active)
			}
			if p.Summary.Rules != 1 {
				t.Errorf("the summary counts %d rules, want 1: %+v", p.Summary.Rules, p.Summary)
			}
		})
	}
}

// The old watch of a rule must outlive the failure of its new one.
func TestWatchIsNotDeletedWhileItsSuccessorFails(t *testing.T) {
	c := newCluster()
	old, successor := wanted(t, 1, "a"), wanted(t, 2, "a")
	successor.Rule = old.Rule
	c.hold(old, wanted(t, 3, "gone"))
	c.fail = func(op, _ string, _ int) *fault { return pick(op == "put", &fault{text: "400 no"}) }
	p := run(t, c, input(successor), quick())
	want := []string{"create soc-002 failed", "delete soc-001 not-done", "delete soc-003 done"}
	if diff := cmp.Diff(want, results(p)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	c.fail = nil
	run(t, c, input(successor), quick())
	if _, there := c.watches[id(1)]; there {
		t.Error("the old watch is still there after the new one could be written")
	}
}

func TestGuardWritesNothing(t *testing.T) {
	c := newCluster()
	c.hold(wanted(t, 1, "a"), wanted(t, 2, "b"))
	in := input()
	in.Limits = plan.Limits{MaxDeletes: 10}
	p, err := reconcile.RunOnce(t.Context(), c, in, quick())
	if !errors.Is(err, reconcile.ErrGuarded) || p.Guard == nil {
		t.Errorf("got error %v and guard %v, want ErrGuarded and one", err, p.Guard)
	}
	if diff := cmp.Diff([]string{"list "}, c.log); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestInterrupt(t *testing.T) {
	c := newCluster()
	var in []watcher.Wanted
	for n := range 20 {
		in = append(in, wanted(t, n, "new"))
	}
	c.hold(wanted(t, 99, "gone"))
	ctx, cancel := context.WithCancelCause(t.Context())
	c.enter = func(op, w string) {
		if op == "put" && w == id(5) {
			cancel(errInterrupt)
		}
	}
	p, err := reconcile.RunOnce(ctx, c, input(in...), quick())
	if !errors.Is(err, errInterrupt) {
		t.Errorf("got error %v, want the cause of the end", err)
	}
	count := map[plan.Result]int{}
	for _, ch := range p.Changes {
		count[ch.Result]++
	}
	if diff := cmp.Diff(map[plan.Result]int{plan.Done: 6, plan.NotDone: 15}, count); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if _, there := c.watches[id(5)]; !there {
		t.Error("the write under way was not finished")
	}
	if p.Summary.Failed != 15 {
		t.Errorf("the summary counts %d changes that did not succeed, want 15", p.Summary.Failed)
	}
	c.enter = nil
	run(t, c, input(in...), quick())
	if p := run(t, c, input(in...), quick()); p.Pending() {
		t.Error("the next run did not finish the work")
	}
}

func TestInterruptWhileWaiting(t *testing.T) {
	c := newCluster()
	ctx, cancel := context.WithCancelCause(t.Context())
	c.fail = func(op, _ string, _ int) *fault {
		if op != "put" {
			return nil
		}
		cancel(errInterrupt)
		return &fault{text: "503", temporary: true}
	}
	opt := reconcile.Options{Backoff: func(int) time.Duration { return time.Hour }}
	p, err := reconcile.RunOnce(ctx, c, input(wanted(t, 1, "a")), opt)
	if !errors.Is(err, errInterrupt) {
		t.Errorf("got error %v, want the cause of the end", err)
	}
	if diff := cmp.Diff([]string{"create soc-001 failed"}, results(p)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

// When the cluster is gone the run must not wait through all attempts of each
// of thousands of watches.
func TestClusterDown(t *testing.T) {
	c := newCluster()
	var in []watcher.Wanted
	for n := range 200 {
		in = append(in, wanted(t, n, "new"))
	}
	c.fail = func(op, _ string, _ int) *fault {
		return pick(op != "list", &fault{text: "connection refused", temporary: true})
	}
	slept := 0
	opt := quick()
	opt.Sleep = func(context.Context, time.Duration) error { slept++; return nil }
	p := run(t, c, input(in...), opt)
	if p.Summary.Failed != 200 {
		t.Errorf("%d failed, want all 200", p.Summary.Failed)
	}
	if slept > 8*4 {
		t.Errorf("the run waited %d times, want no more than 32", slept)
	}
}

func TestListFails(t *testing.T) {
	c := newCluster()
	c.fail = func(string, string, int) *fault { return &fault{text: "401 no"} }
	p, err := reconcile.RunOnce(t.Context(), c, input(wanted(t, 1, "a")), quick())
	if err == nil || p.Owner != owner {
		t.Errorf("got error %v and owner %q, want an error and a plan with its owner", err, p.Owner)
	}
	if len(c.writes()) > 0 {
		t.Errorf("something was written: %v", c.writes())
	}
}

func TestIncompleteListingDeletesNothing(t *testing.T) {
	c := newCluster()
	c.hold(wanted(t, 1, "old"), wanted(t, 2, "gone"))
	c.incomplete = "1 of 2"
	p := run(t, c, input(wanted(t, 1, "new")), quick())
	if diff := cmp.Diff([]string{"put soc-001"}, c.writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	if !p.Stopped() {
		t.Error("the plan does not say that it was stopped in part")
	}
}

// Whatever goes wrong and wherever it ends, later runs finish the work, what
// others made stays as it is, and a watch in step is never written again.
func TestConverges(t *testing.T) {
	for seed := range int64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { converge(t, seed) })
	}
}

func converge(t *testing.T, seed int64) {
	r := rand.New(rand.NewSource(seed))
	c := newCluster()
	var in []watcher.Wanted
	for n := range 12 {
		if r.Intn(2) == 0 {
			c.hold(wanted(t, n, []string{"old", "new"}[r.Intn(2)]))
		}
		if r.Intn(4) > 0 {
			in = append(in, wanted(t, n, "new"))
		}
	}
	foreign := wantedBy(t, "blue", "blue-1", "theirs")
	c.hold(foreign)
	inStep := map[string]bool{}
	for _, w := range in {
		if l, there := c.watches[w.ID]; there && watcher.Equal(l.Body, written(w.Body)) {
			inStep[w.ID] = true
		}
	}
	opt := quick()
	opt.Parallel = 1 + r.Intn(4)
	for round := 0; ; round++ {
		ctx, cancel := context.WithCancelCause(t.Context())
		c.fail = func(_, _ string, _ int) *fault {
			switch {
			case round > 6 || r.Intn(3) > 0:
				return nil
			case r.Intn(12) == 0:
				cancel(errInterrupt)
			}
			return &fault{text: "drawn", temporary: r.Intn(3) > 0, lost: r.Intn(2) == 0}
		}
		p, err := reconcile.RunOnce(ctx, c, input(in...), opt)
		cancel(nil)
		if err == nil && !p.Pending() {
			break
		}
		if round > 10 {
			t.Fatalf("no end: %v, %v", err, results(p))
		}
	}
	if len(c.watches) != len(in)+1 {
		t.Errorf("%d watches are there, want %d and the foreign one", len(c.watches), len(in))
	}
	for _, w := range in {
		if !watcher.Equal(c.watches[w.ID].Body, written(w.Body)) {
			t.Errorf("watch %s is not as it should be", w.ID)
		}
	}
	if n := c.calls["put blue-1"] + c.calls["delete blue-1"] + c.calls["switch blue-1"]; n > 0 {
		t.Errorf("another owner's watch was written %d times", n)
	}
	for w := range inStep {
		if !c.acks[w] {
			t.Errorf("watch %s was in step and was written all the same", w)
		}
	}
}
