package querydsl

import (
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/lucene"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// text prints a text that is no plain term: as a term in any case, as
// wildcards, as a regular expression where it has letters of two cases beyond
// ASCII.
func (r *renderer) text(m *query.Match, s sigma.String) clause {
	if r.unsayable(m, s) {
		return nothing()
	}
	written := s.Cased || asWritten(m, s)
	switch {
	case !written && lucene.HasWideCase(s), m.As.Constant && !constantPattern(s):
		return r.spelled(m, s)
	case s.HasWildcards():
		return r.wildcard(m, s, !written)
	default:
		return ask("term", m, folding(s, !written))
	}
}

// constantPattern reports whether a constant_keyword field understands the text
// as wildcards: it knows neither ? nor escapes.
func constantPattern(s sigma.String) bool {
	for _, part := range s.Parts {
		if part.Kind == sigma.One || s.HasWildcards() && strings.ContainsAny(part.Text, `*?\`) {
			return false
		}
	}
	return true
}

func folding(s sigma.String, anyCase bool) object {
	text, _ := s.Literal()
	return inAnyCase(object{{"value", text}}, anyCase)
}

func inAnyCase(body object, anyCase bool) object {
	if anyCase {
		return append(body, member{"case_insensitive", true})
	}
	return body
}

// unsayable refuses the texts that no clause can ask this field for.
func (r *renderer) unsayable(m *query.Match, s sigma.String) bool {
	if s.Cased && lucene.HasCase(s) && r.loses(m, caseLost(m)) {
		return true
	}
	if m.As.Type == query.Wildcard && blank(s) {
		r.refuse(m.Span, emptyWildcard)
		return true
	}
	r.noteLength(m)
	return false
}

// loses refuses what finds more than is meant because the field does not know
// case, or may not know it, unless that is allowed.
func (r *renderer) loses(m *query.Match, why refusal) bool {
	known := m.As.Type == query.Keyword || m.As.Type == query.Wildcard
	if known && !caseGone(m) || r.approximate(noteCaseLost) {
		return false
	}
	r.refuse(m.Span, why)
	return true
}

// caseGone reports whether the field is indexed in small letters, or may be.
func caseGone(m *query.Match) bool { return m.As.Lowercase || m.As.Mixed }

// blank reports whether a text is empty or asks for a number of characters
// only: wildcard fields do not tell the empty text from others there.
func blank(s sigma.String) bool {
	for _, part := range s.Parts {
		if part.Kind == sigma.Text {
			return false
		}
	}
	return true
}

func (r *renderer) wildcard(m *query.Match, s sigma.String, anyCase bool) clause {
	r.patterns++
	if lucene.TextEffort(s) >= lucene.EasyEffort {
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
	return ask("wildcard", m, inAnyCase(object{{"value", b.String()}}, anyCase && lucene.HasCase(s)))
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

// spelled prints a text as the expression that it is in any case.
func (r *renderer) spelled(m *query.Match, s sigma.String) clause {
	e, err := lucene.FromText(s)
	if err != nil {
		return r.cannot(m, untranslated(err))
	}
	return r.lucene(m, e)
}
