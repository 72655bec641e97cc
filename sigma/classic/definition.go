package classic

import "strings"

// definition makes a tree of a definition. Join is how the items of a list
// are joined.
func (p *parser) definition(v *value, join op) (*node, error) {
	switch v.kind {
	case kindList:
		return p.list(v, join)
	case kindMap:
		return p.mapping(v)
	default:
		return nil, refuseAt(v.at, "classic/definition", "a definition is "+v.kind.String()+", and not a map or a list")
	}
}

// budget counts nodes.
func (p *parser) budget(v *value) error {
	if p.nodes++; p.nodes > maxNodes {
		return refuseAt(v.at, "classic/too-large", "the condition expands to too much")
	}
	return nil
}

func (p *parser) list(v *value, join op) (*node, error) {
	out := &node{op: join, at: v.at}
	for _, item := range v.items {
		if err := p.budget(item); err != nil {
			return nil, err
		}
		switch {
		case item.isAtom():
			out.kids = append(out.kids, word1(item))
		case item.kind == kindMap || item.kind == kindList:
			kid, err := p.definition(item, opOr)
			if err != nil {
				return nil, err
			}
			out.kids = append(out.kids, kid)
		default:
			return nil, refuseAt(item.at, "classic/definition", item.kind.String()+" stands in a list of keywords")
		}
	}
	return out, nil
}

func (p *parser) mapping(v *value) (*node, error) {
	out := and()
	out.at = v.at
	for _, e := range v.entries {
		if err := p.budget(e.key); err != nil {
			return nil, err
		}
		kids, err := p.entry(e)
		if err != nil {
			return nil, err
		}
		out.kids = append(out.kids, kids...)
	}
	return out, nil
}

// entry makes nodes of one entry of a map.
func (p *parser) entry(e entry) ([]*node, error) {
	if e.key.kind != kindText {
		return nil, refuseAt(e.key.at, "classic/definition", "a field's name is "+e.key.kind.String())
	}
	if !p.run.is2019() {
		n, err := p.modified(e)
		return []*node{n}, err
	}
	name := e.key.text
	if strings.Contains(name, "|") {
		p.run.log.note(modifierIgnored(name), e.key.at)
	}
	if e.value.kind == kindNull {
		return p.nulls(name, e.key.at)
	}
	n, err := p.mapped(name, e.value, nil)
	return []*node{n}, err
}

// nulls are the null tests of a field, one for each of its mapped names.
func (p *parser) nulls(name string, at place) ([]*node, error) {
	names, err := p.columns(&value{text: name, at: at})
	if err != nil {
		return nil, err
	}
	var out []*node
	for _, field := range names.list {
		out = append(out, &node{op: opNull, field: field, at: at})
	}
	return out, nil
}

// modified makes a node of an entry whose key has value modifiers.
func (p *parser) modified(e entry) (*node, error) {
	field, list, some := strings.Cut(e.key.text, "|")
	m := &modified{val: e.value}
	if some {
		var err error
		if m, err = p.modify(m, strings.Split(list, "|"), e.key.at); err != nil {
			return nil, err
		}
	}
	switch {
	case m.isLeaf() && m.op != opGroup:
		v, err := m.value()
		if err != nil {
			return nil, err
		}
		return p.mapped(field, v, nil)
	case m.op == opGroup && m.kids[0].op == opOr:
		return p.spread(field, m.kids[0])
	case m.op == opGroup:
		return p.mapped(field, e.value, m.node())
	}
	return p.spread(field, m)
}

// spread makes a pair of each item of an And or an Or.
func (p *parser) spread(field string, m *modified) (*node, error) {
	out := &node{op: m.op}
	for _, kid := range m.kids {
		if err := p.budget(&value{}); err != nil {
			return nil, err
		}
		n, err := p.spreadOne(field, kid)
		if err != nil {
			return nil, err
		}
		out.kids = append(out.kids, n)
	}
	return out, nil
}

func (p *parser) spreadOne(field string, kid *modified) (*node, error) {
	if !kid.isLeaf() {
		return p.mapped(field, &value{}, kid.node())
	}
	v, err := kid.value()
	if err != nil {
		return nil, err
	}
	return p.mapped(field, v, nil)
}
