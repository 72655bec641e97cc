package ruletest

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
)

// Report is what became of a run.
type Report struct {
	Results []Result
	// Rules is how many rules were looked at, Untested how many of them have no
	// test.
	Rules, Untested int
	// Diagnostics are what was found in rules and tests on the way.
	Diagnostics []diag.Diagnostic
}

// Sort puts the results into the order of their files and places.
func (r *Report) Sort() {
	slices.SortStableFunc(r.Results, func(a, b Result) int {
		return cmp.Or(cmp.Compare(a.file(), b.file()), cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.ruleName(), b.ruleName()))
	})
}

// Count returns how many results have that status.
func (r *Report) Count(s Status) int {
	n := 0
	for i := range r.Results {
		if r.Results[i].Status == s {
			n++
		}
	}
	return n
}

func (r *Result) file() string {
	if r.Span.File == nil {
		return ""
	}
	return r.Span.File.Name
}

func (r *Result) line() int { return r.Span.Position().Line }

// ruleName is the rule's id, or its title where it has none.
func (r *Result) ruleName() string {
	if r.Rule == nil {
		return ""
	}
	return cmp.Or(r.Rule.ID, r.Rule.Title)
}

// TextOptions say how results are printed for people.
type TextOptions struct {
	// Verbose lists the cases that passed, too; else only those of which
	// something has to be said.
	Verbose bool
	// Quiet leaves out everything but what failed, and the numbers.
	Quiet bool
	// Color adds terminal colours.
	Color bool
}

// Text prints the results for people: what failed, with the reasons, what was
// skipped, and the numbers. The error is the writer's.
func (r *Report) Text(w io.Writer, opt TextOptions) error {
	t := &textWriter{TextOptions: opt}
	for i := range r.Results {
		t.result(&r.Results[i])
	}
	t.line("%d passed, %d failed, %d skipped%s", r.Count(Passed), r.Count(Failed), r.Count(Skipped), r.untested())
	if !opt.Quiet {
		t.line("Events were matched by what the rules mean after their pipelines; no server was asked.")
		t.notes(r.Results)
	}
	_, err := io.WriteString(w, t.String())
	return err
}

func (r *Report) untested() string {
	switch {
	case r.Rules == 0:
		return "; no rule was found"
	case r.Untested == 0:
		return "; every rule has a test"
	case r.Untested == 1:
		return fmt.Sprintf("; 1 of %d rules has no test", r.Rules)
	default:
		return fmt.Sprintf("; %d of %d rules have no test", r.Untested, r.Rules)
	}
}

type textWriter struct {
	strings.Builder
	TextOptions
}

func (t *textWriter) line(format string, args ...any) {
	t.WriteString(fmt.Sprintf(format, args...) + "\n")
}

func (t *textWriter) result(r *Result) {
	switch r.Status {
	case Passed:
		if t.Quiet || !t.Verbose && r.Message == "" {
			return
		}
	case Skipped:
		if t.Quiet {
			return
		}
	case Failed:
	}
	what := clean(r.Span.String())
	if r.Name != "" {
		what += ": " + clean(r.Name)
	}
	t.line("%s %s", t.paint(r.Status), what)
	if r.Rule != nil && r.Status != Passed {
		t.line("  rule: %s (%s)", clean(r.Rule.Title), clean(r.Rule.File.Name))
	}
	if r.Message != "" {
		t.line("  %s", clean(r.Message))
	}
	for _, d := range r.Details {
		t.line("  %s", clean(d))
	}
}

func (t *textWriter) paint(s Status) string {
	colors := map[Status]string{Passed: "\x1b[32m", Failed: "\x1b[1;31m", Skipped: "\x1b[1;33m"}
	word := string(s) + ":"
	if !t.Color {
		return word
	}
	return colors[s] + word + "\x1b[0m"
}

// notes prints what users have to know of the queries, each once.
func (t *textWriter) notes(results []Result) {
	var notes []string
	rules := map[string]map[string]bool{}
	for i := range results {
		for _, n := range results[i].Notes {
			if rules[n] == nil {
				notes = append(notes, n)
				rules[n] = map[string]bool{}
			}
			rules[n][results[i].ruleName()] = true
		}
	}
	for _, n := range notes {
		t.line("note: %s (rules: %d)", clean(n), len(rules[n]))
	}
}
