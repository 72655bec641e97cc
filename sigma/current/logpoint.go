package current

import (
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// logpoint writes a search of LogPoint. It compares without regard to case and
// has both wildcards, but no escapes: nothing can be said of a star that
// stands for itself, and a text with double quotes stands in single ones.
func logpoint(in Input, r *report) Output {
	l := logPoint{report: r}
	var text strings.Builder
	text.Grow(usualSize)
	boolean{leaf: l.leaf, not: "(-", end: ")"}.top(&text, conjuncts(in.Tree.Root))
	r.add(r.at, unmeasured)
	return Output{Text: text.String()}
}

type logPoint struct {
	*report
	last lastField
}

func (l *logPoint) leaf(b *strings.Builder, m *query.Match) {
	field := "msg"
	if m.Field != "" {
		field = l.field(m)
	}
	v, ok := m.Value.(sigma.String)
	if !ok {
		b.WriteString(l.numeric(m, field))
		return
	}
	if m.Field == "" {
		v = contains(v)
	}
	b.WriteString(field)
	b.WriteByte('=')
	l.text(b, m, v)
}

// numeric writes a question for a number, or for something else that is no
// text.
func (l *logPoint) numeric(m *query.Match, field string) string {
	switch v := m.Value.(type) {
	case sigma.Number:
		if m.Field == "" {
			return field + `="*` + v.Text + `*"`
		}
		return field + "=" + v.Text
	case sigma.Regex:
		l.add(m.Span, regexTarget)
		return ""
	}
	if m.Field == "" {
		l.add(m.Span, keywordValue)
		return ""
	}
	return l.other(m, field)
}

func (l *logPoint) other(m *query.Match, field string) string {
	switch v := m.Value.(type) {
	case sigma.Bool:
		return field + `="` + boolText(v) + `"`
	case sigma.Null:
		return "(-" + field + "=*)"
	case sigma.Exists:
		if v {
			return field + "=*"
		}
		return "(-" + field + "=*)"
	case sigma.CIDR:
		return l.network(m, field, v)
	case sigma.Compare:
		n, ok := v.Value.(sigma.Number)
		if !ok {
			l.add(m.Span, timePart)
		}
		return field + string(v.Op) + n.Text
	case sigma.FieldRef:
		l.add(m.Span, fieldRef)
	case sigma.TimePart:
		l.add(m.Span, timePart)
	default:
		l.add(m.Span, unknownValue)
	}
	return ""
}

// network is a list of patterns of addresses.
func (l *logPoint) network(m *query.Match, field string, v sigma.CIDR) string {
	list, ok := addressPatterns(v.Network)
	if !ok {
		l.add(m.Span, network)
		return ""
	}
	for i, pattern := range list {
		list[i] = field + `="` + pattern + `"`
	}
	if len(list) == 1 {
		return list[0]
	}
	return "(" + strings.Join(list, " OR ") + ")"
}

// field quotes the names that are words of the language.
func (l *logPoint) field(m *query.Match) string {
	if m.Field == l.last.name {
		return l.last.text
	}
	if !l.goodField(m, "\"'`\\*?|=<>![](){}") {
		return ""
	}
	l.last = lastField{m.Field, quotedWord(m.Field)}
	return l.last.text
}

func quotedWord(name string) string {
	switch strings.ToLower(name) {
	case "process", "filter", "search", "chart", "timechart", "and", "or", "not", "in", "as", "by", "having", "rename", "fields", "join", "followed", "within":
		return `"` + name + `"`
	}
	if isPlainName(name) {
		return name
	}
	return `"` + name + `"`
}

func (l *logPoint) text(b *strings.Builder, m *query.Match, v sigma.String) {
	f, ok := sound(v)
	quote := `"`
	if textHas(v, doubleQuote) {
		quote = "'"
	}
	b.WriteString(quote)
	before := b.Len()
	writePlain(b, v)
	text := b.String()[before:]
	b.WriteString(quote)
	switch {
	case !ok:
		l.add(m.Span, f)
	case v.Cased:
		l.add(m.Span, cased)
	case textHas(v, wildcardChars):
		l.add(m.Span, wildcardText)
	case textHas(v, controls):
		l.add(m.Span, control)
	case quote == "'" && strings.Contains(text, "'"), strings.HasSuffix(text, `\`), strings.Contains(text, `\`+quote):
		l.add(m.Span, quotes)
	}
}

// writePlain writes a text with both wildcards.
func writePlain(b *strings.Builder, s sigma.String) {
	for i := range s.Parts {
		switch part := &s.Parts[i]; part.Kind {
		case sigma.Any:
			b.WriteByte('*')
		case sigma.One:
			b.WriteByte('?')
		default:
			b.WriteString(part.Text)
		}
	}
}
