package querydsl

import (
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/lucene"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// typed asks for a value in the way of its field's type. What a type cannot
// hold was refused when the rule was resolved, and what it takes in another
// form was rewritten.
func (r *renderer) typed(m *query.Match) clause {
	if text, ok := plainTerm(m); ok {
		r.noteTerm(m)
		return ask("term", m, object{{"value", text}})
	}
	if s, ok := m.Value.(sigma.String); ok {
		if err := lucene.CheckText(s); err != nil {
			return r.cannot(m, untranslated(err))
		}
	}
	switch m.As.Type {
	case query.Text:
		return r.whole(m)
	case query.Date:
		return r.instant(m)
	case query.Integer, query.Float:
		if c, ok := m.Value.(sigma.Compare); ok {
			return r.compare(m, c)
		}
	case query.Unknown, query.Keyword, query.Wildcard:
		return r.keyword(m)
	default: // plain terms are all that the others take
	}
	return r.cannot(m, unknownValue)
}

// keyword asks a field whose values are indexed as a whole, or may be.
func (r *renderer) keyword(m *query.Match) clause {
	switch v := m.Value.(type) {
	case sigma.String:
		return r.text(m, v)
	case sigma.Regex:
		return r.regex(m, v)
	case sigma.Compare:
		if m.As.Type == query.Unknown {
			r.note(noteCompare)
			return r.compare(m, v)
		}
	}
	return r.cannot(m, unknownValue)
}

// compare prints a comparison with a number.
func (r *renderer) compare(m *query.Match, c sigma.Compare) clause {
	n, ok := c.Value.(sigma.Number)
	op, known := map[sigma.Op]string{"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}[c.Op]
	if !ok || !known {
		return r.cannot(m, unknownValue)
	}
	body := object{{op, n.Text}}
	if m.As.Type == query.Date {
		body = append(body, member{"format", "epoch_millis"})
	}
	return ask("range", m, body)
}

// instant asks a date field for a moment: from it up to it, since the server
// takes a single term for a span of time.
func (r *renderer) instant(m *query.Match) clause {
	switch v := m.Value.(type) {
	case sigma.Compare:
		return r.compare(m, v)
	case sigma.Number:
		return ask("range", m, object{{"gte", v.Text}, {"lte", v.Text}, {"format", "epoch_millis"}})
	case sigma.String:
		if text, whole := v.Literal(); whole {
			return ask("range", m, object{{"gte", text}, {"lte", text}, {"format", "strict_date_optional_time"}})
		}
	}
	return r.cannot(m, unknownValue)
}
