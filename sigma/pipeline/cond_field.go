package pipeline

import (
	"regexp"
	"slices"

	"github.com/sigwatch/sigwatch/sigma"
)

// includeFields holds for the named fields. A keyword has no field and is
// never included.
type includeFields struct {
	names    map[string]bool
	patterns []*regexp.Regexp
}

func readFields(p *params) includeFields {
	fields, c := p.needTexts("fields"), includeFields{names: map[string]bool{}}
	if p.choice("mode", "plain", "re") == "plain" {
		for _, f := range fields {
			c.names[f] = true
		}
		return c
	}
	n, ok := p.take("fields")
	for _, f := range fields {
		if ok {
			c.patterns = append(c.patterns, p.r.pattern(n, f, anchored))
		}
	}
	return c
}

func (c includeFields) holds(_ *run, s subject) bool {
	return c.match(s.name) || s.anyRef(c.match)
}

func (c includeFields) match(name string) bool {
	if name == "" {
		return false
	}
	return c.names[name] || slices.ContainsFunc(c.patterns, func(re *regexp.Regexp) bool { return re.MatchString(name) })
}

// anyRef asks about the field references in the item's values, where the
// subject is a whole item.
func (s subject) anyRef(good func(string) bool) bool {
	return s.refs && slices.ContainsFunc(s.item.Values, func(v sigma.Located) bool {
		ref, ok := v.Value.(sigma.FieldRef)
		return ok && good(ref.Field)
	})
}

type excludeFields struct{ includeFields }

func (c excludeFields) holds(_ *run, s subject) bool {
	out := func(name string) bool { return !c.match(name) }
	return out(s.name) || s.anyRef(out)
}

type fieldApplied struct{ id string }

func readFieldApplied(p *params) cond[subject] { return fieldApplied{appliedID(p)} }

// holds looks at the item itself where there is one; a bare name is asked for
// the items that made it.
func (c fieldApplied) holds(x *run, s subject) bool {
	if s.item != nil {
		return slices.Contains(s.item.Applied, c.id)
	}
	return slices.Contains(x.names[s.name], c.id)
}
