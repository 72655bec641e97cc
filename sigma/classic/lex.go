package classic

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is what a token of a condition is.
type tokenKind uint8

const (
	tokenOneOf tokenKind = iota
	tokenAllOf
	tokenFunction
	tokenNear
	tokenBy
	tokenOperator
	tokenPipe
	tokenAnd
	tokenOr
	tokenNot
	tokenName
	tokenOpen
	tokenClose
)

type token struct {
	kind tokenKind
	text string
	at   place
}

// word is a word of the old grammar. It is found wherever it stands, without
// a border behind it: "notepad" is "not" and "epad".
type word struct {
	kind tokenKind
	text string
}

// words returns the words and signs in the order in which the old tool tried
// them.
func words(is2019 bool) []word {
	out := []word{
		{tokenOneOf, "1 of"},
		{tokenAllOf, "all of"},
		{tokenFunction, "count"},
		{tokenFunction, "min"},
		{tokenFunction, "max"},
		{tokenFunction, "avg"},
		{tokenFunction, "sum"},
		{tokenNear, "near"},
		{tokenBy, "by"},
		{tokenOperator, "=="},
	}
	if is2019 {
		// "<=" is never found behind "<": a fault of that time.
		out = append(out, word{tokenOperator, "<"}, word{tokenOperator, ">"})
	} else {
		out = append(out, word{tokenOperator, "<="}, word{tokenOperator, "<"}, word{tokenOperator, ">="}, word{tokenOperator, ">"})
	}
	return append(out, word{tokenPipe, "|"}, word{tokenAnd, "and"}, word{tokenOr, "or"}, word{tokenNot, "not"})
}

// tokenize cuts a condition into tokens, as the old tool did.
func tokenize(v *value, is2019 bool) ([]token, error) {
	l := lexer{text: v.text, at: v.at, table: words(is2019), signs: "*+,-."}
	if is2019 {
		l.signs = "*"
	}
	var out []token
	for l.skipSpace(); l.pos < len(l.text); l.skipSpace() {
		t, ok := l.next()
		if !ok {
			r, _ := utf8.DecodeRuneInString(l.text[l.pos:])
			return nil, refuseAt(l.placeOf(l.pos, 1), "classic/condition", fmt.Sprintf("the old grammar of conditions does not know %q here", r))
		}
		if out = append(out, t); len(out) > maxTokens {
			return nil, refuseAt(v.at, "classic/too-large", "the condition is too long")
		}
	}
	return out, nil
}

type lexer struct {
	text  string
	pos   int
	at    place
	table []word
	// signs may stand in a name besides letters, digits and the underscore.
	signs string
}

func (l *lexer) skipSpace() {
	for l.pos < len(l.text) {
		r, size := utf8.DecodeRuneInString(l.text[l.pos:])
		if !isSpace(r) {
			return
		}
		l.pos += size
	}
}

func (l *lexer) next() (token, bool) {
	rest := l.text[l.pos:]
	for _, w := range l.table {
		if len(rest) >= len(w.text) && strings.EqualFold(rest[:len(w.text)], w.text) {
			return l.take(w.kind, len(w.text)), true
		}
	}
	if n := l.nameLength(rest); n > 0 {
		return l.take(tokenName, n), true
	}
	switch rest[0] {
	case '(':
		return l.take(tokenOpen, 1), true
	case ')':
		return l.take(tokenClose, 1), true
	}
	return token{}, false
}

func (l *lexer) nameLength(rest string) int {
	for i, r := range rest {
		if !isWord(r) && !strings.ContainsRune(l.signs, r) {
			return i
		}
	}
	return len(rest)
}

func (l *lexer) take(k tokenKind, size int) token {
	t := token{kind: k, text: l.text[l.pos : l.pos+size], at: l.placeOf(l.pos, size)}
	l.pos += size
	return t
}

// placeOf returns the place of a part of the condition. It is exact where the
// condition is a text on one line, without escapes.
func (l *lexer) placeOf(start, size int) place {
	if l.at.length != len(l.text) {
		return l.at
	}
	return place{l.at.line, l.at.column + utf8.RuneCountInString(l.text[:start]), size}
}

// isWord is Python's \w.
func isWord(r rune) bool {
	return r == '_' || r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r))
}

// isSpace is Python's \s.
func isSpace(r rune) bool {
	switch {
	case r >= 0x09 && r <= 0x0D, r >= 0x1C && r <= 0x20, r == 0x85, r == 0xA0, r == 0x1680,
		r >= 0x2000 && r <= 0x200A, r == 0x2028, r == 0x2029, r == 0x202F, r == 0x205F, r == 0x3000:
		return true
	}
	return false
}
