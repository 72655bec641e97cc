package ruletest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/sigma/ruletest"
)

// TestPlaces holds the names of event files to staying in the project: tests
// come with pull requests, and what they read may end up in a log.
func TestPlaces(t *testing.T) {
	const cases = "cases:\n  - {name: n, match: true, events: FILE}\n"
	tests := []struct{ name, file, want string }{
		{"beside", "here.json", ""},
		{"above, in the project", "../shared/there.json", ""},
		{"link in the project", "link.json", ""},
		{"out by dots", "../../outside.json", "leads out of the project"},
		{"out by many dots", "../../../../../../etc/passwd", "leads out of the project"},
		{"out by a link", "escape.json", "escapes"},
		{"out by a link to a folder", "folder/outside.json", "escapes"},
		{"absolute", "/etc/passwd", "absolute"},
		{"a folder", "../shared", "no regular file"},
		{"a pipe", "pipe.json", "no regular file"},
		{"nothing", "nothing.json", "no such file"},
		{"too large", "large.json", "larger than 32 MiB"},
	}
	top := t.TempDir()
	root := filepath.Join(top, "project")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(filepath.Join(root, "rules"), 0o700))
	must(os.MkdirAll(filepath.Join(root, "shared"), 0o700))
	event := []byte(`{"CommandLine": "whoami"}`)
	for _, name := range []string{"outside.json", "project/rules/here.json", "project/shared/there.json", "project/rules/real.json"} {
		must(os.WriteFile(filepath.Join(top, filepath.FromSlash(name)), event, 0o600))
	}
	must(os.WriteFile(filepath.Join(root, "rules", "a.yml"), []byte(rule), 0o600))
	must(os.Symlink("real.json", filepath.Join(root, "rules", "link.json")))
	must(os.Symlink("../../outside.json", filepath.Join(root, "rules", "escape.json")))
	must(os.Symlink(top, filepath.Join(root, "rules", "folder")))
	pipe := exec.CommandContext(t.Context(), "mkfifo", filepath.Join(root, "rules", "pipe.json")).Run()
	must(os.WriteFile(filepath.Join(root, "rules", "large.json"), nil, 0o600))
	must(os.Truncate(filepath.Join(root, "rules", "large.json"), 33<<20))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.file == "pipe.json" && pipe != nil {
				t.Skip("there are no named pipes here: ", pipe)
			}
			must(os.WriteFile(filepath.Join(root, "rules", "a.tests.yml"), []byte(strings.ReplaceAll(cases, "FILE", test.file)), 0o600))
			p := project{dir: root, runner: ruletest.Runner{Compiler: way{untranslated: true}}}
			got := p.all(t).Results[0]
			switch {
			case test.want == "" && got.Status != ruletest.Passed:
				t.Errorf("got %s: %s", got.Status, got.Message)
			case test.want != "" && (got.Status != ruletest.Failed || got.Code != "ruletest/events" || !strings.Contains(got.Message, test.want)):
				t.Errorf("want %q, got %s: %s (%s)", test.want, got.Status, got.Message, got.Code)
			}
		})
	}
}
