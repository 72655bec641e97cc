package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/watcher/build"
)

const whole = `
owner: soc
rules: [rules]
pipelines: [sysmon]
query: {form: query_string, case: as-written, keyword_fields: [message, event.original]}
indices:
  - logsource: {product: windows, category: process_creation}
    index: [sysmon-*]
  - logsource: {product: windows}
    index: winlogbeat-*
watch:
  id: "corp-${rule.id}"
  schedule: {every: 10m}
  window: {field: event.ingested, lateness: 1m}
  hits: 5
levels:
  critical: {schedule: {every: 1m}, hits: 50}
actions:
  soc-mail: {email: {to: [soc@example.org], subject: "[${rule.level}] {{ctx.watch_id}}"}}
  boss: {email: {to: boss@example.org}}
routes:
  - match: {logsource: {product: windows}}
    actions: [soc-mail]
  - match: {level: [critical], tag: ["attack.t1059*"]}
    actions: [boss, soc-mail]
targets:
  local: {url: "embedded:"}
  prod:
    url: [https://es1:9200, https://es2:9200]
    api_key: {file: key}
    ca: ca.pem
sync: {policy: upsert-only, max_deletes: 3}
accept_refused:
  - {rule: 5F1ABF38-3A7B-4A2F-9C5E-0C5D2A3B4C5D, code: query/field-reference}
`

func mustLoad(t *testing.T, text string) *Config {
	t.Helper()
	c, ds := loadText(t, text)
	for _, d := range ds {
		t.Fatalf("unexpected: %s", diag.Printer{}.Sprint(d))
	}
	return c
}

func rule(level, product, category string, tags ...string) *sigma.Rule {
	return &sigma.Rule{
		ID: "11111111-2222-4333-8444-555555555555", Title: "T", Level: level, Tags: tags,
		File:      diag.NewFile("rules/win/a.yml", []byte("title: T\n")),
		LogSource: sigma.LogSource{Product: product, Category: category},
	}
}

