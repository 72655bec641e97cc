package querystring

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/sigma"
)

// One function for each place that a text can be printed in. Nothing else
// writes text of a rule.

// writeField prints a field's name, with a backslash before everything that a
// bare term might take for more than itself; the words AND, OR and NOT get one
// as well. A dash inside a name is harmless.
func writeField(b *strings.Builder, name string) {
	if name == "AND" || name == "OR" || name == "NOT" {
		b.WriteByte('\\')
	}
	for i, r := range name {
		if special(r) && r != '@' && (r != '-' || i == 0) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
}

// writeQuoted prints a whole value. In quotes only the backslash and the quote
// itself need an escape; everything else is plain there, line breaks included.
func writeQuoted(b *strings.Builder, text string) {
	b.WriteByte('"')
	for {
		i := strings.IndexAny(text, `"\`)
		if i < 0 {
			break
		}
		b.WriteString(text[:i])
		b.WriteByte('\\')
		b.WriteByte(text[i])
		text = text[i+1:]
	}
	b.WriteString(text)
	b.WriteByte('"')
}

// writeWildcardText prints a plain part of a bare term, which may have
// wildcards around it.
func writeWildcardText(b *strings.Builder, text string) {
	for _, r := range text {
		if special(r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
}

// special reports whether a bare term might take the character for more than
// itself: all of ASCII but letters, digits, "_" and ".", and the one blank
// beyond ASCII that Lucene's grammar knows. An escape too many is harmless
// before all of these; only before the letter u it is not.
func special(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '.':
		return false
	default:
		return r < 0x80 || r == '\u3000'
	}
}

// writeRegexp prints a text as Lucene's regular expression for it in any case,
// and returns the length of the expression as the server counts it, in UTF-16
// units. The expression has to match the whole value; "." stands for any
// character, line breaks included, so "*" and "?" keep their meaning.
func writeRegexp(b *strings.Builder, s sigma.String) int {
	w := regexpWriter{b: b}
	for i, part := range s.Parts {
		switch part.Kind {
		case sigma.Any:
			w.ascii(".*")
		case sigma.One:
			w.ascii(".")
		default:
			w.text(part.Text, i == len(s.Parts)-1)
		}
	}
	return w.units
}

type regexpWriter struct {
	b     *strings.Builder
	units int
}

func (w *regexpWriter) text(text string, last bool) {
	if last && strings.HasSuffix(text, `\`) {
		w.text(text[:len(text)-1], false)
		// The query parser takes `\/` for a slash inside, whatever stands
		// before it: a backslash in front of the closing slash would let the
		// value out. A class keeps the two apart.
		w.ascii(`[\\]`)
		return
	}
	for _, r := range text {
		w.char(r)
	}
}

func (w *regexpWriter) char(r rune) {
	if r < utf8.RuneSelf {
		w.ascii(asciiRegexps[r])
		return
	}
	w.wide(r)
}

// asciiRegexps are the expressions for the characters of ASCII in any case, made
// once for all texts.
var asciiRegexps = func() (out [utf8.RuneSelf]string) {
	for r := range rune(utf8.RuneSelf) {
		switch {
		case isLetter(r):
			out[r] = string([]rune{'[', r | 0x20, r &^ 0x20, ']'})
		case strings.ContainsRune(`.?+*|{}[]()"\#@&<>~^$/`, r):
			out[r] = `\` + string(r)
		default:
			out[r] = string(r)
		}
	}
	return out
}()

// wide prints a character beyond ASCII with all that differ from it in case
// only, by Unicode's simple folding: σ, ς and Σ are one.
func (w *regexpWriter) wide(r rune) {
	next := unicode.SimpleFold(r)
	if next == r {
		w.one(r)
		return
	}
	w.ascii("[")
	w.one(r)
	for ; next != r; next = unicode.SimpleFold(next) {
		w.one(next)
	}
	w.ascii("]")
}

func (w *regexpWriter) ascii(s string) {
	w.b.WriteString(s)
	w.units += len(s)
}

func (w *regexpWriter) one(r rune) {
	w.b.WriteRune(r)
	w.units += utf16.RuneLen(r)
}

func isLetter(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' }
