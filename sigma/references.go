package sigma

import (
	"fmt"
	"slices"

	"github.com/sigwatch/sigwatch/diag"
)

// References checks what the documents of a run say of each other: whether the
// rules are there that filters and correlations name. All files have to be
// added first; it keeps a few words of each rule. The zero value is ready.
type References struct {
	// known are the ids and names of all rules and correlations, with their log
	// sources.
	known        map[string][]*Rule
	rules        []*Rule
	filters      []*Filter
	correlations []*Correlation
	// named are the correlations by their ids and names.
	named map[string][]*Correlation
	// unread is true where nobody knows which rules a file held, rejected where
	// a rule is there of which nobody knows the log source.
	unread, rejected bool
}

// Add notes what a file holds.
func (x *References) Add(p Parsed) {
	for _, r := range p.Rules {
		// Without its place, which would keep the file's text.
		source := LogSource{Category: r.LogSource.Category, Product: r.LogSource.Product, Service: r.LogSource.Service}
		x.add(&Rule{ID: r.ID, Name: r.Name, LogSource: source})
	}
	for _, r := range p.Rejected {
		// Its log source may be any.
		x.add(&Rule{ID: r.ID, Name: r.Name})
	}
	x.filters = append(x.filters, p.Filters...)
	x.correlations = append(x.correlations, p.Correlations...)
	x.unread = x.unread || p.Unread
	x.rejected = x.rejected || len(p.Rejected) > len(p.Correlations)
}

func (x *References) add(r *Rule) {
	if x.known == nil {
		x.known = map[string][]*Rule{}
	}
	for _, key := range slices.Compact([]string{r.ID, r.Name}) {
		if key != "" {
			x.known[key] = append(x.known[key], r)
		}
	}
	if r.LogSource != (LogSource{}) {
		x.rules = append(x.rules, r)
	}
}

// Check returns what is wrong between the documents, sorted: rules that are
// named and are not there, correlations that lead back to themselves, and
// filters that are for no rule.
//
// Where a file could not be read, it may hold what seems to be missing: then
// only what does not depend on that is said.
func (x *References) Check() []diag.Diagnostic {
	var ds []diag.Diagnostic
	x.named = map[string][]*Correlation{}
	for _, c := range x.correlations {
		for _, key := range slices.Compact([]string{c.Head.ID, c.Head.Name}) {
			x.named[key] = append(x.named[key], c)
		}
	}
	for _, c := range x.correlations {
		ds = append(ds, x.correlation(c)...)
	}
	for _, f := range x.filters {
		ds = append(ds, x.filter(f)...)
	}
	diag.Sort(ds)
	return ds
}

func (x *References) correlation(c *Correlation) []diag.Diagnostic {
	var ds []diag.Diagnostic
	for _, ref := range c.Rules {
		switch {
		case x.known[ref.Text] == nil && !x.unread:
			ds = append(ds, unknownRule(ref, diag.Error))
		case x.leads(ref, c, map[*Correlation]bool{}):
			ds = append(ds, diag.Diagnostic{
				Span: ref.Span, Severity: diag.Error, Code: "sigma/circular-rules",
				Message: fmt.Sprintf("the correlation %q leads back to this one", ref.Text),
				Hint:    "a correlation cannot be about its own results",
			})
		}
	}
	return ds
}

// leads reports whether a reference leads to a correlation over others.
func (x *References) leads(from Reference, to *Correlation, seen map[*Correlation]bool) bool {
	for _, c := range x.named[from.Text] {
		if seen[c] {
			continue
		}
		seen[c] = true
		if c == to || slices.ContainsFunc(c.Rules, func(ref Reference) bool { return x.leads(ref, to, seen) }) {
			return true
		}
	}
	return false
}

func unknownRule(ref Reference, severity diag.Severity) diag.Diagnostic {
	return diag.Diagnostic{
		Span: ref.Span, Severity: severity, Code: "sigma/unknown-rule",
		Message: fmt.Sprintf("no rule has the id or name %q", ref.Text),
		Hint:    "write the id or the name of a rule, not its title",
	}
}

// filter says which of the rules that it names it is not for.
func (x *References) filter(f *Filter) []diag.Diagnostic {
	var ds []diag.Diagnostic
	useless := func(at diag.Span, message, hint string) {
		ds = append(ds, diag.Diagnostic{Span: at, Severity: diag.Warning, Code: "sigma/useless-filter", Message: message, Hint: hint})
	}
	switch {
	case f.Broken:
		return nil
	case f.Any:
		if !x.unread && !x.rejected && !slices.ContainsFunc(x.rules, f.AppliesTo) {
			useless(f.Head.LogSource.Span, "no rule has the filter's log source", "remove the filter, or say less in its log source")
		}
		return ds
	}
	for _, ref := range f.Rules {
		switch named := x.known[ref.Text]; {
		case named == nil && !x.unread:
			ds = append(ds, unknownRule(ref, diag.Warning))
		case len(named) > 0 && !slices.ContainsFunc(named, func(r *Rule) bool {
			return r.LogSource == (LogSource{}) || f.AppliesTo(r)
		}):
			useless(ref.Span, fmt.Sprintf("the rule %q has another log source than the filter, which is not applied to it", ref.Text),
				"say in the filter's log source what the rule's says, or less")
		}
	}
	return ds
}
