package watcher

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
)

// Clone copies a tree; nothing is shared with the original.
func Clone(v any) any {
	switch v := v.(type) {
	case *Object:
		return v.Clone()
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = Clone(v[i])
		}
		return list
	default:
		return v
	}
}

// Clone copies an object; nothing is shared with the original.
func (o *Object) Clone() *Object {
	if o == nil {
		return nil
	}
	c := &Object{Members: make([]Member, len(o.Members))}
	for i, m := range o.Members {
		c.Members[i] = Member{Name: m.Name, Value: Clone(m.Value)}
	}
	return c
}

// Equal compares two trees as data: the order of members does not count,
// that of lists does, numbers count by their value (1 = 1.0 = 10e-1).
func Equal(a, b any) bool {
	switch a := a.(type) {
	case *Object:
		b, ok := b.(*Object)
		return ok && equalObjects(a, b)
	case []any:
		b, ok := b.([]any)
		return ok && equalLists(a, b)
	case json.Number:
		b, ok := b.(json.Number)
		return ok && equalNumbers(a, b)
	default:
		return a == b
	}
}

func equalObjects(a, b *Object) bool {
	if a == nil || b == nil {
		return a == b
	}
	if len(a.Members) != len(b.Members) {
		return false
	}
	for i := range a.Members {
		m := &a.Members[i]
		// Mostly both sides have the same order.
		if b.Members[i].Name == m.Name {
			if !Equal(m.Value, b.Members[i].Value) {
				return false
			}
			continue
		}
		other, there := b.Get(m.Name)
		if !there || !Equal(m.Value, other) {
			return false
		}
	}
	return true
}

func equalLists(a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func equalNumbers(a, b json.Number) bool {
	return a == b || canonicalNumber(a) == canonicalNumber(b)
}

// canonicalNumber gives one text for all texts of one value: digits without
// zeros at either end, and an exponent of ten.
func canonicalNumber(n json.Number) string {
	s, sign := string(n), ""
	if rest, minus := strings.CutPrefix(s, "-"); minus {
		s, sign = rest, "-"
	}
	mantissa, exponent := s, "0"
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent = s[:i], strings.TrimPrefix(s[i+1:], "+")
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	shift := -len(fraction)
	trimmed := strings.TrimRight(digits, "0")
	shift += len(digits) - len(trimmed)
	if trimmed == "" {
		return "0"
	}
	if shift == 0 && exponent == "0" {
		return sign + trimmed
	}
	return sign + trimmed + "e" + addExponent(exponent, shift)
}

func addExponent(exponent string, shift int) string {
	if n, err := strconv.ParseInt(exponent, 10, 32); err == nil {
		return strconv.FormatInt(n+int64(shift), 10)
	}
	n, ok := new(big.Int).SetString(exponent, 10)
	if !ok {
		return exponent
	}
	return n.Add(n, big.NewInt(int64(shift))).String()
}
