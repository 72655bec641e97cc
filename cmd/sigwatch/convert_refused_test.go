package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/sigma/pipeline"
)

// chains are the pipelines that the corpus goes through: none, each that is
// built in, and the pair that most use.
func chains() [][]string {
	out := [][]string{nil, {"sysmon", "ecs_windows"}}
	for _, name := range pipeline.BuiltinNames() {
		out = append(out, []string{name})
	}
	return out
}

// TestRefused: every rule of SigmaHQ becomes a query, or is refused with its
// place for a reason that testdata/refused.txt lists, whatever the pipelines.
func TestRefused(t *testing.T) {
	corpus := sharedFolder(t, "corpus", "sigmahq")
	if testing.Short() {
		t.Skip("2,707 rules through twelve chains are not short")
	}
	golden, err := filepath.Abs(filepath.Join("testdata", "refused.txt"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	var b strings.Builder
	before := map[string]string{}
	for i, chain := range chains() {
		refused, said := refusedBy(t, corpus, chain)
		fmt.Fprintf(&b, "== %s: %d queries, %d refused\n", strings.Join(chain, "+"), said, len(refused))
		if i > 0 {
			b.WriteString("   as without pipelines, and\n")
		}
		for _, file := range slices.Sorted(maps.Keys(refused)) {
			if i == 0 || before[file] != refused[file] {
				fmt.Fprintf(&b, "%s %s\n", refused[file], file)
			}
		}
		if i == 0 {
			before = refused
		}
	}
	if *updateTables {
		if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("refused rules (-want +got; -update writes them anew):\n%s", d)
	}
}

// refusedBy gives the codes by which files are refused, and how many rules have
// a query in the form auto.
func refusedBy(t *testing.T, corpus string, chain []string) (refused map[string]string, said int) {
	t.Helper()
	var out, talk bytes.Buffer
	args := []string{"convert", "-T", "watch", "--format", "ndjson"}
	for _, name := range chain {
		args = append(args, "-p", name)
	}
	args = append(args, filepath.Join(corpus, "rules*"), filepath.Join(corpus, "unsupported"))
	if code := run(t.Context(), args, stdio{out: &out, err: &talk}); code != exitRefused {
		t.Fatalf("%v: exit code %d: %s", args, code, talk.String())
	}
	refused = map[string]string{}
	for line := range bytes.Lines(out.Bytes()) {
		var l convertLine
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatal(err)
		}
		if len(l.Queries) > 0 {
			said++
			continue
		}
		_, name, _ := strings.Cut(l.File, "sigmahq/")
		refused[name] = strings.Join(placedErrors(t, &l), ",")
	}
	return refused, said
}

// placedErrors returns the codes of a line's errors, each of which has to have
// its place.
func placedErrors(t *testing.T, l *convertLine) []string {
	t.Helper()
	var codes []string
	for _, d := range l.Diagnostics {
		if d.Severity != "error" {
			continue
		}
		if d.Line == 0 || d.Message == "" {
			t.Errorf("%s is refused without place or reason: %+v", l.File, d)
		}
		codes = append(codes, d.Code)
	}
	if len(codes) == 0 {
		t.Errorf("%s has neither a query nor an error", l.File)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
