package match

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/sigma"
)

// Steps of a pattern that are no character.
const (
	anyRunes rune = -1 // any number of characters
	oneRune  rune = -2 // exactly one
)

// pattern is a text with wildcards, a step for each character.
type pattern struct {
	steps []rune
	cased bool
	exact bool // no wildcards
}

func newPattern(s sigma.String) pattern {
	p := pattern{cased: s.Cased, exact: true}
	for _, part := range s.Parts {
		switch part.Kind {
		case sigma.Any:
			p.wild(anyRunes)
		case sigma.One:
			p.wild(oneRune)
		default:
			p.steps = append(p.steps, []rune(part.Text)...)
		}
	}
	return p
}

func (p *pattern) wild(step rune) {
	p.exact = false
	p.steps = append(p.steps, step)
}

// refPattern is the pattern that a reference to a field with that text makes.
func refPattern(text string, v sigma.FieldRef) pattern {
	p := pattern{exact: true}
	if v.EndsWith {
		p.wild(anyRunes)
	}
	p.steps = append(p.steps, []rune(text)...)
	if v.StartsWith {
		p.wild(anyRunes)
	}
	return p
}

// plain returns the text of a pattern without wildcards.
func (p pattern) plain() (string, bool) {
	if !p.exact {
		return "", false
	}
	var b strings.Builder
	for _, r := range p.steps {
		b.WriteRune(r)
	}
	return b.String(), true
}

// matches reports whether the pattern stands for the whole text. After a
// mismatch it goes back to the last star only, which is enough.
func (p pattern) matches(text string) bool {
	star, resume := -1, 0
	step, at := 0, 0
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		switch {
		case step < len(p.steps) && p.steps[step] == anyRunes:
			star, resume = step, at
			step++
		case step < len(p.steps) && p.same(p.steps[step], r):
			step++
			at += size
		case star >= 0:
			_, size := utf8.DecodeRuneInString(text[resume:])
			resume += size
			step, at = star+1, resume
		default:
			return false
		}
	}
	for step < len(p.steps) && p.steps[step] == anyRunes {
		step++
	}
	return step == len(p.steps)
}

// same compares one step with a character. A letter of ASCII means itself in
// both cases and nothing beyond ASCII, as the back ends print it.
func (p pattern) same(want, got rune) bool {
	switch {
	case want == oneRune || want == got:
		return true
	case p.cased || want < 0:
		return false
	case want < utf8.RuneSelf:
		return got < utf8.RuneSelf && unicode.ToLower(want) == unicode.ToLower(got)
	}
	for r := unicode.SimpleFold(want); r != want; r = unicode.SimpleFold(r) {
		if r == got {
			return true
		}
	}
	return false
}
