package reconcile

import (
	"context"
	"errors"
	"fmt"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/plan"
)

// job is one change on its way.
type job struct {
	change plan.Change
	// sent is set once a write failed that may have taken effect.
	sent bool
}

// carryOut makes one change, trying again where that may help.
func (r *runner) carryOut(ctx context.Context, c plan.Change) plan.Change {
	j := job{change: c}
	for attempt := 1; ; attempt++ {
		if ctx.Err() != nil {
			return interrupted(ctx, c)
		}
		next, err := r.try(ctx, &j)
		if err == nil {
			r.succeeded()
			return next
		}
		c.Result, c.Error = plan.Failed, err.Error()
		if !temporary(err) || attempt >= r.attempts() {
			r.failed(ctx, c, err)
			return c
		}
		r.opt.Logger.InfoContext(ctx, "try again", "action", string(c.Action), "watch", c.Watch, "attempt", attempt, "error", err)
		if r.opt.Sleep(ctx, r.opt.Backoff(attempt)) != nil {
			return c
		}
	}
}

// interrupted marks a change that the end of the run caught before it was
// made. One that was tried already keeps its error.
func interrupted(ctx context.Context, c plan.Change) plan.Change {
	if c.Result == "" {
		c.Result, c.Error = plan.NotDone, fmt.Sprintf("the run ended before: %v", context.Cause(ctx))
	}
	return c
}

// try reads the watch, plans it anew and makes the change that is due now.
// Once begun it goes on when the run is told to end.
func (r *runner) try(ctx context.Context, j *job) (plan.Change, error) {
	c := j.change
	begun, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.opt.Timeout)
	defer cancel()
	live, there, err := r.store.Get(begun, c.Watch)
	if err != nil {
		return c, err
	}
	next := r.plan.Replan(c, r.withOwner(live, c), there)
	if !next.Action.Writes() {
		return settled(j, next), nil
	}
	if next.Action != c.Action {
		r.opt.Logger.InfoContext(ctx, "planned anew", "watch", c.Watch, "was", string(c.Action), "is", string(next.Action), "why", next.Reason)
	}
	if err := r.write(begun, next); err != nil {
		j.sent = j.sent || uncertain(err)
		return next, err
	}
	r.opt.Logger.InfoContext(ctx, "written", "action", string(next.Action), "watch", next.Watch)
	next.Result = plan.Done
	return next, nil
}

// settled is a change that is not due any more: made by a try whose answer was
// lost, or overtaken by somebody else's work.
func settled(j *job, next plan.Change) plan.Change {
	if j.sent && next.Action == plan.Keep {
		done := j.change
		done.Result, done.Error = plan.Done, ""
		return done
	}
	next.Result = plan.NotNeeded
	if next.Reason == "" {
		next.Reason = "is in step already"
	}
	return next
}

// withOwner gives a watch that the server cannot read an owner: a change of a
// watch that was there is always one of ours.
func (r *runner) withOwner(live watcher.Live, c plan.Change) watcher.Live {
	if live.Body == nil && live.Owner == "" && c.Live != nil {
		live.Owner = r.plan.Owner
	}
	return live
}

func (r *runner) write(ctx context.Context, c plan.Change) error {
	switch c.Action {
	case plan.Create, plan.Update:
		return r.store.Put(ctx, c.Watch, c.Wanted.Body, c.Active)
	case plan.Activate, plan.Deactivate:
		return r.store.SetActive(ctx, c.Watch, c.Action == plan.Activate)
	case plan.Delete:
		return r.store.Delete(ctx, c.Watch)
	default:
		return fmt.Errorf("%s watch %q: no such write", c.Action, c.Watch)
	}
}

// temporary reports whether trying again may help. A time-out of ours is like
// a lost connection.
func temporary(err error) bool {
	var t interface{ Temporary() bool }
	if errors.As(err, &t) {
		return t.Temporary()
	}
	return errors.Is(err, context.DeadlineExceeded)
}

// uncertain reports whether a write that failed may have taken effect all the
// same. Only errors that deny it did not.
func uncertain(err error) bool {
	var u interface{ Uncertain() bool }
	return !errors.As(err, &u) || u.Uncertain()
}

// patience is how many changes in a row may use up all their attempts before
// the rest gets one attempt each.
const patience = 8

func (r *runner) attempts() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lost >= patience {
		return 1
	}
	return r.opt.Attempts
}

func (r *runner) succeeded() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = 0
}

func (r *runner) failed(ctx context.Context, c plan.Change, err error) {
	r.opt.Logger.InfoContext(ctx, "failed", "action", string(c.Action), "watch", c.Watch, "error", err)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost++
}
