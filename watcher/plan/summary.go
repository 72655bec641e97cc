package plan

import (
	"fmt"
	"strings"
)

// tally collects the parts of a summary line and leaves out what is nothing.
type tally struct{ parts []string }

func (t *tally) add(n int, word string) {
	if n > 0 {
		t.parts = append(t.parts, fmt.Sprintf("%d %s", n, word))
	}
}

func (t *tally) String() string { return strings.Join(t.parts, ", ") }

func planned(p Plan, target string) string {
	s := p.Summary
	var todo, rest tally
	todo.add(s.Create, "to create")
	todo.add(s.Update, "to update")
	todo.add(s.Activate, "to activate")
	todo.add(s.Deactivate, "to deactivate")
	todo.add(s.Delete, "to delete")
	rest.unchanged(s)
	if len(todo.parts) == 0 {
		return on("nothing to do", target, &rest)
	}
	todo.parts = append(todo.parts, rest.parts...)
	return on("plan", target, &todo)
}

func (t *tally) unchanged(s Summary) {
	word := "watches in step"
	if s.Unchanged == 1 {
		word = "watch in step"
	}
	t.add(s.Unchanged, word)
	t.add(s.Held, "held")
	t.add(s.Refused, "refused")
	t.add(s.Foreign, "foreign")
}

func on(what, target string, t *tally) string {
	if target != "" {
		what += " on " + target
	}
	if len(t.parts) == 0 {
		return what
	}
	return what + ": " + t.String()
}

func outcome(p Plan, target string) string {
	var t tally
	done := map[Action]int{}
	undone, needless := 0, 0
	for i := range p.Changes {
		switch c := &p.Changes[i]; c.Result {
		case Done:
			done[c.Action]++
		case NotDone:
			undone++
		case NotNeeded:
			needless++
		default:
		}
	}
	t.add(done[Create], "created")
	t.add(done[Update], "updated")
	t.add(done[Activate], "activated")
	t.add(done[Deactivate], "deactivated")
	t.add(done[Delete], "deleted")
	t.add(p.Summary.Failed-undone, "failed")
	t.add(undone, "not done")
	wrote := len(t.parts) > 0
	t.unchanged(p.Summary)
	if !wrote && needless == 0 {
		return on("nothing written", target, &t)
	}
	return on("done", target, &t)
}
