package watcher

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// mapped is the server's parser.map(): the object at the current token, or an
// empty one where something else stands there. The content is free.
func (r *reader) mapped() (*Object, error) {
	o, ok := r.value().(*Object)
	if !ok || r.token != startObject {
		return &Object{}, nil
	}
	r.take()
	r.checkIntegers(o)
	return r.copied(o).(*Object), nil
}

// value takes the current value as the server's XContentUtils.readValue does.
func (r *reader) anyValue() any {
	v := r.take()
	r.checkIntegers(v)
	return r.copied(v)
}

// checkIntegers notes that integers beyond 64 bits cannot be written by a
// server that read them into a map (6.3).
func (r *reader) checkIntegers(v any) {
	if r.bigIntegers {
		return
	}
	switch v := v.(type) {
	case *Object:
		for i := range v.Members {
			r.checkIntegers(v.Members[i].Value)
		}
	case []any:
		for _, e := range v {
			r.checkIntegers(e)
		}
	case json.Number:
		if _, err := strconv.ParseInt(string(v), 10, 64); err != nil && !strings.ContainsAny(string(v), ".eE") {
			r.later(faultf(typeArgument, "cannot write xcontent for unknown value of type class java.math.BigInteger"))
		}
	}
}

// later notes what goes wrong when the watch is written, which is after all
// of it was read.
func (r *reader) later(f *fault) {
	if r.late == nil {
		r.late = f
	}
}

// copied copies free content, numbers as the server writes them anew. Who
// shares gets what is written so already as it is.
func (r *reader) copied(v any) any {
	if r.sharing && r.settled(v) {
		return v
	}
	switch v := v.(type) {
	case *Object:
		o := &Object{Members: make([]Member, len(v.Members))}
		for i := range v.Members {
			o.Members[i] = Member{Name: v.Members[i].Name, Value: r.copied(v.Members[i].Value)}
		}
		return o
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = r.copied(v[i])
		}
		return list
	case json.Number:
		return r.number(v)
	default:
		return v
	}
}

// settled reports whether all numbers of a value are as copied would write
// them.
func (r *reader) settled(v any) bool {
	switch v := v.(type) {
	case *Object:
		for i := range v.Members {
			if !r.settled(v.Members[i].Value) {
				return false
			}
		}
	case []any:
		for i := range v {
			if !r.settled(v[i]) {
				return false
			}
		}
	case json.Number:
		return r.number(v) == v
	}
	return true
}

func (r *reader) number(n json.Number) json.Number {
	if r.canonical {
		return plainNumber(n)
	}
	return javaNumber(n)
}

// javaNumber writes a number as Java does after it was read: integers as they
// are, anything else as a double.
func javaNumber(n json.Number) json.Number {
	text := string(n)
	if !strings.ContainsAny(text, ".eE") {
		if text == "-0" {
			return "0"
		}
		return n
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) {
		return n
	}
	return json.Number(javaDouble(f))
}

// javaDouble is Double.toString: decimals between a thousandth and ten
// millions, else an exponent, and always at least one place after the point.
func javaDouble(f float64) string {
	abs := math.Abs(f)
	if f == 0 || abs >= 1e-3 && abs < 1e7 {
		text := strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0"
		}
		return text
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'E', -1, 64), "E")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	n, err := strconv.Atoi(exponent)
	if err != nil {
		return mantissa + "E" + exponent
	}
	return mantissa + "E" + strconv.Itoa(n)
}

// plainNumber gives equal numbers one text: whole ones without a point.
func plainNumber(n json.Number) json.Number {
	n = javaNumber(n)
	if !strings.ContainsAny(string(n), ".eE") {
		return n
	}
	const exact = 1 << 53
	f, err := n.Float64()
	if err == nil && f == math.Trunc(f) && math.Abs(f) < exact {
		return json.Number(strconv.FormatInt(int64(f), 10))
	}
	return n
}
