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
	"github.com/sigwatch/sigwatch/sigma/querystring"
	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/build"
)

// compiler goes the whole way from a rule to its watch. It is safe for use by
// several workers.
type compiler struct {
	cfg   *config.Config
	chain *pipeline.Chain
	print querystring.Options
	hash  string // of the pipelines
	tool  string
}

func newCompiler(cfg *config.Config, chain *pipeline.Chain) *compiler {
	return &compiler{
		cfg: cfg, chain: chain, hash: chain.Hash(), tool: version(),
		print: querystring.Options{
			Case: querystring.Case(cfg.Query.Case), KeywordFields: cfg.Query.KeywordFields,
		},
	}
}

// compiled is what became of one rule.
type compiled struct {
	rule *sigma.Rule // as written
	// query is there where said is true.
	query querystring.Query
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

// file compiles the rules of a file, up to the query or up to the watch.
func (c *compiler) file(f sigma.LoadedFile, watches bool) compiledFile {
	out := compiledFile{LoadedFile: f, rules: make([]compiled, len(f.Rules))}
	numbers := numbered(f)
	for i, r := range f.Rules {
		one := &out.rules[i]
		one.rule = r
		mapped := c.speak(one)
		if watches {
			c.build(one, mapped, numbers[r.Document])
		}
	}
	for _, r := range f.Rejected {
		stub := &sigma.Rule{ID: r.ID, Title: r.Title, File: f.File, Document: r.Document}
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

// speak goes from the rule to its query. It returns what the pipelines made of
// the rule.
func (c *compiler) speak(one *compiled) *sigma.Rule {
	mapped, ds := c.chain.Apply(one.rule)
	one.spoken = ds
	if diag.HasErrors(ds) {
		return mapped
	}
	tree, ds := query.Resolve(mapped, nil)
	one.spoken = append(one.spoken, ds...)
	if diag.HasErrors(ds) {
		return mapped
	}
	one.query, ds = querystring.Render(tree, c.print)
	one.spoken = append(one.spoken, ds...)
	one.said = !diag.HasErrors(ds)
	return mapped
}

// build goes from the query to the watch of the n-th rule of its file with that
// id. Where that fails the id alone is there: what is held has to be found.
func (c *compiler) build(one *compiled, mapped *sigma.Rule, n int) {
	settings, ds := c.cfg.SettingsFor(one.rule)
	settings.Number, settings.Tool = n, c.tool
	one.built = ds
	if !one.said || diag.HasErrors(ds) {
		id, ds := build.ID(one.rule, settings)
		one.wanted = watcher.Wanted{ID: id, Rule: build.RefOf(one.rule)}
		one.built = append(one.built, ds...)
		return
	}
	settings.RuleHash = build.RuleHash(one.rule.Canonical(), c.hash)
	q := build.Query{Form: "query_string", Text: one.query.Text, Fields: one.query.Fields, Notes: one.query.Notes}
	one.wanted, ds = build.Build(mapped, q, settings)
	one.built = append(one.built, ds...)
}

// source says which rules a run is about.
type source struct {
	paths []string
	root  string // names are relative to it
}

// each hands all files on in order. Memory does not grow with their number.
func each[R any](ctx context.Context, from source, p process[sigma.LoadedFile, R]) error {
	options := sigma.LoadOptions{Root: from.root, Workers: workers}
	p.produce = func(ctx context.Context, yield func(sigma.LoadedFile) error) error {
		return sigma.Each(ctx, from.paths, options, yield)
	}
	return inOrder(ctx, workers, p)
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
