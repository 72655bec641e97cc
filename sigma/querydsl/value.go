package querydsl

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// nothing stands where a clause was refused; the query is then not printed.
func nothing() clause { return leaf("{}") }

// cannot refuses a question.
func (r *renderer) cannot(m *query.Match, what refusal) clause {
	r.refuse(m.Span, what)
	return nothing()
}

// match prints one question. What is asked alike of every type comes first.
func (r *renderer) match(m *query.Match) clause {
	if m.Field == "" {
		return r.keywords(m)
	}
	if !utf8.ValidString(m.Field) || !utf8.ValidString(target(m)) {
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
	case sigma.FieldRef:
		return r.fieldRef(m, v)
	case sigma.TimePart:
		return r.timePart(m, "==", v)
	case sigma.Compare:
		if part, ok := v.Value.(sigma.TimePart); ok {
			return r.timePart(m, v.Op, part)
		}
	case sigma.String:
		if anything(v) {
			return r.exists(m)
		}
	}
	return r.typed(m)
}

// target is the name under which a field's values are asked for.
func target(m *query.Match) string {
	if m.As.Name != "" {
		return m.As.Name
	}
	return m.Field
}

// ask makes {"kind":{"field":{…}}}, within the nested object that the field
// lies in: Sigma asks for each field by itself, whichever object holds it.
func ask(kind string, m *query.Match, body object) clause {
	return within(m, on(kind, target(m), body))
}

func within(m *query.Match, c leaf) clause {
	if m.As.Nested == "" {
		return c
	}
	return nested{m.As.Nested, c}
}

// exists asks by the document's own name: a sub-field may lack the values that
// are too long for it. A star in the name makes it a pattern of names there.
func (r *renderer) exists(m *query.Match) clause {
	if strings.Contains(m.Field, "*") {
		r.refuse(m.FieldSpan, fieldName)
		return nothing()
	}
	if m.As.IgnoreAbove > 0 && m.As.Name == "" {
		r.note(noteIgnored)
	}
	return within(m, leafOf(object{{"exists", object{{"field", m.Field}}}}))
}

// anything reports whether the text holds for every value that is there.
func anything(s sigma.String) bool {
	return len(s.Parts) > 0 && !slices.ContainsFunc(s.Parts, func(part sigma.Part) bool { return part.Kind != sigma.Any })
}
