package lint

import (
	"fmt"
	"slices"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// logic judges what the conditions of a rule can mean at all. The tree is the
// rule's own, without pipelines. It returns whether all of it is wrong.
func (c *checker) logic(tree query.Tree) bool {
	a := &atoms{known: map[string]int{}}
	whole := a.formulate(tree.Root, false)
	at := conditionSpan(c.rule)
	switch {
	case newSolver(a).refuted([]*formula{whole}):
		c.report(at, diag.Error, "lint/never-matches",
			"the condition can never match: whatever it asks for, it also excludes",
			"take the excluded values out of the filter, or out of the selection")
		return true
	case newSolver(a).refuted([]*formula{a.formulate(tree.Root, true)}):
		c.report(at, diag.Error, "lint/always-matches",
			"the condition matches every event, whatever it holds",
			"compare it with what the rule is about: an or may have to be an and")
		return true
	}
	if !c.broad(a, whole, at) {
		c.deadAlternatives(a, whole)
	}
	c.exclusive(a, whole)
	c.exclusions(a, whole)
	return false
}

// conditions judges each condition of a list by itself.
func (c *checker) conditions() {
	all := c.rule.Detection.Conditions
	if len(all) < 2 {
		return
	}
	for i := range all {
		one := *c.rule
		one.Detection.Conditions = all[i : i+1]
		tree, ds := query.Resolve(&one, nil)
		if tree.Root == nil || diag.HasErrors(ds) {
			continue
		}
		a := &atoms{known: map[string]int{}}
		if newSolver(a).refuted([]*formula{a.formulate(tree.Root, false)}) {
			c.warn(conditionSpan(&one), "lint/dead-alternative", "this condition of the list can never match: whatever it asks for, it also excludes",
				"correct or remove it")
		}
	}
}

// filtered asks whether filters, which are documents of their own, left
// anything of the rule.
func (c *checker) filtered(tree query.Tree) {
	if c.wrong || tree.Rule == nil || len(tree.Rule.Filters) == 0 {
		return
	}
	a := &atoms{known: map[string]int{}}
	if newSolver(a).refuted([]*formula{a.formulate(tree.Root, false)}) {
		f := tree.Rule.Filters[0]
		c.report(conditionSpan(c.rule), diag.Error, "lint/never-matches",
			"with its filters the rule can never match: they exclude all that it asks for",
			fmt.Sprintf("look at the filter %q in %s", f.Head.Title, f.Head.File.Name))
	}
}

// conditionSpan is the place of the condition, or of the first of several.
func conditionSpan(r *sigma.Rule) diag.Span {
	for _, cond := range r.Detection.Conditions {
		if cond.Source != nil {
			return cond.Source.Sub(0, len(cond.Text))
		}
	}
	return r.Detection.Span
}

// broad asks the rule of two events: one that has none of its fields, and one
// that has all of them with values that nobody thought of.
func (c *checker) broad(a *atoms, whole *formula, at diag.Span) bool {
	empty := whole.ask(func(l literal) bool { return l.neg })
	usual := whole.ask(func(l literal) bool {
		x := a.list[l.atom]
		return (x.kind == isThere || x.all) != l.neg
	})
	switch {
	case empty:
		c.report(at, diag.Warning, "lint/too-broad",
			"the rule matches each event of its log source that has none of its fields",
			"ask for something that has to be there, beside what must not be")
	case usual:
		c.report(at, diag.Warning, "lint/too-broad",
			"the rule matches each event of its log source that has its fields, whatever they hold",
			"ask for a value, not only whether a field is there")
	}
	return empty || usual
}

func (f *formula) ask(yes func(literal) bool) bool {
	if f.kind == oneLiteral {
		return yes(f.lit)
	}
	for _, kid := range f.kids {
		if kid.ask(yes) == (f.kind == someKid) {
			return f.kind == someKid
		}
	}
	return f.kind == allKids
}

// Limits on the search for alternatives that cannot match: a rule past them is
// a list of indicators, and its filters are few.
const (
	maxAlternatives = 400
	maxDead         = 5
)

// deadAlternatives finds what a list asks for and a filter excludes.
func (c *checker) deadAlternatives(a *atoms, whole *formula) {
	if whole.kind != allKids {
		return
	}
	found := 0
	s := newSolver(a)
	for i, f := range whole.kids {
		if f.kind != someKid || len(f.kids) > maxAlternatives || !f.positive() {
			continue
		}
		rest := make([]*formula, 0, len(whole.kids))
		rest = append(append(append(rest, nil), whole.kids[:i]...), whole.kids[i+1:]...)
		for _, kid := range f.kids {
			rest[0] = kid
			m := kid.first()
			if found == maxDead || m == nil || !s.refuted(rest) {
				continue
			}
			found++
			c.report(m.Span, diag.Warning, "lint/dead-alternative",
				"this can never match: another part of the condition excludes it",
				"remove it here, or take it out of the filter")
		}
	}
}

// positive reports whether nothing in the formula is negated.
func (f *formula) positive() bool {
	if f.kind == oneLiteral {
		return !f.lit.neg
	}
	for _, kid := range f.kids {
		if !kid.positive() {
			return false
		}
	}
	return true
}

// first returns the first question of the formula.
func (f *formula) first() *query.Match {
	for f.kind != oneLiteral {
		if len(f.kids) == 0 {
			return nil
		}
		f = f.kids[0]
	}
	return f.from
}

// exclusive finds two texts that one field has to hold at once, and no single
// value can: only a list matches then.
func (c *checker) exclusive(a *atoms, whole *formula) {
	if whole.kind != allKids {
		return
	}
	before := map[string][]*formula{}
	for _, f := range whole.kids {
		if f.kind != oneLiteral || f.lit.neg {
			continue
		}
		x := a.list[f.lit.atom]
		if x.kind != isText || x.field == "" {
			continue
		}
		for _, other := range before[x.field] {
			if apart(x.text, a.list[other.lit.atom].text) {
				c.report(f.from.Span, diag.Warning, "lint/one-value",
					fmt.Sprintf("the field %s has to hold this and what line %d asks for: no single value does", x.field, other.from.Span.Position().Line),
					"join them with or (a list of values), unless the field is a list")
				return
			}
		}
		before[x.field] = append(before[x.field], f)
	}
}

// exclusions finds what is excluded though a single value could never be both
// that and what the rule asks for.
func (c *checker) exclusions(a *atoms, whole *formula) {
	if whole.kind != allKids {
		return
	}
	asked := map[string][][]pattern{}
	for _, f := range whole.kids {
		if field, ps := f.texts(a); field != "" {
			asked[field] = append(asked[field], ps)
		}
	}
	for _, f := range whole.kids {
		clause := []*formula{f}
		if f.kind == someKid {
			clause = f.kids
		}
		if m := a.pointless(clause, asked); m != nil {
			c.warn(m.Span, "lint/useless-exclusion", fmt.Sprintf("this excludes nothing: what the rule asks of %s is never that", m.Field),
				"remove it, or correct it so that it excludes what it should")
		}
	}
}

// texts returns the field and the alternatives where a formula asks texts of
// one field and nothing else.
func (f *formula) texts(a *atoms) (field string, ps []pattern) {
	if f.kind == oneLiteral {
		x := a.list[f.lit.atom]
		if f.lit.neg || x.kind != isText {
			return "", nil
		}
		return x.field, []pattern{x.text}
	}
	for _, kid := range f.kids {
		of, more := kid.texts(a)
		if kid.kind != oneLiteral || of == "" || field != "" && of != field {
			return "", nil
		}
		field, ps = of, append(ps, more...)
	}
	return field, ps
}

// pointless returns a question of an excluding clause that cannot be answered
// with yes once the rule has what it asks for.
func (a *atoms) pointless(clause []*formula, asked map[string][][]pattern) *query.Match {
	var found *query.Match
	for _, f := range clause {
		if f.kind != oneLiteral || !f.lit.neg {
			return nil
		}
		x := a.list[f.lit.atom]
		if found != nil || x.kind != isText {
			continue
		}
		for _, ps := range asked[x.field] {
			if !slices.ContainsFunc(ps, func(p pattern) bool { return !apart(p, x.text) }) {
				found = f.from
			}
		}
	}
	return found
}
