package current_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/current"
	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/query/nodetest"
)

// TestRegressionGrep lets grep read the events of SigmaHQ's regression tests,
// those of all rules for each rule: it has to find what the rule means, and
// nothing else.
func TestRegressionGrep(t *testing.T) {
	requireGrep(t)
	if testing.Short() {
		t.Skip("more than a hundred runs of grep are not short")
	}
	all := nodetest.Regressions(t)
	var lines []string
	var events []match.Event
	for _, r := range all {
		for _, e := range r.Events {
			lines, events = append(lines, nodetest.Document(t, e)), append(events, e)
		}
	}
	tried := 0
	for _, r := range all {
		tree, _ := query.Resolve(r.Rule, nil)
		text, ds := renderTree(t, current.Grep, tree, "lines=json")
		if diag.HasErrors(ds) {
			continue
		}
		tried++
		m, err := match.Compile(tree, match.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var want []int
		for i, e := range events {
			if m.Match(e) {
				want = append(want, i+1)
			}
		}
		if got := grepped(t, text, lines); !slices.Equal(got, want) {
			t.Errorf("%s: finds %v, want %v", r.Path, got, want)
		}
	}
	t.Logf("%d rules of %d, %d events", tried, len(all), len(events))
	if tried < 100 {
		t.Error("too little was tried")
	}
}

// TestRegressionSearch is the same for what the readers of the tests make of
// the searches of Splunk and LogPoint.
func TestRegressionSearch(t *testing.T) {
	all := nodetest.Regressions(t)
	var events []match.Event
	for _, r := range all {
		events = append(events, r.Events...)
	}
	for target, read := range map[current.Target]func(string) splTest{
		current.Splunk:   func(text string) splTest { return (&splReader{tb: t, text: text}).pipeline() },
		current.LogPoint: func(text string) splTest { return (&lpReader{splReader{tb: t, text: text}}).and() },
	} {
		tried := 0
		for _, r := range all {
			tree, _ := query.Resolve(r.Rule, nil)
			text, ds := renderTree(t, target, tree)
			if diag.HasErrors(ds) || spansFields(tree) {
				continue
			}
			tried++
			m, err := match.Compile(tree, match.Options{})
			if err != nil {
				t.Fatal(err)
			}
			test := read(text)
			for _, e := range events {
				if got, want := test(recordOf(e)), m.Match(e); got != want {
					t.Errorf("%s, %s: says %v, want %v", target, r.Path, got, want)
				}
			}
		}
		t.Logf("%s: %d rules of %d, %d events", target, tried, len(all), len(events))
		if tried < 100 {
			t.Error("too little was tried")
		}
	}
}

// recordOf is an event as Splunk and LogPoint have it.
func recordOf(e match.Event) record {
	r := record{}
	var all []string
	for _, name := range e.Fields() {
		r[name] = fmt.Sprint(e.Values(name)[0])
		all = append(all, r[name])
	}
	r["_raw"] = strings.Join(all, "\x00")
	r["msg"] = r["_raw"]
	return r
}
