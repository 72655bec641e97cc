package pipeline

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/diag/yamlnode"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/condition"
)

// addCondition asks for more than the rule does: each condition C becomes
// "name and (C)".
type addCondition struct {
	node     sigma.Node
	name     string
	template bool
	negated  bool
}

func readAddCondition(p *params) transformation {
	t := addCondition{name: p.text("name", "cond"), template: p.flag("template"), negated: p.flag("negated")}
	entries := p.needMapping("conditions")
	var kids []sigma.Node
	for _, kv := range entries {
		if node, ok := p.r.define(kv); ok {
			kids = append(kids, node)
		}
	}
	if n, ok := p.take("conditions"); ok && len(n.Content) == 0 && !yamlnode.IsNull(n) {
		p.r.errorf(p.keySpan("conditions"), "pipeline/wrong-value", "name a field and its value", "%s has no conditions to add", p.what)
	}
	t.node = joined(kids, &sigma.AllOf{Kids: kids})
	return t
}

func (t addCondition) apply(x *run) {
	d := &x.rule.Detection
	at := x.place(x.rule.LogSource.Span)
	node := moved(t.node, at, x.item.id)
	if t.template {
		node = rewrite(node, func(it *sigma.Item) sigma.Node { return x.filled(it) })
	}
	name := freshName(t.name, d.Searches)
	conditions := slices.Clone(d.Conditions)
	for i, c := range conditions {
		if c.Expr == nil {
			continue
		}
		conditions[i].Expr = t.joined(name, shielded(c.Expr, name, d.Searches))
	}
	d.Conditions = conditions
	d.Searches = append(slices.Clip(d.Searches), sigma.Search{Name: name, Span: at, Node: node})
	for it := range sigma.ItemsOf(node) {
		x.note(it.Field)
	}
}

func (t addCondition) joined(name string, e condition.Expr) condition.Expr {
	var added condition.Expr = &condition.Name{At: e.Range(), Text: name}
	if t.negated {
		added = &condition.Not{At: e.Range(), Kid: added}
	}
	return &condition.And{At: e.Range(), Kids: []condition.Expr{added, e}}
}

// freshName returns a name with a leading underscore, so that selectors of the
// rule do not take it in, that no search of the rule has.
func freshName(want string, searches []sigma.Search) string {
	taken := func(name string) bool {
		return slices.ContainsFunc(searches, func(s sigma.Search) bool { return s.Name == name })
	}
	base := "_" + strings.TrimPrefix(strings.Map(nameRune, want), "_")
	if want != "cond" && !taken(base) {
		return base
	}
	for i := 1; ; i++ {
		if name := base + "_" + strconv.Itoa(i); !taken(name) {
			return name
		}
	}
}

// nameRune keeps what a condition can write as a name.
func nameRune(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
		return r
	default:
		return '_'
	}
}

// shielded writes out the selectors that would take the new name in.
func shielded(e condition.Expr, name string, searches []sigma.Search) condition.Expr {
	each := func(kids []condition.Expr) []condition.Expr {
		out := make([]condition.Expr, len(kids))
		for i, kid := range kids {
			out[i] = shielded(kid, name, searches)
		}
		return out
	}
	hit := false
	condition.Walk(e, func(e condition.Expr) {
		of, ok := e.(*condition.Of)
		hit = hit || ok && of.Matches(name)
	})
	if !hit {
		return e
	}
	switch e := e.(type) {
	case *condition.And:
		return &condition.And{At: e.At, Kids: each(e.Kids)}
	case *condition.Or:
		return &condition.Or{At: e.At, Kids: each(e.Kids)}
	case *condition.Not:
		return &condition.Not{At: e.At, Kid: shielded(e.Kid, name, searches)}
	case *condition.Of:
		return writtenOut(e, searches)
	default:
		return e
	}
}

// writtenOut is a selector in names. One that takes in nothing becomes a name
// that nothing has, so that it stays the error that it was.
func writtenOut(e *condition.Of, searches []sigma.Search) condition.Expr {
	var kids []condition.Expr
	for _, name := range selected(e, searches) {
		kids = append(kids, &condition.Name{At: e.At, Text: name})
	}
	switch {
	case len(kids) == 0:
		return &condition.Name{At: e.At, Text: e.Pattern}
	case len(kids) == 1:
		return kids[0]
	case e.All:
		return &condition.And{At: e.At, Kids: kids}
	default:
		return &condition.Or{At: e.At, Kids: kids}
	}
}

// moved copies a tree to another place and marks its items.
func moved(n sigma.Node, at diag.Span, id string) sigma.Node {
	all := func(kids []sigma.Node) []sigma.Node {
		out := make([]sigma.Node, len(kids))
		for i, kid := range kids {
			out[i] = moved(kid, at, id)
		}
		return out
	}
	switch n := n.(type) {
	case *sigma.AllOf:
		return &sigma.AllOf{Span: at, Kids: all(n.Kids)}
	case *sigma.AnyOf:
		return &sigma.AnyOf{Span: at, Kids: all(n.Kids)}
	case *sigma.Not:
		return &sigma.Not{Span: at, Kid: moved(n.Kid, at, id)}
	case *sigma.Item:
		own := *n
		own.Span, own.FieldSpan, own.Applied = at, at, []string{id}
		own.Values = make([]sigma.Located, len(n.Values))
		for i, v := range n.Values {
			own.Values[i] = sigma.Located{Value: v.Value, Span: at}
		}
		return &own
	default:
		return n
	}
}

// dollar is a placeholder of Python's string.Template.
var dollar = regexp.MustCompile(`(?i)\$(?:\$|([_a-z][_a-z0-9]*)|\{([_a-z][_a-z0-9]*)\})`)

// filled puts the log source into the texts of an item's values. What the rule
// does not say becomes "None", and unknown names stay (section 3).
func (x *run) filled(it *sigma.Item) sigma.Node {
	ls := x.rule.LogSource
	known := map[string]string{"category": ls.Category, "product": ls.Product, "service": ls.Service}
	fill := func(match string) string {
		name := strings.Trim(match, "${}")
		if name == "" {
			return "$"
		}
		if text, ok := known[name]; ok && x.spend(it.Span, len(text)) {
			return cmp.Or(text, "None")
		}
		return match
	}
	values, changed := mapValues(it, func(v sigma.Located) ([]sigma.Value, bool) {
		s, ok := v.Value.(sigma.String)
		if !ok {
			return nil, false
		}
		return []sigma.Value{mapText(s, func(text string) string { return dollar.ReplaceAllStringFunc(text, fill) })}, true
	})
	if !changed {
		return it
	}
	own := *it
	own.Values = values
	return &own
}
