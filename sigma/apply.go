package sigma

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/condition"
)

// ApplyFilters returns the rule with those of the filters that are for it: the
// searches of each are added under new names, and every condition C of the rule
// becomes "(C) and (condition of the filter) and …". The names begin with an
// underscore, so that no selector of the rule takes them in. What came from a
// filter keeps its places, in the filter's file. The rule itself is never
// changed; it is returned as it is where no filter is for it.
//
// Where a broken filter may be for the rule there is an error at the rule: it
// must not be deployed without the filter, and what is deployed stays.
func ApplyFilters(r *Rule, filters []*Filter) (*Rule, []diag.Diagnostic) {
	var found []diag.Diagnostic
	j := joiner{rule: r}
	for _, f := range filters {
		switch {
		case !f.AppliesTo(r):
		case f.Broken:
			if len(found) < maxMissing {
				found = append(found, f.missing(r))
			}
		default:
			j.add(f)
		}
	}
	return j.done(), found
}

// maxMissing is how many broken filters are named at a rule.
const maxMissing = 10

// missing says that a rule cannot go without the filter.
func (f *Filter) missing(r *Rule) diag.Diagnostic {
	at := r.TitleSpan
	if !at.IsValid() {
		at = r.Span
	}
	name := "a filter"
	if f.Head.Title != "" {
		name = fmt.Sprintf("the filter %q", f.Head.Title)
	}
	return diag.Diagnostic{
		Span: at, Severity: diag.Error, Code: "sigma/broken-filter",
		Message: fmt.Sprintf("%s of %s is broken, and may be for this rule", name, f.Head.File.Name),
		Hint:    "correct the filter: until then the rule is refused, and what is deployed for it stays as it is",
	}
}

// joiner puts filters into a copy of a rule.
type joiner struct {
	rule *Rule
	// filters are those that were added; searches those of the rule and, by
	// their new names, of the filters.
	filters  []*Filter
	searches []Search
	// names are the new names of each filter's searches.
	names []map[string]string
}

func (j *joiner) add(f *Filter) {
	if j.filters == nil {
		j.searches = slices.Clone(j.rule.Detection.Searches)
	}
	j.filters = append(j.filters, f)
	prefix := j.prefix(len(j.filters))
	names := map[string]string{}
	for _, s := range f.Head.Detection.Searches {
		names[s.Name] = prefix + s.Name
		s.Name = names[s.Name]
		j.searches = append(j.searches, s)
	}
	j.names = append(j.names, names)
}

// prefix returns the beginning of new names that no search has yet.
func (j *joiner) prefix(number int) string {
	prefix := "_filter_" + strconv.Itoa(number) + "_"
	for slices.ContainsFunc(j.rule.Detection.Searches, func(s Search) bool { return strings.HasPrefix(s.Name, prefix) }) {
		prefix = "_" + prefix
	}
	return prefix
}

func (j *joiner) done() *Rule {
	if j.filters == nil {
		return j.rule
	}
	out := *j.rule
	out.Filters = slices.Concat(j.rule.Filters, j.filters)
	out.Detection.Searches = j.searches
	out.Detection.Conditions = make([]Condition, len(j.rule.Detection.Conditions))
	for i, c := range j.rule.Detection.Conditions {
		out.Detection.Conditions[i] = j.condition(c)
	}
	return &out
}

// condition joins a condition of the rule and those of the filters.
func (j *joiner) condition(c Condition) Condition {
	if c.Expr == nil {
		return c
	}
	source := &Source{Span: j.rule.Detection.Span}
	if c.Source != nil {
		source.Span = c.Source.Span
	}
	text := strings.Builder{}
	and := &condition.And{}
	put := func(c Condition, searches []Search, names map[string]string) {
		if text.Len() > 0 {
			text.WriteString(" and ")
		}
		text.WriteByte('(')
		p := part{offset: text.Len(), searches: searches, names: names}
		text.WriteString(c.Text)
		source.pieces = append(source.pieces, piece{p.offset, text.Len(), c.Source})
		text.WriteByte(')')
		and.Kids = append(and.Kids, p.expr(c.Expr))
	}
	put(c, j.rule.Detection.Searches, nil)
	for i, f := range j.filters {
		put(f.Head.Detection.Conditions[0], f.Head.Detection.Searches, j.names[i])
	}
	and.At = condition.Range{Start: 0, End: text.Len()}
	return Condition{Text: text.String(), Expr: and, Aggregation: c.Aggregation, Source: source}
}

// part is a condition that becomes a part of a longer one.
type part struct {
	// offset is where its text begins there.
	offset   int
	searches []Search
	// names are the new names of its searches; nil leaves them as they are.
	names map[string]string
}

func (p part) moved(at condition.Range) condition.Range {
	return condition.Range{Start: at.Start + p.offset, End: at.End + p.offset}
}

// expr copies a tree with places moved and names changed.
func (p part) expr(e condition.Expr) condition.Expr {
	switch e := e.(type) {
	case *condition.And:
		return &condition.And{At: p.moved(e.At), Kids: p.exprs(e.Kids)}
	case *condition.Or:
		return &condition.Or{At: p.moved(e.At), Kids: p.exprs(e.Kids)}
	case *condition.Not:
		return &condition.Not{At: p.moved(e.At), Kid: p.expr(e.Kid)}
	case *condition.Name:
		return p.name(e.Text, p.moved(e.At))
	case *condition.Of:
		return p.of(e)
	}
	panic("sigma: unknown condition node")
}

func (p part) exprs(kids []condition.Expr) []condition.Expr {
	out := make([]condition.Expr, len(kids))
	for i, kid := range kids {
		out[i] = p.expr(kid)
	}
	return out
}

func (p part) name(text string, at condition.Range) condition.Expr {
	if name, ok := p.names[text]; ok {
		text = name
	}
	return &condition.Name{At: at, Text: text}
}

// of keeps a selector that takes in none of the new names, and writes the
// others out: what they mean is what they meant where they stood.
func (p part) of(e *condition.Of) condition.Expr {
	at := p.moved(e.At)
	if p.names == nil && !strings.HasPrefix(e.Pattern, "_") {
		return &condition.Of{At: at, All: e.All, Pattern: e.Pattern, PatternAt: p.moved(e.PatternAt)}
	}
	var kids []condition.Expr
	for _, s := range p.searches {
		if e.Matches(s.Name) {
			kids = append(kids, p.name(s.Name, at))
		}
	}
	switch {
	case len(kids) == 0:
		// It stays the error that it was.
		return &condition.Name{At: at, Text: e.Pattern}
	case len(kids) == 1:
		return kids[0]
	case e.All:
		return &condition.And{At: at, Kids: kids}
	default:
		return &condition.Or{At: at, Kids: kids}
	}
}
