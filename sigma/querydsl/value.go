package querydsl

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// nothing stands where a clause was refused; the query is then not printed.
func nothing() clause { return leaf("{}") }

func (r *renderer) match(m *query.Match) clause {
	if m.Field == "" {
		return r.keywords(m)
	}
	if !utf8.ValidString(m.Field) {
		r.refuse(m.FieldSpan, fieldName)
		return nothing()
	}
	switch v := m.Value.(type) {
	case sigma.Null:
		return negated(r.exists(m))
	case sigma.Exists:
		if v {
			return r.exists(m)
		}
		return negated(r.exists(m))
	case sigma.String:
		return r.text(m, v)
	case sigma.Regex:
		return r.regex(m, v)
	case sigma.Compare:
		return r.compare(m, v)
	default:
		return r.plain(m)
	}
}

// exists refuses a star in the name, which makes it a pattern of names there.
func (r *renderer) exists(m *query.Match) clause {
	if strings.Contains(m.Field, "*") {
		r.refuse(m.FieldSpan, fieldName)
		return nothing()
	}
	return leafOf(object{{"exists", object{{"field", m.Field}}}})
}

// plain prints the values that are compared as they are.
func (r *renderer) plain(m *query.Match) clause {
	switch v := m.Value.(type) {
	case sigma.FieldRef:
		r.refuse(m.Span, fieldRef)
	case sigma.TimePart:
		r.refuse(m.Span, timePart)
	case sigma.Number, sigma.Bool, sigma.CIDR:
		return on("term", m.Field, object{{"value", r.term(v)}})
	default:
		r.refuse(m.Span, unknownValue)
	}
	return nothing()
}

// term is a caseless value as a term. Numbers and booleans are texts there:
// fields of any type take them.
func (r *renderer) term(v sigma.Value) string {
	switch v := v.(type) {
	case sigma.String:
		if hasCase(v) {
			r.note(notePlain)
		}
		return plainText(v)
	case sigma.Number:
		return v.Text
	case sigma.Bool:
		return strconv.FormatBool(bool(v))
	case sigma.CIDR:
		r.note(noteCIDR)
		return v.Network
	default:
		return ""
	}
}

func (r *renderer) terms(run []query.Node) clause {
	first := run[0].(*query.Match)
	if !utf8.ValidString(first.Field) {
		r.refuse(first.FieldSpan, fieldName)
		return nothing()
	}
	values := make([]string, len(run))
	for i, kid := range run {
		values[i] = r.term(kid.(*query.Match).Value)
	}
	return leafOf(object{{"terms", object{{first.Field, values}}}})
}

func (r *renderer) compare(m *query.Match, c sigma.Compare) clause {
	n, ok := c.Value.(sigma.Number)
	if !ok {
		r.refuse(m.Span, timePart)
		return nothing()
	}
	op, known := map[sigma.Op]string{"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}[c.Op]
	if !known {
		r.refuse(m.Span, unknownValue)
		return nothing()
	}
	r.note(noteCompare)
	return on("range", m.Field, object{{op, n.Text}})
}

// text prints a text: as a term where it is a whole value, as wildcards, as a
// regular expression where it has letters of two cases beyond ASCII.
func (r *renderer) text(m *query.Match, s sigma.String) clause {
	switch {
	case r.unsayable(m, s):
		return nothing()
	case anything(s):
		return r.exists(m)
	case caseless(s):
		return on("term", m.Field, object{{"value", r.term(s)}})
	case hasWideCase(s):
		return r.lucene(m, textExpr(s))
	case hasWildcard(s):
		return r.wildcard(m, s)
	default:
		return on("term", m.Field, object{{"value", plainText(s)}, {"case_insensitive", true}})
	}
}

func (r *renderer) wildcard(m *query.Match, s sigma.String) clause {
	r.patterns++
	if !short(s) && effortOf(textExpr(s)) >= easyEffort {
		r.refuse(m.Span, complexPattern)
	}
	var b strings.Builder
	for _, part := range s.Parts {
		switch part.Kind {
		case sigma.Any:
			b.WriteByte('*')
		case sigma.One:
			b.WriteByte('?')
		default:
			writeWildcardText(&b, part.Text)
		}
	}
	body := object{{"value", b.String()}}
	if hasCase(s) {
		body = append(body, member{"case_insensitive", true})
	}
	return on("wildcard", m.Field, body)
}

// short reports whether a look at the text is enough to know that it costs the
// server little.
func short(s sigma.String) bool {
	ones, length := 0, 0
	for _, part := range s.Parts {
		length += len(part.Text)
		if part.Kind == sigma.One {
			ones++
		}
	}
	return ones <= 2 && length <= 200
}

// writeWildcardText prints a plain part between wildcards.
func writeWildcardText(b *strings.Builder, text string) {
	for i := range len(text) {
		if text[i] == '\\' || text[i] == '*' || text[i] == '?' {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
}

// unsayable refuses the texts that no clause can ask for.
func (r *renderer) unsayable(m *query.Match, s sigma.String) bool {
	for _, part := range s.Parts {
		switch {
		case part.Kind == sigma.Placeholder:
			r.refuse(m.Span, placeholder)
			return true
		case !utf8.ValidString(part.Text):
			r.refuse(m.Span, invalidText)
			return true
		}
	}
	if s.Cased {
		r.refuse(m.Span, cased)
	}
	return s.Cased
}

// caseless reports whether a value is printed as a term that is compared as it
// is: no letter of it exists in two cases, or a boolean or ip field may hold it.
func caseless(v sigma.Value) bool {
	switch v := v.(type) {
	case sigma.Number, sigma.Bool, sigma.CIDR:
		return true
	case sigma.String:
		if v.Cased || hasWildcard(v) {
			return false
		}
		t := plainText(v)
		return utf8.ValidString(t) && (!hasCase(v) || t == "true" || t == "false" || isAddress(t))
	default:
		return false
	}
}

func isAddress(t string) bool {
	if strings.Count(t, ":") < 2 {
		return false // IPv4 has no letters
	}
	addr, err := netip.ParseAddr(t)
	return err == nil && addr.Zone() == ""
}

// anything reports whether the text holds for every value that is there.
func anything(s sigma.String) bool {
	return len(s.Parts) > 0 && !slices.ContainsFunc(s.Parts, func(part sigma.Part) bool { return part.Kind != sigma.Any })
}

func hasWildcard(s sigma.String) bool {
	return slices.ContainsFunc(s.Parts, func(part sigma.Part) bool { return part.Kind != sigma.Text })
}

// plainText is the text of a String without wildcards.
func plainText(s sigma.String) string {
	if len(s.Parts) == 0 {
		return ""
	}
	return s.Parts[0].Text
}

func hasCase(s sigma.String) bool { return hasRune(s, twoCases) }

func hasWideCase(s sigma.String) bool {
	return hasRune(s, func(r rune) bool { return r >= utf8.RuneSelf && twoCases(r) })
}

func hasRune(s sigma.String, is func(rune) bool) bool {
	return slices.ContainsFunc(s.Parts, func(part sigma.Part) bool { return strings.ContainsFunc(part.Text, is) })
}

func twoCases(r rune) bool {
	if r < utf8.RuneSelf {
		return isLetter(r)
	}
	return unicode.SimpleFold(r) != r
}

func isLetter(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' }
