package pipeline

import (
	"slices"

	"github.com/sigwatch/sigwatch/sigma"
)

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

// strict refuses a rule with fields that no item before it gave a name: in the
// target there may be nothing of that name. Fields that a pipeline added are in
// its own words.
type strict struct{}

func (strict) apply(x *run) {
	for it := range x.rule.Detection.Items() {
		if it.Field != "" && x.concerns(it) && !slices.Contains(x.made, it.Field) {
			x.refuse(it.FieldSpan, "pipeline/unmapped-field", "map it in the pipeline, or leave the rule out",
				"no item of the pipelines maps the field %q", it.Field)
		}
	}
}

// asksForNames tells whether a strict is among the items.
func asksForNames(items []*item) bool {
	return slices.ContainsFunc(items, func(it *item) bool {
		switch do := it.do.(type) {
		case strict:
			return true
		case nest:
			return asksForNames(do.items)
		default:
			return false
		}
	})
}
