package lucene

import (
	"strings"
	"unicode"
)

// printer writes an expression in Lucene's dialect, of which no optional
// operator is used.
type printer struct {
	dialect Dialect
	out     strings.Builder
}

// text keeps a backslash away from the slash that ends a query_string's
// expression: the parser would take the two for a slash inside.
func (p *printer) text() string {
	text := p.out.String()
	if p.dialect == Slashes && strings.HasSuffix(text, `\\`) {
		return strings.TrimSuffix(text, `\\`) + `[\\]`
	}
	return text
}

// binding is how tightly the place of an expression binds its parts.
type binding int

const (
	looseBinding binding = iota // alternatives need no parentheses
	partBinding                 // a part of a sequence
	loopBinding                 // what is repeated
)

func (p *printer) expr(e expr, in binding) {
	switch e := e.(type) {
	case set:
		p.set(e)
	case loop:
		p.loop(e, in)
	case seq:
		p.seq(e, in)
	case alt:
		p.alt(e, in)
	}
}

func (p *printer) seq(s seq, in binding) {
	switch {
	case len(s) == 1:
		p.expr(s[0], in)
		return
	case len(s) == 0 && in != partBinding:
		p.out.WriteString("()")
		return
	}
	p.group(in == loopBinding, func() {
		for _, part := range s {
			p.expr(part, partBinding)
		}
	})
}

func (p *printer) alt(a alt, in binding) {
	if len(a) == 1 {
		p.expr(a[0], in)
		return
	}
	p.group(in != looseBinding, func() {
		for i, part := range a {
			if i > 0 {
				p.out.WriteByte('|')
			}
			p.branch(part)
		}
	})
}

// branch writes an alternative; one without a text would be a syntax error.
func (p *printer) branch(e expr) {
	before := p.out.Len()
	p.expr(e, looseBinding)
	if p.out.Len() == before {
		p.out.WriteString("()")
	}
}

func (p *printer) group(parentheses bool, inner func()) {
	if parentheses {
		p.out.WriteByte('(')
	}
	inner()
	if parentheses {
		p.out.WriteByte(')')
	}
}

func (p *printer) loop(l loop, in binding) {
	p.group(in == loopBinding, func() {
		p.expr(l.of, loopBinding)
		p.out.WriteString(countText(l.min, l.max))
	})
}

// plainSpecial are the characters that mean something outside of classes.
const plainSpecial = `.?+*|{}[]()"\#@&<>~^$/`

func (p *printer) set(s set) {
	switch {
	case isAnyRune(s):
		p.out.WriteByte('.')
	case len(s) == 2 && s[0] == s[1]:
		p.char(s[0], plainSpecial)
	case isLetterPair(s):
		p.out.Write([]byte{'[', byte(s[2]), byte(s[0]), ']'})
	case len(s) > 0 && s[len(s)-1] == unicode.MaxRune:
		p.class("[^", complement(s))
	default:
		p.class("[", s)
	}
}

// isLetterPair reports whether the set is a letter of ASCII in both cases.
func isLetterPair(s set) bool {
	return len(s) == 4 && s[0] == s[1] && s[2] == s[3] && s[0]|0x20 == s[2] && isLetter(s[0])
}

// special are the characters that mean something within a class.
func (p *printer) special() string {
	if p.dialect == Slashes {
		return `[]\^-"/`
	}
	return `[]\^-"`
}

func (p *printer) class(begin string, s set) {
	p.out.WriteString(begin)
	for i := 0; i < len(s); i += 2 {
		p.ranges(s[i], s[i+1])
	}
	p.out.WriteByte(']')
}

// ranges writes a range so that it keeps its meaning when a lowercase
// normalizer puts the expression into small letters: it ends where the capital
// letters begin, and neither end of it becomes another letter's place.
func (p *printer) ranges(lo, hi rune) {
	for _, border := range []rune{'A', 'Z' + 1} {
		if lo < border && hi >= border {
			p.steady(lo, border-1)
			lo = border
		}
	}
	p.steady(lo, hi)
}

func (p *printer) steady(lo, hi rune) {
	special := p.special()
	for lo <= hi && unicode.ToLower(hi)-unicode.ToLower(lo) != hi-lo {
		if unicode.ToLower(lo) != lo {
			p.char(lo, special)
			lo++
		} else {
			p.char(hi, special)
			hi--
		}
	}
	if lo > hi {
		return
	}
	p.char(lo, special)
	if hi > lo+1 {
		p.out.WriteByte('-')
	}
	if hi > lo {
		p.char(hi, special)
	}
}

func (p *printer) char(r rune, special string) {
	if strings.ContainsRune(special, r) {
		p.out.WriteByte('\\')
	}
	p.out.WriteRune(r)
}
