// Package ruletest asks rules of events: do they match what their authors say
// they match. It reads the tests that stand beside rules (NAME.tests.yml) and
// the regression data of the Sigma project, runs them, says why an event was
// matched or not, and prints the results for people and machines.
//
// An event is asked of the rule's meaning after the pipelines (sigma/match), not
// of a server. What a form of query cannot say, and what the pinned field types
// rule out, fails the test all the same: a rule that is refused finds nothing.
// The way from a rule to its tree and its query is the caller's; the package
// knows no pipeline, no configuration and no target.
package ruletest

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
)

// Suite is a file of tests, as it was read.
type Suite struct {
	File *diag.File
	// Cases are those without an error, in file order.
	Cases []*Case
	// Diagnostics are all findings, sorted.
	Diagnostics []diag.Diagnostic

	// absent is there where the file is not.
	absent *Result
}

// Case is one test: events, and which of them the rule has to match.
type Case struct {
	// File is the file that the test stands in; Span is its place there.
	File *diag.File
	Span diag.Span
	// Name is never empty.
	Name string
	// Rule says which rule is asked.
	Rule Ref
	// Pipelines say how the fields of the events are named.
	Pipelines Pipelines
	Expect    Expect

	sources []source
	skip    string // why the case cannot be run here
	from    place
}

// source is where events come from: JSON out of the file itself, or the name
// of a file.
type source struct {
	json []byte
	file string
	span diag.Span
}

// Ref names a rule.
type Ref struct {
	// File is the rule's file by the name under which it was loaded, without
	// its extension where Beside is true. It is empty where the id says all.
	File string
	// Beside is true where the file is the one beside the tests.
	Beside bool
	// ID or Title says which rule of the file is meant; both are empty where it
	// holds only one. Without a file the id is that of any rule.
	ID, Title string
}

// String says which rule is meant.
func (r Ref) String() string {
	switch {
	case r.ID != "":
		return "with the id " + r.ID
	case r.Title != "":
		return fmt.Sprintf("%q in %s", r.Title, r.fileName())
	default:
		return "in " + r.fileName()
	}
}

// Files returns the names under which the rule's file may have been loaded.
func (r Ref) Files() []string {
	switch {
	case r.File == "":
		return nil
	case r.Beside:
		return []string{r.File + ".yml", r.File + ".yaml"}
	default:
		return []string{r.File}
	}
}

func (r Ref) fileName() string {
	if r.Beside {
		return r.File + ".yml"
	}
	return r.File
}

// names reports whether a loaded file of that name is the one meant.
func (r Ref) names(file string) bool {
	if !r.Beside {
		return r.File == file
	}
	ext := path.Ext(file)
	return file == r.File+ext && slices.Contains([]string{".yml", ".yaml"}, strings.ToLower(ext))
}

// Pipelines say through which pipelines a rule goes before it is asked, and so
// how the fields of the events are named.
type Pipelines struct {
	// Configured is true for the pipelines of the run.
	Configured bool
	// Names are those of the test, where it names some. With neither, the rule
	// is asked as it is written.
	Names []PipelineName
	// Dir is the folder that names of pipeline files are relative to.
	Dir string
}

// None reports whether the rule is asked as it is written.
func (p Pipelines) None() bool { return !p.Configured && len(p.Names) == 0 }

// Key is the same for the same pipelines, and for no others.
func (p Pipelines) Key() string {
	if p.Configured {
		return "configured"
	}
	names := []string{p.Dir}
	for _, n := range p.Names {
		names = append(names, n.Text)
	}
	return strings.Join(names, "\x00")
}

// String names the pipelines.
func (p Pipelines) String() string {
	if p.Configured {
		return "configured"
	}
	if p.None() {
		return "none"
	}
	var names []string
	for _, n := range p.Names {
		names = append(names, n.Text)
	}
	return strings.Join(names, ", ")
}

// PipelineName is the name of a pipeline with its place in the tests.
type PipelineName struct {
	Text string
	Span diag.Span
}

// Expect says which events have to match.
type Expect struct {
	kind expectKind
	// numbers are the events that have to match, from 1.
	numbers []int
	count   int
}

type expectKind uint8

const (
	expectAll expectKind = iota
	expectNone
	expectThese
	expectCount
	expectLeast
)

// holds reports whether the hits are those expected.
func (e Expect) holds(hits []bool) bool {
	n := countTrue(hits)
	switch e.kind {
	case expectAll:
		return n == len(hits)
	case expectNone:
		return n == 0
	case expectCount:
		return n == e.count
	case expectLeast:
		return n >= e.count
	default:
		return len(e.wrong(hits)) == 0
	}
}

// wrong returns the numbers, from 0, of the events that are not as they should
// be. Of a mere count nobody knows which they are: all that could be are.
func (e Expect) wrong(hits []bool) []int {
	n := countTrue(hits)
	var out []int
	for i, hit := range hits {
		want := hit
		switch e.kind {
		case expectAll:
			want = true
		case expectNone:
			want = false
		case expectThese:
			want = slices.Contains(e.numbers, i+1)
		case expectCount, expectLeast:
			want = n < e.count || n == e.count && hit
		}
		if want != hit {
			out = append(out, i)
		}
	}
	return out
}

// text says what is expected of that many events.
func (e Expect) text(events int) string {
	switch e.kind {
	case expectAll:
		return hitsText(allOf(events, true))
	case expectNone:
		return hitsText(allOf(events, false))
	case expectCount:
		return fmt.Sprintf("%d of %d events match", e.count, events)
	case expectLeast:
		return fmt.Sprintf("at least %d of %d events match", e.count, events)
	default:
		hits := allOf(events, false)
		for _, n := range e.numbers {
			if n <= events {
				hits[n-1] = true
			}
		}
		return hitsText(hits)
	}
}

func allOf(events int, hit bool) []bool {
	return slices.Repeat([]bool{hit}, events)
}

// hitsText says which events matched.
func hitsText(hits []bool) string {
	n := countTrue(hits)
	switch {
	case len(hits) == 1 && n == 1:
		return "match"
	case len(hits) == 1:
		return "no match"
	case n == 0:
		return fmt.Sprintf("none of %d events matches", len(hits))
	case n == len(hits):
		return fmt.Sprintf("all %d events match", len(hits))
	}
	var numbers []string
	for i, hit := range hits {
		if hit {
			numbers = append(numbers, fmt.Sprint(i+1))
		}
	}
	if len(numbers) > mostNumbers {
		return fmt.Sprintf("%d of %d events match", n, len(hits))
	}
	if n == 1 {
		return fmt.Sprintf("event %s of %d matches", numbers[0], len(hits))
	}
	return fmt.Sprintf("events %s of %d match", strings.Join(numbers, ", "), len(hits))
}

// mostNumbers is how many events are named one by one.
const mostNumbers = 12

func countTrue(hits []bool) int {
	n := 0
	for _, hit := range hits {
		if hit {
			n++
		}
	}
	return n
}
