package template

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// member is an entry of a JSON object, which keeps the order of the template.
type member struct {
	key   string
	value any
}

// maxDepth bounds the nesting of JSON.
const maxDepth = 64

// ParseJSON reads JSON with the order of its keys kept and numbers as written,
// for WriteJSON. A key that stands twice is an error.
func ParseJSON(text string) (any, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	v, err := readJSON(dec, maxDepth)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something comes after the end")
	}
	return v, nil
}

func readJSON(dec *json.Decoder, depth int) (any, error) {
	if depth == 0 {
		return nil, fmt.Errorf("more than %d levels", maxDepth)
	}
	token, err := dec.Token()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("it ends too early")
	}
	switch delim, _ := token.(json.Delim); {
	case err != nil:
		return nil, err
	case delim == '[':
		out := []any{}
		for dec.More() {
			v, err := readJSON(dec, depth-1)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		_, err := dec.Token()
		return out, err
	case delim == '{':
		return readObject(dec, depth)
	default:
		return token, nil
	}
}

func readObject(dec *json.Decoder, depth int) (any, error) {
	out := []member{}
	for dec.More() {
		token, err := dec.Token()
		key, ok := token.(string)
		if err != nil || !ok {
			return nil, errors.Join(err, errors.New("a key is no text"))
		}
		if slices.ContainsFunc(out, func(m member) bool { return m.key == key }) {
			return nil, fmt.Errorf("the key %q stands twice", key)
		}
		v, err := readJSON(dec, depth-1)
		if err != nil {
			return nil, err
		}
		out = append(out, member{key, v})
	}
	_, err := dec.Token()
	return out, err
}

// WriteJSON writes what ParseJSON read, or plain data, as Python's json.dumps
// does: a blank after commas and colons, ASCII alone, and with an indent each
// member in a line of its own.
func WriteJSON(out io.Writer, v any, indent string) error { return writeJSON(out, v, indent, "") }

// FillJSON returns what ParseJSON read with text in the place of each text that
// is mark.
func FillJSON(v any, mark, text string) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, kid := range v {
			out[i] = FillJSON(kid, mark, text)
		}
		return out
	case []member:
		out := make([]member, len(v))
		for i, m := range v {
			out[i] = member{m.key, FillJSON(m.value, mark, text)}
		}
		return out
	case string:
		if v == mark {
			return text
		}
	}
	return v
}

func writeJSON(out io.Writer, v any, indent, line string) error {
	switch v := v.(type) {
	case []member:
		return writeMembers(out, len(v), "{}", indent, line, func(i int, line string) error {
			if err := write(out, quoteJSON(v[i].key)+": "); err != nil {
				return err
			}
			return writeJSON(out, v[i].value, indent, line)
		})
	case map[string]any:
		members := make([]member, 0, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			members = append(members, member{key, v[key]})
		}
		return writeJSON(out, members, indent, line)
	case []any:
		return writeMembers(out, len(v), "[]", indent, line, func(i int, line string) error { return writeJSON(out, v[i], indent, line) })
	case []string:
		return writeMembers(out, len(v), "[]", indent, line, func(i int, line string) error { return writeJSON(out, v[i], indent, line) })
	case string:
		return write(out, quoteJSON(v))
	case nil:
		return write(out, "null")
	default:
		return write(out, fmt.Sprint(v))
	}
}

func write(out io.Writer, s string) error {
	_, err := io.WriteString(out, s)
	return err
}

func writeMembers(out io.Writer, n int, ends, indent, line string, each func(i int, line string) error) error {
	if n == 0 {
		return write(out, ends)
	}
	between, inner := ", ", line
	if err := write(out, ends[:1]); err != nil {
		return err
	}
	if indent != "" {
		inner = line + indent
		between = ",\n" + inner
		if err := write(out, "\n"+inner); err != nil {
			return err
		}
	}
	for i := range n {
		if i > 0 {
			if err := write(out, between); err != nil {
				return err
			}
		}
		if err := each(i, inner); err != nil {
			return err
		}
	}
	if indent != "" {
		if err := write(out, "\n"+line); err != nil {
			return err
		}
	}
	return write(out, ends[1:])
}

func quoteJSON(s string) string {
	b := make([]byte, 0, len(s)+2)
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r >= 0x20 && r < utf8.RuneSelf && r != 0x7f:
			b = append(b, byte(r))
		case r == 0x7f:
			b = append(b, 0x7f)
		case strings.ContainsRune("\b\f\n\r\t", r):
			b = append(b, '\\', "bfnrt"[strings.IndexRune("\b\f\n\r\t", r)])
		default:
			b = appendEscape(b, r)
		}
	}
	return string(append(b, '"'))
}

// appendEscape writes a character by its number, in two halves past 16 bits.
func appendEscape(b []byte, r rune) []byte {
	if r > 0xffff {
		r -= 0x10000
		b = appendEscape(b, 0xd800+r>>10)
		r = 0xdc00 + r&0x3ff
	}
	hex := strconv.FormatInt(int64(r), 16)
	return append(append(b, `\u0000`[:6-len(hex)]...), hex...)
}
