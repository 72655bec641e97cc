package querystring

import (
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/sigma"
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
	return len(s.Parts) > 0 && !s.Cased &&
		!slices.ContainsFunc(s.Parts, func(part sigma.Part) bool { return part.Kind != sigma.Any })
}

func (p *printer) exists(m *query.Match) {
	if !p.goodField(m) {
		return
	}
	p.out.WriteString("_exists_:")
	writeField(&p.out, m.Field)
}

func (p *printer) field(m *query.Match) {
	if p.goodField(m) {
		writeField(&p.out, m.Field)
		p.out.WriteByte(':')
	}
}

// goodField refuses the names that a query_string cannot say: even an escaped
// star in a name makes it a pattern of names, and _exists_ is an operator.
func (p *printer) goodField(m *query.Match) bool {
	if strings.Contains(m.Field, "*") || m.Field == "_exists_" || !utf8.ValidString(m.Field) {
		p.refuse(m.FieldSpan, fieldName)
		return false
	}
	return true
}

func (p *printer) compare(m *query.Match, c sigma.Compare) {
	n, ok := c.Value.(sigma.Number)
	if !ok {
		p.refuse(m.Span, timePart)
		return
	}
	p.note(noteCompare)
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
		writeQuoted(&p.out, v.Text)
	case sigma.Bool:
		p.truth(bool(v))
	case sigma.CIDR:
		p.note(noteCIDR)
		writeQuoted(&p.out, v.Network)
	case sigma.Regex:
		p.refuse(m.Span, regex)
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
	switch {
	case p.unsayable(m, s):
	case p.opt.Case == Insensitive && hasCase(s) && !p.keptPlain(s):
		p.regexp(m, s)
	case hasWildcard(s):
		p.pattern(m, s)
	default:
		writeQuoted(&p.out, plain(s))
	}
}

// unsayable refuses the texts that no query_string can ask for.
func (p *printer) unsayable(m *query.Match, s sigma.String) bool {
	what := refusal{}
	for _, part := range s.Parts {
		switch {
		case part.Kind == sigma.Placeholder:
			what = placeholder
		case !utf8.ValidString(part.Text):
			what = invalidText
		}
	}
	if what.code == "" && s.Cased {
		what = cased
	}
	if what.code == "" {
		return false
	}
	p.refuse(m.Span, what)
	return true
}

// keptPlain reports whether a text with letters is printed as it is for the
// sake of fields that take no regular expression: boolean and ip fields.
func (p *printer) keptPlain(s sigma.String) bool {
	if hasWildcard(s) {
		return false
	}
	t := plain(s)
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

// affordable counts a pattern, and refuses the one that the server would not
// take.
func (p *printer) affordable(m *query.Match, s sigma.String) bool {
	p.patterns++
	if tooComplex(s) {
		p.refuse(m.Span, complexPattern)
		return false
	}
	return true
}

func hasWildcard(s sigma.String) bool {
	return slices.ContainsFunc(s.Parts, func(part sigma.Part) bool { return part.Kind != sigma.Text })
}

// plain is the text of a String without wildcards.
func plain(s sigma.String) string {
	if len(s.Parts) == 0 {
		return ""
	}
	return s.Parts[0].Text
}
