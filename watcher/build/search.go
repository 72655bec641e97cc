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
	if strings.Contains(string(watcher.Encode(b.search(""))), "{{") {
		request.Set("template", object("source", b.template()))
		return request
	}
	request.Set("body", b.search(scheduledTime))
	return request
}

// template is the text of the search body with the braces of all data escaped.
// In JSON two opening braces can stand side by side only within a text.
func (b *builder) template() string {
	mark := "now"
	for strings.Count(string(watcher.Encode(b.search(mark))), mark) != 2 {
		mark += "+"
	}
	text := string(watcher.Encode(b.search(mark)))
	text = strings.ReplaceAll(text, "{{", `\u007b\u007b`)
	return strings.ReplaceAll(text, mark, scheduledTime)
}

// search is the search body, fit for 6.8 to 9.x. track_total_hits is left out:
// counting up to 10,000 is the default, and false would make hits.total -1,
// which no condition takes for a hit (spec/watch-document.md 3.2).
func (b *builder) search(now string) *watcher.Object {
	field := b.set.Window.field()
	return object(
		"size", number(b.set.Hits),
		"_source", list(b.sourceFields()),
		"sort", []any{object(field, object("order", "asc", "unmapped_type", "date"))},
		"query", object("bool", object("filter", []any{
			b.clause(), b.set.Window.clause(b.set.Schedule, now),
		})),
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
func (b *builder) sourceFields() []string {
	fields := slices.Concat(b.rule.Fields, b.query.Fields, []string{b.set.Window.field()}, contextFields())
	seen := map[string]bool{"": true}
	return slices.DeleteFunc(fields, func(f string) bool {
		was := seen[f]
		seen[f] = true
		return was
	})
}

func contextFields() []string {
	return []string{
		"host.name", "host.hostname", "user.name", "user.domain",
		"process.executable", "process.command_line", "process.parent.executable",
		"Computer", "ComputerName", "User", "Image", "CommandLine", "ParentImage",
	}
}
