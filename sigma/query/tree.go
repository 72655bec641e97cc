// Package query resolves a rule into one boolean tree of single questions:
// selectors expanded, pipelines' work included, fields typed. It prints no
// target's text, decides nothing about a target, and does not say whether an
// event matches.
package query

import (
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// FieldType is how the target indexes a field.
type FieldType string

// The types a field can have. The zero value is Unknown.
const (
	Unknown FieldType = ""
)

// Types says how the target indexes each field, by name. A field that is not
// in it is Unknown; a nil Types knows none.
type Types map[string]FieldType

// Tree is what a rule asks for. Root is nil where it could not be resolved.
// Trees are never changed once they are made.
type Tree struct {
	Root Node
	Rule *sigma.Rule
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
	// Field is empty for a keyword.
	Field string
	Type  FieldType
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
