package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigwatch/sigwatch/config"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/ruletest"
)

type testOptions struct {
	paths                 []string
	pipelines, regression []string
	run                   string
	require, verbose      bool
	format                string
}

func testCommand(a *app) *cobra.Command {
	var o testOptions
	cmd := &cobra.Command{
		Use:   "test [PATH…]",
		Short: "Run the tests of rules",
		Long: `Asks rules of events: those of the tests beside them (NAME.tests.yml beside
NAME.yml), and those of SigmaHQ's regression data (regression_tests_path).
Without paths it takes the rules of the configuration; with paths it needs no
configuration file.

An event is matched by what the rule means after the pipelines; no server is
asked. A rule that is refused, in the chosen form and with the pinned field
types, finds nothing: its tests fail, unless accept_refused lists it.

What failed is explained, field by field. The exit code is 1 when a test failed
and 3 when a rule was refused.`,
		Example: `  sigwatch test
  sigwatch test rules/windows --run certutil
  sigwatch test --require --format junit > report.xml
  sigwatch test -p sysmon -p ecs_windows --fields fields.yaml rules/`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			return a.test(cmd.Context(), o)
		},
	}
	testFlags(cmd.Flags(), &o)
	return cmd
}

func testFlags(f *pflag.FlagSet, o *testOptions) {
	f.StringArrayVarP(&o.pipelines, "pipeline", "p", nil, "a `PIPELINE`, built in or a file, in place of the configured ones; may come again")
	f.StringArrayVar(&o.regression, "regression-pipeline", nil, "a `PIPELINE` for regression data, which goes through none otherwise; may come again")
	f.StringVar(&o.run, "run", "", "run the tests whose \"TITLE OF THE RULE/NAME\" the `REGEXP` matches")
	f.BoolVar(&o.require, "require", false, "let a rule without a test be a failure")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "list the tests that passed, too")
	queryFlags(f)
	formatFlag(f, &o.format, "text", "json", "junit")
}

func (a *app) test(ctx context.Context, o testOptions) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	t, err := a.tester(cfg, o)
	if err != nil {
		return err
	}
	from := a.source(cfg, o.paths)
	if len(from.paths) == 0 {
		return usageError(errors.New("no rules to test"), "name files or folders: sigwatch test rules/")
	}
	if err := t.all(ctx, from, len(o.paths) > 0); err != nil {
		return loadFailure(err, len(o.paths) > 0)
	}
	if err := a.printTests(t, o); err != nil {
		return &failure{code: exitCluster, err: fmt.Errorf("write the result: %w", err)}
	}
	return end(t.code())
}

// tester makes what runs the tests.
func (a *app) tester(cfg *config.Config, o testOptions) (*tester, error) {
	c, err := a.compiler(cfg, o.pipelines)
	if err != nil {
		return nil, err
	}
	t := &tester{way: newTestWay(c), accept: acceptance{cfg.Accepted}, taken: map[*ruletest.Case]bool{}}
	t.runner = ruletest.Runner{Compiler: t.way, Root: cfg.Dir, Require: o.require, Regression: named(o.regression, a.dir)}
	if len(o.regression) > 0 {
		if _, ds := config.Pipelines(configTexts(o.regression), a.dir); diag.HasErrors(ds) {
			return nil, &misconfigured{found: ds}
		}
	}
	if o.run == "" {
		return t, nil
	}
	wanted, err := regexp.Compile(o.run)
	if err != nil {
		return nil, usageError(fmt.Errorf("--run: %w", err), "it is a regular expression of Go: a|b, ^name$")
	}
	t.runner.Wanted = func(rule *sigma.Rule, name string) bool {
		title := ""
		if rule != nil {
			title = rule.Title
		}
		return wanted.MatchString(title + "/" + name)
	}
	return t, nil
}

func named(words []string, dir string) ruletest.Pipelines {
	p := ruletest.Pipelines{}
	for _, w := range words {
		p.Dir = dir
		p.Names = append(p.Names, ruletest.PipelineName{Text: w})
	}
	return p
}

// tester runs the tests of a run.
type tester struct {
	runner ruletest.Runner
	way    *testWay
	accept acceptance
	suites []*ruletest.Suite
	taken  map[*ruletest.Case]bool
	report ruletest.Report
	// broken is true where a rule could not be read.
	broken bool
}

