package lint

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// atom is a question that an event answers with yes or no. Two questions that
// are answered alike by every event are one atom as far as that is known.
type atom struct {
	field string
	kind  atomKind
	// text is there for the kind isText.
	text pattern
	// op and number are there for the kind isCompare.
	op     sigma.Op
	number float64
	// all is true where each value that there is holds.
	all bool
}

type atomKind uint8

const (
	isOther   atomKind = iota // equal to itself and nothing else
	isThere                   // is the field there
	isText                    // a text with wildcards
	isCompare                 // a comparison with a number
)

// literal is an atom, or its opposite.
type literal struct {
	atom int
	neg  bool
}

// atoms gives questions their numbers.
type atoms struct {
	list  []atom
	known map[string]int
}

func (a *atoms) add(key string, made atom) int {
	if i, ok := a.known[key]; ok {
		return i
	}
	a.list = append(a.list, made)
	a.known[key] = len(a.list) - 1
	return len(a.list) - 1
}

// there is the atom that asks whether a field is there.
func (a *atoms) there(field string) int {
	return a.add(fieldKey(field)+"there", atom{field: field, kind: isThere})
}

// of returns the literal that a question is.
func (a *atoms) of(m *query.Match) literal {
	switch v := m.Value.(type) {
	case sigma.Null:
		return literal{a.there(m.Field), true}
	case sigma.Exists:
		return literal{a.there(m.Field), !bool(v)}
	case sigma.String:
		if p, ok := newPattern(v); ok {
			return literal{a.text(m.Field, p), false}
		}
	case sigma.Number:
		// A number and the text that says it are answered alike.
		if p, ok := newPattern(sigma.PlainString(v.Text)); ok && !strings.ContainsAny(v.Text, "eE") {
			return literal{a.text(m.Field, p), false}
		}
	case sigma.Compare:
		if at, ok := comparison(m.Field, v); ok {
			return literal{a.add(valueKey(m), at), false}
		}
	}
	return literal{a.add(valueKey(m), atom{field: m.Field}), false}
}

func (a *atoms) text(field string, p pattern) int {
	if field == "" {
		p = p.around()
	}
	key := fieldKey(field) + "text " + strconv.FormatBool(p.cased) + " " + p.key()
	return a.add(key, atom{field: field, kind: isText, text: p, all: field != "" && p.everything()})
}

func fieldKey(field string) string { return strconv.Itoa(len(field)) + ":" + field + " " }

func valueKey(m *query.Match) string {
	return fieldKey(m.Field) + fmt.Sprintf("%T %#v", m.Value, m.Value)
}

// maxDigits is how long a number may be so that a 64-bit float holds it.
const maxDigits = 15

func comparison(field string, v sigma.Compare) (atom, bool) {
	n, ok := v.Value.(sigma.Number)
	if !ok || len(n.Text) > maxDigits || strings.ContainsAny(n.Text, "eE") {
		return atom{}, false
	}
	number, err := strconv.ParseFloat(n.Text, 64)
	return atom{field: field, kind: isCompare, op: v.Op, number: number}, err == nil
}

// implies reports whether every event that says yes to a says yes to b. It errs
// on the side of no.
func (a *atoms) implies(x, y int) bool {
	if x == y {
		return true
	}
	p, q := &a.list[x], &a.list[y]
	switch {
	case p.field != q.field || p.kind == isThere:
		return false
	case q.kind == isThere || q.all:
		// To match a value the field has to have one.
		return p.field != ""
	case p.kind == isText && q.kind == isText:
		return p.text.within(&q.text)
	case p.kind == isCompare && q.kind == isCompare:
		return narrower(*p, *q)
	}
	return false
}

// narrower reports whether p leaves no number that q does not.
func narrower(p, q atom) bool {
	up := func(op sigma.Op) bool { return strings.HasPrefix(string(op), ">") }
	if up(p.op) != up(q.op) {
		return false
	}
	if p.number == q.number {
		return p.op == q.op || len(q.op) == 2
	}
	return up(p.op) == (p.number > q.number)
}
