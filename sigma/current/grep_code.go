package current

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/sigma"
)

// code says how characters stand in a line, as expressions for its bytes.
type code interface {
	// char is one character as it stands, in that very case.
	char(r rune) string
	// any is one character, whichever it is.
	any() string
	// beyond is one character beyond ASCII, whichever it is.
	beyond() string
	// itself are the characters of ASCII that char gives as they are.
	itself() *ascii
}

// ascii is a set of characters of ASCII.
type ascii [utf8.RuneSelf]bool

// unchanged are the characters that are written as they are.
func unchanged(char func(rune) string) *ascii {
	var out ascii
	for i := range out {
		out[i] = char(rune(i)) == string(rune(i))
	}
	return &out
}

// selves is how many bytes at the beginning of a text are of the set.
func selves(set *ascii, text string) int {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf || !set[text[i]] {
			return i
		}
	}
	return len(text)
}

// patternOf is an expression for a text with wildcards and for the end behind
// it. Letters beyond ASCII are written in all of their cases, unless the text
// demands one.
//
// A star passes over as little as it can and is tried in no other way: what
// stands between two stars has the same number of characters wherever it is
// found, so that no later place is better than the first. Without that, grep
// would give up at long lines.
func patternOf(c code, s sigma.String, end string) string {
	var b strings.Builder
	writePattern(&b, c, s, end)
	return b.String()
}

func writePattern(b *strings.Builder, c code, s sigma.String, end string) {
	within := "" // closes the group of the star before
	for i := range s.Parts {
		switch part := &s.Parts[i]; part.Kind {
		case sigma.Any:
			b.WriteString(within)
			b.WriteString("(?>")
			b.WriteString(c.any())
			b.WriteString("*?")
			within = ")"
		case sigma.One:
			b.WriteString(c.any())
		default:
			writeText(b, c, part.Text, s.Cased)
		}
	}
	b.WriteString(end)
	b.WriteString(within)
}

func writeText(b *strings.Builder, c code, text string, cased bool) {
	for len(text) > 0 {
		if n := selves(c.itself(), text); n > 0 {
			b.WriteString(text[:n])
			text = text[n:]
			continue
		}
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size < 2 {
			fmt.Fprintf(b, `\x%02x`, text[0])
		} else {
			writeChar(b, c, r, cased)
		}
		text = text[size:]
	}
}

func writeChar(b *strings.Builder, c code, r rune, cased bool) {
	if cased || r < utf8.RuneSelf || unicode.SimpleFold(r) == r {
		b.WriteString(c.char(r))
		return
	}
	b.WriteString(oneOf(c, orbit(r)))
}

// oneOf is one of several characters.
func oneOf(c code, forms []rune) string {
	texts := make([]string, len(forms))
	for i, f := range forms {
		texts[i] = c.char(f)
	}
	return "(?:" + strings.Join(texts, "|") + ")"
}

// orbit are all characters that Unicode's simple folding makes equal to one.
func orbit(r rune) []rune {
	out := []rune{r}
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		out = append(out, next)
	}
	return out
}

// asBytes writes a character so that it stands for its own bytes. What could
// mean something to PCRE, to the shell or to a terminal is written as numbers.
func asBytes(r rune) string {
	if r >= 0 && r < utf8.RuneSelf {
		return asciiBytes[r]
	}
	return bytesOf(r)
}

// asciiBytes are the characters of ASCII as asBytes writes them: texts are
// made of little else. It is never written.
var asciiBytes = func() (out [utf8.RuneSelf]string) {
	for i := range out {
		out[i] = bytesOf(rune(i))
	}
	return out
}()

func bytesOf(r rune) string {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune(" _-,:;=<>@%&~/\"!#", r):
		return string(r)
	case r > ' ' && r < 0x7f && r != '\'' && r != '`':
		return `\` + string(r)
	case r >= utf8.RuneSelf && unicode.IsPrint(r):
		return wide(string(r))
	}
	var text strings.Builder
	for _, b := range []byte(string(r)) {
		fmt.Fprintf(&text, `\x%02x`, b)
	}
	return wide(text.String())
}

// wide keeps the bytes of one character together.
func wide(text string) string {
	if len(text) <= len(`\x00`) && text[0] == '\\' {
		return text
	}
	return "(?:" + text + ")"
}

// lineSelves are those of lineCode. It is never written.
var lineSelves = unchanged(lineCode{}.char)

// lineCode is plain text.
type lineCode struct{}

// utf8Char is the bytes of one character, a stray byte included. It gives none
// of them back, so that no part of a character is taken for one.
const utf8Char = `(?>[\x00-\x7f]|[\xc2-\xf4][\x80-\xbf]++|.)`

func (lineCode) char(r rune) string { return asBytes(r) }
func (lineCode) any() string        { return utf8Char }
func (lineCode) itself() *ascii     { return lineSelves }
func (lineCode) beyond() string     { return `(?>[\xc2-\xf4][\x80-\xbf]++|[\x80-\xff])` }
