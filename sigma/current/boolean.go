package current

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// boolean prints a tree with a target's own words. Every list stands in
// parentheses, so that no precedence is relied on.
type boolean struct {
	leaf func(*strings.Builder, *query.Match)
	// not and end stand around an operand that is negated.
	not, end string
}

func (b boolean) node(out *strings.Builder, n query.Node) {
	switch n := n.(type) {
	case *query.And:
		out.WriteByte('(')
		b.list(out, n.Kids, " AND ")
		out.WriteByte(')')
	case *query.Or:
		out.WriteByte('(')
		b.list(out, n.Kids, " OR ")
		out.WriteByte(')')
	case *query.Not:
		out.WriteString(b.not)
		b.node(out, n.Kid)
		out.WriteString(b.end)
	case *query.Match:
		b.leaf(out, n)
	default:
		panic("current: unknown node")
	}
}

func (b boolean) list(out *strings.Builder, kids []query.Node, operator string) {
	for i, kid := range kids {
		if i > 0 {
			out.WriteString(operator)
		}
		b.node(out, kid)
	}
}

// top prints conjuncts without parentheses around all of them.
func (b boolean) top(out *strings.Builder, kids []query.Node) { b.list(out, kids, " AND ") }

// usualSize is what most texts need, in bytes.
const usualSize = 512

// lastField is the field that was asked for last, as a target writes it: most
// rules ask for one many times in a row.
type lastField struct{ name, text string }

// conjuncts are what all has to hold.
func conjuncts(n query.Node) []query.Node {
	if and, ok := n.(*query.And); ok {
		return and.Kids
	}
	return []query.Node{n}
}

// every reports whether all questions below a node are of some kind.
func every(n query.Node, is func(*query.Match) bool) bool {
	all := true
	query.Walk(n, func(m *query.Match) { all = all && is(m) })
	return all
}

// anything reports whether the text holds for every value that is there.
func anything(s sigma.String) bool {
	for _, part := range s.Parts {
		if part.Kind != sigma.Any {
			return false
		}
	}
	return len(s.Parts) > 0
}

// contains is a value without a field: it stands anywhere in a text.
func contains(s sigma.String) sigma.String {
	parts := []sigma.Part{{Kind: sigma.Any}}
	for _, part := range s.Parts {
		if part.Kind != sigma.Any || parts[len(parts)-1].Kind != sigma.Any {
			parts = append(parts, part)
		}
	}
	if parts[len(parts)-1].Kind != sigma.Any {
		parts = append(parts, sigma.Part{Kind: sigma.Any})
	}
	return sigma.String{Parts: parts, Cased: s.Cased}
}

// bare is a text without stars at its ends: where it may stand anywhere they
// say nothing.
func bare(s sigma.String) sigma.String {
	parts := s.Parts
	for len(parts) > 0 && parts[0].Kind == sigma.Any {
		parts = parts[1:]
	}
	for len(parts) > 0 && parts[len(parts)-1].Kind == sigma.Any {
		parts = parts[:len(parts)-1]
	}
	return sigma.String{Parts: parts, Cased: s.Cased}
}

// sound says what of a text no target can take.
func sound(s sigma.String) (fault, bool) {
	for _, part := range s.Parts {
		switch {
		case part.Kind == sigma.Placeholder:
			return placeholder, false
		case !utf8.ValidString(part.Text):
			return invalidText, false
		}
	}
	return fault{}, true
}

// charset are characters, those of ASCII at hand.
type charset struct {
	ascii ascii
	is    func(rune) bool
}

func charsetOf(is func(rune) bool) *charset {
	out := &charset{is: is}
	for i := range out.ascii {
		out.ascii[i] = is(rune(i))
	}
	return out
}

// in reports whether a text holds one of the characters.
func (c *charset) in(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return strings.ContainsFunc(text[i:], c.is)
		}
		if c.ascii[text[i]] {
			return true
		}
	}
	return false
}

// textHas reports whether the plain parts of a text hold one of the
// characters.
func textHas(s sigma.String, chars *charset) bool {
	for i := range s.Parts {
		if part := &s.Parts[i]; part.Kind == sigma.Text && chars.in(part.Text) {
			return true
		}
	}
	return false
}

// Sets of characters. They are never written.
var (
	controls      = charsetOf(isControl)
	wildcardChars = charsetOf(func(c rune) bool { return c == '*' || c == '?' })
	doubleQuote   = charsetOf(func(c rune) bool { return c == '"' })
	lineFeed      = charsetOf(func(c rune) bool { return c == '\n' })
)

func isControl(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

// goodField refuses a field's name that cannot be said.
func (r *report) goodField(m *query.Match, forbidden string) bool {
	if m.Field == "" || goodName(m.Field, forbidden) {
		return true
	}
	r.add(m.FieldSpan, fieldName)
	return false
}

// goodName reports whether a name holds none of the characters, and nothing
// that cannot be seen.
func goodName(name, forbidden string) bool {
	bad := func(c rune) bool { return isControl(c) || strings.ContainsRune(forbidden, c) }
	return utf8.ValidString(name) && !strings.ContainsFunc(name, bad) && strings.TrimSpace(name) == name
}
