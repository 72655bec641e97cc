package catalog_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/catalog"
	"github.com/sigwatch/sigwatch/diag"
)

// shared is the folder of data that tests may use; without it they skip.
func shared(tb testing.TB, parts ...string) string {
	tb.Helper()
	root := os.Getenv("SIGWATCH_SHARED")
	if root == "" {
		tb.Skip("SIGWATCH_SHARED is not set: no shared data")
	}
	return filepath.Join(append([]string{root}, parts...)...)
}

func read(tb testing.TB, name string) []byte {
	tb.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// TestOldPages holds the two pages that Atomic Threat Coverage published, and
// seven of its generator that show the corners, byte for byte.
func TestOldPages(t *testing.T) {
	pages, err := filepath.Glob("testdata/atc/*/*.md")
	if err != nil || len(pages) != 2+2*7 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, page := range pages {
		rule := read(t, filepath.Join(filepath.Dir(page), "rule.yml"))
		layout := catalog.Layout(strings.TrimSuffix(filepath.Base(page), ".md"))
		got, ds := catalog.OldPage(diag.NewFile("rule.yml", rule), layout)
		if diag.HasErrors(ds) {
			t.Errorf("%s: %v", page, ds)
		}
		if diff := cmp.Diff(string(read(t, page)), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", page, diff)
		}
	}
}

// TestOldPagesOfSeeds compares with the seeds as they were handed over.
func TestOldPagesOfSeeds(t *testing.T) {
	for folder, layout := range map[string]catalog.Layout{"a-script-event-consumer": catalog.ATC2019A, "b-wmi-persistence": catalog.ATC2019B} {
		dir := shared(t, "golden", "seeds", folder)
		got, ds := catalog.OldPage(diag.NewFile("rule.yml", read(t, filepath.Join(dir, "rule.yml"))), layout)
		if len(ds) > 0 {
			t.Errorf("%s: %v", folder, ds)
		}
		if diff := cmp.Diff(string(read(t, filepath.Join(dir, "page.md"))), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", folder, diff)
		}
	}
}

// TestNoOldPage: where the old program failed on a rule there is no page.
func TestNoOldPage(t *testing.T) {
	const logsource = "logsource: {product: windows, service: system}\ndetection: {s: {EventID: 1}, condition: s}\n"
	for name, c := range map[string]struct{ rule, want string }{
		"not YAML":            {"a: [", "not valid YAML"},
		"not UTF-8":           {"title: \xff", "not UTF-8"},
		"empty":               {"", "no map of keys"},
		"no description":      {"title: a\n" + logsource, "no description"},
		"null description":    {"description:\n" + logsource, "no description"},
		"number":              {"description: 5\n" + logsource, "no description"},
		"null references":     {"description: a\nreferences:\n" + logsource, "its references are no list"},
		"null falsepositives": {"description: a\nfalsepositives: ~\n" + logsource, "its falsepositives are no list"},
		"tag of another kind": {"description: a\ntags: [1]\n" + logsource, "a tag is no text"},
		"no log source":       {"description: a\ndetection: {s: {EventID: 1}}\n", "no log source"},
		"no detection":        {"description: a\nlogsource: {product: windows}\n", "no detection"},
		"a number to select":  {"description: a\nlogsource: {product: windows}\ndetection: {s: 1}\n", "neither a map nor a list"},
		"global alone":        {"description: a\naction: global\n", "a global document alone"},
		"itself":              {"description: &a [*a]\n", "a value holds itself"},
	} {
		for _, layout := range []catalog.Layout{catalog.ATC2019A, catalog.ATC2019B} {
			page, ds := catalog.OldPage(diag.NewFile("rule.yml", []byte(c.rule)), layout)
			if page != nil || len(ds) != 1 || ds[0].Code != "catalog/no-page" || !strings.Contains(ds[0].Message, c.want) {
				t.Errorf("%s, %s: %v", name, layout, ds)
			}
		}
	}
}

// TestOldValues: what Python makes of odd values stands on the page.
func TestOldValues(t *testing.T) {
	rule := `
title: 2019-03-07
description: "  a\n b\u00a0 "
level: ~
status: yes
author: [1.50, "it's", {a: 2018-03-07}]
falsepositives: [{Unknown: x}, ~, 0x10, 1e20]
references: ab
tags: [attack.execution, attack.execution, attack.T1047, attack.t1047]
logsource: {product: windows, service: wmi}
detection: {s: {EventID: '5861'}, condition: s}
`
	page, ds := catalog.OldPage(diag.NewFile("rule.yml", []byte(rule)), catalog.ATC2019B)
	if diag.HasErrors(ds) {
		t.Fatal(ds)
	}
	for _, want := range []string{
		"| Title                | 2019-03-07 ",
		"| Description          | a\n b  ",
		"| Severity Level       | None ",
		"| Development Status   | True ",
		`| Author               | [1.5, "it's", {'a': datetime.date(2018, 3, 7)}] `,
		"<ul><li>{'Unknown': 'x'}</li><li>None</li><li>16</li><li>1e20</li></ul>",
		"<ul><li>[a](a)</li><li>[b](b)</li></ul>",
		"<ul><li>[TA0002: Execution](https://attack.mitre.org/tactics/TA0002)</li><li>[TA0002: Execution](https://attack.mitre.org/tactics/TA0002)</li></ul>",
		"<ul><li>attack.T1047</li><li>attack.T1047</li></ul> | \n\n## Detection Rules",
		"| Data Needed          | <ul></ul> ",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("%q is not on the page:\n%.3000s", want, page)
		}
	}
}

