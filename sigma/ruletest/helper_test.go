package ruletest_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/pipeline"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querydsl"
	"github.com/sigwatch/sigwatch/sigma/querystring"
	"github.com/sigwatch/sigwatch/sigma/ruletest"
)

// way compiles as the command does: through the built-in pipelines, and to a
// query_string or the Query DSL.
type way struct {
	names    []string
	types    *query.Types
	accepted []string // codes that every rule may be refused for
	// untranslated leaves the back ends out.
	untranslated bool
}

func (w way) chain(p ruletest.Pipelines) *pipeline.Chain {
	names := w.names
	if !p.Configured {
		names = nil
		for _, n := range p.Names {
			names = append(names, n.Text)
		}
	}
	var ps []*pipeline.Pipeline
	for _, n := range names {
		if one, ok := pipeline.Builtin(n); ok {
			ps = append(ps, one)
		}
	}
	return pipeline.NewChain(ps...)
}

func (w way) Resolve(r *sigma.Rule, p ruletest.Pipelines) ruletest.Resolved {
	mapped, ds := w.chain(p).Apply(r)
	out := ruletest.Resolved{Rule: mapped, Found: ds}
	if diag.HasErrors(ds) {
		return out
	}
	types := w.types
	if p.None() {
		types = nil
	} else {
		out.KeywordFields = []string{"message"}
	}
	out.Tree, ds = query.Resolve(mapped, types)
	out.Found = append(out.Found, ds...)
	return out
}

func (w way) Translate(r *sigma.Rule, p ruletest.Pipelines) ruletest.Translated {
	resolved := w.Resolve(r, p)
	if w.untranslated {
		return ruletest.Translated{}
	}
	if diag.HasErrors(resolved.Found) {
		return ruletest.Translated{Found: resolved.Found}
	}
	_, ds := querystring.Render(resolved.Tree, querystring.Options{KeywordFields: []string{"message"}})
	if diag.HasErrors(ds) {
		_, ds = querydsl.Render(resolved.Tree, querydsl.Options{KeywordFields: []string{"message"}})
	}
	out := ruletest.Translated{Found: ds, Accepted: true}
	for _, d := range ds {
		out.Accepted = out.Accepted && strings.Contains(strings.Join(w.accepted, " "), d.Code)
	}
	return out
}

// project is a folder with rules and tests.
type project struct {
	dir    string
	runner ruletest.Runner
}

// all runs everything that lies in the folder.
func (p project) all(t testing.TB) *ruletest.Report {
	t.Helper()
	found, err := sigma.TestFiles([]string{p.dir}, p.dir)
	if err != nil {
		t.Fatal(err)
	}
	var suites []*ruletest.Suite
	report := &ruletest.Report{}
	for _, f := range found {
		s := ruletest.Load(f, p.dir)
		suites = append(suites, s)
		report.Diagnostics = append(report.Diagnostics, s.Diagnostics...)
		if fault, ok := s.Faulty(); ok {
			report.Results = append(report.Results, fault)
		}
	}
	r := p.runner
	r.Root, r.Plan = p.dir, ruletest.NewPlan(suites)
	taken := map[*ruletest.Case]bool{}
	err = sigma.Each(context.Background(), []string{p.dir}, sigma.LoadOptions{Root: p.dir}, func(f sigma.LoadedFile) error {
		if strings.HasSuffix(f.File.Name, "info.yml") {
			return nil
		}
		one := r.File(f)
		for _, c := range one.Taken {
			taken[c] = true
		}
		report.Results = append(report.Results, one.Results...)
		report.Diagnostics = append(report.Diagnostics, one.Diagnostics...)
		report.Rules += one.Rules
		report.Untested += one.Untested
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Plan.Open(taken) {
		report.Results = append(report.Results, c.Orphan())
	}
	report.Sort()
	return report
}

// write makes a project of some files.
func write(t testing.TB, files map[string]string) project {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return project{dir: dir, runner: ruletest.Runner{Compiler: way{}}}
}

// rule is a small rule for tests that are about something else.
const rule = `title: Whoami
id: 3f1d6c1e-52a4-4b7e-9d0a-0a3f6f5c1a01
logsource: {product: windows, category: process_creation}
detection:
  selection:
    CommandLine|contains: whoami
  condition: selection
`
