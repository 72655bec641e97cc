package querystring

import (
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/lucene"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// match prints one question, with its field.
func (p *printer) match(m *query.Match, in place) {
	switch {
	case m.Field == "":
		p.run([]query.Node{m})
	case absent(m.Value):
		p.negate(in, func() { p.exists(m) })
	default:
		p.asked(m)
	}
}

func (p *printer) asked(m *query.Match) {
	switch v := m.Value.(type) {
	case sigma.Exists:
		p.exists(m)
	case sigma.Compare:
		p.compare(m, v)
	case sigma.Regex:
		p.regexQuestion(m, v)
	case sigma.String:
		if anything(v) {
			p.exists(m)
			return
		}
		p.field(m)
		p.term(m)
	default:
		p.field(m)
		p.term(m)
	}
}

// run prints matches of one field, of which one has to hold, as one clause.
func (p *printer) run(run []query.Node) {
	if run[0].(*query.Match).Field == "" {
		p.keywords(run)
		return
	}
	p.field(run[0].(*query.Match))
	p.terms(run, p.term)
}

// terms prints what follows the colon: a value, or a list of them.
func (p *printer) terms(run []query.Node, term func(*query.Match)) {
	p.list(" OR ", len(run), func(i int, _ bool) { term(run[i].(*query.Match)) })
}

// absent reports whether the value asks for a missing field.
func absent(v sigma.Value) bool {
	switch v := v.(type) {
	case sigma.Null:
		return true
	case sigma.Exists:
		return !bool(v)
	default:
		return false
	}
}

// anything reports whether the text holds for every value that is there.
func anything(s sigma.String) bool {
	return len(s.Parts) > 0 &&
		!slices.ContainsFunc(s.Parts, func(part sigma.Part) bool { return part.Kind != sigma.Any })
}

// exists asks the field itself, not a sub-field: that has no values longer than
// its ignore_above.
func (p *printer) exists(m *query.Match) {
	if p.goodField(m, m.Field) {
		p.out.WriteString("_exists_:")
		writeField(&p.out, m.Field)
	}
}

func (p *printer) field(m *query.Match) {
	name := m.Field
	if m.As.Name != "" {
		name = m.As.Name
	}
	if m.As.IgnoreAbove > 0 {
		p.note(noteIgnored)
	}
	if p.goodField(m, name) {
		writeField(&p.out, name)
		p.out.WriteByte(':')
	}
}

// goodField refuses the names that a query_string cannot say: even an escaped
// star in a name makes it a pattern of names, and _exists_ is an operator. What
// lies in a nested object it does not see.
func (p *printer) goodField(m *query.Match, name string) bool {
	switch {
	case m.As.Nested != "":
		p.refuse(m.FieldSpan, nested)
		return false
	case strings.Contains(name, "*") || name == "_exists_" || !utf8.ValidString(name):
		p.refuse(m.FieldSpan, fieldName)
		return false
	default:
		return true
	}
}

func (p *printer) compare(m *query.Match, c sigma.Compare) {
	n, ok := c.Value.(sigma.Number)
	if !ok {
		p.refuse(m.Span, timePart)
		return
	}
	if m.As.Type == query.Unknown {
		p.note(noteCompare)
	}
	p.field(m)
	p.out.WriteString(string(c.Op))
	writeWildcardText(&p.out, n.Text)
}

// term prints a value behind its field, or behind the parenthesis of a list.
func (p *printer) term(m *query.Match) {
	switch v := m.Value.(type) {
	case sigma.String:
		p.text(m, v)
	case sigma.Number:
		if m.As.Type == query.Text {
			p.text(m, plainText(v.Text))
			return
		}
		writeQuoted(&p.out, v.Text)
	case sigma.Bool:
		p.truth(bool(v))
	case sigma.CIDR:
		if m.As.Type == query.Unknown {
			p.note(noteCIDR)
		}
		writeQuoted(&p.out, v.Network)
	case sigma.Regex:
		if e, ok := p.translated(m, v); ok {
			p.regex(m, e)
		}
	case sigma.FieldRef:
		p.refuse(m.Span, fieldRef)
	case sigma.TimePart:
		p.refuse(m.Span, timePart)
	default:
		p.refuse(m.Span, unknownValue)
	}
}

func (p *printer) truth(v bool) {
	if v {
		p.out.WriteString(`"true"`)
	} else {
		p.out.WriteString(`"false"`)
	}
}

// text prints a text: in quotes where it is a whole value, bare where it has
// wildcards, as a regular expression where its letters are to match in either
// case.
func (p *printer) text(m *query.Match, s sigma.String) {
	if p.unsayable(m, s) {
		return
	}
	if m.As.Type == query.Text {
		p.held(m, s, textField)
		return
	}
	if s.Cased && lucene.HasCase(s) {
		p.cased(m, s)
		return
	}
	switch {
	case p.asIs(m, s):
		p.plain(m, s)
	default:
		p.regexp(m, s)
	}
}

// asIs reports whether the text means what it should as it stands, without
// regard to case: it has none, or the index has none, or so it was wanted.
func (p *printer) asIs(m *query.Match, s sigma.String) bool {
	switch m.As.Type {
	case query.Unknown:
		if !lucene.HasCase(s) || p.keptPlain(s) {
			return true
		}
		if p.opt.Case == AsWritten {
			p.note(noteCase)
		}
		return p.opt.Case == AsWritten
	case query.Keyword, query.Wildcard:
		return m.As.Lowercase && lucene.LowersAlike(s) || !lucene.HasCase(s)
	default:
		return true
	}
}

// cased prints a text in that very case, where the index knows it.
func (p *printer) cased(m *query.Match, s sigma.String) {
	if textual(m.As) && !m.As.Lowercase && !m.As.Mixed {
		p.plain(m, s)
		return
	}
	switch {
	case p.allowed(noteCased):
		s.Cased = false
		p.text(m, s)
	case m.As.Type == query.Unknown:
		p.refuse(m.Span, cased)
	default:
		p.refuse(m.Span, casedLowered)
	}
}

func textual(f query.Field) bool { return f.Type == query.Keyword || f.Type == query.Wildcard }

// plain prints a text as it is. A constant_keyword takes every star for a
// wildcard and knows neither ? nor escapes: it is asked by a regular expression.
// A wildcard field does not tell the empty text from others.
func (p *printer) plain(m *query.Match, s sigma.String) {
	wildcards := hasWildcard(s)
	switch {
	case m.As.Type == query.Wildcard && textOf(s) == "":
		p.refuse(m.Span, emptyText)
	case m.As.Constant && (wildcards || strings.Contains(textOf(s), "*")):
		p.expression(m, s)
	case wildcards:
		p.pattern(m, s)
	default:
		writeQuoted(&p.out, textOf(s))
	}
}

// unsayable refuses the texts that no query_string can ask for.
func (p *printer) unsayable(m *query.Match, s sigma.String) bool {
	for _, part := range s.Parts {
		switch {
		case part.Kind == sigma.Placeholder:
			p.refuse(m.Span, placeholder)
			return true
		case !utf8.ValidString(part.Text):
			p.refuse(m.Span, invalidText)
			return true
		}
	}
	return false
}

// keptPlain reports whether a text with letters is printed as it is for the
// sake of fields that take no regular expression: boolean and ip fields.
func (p *printer) keptPlain(s sigma.String) bool {
	if hasWildcard(s) {
		return false
	}
	t := textOf(s)
	if t != "true" && t != "false" && !isAddress(t) {
		return false
	}
	p.note(notePlain)
	return true
}

func isAddress(t string) bool {
	if strings.Count(t, ":") < 2 {
		return false // IPv4 has no letters
	}
	addr, err := netip.ParseAddr(t)
	return err == nil && addr.Zone() == ""
}

// pattern prints a bare wildcard term.
func (p *printer) pattern(m *query.Match, s sigma.String) {
	if !p.affordable(m, s) {
		return
	}
	for _, part := range s.Parts {
		switch part.Kind {
		case sigma.Any:
			p.out.WriteByte('*')
		case sigma.One:
			p.out.WriteByte('?')
		default:
			writeWildcardText(&p.out, part.Text)
		}
	}
}

// affordable counts a pattern, and refuses the one that the server would not
// take.
func (p *printer) affordable(m *query.Match, s sigma.String) bool {
	p.patterns++
	if lucene.TextEffort(s) >= lucene.EasyEffort {
		p.refuse(m.Span, complexPattern)
		return false
	}
	return true
}

func hasWildcard(s sigma.String) bool {
	return slices.ContainsFunc(s.Parts, func(part sigma.Part) bool { return part.Kind != sigma.Text })
}

// textOf is the text of a String; wildcards are left out.
func textOf(s sigma.String) string {
	switch len(s.Parts) {
	case 0:
		return ""
	case 1:
		return s.Parts[0].Text
	}
	var b strings.Builder
	for _, part := range s.Parts {
		b.WriteString(part.Text)
	}
	return b.String()
}

func plainText(text string) sigma.String {
	if text == "" {
		return sigma.String{}
	}
	return sigma.String{Parts: []sigma.Part{{Text: text}}}
}
