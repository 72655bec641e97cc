package lucene

import (
	"regexp/syntax"
	"slices"
	"unicode"
)

// mostBorders is the most word boundaries in a sequence that are looked at
// more closely: each may double the expression.
const mostBorders = 6

// split makes two sequences of one with a word boundary beside a character of
// which it is not clear whether it belongs to a word: one in which it does, and
// one in which it does not.
func split(subs []*syntax.Regexp) ([]*syntax.Regexp, bool) {
	borders := 0
	for _, re := range subs {
		if re.Op == syntax.OpWordBoundary {
			borders++
		}
	}
	if borders > mostBorders {
		return nil, false
	}
	for i, re := range subs {
		if re.Op != syntax.OpWordBoundary {
			continue
		}
		if either, ok := splitAt(subs, i+1, first); ok {
			return either, true
		}
		if either, ok := splitAt(subs, i-1, last); ok {
			return either, true
		}
	}
	return nil, false
}

func splitAt(subs []*syntax.Regexp, i int, s side) ([]*syntax.Regexp, bool) {
	if i < 0 || i >= len(subs) || kindOf(subs[i:i+1], s) != unclear {
		return nil, false
	}
	outer, rest, ok := outermost(subs[i], s)
	if !ok {
		return nil, false
	}
	var out []*syntax.Regexp
	for _, kind := range []set{wordSet(), complement(wordSet())} {
		parts := []*syntax.Regexp{{Op: syntax.OpCharClass, Rune: common(outer, kind)}, rest}
		if s == last {
			slices.Reverse(parts)
		}
		out = append(out, &syntax.Regexp{Op: syntax.OpConcat, Sub: slices.Concat(subs[:i], parts, subs[i+1:])})
	}
	return out, true
}

// outermost returns the character at one end of a part, and what is left of
// the part without it. It is not ok where the part is not made of characters.
func outermost(re *syntax.Regexp, s side) (outer set, rest *syntax.Regexp, ok bool) {
	rest = &syntax.Regexp{Op: syntax.OpEmptyMatch}
	switch re.Op {
	case syntax.OpCapture:
		return outermost(re.Sub[0], s)
	case syntax.OpCharClass:
		return re.Rune, rest, true
	case syntax.OpAnyChar:
		return set{0, unicode.MaxRune}, rest, true
	case syntax.OpAnyCharNotNL:
		return complement(set{'\n', '\n'}), rest, true
	case syntax.OpLiteral:
		n := len(re.Rune) - 1
		r, left := re.Rune[0], re.Rune[1:]
		if s == last {
			r, left = re.Rune[n], re.Rune[:n]
		}
		if n > 0 {
			rest = &syntax.Regexp{Op: syntax.OpLiteral, Flags: re.Flags, Rune: left}
		}
		return literalSet(r, re.Flags), rest, true
	default:
		return nil, nil, false
	}
}

// common is what two sets have in common.
func common(a, b set) set {
	var out set
	for i := 0; i < len(a); i += 2 {
		for j := 0; j < len(b); j += 2 {
			if lo, hi := max(a[i], b[j]), min(a[i+1], b[j+1]); lo <= hi {
				out = append(out, lo, hi)
			}
		}
	}
	return out
}
