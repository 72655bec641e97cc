package lucene

import (
	"regexp/syntax"
	"slices"
	"unicode"
)

// side is one of the two ends of an expression.
type side int

const (
	first side = iota
	last
)

func (s side) of(subs []*syntax.Regexp) int {
	if s == first {
		return 0
	}
	return len(subs) - 1
}

// trimmed takes off an end what any text beside it stands for as well: of what
// may be repeated or missing, the fewest times are enough. It makes shorter
// expressions and automata.
func trimmed(re *syntax.Regexp, s side) *syntax.Regexp {
	switch re.Op {
	case syntax.OpStar, syntax.OpQuest:
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}
	case syntax.OpPlus, syntax.OpCapture:
		return trimmed(re.Sub[0], s)
	case syntax.OpRepeat:
		if re.Min == 0 {
			return &syntax.Regexp{Op: syntax.OpEmptyMatch}
		}
		return &syntax.Regexp{Op: syntax.OpRepeat, Min: re.Min, Max: re.Min, Sub: re.Sub}
	case syntax.OpConcat:
		return trimmedConcat(re, s)
	default:
		return re
	}
}

func trimmedConcat(re *syntax.Regexp, s side) *syntax.Regexp {
	subs := slices.Clone(re.Sub)
	for len(subs) > 0 {
		i := s.of(subs)
		end := trimmed(subs[i], s)
		if end.Op != syntax.OpEmptyMatch {
			subs[i] = end
			break
		}
		subs = slices.Delete(subs, i, i+1)
	}
	if len(subs) == 0 {
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}
	}
	return &syntax.Regexp{Op: syntax.OpConcat, Sub: subs}
}

// wordKind tells whether a character is one of a word.
type wordKind int

const (
	unclear wordKind = iota
	word
	other
)

func wordSet() set { return set{'0', '9', 'A', 'Z', '_', '_', 'a', 'z'} }

// kindOf says what the outermost character of a sequence is for sure.
func kindOf(subs []*syntax.Regexp, s side) wordKind {
	if len(subs) == 0 {
		return unclear
	}
	re := subs[s.of(subs)]
	switch re.Op {
	case syntax.OpLiteral, syntax.OpCharClass:
		outer, _, _ := outermost(re, s)
		return kindOfSet(outer)
	case syntax.OpConcat, syntax.OpCapture, syntax.OpPlus:
		return kindOf(re.Sub, s)
	case syntax.OpRepeat:
		if re.Min > 0 {
			return kindOf(re.Sub, s)
		}
		return unclear
	case syntax.OpAlternate:
		return kindOfAll(re.Sub, s)
	default:
		return unclear
	}
}

func kindOfAll(subs []*syntax.Regexp, s side) wordKind {
	kind := kindOf(subs[:1], s)
	for i := range subs {
		if kindOf(subs[i:i+1], s) != kind {
			return unclear
		}
	}
	return kind
}

func kindOfSet(s set) wordKind {
	words, others := false, false
	for i := 0; i < len(s); i += 2 {
		inWord, outside := overlap(wordSet(), s[i], s[i+1]), overlap(complement(wordSet()), s[i], s[i+1])
		words, others = words || inWord, others || outside
	}
	switch {
	case words && !others:
		return word
	case others && !words:
		return other
	default:
		return unclear
	}
}

func overlap(s set, lo, hi rune) bool {
	for i := 0; i < len(s); i += 2 {
		if s[i] <= hi && lo <= s[i+1] {
			return true
		}
	}
	return false
}

// border returns nil where a word surely ends or begins between the neighbours
// of a part, so that a word boundary there says nothing.
func border(subs []*syntax.Regexp, i int) error {
	before, after := kindOf(subs[:i], last), kindOf(subs[i+1:], first)
	switch {
	case before == unclear || after == unclear:
		return errBorder()
	case before == after:
		return errNever
	default:
		return nil
	}
}

// simple takes sequences within sequences apart, and joins neighbouring texts
// of any length.
func simple(e expr) expr {
	switch e := e.(type) {
	case seq:
		return simpleSeq(e)
	case alt:
		out := make(alt, len(e))
		for i, part := range e {
			out[i] = simple(part)
		}
		return out
	case loop:
		return loop{simple(e.of), e.min, e.max}
	default:
		return e
	}
}

func simpleSeq(s seq) expr {
	var out seq
	for _, part := range s {
		flat, ok := simple(part).(seq)
		if !ok {
			flat = seq{simple(part)}
		}
		for _, e := range flat {
			if len(out) > 0 && isAnyText(e) && isAnyText(out[len(out)-1]) {
				continue
			}
			out = append(out, e)
		}
	}
	if out = counted(out); len(out) == 1 {
		return out[0]
	}
	return out
}

// counted rewrites .*c{n} as (.*[^c])?c{n,}, which means the same: a text that
// ends in n of them or more. Counted from where they begin, they cost a server
// n steps and not n times n.
func counted(s seq) seq {
	if len(s) < 2 || !isAnyText(s[0]) {
		return s
	}
	l, ok := s[1].(loop)
	if !ok || l.min < 2 || l.max != l.min {
		return s
	}
	of, ok := l.of.(set)
	if !ok {
		return s
	}
	run := loop{of, l.min, -1}
	if rest := complement(of); len(rest) > 0 {
		return slices.Concat(seq{loop{seq{anyText(), rest}, 0, 1}, run}, s[2:])
	}
	return slices.Concat(seq{run}, s[2:])
}

func isAnyText(e expr) bool {
	l, ok := e.(loop)
	return ok && l.min == 0 && l.max < 0 && isAnyRune(l.of)
}

func isAnyRune(e expr) bool {
	s, ok := e.(set)
	return ok && len(s) == 2 && s[0] == 0 && s[1] == unicode.MaxRune
}
