package watcher

import (
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// reader brings a watch into its written form: it reads what the server's
// parsers read and writes what their objects write.
type reader struct {
	cursor
	grammar
	id     string
	merge  bool
	redact bool
	source []byte
	late   *fault // what goes wrong when the watch is written
	// sharing lets the written form share free content with the body.
	sharing bool
}

// form collects the members of a written object and gives them in the order
// in which the server writes them. It is made for the stack.
type form struct {
	members [mostNames]Member // a place for each name
	names   int
	given   uint // a bit for each place that holds a value
}

// mostNames is what an e-mail has, and with the type an action.
const mostNames = 16

func newForm(order ...string) *form {
	f := &form{names: len(order)}
	for i, n := range order {
		f.members[i].Name = n
	}
	return f
}

// place gives the place of a name, or -1.
func (f *form) place(name string) int {
	for i := range f.names {
		if f.members[i].Name == name {
			return i
		}
	}
	return -1
}

func (f *form) set(name string, value any) {
	i := f.place(name)
	if i < 0 {
		panic("watcher: no place for " + name + " in the written form")
	}
	f.members[i].Value = value
	f.given |= 1 << i
}

// setDefault gives a value where there is none.
func (f *form) setDefault(name string, value func() any) {
	if !f.has(name) {
		f.set(name, value())
	}
}

// end gives a value a place after all others.
func (f *form) end(name string, value any) {
	f.members[f.names] = Member{Name: name, Value: value}
	f.given |= 1 << f.names
	f.names++
}

func (f *form) unset(name string) {
	if i := f.place(name); i >= 0 {
		f.members[i].Value = nil
		f.given &^= 1 << i
	}
}

func (f *form) get(name string) (any, bool) {
	i := f.place(name)
	if i < 0 {
		return nil, false
	}
	return f.members[i].Value, f.given&(1<<i) != 0
}

func (f *form) has(name string) bool {
	_, given := f.get(name)
	return given
}

func (f *form) object() *Object {
	o := NewObject(bits.OnesCount(f.given))
	for i := range f.names {
		if f.given&(1<<i) != 0 {
			o.Members = append(o.Members, f.members[i])
		}
	}
	return o
}

func single(name string, value any) *Object {
	o := NewObject(1)
	o.Members = append(o.Members, Member{Name: name, Value: value})
	return o
}

// each calls read for each value up to the next closing brace, with the name
// that was read last: the shape of all the server's own loops.
func (r *reader) each(read func(name string) error) error {
	return r.eachOr(read, func() error { return faultf(typeNull, "fieldName cannot be null") })
}

// eachOr is each with what happens to a value before the first name.
func (r *reader) eachOr(read func(name string) error, unnamed func() error) error {
	name, named := "", false
	for {
		var err error
		switch r.next() {
		case endObject:
			return nil
		case noToken:
			return r.nullToken()
		case fieldName:
			name, named = r.name(), true
		default:
			if named {
				err = read(name)
			} else {
				err = unnamed()
			}
		}
		if err != nil {
			return err
		}
	}
}

// elements calls read for each token up to the next closing bracket.
func (r *reader) elements(read func() error) error {
	for {
		switch r.next() {
		case endArray:
			return nil
		case noToken:
			return r.nullToken()
		default:
			if err := read(); err != nil {
				return err
			}
		}
	}
}

func (r *reader) nullToken() error {
	return parseFault("could not parse watch [%s]. null token", r.id)
}

// at gives the place of the current token as the server prints it.
func (r *reader) at() string {
	if r.canonical {
		return "0:0"
	}
	source := r.source
	if len(source) == 0 {
		source = Encode(r.root)
	}
	line, column := locate(source, r.path())
	return fmt.Sprintf("%d:%d", line, column)
}

// text is the server's parser.text().
func (r *reader) text() (string, error) {
	switch v := r.value().(type) {
	case string:
		return v, nil
	case json.Number:
		return string(v), nil
	case bool:
		return strconv.FormatBool(v), nil
	default:
		return "", faultf(typeState, "Can't get text on a %s at %s", r.token, r.at())
	}
}

// boolean is the server's parser.booleanValue().
func (r *reader) boolean() (bool, error) {
	switch v := r.value().(type) {
	case bool:
		return v, nil
	case string:
		if v == "true" || v == "false" {
			return v == "true", nil
		}
		return false, faultf(typeArgument, "Failed to parse value [%s] as only [true] or [false] are allowed.", v)
	default:
		return false, r.jsonFault(typeJSON, fmt.Sprintf("Current token (%s) not of boolean type", r.jacksonToken()))
	}
}

// long is the server's parser.longValue().
func (r *reader) long() (int64, error) {
	return r.integer("long", math.MinInt64, math.MaxInt64)
}

// int is the server's parser.intValue().
func (r *reader) int() (int64, error) {
	return r.integer("int", math.MinInt32, math.MaxInt32)
}

func (r *reader) integer(kind string, low, high int64) (int64, error) {
	switch v := r.value().(type) {
	case json.Number:
		n, ok := wholeNumber(string(v), low, high)
		if !ok {
			return 0, r.jsonFault(typeCoercion, fmt.Sprintf("Numeric value (%s) out of range of %s (%d - %d)", v, kind, low, high))
		}
		return n, nil
	case string:
		n, ok := wholeNumber(strings.TrimSpace(v), low, high)
		if !ok {
			return 0, faultf(typeNumberFormat, "For input string: %q", v)
		}
		return n, nil
	default:
		return 0, r.jsonFault(typeJSON, fmt.Sprintf("Current token (%s) not numeric, can not use numeric value accessors", r.jacksonToken()))
	}
}

// wholeNumber reads a number and cuts its fraction off.
func wholeNumber(text string, low, high int64) (int64, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, n >= low && n <= high
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.ContainsAny(text, "xX_nNiI") {
		return 0, false
	}
	f = math.Trunc(f)
	if f < float64(low) || f > float64(high) || f >= math.MaxInt64 {
		return 0, false
	}
	return int64(f), true
}

func (r *reader) jsonFault(typ, message string) *fault {
	line, column, _ := strings.Cut(r.at(), ":")
	return faultf(typ, "%s\n at [Source: (%s); line: %s, column: %s]", message, jacksonSource, line, column)
}

// jacksonToken names the token as the JSON library does.
func (r *reader) jacksonToken() string {
	switch v := r.value().(type) {
	case bool:
		return "VALUE_" + strings.ToUpper(strconv.FormatBool(v))
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			return "VALUE_NUMBER_FLOAT"
		}
		return "VALUE_NUMBER_INT"
	default:
		return r.token.String()
	}
}
