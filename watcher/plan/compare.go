package plan

import (
	"github.com/sigwatch/sigwatch/watcher"
)

// compare decides what a watch of ours needs. The bodies are compared, never
// their hashes alone; what differs in metadata.sigwatch only is no difference,
// because the canonical form has none.
func compare(c Change, e *entry) Change {
	c.Active = e.live.Active
	if c.Wanted.Active != nil {
		c.Active = *c.Wanted.Active
	}
	if e.live.Body == nil {
		c.Action, c.Cause = Update, CauseDrift
		c.Reason = "the server cannot read it any more: " + e.live.Broken
		return c
	}
	before, after := watcher.Canonical(e.live.Body), watcher.Canonical(c.Wanted.Body)
	switched := c.Active != e.live.Active
	if watcher.Equal(before, after) {
		if !switched {
			c.Action = Keep
			return c
		}
		return switchOnly(c, e)
	}
	c.Action = Update
	c.Cause, c.Reason = cause(c.Wanted.Hashes, e.mark, before)
	c.Fields = watcher.Diff(before, after)
	if switched {
		c.Fields = append(c.Fields, activeField(c))
	}
	return c
}

// switchOnly plans a watch whose body is right and whose state is not.
func switchOnly(c Change, e *entry) Change {
	c.Action = Deactivate
	word := "inactive"
	if c.Active {
		c.Action, word = Activate, "active"
	}
	c.Fields = []watcher.Change{activeField(c)}
	c.Cause, c.Reason = CauseSettings, "the configuration says "+word
	if e.mark.settingsHash == c.Wanted.Hashes.Settings {
		c.Cause, c.Reason = CauseDrift, "switched by hand; the configuration says "+word
	}
	return c
}

func activeField(c Change) watcher.Change {
	return watcher.Change{Path: "active", Before: !c.Active, After: c.Active}
}

// cause says why a body, given in canonical form, differs. A live body that is not what was put comes
// first: somebody's work would be overwritten, and that must be seen.
func cause(want watcher.Hashes, was mark, live *watcher.Object) (Cause, string) {
	ruleChanged := was.ruleHash != want.Rule
	settingsChanged := was.settingsHash != want.Settings
	drifted := watcher.HashCanonical(live) != was.watchHash
	switch {
	case drifted && ruleChanged:
		return CauseDrift, "changed by hand on the cluster; the rule changed too"
	case drifted && settingsChanged:
		return CauseDrift, "changed by hand on the cluster; the settings changed too"
	case drifted:
		return CauseDrift, "changed by hand on the cluster"
	case ruleChanged:
		return CauseRule, "the rule changed"
	case settingsChanged:
		return CauseSettings, "the settings changed"
	default:
		return CauseTool, "this release writes it differently"
	}
}

// Replan plans one watch anew that was read again just before its change was
// to be made; there is false where it is gone. The rest of the plan does not
// matter any more: its guards and its holding let this change pass.
func (p Plan) Replan(c Change, live watcher.Live, there bool) Change {
	in := Input{
		Owner: p.Owner, Policy: p.Policy, Complete: true,
		Limits: Limits{AllowDeletes: 1, AllowEmpty: true},
	}
	if c.Wanted != nil {
		in.Wanted = []watcher.Wanted{*c.Wanted}
	}
	if there {
		in.Live = []watcher.Live{live}
	}
	for _, again := range Compute(in).Changes {
		again.counts = c.counts
		return again
	}
	gone := c
	gone.Action, gone.Live, gone.Fields = Keep, nil, nil
	gone.Reason = "is gone already"
	if there {
		gone.Reason, gone.Live = "is no longer ours", &live
	}
	return gone
}
