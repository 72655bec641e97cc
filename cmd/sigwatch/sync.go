package main

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// syncOptions are those of sync and of diff, which is its dry run.
type syncOptions struct {
	paths        []string
	dryRun       bool
	detailed     bool
	allowDeletes int
	allowEmpty   bool
	format       string
}

func syncCommand(a *app) *cobra.Command {
	var o syncOptions
	cmd := &cobra.Command{
		Use:   "sync [PATH…]",
		Short: "Bring the cluster's watches in step with the rules",
		Long: `Makes a watch of each rule and brings the cluster's Watcher in step: missing
watches are created, changed ones updated, those whose rule is gone deleted.
What is right already is not written, so acknowledgements and throttling last.
Watches of other owners are never touched.

With paths only those rules are looked at, and nothing is deleted.

A rule that is refused leaves its watch as it is. A run that finds no rules, or
would delete too much, writes nothing and says which flag lets it through.`,
		Example: `  sigwatch sync
  sigwatch sync --dry-run
  sigwatch sync -t prod rules/windows/
  sigwatch sync --url embedded: --format json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			return a.sync(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.dryRun, "dry-run", false, "print the plan and write nothing, as diff does")
	planFlags(f, &o)
	f.Var(&atLeast{new(4), 1}, "parallel", "write `N` watches at once")
	formatFlag(f, &o.format, "text", "json")
	return cmd
}

func diffCommand(a *app) *cobra.Command {
	o := syncOptions{dryRun: true}
	cmd := &cobra.Command{
		Use:   "diff [PATH…]",
		Short: "Print what a sync would do, and why",
		Long: `Compares the rules with the watches of the cluster and prints the plan: what
would be created, updated, switched and deleted, with each difference and its
cause. Nothing is written.

With paths only those rules are looked at.`,
		Example: `  sigwatch diff
  sigwatch diff --detailed-exitcode     exit with 2 when changes are pending
  sigwatch diff -t prod --format json rules/windows/`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			return a.sync(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.detailed, "detailed-exitcode", false, "exit with 2 when changes are pending")
	planFlags(f, &o)
	formatFlag(f, &o.format, "text", "json")
	return cmd
}

// planFlags are what both plans depend on.
func planFlags(f *pflag.FlagSet, o *syncOptions) {
	f.Var(choice(new("sync"), "sync", "upsert-only", "create-only"), "policy", "what may change: sync, upsert-only (no deletions) or create-only")
	f.Var(choice(new("watcher"), "watcher", "xpack"), "api", "the API's paths: watcher, or xpack for /_xpack/watcher")
	f.Var(&atLeast{&o.allowDeletes, 0}, "allow-deletes", "let up to `N` deletions pass, where more than sync.max_deletes are due")
	f.BoolVar(&o.allowEmpty, "allow-empty", false, "let a run pass that finds no rules at all")
	typeFlags(f)
}

// sync is one run of sync or diff.
func (a *app) sync(ctx context.Context, o syncOptions) error {
	r := &reconciliation{app: a, syncOptions: o}
	err := r.run(ctx)
	if printed := r.finish(err); err == nil {
		err = printed
	}
	if err != nil {
		return r.said(err)
	}
	return end(r.code())
}
