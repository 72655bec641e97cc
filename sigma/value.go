package sigma

import "github.com/sigwatch/sigwatch/diag"

// Value is a typed value of a detection item, after its modifiers were
// applied: String, Number, Bool, Null, Regex, CIDR, Compare, TimePart, Exists,
// FieldRef or Expansion. All are values: copying one copies it whole.
type Value interface{ value() }

// PartKind tells the parts of a String apart.
type PartKind uint8

// The kinds of a Part.
const (
	// Text is plain text, taken as it stands.
	Text PartKind = iota
	// Any is the wildcard *, any number of characters.
	Any
	// One is the wildcard ?, exactly one character.
	One
	// Placeholder is %name%, put in by the modifier expand.
	Placeholder
)

// Part is a piece of a String.
type Part struct {
	Kind PartKind
	// Text is the plain text of a Text part, the name of a Placeholder.
	Text string
}

// String is a text with wildcards. Two Text parts never stand side by side,
// and no Text part is empty; the empty string has no parts.
type String struct {
	Parts []Part
	// Cased is true where the modifier cased asks for the very case.
	Cased bool
}

// Number is an integer or a decimal fraction. Text is its canonical form, as
// it is compared and printed: "5", "-1.5".
type Number struct{ Text string }

// Bool is true or false.
type Bool bool

// Null stands for "the field is not there".
type Null struct{}

// Regex is a regular expression in Sigma's dialect (PCRE), searched anywhere
// in the value unless anchored.
type Regex struct {
	Pattern string
	// IgnoreCase, MultiLine and DotAll are the modifiers i, m and s.
	IgnoreCase, MultiLine, DotAll bool
	// Expand is the modifier expand: %name% in the pattern is a placeholder
	// that a pipeline has to fill in.
	Expand bool
}

// CIDR is a network in canonical form, "10.0.0.0/8" or "2001:db8::/32".
type CIDR struct{ Network string }

// Op is a comparison operator: "<", "<=", ">" or ">=".
type Op string

// Compare asks for values that stand in that order to a number.
type Compare struct {
	Op    Op
	Value Value // Number or TimePart
}

// TimePart asks for a part of a timestamp: "minute", "hour", "day", "week",
// "month" or "year".
type TimePart struct {
	Unit   string
	Number int64
}

// Exists asks whether the field is there.
type Exists bool

// FieldRef is the value of another field.
type FieldRef struct {
	Field string
	// StartsWith and EndsWith leave the other end open; both mean contains.
	StartsWith, EndsWith bool
}

// Expansion is a list of values of which one has to match, made by a modifier
// such as windash out of one written value.
type Expansion []Value

func (String) value()    {}
func (Number) value()    {}
func (Bool) value()      {}
func (Null) value()      {}
func (Regex) value()     {}
func (CIDR) value()      {}
func (Compare) value()   {}
func (TimePart) value()  {}
func (Exists) value()    {}
func (FieldRef) value()  {}
func (Expansion) value() {}

// Located is a value with the place of the scalar it was written as.
type Located struct {
	Value Value
	Span  diag.Span
}
