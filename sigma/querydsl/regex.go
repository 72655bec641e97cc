package querydsl

import (
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/lucene"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// regex prints a rule's regular expression.
func (r *renderer) regex(m *query.Match, v sigma.Regex) clause {
	e, err := lucene.FromRegex(v)
	switch {
	case err != nil:
		return r.cannot(m, untranslated(err))
	case e.Anything():
		return r.exists(m)
	case m.As.Type == query.Wildcard && e.Empty():
		return r.cannot(m, emptyWildcard)
	}
	r.noteLength(m)
	switch {
	case e.FoldsCase():
	case m.As.Type == query.Unknown:
		r.note(noteRegex)
	case r.loses(m, regexCased):
		return nothing()
	case caseGone(m):
		e = e.Folded()
	}
	return r.lucene(m, e)
}

// lucene prints an expression for whole values.
func (r *renderer) lucene(m *query.Match, e lucene.Expr) clause {
	r.patterns++
	text, effort := e.Text(lucene.Clause), e.Effort()
	switch {
	case lucene.Length(text) > r.opt.MaxRegexp:
		r.refuse(m.Span, longRegexp)
	case effort >= lucene.MostEffort:
		r.refuse(m.Span, complexPattern)
	}
	body := object{{"value", text}, {"flags", "NONE"}}
	if effort >= lucene.EasyEffort {
		r.note(noteHeavy)
		body = append(body, member{"max_determinized_states", lucene.MoreStates})
	}
	return ask("regexp", m, body)
}
