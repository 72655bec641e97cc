package current

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// where writes a question of a where clause. It is true, or false or null.
func (s *spl) where(m *query.Match) string {
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

func (s *spl) whereOther(m *query.Match, field string) string {
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
func (s *spl) matches(m *query.Match, field string, v sigma.String) string {
	if f, ok := sound(v); !ok {
		s.add(m.Span, f)
	}
	text, literal := v.Literal()
	switch {
	case m.Field != "" && anything(v):
		return "isnotnull(" + field + ")"
	case m.Field != "" && literal && plainDecimal.MatchString(text):
		return "tonumber(" + field + ")=" + text
	}
	flags := "(?is)"
	if v.Cased {
		flags = "(?s)"
	}
	begin, end := ends(m, v)
	v = bare(v)
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

// plainDecimal is a number without zeros at its ends: what has them is a text
// of digits, such as a version, and as a number would be another.
var plainDecimal = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,14})(\.[0-9]{0,14}[1-9])?$`)

// ends are the anchors of a text: none where it may begin or end anywhere.
func ends(m *query.Match, v sigma.String) (begin, end string) {
	if m.Field == "" {
		return "", ""
	}
	if len(v.Parts) == 0 || v.Parts[0].Kind != sigma.Any {
		begin = `\A`
	}
	if len(v.Parts) == 0 || v.Parts[len(v.Parts)-1].Kind != sigma.Any {
		end = `\z`
	}
	return begin, end
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

// openCount finds {,n}, and all that could hide one: escapes and classes.
var openCount = regexp.MustCompile(`(?s)\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{,[0-9]+\}`)

// closedCounts writes {,n} as {0,n}: before PCRE2 10.43 the former stands for
// itself.
func closedCounts(pattern string) string {
	return openCount.ReplaceAllStringFunc(pattern, func(found string) string {
		if count, ok := strings.CutPrefix(found, "{,"); ok {
			return "{0," + count
		}
		return found
	})
}

// regex writes a regular expression. Without a field it is looked for in the
// raw event, in which no value's beginning and end are known.
func (s *spl) regex(m *query.Match, field string, v sigma.Regex) string {
	if v.Expand && hole.MatchString(v.Pattern) {
		s.add(m.Span, placeholder)
	}
	if m.Field == "" && anchored(v) {
		s.add(m.Span, rawAnchor)
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
	return "match(" + field + "," + quoted(flags+visible(closedCounts(v.Pattern))) + ")"
}

// anchored reports whether a regular expression asks where the value begins or
// ends, or may do so.
func anchored(v sigma.Regex) bool {
	tree, err := query.ParseRegex(v)
	if err != nil {
		return strings.ContainsAny(v.Pattern, "^$") || mayAnchor.MatchString(v.Pattern)
	}
	return hasAnchor(tree)
}

var mayAnchor = regexp.MustCompile(`\\[AZzG]`)

func hasAnchor(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine:
		return true
	default:
		return slices.ContainsFunc(re.Sub, hasAnchor)
	}
}

func (s *spl) fieldRef(m *query.Match, field string, v sigma.FieldRef) string {
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
