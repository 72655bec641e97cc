package sigma

import "iter"

// Items gives the detection items of all searches, in file order.
func (d *Detection) Items() iter.Seq[*Item] {
	return func(yield func(*Item) bool) {
		for _, s := range d.Searches {
			if !eachItem(s.Node, yield) {
				return
			}
		}
	}
}

// ItemsOf gives the detection items below a node, in file order. A node that is
// not there has none.
func ItemsOf(n Node) iter.Seq[*Item] {
	return func(yield func(*Item) bool) { eachItem(n, yield) }
}

// eachItem hands on the items below a node until yield says no, and tells
// whether it did not.
func eachItem(n Node, yield func(*Item) bool) bool {
	switch n := n.(type) {
	case *Item:
		return yield(n)
	case *Not:
		return eachItem(n.Kid, yield)
	case *AllOf:
		return eachItemOf(n.Kids, yield)
	case *AnyOf:
		return eachItemOf(n.Kids, yield)
	default:
		return true
	}
}

func eachItemOf(kids []Node, yield func(*Item) bool) bool {
	for _, kid := range kids {
		if !eachItem(kid, yield) {
			return false
		}
	}
	return true
}
