package ruletest

import (
	"bytes"
	"encoding/json"
	"regexp"

	"gopkg.in/yaml.v3"
)

// event reads one event that stands in the file itself.
func (p *parser) event(n *yaml.Node, c *Case) {
	n, ok := p.follow(n)
	if !ok {
		return
	}
	if n.Kind != yaml.MappingNode {
		hint := ""
		if n.Kind == yaml.ScalarNode {
			hint = "a file is named under events"
		}
		p.wrongType(n, "an event: fields with their values", hint)
		return
	}
	p.inline(n, c)
}

// events reads a list of events and files of events, or a single one.
func (p *parser) events(n *yaml.Node, c *Case) {
	n, ok := p.follow(n)
	if !ok {
		return
	}
	one := func(n *yaml.Node) {
		n, ok := p.follow(n)
		switch {
		case !ok:
		case n.Kind == yaml.MappingNode:
			p.inline(n, c)
		default:
			if t, ok := p.text(n); ok {
				c.sources = append(c.sources, source{file: t.value, span: t.span})
			}
		}
	}
	if n.Kind == yaml.SequenceNode {
		p.list(n, one)
		return
	}
	one(n)
}

func (p *parser) inline(n *yaml.Node, c *Case) {
	before := len(p.ds)
	event := p.object(n, 0)
	if len(p.ds) == before {
		c.sources = append(c.sources, source{json: encoded(event), span: p.span(n)})
	}
}

func encoded(event map[string]any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(event); err != nil {
		panic("ruletest: an event that is no JSON: " + err.Error())
	}
	return b.Bytes()
}

// plain makes plain data of a node: maps, lists, texts, numbers, booleans.
func (p *parser) plain(n *yaml.Node, depth int) any {
	n, ok := p.follow(n)
	if !ok {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		return p.object(n, depth)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		if !p.tooDeep(n, depth) {
			for _, kid := range n.Content {
				list = append(list, p.plain(kid, depth+1))
			}
		}
		return list
	default:
		return p.scalar(n)
	}
}

func (p *parser) tooDeep(n *yaml.Node, depth int) bool {
	if depth <= maxDepth {
		return false
	}
	p.report(p.span(n), "ruletest/too-large", "is an alias part of what it names?", "the event is nested more than %d levels deep", maxDepth)
	return true
}

// object reads a mapping. What it says itself wins over what a merge key (<<)
// brings in, also where the one nests a field that the other names with dots:
// both would make two values of one field.
func (p *parser) object(n *yaml.Node, depth int) map[string]any {
	own := map[string]any{}
	if p.tooDeep(n, depth) {
		return own
	}
	said := map[string]string{}
	var merges []*yaml.Node
	p.pairs(n, func(name text, value *yaml.Node) {
		if name.value == "<<" {
			merges = append(merges, value)
			return
		}
		own[name.value] = p.plain(value, depth+1)
		fields(name.value, own[name.value], func(field string) {
			if by, twice := said[field]; twice {
				p.report(name.span, "ruletest/duplicate-key", "keep one of them", "the field %s is said twice, under %q and %q", field, by, name.value)
			}
			said[field] = name.value
		})
	})
	for _, m := range merges {
		p.merge(own, said, m, depth)
	}
	return own
}

// merge adds what a merge key brings in. Of several the first wins.
func (p *parser) merge(into map[string]any, said map[string]string, n *yaml.Node, depth int) {
	n, ok := p.follow(n)
	switch {
	case !ok:
	case n.Kind == yaml.SequenceNode:
		p.list(n, func(kid *yaml.Node) { p.merge(into, said, kid, depth+1) })
	case n.Kind != yaml.MappingNode:
		p.wrongType(n, "a mapping to merge", "")
	default:
		for name, v := range p.object(n, depth+1) {
			if _, has := into[name]; has {
				continue
			}
			if v, ok := without(name, v, said); ok {
				into[name] = v
			}
		}
		for name, v := range into {
			fields(name, v, func(field string) { said[field] = name })
		}
	}
}

// fields visits the fields that a value stands for, by their dotted names.
func fields(name string, v any, visit func(string)) {
	object, ok := v.(map[string]any)
	if !ok {
		visit(name)
		return
	}
	for key, member := range object {
		fields(name+"."+key, member, visit)
	}
}

// without returns a value without the fields that were said elsewhere, and
// whether anything is left.
func without(name string, v any, said map[string]string) (any, bool) {
	object, ok := v.(map[string]any)
	if !ok {
		_, has := said[name]
		return v, !has
	}
	left := map[string]any{}
	for key, member := range object {
		if member, ok := without(name+"."+key, member, said); ok {
			left[key] = member
		}
	}
	return left, len(left) > 0 || len(object) == 0
}

// scalar reads a plain value. What YAML would change on the way, such as 0x1A
// or .5, is refused: an event has a number or a text, and the author knows
// which.
func (p *parser) scalar(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!str", "!!timestamp":
		return n.Value
	case "!!null":
		return nil
	case "!!bool":
		return n.Value[0]|0x20 == 't'
	case "!!int", "!!float":
		if !jsonNumber(n.Value) {
			p.report(p.span(n), "ruletest/bad-value", "put it in quotes if it is a text, or write it as a decimal number", "%q is a number in YAML and none in JSON", n.Value)
		}
		return json.Number(n.Value)
	default:
		p.wrongType(n, "a text, a number, true, false or null", "put it in quotes, without a tag")
		return nil
	}
}

func jsonNumber(s string) bool {
	return regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`).MatchString(s)
}
