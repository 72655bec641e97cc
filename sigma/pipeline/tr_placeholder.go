package pipeline

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/sigwatch/sigwatch/sigma"
)

// maxValues bounds what placeholders make of one value: each multiplies.
const maxValues = 10_000

// placeholders replaces the placeholders of texts and regular expressions.
type placeholders struct {
	// include and exclude are nil where they are not given.
	include, exclude []string
	// wildcard puts a wildcard in their place, not the values of vars.
	wildcard bool
	// fixed are the values of a file, the same for every placeholder; nil where
	// there is none.
	fixed []sigma.String
}

func readWildcardPlaceholders(p *params) transformation {
	t := p.placeholders()
	t.wildcard = true
	return t
}

func readValuePlaceholders(p *params) transformation { return p.placeholders() }

func (p *params) placeholders() placeholders {
	t := placeholders{include: p.texts("include"), exclude: p.texts("exclude")}
	if t.include != nil && t.exclude != nil {
		p.r.errorf(p.keySpan("exclude"), "pipeline/wrong-value", "take one of the two out", `"include" and "exclude" exclude each other`)
	}
	return t
}

func (t placeholders) handles(name string) bool {
	if t.include != nil {
		return slices.Contains(t.include, name)
	}
	return !slices.Contains(t.exclude, name)
}

func (t placeholders) apply(x *run) {
	x.eachValue(func(_ *sigma.Item, v sigma.Located) ([]sigma.Value, bool) {
		switch s := v.Value.(type) {
		case sigma.String:
			if slices.ContainsFunc(s.Parts, t.mine) {
				return t.strings(x, v, s)
			}
		case sigma.Regex:
			if s.Expand {
				return t.regexes(x, v, s)
			}
		}
		return nil, false
	})
}

func (t placeholders) mine(p sigma.Part) bool {
	return p.Kind == sigma.Placeholder && t.handles(p.Text)
}

// values returns what stands for a placeholder.
func (t placeholders) values(x *run, v sigma.Located, name string) []sigma.String {
	if t.wildcard {
		return []sigma.String{{Parts: []sigma.Part{{Kind: sigma.Any}}}}
	}
	if t.fixed != nil {
		return t.fixed
	}
	val, ok := x.vars[name]
	switch {
	case !ok:
		x.refuse(v.Span, "pipeline/unknown-variable", cmp.Or(didYouMean(name, keys(x.vars)), "give it a value in the vars of a pipeline"),
			"the placeholder %%%s%% has no variable", name)
	case val.problem != "":
		x.refuse(v.Span, "pipeline/unusable-variable", "give it texts and numbers only",
			"the variable of the placeholder %%%s%% %s", name, val.problem)
	}
	return val.values
}

// strings multiplies a text by the values of each of its placeholders.
func (t placeholders) strings(x *run, v sigma.Located, s sigma.String) ([]sigma.Value, bool) {
	all := [][]sigma.Part{nil}
	for _, p := range s.Parts {
		fill := [][]sigma.Part{{p}}
		if t.mine(p) {
			fill = nil
			for _, val := range t.values(x, v, p.Text) {
				fill = append(fill, val.Parts)
			}
		}
		if all = x.multiplied(v, all, fill); len(all) > maxValues {
			return t.tooMany(x, v)
		}
	}
	out := make([]sigma.Value, len(all))
	for i, parts := range all {
		out[i] = sigma.String{Parts: parts, Cased: s.Cased}
	}
	return out, !x.failed
}

func (x *run) multiplied(v sigma.Located, heads, tails [][]sigma.Part) [][]sigma.Part {
	out := make([][]sigma.Part, 0, min(len(heads)*len(tails), maxValues))
	for _, h := range heads {
		for _, tail := range tails {
			if len(out) > maxValues || !x.spend(v.Span, size(h)+size(tail)) {
				return out
			}
			out = append(out, appendParts(slices.Clone(h), tail...))
		}
	}
	return out
}

func size(parts []sigma.Part) int {
	bytes := 0
	for _, p := range parts {
		bytes += len(p.Text) + 24
	}
	return bytes
}

func (t placeholders) tooMany(x *run, v sigma.Located) ([]sigma.Value, bool) {
	x.refuse(v.Span, "pipeline/too-many-values", "use fewer placeholders in one value, or shorter lists",
		"the placeholders make more than %d values of this one", maxValues)
	return nil, false
}

var percent = regexp.MustCompile(`%([^%]+)%`)

// regexes puts the plain form of the values into the pattern as it stands, as
// pySigma does: a variable may hold a piece of a regular expression.
func (t placeholders) regexes(x *run, v sigma.Located, re sigma.Regex) ([]sigma.Value, bool) {
	all, at, hit, left := []string{""}, 0, false, false
	for _, m := range percent.FindAllStringSubmatchIndex(re.Pattern, -1) {
		name := re.Pattern[m[2]:m[3]]
		if !t.handles(name) {
			left = true
			continue
		}
		hit = true
		var next []string
		for _, head := range all {
			for _, val := range t.values(x, v, name) {
				if len(next) <= maxValues && x.spend(v.Span, len(head)+len(re.Pattern)+size(val.Parts)) {
					next = append(next, head+re.Pattern[at:m[0]]+t.piece(val))
				}
			}
		}
		if all, at = next, m[1]; len(all) > maxValues {
			return t.tooMany(x, v)
		}
	}
	out := make([]sigma.Value, len(all))
	for i, pattern := range all {
		own := re
		own.Pattern = pattern + re.Pattern[at:]
		own.Expand = left
		out[i] = own
	}
	return out, hit && !x.failed
}

func (t placeholders) piece(s sigma.String) string {
	if t.wildcard {
		return ".*"
	}
	return s.Plain()
}
