package lucene

import (
	"unicode"
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

// textExpr is a text with wildcards.
func textExpr(s sigma.String) expr {
	length := 0
	for _, part := range s.Parts {
		length += max(len(part.Text), 1)
	}
	out := make(seq, 0, length)
	for _, part := range s.Parts {
		switch part.Kind {
		case sigma.Any:
			out = append(out, anyText())
		case sigma.One:
			out = append(out, anyRune())
		default:
			for _, r := range part.Text {
				out = append(out, char(r, s.Cased))
			}
		}
	}
	return out
}

// char is a character with all that differ from it in case only; a letter of
// ASCII has no such character beyond ASCII.
func char(r rune, cased bool) expr {
	switch {
	case cased:
		return set{r, r}
	case r < utf8.RuneSelf:
		return asciiFolds[r]
	default:
		return foldOf(r)
	}
}

// asciiFolds are the characters of ASCII in any case, made once for all texts.
var asciiFolds = func() (folds [utf8.RuneSelf]expr) {
	for r := range rune(utf8.RuneSelf) {
		if isLetter(r) {
			folds[r] = set{r &^ 0x20, r &^ 0x20, r | 0x20, r | 0x20}
		} else {
			folds[r] = set{r, r}
		}
	}
	return folds
}()

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
