package sigma

import (
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/condition"
)

// Detection is the detection section of a rule.
type Detection struct {
	Span diag.Span
	// Searches are the search identifiers with what they stand for, in file
	// order. Those that a pipeline added come last.
	Searches []Search
	// Conditions are the alternatives of the condition list; one in most rules.
	Conditions []Condition
	// Timeframe is the text of the old key timeframe, or empty.
	Timeframe string
}

// Search is a search identifier and its definition.
type Search struct {
	Name string
	Span diag.Span
	Node Node
}

// Condition is one parsed condition.
type Condition struct {
	// Text is the condition as written; where filters were applied, with their
	// conditions.
	Text string
	// Expr is nil where the condition could not be parsed. Where filters were
	// applied it has their searches by their new names.
	Expr condition.Expr
	// Aggregation is what old rules have behind a pipe. No rule that has one is
	// returned, since no target can say it yet.
	Aggregation *condition.Aggregation
	// Source maps a range of Text to its place in the file, or in a filter's.
	// It may be nil.
	Source *Source
}

// Node is a part of a definition: *AllOf, *AnyOf, *Not or *Item. Nodes are
// shared between copies of a rule: who changes one makes a new one.
type Node interface {
	// At is the place of the node in the rule.
	At() diag.Span
	node()
}

// AllOf holds when all of its kids hold.
type AllOf struct {
	Span diag.Span
	Kids []Node
}

// AnyOf holds when one of its kids holds.
type AnyOf struct {
	Span diag.Span
	Kids []Node
}

// Not holds when its kid does not.
type Not struct {
	Span diag.Span
	Kid  Node
}

// Item is a field with the values asked for. The values are alternatives, or
// all needed where All is set. Negated is the modifier neq around the whole.
type Item struct {
	Span diag.Span
	// Field is the field's name; empty for a keyword, a value without a field.
	Field string
	// FieldSpan is the place of the field's name, without the modifiers.
	FieldSpan diag.Span
	// Values has one member or more.
	Values []Located
	// All is the modifier all.
	All bool
	// Negated is the modifier neq.
	Negated bool
	// Modifiers are the names of the modifiers as written, in order.
	Modifiers []string
	// Applied are the ids of the pipeline items that touched this item.
	Applied []string
}

// At returns the place of the node.
func (n *AllOf) At() diag.Span { return n.Span }

// At returns the place of the node.
func (n *AnyOf) At() diag.Span { return n.Span }

// At returns the place of the node.
func (n *Not) At() diag.Span { return n.Span }

// At returns the place of the item.
func (n *Item) At() diag.Span { return n.Span }

func (*AllOf) node() {}
func (*AnyOf) node() {}
func (*Not) node()   {}
func (*Item) node()  {}
