package classic

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
)

// checkConfigs holds the configurations to what the profile 2023 asks of
// them: they fit the target, and their order rises strictly.
func checkConfigs(opt Options) error {
	if opt.Profile == Profile2019 {
		return nil
	}
	for i, c := range opt.Configs {
		if c.hasBackends && !slices.Contains(c.backends, string(opt.Target)) {
			return &refusal{
				code: "classic/config-target", message: "the configuration " + quote(c.Name) + " is not for the target " + quote(string(opt.Target)),
				hint: "its key backends names the targets; add this one there if the file fits",
			}
		}
		if i > 0 && !rises(opt.Configs[i-1], c) {
			return &refusal{
				code: "classic/config-order", message: "the configuration " + quote(c.Name) + " has to come before " + quote(opt.Configs[i-1].Name),
				hint: "give the configurations so that their key order rises, the generic ones first",
			}
		}
	}
	return nil
}

// rises reports whether a configuration may follow another one. Where one of
// them states no order nothing is compared.
func rises(a, b *Config) bool {
	if a.order == nil || b.order == nil || a.order.kind != kindInt || b.order.kind != kindInt {
		return true
	}
	x, okX := new(big.Int).SetString(a.order.text, 10)
	y, okY := new(big.Int).SetString(b.order.text, 10)
	return !okX || !okY || x.Cmp(y) < 0
}

// sourceMatch is what the configurations say of a rule's log source.
type sourceMatch struct {
	indices []string
	// matches are the configured log sources that fit.
	matches []logSource
	joinOr  bool
}

// source matches the rule's log source against the configurations.
func (p *parser) source() error {
	v := p.rule.doc.get("logsource")
	if v == nil {
		return nil
	}
	if v.kind != kindMap {
		return refuseAt(v.at, "classic/log-source", "the log source is "+v.kind.String()+", and not a map")
	}
	p.rule.known = true
	want := triple{textOf(v.get("category")), textOf(v.get("product")), textOf(v.get("service"))}
	m := &p.rule.source
	rewritten := false
	for _, c := range p.run.opt.Configs {
		for _, s := range c.sources {
			if !s.triple.fits(want) {
				continue
			}
			m.matches = append(m.matches, s)
			if s.rewrite == nil {
				continue
			}
			if rewritten && *s.rewrite != want {
				return refuseAt(v.at, "classic/log-source", "the configurations rewrite the log source in different ways")
			}
			want, rewritten = *s.rewrite, true
		}
	}
	return m.merge(p.run.opt.Configs, v.at)
}

func textOf(v *value) string {
	if v.isText() {
		return v.text
	}
	return ""
}

// fits reports whether all that a configured log source states is what the
// rule has.
func (t triple) fits(rule triple) bool {
	same := func(a, b string) bool { return a == "" || a == b }
	return same(t.category, rule.category) && same(t.product, rule.product) && same(t.service, rule.service)
}

// merge makes one of the matches.
func (m *sourceMatch) merge(configs []*Config, at place) error {
	var all triple
	for _, s := range m.matches {
		for _, part := range []struct {
			all  *string
			here string
		}{{&all.category, s.triple.category}, {&all.product, s.triple.product}, {&all.service, s.triple.service}} {
			if *part.all != "" && part.here != "" && *part.all != part.here {
				return refuseAt(at, "classic/log-source", "the configurations' log sources that fit contradict each other: "+quote(*part.all)+" and "+quote(part.here))
			}
			*part.all = cmp.Or(*part.all, part.here)
		}
		for _, index := range s.indices {
			if !slices.Contains(m.indices, index) {
				m.indices = append(m.indices, index)
			}
		}
	}
	if len(m.indices) == 0 && len(configs) > 0 {
		m.indices = configs[len(configs)-1].indices
	}
	for _, c := range configs {
		if c.joinOr != "" {
			m.joinOr = c.joinOr == "or"
			break
		}
	}
	return nil
}

// withSource puts the log source's conditions before a search.
func (p *parser) withSource(tree *node) (*node, error) {
	if !p.rule.known {
		return tree, nil
	}
	all := and()
	for _, s := range p.rule.source.matches {
		one := and()
		for _, e := range s.conditions {
			if err := p.budget(e.value); err != nil {
				return nil, err
			}
			name, ok := e.key.python()
			if !ok {
				return nil, configFault(e.key.at, "a field's name is "+e.key.kind.String())
			}
			// The places in a configuration mean nothing in the rule's file.
			n, err := p.mapped(name, withoutPlace(e.value), nil)
			if err != nil {
				return nil, err
			}
			one.kids = append(one.kids, n)
		}
		if len(one.kids) > 0 {
			all.kids = append(all.kids, one)
		}
	}
	return and(p.sourceTree(all), tree), nil
}

// sourceTree joins the conditions of the log sources, each in an And.
func (p *parser) sourceTree(all *node) *node {
	out := and()
	if p.run.is2019() {
		for _, one := range all.kids {
			out.kids = append(out.kids, one.kids...)
		}
	} else if len(all.kids) > 0 {
		if p.rule.source.joinOr {
			all.op = opOr
		}
		out.kids = append(out.kids, all)
	}
	if index := p.indexTree(); index != nil {
		out.kids = append(out.kids, index)
	}
	if p.run.is2019() {
		return out
	}
	for _, s := range p.rule.source.matches {
		if s.search != nil {
			out.kids = append(out.kids, &node{op: opRaw, val: withoutPlace(s.search)})
		}
	}
	return out
}

// indexTree is the search for the index, which splunk has as a field.
func (p *parser) indexTree() *node {
	if p.run.opt.Target != Splunk || len(p.rule.source.indices) == 0 {
		return nil
	}
	out := or()
	for _, index := range p.rule.source.indices {
		out.kids = append(out.kids, pair("index", &value{text: index}))
	}
	if len(out.kids) == 1 {
		return out.kids[0]
	}
	p.run.log.note(severalIndices(strconv.Itoa(len(out.kids))), place{})
	return out
}

func withoutPlace(v *value) *value {
	out := *v
	out.at = place{}
	return &out
}
