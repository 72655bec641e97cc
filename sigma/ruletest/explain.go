package ruletest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/condition"
	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// explainer says why a rule matches an event, or why not: it goes down from the
// condition and follows whatever made its parts hold or not.
type explainer struct {
	// rule is the rule behind its pipelines, tree what it asks for.
	rule    *sigma.Rule
	tree    query.Tree
	options match.Options
	// event is the event as it was asked of, whole the one that was written.
	event, whole match.Event

	lines []string
	said  map[string]bool
}

// explain returns the reasons for an event's hit or miss, a line each.
func (x *explainer) explain(number, of int, hit bool) []string {
	what := "matches"
	if !hit {
		what = "does not match"
	}
	which := "the event"
	if of > 1 {
		which = fmt.Sprintf("event %d", number+1)
	}
	x.lines = []string{which + " " + what + ":"}
	x.said = map[string]bool{}
	for i := range x.rule.Detection.Conditions {
		c := &x.rule.Detection.Conditions[i]
		if c.Expr == nil || x.expr(c.Expr) != hit {
			continue
		}
		x.say(1, "condition: %s", oneLine(c.Text))
		x.why(c.Expr)
	}
	return x.lines
}

func (x *explainer) say(depth int, format string, args ...any) {
	x.lines = append(x.lines, strings.Repeat("  ", depth)+clean(fmt.Sprintf(format, args...)))
}

// expr reports whether a part of the condition holds.
func (x *explainer) expr(e condition.Expr) bool {
	switch e := e.(type) {
	case *condition.And:
		return !slices.ContainsFunc(e.Kids, func(kid condition.Expr) bool { return !x.expr(kid) })
	case *condition.Or:
		return slices.ContainsFunc(e.Kids, x.expr)
	case *condition.Not:
		return !x.expr(e.Kid)
	case *condition.Name:
		search := x.search(e.Text)
		return search != nil && x.node(search.Node)
	case *condition.Of:
		found := x.selected(e)
		holds := func(s *sigma.Search) bool { return x.node(s.Node) }
		if e.All {
			return !slices.ContainsFunc(found, func(s *sigma.Search) bool { return !holds(s) })
		}
		return slices.ContainsFunc(found, holds)
	}
	panic("ruletest: unknown condition node")
}

// why names the parts that made an expression hold or not: those that are as
// it is.
func (x *explainer) why(e condition.Expr) {
	switch e := e.(type) {
	case *condition.And:
		x.whyAll(e.Kids, x.expr(e))
	case *condition.Or:
		x.whyAll(e.Kids, x.expr(e))
	case *condition.Not:
		x.why(e.Kid)
	case *condition.Name:
		if search := x.search(e.Text); search != nil {
			x.searchIs(search)
		}
	case *condition.Of:
		holds := x.expr(e)
		for _, s := range x.selected(e) {
			if x.node(s.Node) == holds {
				x.searchIs(s)
			}
		}
	}
}

func (x *explainer) whyAll(kids []condition.Expr, holds bool) {
	for _, kid := range kids {
		if x.expr(kid) == holds {
			x.why(kid)
		}
	}
}

func (x *explainer) search(name string) *sigma.Search {
	searches := x.rule.Detection.Searches
	i := slices.IndexFunc(searches, func(s sigma.Search) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &searches[i]
}

func (x *explainer) selected(e *condition.Of) []*sigma.Search {
	var out []*sigma.Search
	for i := range x.rule.Detection.Searches {
		if s := &x.rule.Detection.Searches[i]; e.Matches(s.Name) {
			out = append(out, s)
		}
	}
	return out
}

// searchIs says of a search identifier, once, whether it holds and why.
func (x *explainer) searchIs(s *sigma.Search) {
	if x.said[s.Name] {
		return
	}
	x.said[s.Name] = true
	head := s.Name + " holds"
	if !x.node(s.Node) {
		head = s.Name + " does not hold"
	}
	if x.written(s.Span) {
		head += x.at(s.Span)
	} else {
		head = "what a pipeline asks besides" + strings.TrimPrefix(head, s.Name)
	}
	if !x.said[head] {
		x.said[head] = true
		x.say(1, "%s:", head)
	}
	x.nodeIs(s.Node, 2)
}

// node reports whether a part of a definition holds.
func (x *explainer) node(n sigma.Node) bool {
	switch n := n.(type) {
	case *sigma.AllOf:
		return !slices.ContainsFunc(n.Kids, func(kid sigma.Node) bool { return !x.node(kid) })
	case *sigma.AnyOf:
		return slices.ContainsFunc(n.Kids, x.node)
	case *sigma.Not:
		return !x.node(n.Kid)
	case *sigma.Item:
		return x.item(n)
	}
	return false
}

// nodeIs names the items that made a part of a definition hold or not.
func (x *explainer) nodeIs(n sigma.Node, depth int) {
	switch n := n.(type) {
	case *sigma.AllOf:
		x.kidsAre(n.Kids, x.node(n), depth)
	case *sigma.AnyOf:
		x.kidsAre(n.Kids, x.node(n), depth)
	case *sigma.Not:
		x.nodeIs(n.Kid, depth)
	case *sigma.Item:
		x.itemIs(n, depth)
	}
}

// mostItems is how many items of one search identifier are explained.
const mostItems = 20

func (x *explainer) kidsAre(kids []sigma.Node, holds bool, depth int) {
	said := 0
	for _, kid := range kids {
		if x.node(kid) != holds {
			continue
		}
		if said++; said > mostItems {
			x.say(depth, "…")
			return
		}
		x.nodeIs(kid, depth)
	}
}

// item reports whether an item holds. It is asked by the same machinery as the
// whole rule, so that no explanation contradicts the result.
func (x *explainer) item(item *sigma.Item) bool {
	const name = "x"
	alone := *x.rule
	alone.Detection = sigma.Detection{
		Span:       x.rule.Detection.Span,
		Searches:   []sigma.Search{{Name: name, Node: item}},
		Conditions: []sigma.Condition{{Text: name, Expr: &condition.Name{At: condition.Range{End: len(name)}, Text: name}}},
	}
	tree, ds := query.Resolve(&alone, nil)
	if len(ds) > 0 {
		return false
	}
	m, err := match.Compile(tree, x.options)
	return err == nil && m.Match(x.event)
}

// value reports whether an item would hold if it had that value alone.
func (x *explainer) value(item *sigma.Item, v sigma.Value) bool {
	return x.item(&sigma.Item{Field: item.Field, Values: []sigma.Located{{Value: v}}})
}
