package pipeline

import (
	"fmt"
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/condition"
)

// lucene prints a rule as pySigma's Lucene backend does, faults included
// (pysigma-lucene.md, sections 1 and 2), so that the recorded texts tell what a
// pipeline made of a rule. It is no back end: sigma/querystring is.
func lucene(r *sigma.Rule) (queries []string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	for _, c := range r.Detection.Conditions {
		if n := lucExpr(r, c.Expr); n != nil {
			queries = append(queries, n.text())
		}
	}
	return queries, nil
}

// luc is a node of pySigma's condition tree.
type luc struct {
	op    string // "AND", "OR", "NOT" or "" for a leaf
	kids  []*luc
	field string
	value sigma.Value
}

func lucExpr(r *sigma.Rule, e condition.Expr) *luc {
	switch e := e.(type) {
	case *condition.And:
		return lucJoin("AND", lucExprs(r, e.Kids))
	case *condition.Or:
		return lucJoin("OR", lucExprs(r, e.Kids))
	case *condition.Not:
		if kid := lucExpr(r, e.Kid); kid != nil {
			return &luc{op: "NOT", kids: []*luc{kid}}
		}
		return nil
	case *condition.Name:
		for _, s := range r.Detection.Searches {
			if s.Name == e.Text {
				return lucNode(s.Node)
			}
		}
		panic("no search " + e.Text)
	case *condition.Of:
		var kids []*luc
		for _, s := range r.Detection.Searches {
			if e.Matches(s.Name) {
				kids = append(kids, lucNode(s.Node))
			}
		}
		if e.All {
			return lucJoin("AND", kids)
		}
		return lucJoin("OR", kids)
	}
	panic(fmt.Sprintf("condition %T", e))
}

func lucExprs(r *sigma.Rule, kids []condition.Expr) []*luc {
	var out []*luc
	for _, kid := range kids {
		if n := lucExpr(r, kid); n != nil {
			out = append(out, n)
		}
	}
	return out
}

func lucJoin(op string, kids []*luc) *luc {
	switch len(kids) {
	case 0:
		return nil
	case 1:
		return kids[0]
	}
	return &luc{op: op, kids: kids}
}

func lucNode(n sigma.Node) *luc {
	switch n := n.(type) {
	case *sigma.AllOf:
		return lucJoin("AND", lucNodes(n.Kids))
	case *sigma.AnyOf:
		return lucJoin("OR", lucNodes(n.Kids))
	case *sigma.Not:
		return &luc{op: "NOT", kids: []*luc{lucNode(n.Kid)}}
	case *sigma.Item:
		return lucItem(n)
	}
	panic(fmt.Sprintf("node %T", n))
}

func lucNodes(kids []sigma.Node) []*luc {
	var out []*luc
	for _, kid := range kids {
		out = append(out, lucNode(kid))
	}
	return out
}

func lucItem(it *sigma.Item) *luc {
	var kids []*luc
	for _, v := range it.Values {
		kids = append(kids, &luc{field: it.Field, value: v.Value})
	}
	op := "OR"
	if it.All {
		op = "AND"
	}
	n := lucJoin(op, kids)
	if it.Negated {
		return &luc{op: "NOT", kids: []*luc{n}}
	}
	return n
}

func (n *luc) text() string {
	switch n.op {
	case "":
		return n.leaf()
	case "NOT":
		kid := n.kids[0]
		if _, null := kid.value.(sigma.Null); null && kid.op == "" {
			return "_exists_:" + kid.field
		}
		return "NOT " + kid.operand()
	}
	if field, ok := n.list(); ok {
		return field + ":(" + lucValues(n.kids) + ")"
	}
	var parts []string
	for _, kid := range n.kids {
		parts = append(parts, kid.operand())
	}
	return strings.Join(parts, " "+n.op+" ")
}

// list tells whether an OR asks one field for texts and numbers only.
func (n *luc) list() (string, bool) {
	for _, kid := range n.kids {
		_, isString := kid.value.(sigma.String)
		_, isNumber := kid.value.(sigma.Number)
		if n.op != "OR" || kid.op != "" || kid.field == "" || kid.field != n.kids[0].field || !isString && !isNumber {
			return "", false
		}
	}
	return lucField(n.kids[0].field), true
}

func lucValues(kids []*luc) string {
	var out []string
	for _, kid := range kids {
		out = append(out, lucValue(kid.value))
	}
	return strings.Join(out, " OR ")
}

func (n *luc) operand() string {
	_, null := n.value.(sigma.Null)
	negatedNull := n.op == "NOT" && strings.HasPrefix(n.text(), "_exists_:")
	if (n.op != "" || null) && !negatedNull {
		return "(" + n.text() + ")"
	}
	return n.text()
}

func (n *luc) leaf() string {
	f := lucField(n.field) + ":"
	if n.field == "" {
		return n.keyword()
	}
	switch v := n.value.(type) {
	case sigma.Null:
		return "NOT _exists_:" + lucField(n.field)
	case sigma.Exists:
		if v {
			return "_exists_:" + lucField(n.field)
		}
		return "NOT _exists_:" + lucField(n.field)
	case sigma.CIDR:
		return n.field + ":" + lucValue(v)
	case sigma.Expansion:
		var kids []*luc
		for _, kid := range v {
			kids = append(kids, &luc{value: kid})
		}
		return f + "(" + lucValues(kids) + ")"
	default:
		return f + lucValue(v)
	}
}

func (n *luc) keyword() string {
	switch v := n.value.(type) {
	case sigma.String:
		return "*" + lucValue(v) + "*"
	case sigma.Number:
		return v.Text
	}
	panic(fmt.Sprintf("keyword %T", n.value))
}

func lucValue(v sigma.Value) string {
	switch v := v.(type) {
	case sigma.String:
		return lucString(v)
	case sigma.Number:
		return v.Text
	case sigma.Bool:
		return fmt.Sprint(bool(v))
	case sigma.CIDR:
		return lucEscape(v.Network)
	case sigma.Compare:
		return string(v.Op) + lucValue(v.Value)
	case sigma.Regex:
		return lucRegex(v)
	}
	panic(fmt.Sprintf("value %T", v))
}

func lucRegex(v sigma.Regex) string {
	flags := ""
	for _, f := range []struct {
		on   bool
		name string
	}{{v.IgnoreCase, "i"}, {v.MultiLine, "m"}, {v.DotAll, "s"}} {
		if f.on {
			flags += f.name
		}
	}
	if flags != "" {
		flags = "(?" + flags + ")"
	}
	return "/" + flags + strings.ReplaceAll(v.Pattern, "/", `\/`) + "/"
}

func lucString(s sigma.String) string {
	if len(s.Parts) == 0 {
		return `""`
	}
	var b strings.Builder
	for _, p := range s.Parts {
		switch p.Kind {
		case sigma.Any:
			b.WriteByte('*')
		case sigma.One:
			b.WriteByte('?')
		case sigma.Text:
			b.WriteString(lucEscape(p.Text))
		default:
			panic("placeholder")
		}
	}
	return b.String()
}

func lucEscape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(`+-=&|!(){}[]<>^"~*?:\/ `, s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func lucField(s string) string {
	return strings.NewReplacer(" ", `\ `, "\t", "\\\t", "*", `\*`).Replace(s)
}
