package main

import (
	"errors"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/classic"
	"github.com/sigwatch/sigwatch/sigma/current"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// sevenOptions are the options of each target in the profile current.
type sevenOptions map[current.Target]current.Options

// readSeven gives each option to the targets that have it. One that none has
// is an error.
func readSeven(o convertOptions) (sevenOptions, error) {
	out := sevenOptions{}
	if o.profile != profileCurrent {
		return out, nil
	}
	lists := map[current.Target][]string{}
	for _, option := range o.options {
		var reasons []error
		taken := false
		for _, backend := range slices.DeleteFunc(slices.Clone(o.to), func(b string) bool { return !isSeven(b) }) {
			t := current.Target(backend)
			_, err := current.ParseOptions(t, []string{option})
			if err != nil {
				reasons = append(reasons, err)
				continue
			}
			taken = true
			lists[t] = append(lists[t], option)
		}
		if !taken {
			return nil, usageError(errors.Join(reasons...), "grep has lines=text and lines=json, kibana version=7 and version=8")
		}
	}
	for t, list := range lists {
		out[t], _ = current.ParseOptions(t, list)
	}
	return out, nil
}

// currentRecord prints a rule for a back end of the profile current.
func (w *converter) currentRecord(r *record, c *compiled) {
	r.found = slices.Concat(c.read, c.translation.found)
	t := current.Target(r.backend)
	if t == current.Watcher && c.refused() {
		r.found = c.found()
		return
	}
	if !c.translation.resolved() {
		return
	}
	in, ds := w.compiler.input(t, c)
	in.Options = w.seven[t]
	var out current.Output
	if !diag.HasErrors(ds) {
		out, ds = current.Render(t, in)
	}
	r.found = append(r.found, ds...)
	switch {
	case diag.HasErrors(ds):
	case w.compiler.chain.HasPostprocessing():
		w.rewritten(r, c, out)
	default:
		r.query, r.before, r.id, r.at = out.Text, out.Before, out.ID, nameSpan(c.rule)
	}
}

// nameSpan is the place of what a rule is known by.
func nameSpan(r *sigma.Rule) diag.Span {
	if r.IDSpan.IsValid() {
		return r.IDSpan
	}
	return r.TitleSpan
}

// object is something that one of the systems keeps.
type object struct{ backend, id string }

// once refuses the objects whose id another has: it would take its place, and
// nobody would be told.
func (w *converter) once(rs []record) {
	for i := range rs {
		r := &rs[i]
		if r.id == "" {
			continue
		}
		it := object{r.backend, r.id}
		first, taken := w.kept[it]
		if !taken {
			w.kept[it] = r.file
			continue
		}
		r.query = nil
		r.found = append(r.found, diag.Diagnostic{
			Span: r.at, Severity: diag.Error, Code: duplicateCode(r.backend),
			Message: "a rule of " + first + " has the same id: one of them would take the other's place",
			Hint:    "give each rule an id of its own",
		})
		r.text = w.sink.render(r)
	}
}

func duplicateCode(backend string) string {
	if backend == "watch" {
		return "plan/duplicate-id"
	}
	return "current/duplicate-id"
}

// rewritten prints a query as the pipelines' postprocessing leaves it, where
// the text is a query: not inside of JSON, and not inside a shell's quotes.
func (w *converter) rewritten(r *record, c *compiled, out current.Output) {
	if !isQueryText(r.backend) {
		r.found = append(r.found, diag.Diagnostic{
			Span: c.rule.Detection.Span, Severity: diag.Error, Code: "current/postprocessing",
			Message: "a pipeline changes the texts of queries, and " + r.backend + " is none",
			Hint:    "give pipelines without postprocessing: -p",
		})
		return
	}
	text, ds := w.compiler.chain.Postprocess(c.rule, out.Text)
	r.found = append(r.found, ds...)
	if !diag.HasErrors(ds) {
		r.query = text
	}
}

// isQueryText reports whether the text of a target of the profile current is
// the query and nothing else.
func isQueryText(backend string) bool {
	return slices.Contains([]current.Target{current.ESQS, current.Graylog, current.Splunk, current.LogPoint}, current.Target(backend))
}

// input is what a target of the profile current needs of a rule. How
// Elasticsearch indexes fields is nothing to the other systems.
func (c *compiler) input(t current.Target, one *compiled) (current.Input, []diag.Diagnostic) {
	in := current.Input{
		Tree: one.translation.tree, Watch: one.wanted, Number: one.number,
		QueryString: c.textOptions(), Printed: c.printedOnce(one),
	}
	var ds []diag.Diagnostic
	switch {
	case t == current.ESQS || t == current.Watcher:
	case t == current.Kibana:
		settings, found := c.cfg.SettingsFor(one.rule)
		in.Indices, in.TimeField = settings.Indices, settings.Window.Field
		ds = found
	case c.types != nil:
		in.Printed = nil
		in.Tree, ds = query.Resolve(one.translation.mapped, nil)
	}
	return in, ds
}

// oldRun is a run of sigmac as it was: over all files at once. A nil one does
// nothing.
type oldRun struct {
	options []classic.Options
	files   []sigma.LoadedFile
}

// oldRun reads the configurations of sigmac, and tries the options.
func (a *app) oldRun(o convertOptions) (*oldRun, error) {
	targets := slices.DeleteFunc(slices.Clone(o.to), func(b string) bool { return !isSeven(b) })
	if o.profile == profileCurrent || len(targets) == 0 {
		return nil, nil
	}
	var configs []*classic.Config
	for _, name := range o.configs {
		c, err := a.sigmacConfig(name)
		if err != nil {
			return nil, err
		}
		configs = append(configs, c)
	}
	run := &oldRun{}
	for _, target := range targets {
		opt := classic.Options{Target: classic.Target(target), Profile: classic.Profile(o.profile), Configs: configs, BackendOptions: o.options}
		if _, ds := classic.Convert(opt); diag.HasErrors(ds) {
			why := firstError(ds)
			return nil, usageError(errors.New(why.Message+" ("+why.Code+")"), why.Hint)
		}
		run.options = append(run.options, opt)
	}
	return run, nil
}

func (a *app) sigmacConfig(name string) (*classic.Config, error) {
	text, err := os.ReadFile(inFolder(a.dir, name))
	if err != nil {
		return nil, usageError(err, "give --sigmac-config a configuration file of sigmac")
	}
	c, ds := classic.ParseConfig(diag.NewFile(name, text))
	if diag.HasErrors(ds) {
		return nil, &misconfigured{found: ds}
	}
	return c, nil
}

// keep keeps a file for the run at the end. Whatever our own reader says of
// its rules does not matter to sigmac's.
func (r *oldRun) keep(f sigma.LoadedFile) {
	if r != nil {
		r.files = append(r.files, f)
	}
}

// oldOutput is what sigmac printed for one target.
type oldOutput struct {
	options classic.Options
	text    string
	found   []diag.Diagnostic
	records []record
}

// outputs are those of the targets.
func (r *oldRun) outputs() iter.Seq[oldOutput] {
	return func(yield func(oldOutput) bool) {
		if r == nil {
			return
		}
		var files []*diag.File
		var unread []diag.Diagnostic
		for _, f := range r.files {
			if lost := unreadable(f); len(lost) > 0 {
				unread = append(unread, lost...)
				continue
			}
			files = append(files, f.File)
		}
		for _, opt := range r.options {
			out, ds := classic.Convert(opt, files...)
			o := oldOutput{options: opt, text: out.Text, found: slices.Concat(unread, ds)}
			diag.Sort(o.found)
			o.records = r.records(opt, out.Results, o.found)
			if !yield(o) {
				return
			}
		}
	}
}

// unreadable is why a file's text is not there.
func unreadable(f sigma.LoadedFile) []diag.Diagnostic {
	return slices.DeleteFunc(slices.Clone(f.Diagnostics), func(d diag.Diagnostic) bool {
		return d.Code != "sigma/unreadable" && d.Code != "sigma/file-too-large"
	})
}

// records takes a run apart: the texts, and what was said of each.
func (r *oldRun) records(opt classic.Options, results []classic.Result, found []diag.Diagnostic) []record {
	sorters := make(map[*diag.File]*sorter, len(r.files))
	for _, f := range r.files {
		sorters[f.File] = &sorter{file: f, texts: map[int]string{}}
	}
	for _, result := range results {
		sorters[result.File].texts[result.Document] = result.Text
	}
	var out []record
	var loose []diag.Diagnostic
	for _, d := range found {
		if s, ok := sorters[d.Span.File]; ok {
			s.found = append(s.found, d)
		} else {
			loose = append(loose, d)
		}
	}
	if len(loose) > 0 {
		out = append(out, record{found: loose})
	}
	for _, f := range r.files {
		out = append(out, sorters[f.File].records()...)
	}
	for i := range out {
		out[i].backend, out[i].profile = string(opt.Target), string(opt.Profile)
		if text, ok := out[i].query.(string); ok && opt.Target != classic.Kibana && opt.Target != classic.Watcher {
			out[i].query = strings.TrimSuffix(text, "\n") // a query is a line
		}
	}
	return out
}

// sorter puts texts and diagnostics of one file together.
type sorter struct {
	file  sigma.LoadedFile
	texts map[int]string
	found []diag.Diagnostic
}

// records are those of the file: one for each rule, and one before them for
// errors that belong to none.
func (s *sorter) records() []record {
	type name struct {
		id, title string
		at        diag.Span
	}
	names := map[int]name{}
	for _, r := range s.file.Rules {
		names[r.Document] = name{r.ID, r.Title, r.Span}
	}
	for _, r := range s.file.Rejected {
		names[r.Document] = name{r.ID, r.Title, r.Span}
	}
	for document := range s.texts {
		if _, ok := names[document]; !ok {
			names[document] = name{}
		}
	}
	var out []record
	for _, document := range sortedKeys(names) {
		n := names[document]
		r := record{file: s.file.File.Name, rule: n.id, title: n.title}
		if text, ok := s.texts[document]; ok {
			r.query = text
		}
		r.found = s.take(n.at)
		if r.query != nil || len(r.found) > 0 {
			out = append(out, r)
		}
	}
	switch {
	case len(s.found) == 0:
	case len(out) > 0 && !diag.HasErrors(s.found):
		out[0].found = append(out[0].found, s.found...)
	default:
		out = append([]record{{file: s.file.File.Name, found: s.found}}, out...)
	}
	return out
}

// take takes out what was said of a place.
func (s *sorter) take(at diag.Span) []diag.Diagnostic {
	var taken, rest []diag.Diagnostic
	for _, d := range s.found {
		if at.IsValid() && d.Span.IsValid() && at.Start <= d.Span.Start && d.Span.End <= at.End {
			taken = append(taken, d)
		} else {
			rest = append(rest, d)
		}
	}
	s.found = rest
	return taken
}

func sortedKeys[V any](m map[int]V) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// flat is a text on one line: a title must not begin a line of its own.
func flat(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u0085' || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)), " ")
}
