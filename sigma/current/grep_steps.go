package current

import (
	"regexp/syntax"
	"slices"
	"strings"
)

// steps are the parts of an expression between its stars for any character.
type steps struct {
	parts []*syntax.Regexp
	// line is whether the stars stop at the end of a line.
	line bool
}

// stepsOf takes an expression apart. It is not ok where there are no stars, or
// where a part but the last could be found at one place in two lengths, or
// over the end of a line: then a later place of it may be the better one.
func stepsOf(re *syntax.Regexp) (steps, bool) {
	for re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	if re.Op != syntax.OpConcat {
		return steps{}, false
	}
	var s steps
	stars := map[syntax.Op]bool{}
	part := &syntax.Regexp{Op: syntax.OpConcat}
	for _, sub := range re.Sub {
		if !isAnything(sub) {
			part.Sub = append(part.Sub, sub)
			continue
		}
		stars[sub.Sub[0].Op] = true
		if sub.Op == syntax.OpPlus {
			part.Sub = append(part.Sub, sub.Sub[0])
		}
		s.parts = append(s.parts, part)
		part = &syntax.Regexp{Op: syntax.OpConcat}
	}
	s.line = stars[syntax.OpAnyCharNotNL]
	loose := func(re *syntax.Regexp) bool {
		_, fixed := width(re)
		return !fixed || s.line && mayBreak(re)
	}
	ok := len(stars) == 1 && !slices.ContainsFunc(s.parts, loose)
	s.parts = append(s.parts, part)
	return s, ok
}

// isAnything reports whether an expression is .* or .+.
func isAnything(re *syntax.Regexp) bool {
	return (re.Op == syntax.OpStar || re.Op == syntax.OpPlus) &&
		(re.Sub[0].Op == syntax.OpAnyChar || re.Sub[0].Op == syntax.OpAnyCharNotNL)
}

// width is how many characters an expression takes; it is not ok where that
// varies.
func width(re *syntax.Regexp) (n int, ok bool) {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune), true
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1, true
	case syntax.OpCapture:
		return width(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			m, fixed := width(sub)
			if !fixed {
				return 0, false
			}
			n += m
		}
		return n, true
	case syntax.OpAlternate:
		n, ok = width(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			m, fixed := width(sub)
			ok = ok && fixed && m == n
		}
		return n, ok
	case syntax.OpRepeat:
		n, ok = width(re.Sub[0])
		return n * re.Min, ok && re.Min == re.Max
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest:
		return 0, false
	default:
		return 0, true
	}
}

// mayBreak reports whether an expression can take a line break.
func mayBreak(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral:
		return slices.Contains(re.Rune, '\n')
	case syntax.OpCharClass:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			if re.Rune[i] <= '\n' && '\n' <= re.Rune[i+1] {
				return true
			}
		}
		return false
	case syntax.OpAnyChar:
		return true
	default:
		return slices.ContainsFunc(re.Sub, mayBreak)
	}
}

// find writes an expression that is looked for from the beginning of a value
// on, or that stands there. Where it can it goes from part to part and takes
// the first place of each, as for the stars of texts.
func (w regexWriter) find(re *syntax.Regexp, anchored bool) string {
	s, ok := stepsOf(re)
	any := w.code.any()
	if !ok {
		text := "(?-i:" + w.node(re) + ")"
		switch {
		case anchored:
			return text
		case w.end == "":
			return ".*" + text
		default:
			return any + "*?" + text
		}
	}
	var b strings.Builder
	b.WriteString("(?-i:")
	if s.line && w.end != "" {
		end := w.code.char('\n')
		any = "(?:(?!" + end + ")" + any + ")"
		if !anchored {
			b.WriteString("(?:" + any + "*+" + end + ")*?")
		}
	}
	for i, part := range s.parts {
		if i == 0 && anchored {
			b.WriteString(w.node(part))
		} else {
			b.WriteString("(?>" + any + "*?" + w.node(part) + ")")
		}
	}
	b.WriteString(")")
	return b.String()
}
