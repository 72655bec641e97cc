package pipeline

import (
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
)

type constant bool

func (c constant) holds(*run, *sigma.Rule) bool { return bool(c) }

// logSourceCond holds when the parts it gives equal those of the rule.
type logSourceCond struct{ category, product, service string }

func readLogSource(p *params) cond[*sigma.Rule] {
	c := logSourceCond{p.text("category", ""), p.text("product", ""), p.text("service", "")}
	if c == (logSourceCond{}) {
		p.r.errorf(p.r.span(p.n), "pipeline/missing-parameter", "", "%s needs a category, a product or a service", p.what)
	}
	return c
}

func (c logSourceCond) holds(_ *run, r *sigma.Rule) bool {
	ls := &r.LogSource
	return (c.category == "" || c.category == ls.Category) &&
		(c.product == "" || c.product == ls.Product) &&
		(c.service == "" || c.service == ls.Service)
}

type containsField struct{ field string }

func readContainsField(p *params) cond[*sigma.Rule] { return containsField{p.needText("field")} }

func (c containsField) holds(_ *run, r *sigma.Rule) bool {
	return anyItem(r, func(it *sigma.Item) bool { return it.Field != "" && it.Field == c.field })
}

type containsItem struct {
	field string
	value sigma.Value
}

func readContainsItem(p *params) cond[*sigma.Rule] {
	return containsItem{p.needText("field"), p.needLiteral("value")}
}

func (c containsItem) holds(_ *run, r *sigma.Rule) bool {
	return anyItem(r, func(it *sigma.Item) bool {
		return it.Field != "" && it.Field == c.field &&
			slices.ContainsFunc(it.Values, func(v sigma.Located) bool { return equalValues(v.Value, c.value) })
	})
}

type ruleApplied struct{ id string }

func readRuleApplied(p *params) cond[*sigma.Rule] { return ruleApplied{appliedID(p)} }

func (c ruleApplied) holds(x *run, _ *sigma.Rule) bool { return slices.Contains(x.applied, c.id) }

type tagCond struct{ tag string }

func readTag(p *params) cond[*sigma.Rule] {
	tag := p.needText("tag")
	if n, ok := p.take("tag"); ok && tag != "" && !strings.Contains(tag, ".") {
		p.r.errorf(p.r.span(n), "pipeline/wrong-value", "write it as namespace.name, like attack.t1059", "%q is no tag", tag)
	}
	return tagCond{tag}
}

func (c tagCond) holds(_ *run, r *sigma.Rule) bool { return slices.Contains(r.Tags, c.tag) }
