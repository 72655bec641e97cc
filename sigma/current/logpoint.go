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
	l := logPoint{r}
	text := boolean{leaf: l.leaf, not: func(t string) string { return "(-" + t + ")" }}.top(conjuncts(in.Tree.Root))
	r.add(r.at, unmeasured)
	return Output{Text: text}
}

type logPoint struct{ *report }

func (l logPoint) leaf(m *query.Match) string {
	field := "msg"
	if m.Field != "" {
		field = l.field(m)
	}
	switch v := m.Value.(type) {
	case sigma.String:
		if m.Field == "" {
			v = contains(v)
		}
		return field + "=" + l.text(m, v)
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

func (l logPoint) other(m *query.Match, field string) string {
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
func (l logPoint) network(m *query.Match, field string, v sigma.CIDR) string {
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
func (l logPoint) field(m *query.Match) string {
	if !l.goodField(m, "\"'`\\*?|=<>![](){}") {
		return ""
	}
	switch strings.ToLower(m.Field) {
	case "process", "filter", "search", "chart", "timechart", "and", "or", "not", "in", "as", "by", "having", "rename", "fields", "join", "followed", "within":
		return `"` + m.Field + `"`
	}
	if isPlainName(m.Field) {
		return m.Field
	}
	return `"` + m.Field + `"`
}

func (l logPoint) text(m *query.Match, v sigma.String) string {
	f, ok := sound(v)
	text := plainWith(v, "*", "?")
	quote := `"`
	if strings.Contains(text, `"`) {
		quote = "'"
	}
	switch {
	case !ok:
		l.add(m.Span, f)
	case v.Cased:
		l.add(m.Span, cased)
	case textHas(v, func(c rune) bool { return c == '*' || c == '?' }):
		l.add(m.Span, wildcardText)
	case textHas(v, isControl):
		l.add(m.Span, control)
	case quote == "'" && strings.Contains(text, "'"), strings.HasSuffix(text, `\`), strings.Contains(text, `\`+quote):
		l.add(m.Span, quotes)
	}
	return quote + text + quote
}
