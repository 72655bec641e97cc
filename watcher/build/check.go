package build

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/watcher"
)

// maxHits is index.max_result_window: a search for more is refused each time.
const maxHits = 10000

// largeWatch is the size in bytes from which a watch is worth a warning: every
// run keeps a copy of it in the history, 1,440 times a day at one a minute.
const largeWatch = 128 << 10

// hugeWatch is the size in bytes that no watch may have.
const hugeWatch = 1 << 20

func (s Settings) version() watcher.Version {
	if s.Version == (watcher.Version{}) {
		return watcher.Version{Major: 7, Minor: 17}
	}
	return s.Version
}

// check finds what is wrong with settings whatever the rule says; the rule
// gives the place.
func (s Settings) check(r *sigma.Rule) []diag.Diagnostic {
	c := checker{rule: r}
	c.problem("build/bad-schedule", s.Schedule.Validate())
	if len(c.found) == 0 {
		c.problem("build/bad-window", s.Window.Validate(s.Schedule))
	}
	if s.Hits < 0 || s.Hits > maxHits {
		c.problem("build/bad-hits", &Problem{fmt.Sprintf("%d events cannot be asked for", s.Hits), "hits is 0 to 10000"})
	}
	c.indices(s.Indices)
	c.actions(s)
	if name := fileName(r); readsAsDate(name) {
		c.problem("build/bad-file-name", &Problem{fmt.Sprintf("the file name %q reads as a date, and the server would take it for one", name), "give the file a name that ends in .yml"})
	}
	return c.found
}

// checker gathers what is wrong with the settings of one rule.
type checker struct {
	rule  *sigma.Rule
	found []diag.Diagnostic
}

func (c *checker) problem(code string, err error) {
	if err == nil {
		return
	}
	d := diag.Diagnostic{Span: c.rule.Span, Severity: diag.Error, Code: code, Message: err.Error()}
	if p, ok := errors.AsType[*Problem](err); ok {
		d.Message, d.Hint = p.Message, p.Hint
	}
	c.found = append(c.found, d)
}

// indices refuses what the server takes without a word and never finds
// anything by: no index at all means all of them, and a name with a comma or a
// blank in it means none (recorded: inp-013).
func (c *checker) indices(names []string) {
	if len(names) == 0 {
		c.problem("build/no-index", &Problem{"no index is named for this rule", "add an entry to indices that matches its logsource"})
	}
	for _, n := range names {
		if n == "" || strings.ContainsAny(n, ", \t\r\n\"?\\") {
			c.problem("build/bad-index", &Problem{fmt.Sprintf("%q is no index pattern", n), "write one pattern an entry: [winlogbeat-*, logs-windows.*]"})
		}
	}
}

func (c *checker) actions(s Settings) {
	if len(s.Actions) == 0 {
		c.warn("build/no-action", diag.Span{}, "no action is routed to this rule, so nobody hears of its events", "add a route that matches it")
	}
	seen := map[string]bool{}
	for _, a := range s.Actions {
		if seen[a.ID] {
			c.problem("build/action-twice", &Problem{fmt.Sprintf("action %q is given twice", a.ID), "name each action once"})
		}
		seen[a.ID] = true
		if period := s.Schedule.Period(); lossy(a, period) {
			c.warn("build/lossy-throttle", a.Span,
				fmt.Sprintf("action %q may be throttled for longer than %s, and what a throttled run found is not mailed later", a.ID, Duration(period)),
				"leave throttle_period out, or make it no longer than the schedule")
		}
	}
}

func (c *checker) warn(code string, at diag.Span, message, hint string) {
	if !at.IsValid() {
		at = c.rule.Span
	}
	c.found = append(c.found, diag.Diagnostic{Span: at, Severity: diag.Warning, Code: code, Message: message, Hint: hint})
}

// lossy reports whether an action's throttle outlasts the schedule.
func lossy(a Action, period time.Duration) bool {
	if a.Body == nil || period == 0 {
		return false
	}
	v, _ := a.Body.Get("throttle_period")
	text, ok := v.(string)
	if !ok {
		return false
	}
	d, err := parseInterval(text)
	return err == nil && d > period
}

func refused(r *sigma.Rule, err error) diag.Diagnostic {
	d := diag.Diagnostic{
		Span: r.Span, Severity: diag.Error, Code: "build/watch-refused",
		Message: "the server would refuse the watch: " + err.Error(),
		Hint:    "look at the actions and the schedule that the configuration gives this rule",
	}
	if p, ok := errors.AsType[*watcher.ParseError](err); ok {
		d.Message = "the server would refuse the watch: " + p.Reason
		if p.RootReason != "" && p.RootReason != p.Reason {
			d.Message += " (" + p.RootReason + ")"
		}
	}
	return d
}

// checkSize warns of a watch that is costly to run, and refuses one whose
// search 9.x would not render: mustache.max_output_size_bytes is 1mb there.
func (b *builder) checkSize(body *watcher.Object) {
	if mostBytes(body) <= largeWatch {
		return
	}
	switch size := watcher.Size(body); {
	case size > hugeWatch:
		b.report(diag.Diagnostic{
			Span: b.rule.Span, Severity: diag.Error, Code: "build/huge-watch",
			Message: fmt.Sprintf("the watch has %d KiB, and a server renders no search of more than 1 MB", size>>10),
			Hint:    "split the rule's lists over several rules",
		})
	case size > largeWatch:
		b.report(large(b.rule, size))
	}
}

// mostBytes is at least what watcher.Size gives, without a look at the texts:
// a byte of one is written with six at the most.
func mostBytes(v any) int {
	size := len("false")
	switch v := v.(type) {
	case *watcher.Object:
		if v == nil {
			return size
		}
		for i := range v.Members {
			size += 6*len(v.Members[i].Name) + len(`"":,`) + mostBytes(v.Members[i].Value)
		}
	case []any:
		for i := range v {
			size += len(",") + mostBytes(v[i])
		}
	case string:
		size += 6 * len(v)
	case json.Number:
		size += len(v)
	}
	return size
}

func large(r *sigma.Rule, size int) diag.Diagnostic {
	return diag.Diagnostic{
		Span: r.Span, Severity: diag.Warning, Code: "build/large-watch",
		Message: fmt.Sprintf("the watch has %d KiB, of which every run keeps a copy in the history", size>>10),
		Hint:    "shorten the rule's lists, or run it less often",
	}
}
