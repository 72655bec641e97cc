package ruletest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// fieldName is the field that an item asks, with the name that the rule gives
// it where a pipeline changed that.
func (x *explainer) fieldName(item *sigma.Item) string {
	if item.Field == "" {
		if len(x.options.KeywordFields) == 0 {
			return "the event"
		}
		return strings.Join(x.options.KeywordFields, " or ")
	}
	if written := x.writtenName(item); written != "" && written != item.Field {
		return fmt.Sprintf("%s (%s)", item.Field, written)
	}
	return item.Field
}

// writtenName is the field's name as the rule has it, or empty.
func (x *explainer) writtenName(item *sigma.Item) string {
	if !x.written(item.FieldSpan) {
		return ""
	}
	return strings.Trim(item.FieldSpan.Text(), `"'`)
}

// written reports whether a place lies in a detection, the rule's or a
// filter's: what a pipeline adds has no place, or that of the log source.
func (x *explainer) written(at diag.Span) bool {
	detection := x.rule.Detection.Span
	return at.IsValid() && (at.File != detection.File || at.Start >= detection.Start && at.End <= detection.End)
}

// at says where something is written, or nothing.
func (x *explainer) at(span diag.Span) string {
	switch {
	case !x.written(span):
		return ""
	case span.File != x.rule.Detection.Span.File:
		return fmt.Sprintf(" (the filter in %s, line %d)", span.File.Name, span.Position().Line)
	default:
		return fmt.Sprintf(" (line %d)", span.Position().Line)
	}
}

// values says what the event has in the fields that an item asks.
func (x *explainer) values(item *sigma.Item, depth int) {
	names := []string{item.Field}
	if item.Field == "" {
		names = x.keywordFields(item)
	}
	for _, v := range flat(item) {
		if ref, ok := v.(sigma.FieldRef); ok && !slices.Contains(names, ref.Field) {
			names = append(names, ref.Field)
		}
	}
	for _, name := range names {
		x.field(item, name, len(names) > 1 || item.Field == "", depth)
	}
}

// keywordFields are the fields in which values without a field are looked for;
// where that is all of the event, the first in which one was found.
func (x *explainer) keywordFields(item *sigma.Item) []string {
	if len(x.options.KeywordFields) > 0 {
		return x.options.KeywordFields
	}
	for _, name := range x.event.Fields() {
		within := *x
		within.options.KeywordFields = []string{name}
		if within.item(item) {
			return []string{name}
		}
	}
	return nil
}

func (x *explainer) field(item *sigma.Item, name string, several bool, depth int) {
	subject := "it"
	if several {
		subject = name
	}
	have := x.event.Values(name)
	switch {
	case len(have) == 1:
		x.say(depth, "%s is %s", subject, shown(have[0]))
	case len(have) > 1:
		x.say(depth, "%s has the values %s", subject, shownList(have))
	case len(x.whole.Values(name)) > 0:
		x.say(depth, "the index keeps nothing of it: its text is longer than ignore_above of the pinned field types")
	case x.event.Has(name):
		x.say(depth, "the event has an object there, and no value")
	default:
		x.say(depth, "the event has no %s%s", name, x.otherName(item, name))
	}
}

// otherName says under which name the event may have the field.
func (x *explainer) otherName(item *sigma.Item, name string) string {
	written := x.writtenName(item)
	if written != "" && written != name && x.whole.Has(written) {
		return fmt.Sprintf(", but %s: for events with the names of the rule write pipeline: none", written)
	}
	fields := x.whole.Fields()
	for _, f := range fields {
		if strings.EqualFold(f, name) {
			return fmt.Sprintf(", but %s: case counts in names of fields", f)
		}
	}
	if near, ok := nearest(name, fields); ok {
		return fmt.Sprintf("; it has %s", near)
	}
	return ""
}

// mostText is how much of a text is shown, in characters.
const mostText = 200

func shown(v any) string {
	switch v := v.(type) {
	case string:
		return quoted(v)
	case json.Number:
		return v.String()
	default:
		return fmt.Sprint(v)
	}
}

func shownList(values []any) string {
	var out []string
	for _, v := range values {
		out = append(out, shown(v))
	}
	return listed(out)
}

// quoted puts a text into quotes. Backslashes stay as they are, since paths of
// Windows are full of them; a long text is cut.
func quoted(s string) string {
	runes := []rune(s)
	if len(runes) <= mostText {
		return `"` + s + `"`
	}
	return fmt.Sprintf(`"%s…" (%d characters)`, string(runes[:mostText]), len(runes))
}

// clean keeps what an event or a rule holds from steering a terminal or
// breaking a line.
func clean(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// oneLine is a text with its white space made single blanks.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
