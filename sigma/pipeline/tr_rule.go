package pipeline

import (
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/sigma"
)

// changeLogSource replaces the whole log source; what is not given is empty.
type changeLogSource logSourceCond

func readChangeLogSource(p *params) transformation {
	ls, _ := readLogSource(p).(logSourceCond)
	return changeLogSource(ls)
}

func (t changeLogSource) apply(x *run) {
	ls := &x.rule.LogSource
	ls.Category, ls.Product, ls.Service = t.category, t.product, t.service
}

// fieldList changes the rule's list of fields.
type fieldList func(fields []string) []string

func (t fieldList) apply(x *run) { x.rule.Fields = t(slices.Clone(x.rule.Fields)) }

func readAddField(p *params) transformation {
	more := p.needTexts("field")
	return fieldList(func(fields []string) []string { return append(fields, more...) })
}

func readRemoveField(p *params) transformation {
	less := p.needTexts("field")
	return fieldList(func(fields []string) []string {
		return slices.DeleteFunc(fields, func(f string) bool { return slices.Contains(less, f) })
	})
}

func readSetField(p *params) transformation {
	set := p.needTexts("fields")
	return fieldList(func([]string) []string { return slices.Clone(set) })
}

// setState leaves a value for the conditions processing_state.
type setState struct {
	key string
	val sigma.Value
}

func readSetState(p *params) transformation { return setState{p.needText("key"), p.needLiteral("val")} }

func (t setState) apply(x *run) {
	if x.state == nil {
		x.state = map[string]sigma.Value{}
	}
	x.state[t.key] = t.val
}

// setAttribute sets an attribute that the specification does not know.
type setAttribute struct {
	key   string
	value any
}

func readSetAttribute(p *params) transformation {
	t := setAttribute{key: p.needText("attribute")}
	if n, ok := p.need("value"); ok {
		t.value = plainData(n, p.r)
	}
	return t
}

// plainData turns a value into what the attributes of a rule hold.
func plainData(n *yaml.Node, r *reader) any {
	switch n.Kind {
	case yaml.SequenceNode:
		out := make([]any, 0, len(n.Content))
		for _, kid := range n.Content {
			out = append(out, plainData(deref(kid), r))
		}
		return out
	case yaml.MappingNode:
		out := map[string]any{}
		for _, kv := range r.pairs(n) {
			out[kv.key.Value] = plainData(kv.value, r)
		}
		return out
	default:
		return plainScalar(n, r)
	}
}

func plainScalar(n *yaml.Node, r *reader) any {
	switch v, _ := r.literal(n); v := v.(type) {
	case sigma.Bool:
		return bool(v)
	case sigma.Null:
		return nil
	case sigma.Number:
		return numberData(v)
	default:
		return n.Value
	}
}

func (t setAttribute) apply(x *run) {
	a := sigma.Attribute{Key: t.key, Span: x.place(x.rule.LogSource.Span), Value: t.value}
	custom := slices.Clone(x.rule.Custom)
	if i := slices.IndexFunc(custom, func(a sigma.Attribute) bool { return a.Key == t.key }); i >= 0 {
		custom[i] = a
	} else {
		custom = append(custom, a)
	}
	x.rule.Custom = custom
}

// ruleFailure refuses the rule.
type ruleFailure struct{ message string }

func readRuleFailure(p *params) transformation { return ruleFailure{p.needText("message")} }

func (t ruleFailure) apply(x *run) {
	x.refuse(x.rule.LogSource.Span, "pipeline/rule-failure", "the pipeline cannot be used for this rule", "%s", t.message)
}

// nest is a pipeline inside an item. Inside, no item was applied and no state
// is set yet; afterwards both are added to those outside (section 3).
type nest struct{ items []*item }

func readNest(p *params) transformation {
	p.need("items")
	return nest{p.nested(p.list("items"))}
}

func (t nest) apply(x *run) {
	inner := &run{rule: x.rule, vars: x.vars, names: x.names, made: x.made, strict: x.strict, spent: x.spent}
	inner.carryOut(t.items)
	x.ds, x.failed = append(x.ds, inner.ds...), x.failed || inner.failed
	x.names, x.made, x.spent = inner.names, inner.made, inner.spent
	x.applied = append(x.applied, inner.applied...)
	for key, val := range inner.state {
		setState{key, val}.apply(x)
	}
}
