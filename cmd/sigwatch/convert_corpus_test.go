package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
)

var updateTables = flag.Bool("update", false, "write the tables of the manual anew")

// pageTable compares a table of the manual, which stands behind a comment that
// names it, with what a test counted.
func pageTable(t *testing.T, page, name, want string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), "<!-- "+name+" -->\n")
	got, after, closed := strings.Cut(rest, "<!-- end -->\n")
	if !ok || !closed {
		t.Fatalf("%s has no table of the %s", page, name)
	}
	if *updateTables {
		text = []byte(before + "<!-- " + name + " -->\n" + want + "<!-- end -->\n" + after)
		if err := os.WriteFile(page, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s, table of the %s (-want +got; -update writes it anew):\n%s", page, name, diff)
	}
}

// convertLine is a line of convert --format ndjson.
type convertLine struct {
	File, Title, Backend string
	Queries              []json.RawMessage
	Diagnostics          []diag.Record
}

// TestConvertCorpus: each rule of SigmaHQ gives a text or a refusal with place
// and reason, in all targets and profiles. How many of each stands in the
// manual.
func TestConvertCorpus(t *testing.T) {
	corpus := sharedFolder(t, "corpus", "sigmahq")
	if testing.Short() {
		t.Skip("2,707 rules in 21 forms are not short")
	}
	manual, err := filepath.Abs(filepath.Join("..", "..", "docs", "classic.md"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	profiles := []string{profile2019, profile2023, profileCurrent}
	counts := map[string]convertCount{}
	for _, profile := range profiles {
		for _, target := range sevenTargets() {
			counts[profile+target] = convertAll(t, corpus, target, profile)
		}
	}
	table := "| target | 2019 | 2023 | current |\n|---|--:|--:|--:|\n"
	for _, target := range sevenTargets() {
		row := "| " + target
		for _, profile := range profiles {
			c := counts[profile+target]
			row += fmt.Sprintf(" | %d, %d refused", c.texts, c.refused)
		}
		table += row + " |\n"
	}
	pageTable(t, manual, "rules of SigmaHQ", table)
}

type convertCount struct{ texts, refused int }

// convertAll counts what becomes of the corpus.
func convertAll(t *testing.T, corpus, target, profile string) convertCount {
	t.Helper()
	var out, talk bytes.Buffer
	args := []string{"convert", "-T", target, "--profile", profile, "--format", "ndjson", filepath.Join(corpus, "rules*"), filepath.Join(corpus, "unsupported")}
	if code := run(t.Context(), args, stdio{out: &out, err: &talk}); code != exitDone && code != exitRefused {
		t.Fatalf("%v: exit code %d: %s", args, code, talk.String())
	}
	var c convertCount
	files := map[string]bool{}
	for line := range bytes.Lines(out.Bytes()) {
		var l convertLine
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatal(err)
		}
		files[l.File] = true
		placed := slices.ContainsFunc(l.Diagnostics, func(d diag.Record) bool {
			return d.Severity == "error" && d.Line > 0 && d.Message != "" && d.Hint != ""
		})
		switch {
		case len(l.Queries) == 1 && len(l.Queries[0]) > 2:
			c.texts++
		case placed:
			c.refused++
		case l.File != "":
			t.Errorf("%s %s: %s gives neither a text nor a reason: %s", target, profile, l.File, line)
		}
	}
	if len(files) < 2707 {
		t.Errorf("%s %s: %d files", target, profile, len(files))
	}
	return c
}
