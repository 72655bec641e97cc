package classic

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// kind is what a value is, as the old tool's YAML loader built it.
type kind uint8

const (
	kindText kind = iota
	kindNull
	kindBool
	kindInt
	kindFloat
	kindDate
	// kindBytes is binary YAML, or what an encoding modifier made.
	kindBytes
	kindList
	kindMap
	// kindRegex is a text behind the modifier re.
	kindRegex
)

// String names the kind as messages do.
func (k kind) String() string {
	switch k {
	case kindNull:
		return "nothing (null)"
	case kindBool:
		return "a boolean"
	case kindInt, kindFloat:
		return "a number"
	case kindDate:
		return "a date"
	case kindBytes:
		return "binary data"
	case kindList:
		return "a list"
	case kindMap:
		return "a map"
	case kindRegex:
		return "a regular expression"
	default:
		return "a text"
	}
}

// value is a part of a document. Maps keep the order of the file.
type value struct {
	kind kind
	// text is the text, the decimal digits of a number, "true" or "false".
	text    string
	items   []*value
	entries []entry
	at      place
}

type entry struct{ key, value *value }

// get returns the value of a key of a map, and nil where there is none.
func (v *value) get(key string) *value {
	if v == nil {
		return nil
	}
	if i := v.find(kindText, key); i >= 0 {
		return v.entries[i].value
	}
	return nil
}

func (v *value) find(k kind, key string) int {
	return slices.IndexFunc(v.entries, func(e entry) bool { return e.key.kind == k && e.key.text == key })
}

// isText reports whether there is a value, and it is a text.
func (v *value) isText() bool { return v != nil && v.kind == kindText }

// isAtom reports whether the value is a text or a whole number: all that the
// old tool took for a search value.
func (v *value) isAtom() bool { return v.kind == kindText || v.kind == kindInt }

// python returns the value as Python prints it, and false where that is of no
// use here.
func (v *value) python() (string, bool) {
	switch v.kind {
	case kindText, kindInt:
		return v.text, true
	case kindNull:
		return "None", true
	case kindBool:
		return strings.ToUpper(v.text[:1]) + v.text[1:], true
	case kindFloat:
		return FloatText(v.text), true
	default:
		return "", false
	}
}

// identity returns what makes two values the same, and false for what cannot
// be compared. As in Python, true is 1 and false is 0.
func (v *value) identity() (string, bool) {
	switch v.kind {
	case kindMap:
		return "", false
	case kindList:
		return v.listIdentity()
	case kindBool:
		return map[string]string{"true": "3:1", "false": "3:0"}[v.text], true
	case kindFloat:
		return strconv.Itoa(int(kindInt)) + ":" + strings.TrimSuffix(v.text, ".0"), true
	default:
		return strconv.Itoa(int(v.kind)) + ":" + v.text, true
	}
}

func (v *value) listIdentity() (string, bool) {
	var b strings.Builder
	for _, item := range v.items {
		text, ok := item.identity()
		if !ok || item.kind == kindList {
			return "", false
		}
		b.WriteString(strconv.Itoa(len(text)) + "," + text)
	}
	return "[" + b.String() + "]", true
}

// FloatText writes a float of YAML as Python 3 does: the shortest digits that
// give it back, with an exponent from 1e16 on and below 1e-4.
func FloatText(s string) string {
	f, err := strconv.ParseFloat(strings.Replace(s, ".inf", "inf", 1), 64)
	switch {
	case err != nil || math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 0):
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(f, 'g', -1, 64)), "+")
	case f != 0 && (math.Abs(f) >= 1e16 || math.Abs(f) < 1e-4):
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
