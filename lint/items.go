package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/condition"
)

// detection looks at the items of the detection one by one.
func (c *checker) detection() {
	for it := range c.rule.Detection.Items() {
		c.item(it)
	}
	for i := range c.rule.Detection.Conditions {
		c.selectors(&c.rule.Detection.Conditions[i])
	}
}

func (c *checker) item(it *sigma.Item) {
	c.modifiers(it)
	c.redundant(it)
	c.scans(it)
	for _, v := range it.Values {
		c.value(it, v)
	}
}

// modifiers finds those that change nothing.
func (c *checker) modifiers(it *sigma.Item) {
	has := func(name string) bool { return slices.Contains(it.Modifiers, name) }
	useless := func(name, why, hint string) {
		c.remark(it.FieldSpan, "lint/useless-modifier", fmt.Sprintf("the modifier %q changes nothing: %s", name, why), hint)
	}
	if has("all") && len(it.Values) == 1 {
		useless("all", "there is one value", "remove it")
	}
	if has("windash") && !slices.ContainsFunc(it.Values, expanded) {
		useless("windash", "no value holds an option", "remove it")
	}
	if has("base64offset") && !has("contains") {
		c.warn(it.FieldSpan, "lint/base64offset-alone", "base64offset makes the middle of an encoded text, and the whole field is compared with it",
			"write base64offset|contains")
	}
}

// expanded reports whether a modifier made several values of one.
func expanded(v sigma.Located) bool {
	list, ok := v.Value.(sigma.Expansion)
	return ok && len(list) > 1
}

// manyScans is from how many patterns that may begin anywhere on a rule is
// costly to run.
const manyScans = 200

func (c *checker) scans(it *sigma.Item) {
	n := 0
	for _, v := range it.Values {
		if s, ok := v.Value.(sigma.String); ok && (leading(s) || it.Field == "") {
			n++
		}
	}
	if n >= manyScans {
		c.remark(it.FieldSpan.Union(it.Values[0].Span), "lint/many-scans", fmt.Sprintf("%d values begin with a wildcard: the index is read once for each", n),
			"shorten the list to what they have in common, or use startswith or whole values where they fit")
	}
}

// maxCompared is how many values of one list are compared with each other.
const maxCompared = 300

// redundant finds the values of a list that another one includes.
func (c *checker) redundant(it *sigma.Item) {
	if len(it.Values) < 2 {
		return
	}
	a := &atoms{known: map[string]int{}}
	of := make([][]int, len(it.Values))
	seen := map[string]int{}
	for i, v := range it.Values {
		of[i] = a.ofValue(it, v)
		key := fmt.Sprint(of[i])
		first, twice := seen[key]
		if !twice {
			seen[key] = i
			continue
		}
		c.warn(v.Span, "lint/duplicate-value", "the value is given twice", fmt.Sprintf("remove one; the first stands in line %d", it.Values[first].Span.Position().Line))
		of[i] = nil
	}
	if len(it.Values) <= maxCompared {
		c.subsumed(it, a, of)
	}
}

// ofValue returns the atoms of which one has to hold.
func (a *atoms) ofValue(it *sigma.Item, v sigma.Located) []int {
	list, ok := v.Value.(sigma.Expansion)
	if !ok {
		list = sigma.Expansion{v.Value}
	}
	var out []int
	for _, member := range list {
		if inner, ok := member.(sigma.Expansion); ok {
			out = append(out, a.ofValue(it, sigma.Located{Value: inner})...)
			continue
		}
		l := a.of(asked(it, member))
		if l.neg {
			l.atom = a.add(fmt.Sprint("not ", l.atom), atom{field: it.Field})
		}
		out = append(out, l.atom)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (c *checker) subsumed(it *sigma.Item, a *atoms, of [][]int) {
	for i := range of {
		for j := range of {
			narrow, wide := i, j
			if i == j || of[i] == nil || of[j] == nil || !a.within(of[narrow], of[wide]) {
				continue
			}
			drop, because := narrow, wide
			why := "another value of the list finds all that this one does"
			if it.All {
				drop, because = wide, narrow
				why = "another value of the list asks for this one as well"
			}
			c.remark(it.Values[drop].Span, "lint/redundant-value", why, fmt.Sprintf("remove it, or the one in line %d", it.Values[because].Span.Position().Line))
			break
		}
	}
}

// within reports whether each of the one is one of the other.
func (a *atoms) within(narrow, wide []int) bool {
	for _, x := range narrow {
		if !slices.ContainsFunc(wide, func(y int) bool { return a.implies(x, y) }) {
			return false
		}
	}
	return true
}

// selectors finds those that choose among one.
func (c *checker) selectors(cond *sigma.Condition) {
	condition.Walk(cond.Expr, func(e condition.Expr) {
		of, ok := e.(*condition.Of)
		if !ok || cond.Source == nil {
			return
		}
		taken := 0
		name := ""
		for _, s := range c.rule.Detection.Searches {
			if of.Matches(s.Name) {
				taken++
				name = s.Name
			}
		}
		if taken == 1 && (of.Pattern == "them" || !strings.Contains(of.Pattern, "*")) {
			hint := fmt.Sprintf("write %s: it says the same", name)
			if of.Pattern == "them" {
				hint = fmt.Sprintf("write %s: another search identifier would change what the rule means", name)
			}
			c.remark(c.condPlace(cond, of.At), "lint/one-of-one", fmt.Sprintf("%q takes in %q alone", of, name), hint)
		}
	})
}

func (c *checker) condPlace(cond *sigma.Condition, at condition.Range) diag.Span {
	return cond.Source.Sub(at.Start, at.End)
}
