package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sigwatch/sigwatch/config"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/lint"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

type lintOptions struct {
	paths   []string
	format  string
	failOn  string
	explain string
	ignore  []string
}

func lintCommand(a *app) *cobra.Command {
	var o lintOptions
	cmd := &cobra.Command{
		Use:   "lint [PATH…]",
		Short: "Say all that is wrong with rules, pipelines and configuration",
		Long: `Reads the rules of the configuration, or those that the paths name, and says
all that is wrong with them, with the pipelines and with the configuration:
faults for which a rule is refused, conditions that can never match or always
do, slips in values, tags that do not exist, ids given twice. It needs no
cluster, and with paths no configuration file.

The exit code is 1 where something is as grave as --fail-on.

A finding that is meant is silenced by a comment beside it, which names its code:
  level: low  # sigwatch: ignore lint/duplicate-title -- one for each site`,
		Example: `  sigwatch lint
  sigwatch lint --fail-on warning rules/windows/
  sigwatch lint --format sarif > sigwatch.sarif
  sigwatch lint --explain rules/wmi.yml     which layer set what for its watch`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			if o.explain != "" {
				return a.explainRule(cmd.Context(), o)
			}
			return a.lint(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	formatFlag(f, &o.format, "text", "json", "sarif", "github")
	o.failOn = "error"
	f.Var(choice(&o.failOn, "error", "warning", "info"), "fail-on", "exit with 1 from this severity on: error, warning or info")
	f.StringVar(&o.explain, "explain", "", "print which layer set what for the watch of a `RULE`: an id, a title or a file")
	f.StringArrayVar(&o.ignore, "ignore", nil, "leave a `CODE` out, unless it refuses a rule; may come again")
	return cmd
}

// linter looks at the files of a run.
type linter struct {
	cfg *config.Config
	// compiler is nil where pipelines or field types are wrong: rules are then
	// judged as they are written.
	compiler *compiler
	// watches is false where the configuration cannot make any.
	watches bool
	accept  acceptance

	set      lint.Set
	refs     sigma.References
	gathered *gathered
	files    int
}

// lintGCPercent is lower than that of other commands: all findings and the
// files that they are about stay in memory until the end.
const lintGCPercent = 150

func (a *app) lint(ctx context.Context, o lintOptions) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(lintGCPercent)
	}
	cfg, found := config.Load(a.dir, a.scalars)
	broken := diag.HasErrors(found)
	if cfg.File != nil && !broken {
		found = append(found, cfg.Deployable()...)
	}
	l := &linter{
		cfg: cfg, watches: !diag.HasErrors(found), accept: acceptance{cfg.Accepted},
		gathered: &gathered{codes: map[string][]string{}, seen: map[string]bool{}},
	}
	found = append(found, l.prepare()...)
	from := a.source(cfg, o.paths)
	switch {
	case len(from.paths) > 0:
		more, err := l.run(ctx, from, o.paths)
		if err != nil {
			return loadFailure(err, len(o.paths) > 0)
		}
		found = append(found, more...)
	case cfg.File == nil && !broken:
		return usageError(errors.New("no rules to look at"), "name files or folders: sigwatch lint rules/")
	}
	found = without(found, o.ignore)
	diag.Sort(found)
	if err := a.printFindings(o.format, cfg, found, l); err != nil {
		return err
	}
	code := exitDone
	if worst, ok := diag.WorstOf(found); ok && worst >= severityOf(o.failOn) {
		code = exitFindings
	}
	if broken {
		code = exitConfig
	}
	return end(code)
}

func severityOf(word string) diag.Severity {
	for _, s := range []diag.Severity{diag.Error, diag.Warning} {
		if s.String() == word {
			return s
		}
	}
	return diag.Info
}

// without leaves codes out, but not what refuses a rule.
func without(ds []diag.Diagnostic, codes []string) []diag.Diagnostic {
	return slices.DeleteFunc(ds, func(d diag.Diagnostic) bool {
		return slices.Contains(codes, d.Code) && (d.Severity < diag.Error || strings.HasPrefix(d.Code, "lint/"))
	})
}

// prepare makes the compiler, as far as pipelines and field types are right.
func (l *linter) prepare() []diag.Diagnostic {
	chain, found := l.cfg.Chain()
	types, more := l.cfg.Types()
	found = append(found, more...)
	if !diag.HasErrors(found) {
		l.compiler = newCompiler(l.cfg, chain, types)
	}
	return found
}

