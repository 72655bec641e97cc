package ruletest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/ruletest"
)

func sigmahq(t testing.TB) string {
	t.Helper()
	shared := os.Getenv("SIGWATCH_SHARED")
	if shared == "" {
		t.Skip("SIGWATCH_SHARED is not set: the corpus of Sigma rules is not there")
	}
	return filepath.Join(shared, "corpus", "sigmahq")
}

func ruleFolders(root string) []string {
	var out []string
	for _, name := range []string{"rules", "rules-emerging-threats", "rules-threat-hunting", "rules-compliance"} {
		out = append(out, filepath.Join(root, name))
	}
	return out
}

// TestRegressionData runs all regression tests of SigmaHQ.
func TestRegressionData(t *testing.T) {
	report := runCorpus(t, sigmahq(t), ruletest.Runner{Compiler: way{names: []string{"sysmon", "ecs_windows"}}})
	for _, r := range report.Results {
		if r.Status != ruletest.Passed {
			t.Errorf("%s: %s: %s\n%s", r.Span, r.Status, r.Message, strings.Join(r.Details, "\n"))
		}
	}
	if n := report.Count(ruletest.Passed); n != 135 {
		t.Errorf("want 135 tests passed, got %d", n)
	}
	t.Logf("%d tests passed, %d of %d rules without one", report.Count(ruletest.Passed), report.Untested, report.Rules)
}

func runCorpus(t testing.TB, root string, r ruletest.Runner) *ruletest.Report {
	t.Helper()
	r.Root, r.Plan = root, ruletest.NewPlan(nil)
	report := &ruletest.Report{}
	err := sigma.Each(context.Background(), ruleFolders(root), sigma.LoadOptions{Root: root}, func(f sigma.LoadedFile) error {
		one := r.File(f)
		report.Results = append(report.Results, one.Results...)
		report.Rules += one.Rules
		report.Untested += one.Untested
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// BenchmarkRegressionData reads all rules of SigmaHQ and runs their tests.
func BenchmarkRegressionData(b *testing.B) {
	root := sigmahq(b)
	for b.Loop() {
		if n := runCorpus(b, root, ruletest.Runner{Compiler: way{names: []string{"sysmon", "ecs_windows"}}}).Count(ruletest.Passed); n != 135 {
			b.Fatal(n)
		}
	}
}

// mutant is a project made of one regression test with something wrong in it.
type mutant struct {
	what        string
	rule, info  string
	eventsFile  string
	events      []match.Event
	mustExplain string // a word that the explanation has to hold
}

// TestMutants changes every regression test of SigmaHQ in each of several ways
// that it has to notice: a test that cannot fail shows nothing.
func TestMutants(t *testing.T) {
	root := sigmahq(t)
	tests, mutants := 0, map[string]int{}
	err := sigma.Each(t.Context(), ruleFolders(root), sigma.LoadOptions{Root: root}, func(f sigma.LoadedFile) error {
		for _, r := range f.Rules {
			for _, a := range r.Custom {
				if path, ok := a.Value.(string); ok && a.Key == "regression_tests_path" {
					tests++
					checkMutants(t, root, r, path, mutants)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if tests != 135 {
		t.Errorf("want 135 tests, got %d", tests)
	}
	if mutants["rule negated"] != 134 || mutants["values changed"] != 135 {
		t.Errorf("mutants are missing: %v", mutants)
	}
	t.Logf("%d tests, mutants that failed as they have to: %v", tests, mutants)
}

// unnoticed is the one test that a negated rule passes: three of its six events
// match, the other three match the negation, and match_count is one.
const unnoticed = "file_event_win_cred_dump_tools_dropped_files"

func checkMutants(t *testing.T, root string, r *sigma.Rule, path string, count map[string]int) {
	t.Helper()
	info, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	var described struct {
		Tests []struct {
			Path string `yaml:"path"`
		} `yaml:"regression_tests_info"`
	}
	if err := yaml.Unmarshal(info, &described); err != nil {
		t.Fatal(err)
	}
	file := strings.TrimSuffix(described.Tests[0].Path, ".evtx") + ".json"
	data, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	events, err := match.ParseEvents(data)
	if err != nil {
		t.Fatal(err)
	}
	base := mutant{rule: string(r.File.Text), info: string(info), eventsFile: file, events: events}
	if got := base.run(t, path); got.Status != ruletest.Passed {
		t.Errorf("%s: the test itself: %s", path, got.Message)
	}
	for _, m := range base.mutants(t, r) {
		if m.what == "rule negated" && strings.Contains(path, unnoticed) {
			continue
		}
		got := m.run(t, path)
		if got.Status != ruletest.Failed || m.mustExplain != "" && !strings.Contains(strings.Join(got.Details, "\n"), m.mustExplain) {
			t.Errorf("%s: %s: got %s, %s\n%s", path, m.what, got.Status, got.Message, strings.Join(got.Details, "\n"))
		}
		count[m.what]++
	}
}

// mutants are the ways in which a test has to notice that something is wrong.
func (m mutant) mutants(t *testing.T, r *sigma.Rule) []mutant {
	t.Helper()
	condition := r.Detection.Conditions[0].Source.Sub(0, len(r.Detection.Conditions[0].Text))
	negated := m
	negated.what = "rule negated"
	negated.rule = m.rule[:condition.Start] + "not (" + r.Detection.Conditions[0].Text + ")" + m.rule[condition.End:]
	negated.mustExplain = "does not match"

	emptied := m
	emptied.what = "fields taken away"
	emptied.events = changed(t, m.events, func(string, any) any { return nil })
	emptied.mustExplain = "the event has no"

	replaced := m
	replaced.what = "values changed"
	replaced.events = changed(t, m.events, func(string, any) any { return "\u2603 nothing like it" })
	replaced.mustExplain = "nothing like it"

	missing := m
	missing.what = "event taken away"
	missing.events = m.events[:0]

	other := m
	other.what = "tests of another rule"
	other.info = strings.ReplaceAll(m.info, r.ID, "00000000-0000-4000-8000-000000000000")
	return []mutant{negated, emptied, replaced, missing, other}
}

// changed returns the events with their values put through change.
func changed(t *testing.T, events []match.Event, change func(field string, v any) any) []match.Event {
	t.Helper()
	var out []match.Event
	for _, e := range events {
		fields := map[string]any{"untouched": "value"}
		for _, name := range e.Fields() {
			fields[name] = change(name, e.Values(name)[0])
		}
		out = append(out, match.NewEvent(fields))
	}
	return out
}

func (m mutant) run(t *testing.T, path string) ruletest.Result {
	t.Helper()
	var lines []string
	for _, e := range m.events {
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(data))
	}
	p := write(t, map[string]string{"rules/rule.yml": m.rule, path: m.info, m.eventsFile: strings.Join(lines, "\n")})
	p.runner.Compiler = way{untranslated: true}
	report := p.all(t)
	if len(report.Results) != 1 {
		t.Fatal(fmt.Sprintf("%s: %s: want one result, got", path, m.what), report.Results, report.Diagnostics)
	}
	return report.Results[0]
}
