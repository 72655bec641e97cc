package pipeline

import (
	"slices"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/condition"
)

// prune takes the searches out that lost all of their items, and takes them
// out of the conditions (section 3, drop_detection_item). A rule of which
// nothing is left is refused: it would never find anything.
func (x *run) prune() {
	d := &x.rule.Detection
	if !slices.ContainsFunc(d.Searches, func(s sigma.Search) bool { return s.Node == nil }) {
		return
	}
	gone := map[string]bool{}
	var left []sigma.Search
	for _, s := range d.Searches {
		if s.Node == nil {
			gone[s.Name] = true
			continue
		}
		left = append(left, s)
	}
	before := d.Searches
	d.Searches = left
	lost := func(e condition.Expr) bool { return lostAll(e, before, gone) }
	var conditions []sigma.Condition
	for _, c := range d.Conditions {
		if c.Expr == nil {
			conditions = append(conditions, c)
		} else if c.Expr = without(c.Expr, lost); c.Expr != nil {
			conditions = append(conditions, c)
		}
	}
	if len(conditions) == 0 && len(d.Conditions) > 0 {
		x.refuse(d.Span, "pipeline/nothing-left", "change the conditions of the pipeline's item, or leave the rule out",
			"the pipeline drops all that the rule asks for")
	}
	d.Conditions = conditions
}

// lostAll reports whether a name or selector stands for gone searches only.
func lostAll(e condition.Expr, searches []sigma.Search, gone map[string]bool) bool {
	switch e := e.(type) {
	case *condition.Name:
		return gone[e.Text]
	case *condition.Of:
		names := selected(e, searches)
		return len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool { return !gone[n] })
	default:
		return false
	}
}

// selected returns the names of the searches that a selector takes in.
func selected(e *condition.Of, searches []sigma.Search) []string {
	var out []string
	for _, s := range searches {
		if e.Matches(s.Name) {
			out = append(out, s.Name)
		}
	}
	return out
}

// without returns the expression without what is lost, or nil.
func without(e condition.Expr, lost func(condition.Expr) bool) condition.Expr {
	switch e := e.(type) {
	case *condition.And:
		switch kids := withoutAll(e.Kids, lost); len(kids) {
		case 0:
			return nil
		case 1:
			return kids[0]
		default:
			return &condition.And{At: e.At, Kids: kids}
		}
	case *condition.Or:
		switch kids := withoutAll(e.Kids, lost); len(kids) {
		case 0:
			return nil
		case 1:
			return kids[0]
		default:
			return &condition.Or{At: e.At, Kids: kids}
		}
	case *condition.Not:
		if kid := without(e.Kid, lost); kid != nil {
			return &condition.Not{At: e.At, Kid: kid}
		}
		return nil
	default:
		if lost(e) {
			return nil
		}
		return e
	}
}

func withoutAll(kids []condition.Expr, lost func(condition.Expr) bool) []condition.Expr {
	var out []condition.Expr
	for _, kid := range kids {
		if kid = without(kid, lost); kid != nil {
			out = append(out, kid)
		}
	}
	return out
}
