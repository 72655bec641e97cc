package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sigwatch/sigwatch/catalog/folder"
	"github.com/sigwatch/sigwatch/diag"
)

// docsSchema is the form of what docs build and docs check print as JSON.
const docsSchema = "sigwatch/docs/v1"

// report says what happened.
func (b *docsBuilder) report() error {
	if b.check {
		b.found = nil // build says it
	}
	for _, c := range b.to.Changes {
		b.found = append(b.found, heldPage(c)...)
	}
	out := bufio.NewWriter(b.app.out)
	if b.format == "json" {
		b.reportJSON(out)
	} else {
		b.diagnose(b.found)
		b.reportText(out)
	}
	if err := out.Flush(); err != nil {
		return &failure{code: exitCluster, err: fmt.Errorf("write the result: %w", err)}
	}
	return end(b.code())
}

// heldPage says why a file was left.
func heldPage(c folder.Change) []diag.Diagnostic {
	switch c.Action {
	case folder.Foreign:
		return []diag.Diagnostic{{
			Severity: diag.Error, Code: "catalog/foreign-page",
			Message: fmt.Sprintf("%q is there, and sigwatch did not write it: it is left", c.Path),
			Hint:    "choose another folder with -o, move the file away, or pass --overwrite",
		}}
	case folder.Changed:
		return []diag.Diagnostic{{
			Severity: diag.Warning, Code: "catalog/changed-page",
			Message: fmt.Sprintf("%q is wanted no more, but it was changed by hand: it is left", c.Path),
			Hint:    "remove it yourself",
		}}
	default:
		return nil
	}
}

// code is 1 for stale pages, whatever else there is: a check asks for no more.
func (b *docsBuilder) code() int {
	switch {
	case b.check && b.to.Stale():
		return exitFindings
	case !b.check && (b.refused || b.count(folder.Foreign) > 0):
		return exitRefused
	default:
		return exitDone
	}
}

func (b *docsBuilder) count(a folder.Action) int {
	n := 0
	for _, c := range b.to.Changes {
		if c.Action == a {
			n++
		}
	}
	return n
}

// reportText lists what is stale, or counts what was done.
func (b *docsBuilder) reportText(out *bufio.Writer) {
	if b.check {
		for _, c := range b.to.Changes {
			if c.Action != folder.Left && c.Action != folder.Changed {
				_, _ = fmt.Fprintf(out, "%-8s %s\n", c.Action, c.Path)
			}
		}
	}
	var parts []string
	for _, a := range []folder.Action{folder.Create, folder.Update, folder.Delete, folder.Left} {
		if n := b.count(a); n > 0 || a != folder.Left {
			parts = append(parts, fmt.Sprintf("%d %s", n, a))
		}
	}
	_, _ = fmt.Fprintf(out, "%s: %s, %d unchanged\n", b.layout, strings.Join(parts, ", "), b.to.Unchanged)
}

func (b *docsBuilder) reportJSON(out *bufio.Writer) {
	doc := struct {
		Schema  string `json:"schema"`
		Layout  string `json:"layout"`
		Summary struct {
			Create    int `json:"create"`
			Update    int `json:"update"`
			Delete    int `json:"delete"`
			Unchanged int `json:"unchanged"`
			Left      int `json:"left"`
			Foreign   int `json:"foreign"`
		} `json:"summary"`
		Changes     []folder.Change `json:"changes"`
		Diagnostics []diag.Record   `json:"diagnostics"`
	}{Schema: docsSchema, Layout: b.layout, Changes: []folder.Change{}, Diagnostics: []diag.Record{}}
	s := &doc.Summary
	s.Create, s.Update, s.Delete = b.count(folder.Create), b.count(folder.Update), b.count(folder.Delete)
	s.Unchanged, s.Left, s.Foreign = b.to.Unchanged, b.count(folder.Left), b.count(folder.Foreign)
	doc.Changes = append(doc.Changes, b.to.Changes...)
	for _, d := range b.found {
		doc.Diagnostics = append(doc.Diagnostics, diag.JSON(d))
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	_ = e.Encode(doc)
}
