package ruletest

import (
	"errors"
	"fmt"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// Compiler is the way from a rule to its tree and to its query. It is used by
// several goroutines at once.
type Compiler interface {
	// Resolve returns what the pipelines make of a rule.
	Resolve(*sigma.Rule, Pipelines) Resolved
	// Translate says a rule as the query that would be sent. The pipelines are
	// never those of [Pipelines.None].
	Translate(*sigma.Rule, Pipelines) Translated
}

// Resolved is a rule behind some pipelines.
type Resolved struct {
	// Rule is what the pipelines left of it, Tree what that asks for.
	Rule *sigma.Rule
	Tree query.Tree
	// KeywordFields are where values without a field are looked for; none
	// means all of the event.
	KeywordFields []string
	// Found is what was found on the way; with an error there is no tree.
	Found []diag.Diagnostic
}

// Translated says what became of a rule on its way to a query.
type Translated struct {
	// Found is what was found on the way; with an error there is no query.
	Found []diag.Diagnostic
	// Accepted is true where the errors are all known and accepted.
	Accepted bool
	// Notes are what users have to know of the query.
	Notes []string
}

// Status is what became of a case.
type Status string

// The ends that a case can have.
const (
	Passed  Status = "passed"
	Failed  Status = "failed"
	Skipped Status = "skipped"
)

// Result is what became of a case, or of a file or rule that has none.
type Result struct {
	// Span is the place of the case; its file has a name at least.
	Span diag.Span
	// Rule is the rule that was asked, or nil.
	Rule *sigma.Rule
	// Name is the case's.
	Name string
	// Expected and Got say in a few words which events have to match and which
	// did. They are empty where no event was asked.
	Expected, Got string
	Status        Status
	// Code says what kind of failure it is: the code of a diagnostic.
	Code string
	// Message says in one line why it failed or was skipped, or what is to be
	// known of one that passed. Details explain it, a line each.
	Message string
	Details []string
	// Refused is true where the rule has no query, and that is not accepted.
	Refused bool
	// Notes are what users have to know of the rule's query.
	Notes []string
}

// Runner runs cases. It is safe for use by several goroutines.
type Runner struct {
	Compiler Compiler
	Plan     *Plan
	// Root is the folder that names of rule files are relative to.
	Root string
	// Regression are the pipelines for regression data; the zero value is none.
	Regression Pipelines
	// Require makes a rule without a test a failure.
	Require bool
	// Known asks only the cases of the plan, for rules that nobody named: no
	// regression data, and no word on rules without tests.
	Known bool
	// Wanted says which cases run, by rule and name; nil runs all.
	Wanted func(rule *sigma.Rule, name string) bool
}

// Run asks a rule of the events of some cases. It never fails: what cannot be
// asked is a failed case. Cases that are not wanted give no result.
func (r Runner) Run(rule *sigma.Rule, cases []*Case) []Result {
	asked := &asked{compiler: r.Compiler, rule: rule, translated: map[string]Translated{}, resolved: map[string]Resolved{}}
	var out []Result
	for _, c := range cases {
		if r.wants(rule, c.Name) {
			out = append(out, asked.run(c))
		}
	}
	return out
}

// asked is a rule that is asked of events, behind each pipeline once.
type asked struct {
	compiler   Compiler
	rule       *sigma.Rule
	translated map[string]Translated
	resolved   map[string]Resolved
}

func (a *asked) run(c *Case) Result {
	out := Result{Span: c.Span, Rule: a.rule, Name: c.Name, Status: Failed}
	if c.skip != "" {
		out.Status, out.Code, out.Message = Skipped, "ruletest/events", c.skip
		return out
	}
	through := Pipelines{Configured: true}
	if !c.Pipelines.None() {
		through = c.Pipelines
	}
	translated := a.translate(through)
	out.Notes = translated.Notes
	if diag.HasErrors(translated.Found) {
		out.refused(translated)
		return out
	}
	resolved := a.resolve(c.Pipelines)
	if diag.HasErrors(resolved.Found) {
		out.refused(Translated{Found: resolved.Found})
		return out
	}
	a.ask(c, resolved, &out)
	return out
}

func (a *asked) translate(through Pipelines) Translated {
	key := through.Key()
	t, ok := a.translated[key]
	if !ok {
		t = a.compiler.Translate(a.rule, through)
		a.translated[key] = t
	}
	return t
}

func (a *asked) resolve(through Pipelines) Resolved {
	key := through.Key()
	r, ok := a.resolved[key]
	if !ok {
		r = a.compiler.Resolve(a.rule, through)
		a.resolved[key] = r
	}
	return r
}

// refused says why there is no query that could find anything.
func (out *Result) refused(t Translated) {
	out.Refused = !t.Accepted
	for _, d := range t.Found {
		if d.Severity != diag.Error {
			continue
		}
		line := fmt.Sprintf("%s (%s)", d.Message, d.Code)
		if at := d.Span.String(); at != "" {
			line = at + ": " + line
		}
		if out.Code == "" {
			out.Code = d.Code
			out.Message = "the rule is refused, so it finds nothing: " + d.Message
		}
		out.Details = append(out.Details, clean(line))
		if d.Hint != "" {
			out.Details = append(out.Details, "  "+clean(d.Hint))
		}
	}
	if t.Accepted {
		out.Status = Skipped
		out.Message = "the rule is refused, as accept_refused says"
		out.Details = nil
	}
}

// ask asks the rule of the events.
func (a *asked) ask(c *Case, resolved Resolved, out *Result) {
	options := match.Options{KeywordFields: resolved.KeywordFields}
	m, err := match.Compile(resolved.Tree, options)
	if err != nil {
		out.Code, out.Message = "ruletest/no-meaning", "it cannot be said what the rule means: "+reason(err)
		return
	}
	events, err := c.events()
	if err == nil {
		err = c.Expect.check(len(events))
	}
	if err != nil {
		out.Code, out.Message = "ruletest/events", err.Error()
		return
	}
	hits := make([]bool, len(events))
	for i := range events {
		hits[i] = m.Match(indexed(events[i], resolved.Tree))
	}
	out.Expected, out.Got = c.Expect.text(len(events)), hitsText(hits)
	if c.Expect.holds(hits) {
		out.Status = Passed
		if n := countTrue(hits); c.Expect.kind == expectLeast && n > c.Expect.count {
			out.Message = fmt.Sprintf("%s, more than the %d of match_count", out.Got, c.Expect.count)
		}
		return
	}
	out.Code = "ruletest/mismatch"
	out.Message = fmt.Sprintf("expected: %s; got: %s", out.Expected, out.Got)
	for n, i := range c.Expect.wrong(hits) {
		if n == mostExplained {
			out.Details = append(out.Details, fmt.Sprintf("and %d more events", len(c.Expect.wrong(hits))-n))
			break
		}
		x := explainer{rule: resolved.Rule, options: options, whole: events[i], event: indexed(events[i], resolved.Tree), tree: resolved.Tree}
		out.Details = append(out.Details, x.explain(i, len(events), hits[i])...)
	}
}

// mostExplained is how many events of a case are explained.
const mostExplained = 3

// check says which of the expected events are not there.
func (e Expect) check(events int) error {
	for _, n := range e.numbers {
		if n > events {
			return fmt.Errorf("match names event %d, and there are %d", n, events)
		}
	}
	if e.count > events {
		return fmt.Errorf("%d events are expected to match, and there are %d", e.count, events)
	}
	return nil
}

// reason is the error without the place, which is that of a rule behind
// pipelines.
func reason(err error) string {
	if at, ok := errors.AsType[*match.Error](err); ok {
		return at.Reason
	}
	return err.Error()
}

// indexed is the event as the index has it: without the texts that are longer
// than a field's ignore_above, which no query finds.
func indexed(e match.Event, tree query.Tree) match.Event {
	limits := map[string]int{}
	query.Walk(tree.Root, func(m *query.Match) {
		if m.As.IgnoreAbove > 0 {
			limits[m.Field] = m.As.IgnoreAbove
		}
	})
	tooLong := func(name string, v any) bool {
		text, ok := v.(string)
		return ok && limits[name] > 0 && units(text) > limits[name]
	}
	if len(limits) == 0 || !anyValue(e, tooLong) {
		return e
	}
	fields := map[string]any{}
	for _, name := range e.Fields() {
		var kept []any
		for _, v := range e.Values(name) {
			if !tooLong(name, v) {
				kept = append(kept, v)
			}
		}
		fields[name] = kept
	}
	return match.NewEvent(fields)
}

func anyValue(e match.Event, is func(string, any) bool) bool {
	for _, name := range e.Fields() {
		for _, v := range e.Values(name) {
			if is(name, v) {
				return true
			}
		}
	}
	return false
}

// units is the length of a text as ignore_above counts it: in UTF-16 units.
func units(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xFFFF {
			n++
		}
	}
	return n
}
