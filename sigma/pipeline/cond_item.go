package pipeline

import (
	"regexp"
	"slices"

	"github.com/sigwatch/sigwatch/sigma"
)

// anyAll asks for any or all of an item's values. All of none hold.
type anyAll struct{ all bool }

func readAnyAll(p *params) anyAll { return anyAll{p.needChoice("cond", "any", "all") == "all"} }

func (q anyAll) match(it *sigma.Item, good func(sigma.Value) bool) bool {
	if q.all {
		return !slices.ContainsFunc(it.Values, func(v sigma.Located) bool { return !good(v.Value) })
	}
	return slices.ContainsFunc(it.Values, func(v sigma.Located) bool { return good(v.Value) })
}

// matchString holds for texts whose plain form the pattern matches from its
// start. Values that are no texts do not match, and do when negated.
type matchString struct {
	anyAll
	pattern *regexp.Regexp
	negate  bool
}

func readMatchString(p *params) cond[*sigma.Item] {
	return matchString{readAnyAll(p), p.needPattern("pattern", anchored), p.flag("negate")}
}

func (c matchString) holds(_ *run, it *sigma.Item) bool {
	return c.match(it, func(v sigma.Value) bool {
		s, ok := v.(sigma.String)
		return (ok && c.pattern.MatchString(s.Plain())) != c.negate
	})
}

type matchValue struct {
	anyAll
	value sigma.Value
}

func readMatchValue(p *params) cond[*sigma.Item] {
	return matchValue{readAnyAll(p), p.needLiteral("value")}
}

func (c matchValue) holds(_ *run, it *sigma.Item) bool {
	return c.match(it, func(v sigma.Value) bool { return equalValues(v, c.value) })
}

type containsWildcard struct{ anyAll }

func readContainsWildcard(p *params) cond[*sigma.Item] { return containsWildcard{readAnyAll(p)} }

func (c containsWildcard) holds(_ *run, it *sigma.Item) bool {
	return c.match(it, func(v sigma.Value) bool {
		s, ok := v.(sigma.String)
		return ok && s.HasWildcards()
	})
}

type isNullCond struct{ anyAll }

func readIsNull(p *params) cond[*sigma.Item] { return isNullCond{readAnyAll(p)} }

func (c isNullCond) holds(_ *run, it *sigma.Item) bool {
	return c.match(it, func(v sigma.Value) bool { return v == sigma.Value(sigma.Null{}) })
}

type itemApplied struct{ id string }

func readItemApplied(p *params) cond[*sigma.Item] { return itemApplied{appliedID(p)} }

func (c itemApplied) holds(_ *run, it *sigma.Item) bool { return slices.Contains(it.Applied, c.id) }