// run looks at all files, and then at all of them together.
func (l *linter) run(ctx context.Context, from source, paths []string) ([]diag.Diagnostic, error) {
	err := each(ctx, from, process[sigma.LoadedFile, looked]{work: l.look, consume: l.take})
	if err != nil {
		return nil, err
	}
	found := l.set.Finish()
	narrowed := len(paths) > 0
	if !narrowed || l.cfg.File == nil && slices.ContainsFunc(from.paths, isFolder) {
		found = append(found, l.refs.Check()...)
	}
	return append(found, l.accept.stale(l.gathered, narrowed)...), nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// looked is what one file gives.
type looked struct {
	part   lint.Part
	parsed sigma.Parsed
	// refused are the rules that are refused, with the codes why.
	refused []refusal
}

type refusal struct {
	rule  string
	codes []string
}

// look runs on several workers at once.
func (l *linter) look(f sigma.LoadedFile) looked {
	if l.compiler == nil {
		out := looked{part: lint.Check(f, nil), parsed: f.Parsed}
		out.part.Found = append(out.part.Found, f.Diagnostics...)
		return out
	}
	c := l.compiler.file(f, upTo(l.watches, toQuery))
	trees := make([]query.Tree, len(c.rules))
	for i := range c.rules {
		trees[i] = c.rules[i].translation.tree
	}
	out := looked{part: lint.Check(f, trees), parsed: f.Parsed}
	for i := range c.rules {
		out.rule(l, &c.rules[i])
	}
	out.part.Found = append(out.part.Found, out.lost(l, &c)...)
	return out
}

// lost returns what was found outside of rules, without what is known and
// accepted of documents that gave none.
func (o *looked) lost(l *linter, c *compiledFile) []diag.Diagnostic {
	rest := c.rest
	for _, r := range c.Rejected {
		within := func(d diag.Diagnostic) bool {
			return d.Span.IsValid() && r.Span.Start <= d.Span.Start && d.Span.End <= r.Span.End
		}
		codes := errorCodes(slices.DeleteFunc(slices.Clone(rest), func(d diag.Diagnostic) bool { return !within(d) }))
		o.refused = append(o.refused, refusal{r.ID, codes})
		if l.accept.covers(r.ID, codes) {
			rest = slices.DeleteFunc(slices.Clone(rest), within)
		}
	}
	return rest
}

// rule adds what was found in a rule, unless it is known and accepted.
func (o *looked) rule(l *linter, c *compiled) {
	found := c.found()
	codes := errorCodes(found)
	o.refused = append(o.refused, refusal{c.rule.ID, codes})
	if l.accept.covers(c.rule.ID, codes) {
		return
	}
	for _, d := range found {
		// Without a configuration there is nothing that could route it.
		if d.Code != "build/no-action" || l.cfg.File != nil {
			o.part.Found = append(o.part.Found, d)
		}
	}
	if d, ok := l.otherForm(c); ok {
		o.part.Found = append(o.part.Found, d)
	}
}

// otherForm says where another form of the query could say the rule.
func (l *linter) otherForm(c *compiled) (diag.Diagnostic, bool) {
	if l.cfg.Query.Form != formQueryString || c.said || !c.translation.resolved() {
		return diag.Diagnostic{}, false
	}
	if l.compiler.dsl(c.translation.tree).refused() {
		return diag.Diagnostic{}, false
	}
	return diag.Diagnostic{
		Span: c.rule.TitleSpan, Severity: diag.Info, Code: "lint/other-form",
		Message: "the Query DSL can say what a query_string cannot say here",
		Hint:    "set query.form to auto",
	}, true
}

func (l *linter) take(o looked) error {
	l.files++
	l.set.Add(o.part)
	l.refs.Add(o.parsed)
	for _, r := range o.refused {
		if r.rule != "" {
			l.gathered.seen[r.rule] = true
			l.gathered.codes[r.rule] = append(l.gathered.codes[r.rule], r.codes...)
		}
	}
	return nil
}

// pages is where the pages of the diagnostics are read.
const (
	home  = "https://github.com/sigwatch/sigwatch"
	pages = home + "/blob/main/docs/diagnostics/"
)

func (a *app) printFindings(format string, cfg *config.Config, found []diag.Diagnostic, l *linter) error {
	out := bufio.NewWriterSize(a.out, 1<<16)
	var err error
	switch format {
	case "json":
		err = writeFindings(out, found, l)
	case "sarif":
		err = diag.SARIF{Tool: "sigwatch", Version: version(), Home: home, Pages: pages, Name: a.fromRoot(cfg)}.Write(out, found)
	case "github":
		err = diag.GitHub{Name: a.fromRoot(cfg)}.Print(out, graveFirst(found))
	default:
		err = diag.Printer{Color: a.color(a.out)}.Print(out, found)
	}
	if flushed := out.Flush(); err == nil && flushed != nil {
		err = flushed
	}
	if err != nil {
		return &failure{code: exitCluster, err: fmt.Errorf("write the findings: %w", err)}
	}
	a.summary(format, found, l)
	return nil
}

// summary counts to stderr what was found.
func (a *app) summary(format string, found []diag.Diagnostic, l *linter) {
	n := tally(found)
	a.say("%s, %s and %s in %s", counted(n.Errors, "error"), counted(n.Warnings, "warning"), counted(n.Infos, "remark"), counted(l.set.Rules, "rule"))
	if most := max(n.Errors, n.Warnings, n.Infos); format == "github" && most > shownByGitHub {
		a.say("GitHub shows %d annotations of each severity: the rest stands in the log only", shownByGitHub)
	}
	if placeless := slices.DeleteFunc(slices.Clone(found), func(d diag.Diagnostic) bool { return d.Span.File != nil }); format == "sarif" {
		a.diagnose(placeless)
	}
}

const shownByGitHub = 10

func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func graveFirst(ds []diag.Diagnostic) []diag.Diagnostic {
	out := slices.Clone(ds)
	slices.SortStableFunc(out, func(a, b diag.Diagnostic) int { return int(b.Severity - a.Severity) })
	return out
}

// fromRoot names files as seen from the root of the repository: the workspace
// of GitHub Actions, else the working folder. Rules are named as seen from the
// configuration's folder, the configuration itself from the working folder.
func (a *app) fromRoot(cfg *config.Config) func(string) string {
	root := os.Getenv("GITHUB_WORKSPACE")
	if rel, err := filepath.Rel(root, a.dir); root == "" || err != nil || strings.HasPrefix(rel, "..") {
		root = a.dir
	}
	return func(name string) string {
		from := cfg.Dir
		if cfg.File != nil && name == cfg.File.Name {
			from = a.dir
		}
		rel, err := filepath.Rel(root, inFolder(from, name))
		if err != nil {
			return name
		}
		return filepath.ToSlash(rel)
	}
}
