package plan

import (
	"fmt"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/watcher"
)

// Schema is the value of metadata.sigwatch.schema that this release writes and
// understands.
const Schema = "v1"

// Action is what a plan does with one watch or rule.
type Action string

// The actions. Those up to Delete are writes.
const (
	Create     Action = "create"
	Update     Action = "update"
	Activate   Action = "activate"
	Deactivate Action = "deactivate"
	Delete     Action = "delete"
	// Keep is the no-op: the watch is as it should be.
	Keep Action = "unchanged"
	// Hold leaves a watch exactly as it is, although the plan cannot say that
	// it is right.
	Hold Action = "held"
	// Refuse is a rule that became no watch and has none on the cluster.
	Refuse Action = "refused"
)

// Writes reports whether carrying the action out changes the cluster.
func (a Action) Writes() bool {
	switch a {
	case Create, Update, Activate, Deactivate, Delete:
		return true
	default:
		return false
	}
}

// Cause says what made a change necessary, as product.md 2 lists it.
type Cause string

// The causes. A held, refused or unchanged rule has none.
const (
	CauseRule     Cause = "rule"
	CauseSettings Cause = "settings"
	CauseTool     Cause = "tool"
	CauseDrift    Cause = "drift"
)

// Policy limits the kinds of change.
type Policy string

// The policies. The zero Policy is Sync.
const (
	// Sync creates, updates, switches and deletes.
	Sync Policy = "sync"
	// UpsertOnly never deletes.
	UpsertOnly Policy = "upsert-only"
	// CreateOnly touches no watch that is there.
	CreateOnly Policy = "create-only"
)

// ParsePolicy returns the policy of that name; the empty name is Sync.
func ParsePolicy(name string) (Policy, error) {
	switch p := Policy(name); p {
	case "":
		return Sync, nil
	case Sync, UpsertOnly, CreateOnly:
		return p, nil
	default:
		return "", fmt.Errorf("unknown policy %q: sync, upsert-only or create-only", name)
	}
}

// Limits guard deletions.
type Limits struct {
	// MaxDeletes is how many deletions pass without being asked about, unless
	// a tenth of the owner's watches is more.
	MaxDeletes int
	// AllowDeletes is the number of deletions a person has agreed to.
	AllowDeletes int
	// AllowEmpty lets a run pass that found no rule at all.
	AllowEmpty bool
}

// Held is a rule, or a whole file, out of which no watch could be made.
type Held struct {
	// Rule names it as far as it is known. File is always set.
	Rule watcher.RuleRef
	// Watches are the ids the rule would have had, where they are known.
	Watches []string
	// Code and Message are those of the diagnostic that says why.
	Code    string
	Message string
	// Unread marks a file that could not even be read as YAML; Text is then
	// what there is of it.
	Unread bool
	Text   []byte
}

// Input is all that a plan depends on.
type Input struct {
	Owner string
	// Wanted are the watches that the rules ask for.
	Wanted []watcher.Wanted
	// Held are the rules that became no watch.
	Held []Held
	// Live are the owner's watches and the foreign ones at a wanted id.
	Live []watcher.Live
	// Total counts all watches on the cluster.
	Total int
	// Complete is false where the listing did not add up; Why says how.
	Complete bool
	Why      string
	Policy   Policy
	Limits   Limits
	// Narrowed marks a run over some of the rules: nothing is deleted.
	Narrowed bool
	// NoRules marks a run that found no rule at all. No Wanted and no Held
	// mean the same.
	NoRules bool
	// Diagnostics are what earlier stages said; the plan carries them along.
	Diagnostics []diag.Diagnostic
}

// Change is what happens to one watch or one rule.
type Change struct {
	Action Action
	// Watch is the watch's id, or empty for a refused rule.
	Watch string
	Rule  watcher.RuleRef
	// Code is the diagnostic code of a held or refused rule.
	Code   string
	Reason string
	Cause  Cause
	// Fields are the differences of the canonical forms, live against wanted.
	Fields []watcher.Change
	// Active is the state that a create or update puts.
	Active bool
	// Wanted is what would be written; nil where there is none.
	Wanted *watcher.Wanted
	// Live is what the plan saw on the cluster; nil where there was none.
	Live *watcher.Live
	// Result and Error are empty until the plan is carried out.
	Result Result
	Error  string

	// counts marks the change that stands for its rule in the summary.
	counts bool
}

