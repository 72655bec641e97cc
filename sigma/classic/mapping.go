package classic

import "slices"

// candidate is what a field became: a name, or a mapping that hangs on the
// rule.
type candidate struct {
	name        string
	conditional *conditional
}

// candidates sends a field through the configurations, one after another.
func (p *parser) candidates(field string) ([]candidate, error) {
	out := []candidate{{name: field}}
	for _, c := range p.run.opt.Configs {
		var next []candidate
		for _, from := range out {
			if from.conditional != nil {
				return nil, refuse("classic/mapping", "a conditional mapping of "+quote(field)+" is followed by another configuration", "put the configuration with conditional mappings last")
			}
			for _, to := range c.targets(from.name) {
				if !slices.Contains(next, to) {
					next = append(next, to)
				}
			}
		}
		out = next
	}
	return out, nil
}

func (c *Config) targets(field string) []candidate {
	m := c.mappings[field]
	if m == nil {
		return []candidate{{name: field}}
	}
	if m.conditional != nil {
		return []candidate{{conditional: m.conditional}}
	}
	var out []candidate
	for _, name := range m.names {
		out = append(out, candidate{name: name})
	}
	return out
}

// subject is what is mapped: a field with its value, or with a group that a
// modifier left in its place.
type subject struct {
	field string
	val   *value
	sub   *node
}

func (s subject) named(name string) *node {
	n := pair(name, s.val)
	n.sub = s.sub
	return n
}

// alternatives are pairs of several names.
func (s subject) alternatives(names []string) *node {
	out := or()
	for _, name := range names {
		out.kids = append(out.kids, s.named(name))
	}
	return group(out)
}

// mapped is the search for a value in a field, under the names that the
// configurations give the field.
func (p *parser) mapped(field string, v *value, sub *node) (*node, error) {
	s := subject{field, v, sub}
	list, err := p.candidates(field)
	if err != nil {
		return nil, err
	}
	if len(list) == 1 {
		return p.one(s, list[0], true), nil
	}
	p.run.log.note(severalNames(field), v.at)
	out := or()
	for _, c := range list {
		if err := p.budget(v); err != nil {
			return nil, err
		}
		out.kids = append(out.kids, p.one(s, c, false))
	}
	return group(out), nil
}

func (p *parser) one(s subject, c candidate, alone bool) *node {
	if c.conditional == nil {
		return s.named(c.name)
	}
	if p.run.is2019() {
		return p.conditional2019(s, c.conditional)
	}
	return p.conditional2023(s, c.conditional, alone)
}

// matching returns the targets of all conditions that the rule meets.
func (p *parser) matching(c *conditional) []string {
	var out []string
	for _, cond := range c.conditions {
		if p.values[cond.field][cond.value] {
			out = appendNew(out, cond.targets)
		}
	}
	return out
}

func appendNew(to, from []string) []string {
	for _, s := range from {
		if !slices.Contains(to, s) {
			to = append(to, s)
		}
	}
	return to
}

// conditional2019 maps as in 2019, where a default of one name is gone after
// its first use.
func (p *parser) conditional2019(s subject, c *conditional) *node {
	targets := p.matching(c)
	if len(targets) == 0 && !p.run.spent[c] {
		targets = c.defaults
		p.run.spent[c] = len(targets) == 1
	}
	switch len(targets) {
	case 0:
		if c.hasDefault {
			p.run.log.note(defaultSpent(s.field), s.val.at)
		}
		return s.named(s.field)
	case 1:
		return s.named(targets[0])
	}
	return s.alternatives(targets)
}

// conditional2023 maps as in 2023, where the rule's log source counts too.
func (p *parser) conditional2023(s subject, c *conditional, alone bool) *node {
	defaults := c.defaults
	if alone {
		if own := p.ownSource(c); len(own) > 0 {
			defaults = own
		}
	}
	targets := p.matching(c)
	if len(targets) == 0 {
		targets = defaults
	}
	if len(targets) == 0 {
		targets = []string{c.source}
	}
	if s.val.kind == kindNull && s.sub == nil {
		return p.nullTests(targets)
	}
	if len(targets) == 1 {
		return s.named(targets[0])
	}
	return s.alternatives(targets)
}

func (p *parser) nullTests(targets []string) *node {
	out := or()
	for _, name := range targets {
		out.kids = append(out.kids, &node{op: opNull, field: name})
	}
	if len(out.kids) == 1 {
		return out.kids[0]
	}
	return group(out)
}

// ownSource returns the targets of the conditions that name a part of the
// rule's own log source.
func (p *parser) ownSource(c *conditional) []string {
	var out []string
	source := p.rule.doc.get("logsource")
	for _, cond := range c.conditions {
		if v := source.get(cond.field); v.isText() && v.text == cond.value {
			out = appendNew(out, cond.targets)
		}
	}
	return out
}

// names are the names of a column or of an aggregation's field.
type names struct {
	list []string
	// single is true where there is one name, and not a list of one.
	single bool
}

// columns returns the names of a field where it stands without a value.
func (p *parser) columns(field *value) (names, error) {
	list, err := p.candidates(field.text)
	if err != nil {
		return names{}, err
	}
	if len(list) > 1 {
		return p.several(list), nil
	}
	c := list[0].conditional
	if c == nil {
		return names{[]string{list[0].name}, true}, nil
	}
	if p.run.is2019() {
		switch {
		case !c.hasDefault:
			return names{[]string{field.text}, true}, nil
		case p.run.spent[c]:
			return names{}, nil
		}
		return names{c.defaults, false}, nil
	}
	targets := p.matching(c)
	if len(targets) > 0 {
		return names{targets[:1], true}, nil
	}
	if !c.hasDefault {
		return names{}, refuseAt(field.at, "classic/mapping", "the mapping of "+quote(field.text)+" has no default and none of its conditions is met")
	}
	return names{c.defaults, false}, nil
}

func (p *parser) several(list []candidate) names {
	var out names
	for _, c := range list {
		if c.conditional == nil {
			out.list = append(out.list, c.name)
		}
	}
	return out
}
