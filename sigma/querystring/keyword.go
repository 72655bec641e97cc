package querystring

import (
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/lucene"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// keywords prints values without a field, of which one has to be found: once
// for each of the fields they are looked for in.
func (p *printer) keywords(run []query.Node) {
	p.keyword = true
	at := run[0].(*query.Match)
	if len(p.opt.KeywordFields) == 0 {
		p.refuse(at.Span, keywordFields)
		return
	}
	var clauses []func()
	for _, name := range p.opt.KeywordFields {
		as, _ := p.tree.Types.Of(name)
		clauses = append(clauses, p.lookedFor(run, &query.Match{Field: name, As: as, Span: at.Span, FieldSpan: at.Span})...)
	}
	p.each(clauses)
}

// lookedFor makes the clauses of the values in one field. A text field with a
// sub-field that has not all of its values is asked as both.
func (p *printer) lookedFor(run []query.Node, field *query.Match) []func() {
	words := *field
	words.As = query.Field{Type: query.Text, Nested: field.As.Nested}
	switch {
	case field.As.Refused != "":
		p.refuse(field.Span, keywordField(field.As.Refused))
		return nil
	case field.As.Type == query.Unknown, field.As.Type == query.Text:
		return []func(){func() { p.clause(run, &words, p.phrase) }}
	case !textual(field.As):
		p.refuse(field.Span, keywordField("it is of type "+string(field.As.Type)))
		return nil
	case field.As.Text && field.As.IgnoreAbove > 0:
		return []func(){
			func() { p.clause(run, &words, p.phrase) },
			func() { p.clause(run, field, p.within) },
		}
	default:
		return []func(){func() { p.clause(run, field, p.within) }}
	}
}

// clause prints a field and, behind it, what each value is to be found as.
func (p *printer) clause(run []query.Node, field *query.Match, terms func(*query.Match) []func()) {
	p.field(field)
	var all []func()
	for _, n := range run {
		m := *n.(*query.Match)
		m.Field, m.As, m.FieldSpan = field.Field, field.As, m.Span
		all = append(all, terms(&m)...)
	}
	p.each(all)
}

// each prints clauses of which one has to hold.
func (p *printer) each(clauses []func()) {
	if len(clauses) > 0 {
		p.list(" OR ", len(clauses), func(i int, _ bool) { clauses[i]() })
	}
}

// within looks for a value anywhere in a whole value.
func (p *printer) within(m *query.Match) []func() {
	s, ok := keywordText(m.Value)
	if !ok {
		if _, regex := m.Value.(sigma.Regex); !regex {
			p.refuse(m.Span, keywordValue)
			return nil
		}
		return []func(){func() { p.term(m) }}
	}
	return []func(){func() { p.text(m, surrounded(s)) }}
}

func keywordText(v sigma.Value) (sigma.String, bool) {
	switch v := v.(type) {
	case sigma.String:
		return v, true
	case sigma.Number:
		return plainText(v.Text), true
	default:
		return sigma.String{}, false
	}
}

// surrounded is the text with a star at either end.
func surrounded(s sigma.String) sigma.String {
	star := sigma.Part{Kind: sigma.Any}
	if len(s.Parts) == 0 || s.Parts[0].Kind != sigma.Any {
		s.Parts = slices.Concat([]sigma.Part{star}, s.Parts)
	}
	if s.Parts[len(s.Parts)-1].Kind != sigma.Any {
		s.Parts = slices.Concat(s.Parts, []sigma.Part{star})
	}
	return s
}

// phrase looks for a value in the words of a text.
func (p *printer) phrase(m *query.Match) []func() {
	s, ok := keywordText(m.Value)
	switch {
	case !ok:
		p.refuse(m.Span, keywordValue)
		return nil
	case p.unsayable(m, s):
		return nil
	case s.Cased && lucene.HasCase(s) && !p.allowed(noteCased):
		p.refuse(m.Span, casedLowered)
		return nil
	}
	p.note(noteKeyword)
	s.Cased = false
	words, kind := lucene.Words(s)
	switch kind {
	case lucene.NoWord:
		p.refuse(m.Span, keywordNoWord)
	case lucene.NoPhrase:
		return []func(){func() { p.held(m, surrounded(s), keywordWildcard) }}
	case lucene.Word:
		return p.word(m, words)
	default:
		return []func(){func() { writeQuoted(&p.out, words) }}
	}
	return nil
}

// allowed notes an approximation, where it is allowed. What finds more leaves
// out more under NOT: that is never allowed, since events would be missed.
func (p *printer) allowed(n note) bool {
	if !p.opt.AllowApproximate || p.under {
		return false
	}
	p.note(n)
	return true
}

// word looks for a text that can lie within one word of a text field: as such,
// which the field's analyzer makes a word of, and as a part of a word. The
// standard analyzer keeps ActiveScriptEventConsumer.Name together.
func (p *printer) word(m *query.Match, text string) []func() {
	part, not := p.inWord(text)
	if part == nil {
		p.refuse(m.Span, not)
		return nil
	}
	return []func(){func() { writeQuoted(&p.out, text) }, part}
}

// inWord looks for a text within single words, or says why the server would not
// take the pattern for it.
func (p *printer) inWord(text string) (func(), refusal) {
	s := surrounded(plainText(text))
	if lucene.TextEffort(s) >= lucene.EasyEffort {
		return nil, complexPattern
	}
	var b strings.Builder
	if p.opt.Case == AsWritten {
		b.WriteByte('*')
		writeWildcardText(&b, text)
		b.WriteByte('*')
	} else {
		b.WriteByte('/')
		if writeRegexp(&b, s) > p.opt.MaxRegexp {
			return nil, longRegexp
		}
		b.WriteByte('/')
	}
	return func() {
		p.patterns++
		p.out.WriteString(b.String())
	}, refusal{}
}

// held asks for the words that each value meant has, where that is allowed and
// there are any: a text field has no whole values.
func (p *printer) held(m *query.Match, s sigma.String, otherwise refusal) {
	phrases, parts := lucene.Held(s)
	var all []func()
	for _, text := range phrases {
		all = append(all, func() { writeQuoted(&p.out, text) })
	}
	for _, text := range parts {
		// One that cannot be asked for is left out: that finds more.
		if part, _ := p.inWord(text); part != nil {
			all = append(all, part)
		}
	}
	if len(all) == 0 || !p.allowed(noteText) {
		p.refuse(m.Span, otherwise)
		return
	}
	p.list(" AND ", len(all), func(i int, _ bool) { all[i]() })
}
