package listing

import (
	"strings"
	"unicode"
)

// tokens splits a text as the standard analyzer does, near enough for labels:
// runs of letters, digits and underscores in lower case; a dot or an
// apostrophe between letters, and a dot or a comma between digits, join.
func tokens(text string) []string {
	var out []string
	runes := []rune(strings.ToLower(text))
	start := -1
	for i, r := range runes {
		if word(r) || start >= 0 && joins(runes, i) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			out = append(out, string(runes[start:i]))
			start = -1
		}
	}
	if start >= 0 {
		out = append(out, string(runes[start:]))
	}
	return out
}

func word(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

func joins(runes []rune, i int) bool {
	if i+1 >= len(runes) {
		return false
	}
	before, after := runes[i-1], runes[i+1]
	switch runes[i] {
	case '.', '\'', '’':
		return unicode.IsLetter(before) && unicode.IsLetter(after) || unicode.IsDigit(before) && unicode.IsDigit(after)
	case ',', ';':
		return unicode.IsDigit(before) && unicode.IsDigit(after)
	}
	return false
}
