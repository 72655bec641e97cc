package watcher

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Encode writes a tree as compact JSON in UTF-8: members in their order,
// nothing escaped that need not be. It panics on a value that is no tree.
func Encode(v any) []byte { return appendJSON(make([]byte, 0, 512), v) }

// Append adds what Encode gives to a text: for those who know about how long it
// will be.
func Append(out []byte, v any) []byte { return appendJSON(out, v) }

// AppendText adds a text as Encode writes it.
func AppendText(out []byte, s string) []byte { return appendString(out, s) }

// usualSize is what most watches need when written out, in bytes.
const usualSize = 4 << 10

// Size is the length of what Encode gives, in bytes, without making it. Texts
// have to be valid UTF-8.
func Size(v any) int {
	switch v := v.(type) {
	case *Object:
		if v == nil {
			return len("null")
		}
		size := max(len("{}"), len("{")+len(v.Members))
		for i := range v.Members {
			size += sizeOfString(v.Members[i].Name) + len(":") + Size(v.Members[i].Value)
		}
		return size
	case []any:
		size := max(len("[]"), len("[")+len(v))
		for i := range v {
			size += Size(v[i])
		}
		return size
	case string:
		return sizeOfString(v)
	default:
		return len(appendJSON(nil, v))
	}
}

func sizeOfString(s string) int {
	size := len(s) + len(`""`)
	for done := 0; ; done++ {
		if done, _ = special(s, done); done == len(s) {
			return size
		}
		switch s[done] {
		case '"', '\\', '\n', '\r', '\t':
			size++
		default:
			size += len(`u00ff`)
		}
	}
}

// EncodeIndent is Encode with a line for each member and element and two
// blanks for each level, without a newline at the end.
func EncodeIndent(v any) []byte { return appendIndented(make([]byte, 0, 2*usualSize), v, 0) }

func appendIndented(out []byte, v any, depth int) []byte {
	switch v := v.(type) {
	case []any:
		if len(v) == 0 {
			return append(out, "[]"...)
		}
		out = append(out, '[')
		for i := range v {
			out = appendIndented(appendLine(out, i, depth+1), v[i], depth+1)
		}
		return append(appendLine(out, 0, depth), ']')
	case *Object:
		if v == nil || len(v.Members) == 0 {
			return appendObject(out, v)
		}
		out = append(out, '{')
		for i := range v.Members {
			out = append(appendString(appendLine(out, i, depth+1), v.Members[i].Name), ": "...)
			out = appendIndented(out, v.Members[i].Value, depth+1)
		}
		return append(appendLine(out, 0, depth), '}')
	default:
		return appendJSON(out, v)
	}
}

// appendLine begins the line of the i-th member or element.
func appendLine(out []byte, i, depth int) []byte {
	if i > 0 {
		out = append(out, ',')
	}
	const blanks = "                                "
	out = append(out, '\n')
	for left := 2 * depth; left > 0; left -= len(blanks) {
		out = append(out, blanks[:min(left, len(blanks))]...)
	}
	return out
}

// MarshalJSON makes an Object fit for encoding/json, order kept.
func (o *Object) MarshalJSON() ([]byte, error) {
	if o == nil {
		return []byte("null"), nil
	}
	return Encode(o), nil
}

// UnmarshalJSON reads an object strictly; see ParseJSON.
func (o *Object) UnmarshalJSON(data []byte) error {
	p, err := ParseObject(data)
	if err != nil {
		return err
	}
	*o = *p
	return nil
}

func appendJSON(out []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(out, "null"...)
	case bool:
		if v {
			return append(out, "true"...)
		}
		return append(out, "false"...)
	case string:
		return appendString(out, v)
	case json.Number:
		return append(out, v...)
	case []any:
		return appendList(out, v)
	case *Object:
		return appendObject(out, v)
	default:
		panic(fmt.Sprintf("watcher: %T is no part of a JSON tree", v))
	}
}

func appendList(out []byte, list []any) []byte {
	out = append(out, '[')
	for i, e := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendJSON(out, e)
	}
	return append(out, ']')
}

func appendObject(out []byte, o *Object) []byte {
	if o == nil {
		return append(out, "null"...)
	}
	out = append(out, '{')
	for i := range o.Members {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, o.Members[i].Name), ':')
		out = appendJSON(out, o.Members[i].Value)
	}
	return append(out, '}')
}

func appendString(out []byte, s string) []byte {
	begin, done, allASCII := len(out), 0, true
	out = append(out, '"')
	for {
		at, ascii := special(s, done)
		allASCII = allASCII && ascii
		out = append(out, s[done:at]...)
		if at == len(s) {
			break
		}
		out = appendEscape(out, s[at])
		done = at + 1
	}
	if !allASCII && !utf8.ValidString(s) {
		return appendString(out[:begin], strings.ToValidUTF8(s, "\uFFFD"))
	}
	return append(out, '"')
}

func appendEscape(out []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(out, '\\', c)
	case '\n':
		return append(out, `\n`...)
	case '\r':
		return append(out, `\r`...)
	case '\t':
		return append(out, `\t`...)
	default:
		const digits = "0123456789abcdef"
		return append(out, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
	}
}
