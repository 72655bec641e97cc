package sigma

import "gopkg.in/yaml.v3"

// ScalarKind is what a YAML scalar is under YAML 1.1.
type ScalarKind uint8

// The kinds of scalars.
const (
	// ScalarText is a text.
	ScalarText ScalarKind = iota
	// ScalarNull is nothing.
	ScalarNull
	// ScalarBool is a boolean; its text is "true" or "false".
	ScalarBool
	// ScalarInteger is a whole number; its text is decimal, of any size.
	ScalarInteger
	// ScalarFloat is a number with a point; its text is decimal, or as written
	// for infinity and not-a-number.
	ScalarFloat
	// ScalarDate is a date, with or without a time; its text is as written.
	ScalarDate
	// ScalarBinary is base64 text with the tag !!binary, as written.
	ScalarBinary
	// ScalarMerge is the plain "<<" that merges maps.
	ScalarMerge
	// ScalarOdd is what no YAML 1.1 loader builds: a tag of its own, or one
	// that its text does not fit.
	ScalarOdd
)

// IsMergeKey reports whether a key of a map is the plain "<<" that merges maps.
func IsMergeKey(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode {
		return false
	}
	kind, _ := ReadScalar(n)
	return kind == ScalarMerge
}

// ReadScalar tells what a YAML scalar node stands for under YAML 1.1, in which
// rules are written, and its text in one form. yaml.v3 itself follows YAML 1.2
// for the most part. Aliases have to be followed before.
func ReadScalar(n *yaml.Node) (ScalarKind, string) {
	switch kindOf(n) {
	case kindString:
		return ScalarText, n.Value
	case kindNull:
		return ScalarNull, ""
	case kindBool:
		if boolOf(n.Value) {
			return ScalarBool, "true"
		}
		return ScalarBool, "false"
	case kindInt:
		return number(ScalarInteger, n.Value)
	case kindFloat:
		return number(ScalarFloat, n.Value)
	case kindTime:
		return ScalarDate, n.Value
	case kindBinary:
		return ScalarBinary, n.Value
	case kindMerge:
		return ScalarMerge, n.Value
	default:
		return ScalarOdd, n.Value
	}
}

func number(k ScalarKind, s string) (ScalarKind, string) {
	if text, ok := numberText(s); ok {
		return k, text
	}
	return k, s
}
