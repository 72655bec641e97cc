package build

import (
	"strconv"
	"strings"
	"time"

	"github.com/sigwatch/sigwatch/diag"
)

// subject is the subject of an e-mail for which none is given.
func (b *builder) subject() any {
	return b.text("[${rule.level}] ${rule.title}: {{ctx.payload.hits.total}} found", line, diag.Span{})
}

// mail is the text of an e-mail for which none is given, a template of
// Watcher's mustache. Nothing can be computed in one: times are said as a
// distance from the scheduled time, and counts are those of the response.
// All places are safe without hits: a place beyond the end of a list would
// fail the mail (spec/watch-document.md 8).
func (b *builder) mail() string {
	var m mailText
	m.Grow(2 << 10) // what most take
	m.paragraph(b.text("[${rule.level}] ${rule.title}", line, diag.Span{}))
	m.paragraph(plain(strings.TrimSpace(b.rule.Description)))
	m.paragraph(b.counts())
	m.WriteString(incomplete)
	m.WriteString(events)
	m.bullets("False positives", b.rule.FalsePositives)
	m.bullets("References", b.rule.References)
	m.bullets("ATT&CK", attackLinks(b.rule.Tags))
	m.WriteString("Rule\n")
	// By way of the metadata, so that a moved file is no other watch.
	m.WriteString("file: {{ctx.metadata.sigwatch.file}}\n")
	m.field("id", b.rule.ID)
	m.field("status", b.rule.Status)
	m.field("author", b.rule.Author)
	m.field("watch", b.id)
	return m.String()
}

// incomplete stands in the mail when not all was searched. The list of
// failures is there only when there are some, while a number 0 counts as true
// in a section (spec/watch-document.md 8).
const incomplete = `{{#ctx.payload._shards.failures}}
INCOMPLETE: {{ctx.payload._shards.failed}} of {{ctx.payload._shards.total}} shards failed, so events may be missing. {{index}}: {{reason.type}}: {{reason.reason}}

{{/ctx.payload._shards.failures}}
{{#ctx.payload.timed_out}}
INCOMPLETE: the search timed out, so events may be missing.

{{/ctx.payload.timed_out}}
`

// events are the events with their index and id, as the JSON of what _source
// was limited to. A value in them is not rendered again (recorded: mus-017).
const events = `Events, oldest first

{{#ctx.payload.hits.hits}}
{{_index}} {{_id}}
{{#toJson}}_source{{/toJson}}

{{/ctx.payload.hits.hits}}
`

// counts says how many events were found and how many are shown, where and in
// which window was searched.
func (b *builder) counts() string {
	from, until := b.set.Window.bounds(b.set.Schedule)
	return "Found: {{ctx.payload.hits.total}} (counted up to 10000)" +
		"\nShown: {{ctx.payload.hits.hits.size}} (at most " + strconv.Itoa(b.set.Hits) + ")" +
		"\nFrom: " + spoken(from) +
		"\nUntil: " + spoken(until) + ", not included" +
		"\nTime field: " + plain(oneLine(b.set.Window.field())) +
		"\nIndices: " + plain(strings.Join(b.set.Indices, ", "))
}

func spoken(d time.Duration) string {
	if d == 0 {
		return scheduledTime
	}
	return scheduledTime + " minus " + Duration(d)
}

// mailText is a text of paragraphs.
type mailText struct{ strings.Builder }

func (m *mailText) all(texts ...string) {
	for _, t := range texts {
		m.WriteString(t)
	}
}

func (m *mailText) paragraph(text string) {
	if text != "" {
		m.WriteString(text)
		m.WriteString("\n\n")
	}
}

func (m *mailText) bullets(title string, items []string) {
	if len(items) == 0 {
		return
	}
	m.all(title, "\n")
	for _, item := range items {
		m.all("- ", plain(strings.TrimSpace(item)), "\n")
	}
	m.WriteString("\n")
}

func (m *mailText) field(name, value string) {
	if value != "" {
		m.all(name, ": ", plain(oneLine(value)), "\n")
	}
}
