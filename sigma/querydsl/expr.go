package querydsl

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/sigma"
)

// expr is a regular expression that stands for whole values: a set, seq, alt
// or loop. It has no anchors.
type expr interface{ expr() }

// set is one character: pairs of first and last, sorted, as in regexp/syntax.
type set []rune

// seq is its parts one after another; without parts it is the empty text.
type seq []expr

// alt is one of its parts.
type alt []expr

// loop repeats; max is -1 where there is no end.
type loop struct {
	of       expr
	min, max int
}

func (set) expr()  {}
func (seq) expr()  {}
func (alt) expr()  {}
func (loop) expr() {}

// anyRune is any character, line breaks included; anyText any number of them.
func anyRune() expr { return set{0, unicode.MaxRune} }
func anyText() expr { return loop{anyRune(), 0, -1} }

// textExpr is a text with wildcards, in any case.
func textExpr(s sigma.String) expr {
	var out seq
	for _, part := range s.Parts {
		switch part.Kind {
		case sigma.Any:
			out = append(out, anyText())
		case sigma.One:
			out = append(out, anyRune())
		default:
			for _, r := range part.Text {
				out = append(out, eitherCase(r))
			}
		}
	}
	return out
}

// eitherCase is a character with all that differ from it in case only; a
// letter of ASCII has no such character beyond ASCII.
func eitherCase(r rune) set {
	switch {
	case r >= utf8.RuneSelf:
		return foldOf(r)
	case isLetter(r):
		return set{r &^ 0x20, r &^ 0x20, r | 0x20, r | 0x20}
	default:
		return set{r, r}
	}
}

// foldOf is a character with all of Unicode's simple folding, in order: each
// step goes to the next higher one.
func foldOf(r rune) set {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	out := set{least, least}
	for next := unicode.SimpleFold(least); next != least; next = unicode.SimpleFold(next) {
		out = append(out, next, next)
	}
	return out
}

// printer writes an expression in Lucene's dialect, of which no optional
// operator is used.
type printer struct{ out strings.Builder }

func luceneText(e expr) string {
	p := &printer{}
	p.expr(e, looseBinding)
	return p.out.String()
}

// units is the length as the server counts it.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

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

func (p *printer) set(s set) {
	rest := complement(s)
	switch {
	case len(rest) == 0:
		p.out.WriteByte('.')
	case len(s) == 2 && s[0] == s[1]:
		p.char(s[0], `.?+*|{}[]()"\#@&<>~^$/`)
	case s[len(s)-1] == unicode.MaxRune:
		p.class("[^", rest)
	default:
		p.class("[", s)
	}
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
	const special = `[]\^-"`
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

// complement is every character that is not in the set.
func complement(s set) set {
	var out set
	next := rune(0)
	for i := 0; i < len(s); i += 2 {
		if s[i] > next {
			out = append(out, next, s[i]-1)
		}
		next = max(next, s[i+1]+1)
	}
	if next <= unicode.MaxRune {
		out = append(out, next, unicode.MaxRune)
	}
	return out
}
