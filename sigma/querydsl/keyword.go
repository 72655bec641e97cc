package querydsl

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// keywords prints a value without a field: once for each of the fields it is
// looked for in.
func (r *renderer) keywords(m *query.Match) clause {
	r.keyword = true
	r.note(noteKeyword)
	if len(r.opt.KeywordFields) == 0 {
		r.refuse(m.Span, keywordFields)
		return nothing()
	}
	parts := make([]clause, len(r.opt.KeywordFields))
	for i, field := range r.opt.KeywordFields {
		parts[i] = r.phrase(field, m)
	}
	return joined(parts)
}

func (r *renderer) phrase(field string, m *query.Match) clause {
	switch v := m.Value.(type) {
	case sigma.String:
		if r.unsayable(m, v) {
			return nothing()
		}
		return r.words(field, m, v)
	case sigma.Number:
		return matchPhrase(field, v.Text)
	default:
		r.refuse(m.Span, keywordValue)
		return nothing()
	}
}

func matchPhrase(field, text string) clause {
	return on("match_phrase", field, object{{"query", text}})
}

// words prints a text to be found somewhere in a text field. A star at either
// end says what a keyword means anyway, but only next to a character that ends
// a word: a phrase is made of whole words. One word with stars is a pattern,
// which a text field compares with each of its words.
func (r *renderer) words(field string, m *query.Match, s sigma.String) clause {
	text, before, after, ok := edges(s)
	switch {
	case !hasWord(text):
		r.refuse(m.Span, keywordNoWord)
	case !ok:
		r.refuse(m.Span, keywordWildcard)
	case isWord(text) && (before || after):
		inner := *m
		inner.Field = field
		return r.wildcard(&inner, s)
	case before && !endsWord(firstRune(text)), after && !endsWord(lastRune(text)):
		r.refuse(m.Span, keywordWildcard)
	default:
		return matchPhrase(field, text)
	}
	return nothing()
}

// edges takes the stars off both ends. It is not ok where wildcards are left.
func edges(s sigma.String) (text string, before, after, ok bool) {
	parts := s.Parts
	for len(parts) > 0 && parts[0].Kind == sigma.Any {
		before, parts = true, parts[1:]
	}
	for len(parts) > 0 && parts[len(parts)-1].Kind == sigma.Any {
		after, parts = true, parts[:len(parts)-1]
	}
	for _, part := range parts {
		text += part.Text
	}
	return text, before, after, len(parts) <= 1 && (len(parts) == 0 || parts[0].Kind == sigma.Text)
}

// hasWord reports whether Elasticsearch's standard analyzer surely finds a word
// in the text; a phrase without one finds nothing. Letters of other scripts
// than these do not count: what is a letter depends on the server's Unicode
// version.
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

func firstRune(s string) rune { r, _ := utf8.DecodeRuneInString(s); return r }
func lastRune(s string) rune  { r, _ := utf8.DecodeLastRuneInString(s); return r }
