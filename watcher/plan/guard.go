package plan

import (
	"fmt"

	"github.com/sigwatch/sigwatch/diag"
)

// mayDelete turns a deletion into a held one where this run may not delete the
// watch. A held deletion is no rule and counts in no summary.
func (p *planner) mayDelete(c Change, e *entry) Change {
	hold := func(code, why string) Change {
		c.Action, c.Cause, c.Code, c.Reason = Hold, "", code, "not deleted: "+why
		return c
	}
	switch {
	case !p.in.Complete:
		return hold(CodeIncomplete, "the listing is incomplete")
	case e.standing == copied:
		p.report(diag.Diagnostic{
			Severity: diag.Warning, Code: CodeCopiedMark,
			Message: fmt.Sprintf("watch %s bears the mark of watch %s, as after a copy by hand", e.live.ID, e.mark.watch),
			Hint:    "delete it by hand, or remove metadata.sigwatch from it",
		}, "")
		return hold(CodeCopiedMark, "it bears the mark of "+e.mark.watch+", a copy made by hand")
	case e.heldBy != "":
		return hold(CodeUnknownOrphans, e.heldBy)
	case p.plan.DeletionsHeld != "":
		return hold(CodeUnknownOrphans, p.plan.DeletionsHeld)
	default:
		return c
	}
}

// guard stops the whole run where it would do what nobody can have meant.
func (p *planner) guard() {
	p.reportHeld()
	deletes := 0
	for i := range p.plan.Changes {
		if p.plan.Changes[i].Action == Delete {
			deletes++
		}
	}
	p.plan.Guard = p.emptyGuard(deletes)
	if p.plan.Guard == nil {
		p.plan.Guard = p.deletionGuard(deletes)
	}
	if g := p.plan.Guard; g != nil {
		p.report(diag.Diagnostic{Severity: diag.Error, Code: g.Code, Message: g.Message, Hint: g.Hint}, "")
	}
}

func (p *planner) reportHeld() {
	if !p.in.Complete {
		p.plan.Incomplete = p.in.Why
		if p.in.Why == "" {
			p.plan.Incomplete = "it did not add up"
		}
		p.report(diag.Diagnostic{
			Severity: diag.Error, Code: CodeIncomplete,
			Message: "the listing of the cluster's watches is incomplete: " + p.plan.Incomplete,
			Hint:    "nothing is deleted in this run; run again, or see what is wrong with the watches named",
		}, "")
	}
	if p.plan.DeletionsHeld != "" {
		p.report(diag.Diagnostic{
			Severity: diag.Warning, Code: CodeUnknownOrphans, Hint: "repair the file, or remove it",
			Message: "nothing is deleted in this run: " + p.plan.DeletionsHeld,
		}, "")
	}
}

// emptyGuard stops a run without rules, also where we own no watch yet: in a
// delivery pipeline that reads the wrong folder nothing would be watched, and
// all would be green.
func (p *planner) emptyGuard(deletes int) *Guard {
	none := p.in.NoRules || len(p.in.Wanted) == 0 && len(p.in.Held) == 0
	if !none || p.in.Narrowed || p.in.Limits.AllowEmpty {
		return nil
	}
	message := "no rules were found"
	if p.owned > 0 {
		message += fmt.Sprintf(", but %s on the cluster", count(p.owned, "watch of ours is", "watches of ours are"))
	}
	flags := "--allow-empty"
	if p.tooMany(deletes) {
		flags = fmt.Sprintf("--allow-empty and --allow-deletes %d", deletes)
	}
	return &Guard{
		Code:    CodeNoRules,
		Message: message,
		Hint:    fmt.Sprintf("look at \"rules:\" in the configuration; if there shall be none, run again with %s", flags),
	}
}

func (p *planner) deletionGuard(deletes int) *Guard {
	if !p.tooMany(deletes) {
		return nil
	}
	return &Guard{
		Code: CodeTooManyDeletions,
		Message: fmt.Sprintf("%s of %d would be deleted, more than the %d that pass unasked",
			count(deletes, "watch", "watches"), p.owned, p.limit()),
		Hint: fmt.Sprintf("if all of them shall go, run again with --allow-deletes %d", deletes),
	}
}

func (p *planner) tooMany(deletes int) bool {
	return deletes > p.limit() && deletes > p.in.Limits.AllowDeletes
}

// limit is max(max_deletes, 10 % of ours). Ten percent of fewer than ten is
// less than one watch.
func (p *planner) limit() int { return max(p.in.Limits.MaxDeletes, p.owned/10) }

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
