package build

import (
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
)

// request is the search request. Its body is a mustache template, of which
// only the scheduled time is meant to be one: a body in which anything else
// has two braces is given as text, with JSON's own escape for them, which a
// put does not resolve (spec/watch-document.md 3.1, recorded: mus-060,
// mus-070).
func (b *builder) request() *watcher.Object {
	request := object("indices", list(b.set.Indices))
	s := search{hits: b.set.Hits, field: b.set.Window.field(), fields: b.sourceFields(), clause: b.clause()}
	s.window = func(now string) *watcher.Object { return b.set.Window.clause(b.set.Schedule, now) }
	if braced(s.field) || braced(s.fields) || braced(s.clause) {
		request.Set("template", object("source", s.template()))
		return request
	}
	request.Set("body", s.body(scheduledTime))
	return request
}

// search is what a search body is made of.
type search struct {
	hits   int
	field  string
	fields []any
	clause *watcher.Object
	window func(now string) *watcher.Object
}

// braced reports whether a name or a text in a tree has what mustache takes
// for the beginning of a tag.
func braced(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, "{{")
	case []any:
		return slices.ContainsFunc(v, braced)
	case *watcher.Object:
		return slices.ContainsFunc(v.Members, func(m watcher.Member) bool { return strings.Contains(m.Name, "{{") || braced(m.Value) })
	default:
		return false
	}
}

// template is the text of the search body with the braces of all data escaped.
// In JSON two opening braces can stand side by side only within a text.
func (s search) template() string {
	mark := "now"
	for strings.Count(string(watcher.Encode(s.body(mark))), mark) != 2 {
		mark += "+"
	}
	text := string(watcher.Encode(s.body(mark)))
	text = strings.ReplaceAll(text, "{{", `\u007b\u007b`)
	return strings.ReplaceAll(text, mark, scheduledTime)
}

// body is the search body, fit for 6.8 to 9.x. track_total_hits is left out:
// counting up to 10,000 is the default, and false would make hits.total -1,
// which no condition takes for a hit (spec/watch-document.md 3.2).
func (s search) body(now string) *watcher.Object {
	return object(
		"size", number(s.hits),
		"_source", s.fields,
		"sort", []any{object(s.field, object("order", "asc", "unmapped_type", "date"))},
		"query", object("bool", object("filter", []any{s.clause, s.window(now)})),
	)
}

// clause is the query. What an index template could change of query_string is
// said (product.md 4).
func (b *builder) clause() *watcher.Object {
	if b.query.Form == FormDSL {
		return b.query.DSL.Clone()
	}
	return object("query_string", object(
		"query", b.query.Text,
		"lenient", false,
		"analyze_wildcard", false,
		"default_operator", "OR",
		"allow_leading_wildcard", true,
	))
}

// sourceFields are the fields of the events in the mail: those the rule lists,
// those it asks for, the time, and host, user and process under the names of
// ECS, Winlogbeat and Sysmon, Linux auditd and plain syslog.
func (b *builder) sourceFields() []any {
	context := contextFields()
	fields := make([]any, 0, len(b.rule.Fields)+len(b.query.Fields)+1+len(context))
	add := func(f string) {
		if f != "" && !holds(fields, f) {
			fields = append(fields, f)
		}
	}
	for _, f := range b.rule.Fields {
		add(f)
	}
	for _, f := range b.query.Fields {
		add(f)
	}
	add(b.set.Window.field())
	for _, f := range context {
		if !holds(fields, f.(string)) {
			fields = append(fields, f)
		}
	}
	return fields
}

func holds(texts []any, text string) bool {
	return slices.ContainsFunc(texts, func(v any) bool { return v.(string) == text })
}

// contextFields are texts as a tree holds them.
func contextFields() [13]any {
	return [...]any{
		"host.name", "host.hostname", "user.name", "user.domain",
		"process.executable", "process.command_line", "process.parent.executable",
		"Computer", "ComputerName", "User", "Image", "CommandLine", "ParentImage",
	}
}
