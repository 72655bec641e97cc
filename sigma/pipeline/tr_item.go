package pipeline

import "github.com/sigwatch/sigwatch/sigma"

// drop takes items out of the rule.
type drop struct{}

func (drop) apply(x *run) {
	x.eachItem(func(*sigma.Item) sigma.Node { return nil })
}

// itemFailure refuses a rule for one of its items.
type itemFailure struct{ message string }

func readItemFailure(p *params) transformation { return itemFailure{p.needText("message")} }

func (t itemFailure) apply(x *run) {
	x.eachItem(func(it *sigma.Item) sigma.Node {
		x.refuse(it.Span, "pipeline/item-failure", "the pipeline cannot be used for this detection item", "%s", t.message)
		return it
	})
}
