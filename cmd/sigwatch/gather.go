package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/build"
	"github.com/sigwatch/sigwatch/watcher/plan"
)

// gathered is what the rules of a run ask for.
type gathered struct {
	wanted []watcher.Wanted
	held   []plan.Held
	found  []diag.Diagnostic
	// codes holds the error codes of the refused rules by their id.
	codes map[string][]string
	// seen holds the ids of all rules that were read.
	seen   map[string]bool
	accept acceptance
	// notes are what users must know of their queries, each once.
	notes []note
	// clauses counts the watches that ask by the Query DSL.
	clauses int
}

// note is a remark on the queries of some watches.
type note struct {
	code, text string
	watches    map[string]bool
}

// gather compiles the rules.
func gather(ctx context.Context, c *compiler, from source) (*gathered, error) {
	g := &gathered{codes: map[string][]string{}, seen: map[string]bool{}, accept: acceptance{c.cfg.Accepted}}
	err := each(ctx, from, process[sigma.LoadedFile, compiledFile]{
		work: func(f sigma.LoadedFile) compiledFile { return c.file(f, toWatch) },
		consume: func(f compiledFile) error {
			g.file(f)
			return nil
		},
	})
	return g, err
}

func (g *gathered) file(f compiledFile) {
	g.found = append(g.found, g.accept.unknownOf(f.rest, f.Rejected)...)
	for i, w := range f.lost {
		g.lost(f, w, f.Rejected[i].Span)
	}
	if f.Unread && len(f.lost) == 0 {
		g.lost(f, watcher.Wanted{Rule: watcher.RuleRef{File: f.File.Name}}, diag.Span{})
	}
	for i := range f.rules {
		g.rule(&f.rules[i])
	}
}

// lost holds the watch of a document that gave no rule, or whatever a file may
// own that could not be read at all.
func (g *gathered) lost(f compiledFile, w watcher.Wanted, at diag.Span) {
	why := errorIn(f.rest, at)
	h := plan.Held{Rule: w.Rule, Code: why.Code, Message: place(why)}
	if w.ID != "" {
		h.Watches = []string{w.ID}
	}
	if f.Unread {
		h.Unread, h.Text = true, f.File.Text
	}
	g.held = append(g.held, h)
	if w.Rule.ID != "" {
		g.seen[w.Rule.ID] = true
		codes := errorCodes(only(f.rest, func(d diag.Diagnostic) bool { return inside(d, at) }))
		g.codes[w.Rule.ID] = append(append(g.codes[w.Rule.ID], why.Code), codes...)
	}
}

// errorIn returns the first error within a place, else the first of all.
func errorIn(ds []diag.Diagnostic, at diag.Span) diag.Diagnostic {
	for _, d := range ds {
		if d.Severity == diag.Error && inside(d, at) {
			return d
		}
	}
	return firstError(ds)
}

func (g *gathered) rule(c *compiled) {
	g.seen[c.rule.ID] = true
	if !c.refused() {
		g.note(c.wanted.ID, c.query)
		g.found = append(g.found, c.found()...)
		g.wanted = append(g.wanted, c.wanted)
		return
	}
	codes := errorCodes(c.found())
	g.codes[c.rule.ID] = append(g.codes[c.rule.ID], codes...)
	if !g.accept.covers(c.rule.ID, codes) {
		g.found = append(g.found, c.found()...)
	}
	why := firstError(c.found())
	g.held = append(g.held, plan.Held{
		Rule: c.wanted.Rule, Watches: []string{c.wanted.ID}, Code: why.Code, Message: place(why),
	})
}

// place is a message with the line that it is about.
func place(d diag.Diagnostic) string {
	if at := d.Position(); at.Line > 0 {
		return fmt.Sprintf("line %d: %s", at.Line, d.Message)
	}
	return d.Message
}

// empty tells whether there was no rule at all, not even a broken one.
func (g *gathered) empty() bool { return len(g.wanted) == 0 && len(g.held) == 0 }

func (g *gathered) note(watch string, q build.Query) {
	code := noteCode(q)
	if q.Form == formDSL {
		g.clauses++
	}
	for _, text := range q.Notes {
		i := slices.IndexFunc(g.notes, func(n note) bool { return n.text == text && n.code == code })
		if i < 0 {
			i = len(g.notes)
			g.notes = append(g.notes, note{code, text, map[string]bool{}})
		}
		g.notes[i].watches[watch] = true
	}
}

func noteCode(q build.Query) string {
	if q.Form == formDSL {
		return "querydsl/note"
	}
	return "querystring/note"
}

// forms counts both forms, where there are both.
func (g *gathered) forms() string {
	if g.clauses == 0 {
		return ""
	}
	return fmt.Sprintf("%s by a query_string, %s by a clause of the Query DSL",
		count(len(g.wanted)-g.clauses, "watch asks", "watches ask"), count(g.clauses, "watch", "watches"))
}

// remarks are the notes as diagnostics.
func (g *gathered) remarks() []diag.Diagnostic {
	var ds []diag.Diagnostic
	if text := g.forms(); text != "" {
		ds = append(ds, diag.Diagnostic{Severity: diag.Info, Code: "sigwatch/forms", Message: text})
	}
	for _, n := range g.notes {
		ds = append(ds, diag.Diagnostic{Severity: diag.Info, Code: n.code, Message: n.text})
	}
	return ds
}
