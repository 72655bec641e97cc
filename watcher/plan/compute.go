package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/watcher"
)

// Compute compares what is wanted with what is there. It never fails: what
// cannot be done is in the plan, as a held change, a guard or a diagnostic.
func Compute(in Input) Plan {
	p := newPlanner(in)
	p.want()
	p.hold()
	p.orphans()
	return p.finish()
}

// entry is a live watch with what its mark says.
type entry struct {
	live     watcher.Live
	mark     mark
	standing standing
	// held marks a watch that a held change names already.
	held bool
	// heldBy is why it must not be deleted, or empty.
	heldBy string
}

type planner struct {
	in   Input
	plan Plan
	live map[string]*entry
	// order holds the ids of live, sorted.
	order []string
	// claims counts the rules that ask for a watch id, wanted the good ones.
	claims, wantedBy map[string]int
	owned            int
}

func newPlanner(in Input) *planner {
	p := &planner{
		in:     in,
		plan:   Plan{Owner: in.Owner, Policy: cmp.Or(in.Policy, Sync)},
		live:   make(map[string]*entry, len(in.Live)),
		claims: make(map[string]int, len(in.Wanted)), wantedBy: make(map[string]int, len(in.Wanted)),
	}
	p.in.Wanted = slices.Clone(in.Wanted)
	slices.SortStableFunc(p.in.Wanted, compareWanted)
	p.in.Held = slices.Clone(in.Held)
	slices.SortStableFunc(p.in.Held, compareHeld)
	p.plan.Diagnostics = slices.Clone(in.Diagnostics)
	p.index()
	p.claim()
	return p
}

func compareWanted(a, b watcher.Wanted) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), compareRefs(a.Rule, b.Rule),
		cmp.Compare(a.Hashes.Rule, b.Hashes.Rule), cmp.Compare(a.Hashes.Watch, b.Hashes.Watch))
}

func compareHeld(a, b Held) int {
	return cmp.Or(compareRefs(a.Rule, b.Rule), slices.Compare(a.Watches, b.Watches),
		cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
}

func compareRefs(a, b watcher.RuleRef) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Title, b.Title))
}

func (p *planner) index() {
	for i := range p.in.Live {
		l := p.in.Live[i]
		if _, double := p.live[l.ID]; double {
			continue
		}
		m := readMark(l.Body)
		e := &entry{live: l, mark: m, standing: stand(&l, m, p.in.Owner)}
		p.live[l.ID] = e
		p.order = append(p.order, l.ID)
		if e.standing == ours {
			p.owned++
		}
	}
	slices.Sort(p.order)
}

func (p *planner) claim() {
	for i := range p.in.Wanted {
		p.claims[p.in.Wanted[i].ID]++
		p.wantedBy[p.in.Wanted[i].ID]++
	}
	for i := range p.in.Held {
		for _, id := range p.in.Held[i].Watches {
			p.claims[id]++
		}
	}
}

// want plans each wanted watch: exactly one change for each.
func (p *planner) want() {
	for i := range p.in.Wanted {
		w := &p.in.Wanted[i]
		c := p.filter(p.wanted(w))
		c.counts = true
		p.plan.Changes = append(p.plan.Changes, c)
		if c.Action == Hold {
			p.holdRule(w.Rule, "its rule is held: "+c.Code)
		}
	}
}

func (p *planner) wanted(w *watcher.Wanted) Change {
	c := Change{Watch: w.ID, Rule: w.Rule, Wanted: w, Active: w.Active == nil || *w.Active}
	e := p.live[w.ID]
	if e != nil {
		c.Live = &e.live
	}
	switch {
	case p.claims[w.ID] > 1:
		return p.duplicate(c)
	case e == nil:
		c.Action, c.Cause, c.Reason = Create, CauseRule, "no watch yet"
		return c
	case e.standing == foreign:
		return p.taken(c, CodeIDTaken, "a watch of another owner has this id",
			"delete or rename that watch, or set watch.id to a template of your own")
	case e.standing == newer:
		return p.taken(c, CodeUnknownSchema,
			fmt.Sprintf("its watch was written by another release (schema %q)", e.mark.schema),
			"use that release, or a later one")
	default:
		return compare(c, e)
	}
}

