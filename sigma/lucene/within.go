package lucene

import (
	"strings"
	"unicode"

	"github.com/sigwatch/sigwatch/sigma"
)

// Words says how a text can be looked for somewhere in a text field: NoWord,
// NoPhrase (it has wildcards inside), Phrase or Word. A keyword is looked for
// anywhere within, so that stars at its ends say nothing, and are taken off.
func Words(s sigma.String) (words string, kind Keyword) {
	text, ok := between(s)
	switch {
	case !hasWord(text):
		return text, NoWord
	case !ok:
		return text, NoPhrase
	case inWord(text):
		return text, Word
	default:
		return text, Phrase
	}
}

// inWord reports whether the standard analyzer may keep the text together: it
// breaks words (UAX #29) at all but letters, digits, _ and what joins two of
// them.
func inWord(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return !wordRune(r) && !unicode.IsMark(r) && !strings.ContainsRune("_.:,;'", r)
	})
}
