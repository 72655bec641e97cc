package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTestingPage runs the first example of docs/testing.md, and holds the page
// to it: the tests pass, and fail where they are turned round.
func TestTestingPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "testing.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), 2)
	if len(blocks) < 2 {
		t.Fatal("the page has no example")
	}
	t.Chdir(t.TempDir())
	t.Setenv("NO_COLOR", "1")
	for _, try := range []struct {
		tests string
		code  int
		want  string
	}{
		{blocks[1][1], exitDone, "2 passed, 0 failed, 0 skipped; every rule has a test\n"},
		{strings.NewReplacer("true", "false", "false", "true").Replace(blocks[1][1]), exitFindings, "0 passed, 2 failed, 0 skipped; every rule has a test\n"},
	} {
		for name, text := range map[string]string{"whoami.yml": blocks[0][1], "whoami.tests.yml": try.tests} {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var out, talk bytes.Buffer
		code := run(t.Context(), []string{"test", "-q", "-p", "sysmon", "-p", "ecs_windows", "."}, stdio{out: &out, err: &talk})
		if code != try.code || !strings.HasSuffix(out.String(), try.want) {
			t.Errorf("want exit code %d and %q, got %d\n%s%s", try.code, try.want, code, out.String(), talk.String())
		}
	}
}

// TestSampleTests turns each expectation of the tests beside the sample rules
// round: every one has to fail then, and to say why.
func TestSampleTests(t *testing.T) {
	root := filepath.Join("..", "..")
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(root, "rules"))); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.tests.yml"))
	if err != nil || len(files) < 5 {
		t.Fatal("the sample rules have too few tests", files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		turned := regexp.MustCompile(`match: (true|false|\[.*\])`).ReplaceAllStringFunc(string(text), func(s string) string {
			if s == "match: true" {
				return "match: false"
			}
			return "match: true"
		})
		if err := os.WriteFile(name, []byte(turned), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, talk bytes.Buffer
	code := run(t.Context(), []string{"test", "-c", filepath.Join(root, "sigwatch.yaml"), "--format", "json", dir}, stdio{out: &out, err: &talk})
	var report struct {
		Passed, Failed int
		Cases          []struct {
			Name, Status, Code string
			Details            []string
		}
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatal(err, talk.String())
	}
	if code != exitFindings || report.Passed != 0 || report.Failed < 15 {
		t.Errorf("exit code %d, %d passed, %d failed\n%s", code, report.Passed, report.Failed, out.String())
	}
	for _, c := range report.Cases {
		if c.Code != "ruletest/mismatch" || len(c.Details) < 4 {
			t.Errorf("%s: %s: %s %q", c.Name, c.Status, c.Code, c.Details)
		}
	}
}
