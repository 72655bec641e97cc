package ruletest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/pipeline"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// explained asks a rule of an event whole and part by part, and tells whether
// both give the same. The reasons have to be there, a line each.
func explained(t *testing.T, r *sigma.Rule, e match.Event) (hit bool) {
	t.Helper()
	tree, ds := query.Resolve(r, nil)
	if len(ds) > 0 {
		t.Fatalf("%s: %v", r.File.Name, ds)
	}
	m, err := match.Compile(tree, match.Options{})
	if err != nil {
		t.Fatal(err)
	}
	hit = m.Match(e)
	x := explainer{rule: r, tree: tree, event: e, whole: e}
	parts := false
	for _, c := range r.Detection.Conditions {
		parts = parts || x.expr(c.Expr)
	}
	if parts != hit {
		t.Errorf("%s: whole %t, by its parts %t", r.File.Name, hit, parts)
	}
	lines := x.explain(0, 1, hit)
	if len(lines) < 4 {
		t.Errorf("%s: too few reasons: %q", r.File.Name, lines)
	}
	for _, line := range lines {
		if strings.ContainsAny(line, "\n\r\x1b\x00") {
			t.Errorf("%s: a line with control characters: %q", r.File.Name, line)
		}
	}
	return hit
}

// TestExplanationsAgree asks every rule of SigmaHQ that has regression data of
// all of its events, as written and behind pipelines that add conditions: the
// parts have to say what the whole says.
func TestExplanationsAgree(t *testing.T) {
	shared := os.Getenv("SIGWATCH_SHARED")
	if shared == "" {
		t.Skip("SIGWATCH_SHARED is not set: the corpus of Sigma rules is not there")
	}
	root := filepath.Join(shared, "corpus", "sigmahq")
	sysmon, _ := pipeline.Builtin("sysmon")
	chain := pipeline.NewChain(sysmon)
	var rules []*sigma.Rule
	var events []match.Event
	err := sigma.Each(t.Context(), []string{filepath.Join(root, "rules", "windows")}, sigma.LoadOptions{Root: root}, func(f sigma.LoadedFile) error {
		for _, r := range f.Rules {
			suite := Regression(r, Origin{Path: filepath.Join(root, r.File.Name), Root: root}, Pipelines{})
			if suite == nil {
				continue
			}
			mapped, ds := chain.Apply(r)
			if diag.HasErrors(ds) {
				t.Fatal(ds)
			}
			rules = append(rules, r, mapped)
			for _, c := range suite.Cases {
				of, err := c.events()
				if err != nil {
					return err
				}
				events = append(events, of...)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	hits := 0
	for i, r := range rules {
		for j, e := range events {
			if (i+j)%7 != 0 && i/2 != j { // a part of them is enough
				continue
			}
			if explained(t, r, e) {
				hits++
			}
		}
	}
	t.Logf("%d rules and %d events, %d hits", len(rules), len(events), hits)
	if hits < 40 || len(events) < 100 {
		t.Error("hardly anything was asked")
	}
}

// TestFilterExplained holds explanations to naming the filter that an event is
// kept out by, with its file.
func TestFilterExplained(t *testing.T) {
	rules, ds := sigma.Parse(diag.NewFile("rule.yml", []byte("title: T\nid: 3f1d6c1e-52a4-4b7e-9d0a-0a3f6f5c1a01\nlogsource: {product: p}\ndetection: {s: {a: b}, condition: s}\n")))
	if len(rules) != 1 {
		t.Fatal(ds)
	}
	parsed := sigma.ParseFile(diag.NewFile("filter.yml", []byte(`title: Known good
logsource: {product: p}
filter:
  rules: any
  known: {host: lab}
  condition: not known
`)))
	if len(parsed.Filters) != 1 {
		t.Fatal(parsed.Diagnostics)
	}
	r, ds := sigma.ApplyFilters(rules[0], parsed.Filters)
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	e := match.NewEvent(map[string]any{"a": "b", "host": "LAB"})
	if explained(t, r, e) {
		t.Fatal("the filter was not applied")
	}
	tree, _ := query.Resolve(r, nil)
	x := explainer{rule: r, tree: tree, event: e, whole: e}
	text := strings.Join(x.explain(0, 1, false), "\n")
	if !strings.Contains(text, `host is "lab" (the filter in filter.yml, line 5)`) || strings.Contains(text, "pipeline") {
		t.Errorf("got\n%s", text)
	}
}

// FuzzExplain asks a rule with every kind of value of any event.
func FuzzExplain(f *testing.F) {
	archive, err := txtar.ParseFile("testdata/golden/values.txtar")
	if err != nil {
		f.Fatal(err)
	}
	rules, ds := sigma.Parse(diag.NewFile("a.yml", archive.Files[0].Data))
	if len(rules) != 1 {
		f.Fatal(ds)
	}
	for _, seed := range []string{
		`{"text":"abc","like":"aXcd","cased":"ABC","number":5,"bool":true,"there":1,"re":"aa","ip":"10.1.1.1","size":1e3,"time":0,"same":"a","other":"A","all":"xyz","any":1,"many":["h"],"begins":"a","ends":"z","empty":""}`,
		`{"a":{"b":[1,{"c":null}]}}`, `{"Event":{"System":{"EventID":1},"EventData":{"text":"abc"}}}`, `{"text":"\u001b[2J\r\n"}`, `{"":""}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		events, err := match.ParseEvents(data)
		if err != nil {
			return
		}
		for _, e := range events[:min(len(events), 20)] {
			explained(t, rules[0], e)
		}
	})
}
