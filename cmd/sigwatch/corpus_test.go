package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/watcher/plan"
)

// planDocument is what the machine format of sync and diff holds.
type planDocument struct {
	Summary plan.Summary
	Changes []struct {
		Action, Watch, Cause string
		Rule                 struct{ ID, File string }
	}
	Diagnostics []diag.Record
}

// invoke runs a command line in process; the exit code has to be want.
func invoke(t *testing.T, want int, args ...string) planDocument {
	t.Helper()
	var out, talk bytes.Buffer
	if code := run(t.Context(), args, stdio{out: &out, err: &talk}); code != want {
		t.Fatalf("%v: exit code %d, want %d\n%.2000s\n%.2000s", args, code, want, out.String(), talk.String())
	}
	var doc planDocument
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return doc
}

// TestCorpus: every rule of the corpus is a watch or refused with its place;
// the second sync writes nothing, and diff is empty.
func TestCorpus(t *testing.T) {
	rules := sharedFolder(t, "corpus", "sigmahq", "rules")
	if testing.Short() {
		t.Skip("2,199 files are not short")
	}
	t.Chdir(t.TempDir())
	text := strings.ReplaceAll(corpusConfig, "RULES", rules)
	if err := os.WriteFile("sigwatch.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}

	first := invoke(t, exitRefused, "sync", "--format", "json")
	s := first.Summary
	if s.Rules != countFiles(t, rules) || s.Create+s.Refused != s.Rules || s.Failed != 0 {
		t.Errorf("the counts do not add up: %+v, %d files", s, countFiles(t, rules))
	}
	if s.Create < s.Rules*9/10 {
		t.Errorf("only %d of %d rules became watches", s.Create, s.Rules)
	}
	refusals(t, first)

	want := plan.Summary{Rules: s.Rules, Refused: s.Refused, Unchanged: s.Create}
	for _, command := range []string{"sync", "diff"} {
		got := invoke(t, exitRefused, command, "--format", "json")
		if diff := cmp.Diff(want, got.Summary); diff != "" {
			t.Errorf("%s afterwards (-want +got):\n%s", command, diff)
		}
	}
}

const corpusConfig = `
owner: soc
rules: ["RULES"]
pipelines: [sysmon, ecs_windows]
indices: [{index: logs-*}]
actions: {soc-mail: {email: {to: soc@example.org, subject: "[${rule.level}] ${rule.title}"}}}
routes: [{actions: [soc-mail]}]
targets: {local: {url: "embedded:"}}
`

// refusals checks that each refused rule has an error with file, line and
// reason.
func refusals(t *testing.T, doc planDocument) {
	t.Helper()
	placed := map[string]bool{}
	for _, d := range doc.Diagnostics {
		if d.Severity == "error" && d.Line > 0 && d.Message != "" && d.Code != "" {
			placed[d.File] = true
		}
	}
	refused := 0
	for _, c := range doc.Changes {
		if c.Action != "refused" {
			continue
		}
		refused++
		if !placed[c.Rule.File] {
			t.Errorf("%s is refused without a place", c.Rule.File)
		}
	}
	if refused != doc.Summary.Refused {
		t.Errorf("%d refused changes, the summary says %d", refused, doc.Summary.Refused)
	}
}

func countFiles(t *testing.T, dir string) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".yml") {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
