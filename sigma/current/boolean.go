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
	leaf func(*query.Match) string
	// not negates a text that is one operand.
	not func(string) string
}

func (b boolean) node(n query.Node) string {
	switch n := n.(type) {
	case *query.And:
		return "(" + b.list(n.Kids, " AND ") + ")"
	case *query.Or:
		return "(" + b.list(n.Kids, " OR ") + ")"
	case *query.Not:
		return b.not(b.node(n.Kid))
	case *query.Match:
		return b.leaf(n)
	default:
		panic("current: unknown node")
	}
}

func (b boolean) list(kids []query.Node, operator string) string {
	texts := make([]string, len(kids))
	for i, kid := range kids {
		texts[i] = b.node(kid)
	}
	return strings.Join(texts, operator)
}

// top prints conjuncts without parentheses around all of them.
func (b boolean) top(kids []query.Node) string { return b.list(kids, " AND ") }

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

// textHas reports whether the plain parts of a text hold one of the
// characters.
func textHas(s sigma.String, is func(rune) bool) bool {
	for _, part := range s.Parts {
		if part.Kind == sigma.Text && strings.ContainsFunc(part.Text, is) {
			return true
		}
	}
	return false
}

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
