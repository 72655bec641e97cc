package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/plan"
)

// Store is what reconciling needs of a cluster. Errors that a later try may
// get over have a method Temporary() bool that says so; those of writes that
// surely took no effect, a method Uncertain() bool that is false.
type Store interface {
	// List returns the owner's watches and the foreign ones at one of the ids.
	List(ctx context.Context, owner string, ids []string) (watcher.Listing, error)
	// Get returns false where there is no such watch.
	Get(ctx context.Context, id string) (watcher.Live, bool, error)
	// Put replaces the whole watch.
	Put(ctx context.Context, id string, body *watcher.Object, active bool) error
	// Delete does not fail where the watch is gone already.
	Delete(ctx context.Context, id string) error
	SetActive(ctx context.Context, id string, active bool) error
}

// Options say how a plan is carried out. The zero value is fit for use.
type Options struct {
	// Parallel is how many watches are worked on at a time; 0 stands for 4.
	Parallel int
	// Attempts is how often a change is tried; 0 stands for 5.
	Attempts int
	// Backoff is how long to wait after the attempt of that number (from 1);
	// nil doubles from 250 ms up to 8 s.
	Backoff func(attempt int) time.Duration
	// Timeout bounds the reading and writing of one attempt, also of those
	// under way when the context ends; 0 stands for a minute.
	Timeout time.Duration
	// Sleep waits and returns early, with an error, when the context ends; nil
	// is the clock.
	Sleep func(context.Context, time.Duration) error
	// Each is told of every change when it is finished, one at a time; it may
	// be nil.
	Each   func(plan.Change)
	Logger *slog.Logger
}

// ErrGuarded is what Apply returns for a plan that a guard stops.
var ErrGuarded = errors.New("the plan is stopped by a guard")

// Plan lists the cluster's watches and computes the plan against them. Live,
// Total, Complete and Why of the input are filled in.
func Plan(ctx context.Context, s Store, in plan.Input) (plan.Plan, error) {
	listing, err := s.List(ctx, in.Owner, ids(in))
	if err != nil {
		return plan.Plan{Owner: in.Owner, Policy: in.Policy, Diagnostics: in.Diagnostics}, err
	}
	in.Live, in.Total, in.Complete, in.Why = listing.Live, listing.Total, listing.Complete, listing.Why
	return plan.Compute(in), nil
}

// RunOnce lists, plans and applies. The plan that it returns has the results
// in it; see Apply for the error.
func RunOnce(ctx context.Context, s Store, in plan.Input, opt Options) (plan.Plan, error) {
	p, err := Plan(ctx, s, in)
	if err != nil {
		return p, err
	}
	return Apply(ctx, p, s, opt)
}

func ids(in plan.Input) []string {
	var out []string
	for i := range in.Wanted {
		out = append(out, in.Wanted[i].ID)
	}
	for i := range in.Held {
		out = append(out, in.Held[i].Watches...)
	}
	return out
}

// Apply carries a plan out and returns it with a result on each change and a
// summary that counts the failures.
//
// Creates and updates come first, then switches, then deletions. Before each
// change the watch is read again and planned anew, so that an operator's
// switch, or a hand's edit, made since the listing is respected; a lost
// connection is answered by reading again as well, so that a write that took
// effect is not made twice. A race of milliseconds between that reading and
// the write remains: the API has no conditional put that replaces.
//
// One failed change does not stop the others, with one exception: a watch
// without a rule is not deleted in a run in which a watch of the same rule or
// out of the same file failed, because it may be all there is of that rule.
//
// The error is ErrGuarded, with nothing written, or the cause of the context's
// end: then the writes under way were finished and the rest is marked as not
// done. Failed writes are no error; Summary.Failed counts them.
func Apply(ctx context.Context, p plan.Plan, s Store, opt Options) (plan.Plan, error) {
	if p.Guard != nil {
		return p, ErrGuarded
	}
	r := &runner{store: s, opt: withDefaults(opt), plan: p}
	r.plan.Changes = append([]plan.Change(nil), p.Changes...)
	for _, phase := range [][]plan.Action{
		{plan.Create, plan.Update}, {plan.Activate, plan.Deactivate}, {plan.Delete},
	} {
		r.phase(ctx, phase)
	}
	r.plan.Count()
	if ctx.Err() != nil && r.unfinished() {
		return r.plan, context.Cause(ctx)
	}
	return r.plan, nil
}

func withDefaults(o Options) Options {
	if o.Parallel <= 0 {
		o.Parallel = 4
	}
	if o.Attempts <= 0 {
		o.Attempts = 5
	}
	if o.Backoff == nil {
		o.Backoff = func(n int) time.Duration { return min(250*time.Millisecond<<min(n-1, 10), 8*time.Second) }
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Minute
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

type runner struct {
	store Store
	opt   Options
	plan  plan.Plan

	mu sync.Mutex
	// lost counts the changes in a row that failed although they were tried
	// again: when the cluster is down there is no use in waiting on each.
	lost int
}

// phase works on the changes of those actions, several at a time.
func (r *runner) phase(ctx context.Context, actions []plan.Action) {
	work := make(chan int)
	var workers sync.WaitGroup
	for range r.opt.Parallel {
		workers.Go(func() {
			for i := range work {
				r.finish(i, r.carryOut(ctx, r.plan.Changes[i]))
			}
		})
	}
	for _, i := range r.todo(actions) {
		work <- i
	}
	close(work)
	workers.Wait()
}

// todo lists the changes of a phase, and marks the deletions that must wait.
func (r *runner) todo(actions []plan.Action) []int {
	var out []int
	failed := r.failures()
	for i := range r.plan.Changes {
		c := &r.plan.Changes[i]
		if c.Result != "" || c.Action != actions[0] && c.Action != actions[len(actions)-1] {
			continue
		}
		if c.Action == plan.Delete && failed.concern(c.Rule) {
			c.Result = plan.NotDone
			c.Error = "not deleted: the watch that was to take its place could not be written"
			continue
		}
		out = append(out, i)
	}
	return out
}

// failures are the rules whose watches could not be written.
type failures struct{ rules, files map[string]bool }

func (r *runner) failures() failures {
	f := failures{rules: map[string]bool{}, files: map[string]bool{}}
	for i := range r.plan.Changes {
		c := &r.plan.Changes[i]
		undone := c.Result == plan.Failed || c.Result == plan.NotDone
		if undone && c.Action != plan.Delete || c.Result == plan.NotNeeded && c.Action == plan.Hold {
			f.rules[c.Rule.ID], f.files[c.Rule.File] = true, true
		}
	}
	return f
}

func (f failures) concern(r watcher.RuleRef) bool {
	return r.ID != "" && f.rules[r.ID] || r.File != "" && f.files[r.File]
}

func (r *runner) finish(i int, c plan.Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.plan.Changes[i] = c
	if r.opt.Each != nil {
		r.opt.Each(c)
	}
}

func (r *runner) unfinished() bool {
	for i := range r.plan.Changes {
		if res := r.plan.Changes[i].Result; res == plan.NotDone || res == plan.Failed {
			return true
		}
	}
	return false
}
