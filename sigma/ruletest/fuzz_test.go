package ruletest_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/ruletest"
)

// FuzzParse reads files of tests: nothing panics, places lie in the file, what
// is read twice is the same, and each case that is left can be run.
func FuzzParse(f *testing.F) {
	seeds(f, "a.tests.yml", func(data []byte) { f.Add(data) })
	f.Add([]byte("cases: [{name: n, match: [1], events: [{a: &a {b: c}}, {<<: *a}]}]"))
	rules, ds := sigma.Parse(diag.NewFile("a.yml", []byte(rule)))
	if len(rules) != 1 || diag.HasErrors(ds) {
		f.Fatal(ds)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file := diag.NewFile("a.tests.yml", data)
		s := ruletest.Parse(file, ruletest.Origin{Path: filepath.Join(os.DevNull, "a.tests.yml"), Root: os.DevNull})
		for _, d := range s.Diagnostics {
			if d.Span.File != file || d.Span.Start > len(data) || d.Span.End > len(data) || d.Message == "" || d.Code == "" {
				t.Errorf("%v: bad diagnostic %+v", d.Span, d)
			}
		}
		again := ruletest.Parse(diag.NewFile("a.tests.yml", data), ruletest.Origin{})
		if len(again.Cases) != len(s.Cases) || len(again.Diagnostics) != len(s.Diagnostics) {
			t.Error("read twice, it is not the same")
		}
		if !diag.HasErrors(s.Diagnostics) && len(s.Cases) == 0 {
			t.Error("nothing is wrong, and there are no cases")
		}
		report := &ruletest.Report{Results: ruletest.Runner{Compiler: way{untranslated: true}}.Run(rules[0], s.Cases)}
		if len(report.Results) != len(s.Cases) {
			t.Errorf("%d cases give %d results", len(s.Cases), len(report.Results))
		}
		checkJUnit(t, report)
	})
}

// FuzzRegression reads the descriptions of regression data.
func FuzzRegression(f *testing.F) {
	f.Add([]byte("rule_metadata: [{id: x}]\nregression_tests_info:\n  - {name: n, path: a.evtx, match_count: 2}\n"))
	f.Add([]byte("regression_tests_info: [{path: ../../x.json}, {path: /etc/passwd, match_count: -1}, 5]"))
	seeds(f, "data/a/info.yml", func(data []byte) { f.Add(data) })
	dir := f.TempDir()
	file := diag.NewFile("rule.yml", []byte(rule+"regression_tests_path: info.yml\n"))
	rules, ds := sigma.Parse(file)
	if len(rules) != 1 || diag.HasErrors(ds) {
		f.Fatal(ds)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, "info.yml"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		s := ruletest.Regression(rules[0], ruletest.Origin{Path: filepath.Join(dir, "rule.yml"), Root: dir}, ruletest.Pipelines{})
		if s == nil || len(s.Cases) == 0 && !diag.HasErrors(s.Diagnostics) {
			t.Fatal("no case, and nothing wrong")
		}
		for _, r := range (ruletest.Runner{Compiler: way{untranslated: true}}).Run(rules[0], s.Cases) {
			if r.Status == ruletest.Passed {
				t.Error("there are no events, and a test passed")
			}
		}
	})
}

// seeds hands out a file of all goldens.
func seeds(f *testing.F, name string, add func([]byte)) {
	paths, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(paths) == 0 {
		f.Fatal("no goldens", err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if filepath.Base(file.Name) == name || file.Name == name {
				add(file.Data)
			}
		}
	}
}

// junit is what a reader of the XML gets.
type junit struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Skipped  int `xml:"skipped,attr"`
	Suites   []struct {
		Name     string `xml:"name,attr"`
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Cases    []struct {
			Class   string `xml:"classname,attr"`
			Name    string `xml:"name,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
				Text    string `xml:",chardata"`
			} `xml:"failure"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

// checkJUnit writes the report as XML and reads it again, to the end.
func checkJUnit(t *testing.T, report *ruletest.Report) junit {
	t.Helper()
	var b bytes.Buffer
	if err := report.JUnit(&b); err != nil {
		t.Fatal(err)
	}
	if !utf8.Valid(b.Bytes()) {
		t.Errorf("the XML is not UTF-8: %q", b.Bytes())
	}
	var out junit
	d := xml.NewDecoder(bytes.NewReader(b.Bytes()))
	if err := d.Decode(&out); err != nil {
		t.Fatalf("%v\n%s", err, b.Bytes())
	}
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, b.Bytes())
		}
	}
	cases, failures := 0, 0
	for _, s := range out.Suites {
		cases += len(s.Cases)
		failures += s.Failures
		if s.Tests != len(s.Cases) {
			t.Errorf("suite %s says %d tests and has %d", s.Name, s.Tests, len(s.Cases))
		}
	}
	if got, want := []int{out.Tests, out.Failures, out.Skipped, cases, failures}, []int{
		len(report.Results), report.Count(ruletest.Failed), report.Count(ruletest.Skipped), len(report.Results), report.Count(ruletest.Failed),
	}; !cmp.Equal(got, want) {
		t.Errorf("numbers (tests, failures, skipped, cases, failures of suites): want %v, got %v", want, got)
	}
	return out
}
