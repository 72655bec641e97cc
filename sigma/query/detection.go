package query

import (
	"slices"
	"strconv"

	"github.com/sigwatch/sigwatch/sigma"
)

func (s *resolver) search(def *sigma.Search) Node {
	s.def = def
	if def.Node == nil {
		return s.nothing()
	}
	return s.node(def.Node)
}

func (s *resolver) node(n sigma.Node) Node {
	if !s.enter(n.At()) {
		return nil
	}
	defer s.leave()
	switch n := n.(type) {
	case *sigma.AllOf:
		return s.group(n.Kids, and)
	case *sigma.AnyOf:
		return s.group(n.Kids, or)
	case *sigma.Not:
		return not(s.node(n.Kid))
	case *sigma.Item:
		return s.item(n)
	}
	panic("query: unknown detection node")
}

func (s *resolver) group(kids []sigma.Node, join func([]Node) Node) Node {
	if len(kids) == 0 {
		return s.nothing()
	}
	nodes := make([]Node, len(kids))
	for i, kid := range kids {
		nodes[i] = s.node(kid)
	}
	return join(nodes)
}

func (s *resolver) item(it *sigma.Item) Node {
	if len(it.Values) == 0 {
		return s.nothing()
	}
	nodes := make([]Node, len(it.Values))
	for i, v := range it.Values {
		nodes[i] = s.value(it, v)
	}
	n := or(nodes)
	if it.All {
		n = and(nodes)
	}
	if it.Negated {
		return not(n)
	}
	return n
}

func (s *resolver) value(it *sigma.Item, v sigma.Located) Node {
	members, many := v.Value.(sigma.Expansion)
	if !many {
		return s.match(it, v)
	}
	if len(members) == 0 {
		return s.nothing()
	}
	nodes := make([]Node, len(members))
	for i, member := range members {
		nodes[i] = s.value(it, sigma.Located{Value: member, Span: v.Span})
	}
	return or(nodes)
}

func (s *resolver) match(it *sigma.Item, v sigma.Located) Node {
	if s.full {
		return nil
	}
	if s.leaves == maxLeaves {
		s.full = true
		s.report(v.Span, problem{
			code:    "query/too-many-values",
			message: "the rule asks more than " + strconv.Itoa(maxLeaves) + " questions once its selectors and modifiers are expanded",
			hint:    "split the rule, or name a search identifier once instead of in several selectors",
		})
		return nil
	}
	s.leaves++
	return s.typed(&Match{Field: it.Field, Value: v.Value, Span: v.Span, FieldSpan: it.FieldSpan})
}

func (s *resolver) nothing() Node {
	s.report(s.def.Span, problem{
		code:    "query/empty-detection",
		message: "nothing is left to ask for in the detection " + strconv.Quote(s.def.Name),
		hint:    "a pipeline dropped its items: take it out of the condition, or keep the items in the pipeline",
	})
	return nil
}

// and joins nodes of which all have to hold; an And within is taken apart,
// which means the same. Nodes that could not be made are nil and left out: by
// then an error is reported and the tree is thrown away.
func and(nodes []Node) Node {
	kids := make([]Node, 0, len(nodes))
	for _, n := range nodes {
		if inner, ok := n.(*And); ok {
			kids = append(kids, inner.Kids...)
		} else if n != nil {
			kids = append(kids, n)
		}
	}
	if len(kids) < 2 {
		return only(kids)
	}
	return &And{Kids: slices.Clip(kids)}
}

// or is and for nodes of which one has to hold.
func or(nodes []Node) Node {
	kids := make([]Node, 0, len(nodes))
	for _, n := range nodes {
		if inner, ok := n.(*Or); ok {
			kids = append(kids, inner.Kids...)
		} else if n != nil {
			kids = append(kids, n)
		}
	}
	if len(kids) < 2 {
		return only(kids)
	}
	return &Or{Kids: slices.Clip(kids)}
}

func only(kids []Node) Node {
	if len(kids) == 0 {
		return nil
	}
	return kids[0]
}

func not(kid Node) Node {
	if kid == nil {
		return nil
	}
	return &Not{Kid: kid}
}