// all reads the tests that the paths name, and asks the rules.
func (t *tester) all(ctx context.Context, from source, narrowed bool) error {
	found, err := sigma.TestFiles(from.paths, from.root)
	if err != nil {
		return err
	}
	for _, f := range found {
		t.suite(ruletest.Load(f, from.root))
	}
	t.runner.Plan = ruletest.NewPlan(t.suites)
	if err := t.pass(ctx, from); err != nil {
		return err
	}
	if err := t.others(ctx, from, narrowed); err != nil {
		return err
	}
	for _, c := range t.runner.Plan.Open(t.taken) {
		if t.runner.Wanted == nil || t.runner.Wanted(nil, c.Name) {
			t.report.Results = append(t.report.Results, c.Orphan())
		}
	}
	t.report.Sort()
	diag.Sort(t.report.Diagnostics)
	return nil
}

func (t *tester) suite(s *ruletest.Suite) {
	t.suites = append(t.suites, s)
	t.report.Diagnostics = append(t.report.Diagnostics, s.Diagnostics...)
	if fault, ok := s.Faulty(); ok {
		t.report.Results = append(t.report.Results, fault)
	}
}

// tested is a file of rules with what became of it.
type tested struct {
	ruletest.FileReport
	file sigma.LoadedFile
}

// pass asks the rules of the paths.
func (t *tester) pass(ctx context.Context, from source) error {
	return each(ctx, from, process[sigma.LoadedFile, tested]{
		work: func(f sigma.LoadedFile) tested { return tested{t.runner.File(f), f} },
		consume: func(f tested) error {
			t.file(f)
			return nil
		},
	})
}

func (t *tester) file(f tested) {
	for _, c := range f.Taken {
		t.taken[c] = true
	}
	t.report.Results = append(t.report.Results, f.Results...)
	t.report.Diagnostics = append(t.report.Diagnostics, f.Diagnostics...)
	t.report.Rules += f.Rules
	t.report.Untested += f.Untested
	if !t.runner.Known || len(f.Taken) > 0 {
		t.unread(f.file)
	}
}

// unread says which rules could not be read: they may have tests that nobody
// knows of.
func (t *tester) unread(f sigma.LoadedFile) {
	for _, d := range f.Diagnostics {
		if d.Severity != diag.Error {
			continue
		}
		i := slices.IndexFunc(f.Rejected, func(r sigma.Rejected) bool {
			return r.Span.IsValid() && r.Span.Start <= d.Span.Start && d.Span.End <= r.Span.End
		})
		if i >= 0 && t.accept.covers(f.Rejected[i].ID, []string{d.Code}) {
			continue
		}
		t.broken = true
		t.report.Diagnostics = append(t.report.Diagnostics, d)
	}
}

// others looks for the rules of tests that the paths name without their rules:
// the file beside them, and any configured rule where a test names it by its id.
func (t *tester) others(ctx context.Context, from source, narrowed bool) error {
	open := t.runner.Plan.Open(t.taken)
	again := source{root: from.root, filters: slices.Concat(from.paths, from.filters)}
	byID := false
	for _, c := range open {
		byID = byID || c.Rule.File == ""
		for _, name := range c.Rule.Files() {
			path := inFolder(from.root, name)
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
				again.paths = append(again.paths, path)
			}
		}
	}
	if byID && narrowed {
		again.paths = append(again.paths, t.way.rules()...)
	}
	if len(again.paths) == 0 {
		return nil
	}
	t.runner.Known = true
	return t.pass(ctx, again)
}

// code is the exit code of the run.
func (t *tester) code() int {
	code := exitDone
	if t.report.Count(ruletest.Failed) > 0 {
		code = exitFindings
	}
	refused := slices.ContainsFunc(t.report.Results, func(r ruletest.Result) bool { return r.Refused })
	if t.broken || refused {
		code = worst(code, exitRefused)
	}
	return code
}

func (a *app) printTests(t *tester, o testOptions) error {
	out := bufio.NewWriter(a.out)
	var err error
	switch o.format {
	case "json":
		err = t.report.JSON(out)
	case "junit":
		a.diagnose(t.report.Diagnostics)
		err = t.report.JUnit(out)
	default:
		a.diagnose(t.report.Diagnostics)
		err = t.report.Text(out, ruletest.TextOptions{Verbose: o.verbose, Quiet: a.quiet, Color: a.color(a.out)})
	}
	if len(t.report.Results) == 0 {
		a.say("no test was run: tests of NAME.yml stand in NAME.tests.yml beside it")
	}
	return errors.Join(err, out.Flush())
}
