package plan

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
)

// The codes of the diagnostics that this package makes.
const (
	CodeIDTaken          = "plan/id-taken"
	CodeDuplicateID      = "plan/duplicate-id"
	CodeUnknownSchema    = "plan/unknown-schema"
	CodeCopiedMark       = "plan/copied-mark"
	CodeUnknownOrphans   = "plan/deletions-held"
	CodeTooManyDeletions = "plan/too-many-deletions"
	CodeNoRules          = "plan/no-rules"
	CodeIncomplete       = "plan/incomplete-listing"
)

// hold plans the rules that became no watch. Each counts once, also where it
// holds several watches.
func (p *planner) hold() {
	for i := range p.in.Held {
		h := &p.in.Held[i]
		p.holdMentioned(h)
		held := p.holdings(h)
		if len(held) == 0 {
			p.plan.Changes = append(p.plan.Changes, p.refused(h))
			continue
		}
		for n, e := range held {
			c := Change{
				Action: Hold, Watch: e.live.ID, Rule: h.Rule, Code: h.Code, Reason: h.Message,
				Live: &e.live, counts: n == 0,
			}
			p.plan.Changes = append(p.plan.Changes, c)
			e.held = true
		}
	}
}

// refused plans a rule that has no watch. If one cannot even know which watch
// it would have had, any watch without a rule may be its own.
func (p *planner) refused(h *Held) Change {
	unknown := h.Unread || h.Rule.ID == "" && len(h.Watches) == 0
	if unknown && p.plan.DeletionsHeld == "" && !p.in.Narrowed {
		p.plan.DeletionsHeld = ruleName(h.Rule) + " could not be read, and which watch is its own is not known"
	}
	return Change{Action: Refuse, Rule: h.Rule, Code: h.Code, Reason: h.Message, counts: true}
}

// holdings are the owned watches of a rule that became none: those it names,
// else those out of its file. A watch that a good rule asks for is that rule's,
// unless this one names it by its id.
func (p *planner) holdings(h *Held) []*entry {
	ids := ownIDs(h)
	named := p.matching(func(e *entry) bool {
		if slices.Contains(h.Watches, e.live.ID) {
			return true
		}
		return p.wantedBy[e.live.ID] == 0 && containsFold(ids, e.mark.rule)
	})
	if len(named) > 0 && !h.Unread {
		return named
	}
	return p.matching(func(e *entry) bool {
		return slices.Contains(named, e) ||
			p.wantedBy[e.live.ID] == 0 && e.mark.file != "" && e.mark.file == h.Rule.File
	})
}

// holdMentioned keeps watches from deletion whose rule an unread file mentions
// anywhere in an "id:", were it under "related:". That does not make the file
// known: its own watch may still be another one.
func (p *planner) holdMentioned(h *Held) {
	if !h.Unread {
		return
	}
	ids := allIDs(h.Text)
	for _, e := range p.matching(func(e *entry) bool { return containsFold(ids, e.mark.rule) }) {
		e.heldBy = h.Rule.File + " could not be read and mentions its rule"
	}
}

// holdRule keeps the watches of a rule from deletion whose new watch is held:
// the old one under another id is all there is.
func (p *planner) holdRule(r watcher.RuleRef, why string) {
	if r.ID == "" {
		return
	}
	for _, e := range p.matching(func(e *entry) bool { return strings.EqualFold(e.mark.rule, r.ID) }) {
		e.heldBy = why
	}
}

func (p *planner) matching(is func(*entry) bool) []*entry {
	var out []*entry
	for _, id := range p.order {
		e := p.live[id]
		if (e.standing == ours || e.standing == copied) && is(e) {
			out = append(out, e)
		}
	}
	return out
}

// ownIDs are the rule ids that a held rule goes by: its own, or, for a file
// that could not be read, those in lines that begin with "id:".
func ownIDs(h *Held) []string {
	var ids []string
	if h.Rule.ID != "" {
		ids = append(ids, h.Rule.ID)
	}
	if h.Unread {
		ids = append(ids, idsIn(h.Text, `(?m)^["']?id["']?[ \t]*:[ \t]*["']?([^\s"'#]+)`)...)
	}
	return ids
}

func allIDs(text []byte) []string {
	return idsIn(text, `(?m)\bid["']?[ \t]*:[ \t]*["']?([^\s"'#,}]+)`)
}

func idsIn(text []byte, pattern string) []string {
	var ids []string
	for _, m := range regexp.MustCompile(pattern).FindAllSubmatch(text, -1) {
		ids = append(ids, string(m[1]))
	}
	return ids
}

func containsFold(list []string, s string) bool {
	return s != "" && slices.ContainsFunc(list, func(x string) bool { return strings.EqualFold(x, s) })
}

func ruleName(r watcher.RuleRef) string {
	switch {
	case r.File == "":
		return fmt.Sprintf("rule %s", cmp.Or(r.ID, r.Title))
	case r.Title != "":
		return fmt.Sprintf("%s (%s)", r.File, r.Title)
	default:
		return r.File
	}
}

func joinAnd(names []string) string {
	slices.Sort(names)
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}
