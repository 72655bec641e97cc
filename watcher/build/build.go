// Package build makes a watch out of a rule, its query and the settings that
// apply to it: id, metadata, schedule, search with its time window, condition
// and actions with the mail's text (product.md 3.1).
//
// It is pure: the same rule, query and settings give the same bytes. It does
// not translate detections (package querystring does), decide which settings
// apply (package config does), compare watches with those of a cluster
// (package plan does) or talk to a server. Whether a server would take the
// watch is asked of package watcher, which knows the grammar.
package build

import (
	"slices"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/watcher"
)

// FormDSL is the form of a query that Query.DSL holds.
const FormDSL = "dsl"

// Query is a rule's query, whatever back end made it.
type Query struct {
	// Form names the back end: "query_string" or "dsl".
	Form string
	// Text is the text of a query_string.
	Text string
	// DSL is a clause of the Query DSL, where Form is "dsl".
	DSL *watcher.Object
	// Fields are the fields that the query asks for, those in which values
	// without a field are looked for included.
	Fields []string
	// Notes say what a user has to know of the query.
	Notes []string
}

// Settings are what the configuration says about one watch.
type Settings struct {
	// Owner is the mark of who deploys the watch, [a-z][a-z0-9_-]*.
	Owner string
	// IDTemplate makes the watch id, as in "corp-${rule.id}"; empty is
	// "<owner>-${rule.id}".
	IDTemplate string
	// Number is 2 for the second rule of a file that has the same id as
	// another, 3 for the third, and so on: the watch id then ends in "-2".
	Number int

	Schedule Schedule
	Window   Window
	// Hits is how many events the search gives back, 0 to 10,000.
	Hits int
	// Indices are the index patterns that are searched.
	Indices []string
	// Actions are what happens when events were found, in this order.
	Actions []Action
	// Active is nil where the operator's switch counts.
	Active *bool

	// Form, Case and KeywordFields are the settings that the query was made
	// with; here they only count in the hash of the settings.
	Form, Case    string
	KeywordFields []string
	// FieldTypes say how the rule's fields are indexed, where that is known;
	// they only count in the hash of the settings as well.
	FieldTypes []string
	// AllowApproximate lets queries through that are not exact.
	AllowApproximate bool

	// Tool is the version of the program. It counts in no hash.
	Tool string
	// RuleHash covers the rule and its pipelines; see RuleHash, the function.
	RuleHash string
	// Version is the server's; the zero value stands for 7.17, whose grammar
	// the later ones share as far as this package uses it.
	Version watcher.Version
}

// Action is an action of a watch, in Watcher's own grammar:
// {"email": {"to": ["soc@example.org"], "subject": "[${rule.level}] …"}}.
// Texts in it may hold ${…}, filled in by this package, and Watcher's {{…}}.
type Action struct {
	ID   string
	Body *watcher.Object
	// Span is the action's place in the configuration, where it is known.
	Span diag.Span
}

// Build makes the watch of a rule. r is what the pipelines made of the rule,
// so that the fields it lists are those of the target. Where an Error is among
// the diagnostics, the result names id and rule but has no body. All findings
// are reported at once; they stand at the rule, or at the action that the
// configuration gives a place for.
func Build(r *sigma.Rule, q Query, s Settings) (watcher.Wanted, []diag.Diagnostic) {
	id, ds := ID(r, s)
	w := watcher.Wanted{ID: id, Active: s.Active, Rule: RefOf(r)}
	b := &builder{rule: r, query: q, set: s, id: id, found: append(ds, s.check(r)...)}
	b.checkQuery()
	actions := b.actions()
	if b.failed() {
		return w, b.found
	}
	w.Body = b.body(actions)
	b.finish(&w)
	if b.failed() {
		w.Body = nil
	}
	return w, b.found
}

// RefOf names the rule as plans and messages do.
func RefOf(r *sigma.Rule) watcher.RuleRef {
	return watcher.RuleRef{ID: r.ID, Title: r.Title, File: fileName(r)}
}

func fileName(r *sigma.Rule) string {
	if r.File == nil {
		return ""
	}
	return r.File.Name
}

// builder holds what the parts of one watch are made of.
type builder struct {
	rule  *sigma.Rule
	query Query
	set   Settings
	id    string
	found []diag.Diagnostic
}

func (b *builder) report(d diag.Diagnostic) { b.found = append(b.found, d) }

func (b *builder) failed() bool { return hasError(b.found) }

func hasError(ds []diag.Diagnostic) bool {
	for _, d := range ds {
		if d.Severity == diag.Error {
			return true
		}
	}
	return false
}

// checkQuery refuses to build a watch around nothing: a query_string that is
// empty finds nothing, and a filter without a clause finds everything.
func (b *builder) checkQuery() {
	empty := b.query.Text == ""
	if b.query.Form == FormDSL {
		empty = b.query.DSL == nil || len(b.query.DSL.Members) == 0
	}
	if empty {
		b.report(diag.Diagnostic{
			Span: b.rule.Span, Severity: diag.Error, Code: "build/no-query",
			Message: "the rule has no query to search with",
			Hint:    "see the other diagnostics of this rule",
		})
	}
}

func (b *builder) body(actions *watcher.Object) *watcher.Object {
	body := watcher.NewObject(6)
	body.Set("trigger", object("schedule", b.set.Schedule.trigger(b.id)))
	body.Set("input", object("search", object("request", b.request())))
	body.Set("condition", object("compare", object("ctx.payload.hits.total", object("gt", number(0)))))
	if b.set.throttles() {
		body.Set("throttle_period", "0s")
	}
	body.Set("actions", actions)
	body.Set("metadata", object("sigma", b.sigmaMetadata()))
	return body
}

// finish asks whether a server would take the watch, hashes it and puts our
// mark into it.
func (b *builder) finish(w *watcher.Wanted) {
	hash, err := watcher.WrittenHash(w.ID, w.Body, watcher.WriteOptions{Version: b.set.version()})
	if err != nil {
		b.report(refused(b.rule, err))
		return
	}
	w.Hashes = watcher.Hashes{Rule: b.set.RuleHash, Settings: SettingsHash(b.set), Watch: hash}
	metadata, _ := w.Body.Get("metadata")
	own := metadata.(*watcher.Object)
	own.Members = slices.Insert(own.Members, 0, watcher.Member{Name: "sigwatch", Value: b.mark(w.Hashes)})
	b.checkSize(w.Body)
}
