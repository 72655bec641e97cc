// Package condition parses the condition language of Sigma rules into a tree.
//
// The grammar (operators bind from loose to tight, and group from the left):
//
//	expr     = or ;
//	or       = and { "or" and } ;
//	and      = not { "and" not } ;
//	not      = "not" not | operand ;
//	operand  = selector | name | "(" or ")" ;
//	selector = ( "1" | "any" | "all" ) "of" pattern ;
//	name     = one or more of A-Z a-z 0-9 _ - ;
//	pattern  = one or more of A-Z a-z 0-9 _ * ;
//
// Words end where their letters end: "notsel" is a name. The words and, or and
// not are operators wherever they stand whole, and no names; 1, any, all, of
// and them are names unless they make a selector. White space, line breaks
// included, separates words and says nothing else. A run of one operator is
// one node; parentheses make a node of their own.
//
// The package does not know which names a rule defines, and it has nothing to
// do with YAML: places are bytes in the condition's text. The old aggregations
// behind a pipe are read and checked ([Aggregation]), and refused all the same:
// no target can say them.
package condition

import "strings"

// Range is a half-open range of bytes in the condition text.
type Range struct{ Start, End int }

// Expr is a node of a condition: *And, *Or, *Not, *Name or *Of.
type Expr interface {
	// Range is where the node stands in the condition text.
	Range() Range
	// String prints the node so that parsing it again gives the same tree.
	String() string
	expr()
}

// And holds when all of its operands hold. It has two or more.
type And struct {
	At   Range
	Kids []Expr
}

// Or holds when one of its operands holds. It has two or more.
type Or struct {
	At   Range
	Kids []Expr
}

// Not holds when its operand does not.
type Not struct {
	At  Range
	Kid Expr
}

// Name stands for the detection of that search identifier.
type Name struct {
	At   Range
	Text string
}

// Of stands for one (All false) or all (All true) of the detections that the
// pattern matches. Pattern "them" means all whose name has no leading
// underscore.
type Of struct {
	At      Range
	All     bool
	Pattern string
	// PatternAt is where the pattern stands.
	PatternAt Range
}

// Range is where the operands stand, without parentheses around them all.
func (e *And) Range() Range { return e.At }

// Range is where the operands stand, without parentheses around them all.
func (e *Or) Range() Range { return e.At }

// Range is where the operator and its operand stand.
func (e *Not) Range() Range { return e.At }

// Range is where the name stands.
func (e *Name) Range() Range { return e.At }

// Range is where the selector stands.
func (e *Of) Range() Range { return e.At }

func (*And) expr()  {}
func (*Or) expr()   {}
func (*Not) expr()  {}
func (*Name) expr() {}
func (*Of) expr()   {}

// String prints the operands with "and" between them.
func (e *And) String() string { return text(e) }

// String prints the operands with "or" between them.
func (e *Or) String() string { return text(e) }

// String prints the operator and its operand.
func (e *Not) String() string { return text(e) }

// String returns the name.
func (e *Name) String() string { return text(e) }

// String prints the selector; "any of" is printed as "1 of".
func (e *Of) String() string { return text(e) }

// Matches reports whether the selector takes in a search identifier of that
// name: the pattern, in which * stands for any number of characters, matches
// it whole and with case. Names with a leading underscore are only taken in by
// a pattern that has one too.
func (e *Of) Matches(name string) bool {
	if strings.HasPrefix(name, "_") && !strings.HasPrefix(e.Pattern, "_") {
		return false
	}
	return e.Pattern == "them" || glob(e.Pattern, name)
}

// glob finds the pieces between the stars one after another, each as far in
// front as it can be.
func glob(pattern, name string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	name, ok := strings.CutPrefix(name, head)
	if !ok || !star {
		return ok && name == ""
	}
	pieces := strings.Split(rest, "*")
	last := len(pieces) - 1
	for _, piece := range pieces[:last] {
		i := strings.Index(name, piece)
		if i < 0 {
			return false
		}
		name = name[i+len(piece):]
	}
	return strings.HasSuffix(name, pieces[last])
}

// Walk calls visit for e and all nodes below it, each before its operands. It
// passes over nil.
func Walk(e Expr, visit func(Expr)) {
	if e == nil {
		return
	}
	visit(e)
	switch e := e.(type) {
	case *And:
		for _, kid := range e.Kids {
			Walk(kid, visit)
		}
	case *Or:
		for _, kid := range e.Kids {
			Walk(kid, visit)
		}
	case *Not:
		Walk(e.Kid, visit)
	}
}

func text(e Expr) string {
	var b strings.Builder
	write(&b, e)
	return b.String()
}

func write(b *strings.Builder, e Expr) {
	switch e := e.(type) {
	case *And:
		writeList(b, e.Kids, " and ")
	case *Or:
		writeList(b, e.Kids, " or ")
	case *Not:
		b.WriteString("not ")
		writeOperand(b, e.Kid, true)
	case *Name:
		b.WriteString(e.Text)
	case *Of:
		if e.All {
			b.WriteString("all of " + e.Pattern)
		} else {
			b.WriteString("1 of " + e.Pattern)
		}
	}
}

func writeList(b *strings.Builder, kids []Expr, operator string) {
	for i, kid := range kids {
		if i > 0 {
			b.WriteString(operator)
		}
		writeOperand(b, kid, operator == " and ")
	}
}

// writeOperand puts parentheses around an or always, since an or directly in
// an or is a node of its own, and around an and where and binds too loosely.
func writeOperand(b *strings.Builder, kid Expr, tight bool) {
	_, isOr := kid.(*Or)
	_, isAnd := kid.(*And)
	if !isOr && (!isAnd || !tight) {
		write(b, kid)
		return
	}
	b.WriteByte('(')
	write(b, kid)
	b.WriteByte(')')
}
