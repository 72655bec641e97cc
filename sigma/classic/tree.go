package classic

// op is what a node of the search tree is.
type op uint8

const (
	opAnd op = iota
	opOr
	opNot
	opGroup
	opNull
	opPair
	opWord
	// opRaw is text in the target's language, from a configuration.
	opRaw
)

// node is a part of the search tree. A nil node is nothing: what the
// optimiser leaves of an empty map or list.
type node struct {
	op   op
	kids []*node
	// field is the name of a pair or a null test.
	field string
	// val is the value of a pair, a word or a raw text.
	val *value
	// sub takes the place of the value where a modifier left a group there.
	sub *node
	at  place
}

func and(kids ...*node) *node { return &node{op: opAnd, kids: kids} }

func or(kids ...*node) *node { return &node{op: opOr, kids: kids} }

func group(kid *node) *node { return &node{op: opGroup, kids: []*node{kid}} }

func pair(field string, v *value) *node {
	return &node{op: opPair, field: field, val: v, at: v.at}
}

func word1(v *value) *node { return &node{op: opWord, val: v, at: v.at} }

// isList reports whether the node is an And or an Or.
func (n *node) isList() bool { return n != nil && (n.op == opAnd || n.op == opOr) }