func (p *planner) taken(c Change, code, why, hint string) Change {
	c.Action, c.Code, c.Reason = Hold, code, why
	p.report(diag.Diagnostic{
		Severity: diag.Error, Code: code, Hint: hint,
		Message: "watch " + c.Watch + " is held: " + why,
	}, c.Rule.File)
	return c
}

func (p *planner) duplicate(c Change) Change {
	c.Action, c.Code = Hold, CodeDuplicateID
	c.Reason = "also asked for by " + p.rivals(&c)
	p.report(diag.Diagnostic{
		Severity: diag.Error, Code: CodeDuplicateID, Hint: "give each rule an id of its own",
		Message: fmt.Sprintf("watch %s is held: %s", c.Watch, c.Reason),
	}, c.Rule.File)
	return c
}

// rivals names the others that ask for the same watch. Wanted is sorted by id,
// so they are neighbours.
func (p *planner) rivals(c *Change) string {
	var names []string
	for i := range p.in.Wanted {
		if w := &p.in.Wanted[i]; w.ID == c.Watch && w != c.Wanted {
			names = append(names, ruleName(w.Rule))
		}
	}
	for i := range p.in.Held {
		if slices.Contains(p.in.Held[i].Watches, c.Watch) {
			names = append(names, ruleName(p.in.Held[i].Rule))
		}
	}
	return joinAnd(names)
}

// filter leaves out what the policy does not allow.
func (p *planner) filter(c Change) Change {
	if p.plan.Policy != CreateOnly {
		return c
	}
	switch c.Action {
	case Update:
		p.plan.LeftOut.Update++
	case Activate, Deactivate:
		p.plan.LeftOut.Switch++
	default:
		return c
	}
	c.Reason = fmt.Sprintf("not in step (%s), left so by policy %s", c.Reason, CreateOnly)
	c.Action, c.Cause, c.Fields = Keep, "", nil
	return c
}

// orphans plans the watches of ours that no rule asks for.
func (p *planner) orphans() {
	if p.in.Narrowed {
		return
	}
	for _, id := range p.order {
		e := p.live[id]
		if p.wantedBy[id] > 0 || e.held || e.standing == foreign || e.standing == newer {
			continue
		}
		c := Change{
			Action: Delete, Watch: id, Rule: e.mark.ref(), Live: &e.live,
			Cause: CauseRule, Reason: "no rule asks for it any more",
		}
		if p.plan.Policy != Sync {
			p.plan.LeftOut.Delete++
			continue
		}
		p.plan.Changes = append(p.plan.Changes, p.mayDelete(c, e))
	}
}

func (p *planner) finish() Plan {
	p.guard()
	slices.SortStableFunc(p.plan.Changes, compareChanges)
	p.plan.Summary.Foreign = max(0, p.in.Total-p.marked())
	p.plan.Count()
	return p.plan
}

// marked counts the live watches with our mark, copies and those of other
// releases among them: they are not foreign.
func (p *planner) marked() int {
	n := 0
	for _, e := range p.live {
		if e.standing != foreign {
			n++
		}
	}
	return n
}

func compareChanges(a, b Change) int {
	return cmp.Or(cmp.Compare(rank(a.Action), rank(b.Action)), cmp.Compare(a.Watch, b.Watch),
		compareRefs(a.Rule, b.Rule), cmp.Compare(a.Reason, b.Reason))
}

// rank is the order in which changes are made, and then shown.
func rank(a Action) int {
	switch a {
	case Create, Update:
		return 0
	case Activate, Deactivate:
		return 1
	case Delete:
		return 2
	case Hold:
		return 3
	case Refuse:
		return 4
	default:
		return 5
	}
}

// report adds a diagnostic of the plan itself; file is empty where it concerns
// no rule.
func (p *planner) report(d diag.Diagnostic, file string) {
	if file != "" {
		d.Span = diag.NewFile(file, nil).Whole()
	}
	p.plan.Diagnostics = append(p.plan.Diagnostics, d)
}
