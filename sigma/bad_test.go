package sigma_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

var update = flag.Bool("update", false, "rewrite the texts of the goldens")

// TestBad reads files that name their faults in comments, "# ERROR message" or
// "# WARNING message": these must be found, in that line, and no others.
func TestBad(t *testing.T) {
	paths, err := filepath.Glob("testdata/bad/*.yml")
	if err != nil || len(paths) == 0 {
		t.Fatal("no files", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			out := sigma.ParseFile(diag.NewFile(path, text))
			checkRules(t, out)
			got := map[string]int{}
			for _, d := range out.Diagnostics {
				got[fmt.Sprintf("%d: %s %s", d.Position().Line, strings.ToUpper(d.Severity.String()), d.Message)]++
			}
			if diff := cmp.Diff(wanted(string(text)), got); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

// wanted reads the faults that a file names.
func wanted(text string) map[string]int {
	out := map[string]int{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		for i, part := range strings.Split(strings.TrimRight(line, "\r\n"), "# ") {
			fault := strings.TrimSpace(part)
			if i > 0 && (strings.HasPrefix(fault, "ERROR ") || strings.HasPrefix(fault, "WARNING ")) {
				out[fmt.Sprintf("%d: %s", number, fault)]++
			}
		}
	}
	return out
}

// TestPrint shows diagnostics as they are printed, with their carets.
func TestPrint(t *testing.T) {
	paths, err := filepath.Glob("testdata/print/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no files", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			_, ds := sigma.Parse(diag.NewFile("rule.yml", archive.Files[0].Data))
			if err := (diag.Printer{}).Print(&got, ds); err != nil {
				t.Fatal(err)
			}
			if *update {
				archive.Files = append(archive.Files[:1], txtar.File{Name: "want.txt", Data: got.Bytes()})
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(archive.Files[len(archive.Files)-1].Data), got.String()); diff != "" {
				t.Errorf("printed (-want +got):\n%s", diff)
			}
		})
	}
}
