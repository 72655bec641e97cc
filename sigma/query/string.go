package query

import (
	"strconv"
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
)

// String returns the tree in a form for people and goldens: one line, fully in
// parentheses, texts in quotes with the wildcards outside of them, keywords
// under the name "_". A tree that could not be resolved is "". The form is no
// query language and nothing reads it back.
func (t Tree) String() string {
	if t.Root == nil {
		return ""
	}
	var b strings.Builder
	writeNode(&b, t.Root)
	return b.String()
}

func writeNode(b *strings.Builder, n Node) {
	switch n := n.(type) {
	case *And:
		writeKids(b, n.Kids, " and ")
	case *Or:
		writeKids(b, n.Kids, " or ")
	case *Not:
		b.WriteString("not ")
		writeNode(b, n.Kid)
	case *Match:
		writeMatch(b, n)
	}
}

func writeKids(b *strings.Builder, kids []Node, op string) {
	b.WriteByte('(')
	for i, kid := range kids {
		if i > 0 {
			b.WriteString(op)
		}
		writeNode(b, kid)
	}
	b.WriteByte(')')
}

func writeMatch(b *strings.Builder, m *Match) {
	if m.Field == "" {
		b.WriteByte('_')
	} else {
		b.WriteString(m.Field)
	}
	writeValue(b, m.Value)
}

func writeValue(b *strings.Builder, v sigma.Value) {
	switch v := v.(type) {
	case sigma.String:
		writeText(b, v)
	case sigma.Number:
		b.WriteString("=" + v.Text)
	case sigma.Bool:
		b.WriteString("=" + strconv.FormatBool(bool(v)))
	case sigma.Null:
		b.WriteString("=null")
	case sigma.Regex:
		b.WriteString("=/" + v.Pattern + "/" + regexFlags(v))
	case sigma.CIDR:
		b.WriteString(" in " + v.Network)
	case sigma.Compare:
		b.WriteString(" " + string(v.Op) + " ")
		writeOperand(b, v.Value)
	case sigma.TimePart:
		b.WriteByte('=')
		writeOperand(b, v)
	case sigma.Exists:
		b.WriteString(" exists " + strconv.FormatBool(bool(v)))
	case sigma.FieldRef:
		writeFieldRef(b, v)
	default:
		b.WriteString("=?")
	}
}

func writeText(b *strings.Builder, s sigma.String) {
	b.WriteByte('=')
	if s.Cased {
		b.WriteString("cased ")
	}
	if len(s.Parts) == 0 {
		b.WriteString(`""`)
	}
	for _, part := range s.Parts {
		switch part.Kind {
		case sigma.Any:
			b.WriteByte('*')
		case sigma.One:
			b.WriteByte('?')
		case sigma.Placeholder:
			b.WriteString("%" + part.Text + "%")
		default:
			b.WriteString(strconv.Quote(part.Text))
		}
	}
}

func writeOperand(b *strings.Builder, v sigma.Value) {
	switch v := v.(type) {
	case sigma.Number:
		b.WriteString(v.Text)
	case sigma.TimePart:
		b.WriteString(v.Unit + "(" + strconv.FormatInt(v.Number, 10) + ")")
	default:
		b.WriteByte('?')
	}
}

func writeFieldRef(b *strings.Builder, v sigma.FieldRef) {
	b.WriteByte('=')
	if v.EndsWith {
		b.WriteByte('*')
	}
	b.WriteString("field(" + v.Field + ")")
	if v.StartsWith {
		b.WriteByte('*')
	}
}

func regexFlags(v sigma.Regex) string {
	var flags string
	if v.IgnoreCase {
		flags += "i"
	}
	if v.MultiLine {
		flags += "m"
	}
	if v.DotAll {
		flags += "s"
	}
	return flags
}
