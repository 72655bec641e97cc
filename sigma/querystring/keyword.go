package querystring

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// keywords prints values without a field, of which one has to be found: once
// for each of the fields they are looked for in.
func (p *printer) keywords(run []query.Node) {
	p.keyword = true
	p.note(noteKeyword)
	fields := p.opt.KeywordFields
	if len(fields) == 0 {
		p.refuse(run[0].(*query.Match).Span, keywordFields)
		return
	}
	p.list(" OR ", len(fields), func(i int, _ bool) {
		m := *run[0].(*query.Match)
		m.Field, m.FieldSpan = fields[i], m.Span
		p.field(&m)
		p.terms(run, p.phrase)
	})
}

func (p *printer) phrase(m *query.Match) {
	switch v := m.Value.(type) {
	case sigma.String:
		if !p.unsayable(m, v) {
			p.words(m, v)
		}
	case sigma.Number:
		writeQuoted(&p.out, v.Text)
	case sigma.Regex:
		p.refuse(m.Span, regex)
	default:
		p.refuse(m.Span, keywordValue)
	}
}

// words prints a text to be found somewhere in a text field. A star at either
// end says what a keyword means anyway, but only next to a character that ends
// a word: a phrase is made of whole words. One word with stars is a pattern,
// which a text field compares with each of its words.
func (p *printer) words(m *query.Match, s sigma.String) {
	text, before, after, ok := edges(s)
	switch {
	case !hasWord(text):
		p.refuse(m.Span, keywordNoWord)
	case !ok:
		p.refuse(m.Span, keywordWildcard)
	case isWord(text) && (before || after):
		p.pattern(m, s)
	case before && !endsWord(firstRune(text)), after && !endsWord(lastRune(text)):
		p.refuse(m.Span, keywordWildcard)
	default:
		writeQuoted(&p.out, text)
	}
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
// in the text. Where it finds none, the clause would vanish from the query.
// Letters of younger or rarer scripts than these do not count: what is a letter
// depends on the server's Unicode version, and Lucene 8.11 passes over some
// 9,000 that Go knows. These it was seen to take, all of them.
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
		return r >= 0x80 || r != '_' && !wordRune(r)
	})
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.Is(unicode.Nd, r) }

// endsWord reports whether a word ends at this character whatever follows: not
// so at a full stop or an apostrophe, which can stand inside a word.
func endsWord(r rune) bool {
	return r < 0x80 && !wordRune(r) && !strings.ContainsRune("_.:,;'", r)
}

func firstRune(s string) rune { r, _ := utf8.DecodeRuneInString(s); return r }
func lastRune(s string) rune  { r, _ := utf8.DecodeLastRuneInString(s); return r }