// switchedOff reports whether the change leaves a watch of a rule deactivated
// because a person did that, and not the configuration.
func (c *Change) switchedOff() bool {
	return (c.Action == Keep || c.Action == Update) && c.Live != nil && !c.Live.Active &&
		c.Wanted != nil && c.Wanted.Active == nil
}

// Result is what became of a change that was carried out.
type Result string

// The results.
const (
	// Done is a write that took effect.
	Done Result = "done"
	// Failed is a write that did not succeed; Error says why.
	Failed Result = "failed"
	// NotDone is a change that was never begun.
	NotDone Result = "not-done"
	// NotNeeded is a change that the watch, read again, no longer needed.
	NotNeeded Result = "not-needed"
)

// Guard is why nothing at all may be written.
type Guard struct {
	// Code is plan/no-rules or plan/too-many-deletions.
	Code    string
	Message string
	// Hint names the flag and the number that let the run through.
	Hint string
}

// Summary counts as product.md 2 says: each rule is in exactly one of Refused,
// Held, Create, Update, Activate, Deactivate and Unchanged.
type Summary struct {
	Rules      int `json:"rules"`
	Refused    int `json:"refused"`
	Held       int `json:"held"`
	Create     int `json:"create"`
	Update     int `json:"update"`
	Activate   int `json:"activate"`
	Deactivate int `json:"deactivate"`
	Unchanged  int `json:"unchanged"`
	// Delete counts watches of ours without a rule.
	Delete int `json:"delete"`
	// Foreign counts the watches of others on the cluster.
	Foreign int `json:"foreign"`
	// Failed counts writes that did not succeed or were never begun.
	Failed int `json:"failed"`
}

// LeftOut counts the changes that the policy leaves out.
type LeftOut struct {
	Update, Switch, Delete int
}

// Plan is what has to be done, in the order in which it is done.
type Plan struct {
	Owner  string
	Policy Policy
	// Changes holds creates and updates by watch id, then switches, then
	// deletions, then what is held, refused and unchanged.
	Changes []Change
	Summary Summary
	// Guard is set where nothing at all may be written.
	Guard *Guard
	// Incomplete says how the listing did not add up, or is empty.
	Incomplete string
	// DeletionsHeld says why this run deletes nothing, or is empty.
	DeletionsHeld string
	LeftOut       LeftOut
	// Diagnostics are the input's and the plan's own.
	Diagnostics []diag.Diagnostic
}

// Pending reports whether the plan holds any write.
func (p Plan) Pending() bool {
	for i := range p.Changes {
		if p.Changes[i].Action.Writes() {
			return true
		}
	}
	return false
}

// Stopped reports whether a guard stopped the run or a part of it: nothing may
// be written, or nothing may be deleted because the listing was incomplete.
func (p Plan) Stopped() bool { return p.Guard != nil || p.Incomplete != "" }

// Unwatched returns the changes that stand for a held or refused rule.
func (p Plan) Unwatched() []Change {
	var out []Change
	for _, c := range p.Changes {
		if c.counts && (c.Action == Hold || c.Action == Refuse) {
			out = append(out, c)
		}
	}
	return out
}

// Count brings the summary up to date with the changes, as after they were
// carried out. The number of foreign watches stays.
func (p *Plan) Count() {
	s := Summary{Foreign: p.Summary.Foreign}
	for i := range p.Changes {
		s.add(&p.Changes[i])
	}
	s.Rules = s.Refused + s.Held + s.Create + s.Update + s.Activate + s.Deactivate + s.Unchanged
	p.Summary = s
}

func (s *Summary) add(c *Change) {
	if c.Result == Failed || c.Result == NotDone {
		s.Failed++
	}
	if c.Action == Delete {
		s.Delete++
		return
	}
	if c.counts {
		*s.counter(c.Action)++
	}
}

func (s *Summary) counter(a Action) *int {
	switch a {
	case Create:
		return &s.Create
	case Update:
		return &s.Update
	case Activate:
		return &s.Activate
	case Deactivate:
		return &s.Deactivate
	case Hold:
		return &s.Held
	case Refuse:
		return &s.Refused
	default:
		return &s.Unchanged
	}
}