func TestSettingsFor(t *testing.T) {
	c := mustLoad(t, whole)
	tests := []struct {
		name  string
		rule  *sigma.Rule
		want  build.Settings
		codes []string
	}{
		{
			name: "level and both routes",
			rule: rule("critical", "windows", "process_creation", "attack.t1059.001"),
			want: build.Settings{
				Owner: "soc", IDTemplate: "corp-${rule.id}",
				Schedule: build.Schedule{Every: time.Minute},
				Window:   build.Window{Field: "event.ingested", Lateness: time.Minute},
				Hits:     50, Indices: []string{"sysmon-*"},
				Actions: []build.Action{{ID: "soc-mail"}, {ID: "boss"}},
				Form:    "query_string", Case: "as-written", KeywordFields: []string{"message", "event.original"},
			},
		},
		{
			name: "second index, one route",
			rule: rule("low", "windows", "registry_set"),
			want: build.Settings{
				Owner: "soc", IDTemplate: "corp-${rule.id}",
				Schedule: build.Schedule{Every: 10 * time.Minute},
				Window:   build.Window{Field: "event.ingested", Lateness: time.Minute},
				Hits:     5, Indices: []string{"winlogbeat-*"},
				Actions: []build.Action{{ID: "soc-mail"}},
				Form:    "query_string", Case: "as-written", KeywordFields: []string{"message", "event.original"},
			},
		},
		{
			name: "nothing is for it",
			rule: rule("low", "linux", ""),
			want: build.Settings{
				Owner: "soc", IDTemplate: "corp-${rule.id}",
				Schedule: build.Schedule{Every: 10 * time.Minute},
				Window:   build.Window{Field: "event.ingested", Lateness: time.Minute},
				Hits:     5,
				Form:     "query_string", Case: "as-written", KeywordFields: []string{"message", "event.original"},
			},
			codes: []string{"config/no-index", "config/no-route"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, ds := c.SettingsFor(test.rule)
			for i := range got.Actions {
				got.Actions[i] = build.Action{ID: got.Actions[i].ID}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
			var codes []string
			for _, d := range ds {
				codes = append(codes, d.Code)
			}
			if diff := cmp.Diff(test.codes, codes); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhole(t *testing.T) {
	c := mustLoad(t, whole)
	if diff := cmp.Diff(Sync{Policy: "upsert-only", MaxDeletes: 3}, c.Sync); diff != "" {
		t.Error(diff)
	}
	if got, want := c.Accepted[0].Rule, "5f1abf38-3a7b-4a2f-9c5e-0c5d2a3b4c5d"; got != want {
		t.Errorf("accepted rule: got %s, want %s", got, want)
	}
	if ds := c.Deployable(); len(ds) > 0 {
		t.Errorf("not deployable: %v", ds)
	}
}

// The layers of a scalar: flags, environment, file, defaults.
func TestLayers(t *testing.T) {
	const file = "query: {case: as-written}\nsync: {max_deletes: 0}\n"
	flags := func(args ...string) *pflag.FlagSet {
		f := pflag.NewFlagSet("test", pflag.ContinueOnError)
		f.String("case", "insensitive", "")
		if err := f.Parse(args); err != nil {
			t.Fatal(err)
		}
		return f
	}
	tests := []struct {
		name, file, env, want string
		args                  []string
	}{
		{"default", "", "", "insensitive", nil},
		{"file", file, "", "as-written", nil},
		{"environment", file, "insensitive", "insensitive", nil},
		{"flag", file, "insensitive", "as-written", []string{"--case", "as-written"}},
		{"flag over file", file, "", "insensitive", []string{"--case=insensitive"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("SIGWATCH_QUERY_CASE", test.env)
			s, err := NewScalars(flags(test.args...))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if test.file != "" {
				write(t, filepath.Join(dir, FileName), test.file)
			}
			c, ds := Load(dir, s)
			if len(ds) > 0 {
				t.Fatal(ds)
			}
			if c.Query.Case != test.want {
				t.Errorf("case: got %s, want %s", c.Query.Case, test.want)
			}
			want := 10
			if test.file != "" {
				want = 0
			}
			if c.Sync.MaxDeletes != want {
				t.Errorf("max_deletes: got %d, want %d", c.Sync.MaxDeletes, want)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestBadEnvironment(t *testing.T) {
	t.Setenv("SIGWATCH_SYNC_MAX_DELETES", "many")
	t.Setenv("SIGWATCH_QUERY_CASE", "insensitiv")
	t.Setenv("SIGWATCH_OWNER", "Die Wache")
	t.Setenv("SIGWATCH_WATCH_HITS", "0")
	_, ds := loadText(t, "")
	var got []string
	for _, d := range ds {
		got = append(got, d.Message+" | "+d.Hint)
	}
	want := []string{
		`the environment variable SIGWATCH_OWNER holds no owner | ` + ownerHint,
		`the environment variable SIGWATCH_QUERY_CASE holds "insensitiv" | did you mean "insensitive"?`,
		`the environment variable SIGWATCH_SYNC_MAX_DELETES holds "many" | it has to be a whole number of 0 or more`,
		`the environment variable SIGWATCH_WATCH_HITS holds "0" | it has to be a whole number of 1 or more`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Every scalar setting has a variable and a default that it can take.
func TestScalarList(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range ScalarList() {
		if seen[s.Name] || seen[s.Env] || !strings.HasPrefix(s.Env, "SIGWATCH_") {
			t.Errorf("%+v: name or variable is there twice or is wrong", s)
		}
		seen[s.Name], seen[s.Env] = true, true
		if hint := s.wrong(fmt.Sprint(s.Default)); hint != "" {
			t.Errorf("%s: the default %v is wrong: %s", s.Name, s.Default, hint)
		}
	}
}

func TestFindsFileUpwards(t *testing.T) {
	top := t.TempDir()
	write(t, filepath.Join(top, FileName), "owner: soc\n")
	deep := filepath.Join(top, "rules", "win")
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	c, ds := Load(deep, scalars(t))
	if len(ds) > 0 || c.File == nil {
		t.Fatalf("not found: %v", ds)
	}
	if c.File.Name != "../../sigwatch.yaml" || c.Dir != top || c.Owner != "soc" {
		t.Errorf("got name %s, folder %s, owner %s", c.File.Name, c.Dir, c.Owner)
	}
}

func TestWithoutFile(t *testing.T) {
	dir := t.TempDir()
	c, ds := Load(dir, scalars(t))
	if len(ds) > 0 || c.File != nil {
		t.Fatalf("got %v, file %v", ds, c.File)
	}
	s, ds := c.SettingsFor(rule("", "linux", ""))
	if len(ds) > 0 {
		t.Error(ds)
	}
	if diff := cmp.Diff([]string{"logs-*"}, s.Indices); diff != "" {
		t.Error(diff)
	}
	if ds := c.Deployable(); len(ds) != 1 || ds[0].Code != "config/no-file" {
		t.Errorf("deployable: %v", ds)
	}
	t.Setenv("SIGWATCH_CONFIG", "missing.yaml")
	if _, ds := Load(dir, scalars(t)); len(ds) != 1 || ds[0].Code != "config/unreadable" {
		t.Errorf("a named file that is missing: %v", ds)
	}
}

func TestPipelineNames(t *testing.T) {
	c, _ := loadText(t, "pipelines: [sysmn, ./missing.yml]\n")
	_, ds := c.Chain()
	var got []string
	for _, d := range ds {
		got = append(got, fmt.Sprintf("%s | %s", d.Message, d.Hint))
	}
	want := []string{
		`there is no pipeline sysmn built in, and no such file | did you mean "sysmon"?`,
		`the pipeline cannot be read: ./missing.yml: no such file or directory | paths are relative to the configuration's folder`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestGlobs(t *testing.T) {
	tests := []struct {
		glob, name string
		want       bool
	}{
		{"rules/**", "rules/win/a.yml", true},
		{"rules/*", "other/a.yml", false},
		{"rules/*.yml", "rules/win/a.yml", false},
		{"rules/*.yml", "rules/a.yml", true},
		{"./rules/win", "rules/win/a.yml", true},
		{"rules/wi", "rules/win/a.yml", false},
		{"rules/**/a.yml", "rules/a.yml", true},
		{"rules/**/a.yml", "rules/x/y/a.yml", true},
		{"r?les/a.yml", "rules/a.yml", true},
		{"rules/(a).yml", "rules/(a).yml", true},
		{"rules/ä*.yml", "rules/äb.yml", true},
		{"attack.t1059*", "attack.t1059.001", true},
		{"attack.t1059", "attack.t1059.001", false},
	}
	for _, test := range tests {
		if got := globMatches(test.glob, test.name); got != test.want {
			t.Errorf("%s on %s: got %v, want %v", test.glob, test.name, got, test.want)
		}
	}
}
