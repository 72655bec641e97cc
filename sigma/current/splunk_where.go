package current

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// where writes a question of a where clause. It is true, or false or null.
func (s spl) where(m *query.Match) string {
	field := "'_raw'"
	if m.Field != "" {
		s.goodField(m, "\"'`\\*")
		field = "'" + m.Field + "'"
	}
	switch v := m.Value.(type) {
	case sigma.String:
		return s.matches(m, field, v)
	case sigma.Regex:
		return s.regex(m, field, v)
	case sigma.Number:
		if m.Field == "" {
			return "match(" + field + "," + quoted(regexp.QuoteMeta(v.Text)) + ")"
		}
		return "tonumber(" + field + ")=" + v.Text
	case sigma.Bool:
		if m.Field == "" {
			s.add(m.Span, keywordValue)
		}
		return "match(" + field + `,"(?i)\\A` + boolText(v) + `\\z")`
	}
	if m.Field == "" {
		s.add(m.Span, keywordValue)
		return ""
	}
	return s.whereOther(m, field)
}

func (s spl) whereOther(m *query.Match, field string) string {
	switch v := m.Value.(type) {
	case sigma.Null:
		return "isnull(" + field + ")"
	case sigma.Exists:
		if v {
			return "isnotnull(" + field + ")"
		}
		return "isnull(" + field + ")"
	case sigma.CIDR:
		return "cidrmatch(" + quoted(v.Network) + "," + field + ")"
	case sigma.Compare:
		n, ok := v.Value.(sigma.Number)
		if !ok {
			s.add(m.Span, timePart)
		}
		return "tonumber(" + field + ")" + string(v.Op) + n.Text
	case sigma.FieldRef:
		return s.fieldRef(m, field, v)
	case sigma.TimePart:
		s.add(m.Span, timePart)
	default:
		s.add(m.Span, unknownValue)
	}
	return ""
}

// matches writes a text with wildcards as a regular expression for the whole
// value; without a field it may stand anywhere.
func (s spl) matches(m *query.Match, field string, v sigma.String) string {
	if f, ok := sound(v); !ok {
		s.add(m.Span, f)
	}
	text, literal := v.Literal()
	switch {
	case m.Field != "" && anything(v):
		return "isnotnull(" + field + ")"
	case m.Field != "" && literal && decimal.MatchString(text):
		return "tonumber(" + field + ")=" + text
	}
	flags, begin, end := "(?is)", `\A`, `\z`
	if v.Cased {
		flags = "(?s)"
	}
	if m.Field == "" {
		v, begin, end = bare(v), "", ""
	}
	var b strings.Builder
	for _, part := range v.Parts {
		switch part.Kind {
		case sigma.Any:
			b.WriteString(".*")
		case sigma.One:
			b.WriteByte('.')
		default:
			b.WriteString(visible(regexp.QuoteMeta(part.Text)))
		}
	}
	return "match(" + field + "," + quoted(flags+begin+b.String()+end) + ")"
}

// visible writes back-quotes and control characters of a regular expression as
// escapes: SPL has a use of its own for the former.
func visible(pattern string) string {
	var b strings.Builder
	escaped := false
	for _, c := range pattern {
		switch {
		case c != '`' && !isControl(c):
			if escaped {
				b.WriteByte('\\')
			}
			if escaped = c == '\\' && !escaped; !escaped {
				b.WriteRune(c)
			}
			continue
		default:
			fmt.Fprintf(&b, `\x{%x}`, c)
		}
		escaped = false
	}
	if escaped {
		b.WriteByte('\\')
	}
	return b.String()
}

// hole is a placeholder in a regular expression.
var hole = regexp.MustCompile(`%[^%]+%`)

func (s spl) regex(m *query.Match, field string, v sigma.Regex) string {
	if v.Expand && hole.MatchString(v.Pattern) {
		s.add(m.Span, placeholder)
	}
	flags := ""
	for _, f := range []struct {
		on   bool
		flag string
	}{{v.IgnoreCase, "i"}, {v.MultiLine, "m"}, {v.DotAll, "s"}} {
		if f.on {
			flags += f.flag
		}
	}
	if flags != "" {
		flags = "(?" + flags + ")"
	}
	return "match(" + field + "," + quoted(flags+visible(v.Pattern)) + ")"
}

func (s spl) fieldRef(m *query.Match, field string, v sigma.FieldRef) string {
	other := *m
	other.Field = v.Field
	s.goodField(&other, "\"'`\\*")
	to := "'" + v.Field + "'"
	switch {
	case v.EndsWith:
		s.add(m.Span, fieldRef)
		return ""
	case v.StartsWith:
		return "substr(lower(" + field + "),1,len(" + to + "))=lower(" + to + ")"
	default:
		return "lower(" + field + ")=lower(" + to + ")"
	}
}
