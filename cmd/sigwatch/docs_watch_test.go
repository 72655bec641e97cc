package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// watchedProject has pipelines, pinned types, a filter, levels and a file of
// two rules with one id: all that a watch may hang on besides its rule.
var watchedProject = map[string]string{
	"sigwatch.yaml": `
owner: soc
rules: [rules]
pipelines: [sysmon, ecs_windows]
fields: fields.yaml
indices: [{logsource: {product: windows}, index: [winlogbeat-*]}, {index: [logs-*]}]
levels: {critical: {schedule: {every: 1m}}}
actions:
  soc-mail: {email: {to: [soc@example.org], subject: "[${rule.level}] ${rule.title}"}}
routes: [{actions: [soc-mail]}]
targets: {local: {url: "embedded:"}}
`,
	"fields.yaml": `
schema: sigwatch/fields/v1
fields:
  process.executable: {type: keyword, normalizer: lowercase}
  process.command_line: wildcard
  user.name: keyword
  event.code: long
  winlog.channel: keyword
`,
	"rules/one.yml": "title: One <b>|`\nid: 00000000-0000-4000-8000-000000000001\nlogsource: {product: windows, category: process_creation}\n" +
		"detection: {s: {Image|endswith: '\\cmd.exe', CommandLine|contains: '```'}, condition: s}\nlevel: critical\n",
	"rules/two.yml": "title: Two\nid: 00000000-0000-4000-8000-000000000002\nlogsource: {product: linux}\n" +
		"detection: {s: {a|gt: 5}, condition: s}\nlevel: low\n---\ntitle: Two again\nid: 00000000-0000-4000-8000-000000000002\nlogsource: {product: linux}\n" +
		"detection: {s: {a|re: 'x[0-9]+'}, condition: s}\nlevel: low\n",
	"rules/filter.yml": "title: Admins\nlogsource: {product: windows, category: process_creation}\n" +
		"filter: {rules: any, s: {User: admin}, condition: not s}\n",
}

// TestDocsWatch: the watch on a page is the one that convert prints and sync
// puts, but for the release of sigwatch, under the same configuration.
func TestDocsWatch(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range watchedProject {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	docs(t, exitDone, "build", "-o", "out")
	tool := regexp.MustCompile(`(?m)^ *"tool": .*\n`)
	for page, rule := range map[string]string{"one": "rules/one.yml", "two": "rules/two.yml", "two_2": "rules/two.yml"} {
		var out, talk bytes.Buffer
		if code := run(t.Context(), []string{"convert", "-q", "-T", "watch", rule}, stdio{out: &out, err: &talk}); code != exitDone {
			t.Fatalf("%s: exit code %d\n%s", rule, code, talk.String())
		}
		want := tool.ReplaceAllString(out.String(), "")
		text, err := os.ReadFile(filepath.Join("out", "Detection_Rules", page+".md"))
		if err != nil {
			t.Fatal(err)
		}
		got := shownJSON(string(text))
		switch {
		case got == "":
			t.Errorf("%s: no watch on the page\n%s", page, text)
		case strings.Count(want, "\n}\n") == 1 && got != want:
			t.Errorf("%s (-convert +page):\n%s", page, cmp.Diff(want, got))
		case !strings.Contains(want, got):
			t.Errorf("%s: the page has\n%s\nand convert prints\n%s", page, got, want)
		}
	}
	if page, err := os.ReadFile(filepath.Join("out", "Detection_Rules", "one.md")); err != nil || !bytes.Contains(page, []byte("| Filters | Admins (rules/filter.yml) |")) || !strings.Contains(shownJSON(string(page)), "user.name") {
		t.Errorf("the filter is not on the page, %v:\n%s", err, page)
	}
}

// shownJSON is the watch that stands on a page.
func shownJSON(page string) string {
	m := regexp.MustCompile("(?s)\n### X-Pack Watcher\n\nThe watch as it is put to Elasticsearch:\n\n(`{3,})json\n(.*?\n)(`{3,})\n").FindStringSubmatch(page)
	if m == nil || m[1] != m[3] {
		return ""
	}
	return m[2]
}

// TestDocsTexts: the other texts on a page are those that convert prints under
// the same configuration. Field types are pinned: only Elasticsearch knows them.
func TestDocsTexts(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range watchedProject {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if name == "fields.yaml" {
			text += "  client: ip\n"
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rule := "title: Three\nid: 00000000-0000-4000-8000-000000000003\nlogsource: {product: windows, category: process_creation}\n" +
		"detection: {s: {CommandLine|contains: Abc, client: '10.*', EventID: 4688}, condition: s}\nlevel: low\n"
	if err := os.WriteFile("rules/three.yml", []byte(rule), 0o600); err != nil {
		t.Fatal(err)
	}
	docs(t, exitDone, "build", "-o", "out")
	for page, rule := range map[string]string{"one": "rules/one.yml", "two_2": "rules/two.yml", "three": "rules/three.yml"} {
		text, err := os.ReadFile(filepath.Join("out", "Detection_Rules", page+".md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range []string{"kibana", "graylog", "splunk", "logpoint", "grep"} {
			var out, talk bytes.Buffer
			run(t.Context(), []string{"convert", "-q", "-T", target, "--profile", "current", "--format", "json", rule}, stdio{out: &out, err: &talk})
			var converted struct{ Rules []struct{ Queries []string } }
			if err := json.Unmarshal(out.Bytes(), &converted); err != nil {
				t.Fatal(err)
			}
			want := "This rule cannot be said here."
			if last := converted.Rules[len(converted.Rules)-1].Queries; len(last) == 1 {
				want = strings.TrimSuffix(last[0], "\n")
			}
			if !strings.Contains(string(text), want) {
				t.Errorf("%s, %s: convert prints\n%s\nand the page is\n%s", rule, target, want, text)
			}
		}
	}
}
