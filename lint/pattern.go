package lint

import (
	"slices"
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

// pattern is a text with wildcards, a step for each character. Letters of ASCII
// are in lower case unless it is cased.
type pattern struct {
	steps []rune
	cased bool
	exact bool // no wildcards
	// fixed is how many steps are no star; number whether it may be read as a
	// number.
	fixed  int
	number bool
}

// newPattern is not ok for a text with placeholders: nobody knows what they
// stand for.
func newPattern(s sigma.String) (p pattern, ok bool) {
	p = pattern{cased: s.Cased, exact: true}
	for _, part := range s.Parts {
		switch part.Kind {
		case sigma.Any:
			p.wild(anyRunes)
		case sigma.One:
			p.wild(oneRune)
		case sigma.Placeholder:
			return pattern{}, false
		default:
			p.text(part.Text)
		}
	}
	p.number = p.exact && len(p.steps) > 0 && !slices.ContainsFunc(p.steps, func(r rune) bool { return !strings.ContainsRune("0123456789+-.eE", r) })
	return p, true
}

func (p *pattern) wild(step rune) {
	p.exact = false
	p.steps = append(p.steps, step)
	if step != anyRunes {
		p.fixed++
	}
}

func (p *pattern) text(s string) {
	if p.steps == nil {
		p.steps = make([]rune, 0, len(s)+2)
	}
	for _, r := range s {
		if !p.cased && r < utf8.RuneSelf {
			r = unicode.ToLower(r)
		}
		p.steps = append(p.steps, r)
		p.fixed++
	}
}

// key is the same for two patterns exactly if they are.
func (p pattern) key() string {
	var b strings.Builder
	for _, r := range p.steps {
		switch r {
		case anyRunes:
			b.WriteString("\x00*")
		case oneRune:
			b.WriteString("\x00?")
		case 0:
			b.WriteString("\x000")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// around returns the pattern with a star on both sides.
func (p pattern) around() pattern {
	steps := append([]rune{anyRunes}, p.steps...)
	return pattern{steps: append(steps, anyRunes), cased: p.cased, fixed: p.fixed}
}

// everything reports whether any text matches.
func (p pattern) everything() bool {
	for _, step := range p.steps {
		if step != anyRunes {
			return false
		}
	}
	return len(p.steps) > 0
}

// within reports whether each text that p means is one that q means. It errs
// on the side of no.
func (p *pattern) within(q *pattern) bool {
	switch {
	case q.fixed > p.fixed || q.exact && !p.exact:
		return false
	case q.fixed == 0 && len(q.steps) > 0:
		return true
	}
	if q.cased && !p.cased && p.letters() {
		return false
	}
	if p.number && !q.exact {
		// A text that says a number also means the number in its other forms.
		return false
	}
	if last := len(q.steps) - 1; last >= 0 && q.steps[last] >= 0 && !same(q, q.steps[last], p.steps[len(p.steps)-1]) {
		return false
	}
	return covers(q, p)
}

// covers lets q match p as if p were a text in which a star is a character
// that only a star matches. After a mismatch it goes back to the last star.
func covers(q, p *pattern) bool {
	star, resume := -1, 0
	step, at := 0, 0
	for at < len(p.steps) {
		switch {
		case step < len(q.steps) && q.steps[step] == anyRunes:
			star, resume = step, at
			step++
		case step < len(q.steps) && p.steps[at] != anyRunes && same(q, q.steps[step], p.steps[at]):
			step++
			at++
		case star >= 0:
			resume++
			step, at = star+1, resume
		default:
			return false
		}
	}
	for step < len(q.steps) && q.steps[step] == anyRunes {
		step++
	}
	return step == len(q.steps)
}

// same reports whether each character that got means is one that want means.
func same(q *pattern, want, got rune) bool {
	if want == oneRune || want == got {
		return true
	}
	return !q.cased && got < utf8.RuneSelf && got >= 0 && unicode.ToLower(got) == want
}

// letters reports whether there is something in the pattern of which case
// could change.
func (p pattern) letters() bool {
	for _, r := range p.steps {
		if r >= utf8.RuneSelf || r >= 0 && unicode.IsLetter(r) {
			return true
		}
	}
	return false
}

// prefix and suffix return the plain characters before the first wildcard and
// behind the last one.
func (p pattern) prefix() []rune {
	for i, r := range p.steps {
		if r < 0 {
			return p.steps[:i]
		}
	}
	return p.steps
}

func (p pattern) suffix() []rune {
	for i, r := range slices.Backward(p.steps) {
		if r < 0 {
			return p.steps[i+1:]
		}
	}
	return p.steps
}

// apart reports whether no single text is meant by both patterns. It errs on
// the side of no.
func apart(p, q pattern) bool {
	if p.number || q.number || p.foreign() || q.foreign() {
		return false
	}
	p, q = p.folded(), q.folded()
	switch {
	case p.exact && q.exact:
		return string(p.steps) != string(q.steps)
	case p.exact:
		return !covers(&q, &p)
	case q.exact:
		return !covers(&p, &q)
	}
	return differAt(p.prefix(), q.prefix(), false) || differAt(p.suffix(), q.suffix(), true)
}

// foreign reports whether there are characters whose case is not simple.
func (p pattern) foreign() bool {
	for _, r := range p.steps {
		if r >= utf8.RuneSelf {
			return true
		}
	}
	return false
}

func (p pattern) folded() pattern {
	out := pattern{exact: p.exact, steps: make([]rune, len(p.steps))}
	for i, r := range p.steps {
		out.steps[i] = r
		if r >= 0 {
			out.steps[i] = unicode.ToLower(r)
		}
	}
	return out
}

func differAt(a, b []rune, back bool) bool {
	n := min(len(a), len(b))
	if back {
		return string(a[len(a)-n:]) != string(b[len(b)-n:])
	}
	return string(a[:n]) != string(b[:n])
}
