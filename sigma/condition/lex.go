package condition

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenOpen
	tokenClose
	tokenPipe
	// tokenOther is a run of characters that no condition has.
	tokenOther
)

type token struct {
	kind tokenKind
	text string
	at   Range
}

// is reports whether the token is that word.
func (t token) is(word string) bool { return t.kind == tokenWord && t.text == word }

// like reports whether the token is that word in any case.
func (t token) like(word string) bool { return t.kind == tokenWord && strings.EqualFold(t.text, word) }

// operator reports whether the token can only be a binary operator.
func (t token) operator() bool { return t.is("and") || t.is("or") }

// startsOperand reports whether an operand can begin with the token.
func (t token) startsOperand() bool {
	return t.kind == tokenOpen || t.kind == tokenWord && !t.like("and") && !t.like("or")
}

// tokens cuts the text. The last token is always the end.
func tokens(text string) []token {
	out := make([]token, 0, 8)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		kind, end := tokenAt(text, i)
		out = append(out, token{kind: kind, text: text[i:end], at: Range{i, end}})
		i = end
	}
	return append(out, token{kind: tokenEnd, at: Range{len(text), len(text)}})
}

func tokenAt(text string, i int) (tokenKind, int) {
	switch text[i] {
	case '(':
		return tokenOpen, i + 1
	case ')':
		return tokenClose, i + 1
	case '|':
		if strings.HasPrefix(text[i:], "||") {
			return tokenOther, i + 2
		}
		return tokenPipe, i + 1
	}
	if wordByte(text[i]) {
		return tokenWord, i + run(text[i:], func(r rune) bool { return r < utf8.RuneSelf && wordByte(byte(r)) })
	}
	return tokenOther, i + run(text[i:], strange)
}

// run returns the length of what stands in front of s and passes the test.
func run(s string, test func(rune) bool) int {
	if n := strings.IndexFunc(s, func(r rune) bool { return !test(r) }); n >= 0 {
		return n
	}
	return len(s)
}

func wordByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' ||
		b == '_' || b == '-' || b == '*'
}

func strange(r rune) bool {
	return !unicode.IsSpace(r) && r != '(' && r != ')' && r != '|' && (r >= utf8.RuneSelf || !wordByte(byte(r)))
}
