package lint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/lint"
	"github.com/sigwatch/sigwatch/sigma"
)

// TestFindings reads files that name their findings in comments, "# ERROR
// message", "# WARNING message" or "# INFO message": these must be found, in
// that line, and no others. The files of a folder are looked at together, the
// others one by one.
func TestFindings(t *testing.T) {
	single, err := filepath.Glob("testdata/findings/*.yml")
	if err != nil || len(single) == 0 {
		t.Fatal("no files", err)
	}
	cases := map[string][]string{}
	for _, path := range single {
		cases[filepath.Base(path)] = []string{path}
	}
	together, _ := filepath.Glob("testdata/findings/*/*.yml")
	for _, path := range together {
		folder := filepath.Base(filepath.Dir(path))
		cases[folder] = append(cases[folder], path)
	}
	for name, paths := range cases {
		t.Run(name, func(t *testing.T) {
			var set lint.Set
			want, got := map[string]int{}, map[string]int{}
			for _, path := range paths {
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				f := diag.NewFile(filepath.Base(path), text)
				parsed := sigma.ParseFile(f)
				if len(parsed.Rejected) > 0 {
					t.Fatalf("the rule has a fault of its own: %v", parsed.Diagnostics)
				}
				set.Add(lint.Check(sigma.LoadedFile{File: f, Parsed: parsed}, nil))
				wanted(want, f)
			}
			for _, d := range set.Finish() {
				got[fmt.Sprintf("%s:%d: %s %s", d.Span.File.Name, d.Position().Line, strings.ToUpper(d.Severity.String()), d.Message)]++
				if d.Hint == "" || !strings.HasPrefix(d.Code, "lint/") {
					t.Errorf("%s: no hint, or a strange code: %+v", d.Span, d)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// wanted reads the findings that a file names. "# ABOVE" before one means the
// line before.
func wanted(into map[string]int, f *diag.File) {
	for number := 1; number <= f.Lines(); number++ {
		for i, part := range strings.Split(f.Line(number), "# ") {
			finding, above := strings.CutPrefix(strings.TrimSpace(part), "ABOVE ")
			line := number
			if above {
				line--
			}
			for _, severity := range []string{"ERROR ", "WARNING ", "INFO "} {
				if i > 0 && strings.HasPrefix(finding, severity) {
					into[fmt.Sprintf("%s:%d: %s", f.Name, line, finding)]++
				}
			}
		}
	}
}

// TestEveryCode makes sure that each code of the package is found in one of the
// files of testdata, but those that need field types.
func TestEveryCode(t *testing.T) {
	found := map[string]bool{"lint/leading-wildcard": true, "lint/keyword-scans": true}
	paths, _ := filepath.Glob("testdata/findings/*.yml")
	folders, _ := filepath.Glob("testdata/findings/*/*.yml")
	var all lint.Set
	for _, path := range append(paths, folders...) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f := diag.NewFile(path, text)
		all.Add(lint.Check(sigma.LoadedFile{File: f, Parsed: sigma.ParseFile(f)}, nil))
	}
	for _, d := range all.Finish() {
		found[d.Code] = true
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(text), `"lint/`)[1:] {
			code, _, _ := strings.Cut(part, `"`)
			seen++
			if code != "" && !found["lint/"+code] {
				t.Errorf("no file of testdata gives lint/%s", code)
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d codes were seen", seen)
	}
}

// FuzzCheck checks that any file can be looked at, that findings lie in it, and
// that the same file gives the same findings.
func FuzzCheck(f *testing.F) {
	for _, glob := range []string{"testdata/findings/*.yml", "testdata/findings/*/*.yml", "../rules/*/*.yml"} {
		paths, err := filepath.Glob(glob)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file := diag.NewFile("f.yml", text)
		loaded := sigma.LoadedFile{File: file, Parsed: sigma.ParseFile(file)}
		look := func() []diag.Diagnostic {
			var set lint.Set
			set.Add(lint.Check(loaded, nil))
			return set.Finish()
		}
		ds := look()
		for _, d := range ds {
			if !d.Span.IsValid() || d.Span.File != file || d.Code == "" || d.Message == "" || d.Hint == "" {
				t.Fatalf("a finding has no place in the file, or says nothing: %+v", d)
			}
		}
		if diff := cmp.Diff(texts(ds), texts(look())); diff != "" {
			t.Fatalf("two looks differ:\n%s", diff)
		}
	})
}

func texts(ds []diag.Diagnostic) []string {
	var out []string
	for _, d := range ds {
		out = append(out, diag.Printer{}.Sprint(d))
	}
	return out
}
