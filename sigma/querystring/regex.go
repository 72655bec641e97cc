package querystring

import (
	"errors"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/lucene"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// regexp prints a text as a regular expression that matches it in any case.
func (p *printer) regexp(m *query.Match, s sigma.String) {
	if !p.affordable(m, s) {
		return
	}
	p.out.WriteByte('/')
	if writeRegexp(&p.out, s) > p.opt.MaxRegexp {
		p.refuse(m.Span, longRegexp)
	}
	p.out.WriteByte('/')
}

// expression prints a text as a regular expression for it as it is.
func (p *printer) expression(m *query.Match, s sigma.String) {
	s.Cased = !m.As.Lowercase
	e, err := lucene.FromText(s)
	if err != nil {
		p.refuse(m.Span, unknownValue)
		return
	}
	if !p.between(e) {
		p.refuse(m.Span, longRegexp)
	}
}

// regexQuestion prints a question with a rule's own regular expression. Where
// that matches anything, it asks whether the field is there.
func (p *printer) regexQuestion(m *query.Match, v sigma.Regex) {
	e, ok := p.translated(m, v)
	switch {
	case !ok:
	case e.Anything():
		p.exists(m)
	default:
		p.field(m)
		p.regex(m, e)
	}
}

// regex prints an expression in Lucene's words.
func (p *printer) regex(m *query.Match, e lucene.Expr) {
	switch {
	case m.As.Type == query.Wildcard && e.Empty():
		p.refuse(m.Span, emptyText)
	case !e.Easy():
		p.refuse(m.Span, complexPattern)
	case !p.between(e):
		p.refuse(m.Span, longRegex)
	}
}

// translated is a rule's own regular expression in Lucene's dialect. It is not
// ok where it was refused.
func (p *printer) translated(m *query.Match, v sigma.Regex) (lucene.Expr, bool) {
	if m.As.Type == query.Text {
		p.refuse(m.Span, textRegex)
		return lucene.Expr{}, false
	}
	e, err := lucene.FromRegex(v)
	if err != nil {
		p.refuse(m.Span, untranslated(err))
		return e, false
	}
	lost := m.As.Lowercase || m.As.Mixed
	switch {
	case e.FoldsCase():
	case m.As.Type == query.Unknown:
		p.note(noteRegex)
	case lost && !p.allowed(noteCased):
		p.refuse(m.Span, casedRegex)
		return e, false
	case lost:
		e = e.Folded()
	}
	return e, true
}

// between prints an expression between slashes. It is false where that is
// longer than the server takes.
func (p *printer) between(e lucene.Expr) bool {
	p.patterns++
	text := e.Text(lucene.Slashes)
	p.out.WriteString("/" + text + "/")
	return lucene.Length(text) <= p.opt.MaxRegexp
}

// untranslated says why a regular expression cannot be translated.
func untranslated(err error) refusal {
	what := refusal{
		"querystring/regex", "this regular expression cannot be translated: " + err.Error(),
		"say it without look-around, back references and anchors in the middle, or with contains, startswith, endswith",
	}
	if e, ok := errors.AsType[*lucene.Error](err); ok {
		switch e.Reason {
		case lucene.Placeholder:
			return placeholder
		case lucene.InvalidText:
			return invalidText
		default:
		}
	}
	return what
}
