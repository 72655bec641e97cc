package pipeline

import (
	"slices"

	"github.com/sigwatch/sigwatch/sigma"
)

// anyItem reports whether one of the rule's detection items is good.
func anyItem(r *sigma.Rule, good func(*sigma.Item) bool) bool {
	for it := range r.Detection.Items() {
		if good(it) {
			return true
		}
	}
	return false
}

// rewrite returns the tree with each item replaced by what change makes of it;
// nil takes the item out. What did not change is shared, and a tree without
// any change is the same node.
func rewrite(n sigma.Node, change func(*sigma.Item) sigma.Node) sigma.Node {
	switch n := n.(type) {
	case *sigma.Item:
		return change(n)
	case *sigma.Not:
		switch kid := rewrite(n.Kid, change); kid {
		case n.Kid:
			return n
		case nil:
			return nil
		default:
			return &sigma.Not{Span: n.Span, Kid: kid}
		}
	case *sigma.AllOf:
		if kids, changed := rewriteAll(n.Kids, change); changed {
			return joined(kids, &sigma.AllOf{Span: n.Span, Kids: kids})
		}
	case *sigma.AnyOf:
		if kids, changed := rewriteAll(n.Kids, change); changed {
			return joined(kids, &sigma.AnyOf{Span: n.Span, Kids: kids})
		}
	}
	return n
}

func rewriteAll(kids []sigma.Node, change func(*sigma.Item) sigma.Node) ([]sigma.Node, bool) {
	var out []sigma.Node
	changed := false
	for i, kid := range kids {
		next := rewrite(kid, change)
		if next != kid && !changed {
			changed = true
			out = append(make([]sigma.Node, 0, len(kids)), kids[:i]...)
		}
		if changed && next != nil {
			out = append(out, next)
		}
	}
	return out, changed
}

// joined leaves out a node of one kid, and one of none at all.
func joined(kids []sigma.Node, n sigma.Node) sigma.Node {
	switch len(kids) {
	case 0:
		return nil
	case 1:
		return kids[0]
	default:
		return n
	}
}

// eachItem replaces the items that the conditions of the item at work let
// through.
func (x *run) eachItem(change func(*sigma.Item) sigma.Node) {
	own := false
	for i, s := range x.rule.Detection.Searches {
		next := rewrite(s.Node, func(it *sigma.Item) sigma.Node {
			if x.failed || !x.concerns(it) {
				return it
			}
			return change(it)
		})
		if next == s.Node {
			continue
		}
		if !own {
			own = true
			x.rule.Detection.Searches = slices.Clone(x.rule.Detection.Searches)
		}
		x.rule.Detection.Searches[i].Node = next
	}
	if own {
		x.prune()
	}
}

func (x *run) concerns(it *sigma.Item) bool {
	return x.item.items.open(x, it) && x.item.fields.open(x, subject{name: it.Field, item: it, refs: true})
}

// touched returns a copy of the item that may be changed, with the item at
// work among those that were applied to it.
func (x *run) touched(it *sigma.Item) *sigma.Item {
	own := *it
	if len(it.Applied) == 0 {
		own.Applied = x.item.alone
	} else {
		own.Applied = append(slices.Clip(it.Applied), x.item.id)
	}
	return &own
}
