package ruletest_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/ruletest"
)

var update = flag.Bool("update", false, "rewrite the want files of the goldens")

// TestGolden runs the projects of testdata/golden and compares what is printed
// with the want files. The comment may say how it is run, a word a line:
// require, verbose, quiet, pipelines, untranslated.
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no goldens", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { golden(t, path) })
	}
}

func golden(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files, want := map[string]string{}, map[string]*txtar.File{}
	for i, f := range archive.Files {
		if name, ok := strings.CutPrefix(f.Name, "want."); ok {
			want[name] = &archive.Files[i]
			continue
		}
		files[f.Name] = string(f.Data)
	}
	p := write(t, files)
	text := configure(&p, string(archive.Comment))
	report := p.all(t)
	for name, f := range want {
		got := printed(t, report, name, text)
		if *update {
			f.Data = []byte(got)
		} else if d := cmp.Diff(string(f.Data), got); d != "" {
			t.Errorf("want.%s (-want +got):\n%s", name, d)
		}
	}
	if len(want) == 0 {
		t.Error("nothing is wanted")
	}
	if *update {
		if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func configure(p *project, comment string) ruletest.TextOptions {
	w, text := way{}, ruletest.TextOptions{}
	for line := range strings.Lines(comment) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "require":
			p.runner.Require = true
		case "verbose":
			text.Verbose = true
		case "quiet":
			text.Quiet = true
		case "pipelines":
			w.names = strings.Fields(rest)
		case "untranslated":
			w.untranslated = true
		}
	}
	p.runner.Compiler = w
	return text
}

func printed(t *testing.T, report *ruletest.Report, form string, text ruletest.TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch form {
	case "text":
		err = report.Text(&b, text)
	case "json":
		err = report.JSON(&b)
	case "junit":
		err = report.JUnit(&b)
	case "diagnostics":
		err = diag.Printer{}.Print(&b, report.Diagnostics)
	default:
		t.Fatalf("no form %q", form)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
