package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/watcher/plan"
)

// warn says what is wrong with the cluster.
func (r *reconciliation) warn(text string) {
	d := diag.Diagnostic{Severity: diag.Warning, Code: "elastic/not-ready", Message: text}
	r.rules.found = append(r.rules.found, d)
	r.talk([]diag.Diagnostic{d})
}

// talk prints diagnostics, unless they go into the document: errors in full,
// warnings in a line each, for the plan is what one wants to read.
func (r *reconciliation) talk(ds []diag.Diagnostic) {
	if r.format != "text" {
		return
	}
	p := diag.Printer{Color: r.color(r.err)}
	for _, d := range ds {
		switch {
		case d.Severity == diag.Error:
			r.tell(p.Sprint(d))
		case d.Severity == diag.Warning && !r.quiet:
			r.tell(firstLine(p.Sprint(d)))
		}
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line + "\n"
}

// remark prints what users must know of the queries that are put. Of the others
// they know it already.
func (r *reconciliation) remark() {
	if text := r.rules.forms(); text != "" && r.writes() > 0 {
		r.say("note: %s", text)
	}
	for _, n := range r.rules.notes {
		if slices.ContainsFunc(r.plan.Changes, func(c plan.Change) bool {
			return (c.Action == plan.Create || c.Action == plan.Update) && n.watches[c.Watch]
		}) {
			r.say("note: %s", n.text)
		}
	}
}

// show prints the plan for a person.
func (r *reconciliation) show() error {
	if r.format != "text" {
		return nil
	}
	r.diagnose(r.plan.Diagnostics[len(r.rules.found):])
	r.remark()
	return plan.Text(r.out, r.plan, r.textOptions())
}

func (r *reconciliation) textOptions() plan.TextOptions {
	return plan.TextOptions{Target: r.target, Color: r.color(r.out)}
}

// finish prints what became of the run, also after a fatal error.
func (r *reconciliation) finish(err error) error {
	if r.format == "json" {
		return r.document(err)
	}
	if r.written {
		if err := plan.Outcome(r.out, r.plan, r.textOptions()); err != nil {
			return err
		}
	}
	if err == nil {
		r.advise()
	}
	return nil
}

// document writes the plan for a machine. Where a fatal error came before it,
// there is a document all the same.
func (r *reconciliation) document(err error) error {
	if !r.planned {
		r.plan = plan.Plan{}
		if r.cfg != nil {
			r.plan.Owner = r.cfg.Owner
		}
		if r.rules != nil {
			r.plan.Diagnostics = r.rules.found
		}
	}
	r.plan.Diagnostics = append(r.plan.Diagnostics, fatal(err)...)
	return plan.JSON(r.out, r.plan, plan.JSONOptions{Target: r.target})
}

// said keeps an error out of stderr that the document holds.
func (r *reconciliation) said(err error) error {
	if r.format == "json" {
		return ended(codeOf(err))
	}
	return err
}

// fatal turns the error that ended a run into diagnostics.
func fatal(err error) []diag.Diagnostic {
	if err == nil {
		return nil
	}
	if m, ok := errors.AsType[*misconfigured](err); ok {
		return m.found
	}
	d := diag.Diagnostic{Severity: diag.Error, Code: "sigwatch/failed", Message: err.Error()}
	if f, ok := errors.AsType[*failure](err); ok {
		d.Hint = f.hint
	}
	return []diag.Diagnostic{d}
}

// advise says what to do next.
func (r *reconciliation) advise() {
	unwatched, all := len(r.unwatched()), len(r.plan.Unwatched())
	if accepted := all - unwatched; accepted > 0 {
		r.say("%s refused as accept_refused says", count(accepted, "rule is", "rules are"))
	}
	if unwatched > 0 {
		r.say("%s refused or held: repair what is named above, or list it under accept_refused", count(unwatched, "rule is", "rules are"))
	}
	if r.narrowed() && r.rules.empty() {
		r.say("no rules were found in the paths of the command line")
	}
	switch {
	case r.plan.Summary.Failed > 0:
		r.say("not all was written: run sigwatch sync again, it finishes the rest")
	case r.dryRun && r.plan.Guard == nil && r.plan.Pending():
		r.say("nothing was written; sigwatch sync carries this out")
	}
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// progress says on a terminal how far the writing is.
func (r *reconciliation) progress(done int) {
	if r.quiet || !isTerminal(r.err) {
		return
	}
	r.tell(fmt.Sprintf("\r%d written", done))
	if done == r.writes() {
		r.tell("\r\x1b[K")
	}
}

func (r *reconciliation) writes() int {
	n := 0
	for i := range r.plan.Changes {
		if r.plan.Changes[i].Action.Writes() {
			n++
		}
	}
	return n
}
