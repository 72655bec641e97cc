package pipeline

import (
	"fmt"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// items reads a list of processing items.
func (r *reader) items(nodes []*yaml.Node) []*item { return r.numbered(nodes, "") }

func (r *reader) numbered(nodes []*yaml.Node, prefix string) []*item {
	var out []*item
	for i, n := range nodes {
		if n.Kind != yaml.MappingNode {
			r.wrongType(n, "a processing item", "a mapping")
			continue
		}
		out = append(out, r.item(n, prefix+strconv.Itoa(i+1)))
	}
	return out
}

func (r *reader) item(n *yaml.Node, number string) *item {
	p := newParams(r, n, "a processing item")
	p.index = number
	it := &item{id: p.text("id", ""), label: "item " + number}
	if it.id != "" {
		it.label = fmt.Sprintf("item %q", it.id)
		r.ids[it.id] = true
	} else {
		it.id = "#" + number
	}
	it.alone = []string{it.id}
	it.label += fmt.Sprintf(" of pipeline %q", r.name)
	it.rules = parseGate(p, ruleConditions())
	it.items = parseGate(p, itemConditions())
	it.fields = parseGate(p, fieldConditions())
	it.do = r.transformation(p)
	return it
}

// transformation reads the type and what belongs to it. The parameters of a
// transformation that is not there are not looked at.
func (r *reader) transformation(p *params) transformation {
	n, ok := p.need("type")
	if !ok {
		return nil
	}
	name, ok := p.scalar(n, "type")
	if !ok {
		return nil
	}
	p.what = fmt.Sprintf("transformation %q", name)
	if read, ok := transformations()[name]; ok {
		t := read(p)
		p.done()
		return t
	}
	if why, ok := unsupported()[name]; ok {
		r.errorf(r.span(n), "pipeline/unsupported-transformation", why, "transformation %q is not supported", name)
		return nil
	}
	r.errorf(r.span(n), "pipeline/unknown-transformation", didYouMean(name, transformationNames()), "unknown transformation %q", name)
	return nil
}

// checkIDs warns of conditions that name an item that this file does not have:
// it may stand in another pipeline, or the name is mistyped and the condition
// never holds.
func (r *reader) checkIDs() {
	known := make([]string, 0, len(r.ids))
	for id := range r.ids {
		known = append(known, id)
	}
	for _, ref := range r.asked {
		if r.ids[ref.id] {
			continue
		}
		hint := didYouMean(ref.id, sorted(known))
		if hint == "" {
			hint = "it holds only where an earlier pipeline has such an item"
		}
		r.warnf(ref.at, "pipeline/unknown-item", hint, "no item of this pipeline has the id %q", ref.id)
	}
}

// nested numbers the items inside an item as "3.1", "3.2".
func (p *params) nested(nodes []*yaml.Node) []*item {
	return p.r.numbered(nodes, strings.TrimSuffix(p.index, ".")+".")
}
