package classic

import "strings"

// escaping says which characters get a backslash in front.
type escaping struct {
	chars string
	// space escapes white space, pairs "&&" and "||", backslash a lone
	// backslash, unicode a backslash before a "u".
	space, pairs, backslash, unicode bool
}

const (
	luceneChars = `+-!(){}[]^"~:/`
	grepChars   = `|()[]{}.^$+`
)

func escapeElastic() escaping {
	return escaping{chars: luceneChars + "=", space: true, pairs: true, backslash: true, unicode: true}
}

func escapeGraylog(is2019 bool) escaping {
	return escaping{chars: luceneChars, space: !is2019, pairs: true, backslash: true}
}

func escapeQuoted() escaping { return escaping{chars: `"`, backslash: true} }

func escapeGrep() escaping { return escaping{chars: grepChars} }

// text escapes a text from left to right. What is looked at is always the
// text as it was.
func (e escaping) text(s string) string {
	var b strings.Builder
	written, skip := 0, false
	for i, r := range s {
		if skip || !e.marks(s, i, r) {
			skip = false
			continue
		}
		b.WriteString(s[written:i])
		b.WriteByte('\\')
		written, skip = i, e.isPair(s, i)
	}
	if b.Len() == 0 {
		return s
	}
	b.WriteString(s[written:])
	return b.String()
}

func (e escaping) marks(s string, i int, r rune) bool {
	if isLetter(r) || r >= '0' && r <= '9' {
		return false // most of a text
	}
	return strings.ContainsRune(e.chars, r) || e.space && isSpace(r) ||
		r == '\\' && (e.backslash && isLone(s, i) || e.unicode && at(s, i+1) == 'u') || e.isPair(s, i)
}

func (e escaping) isPair(s string, i int) bool {
	return e.pairs && (s[i] == '&' || s[i] == '|') && at(s, i+1) == s[i]
}

// isLone reports whether the backslash at i has no other beside it, and no
// wildcard behind it.
func isLone(s string, i int) bool {
	if i > 0 && s[i-1] == '\\' {
		return false
	}
	next := at(s, i+1)
	return next != '\\' && next != '*' && next != '?'
}

// at returns a byte of a text, and 0 past its end.
func at(s string, i int) byte {
	if i < 0 || i >= len(s) {
		return 0
	}
	return s[i]
}

// hasWildcard reports whether a text has a star or a question mark that
// counts: no backslash before it, or (2023) two and more.
func hasWildcard(s string, is2019 bool) bool {
	for i := range len(s) {
		if s[i] != '*' && s[i] != '?' {
			continue
		}
		if at(s, i-1) != '\\' || !is2019 && at(s, i-2) == '\\' {
			return true
		}
	}
	return false
}
