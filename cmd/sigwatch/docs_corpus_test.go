package main

import (
	"bytes"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/catalog"
)

// corpusProject makes a project over the whole corpus, and works in it.
func corpusProject(tb testing.TB) (rules []string) {
	tb.Helper()
	root := sharedFolder(tb, "corpus", "sigmahq")
	for _, folder := range []string{"rules", "rules-compliance", "rules-emerging-threats", "rules-placeholder", "rules-threat-hunting", "unsupported"} {
		rules = append(rules, filepath.Join(root, folder))
	}
	tb.Chdir(tb.TempDir())
	text := strings.Replace(corpusConfig, `"RULES"`, `"`+strings.Join(rules, `", "`)+`"`, 1)
	if err := os.WriteFile("sigwatch.yaml", []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return rules
}

// docs runs docs with a command line and returns what it prints.
func docs(tb testing.TB, want int, args ...string) string {
	tb.Helper()
	var out, talk bytes.Buffer
	if code := run(tb.Context(), append([]string{"docs"}, args...), stdio{out: &out, err: &talk}); code != want {
		tb.Fatalf("docs %v: exit code %d, want %d\n%.2000s\n%.2000s", args, code, want, out.String(), talk.String())
	}
	return out.String()
}

// TestDocsCorpus: every rule of the corpus has a page in every layout, inside
// the folder; the next run finds nothing to do.
func TestDocsCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("2,707 rules are not short")
	}
	corpusProject(t)
	for _, layout := range catalog.Layouts() {
		out := filepath.Join("pages", string(layout))
		want := exitRefused // of the default
		if layout != catalog.Default {
			want = exitDone
		}
		t.Logf("%s", docs(t, want, "build", "--layout", string(layout), "-o", out))
		if got := docs(t, exitDone, "check", "-o", out); !strings.Contains(got, ": 0 create, 0 update, 0 delete, ") {
			t.Errorf("%s: the check says %s", layout, got)
		}
		pages, err := filepath.Glob(filepath.Join(out, "Detection_Rules", "*.md"))
		if err != nil || len(pages) < 2707 {
			t.Errorf("%s: %d pages, %v", layout, len(pages), err)
		}
		if layout == catalog.Default {
			links(t, out)
		}
	}
	entries, err := os.ReadDir(".")
	if err != nil || len(entries) != 2 {
		t.Errorf("besides pages and configuration there is %v, %v", entries, err)
	}
}

// links checks that every link between pages leads to a page.
func links(t *testing.T, dir string) {
	t.Helper()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	seen := 0
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".md") {
			return err
		}
		text, err := os.ReadFile(name)
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			u, bad := url.Parse(m[1])
			if bad != nil || u.Scheme != "" || !strings.HasSuffix(u.Path, ".md") {
				continue // code, or a page of others
			}
			seen++
			if _, missing := os.Stat(path.Join(path.Dir(filepath.ToSlash(name)), u.Path)); missing != nil {
				t.Errorf("%s: dead link %s", name, m[1])
			}
		}
		return err
	})
	if err != nil || seen < 10_000 {
		t.Errorf("%d links, %v", seen, err)
	}
}
