package sigma

import (
	"fmt"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/condition"
)

// base is a rule that a correlation is about (section 10): it gives results of
// its own only where the correlation says so.
type base struct {
	// rule is the rule's id or name, by what the correlation has in common with
	// rules.
	rule     string
	by       *Rule
	generate bool
}

// bases are the rules that a correlation names.
func (c *Correlation) bases() []base {
	var out []base
	for _, ref := range c.Rules {
		out = append(out, base{ref.Text, c.Head, c.Generate})
	}
	condition.Walk(c.Expr, func(e condition.Expr) {
		if name, ok := e.(*condition.Name); ok {
			out = append(out, base{name.Text, c.Head, c.Generate})
		}
	})
	return out
}

// baseRules are those of a run, by what correlations call them.
type baseRules map[string]base

// add notes rules. Where correlations disagree, the one counts that wants the
// rule's own results: they would be missed. Else it is the first by the names of
// the files, since files come in any order.
func (b baseRules) add(bases []base) {
	for _, one := range bases {
		have, known := b[one.rule]
		if !known || one.generate && !have.generate || one.generate == have.generate && one.by.before(have.by) {
			b[one.rule] = one
		}
	}
}

func (r *Rule) before(other *Rule) bool {
	if r.File.Name != other.File.Name {
		return r.File.Name < other.File.Name
	}
	return r.Document < other.Document
}

// of returns the head of the correlation for whose sake a rule gives no results
// of its own, or nil.
func (b baseRules) of(r *Rule) *Rule {
	var by *Rule
	for _, name := range []string{r.ID, r.Name} {
		one, known := b[name]
		switch {
		case name == "" || !known:
		case one.generate:
			return nil
		case by == nil:
			by = one.by
		}
	}
	return by
}

// WithoutResults returns an error where the rule is to give no results of its
// own: see BaseOf. A watch of it would tell of every single event.
func (r *Rule) WithoutResults() []diag.Diagnostic {
	if r.BaseOf == nil {
		return nil
	}
	at := r.TitleSpan
	if !at.IsValid() {
		at = r.Span
	}
	return []diag.Diagnostic{{
		Span: at, Severity: diag.Error, Code: "sigma/base-rule",
		Message: fmt.Sprintf("the correlation %q of %s is about this rule, which then gives no results of its own", r.BaseOf.Title, r.BaseOf.File.Name),
		Hint:    "write generate: true into the correlation to have the rule by itself as well",
	}}
}
