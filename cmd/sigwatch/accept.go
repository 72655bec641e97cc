package main

import (
	"fmt"
	"slices"

	"github.com/sigwatch/sigwatch/config"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// acceptance judges refusals by accept_refused.
type acceptance struct{ entries []config.Accepted }

// covers tells whether a refused rule with those error codes is known and
// accepted, in all that is wrong with it.
func (a acceptance) covers(rule string, codes []string) bool {
	if rule == "" || len(codes) == 0 {
		return false
	}
	for _, code := range codes {
		if !slices.ContainsFunc(a.entries, func(e config.Accepted) bool { return e.Rule == rule && e.Code == code }) {
			return false
		}
	}
	return true
}

// unknownOf leaves out what is wrong with documents that gave no rule, where all
// of it is accepted.
func (a acceptance) unknownOf(found []diag.Diagnostic, documents []sigma.Rejected) []diag.Diagnostic {
	for _, r := range documents {
		its := func(d diag.Diagnostic) bool { return inside(d, r.Span) }
		if a.covers(r.ID, errorCodes(only(found, its))) {
			found = slices.DeleteFunc(slices.Clone(found), its)
		}
	}
	return found
}

func only(ds []diag.Diagnostic, wanted func(diag.Diagnostic) bool) []diag.Diagnostic {
	return slices.DeleteFunc(slices.Clone(ds), func(d diag.Diagnostic) bool { return !wanted(d) })
}

func inside(d diag.Diagnostic, at diag.Span) bool {
	return at.IsValid() && d.Span.IsValid() && d.Span.File == at.File && at.Start <= d.Span.Start && d.Span.End <= at.End
}

// stale returns a finding for each entry that no refusal needs any more.
func (a acceptance) stale(g *gathered, narrowed bool) []diag.Diagnostic {
	var ds []diag.Diagnostic
	for _, e := range a.entries {
		if slices.Contains(g.codes[e.Rule], e.Code) || narrowed && !g.seen[e.Rule] {
			continue
		}
		why := "is not refused for that any more"
		if !g.seen[e.Rule] {
			why = "is not among the rules"
		}
		ds = append(ds, diag.Diagnostic{
			Span: e.Span, Severity: diag.Warning, Code: "config/stale-acceptance",
			Message: fmt.Sprintf("rule %s %s (%s)", e.Rule, why, e.Code),
			Hint:    "remove the entry",
		})
	}
	return ds
}
