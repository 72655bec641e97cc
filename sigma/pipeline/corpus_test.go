package pipeline

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

var update = flag.Bool("update", false, "rewrite the counts in testdata")

// TestCorpusThroughAll applies every built-in pipeline, and the usual pairs, to
// every rule of the corpus, and counts what becomes of them. A name with * in it
// is one that no back end takes.
func TestCorpusThroughAll(t *testing.T) {
	rules := corpus(t)
	var out strings.Builder
	fmt.Fprintf(&out, "rules %d\n", len(rules))
	for _, names := range append(BuiltinNames(), "sysmon+ecs_windows", "windows-audit+ecs_windows", "windows-logsources+ecs_windows_old") {
		c := chainOf(t, names, func(name string) *Pipeline { p, _ := Builtin(name); return p })
		changed, patterns, codes := 0, 0, map[string]int{}
		for _, r := range rules {
			got, ds := c.Apply(r)
			for _, d := range ds {
				codes[d.Code]++
				if !d.Span.IsValid() || d.Span.File != r.File {
					t.Errorf("%s with %s: %s has no place in the rule", r.File.Name, names, d.Code)
				}
			}
			if diag.HasErrors(ds) {
				continue
			}
			spansIn(t, got)
			if !slices.EqualFunc(got.Detection.Searches, r.Detection.Searches, func(a, b sigma.Search) bool { return a.Node == b.Node }) {
				changed++
			}
			if anyItem(got, func(it *sigma.Item) bool { return strings.Contains(it.Field, "*") }) {
				patterns++
			}
		}
		fmt.Fprintf(&out, "%s: %d changed, %d with a pattern of names\n", names, changed, patterns)
		for _, code := range slices.Sorted(maps.Keys(codes)) {
			fmt.Fprintf(&out, "  %s %d\n", code, codes[code])
		}
	}
	const path = "testdata/corpus.txt"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), out.String()); d != "" {
		t.Errorf("counts (-want +got):\n%s", d)
	}
}

// corpus reads the rules of SigmaHQ that are at hand.
func corpus(b testing.TB, folder ...string) []*sigma.Rule {
	b.Helper()
	var rules []*sigma.Rule
	err := filepath.WalkDir(shared(b, append([]string{"corpus", "sigmahq"}, folder...)...), func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".yml") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rs, _ := sigma.Parse(diag.NewFile(path, text))
		rules = append(rules, rs...)
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return rules
}

// BenchmarkApply is one pass of both built-in pipelines over the corpus.
func BenchmarkApply(b *testing.B) {
	rules := corpus(b, "rules")
	sysmon, _ := Builtin("sysmon")
	ecs, _ := Builtin("ecs_windows")
	c := NewChain(sysmon, ecs)
	b.ReportMetric(float64(len(rules)), "rules")
	for b.Loop() {
		for _, r := range rules {
			c.Apply(r)
		}
	}
}

// BenchmarkParse reads both built-in pipelines.
func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		for _, f := range builtinSources() {
			Parse(f)
		}
	}
}
