package sigma

import (
	"encoding/base64"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// base64Whole encodes the text's bytes, with padding.
func base64Whole(v Value, u *use) (Value, *fault) {
	text, f := bytesOf(v.(String), u)
	if f != nil {
		return nil, f
	}
	return encoded(base64.StdEncoding.EncodeToString([]byte(text)), v), nil
}

// base64Offset gives the three ways in which the text can stand inside a
// longer encoded one, without the characters at the ends that depend on what
// stands around it. Lengths are bytes; pySigma counts characters, and so cuts
// text that is not ASCII at the wrong place.
func base64Offset(v Value, u *use) (Value, *fault) {
	text, f := bytesOf(v.(String), u)
	if f != nil {
		return nil, f
	}
	if len(text) < 2 {
		// One byte is spread over two characters neither of which is certain:
		// with contains, that would match every event.
		return nil, badValue("base64offset needs two bytes of text or more", "write more of the text")
	}
	out := make(Expansion, 3)
	for i := range 3 {
		code := base64.StdEncoding.EncodeToString(append(make([]byte, i), text...))
		front := [...]int{0, 2, 3}[i]
		back := [...]int{0, 3, 2}[(len(text)+i)%3]
		out[i] = encoded(code[front:len(code)-back], v)
	}
	return out, nil
}

func encoded(code string, v Value) String {
	s := PlainString(code)
	s.Cased = v.(String).Cased
	return s
}

func bytesOf(s String, u *use) (string, *fault) {
	text, ok := s.Literal()
	switch {
	case ok:
		return text, nil
	case s.HasWildcards():
		return "", badValue("a text with wildcards cannot be encoded", "put contains, startswith or endswith after "+u.name+`, and write \* for a plain star`)
	}
	return "", placeholderFault(u)
}

func placeholderFault(u *use) *fault {
	return badValue("a text with placeholders cannot be encoded", "put the values themselves into the rule in place of expand, or leave "+u.name+" out")
}

// utf16LE writes the text as UTF-16, the lower byte first.
func utf16LE(v Value, u *use) (Value, *fault) { return wide(v, u, binary.LittleEndian, "") }

// utf16BE writes the text as UTF-16, the higher byte first.
func utf16BE(v Value, u *use) (Value, *fault) { return wide(v, u, binary.BigEndian, "") }

// utf16Marked writes the text as UTF-16LE behind the byte order mark FF FE.
func utf16Marked(v Value, u *use) (Value, *fault) {
	return wide(v, u, binary.LittleEndian, "\xff\xfe")
}

// wide makes bytes of a text. Only Base64 can carry them where they are not
// ASCII, so it has to follow then.
func wide(v Value, u *use, order binary.ByteOrder, mark string) (Value, *fault) {
	s := v.(String)
	if s.Has(Placeholder) {
		return nil, placeholderFault(u)
	}
	carried := u.followedBy("base64", "base64offset")
	if mark != "" && !carried {
		return nil, badValue("the byte order mark is no text that a field can hold", "put base64 or base64offset after "+u.name)
	}
	parts := []Part{{Kind: Text, Text: mark}}
	for _, p := range s.Parts {
		if p.Kind == Text {
			if !utf8.ValidString(p.Text) {
				return nil, badValue("the text is encoded already", "leave "+u.name+" out")
			}
			if !carried && !ascii(p.Text) {
				return nil, badValue("only ASCII text can be widened in a field's text", "put base64 or base64offset after "+u.name)
			}
			p.Text = widen(p.Text, order)
		}
		parts = append(parts, p)
	}
	return join(parts, s.Cased), nil
}

func widen(text string, order binary.ByteOrder) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = append(out, 0, 0)
		order.PutUint16(out[len(out)-2:], unit)
	}
	return string(out)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
