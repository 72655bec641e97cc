// Package query resolves a rule into one boolean tree of single questions:
// selectors expanded, pipelines' work included, fields typed. It prints no
// target's text, decides nothing about a target, and does not say whether an
// event matches.
package query

import (
	"slices"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// Tree is what a rule asks for. Root is nil where it could not be resolved.
// Trees are never changed once they are made.
type Tree struct {
	Root Node
	Rule *sigma.Rule
	// Types are those that the tree was resolved with. They are there for the
	// fields in which keywords are looked for; nil knows none.
	Types *Types
}

// Node is *And, *Or, *Not or *Match.
type Node interface{ node() }

// And holds when all of its kids hold. It has two or more.
type And struct{ Kids []Node }

// Or holds when one of its kids holds. It has two or more.
type Or struct{ Kids []Node }

// Not holds when its kid does not.
type Not struct{ Kid Node }

// Match is one question: does this field hold this value.
type Match struct {
	// Field is the name that the rule gives it after the pipelines; it is empty
	// for a keyword.
	Field string
	// As is how the target indexes the field.
	As Field
	// Value is never an Expansion: those became an Or.
	Value sigma.Value
	// Span is the place of the value in the rule, FieldSpan that of the field.
	Span, FieldSpan diag.Span
}

func (*And) node()   {}
func (*Or) node()    {}
func (*Not) node()   {}
func (*Match) node() {}

// Fields returns the fields that the tree asks for, in the order in which they
// first appear. Keywords have no field and add none.
func (t Tree) Fields() []string {
	var fields []string
	seen := map[string]bool{"": true}
	Walk(t.Root, func(m *Match) {
		if !seen[m.Field] {
			seen[m.Field] = true
			fields = append(fields, m.Field)
		}
	})
	return fields
}

// FieldTypes says how the fields of the tree are indexed, and where it has
// keywords the fields that these are looked for in: one text for each field
// that is pinned, sorted. What a watch depends on of the types is in it, and
// nothing of other rules' fields.
func (t Tree) FieldTypes(keywordFields []string) []string {
	if t.Types == nil {
		return nil
	}
	names := t.Fields()
	Walk(t.Root, func(m *Match) {
		if m.Field == "" {
			names = append(names, keywordFields...)
			keywordFields = nil
		}
	})
	var out []string
	for _, name := range names {
		if f, pinned := t.Types.Of(name); pinned {
			out = append(out, scalar(name)+": "+entryText(f))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Walk visits the questions below a node from left to right. A nil node has
// none.
func Walk(n Node, visit func(*Match)) {
	switch n := n.(type) {
	case *And:
		walkAll(n.Kids, visit)
	case *Or:
		walkAll(n.Kids, visit)
	case *Not:
		Walk(n.Kid, visit)
	case *Match:
		visit(n)
	}
}

func walkAll(kids []Node, visit func(*Match)) {
	for _, kid := range kids {
		Walk(kid, visit)
	}
}
