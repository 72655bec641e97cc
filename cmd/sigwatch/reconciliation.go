package main

import (
	"context"
	"errors"
	"slices"

	"github.com/sigwatch/sigwatch/config"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/watcher/elastic"
	"github.com/sigwatch/sigwatch/watcher/plan"
	"github.com/sigwatch/sigwatch/watcher/reconcile"
)

// reconciliation is one run from rules to cluster.
type reconciliation struct {
	*app
	syncOptions

	cfg    *config.Config
	target string
	rules  *gathered
	accept acceptance
	stale  []diag.Diagnostic
	plan   plan.Plan
	// planned is true once there is a plan, written once it was carried out.
	planned, written bool
}

func (r *reconciliation) run(ctx context.Context) error {
	if err := r.compile(ctx); err != nil {
		return err
	}
	to, ds := r.cfg.Connection()
	if len(ds) > 0 {
		return &misconfigured{found: ds}
	}
	r.target = to.Name
	client, stop, err := r.connect(to)
	if err != nil {
		return err
	}
	err = r.reconcile(ctx, client)
	return errors.Join(err, stop())
}

// compile makes watches of the rules.
func (r *reconciliation) compile(ctx context.Context) error {
	var err error
	if r.cfg, err = r.deployable(); err != nil {
		return err
	}
	c, err := r.watchCompiler(r.cfg, nil)
	if err != nil {
		return err
	}
	if r.rules, err = gather(ctx, c, r.source(r.cfg, r.paths)); err != nil {
		return loadFailure(err, r.narrowed())
	}
	r.accept = acceptance{r.cfg.Accepted}
	diag.Sort(r.rules.found)
	r.rules.found = append(r.rules.found, r.rules.remarks()...)
	r.talk(r.rules.found)
	return nil
}

func (r *reconciliation) narrowed() bool { return len(r.paths) > 0 }

// reconcile lists, plans and, unless this is a dry run, carries the plan out.
func (r *reconciliation) reconcile(ctx context.Context, client *elastic.Client) error {
	info, err := client.Check(ctx)
	if err != nil {
		return clusterFailure(err)
	}
	for _, w := range info.Warnings {
		r.warn(w)
	}
	p, err := reconcile.Plan(ctx, client, r.input())
	if err != nil {
		return clusterFailure(err)
	}
	r.plan, r.planned = p, true
	r.judge()
	if err := r.show(); err != nil || r.dryRun || r.plan.Guard != nil || !r.plan.Pending() {
		return err
	}
	r.plan, err = reconcile.Apply(ctx, r.plan, client, r.options())
	r.written = true
	if err != nil {
		return clusterFailure(err)
	}
	return nil
}

// judge compares what the plan refuses and holds with accept_refused.
func (r *reconciliation) judge() {
	for _, c := range r.plan.Unwatched() {
		r.rules.codes[c.Rule.ID] = append(r.rules.codes[c.Rule.ID], c.Code)
	}
	r.stale = r.accept.stale(r.rules, r.narrowed())
	r.plan.Diagnostics = append(r.plan.Diagnostics, r.stale...)
}

func (r *reconciliation) input() plan.Input {
	return plan.Input{
		Owner: r.cfg.Owner, Wanted: r.rules.wanted, Held: r.rules.held,
		Policy: plan.Policy(r.cfg.Sync.Policy), Narrowed: r.narrowed(), NoRules: r.rules.empty(),
		Limits:      plan.Limits{MaxDeletes: r.cfg.Sync.MaxDeletes, AllowDeletes: r.allowDeletes, AllowEmpty: r.allowEmpty},
		Diagnostics: r.rules.found,
	}
}

// code is the exit code of a run that came to its end.
func (r *reconciliation) code() int {
	var codes []int
	if r.plan.Summary.Failed > 0 {
		codes = append(codes, exitCluster)
	}
	if r.plan.Stopped() {
		codes = append(codes, exitGuard)
	}
	if r.detailed && r.plan.Pending() {
		codes = append(codes, exitPending)
	}
	if len(r.unwatched()) > 0 {
		codes = append(codes, exitRefused)
	}
	if len(r.stale) > 0 {
		codes = append(codes, exitFindings)
	}
	return worst(codes...)
}

func (r *reconciliation) options() reconcile.Options {
	done := 0
	return reconcile.Options{
		Parallel: r.scalars.Int("parallel"), Logger: r.logger(),
		Each: func(plan.Change) {
			done++
			r.progress(done)
		},
	}
}

// unwatched are the refused and held rules that nobody accepted.
func (r *reconciliation) unwatched() []plan.Change {
	return slices.DeleteFunc(r.plan.Unwatched(), func(c plan.Change) bool {
		return r.accept.covers(c.Rule.ID, r.rules.codes[c.Rule.ID])
	})
}

func clusterFailure(err error) error {
	f := &failure{code: exitCluster, err: err}
	if e, ok := errors.AsType[*elastic.Error](err); ok {
		f.hint = e.Hint
		plain := *e
		plain.Hint = ""
		f.err = errors.New(plain.Error())
	}
	if errors.Is(err, context.Canceled) {
		f.err = errors.New("interrupted")
		f.hint = "run it again: it finishes what is left"
	}
	return f
}
