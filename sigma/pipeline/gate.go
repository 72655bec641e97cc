package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/diag/yamlnode"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/condition"
)

// cond is a condition on a rule, a detection item or a field name.
type cond[S any] interface{ holds(x *run, s S) bool }

// subject is a field name that field name conditions look at: that of an item,
// of a reference in a value, or one in the rule's list of fields.
type subject struct {
	// name is empty for a keyword.
	name string
	// item is the item whose field it is, nil where there is none.
	item *sigma.Item
	// refs says that the references in the item's values count as well.
	refs bool
}

// gate is the set of conditions of one kind that an item has.
type gate[S any] struct {
	conds []cond[S]
	any   bool
	not   bool
	// expr links the conditions by name where the file has an expression.
	expr  condition.Expr
	named map[string]cond[S]
}

// open reports whether the conditions hold. Without conditions they do, even
// when negated (section 2).
func (g *gate[S]) open(x *run, s S) bool {
	if len(g.conds) == 0 {
		return true
	}
	return g.linked(x, s) != g.not
}

func (g *gate[S]) linked(x *run, s S) bool {
	if g.expr != nil {
		return g.eval(g.expr, x, s)
	}
	for _, c := range g.conds {
		if c.holds(x, s) == g.any {
			return g.any
		}
	}
	return !g.any
}

func (g *gate[S]) eval(e condition.Expr, x *run, s S) bool {
	switch e := e.(type) {
	case *condition.And:
		return !slices.ContainsFunc(e.Kids, func(k condition.Expr) bool { return !g.eval(k, x, s) })
	case *condition.Or:
		return slices.ContainsFunc(e.Kids, func(k condition.Expr) bool { return g.eval(k, x, s) })
	case *condition.Not:
		return !g.eval(e.Kid, x, s)
	case *condition.Name:
		return g.named[e.Text].holds(x, s)
	default:
		panic(fmt.Sprintf("pipeline: %T in a condition expression", e))
	}
}

// condKind is one kind of conditions: how the keys of the file begin, and what
// reads each condition, by name.
type condKind[S any] struct {
	prefix string
	table  map[string]func(*params) cond[S]
}

func parseGate[S any](p *params, k condKind[S]) gate[S] {
	kind := k.prefix
	g := gate[S]{not: p.flag(kind + "_cond_not"), named: map[string]cond[S]{}}
	n, given := p.take(kind + "_conditions")
	if given && !yamlnode.IsNull(n) {
		g.read(p, n, k)
	}
	_, hasOp := p.take(kind + "_cond_op")
	g.any = p.choice(kind+"_cond_op", "and", "or") == "or"
	expr, hasExpr := p.take(kind + "_cond_expr")
	switch {
	case hasExpr && hasOp:
		p.r.errorf(p.keySpan(kind+"_cond_expr"), "pipeline/invalid-expression", "take one of the two out",
			"an expression and %q exclude each other", kind+"_cond_op")
	case hasExpr:
		g.readExpr(p, expr, kind)
	}
	if g.not && (!given || len(n.Content) == 0) {
		p.r.warnf(p.keySpan(kind+"_cond_not"), "pipeline/nothing-to-negate", "take it out",
			"%q without conditions: the item always runs", kind+"_cond_not")
	}
	return g
}

func (g *gate[S]) read(p *params, n *yaml.Node, k condKind[S]) {
	switch n.Kind {
	case yaml.SequenceNode:
		for _, kid := range n.Content {
			if c := k.read(p.r, deref(kid)); c != nil {
				g.conds = append(g.conds, c)
			}
		}
	case yaml.MappingNode:
		for _, kv := range p.r.pairs(n) {
			if c := k.read(p.r, kv.value); c != nil {
				g.conds, g.named[kv.key.Value] = append(g.conds, c), c
			}
		}
	default:
		p.r.wrongType(n, fmt.Sprintf("%q", k.prefix+"_conditions"), "a list or a mapping")
	}
}

func (k condKind[S]) read(r *reader, n *yaml.Node) cond[S] {
	if n.Kind != yaml.MappingNode {
		r.wrongType(n, "a condition", "a mapping")
		return nil
	}
	p := newParams(r, n, "a condition")
	typ, ok := p.need("type")
	if !ok {
		return nil
	}
	name, ok := p.scalar(typ, "type")
	if !ok {
		return nil
	}
	read, ok := k.table[name]
	if !ok {
		r.errorf(r.span(typ), "pipeline/unknown-condition", didYouMean(name, keys(k.table)),
			"unknown %s condition %q", strings.ReplaceAll(k.prefix, "_", " "), name)
		return nil
	}
	p.what = fmt.Sprintf("condition %q", name)
	c := read(p)
	p.done()
	return c
}

// readExpr parses a boolean expression over the names of the condition map.
func (g *gate[S]) readExpr(p *params, n *yaml.Node, kind string) {
	text, ok := p.scalar(n, kind+"_cond_expr")
	if !ok {
		return
	}
	fault := func(hint, format string, args ...any) {
		p.r.errorf(p.r.span(n), "pipeline/invalid-expression", hint, format, args...)
	}
	if conds, ok := p.take(kind + "_conditions"); !ok || conds.Kind != yaml.MappingNode {
		fault(fmt.Sprintf("give %q as a mapping from name to condition", kind+"_conditions"), "the conditions of an expression need names")
		return
	}
	expr, problems := condition.Parse(text)
	for _, pr := range problems {
		p.r.ds = append(p.r.ds, diag.Diagnostic{
			Span: p.r.span(n), Severity: diag.Error, Code: "pipeline/invalid-expression", Message: pr.Message, Hint: pr.Hint,
		})
	}
	if len(problems) > 0 || expr == nil {
		return
	}
	if g.checkNames(expr, fault) {
		g.expr = expr
	}
}

// checkNames reports names without condition and conditions without use.
func (g *gate[S]) checkNames(expr condition.Expr, fault func(hint, format string, args ...any)) bool {
	good, used := true, map[string]bool{}
	condition.Walk(expr, func(e condition.Expr) {
		switch e := e.(type) {
		case *condition.Of:
			fault("write the names with and, or and not", "%q cannot stand in an expression over conditions", e.String())
			good = false
		case *condition.Name:
			used[e.Text] = true
			if g.named[e.Text] == nil {
				fault(didYouMean(e.Text, keys(g.named)), "there is no condition %q", e.Text)
				good = false
			}
		}
	})
	for _, name := range keys(g.named) {
		if !used[name] {
			fault("use it, or take it out", "the expression does not use the condition %q", name)
			good = false
		}
	}
	return good
}
