// Package match says whether an event is one that a resolved rule means. It is
// the meaning that the back ends' queries are measured against.
//
// What it takes a rule to mean: texts are compared whole, with their
// wildcards and without regard to case; a letter of ASCII stands for itself in
// both cases, any other for all that Unicode's simple folding makes equal to
// it. A list holds a value when one of its members does. Numbers, booleans and
// texts are compared by what they say, so 4688 is "4688". A field that is null,
// an empty list or missing is not there; an empty text is.
//
// The package knows no field types, no index and no target's dialect. It reads
// no files, applies no pipeline and correlates nothing.
package match

import (
	"errors"
	"fmt"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// Options are the settings that a rule's meaning depends on.
type Options struct {
	// KeywordFields are the fields in which values without a field are looked
	// for. Where there are none, they are looked for in all of the event.
	KeywordFields []string
}

// Matcher is a rule made ready to be asked of many events. It never changes
// and may be used by several goroutines at once.
type Matcher struct{ root test }

// test says whether an event holds.
type test func(Event) bool

// Error is a part of a rule that has no meaning here: an expression that Go
// cannot say, a placeholder that was not filled in.
type Error struct {
	// Span is the value's place in the rule.
	Span diag.Span
	// Reason is lower case, without a full stop.
	Reason string
}

// Error returns the reason, behind the place where that is known.
func (e *Error) Error() string {
	if !e.Span.IsValid() {
		return e.Reason
	}
	at := e.Span.Position()
	return fmt.Sprintf("%s:%d:%d: %s", e.Span.File.Name, at.Line, at.Column, e.Reason)
}

// Match reports whether the event is one that the tree asks for, with keywords
// looked for in all of the event. The error is an [*Error]; who asks of many
// events compiles once.
func Match(tree query.Tree, event Event) (bool, error) {
	m, err := Compile(tree, Options{})
	if err != nil {
		return false, err
	}
	return m.Match(event), nil
}

// Compile makes a tree ready. The error is an [*Error], or says that the tree
// has no root.
func Compile(tree query.Tree, opt Options) (*Matcher, error) {
	if tree.Root == nil {
		return nil, errors.New("the rule could not be resolved")
	}
	root, err := (compiler{opt}).node(tree.Root)
	if err != nil {
		return nil, err
	}
	return &Matcher{root}, nil
}

// Match reports whether the event is one that the rule asks for.
func (m *Matcher) Match(event Event) bool { return m.root(event) }

type compiler struct{ opt Options }

func (c compiler) node(n query.Node) (test, error) {
	switch n := n.(type) {
	case *query.And:
		return c.all(n.Kids)
	case *query.Or:
		return c.any(n.Kids)
	case *query.Not:
		kid, err := c.node(n.Kid)
		return func(e Event) bool { return !kid(e) }, err
	case *query.Match:
		return c.match(n)
	default:
		panic("match: unknown node")
	}
}

func (c compiler) nodes(kids []query.Node) ([]test, error) {
	tests := make([]test, len(kids))
	for i, kid := range kids {
		t, err := c.node(kid)
		if err != nil {
			return nil, err
		}
		tests[i] = t
	}
	return tests, nil
}

func (c compiler) all(kids []query.Node) (test, error) {
	tests, err := c.nodes(kids)
	return func(e Event) bool {
		for _, t := range tests {
			if !t(e) {
				return false
			}
		}
		return true
	}, err
}

func (c compiler) any(kids []query.Node) (test, error) {
	tests, err := c.nodes(kids)
	return func(e Event) bool {
		for _, t := range tests {
			if t(e) {
				return true
			}
		}
		return false
	}, err
}

// match makes one question's test: of whether the field is there, of two
// fields, of any text of the event, or of the field's values one by one.
func (c compiler) match(m *query.Match) (test, error) {
	if m.Field == "" {
		return c.keyword(m)
	}
	switch v := m.Value.(type) {
	case sigma.Null:
		return func(e Event) bool { return !e.Has(m.Field) }, nil
	case sigma.Exists:
		return func(e Event) bool { return e.Has(m.Field) == bool(v) }, nil
	case sigma.FieldRef:
		return fieldRef(m.Field, v), nil
	}
	holds, err := predicate(m.Value)
	if err != nil {
		return nil, &Error{m.Span, err.Error()}
	}
	return func(e Event) bool { return holds.some(e.Values(m.Field)) }, nil
}

// keyword looks for the value anywhere within a text.
func (c compiler) keyword(m *query.Match) (test, error) {
	holds, err := keywordPredicate(m.Value)
	if err != nil {
		return nil, &Error{m.Span, err.Error()}
	}
	if len(c.opt.KeywordFields) == 0 {
		return func(e Event) bool { return e.someValue(holds) }, nil
	}
	return func(e Event) bool {
		for _, f := range c.opt.KeywordFields {
			if holds.some(e.Values(f)) {
				return true
			}
		}
		return false
	}, nil
}
