package lucene

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/sigma"
)

// Keyword is what a text field can be asked for.
type Keyword int

// The kinds of keywords.
const (
	// NoWord is a text without a word: a clause for it would vanish.
	NoWord Keyword = iota
	// NoPhrase is a pattern that no phrase of whole words can say.
	NoPhrase
	// Phrase is a phrase of whole words.
	Phrase
	// Word is a text that can lie within one word: beside the phrase, each word
	// can be asked whether it holds the text.
	Word
)

// Held returns what the words of each value that a text stands for surely
// hold, whatever its wildcards stand for: phrases of whole words, and texts
// that lie within one word. There may be none of both. Only a word of more than
// 255 characters, which the standard analyzer cuts, can lack such a text.
func Held(s sigma.String) (phrases, parts []string) {
	for i, part := range s.Parts {
		if part.Kind != sigma.Text || !LowersAlike(sigma.PlainString(part.Text)) {
			continue
		}
		head, core, tail := torn(part.Text, i > 0, i < len(s.Parts)-1)
		if hasWord(core) {
			phrases = append(phrases, core)
		}
		for _, text := range []string{head, tail} {
			if isWord(text) {
				parts = append(parts, text)
			}
		}
	}
	return phrases, parts
}

// torn takes a text apart where words surely end: beside a wildcard, the words
// at its ends may go on. Where no word ends in it, all of it is head.
func torn(text string, before, after bool) (head, core, tail string) {
	first, last := strings.IndexFunc(text, endsWord), strings.LastIndexFunc(text, endsWord)
	switch {
	case (before || after) && first < 0:
		return text, "", ""
	case before && after:
		return text[:first], text[first : last+1], text[last+1:]
	case before:
		return text[:first], text[first:], ""
	case after:
		return "", text[:last+1], text[last+1:]
	default:
		return "", text, ""
	}
}

// between takes the stars off both ends. It is not ok where wildcards are left.
func between(s sigma.String) (text string, ok bool) {
	parts := s.Parts
	for len(parts) > 0 && parts[0].Kind == sigma.Any {
		parts = parts[1:]
	}
	for len(parts) > 0 && parts[len(parts)-1].Kind == sigma.Any {
		parts = parts[:len(parts)-1]
	}
	for _, part := range parts {
		text += part.Text
	}
	return text, len(parts) <= 1 && (len(parts) == 0 || parts[0].Kind == sigma.Text)
}

// hasWord reports whether Elasticsearch's standard analyzer surely finds a word
// in the text. Letters of younger or rarer scripts than these do not count:
// what is a letter depends on the server's Unicode version, and Lucene 8.11
// passes over some 9,000 that Go knows. These it was seen to take, all of them.
func hasWord(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return wordRune(r) && unicode.Is(wordScripts, r) })
}

// wordScripts are Latin, Greek and Cyrillic, and the main letters of Hebrew,
// Arabic, Devanagari, Thai, Japanese, Chinese and Korean.
var wordScripts = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x0000, Hi: 0x052F, Stride: 1},
	{Lo: 0x05D0, Hi: 0x05EA, Stride: 1},
	{Lo: 0x0620, Hi: 0x064A, Stride: 1},
	{Lo: 0x0671, Hi: 0x06D3, Stride: 1},
	{Lo: 0x0904, Hi: 0x0939, Stride: 1},
	{Lo: 0x0E01, Hi: 0x0E30, Stride: 1},
	{Lo: 0x3041, Hi: 0x3096, Stride: 1},
	{Lo: 0x30A1, Hi: 0x30FA, Stride: 1},
	{Lo: 0x4E00, Hi: 0x9FA5, Stride: 1},
	{Lo: 0xAC00, Hi: 0xD7A3, Stride: 1},
}}

// isWord reports whether the text is one word, whatever stands around it.
func isWord(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return r >= utf8.RuneSelf || r != '_' && !wordRune(r)
	})
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.Is(unicode.Nd, r) }

// endsWord reports whether a word ends at this character whatever follows: not
// so at a full stop or an apostrophe, which can stand inside a word.
func endsWord(r rune) bool {
	return r < utf8.RuneSelf && !wordRune(r) && !strings.ContainsRune("_.:,;'", r)
}
