package main

import (
	"context"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/catalog"
	"github.com/sigwatch/sigwatch/config"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/current"
	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/build"
)

// fresh writes the pages of the default layout: the model of all rules first,
// for its pages link to each other.
func (b *docsBuilder) fresh(ctx context.Context, cfg *config.Config) error {
	c, err := b.watchCompiler(cfg, nil)
	if err != nil {
		return err
	}
	all, err := b.document(ctx, c)
	if err != nil {
		return b.loading(err)
	}
	all.hold(cfg)
	b.judge(all.rules)
	return b.write(ctx, catalog.New(all.rules, catalog.Others{Rules: all.others, There: b.there()}).Files())
}

// write writes files with several workers, in order.
func (b *docsBuilder) write(ctx context.Context, files []catalog.File) error {
	b.partial = b.knowsSome(files)
	type page struct {
		catalog.File
		text []byte
	}
	return inOrder(ctx, workers, process[catalog.File, page]{
		produce: func(_ context.Context, yield func(catalog.File) error) error {
			for _, f := range files {
				if err := yield(f); err != nil {
					return err
				}
			}
			return nil
		},
		work:    func(f catalog.File) page { return page{f, f.Text()} },
		consume: func(p page) error { return b.put(p.File, p.text) },
	})
}

// knowsSome tells whether the folder has pages of rules that this run, whose
// paths name only some, knows nothing of.
func (b *docsBuilder) knowsSome(files []catalog.File) bool {
	own := map[string]bool{}
	for _, f := range files {
		own[f.Path] = true
	}
	return len(b.paths) > 0 && slices.ContainsFunc(b.to.Before(), func(name string) bool {
		return strings.HasPrefix(name, catalog.OldPath("")) && !own[name]
	})
}

// describer makes the models of rules. It is safe for use by several workers.
type describer struct{ compiler *compiler }

// file makes the models of a file's rules, those that were refused among them.
func (d *describer) file(f sigma.LoadedFile) described {
	c := d.compiler.file(f, toWatch)
	documents := len(c.rules) + len(f.Rejected)
	out := make([]*catalog.Rule, 0, documents)
	for i := range c.rules {
		out = append(out, d.rule(&c.rules[i], documents))
		c.rules[i].wanted = bare(c.rules[i].wanted)
	}
	for _, r := range f.Rejected {
		out = append(out, catalog.Broken(f.File, r, documents, within(c.rest, r.Span)))
	}
	if documents == 0 && diag.HasErrors(c.rest) {
		out = append(out, catalog.Broken(f.File, sigma.Rejected{}, 1, c.rest))
	}
	return described{c, out}
}

// within returns the findings inside a document, and those about none.
func within(ds []diag.Diagnostic, document diag.Span) []diag.Diagnostic {
	return slices.DeleteFunc(slices.Clone(ds), func(d diag.Diagnostic) bool {
		return document.IsValid() && d.Span.IsValid() && (d.Span.Start < document.Start || d.Span.End > document.End)
	})
}

func (d *describer) rule(one *compiled, documents int) *catalog.Rule {
	settings, _ := d.compiler.cfg.SettingsFor(one.rule)
	in := catalog.Input{Rule: one.rule, Documents: documents, Query: watchQuery(one), Found: one.found()}
	if !one.refused() {
		in.Watch = shownWatch(one.wanted, settings)
	}
	if one.translation.resolved() {
		in.Others = d.others(one)
	}
	return catalog.Describe(in)
}

// watchQuery is the query that the watch asks.
func watchQuery(one *compiled) catalog.Query {
	q := catalog.Query{Target: formQueryString, Heading: "Elasticsearch query", Language: "text"}
	switch {
	case !one.said:
	case one.query.Form == formDSL:
		q.Target, q.Heading, q.Language = formDSL, "Elasticsearch query (Query DSL)", "json"
		q.Text = string(watcher.EncodeIndent(one.query.DSL))
	default:
		q.Text = one.query.Text
	}
	if one.said {
		q.Found = queryRemarks(one)
	}
	return q
}

// queryRemarks are what a plan says of the watch's query, as the other texts of
// the rule say it of theirs.
func queryRemarks(one *compiled) []diag.Diagnostic {
	var out []diag.Diagnostic
	for _, note := range one.query.Notes {
		d := diag.Diagnostic{
			Span: one.rule.Detection.Span, Severity: diag.Info, Code: noteCode(one.query), Message: note,
			Hint: "compare it with how the fields are indexed",
		}
		if strings.HasPrefix(note, "approximate") {
			d.Severity = diag.Warning
		}
		out = append(out, d)
	}
	return out
}

// others are the rule's texts for other systems, in the order of the page. The
// script for X-Pack Watcher is not among them: it holds the watch once more.
func (d *describer) others(one *compiled) []catalog.Query {
	targets := [...]struct {
		target            current.Target
		heading, language string
	}{
		{current.Kibana, "Kibana", "json"},
		{current.Graylog, "Graylog", "text"},
		{current.Splunk, "Splunk", "text"},
		{current.LogPoint, "LogPoint", "text"},
		{current.Grep, "grep", "sh"},
	}
	out := make([]catalog.Query, 0, len(targets))
	for _, t := range targets {
		in, ds := d.compiler.input(t.target, one)
		q := catalog.Query{Target: string(t.target), Heading: t.heading, Language: t.language, Found: ds}
		if !diag.HasErrors(ds) {
			text, found := current.Render(t.target, in)
			q.Text, q.Found = text.String(), found
		}
		out = append(out, q)
	}
	return out
}

// shownWatch is the watch as a page shows it: without secrets, and without the
// program's version, which would make every page stale with every release.
func shownWatch(w watcher.Wanted, s build.Settings) *catalog.Watch {
	body := w.Body
	if len(watcher.Secrets(body)) > 0 {
		body = watcher.Redact(body, watcher.Version{Major: 9})
	}
	body = lacking(body, "metadata", "sigwatch", "tool")
	out := &catalog.Watch{
		ID: w.ID, Text: string(watcher.EncodeIndent(body)), Digest: w.Hashes.Watch,
		Indices: s.Indices, Schedule: spokenSchedule(s.Schedule),
	}
	for _, a := range s.Actions {
		out.Actions = append(out.Actions, a.ID)
	}
	return out
}

// lacking returns the object without the member at the end of a path. The
// object itself stays as it is.
func lacking(o *watcher.Object, path ...string) *watcher.Object {
	out := &watcher.Object{Members: slices.Clone(o.Members)}
	if len(path) == 1 {
		out.Delete(path[0])
		return out
	}
	if inner, ok := o.Get(path[0]); ok {
		if kid, ok := inner.(*watcher.Object); ok {
			out.Set(path[0], lacking(kid, path[1:]...))
		}
	}
	return out
}

func spokenSchedule(s build.Schedule) string {
	switch {
	case s.Every > 0:
		return "every " + build.Duration(s.Every)
	case s.Interval != "":
		return "every " + s.Interval
	default:
		return "by cron " + s.Cron
	}
}