// TestOldPagesOfCorpus: every rule of the corpus gives a page or says why not.
func TestOldPagesOfCorpus(t *testing.T) {
	root := shared(t, "corpus", "sigmahq")
	counts := map[catalog.Layout][2]int{}
	each(t, root, func(f *diag.File) {
		for _, layout := range []catalog.Layout{catalog.ATC2019A, catalog.ATC2019B} {
			n := counts[layout]
			if page, ds := catalog.OldPage(f, layout); page != nil {
				n[0]++
			} else if n[1]++; len(ds) != 1 || ds[0].Code != "catalog/no-page" {
				t.Errorf("%s, %s: no page and %v", f.Name, layout, ds)
			}
			counts[layout] = n
		}
	})
	for layout, n := range counts {
		t.Logf("%s: %d pages, %d files without one", layout, n[0], n[1])
		if n[0]+n[1] != 2707 {
			t.Errorf("%s: %d files", layout, n[0]+n[1])
		}
	}
}

// each hands on every rule file in a folder.
func each(tb testing.TB, root string, visit func(*diag.File)) {
	tb.Helper()
	for _, folder := range []string{"rules", "rules-compliance", "rules-emerging-threats", "rules-placeholder", "rules-threat-hunting", "unsupported"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(name string, _ os.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(name, ".yml") {
				rel, _ := filepath.Rel(root, name)
				visit(diag.NewFile(filepath.ToSlash(rel), read(tb, name)))
			}
			return err
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
}

// FuzzOldPage: no rule makes the old layouts fail.
func FuzzOldPage(f *testing.F) {
	rules, _ := filepath.Glob("testdata/atc/*/rule.yml")
	for _, name := range rules {
		f.Add(read(f, name))
	}
	f.Add([]byte("description: a\nlogsource: {product: windows}\ndetection: {a: [1, {b: c}], d: {EventID: [{a: b}], e: [[f]]}}\n"))
	f.Fuzz(func(t *testing.T, rule []byte) {
		for _, layout := range []catalog.Layout{catalog.ATC2019A, catalog.ATC2019B} {
			page, ds := catalog.OldPage(diag.NewFile("rule.yml", rule), layout)
			again, _ := catalog.OldPage(diag.NewFile("rule.yml", rule), layout)
			if (page == nil) != diag.HasErrors(ds) || string(page) != string(again) {
				t.Fatalf("%s: %v", layout, ds)
			}
		}
	})
}
