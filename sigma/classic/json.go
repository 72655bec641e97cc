package classic

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	key   string
	value any
}

// verbatim is a number, written as it is.
type verbatim string

// maxJSON bounds the text of one document, which aliases can make large.
const maxJSON = 8 << 20

// jsonWriter writes JSON as Python's standard encoder does: in ASCII, on one
// line or with an indent of two blanks.
type jsonWriter struct {
	strings.Builder
	indent bool
	depth  int
}

// jsonText writes a value. It takes objects, lists, texts, booleans, nil,
// verbatim numbers and the values of documents.
func jsonText(v any, indent bool) (string, error) {
	w := jsonWriter{indent: indent}
	err := w.write(v)
	return w.String(), err
}

func (w *jsonWriter) write(v any) error {
	if w.Len() > maxJSON {
		return refuse("classic/too-large", "the JSON text is too large", hintOf("classic/too-large"))
	}
	switch v := v.(type) {
	case nil:
		w.WriteString("null")
	case bool:
		w.WriteString(strconv.FormatBool(v))
	case string:
		w.text(v)
	case verbatim:
		w.WriteString(string(v))
	case object:
		return w.object(v)
	case []any:
		return w.list(v)
	case *value:
		return w.value(v)
	default:
		panic(fmt.Sprintf("classic: no JSON for %T", v))
	}
	return nil
}

// value writes a part of the document.
func (w *jsonWriter) value(v *value) error {
	switch v.kind {
	case kindNull:
		return w.write(nil)
	case kindBool, kindInt:
		return w.write(verbatim(v.text))
	case kindFloat:
		return w.write(verbatim(jsonFloat(v.text)))
	case kindText:
		return w.write(v.text)
	case kindList:
		list := make([]any, len(v.items))
		for i, item := range v.items {
			list[i] = item
		}
		return w.write(list)
	case kindMap:
		return w.mapping(v)
	default:
		return refuseAt(v.at, "classic/value", "the old tool cannot write "+v.kind.String()+" as JSON")
	}
}

func (w *jsonWriter) mapping(v *value) error {
	var out object
	for _, e := range v.entries {
		key := e.key.text
		switch e.key.kind {
		case kindNull:
			key = "null"
		case kindFloat:
			key = jsonFloat(key)
		case kindDate, kindBytes:
			return refuseAt(e.key.at, "classic/value", "the old tool cannot write a key as JSON that is "+e.key.kind.String())
		default:
		}
		out = append(out, member{key, e.value})
	}
	return w.object(out)
}

func jsonFloat(s string) string {
	switch text := FloatText(s); text {
	case "inf":
		return "Infinity"
	case "-inf":
		return "-Infinity"
	case "nan":
		return "NaN"
	default:
		return text
	}
}

func (w *jsonWriter) object(o object) error {
	return w.block('{', '}', len(o), func(i int) error {
		w.text(o[i].key)
		w.WriteString(": ")
		return w.write(o[i].value)
	})
}

func (w *jsonWriter) list(l []any) error {
	return w.block('[', ']', len(l), func(i int) error { return w.write(l[i]) })
}

// block writes the parts of an object or a list.
func (w *jsonWriter) block(first, last byte, n int, part func(int) error) error {
	w.WriteByte(first)
	w.depth++
	for i := range n {
		w.separate(i)
		if err := part(i); err != nil {
			return err
		}
	}
	w.depth--
	if n > 0 && w.indent {
		w.newLine()
	}
	w.WriteByte(last)
	return nil
}

func (w *jsonWriter) separate(i int) {
	switch {
	case w.indent && i > 0:
		w.WriteByte(',')
		w.newLine()
	case w.indent:
		w.newLine()
	case i > 0:
		w.WriteString(", ")
	}
}

func (w *jsonWriter) newLine() {
	w.WriteByte('\n')
	w.WriteString(strings.Repeat("  ", w.depth))
}

// text writes a text. Everything outside ASCII's letters and signs becomes an
// escape.
func (w *jsonWriter) text(s string) {
	w.WriteByte('"')
	written := 0
	for i := 0; i < len(s); {
		if c := s[i]; c >= ' ' && c <= '~' && c != '"' && c != '\\' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		w.WriteString(s[written:i])
		w.escape(r)
		i += size
		written = i
	}
	w.WriteString(s[written:])
	w.WriteByte('"')
}

func (w *jsonWriter) escape(r rune) {
	switch {
	case r == '"' || r == '\\':
		w.WriteByte('\\')
		w.WriteByte(byte(r))
	case shortEscape(r) != 0:
		w.WriteByte('\\')
		w.WriteByte(shortEscape(r))
	case r > 0xFFFF:
		high, low := utf16.EncodeRune(r)
		w.unicode(high)
		w.unicode(low)
	default:
		w.unicode(r)
	}
}

// unicode writes a code unit as an escape.
func (w *jsonWriter) unicode(r rune) { fmt.Fprintf(&w.Builder, `\u%04x`, r) }

func shortEscape(r rune) byte {
	switch r {
	case '\n':
		return 'n'
	case '\r':
		return 'r'
	case '\t':
		return 't'
	case '\b':
		return 'b'
	case '\f':
		return 'f'
	}
	return 0
}
