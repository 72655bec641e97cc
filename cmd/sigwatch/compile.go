package main

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/sigwatch/sigwatch/config"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/pipeline"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/build"
)

// compiler goes the whole way from a rule to its watch. It is safe for use by
// several workers.
type compiler struct {
	cfg   *config.Config
	chain *pipeline.Chain
	types *query.Types // nil where none are pinned
	hash  string       // of the pipelines
	tool  string
}

func newCompiler(cfg *config.Config, chain *pipeline.Chain, types *query.Types) *compiler {
	return &compiler{cfg: cfg, chain: chain, types: types, hash: chain.Hash(), tool: version()}
}

// compiled is what became of one rule.
type compiled struct {
	rule *sigma.Rule // as written
	// number is the rule's among those of its file with the same id, from 1.
	number int
	// translation is there for those who print the rule in other forms.
	translation translation
	// text is the tree as a query_string, where that was printed.
	text *printed
	// query is the one that the watch asks; it is there where said is true.
	query build.Query
	said  bool
	// wanted names the watch; its body is there where all went well.
	wanted watcher.Wanted
	// read, spoken and built are what was found on the way: by the parser, up
	// to the query, and from there to the watch.
	read, spoken, built []diag.Diagnostic
}

// refused tells whether the rule became no watch.
func (c *compiled) refused() bool { return c.wanted.Body == nil }

// found returns all that was found.
func (c *compiled) found() []diag.Diagnostic {
	return slices.Concat(c.read, c.spoken, c.built)
}

// compiledFile is what became of a file: its rules, and what was found that
// belongs to none of them.
type compiledFile struct {
	sigma.LoadedFile
	rules []compiled
	// lost are the watches of the documents that gave no rule.
	lost []watcher.Wanted
	rest []diag.Diagnostic
}

// stage is how far rules are compiled.
type stage int

const (
	toTree stage = iota
	toQuery
	toWatch
)

// upTo is the last stage for those who may want watches.
func upTo(watches bool, otherwise stage) stage {
	if watches {
		return toWatch
	}
	return otherwise
}

// file compiles the rules of a file, up to that stage.
func (c *compiler) file(f sigma.LoadedFile, end stage) compiledFile {
	out := compiledFile{LoadedFile: f, rules: make([]compiled, len(f.Rules))}
	numbers := numbered(f)
	for i, r := range f.Rules {
		one := &out.rules[i]
		one.rule, one.number = r, numbers[r.Document]
		c.speak(one, end)
		if end == toWatch {
			c.build(one)
		}
	}
	for _, r := range f.Rejected {
		stub := r.Rule // as far as it could be read: a watch's id may depend on it
		if stub == nil {
			stub = &sigma.Rule{ID: r.ID, Title: r.Title, File: f.File, Document: r.Document}
		}
		settings, _ := c.cfg.SettingsFor(stub)
		settings.Number = numbers[r.Document]
		w := watcher.Wanted{Rule: build.RefOf(stub)}
		if r.ID != "" || r.Title != "" {
			w.ID, _ = build.ID(stub, settings)
		}
		out.lost = append(out.lost, w)
	}
	out.share()
	return out
}

// numbered gives each document of a file its number among those with the same
// id. Documents that gave no rule count: else the next one would take over
// their watch.
func numbered(f sigma.LoadedFile) map[int]int {
	if len(f.Rules) == 1 && len(f.Rejected) == 0 {
		return map[int]int{f.Rules[0].Document: 1}
	}
	keys := map[int]string{}
	for _, r := range f.Rules {
		keys[r.Document] = cmp.Or(r.ID, "title "+r.Title)
	}
	for _, r := range f.Rejected {
		keys[r.Document] = cmp.Or(r.ID, "title "+r.Title)
	}
	numbers, seen := map[int]int{}, map[string]int{}
	for _, document := range slices.Sorted(maps.Keys(keys)) {
		seen[keys[document]]++
		numbers[document] = seen[keys[document]]
	}
	return numbers
}

// share gives the parser's findings to the rules that they are about.
func (f *compiledFile) share() {
	for _, d := range f.Diagnostics {
		i := slices.IndexFunc(f.rules, func(c compiled) bool {
			return d.Span.IsValid() && c.rule.Span.Start <= d.Span.Start && d.Span.End <= c.rule.Span.End
		})
		if i < 0 {
			f.rest = append(f.rest, d)
			continue
		}
		f.rules[i].read = append(f.rules[i].read, d)
	}
}

// speak goes from the rule to the query of its watch, or to the tree alone.
func (c *compiler) speak(one *compiled, end stage) {
	one.translation = c.translate(one.rule)
	one.spoken = one.translation.found
	if end == toTree || !one.translation.resolved() {
		return
	}
	p := c.print(one, c.cfg.Query.Form)
	one.spoken = slices.Concat(one.spoken, p.found)
	one.query, one.said = p.query, !p.refused()
}

// build goes from the query to the watch. Where that fails the id alone is
// there: what is held has to be found.
func (c *compiler) build(one *compiled) {
	settings, ds := c.cfg.SettingsFor(one.rule)
	settings.Number, settings.Tool = one.number, c.tool
	one.built = ds
	if !one.said || diag.HasErrors(ds) {
		id, ds := build.ID(one.rule, settings)
		one.wanted = watcher.Wanted{ID: id, Rule: build.RefOf(one.rule)}
		one.built = append(one.built, ds...)
		return
	}
	settings.RuleHash = build.RuleHash(one.rule.Canonical(), c.hash)
	settings.FieldTypes = one.translation.tree.FieldTypes(c.cfg.Query.KeywordFields)
	one.wanted, ds = build.Build(one.translation.mapped, one.query, settings)
	one.built = append(one.built, ds...)
}

// source says which rules a run is about.
type source struct {
	paths []string
	// filters are more paths, out of which the filters are taken alone.
	filters []string
	root    string // names are relative to it
}

// each loads all files, with the filters applied to their rules, and hands on
// in order what the work makes of them.
func each[R any](ctx context.Context, from source, p process[sigma.LoadedFile, R]) error {
	options := sigma.LoadOptions{Root: from.root, Workers: workers}
	sources, err := sigma.Open(ctx, sigma.Paths{Rules: from.paths, FiltersOnly: from.filters}, options)
	if err != nil {
		return err
	}
	return inOrder(ctx, workers, process[sigma.Pending, R]{
		produce: func(_ context.Context, yield func(sigma.Pending) error) error {
			for _, file := range sources.Files() {
				if err := yield(file); err != nil {
					return err
				}
			}
			return nil
		},
		work:    func(file sigma.Pending) R { return p.work(file.Load()) },
		consume: p.consume,
	})
}

// workers is how many files are read and compiled at once.
const workers = 2

// errorCodes returns the codes of the errors, each once.
func errorCodes(ds []diag.Diagnostic) []string {
	var codes []string
	for _, d := range ds {
		if d.Severity == diag.Error && !slices.Contains(codes, d.Code) {
			codes = append(codes, d.Code)
		}
	}
	return codes
}

func firstError(ds []diag.Diagnostic) diag.Diagnostic {
	for _, d := range ds {
		if d.Severity == diag.Error {
			return d
		}
	}
	return diag.Diagnostic{}
}
