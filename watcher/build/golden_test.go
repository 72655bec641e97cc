package build_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/pipeline"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querystring"
	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/build"
)

var update = flag.Bool("update", false, "rewrite the want files of the goldens")

// translate does what convert does: pipelines, resolution, query_string.
func translate(t testing.TB, r *sigma.Rule, pipelines []string, opt querystring.Options) (*sigma.Rule, build.Query) {
	t.Helper()
	var ps []*pipeline.Pipeline
	for _, name := range pipelines {
		p, ok := pipeline.Builtin(name)
		if !ok {
			t.Fatalf("no pipeline %s", name)
		}
		ps = append(ps, p)
	}
	mapped, ds := pipeline.NewChain(ps...).Apply(r)
	tree, ds2 := query.Resolve(mapped, nil)
	q, ds3 := querystring.Render(tree, opt)
	for _, d := range append(append(ds, ds2...), ds3...) {
		if d.Severity == diag.Error {
			t.Fatalf("%s: %s (%s) %s", r.Title, d.Message, d.Code, d.Hint)
		}
	}
	return mapped, build.Query{Form: "query_string", Text: q.Text, Fields: q.Fields, Notes: q.Notes}
}

// setting is the file settings.json of a golden.
type setting struct {
	Owner, ID, Every, Cron, Interval, Field, Lateness, Length string
	Hits, Number                                              int
	Indices, Pipelines, KeywordFields                         []string
	Case                                                      querystring.Case
	Actions                                                   json.RawMessage
}

func (s setting) build(t *testing.T) build.Settings {
	t.Helper()
	out := build.Settings{
		Owner: s.Owner, IDTemplate: s.ID, Number: s.Number, Hits: s.Hits, Indices: s.Indices,
		Schedule: build.Schedule{Every: duration(t, s.Every), Cron: s.Cron, Interval: s.Interval},
		Window:   build.Window{Field: s.Field, Lateness: duration(t, s.Lateness), Length: duration(t, s.Length)},
		Form:     "query_string", Case: string(s.Case), KeywordFields: s.KeywordFields,
		Tool: "golden", RuleHash: build.RuleHash([]byte("golden"), ""),
	}
	for _, m := range parse(string(s.Actions)).Members {
		out.Actions = append(out.Actions, build.Action{ID: m.Name, Body: m.Value.(*watcher.Object)})
	}
	return out
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestGolden: a rule and settings become a whole watch, and the watch's mail
// reads as it stands there for the response of a search.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/watch/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { golden(t, name) })
	}
}

func golden(t *testing.T, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var s setting
	if err := json.Unmarshal(member(archive, "settings.json"), &s); err != nil {
		t.Fatal(err)
	}
	rules, ds := sigma.Parse(diag.NewFile("rules/golden.yml", member(archive, "rule.yml")))
	if len(rules) != 1 || worst(ds) == diag.Error {
		t.Fatalf("%d rules: %v", len(rules), said(ds))
	}
	mapped, q := translate(t, rules[0], s.Pipelines, querystring.Options{Case: s.Case, KeywordFields: s.KeywordFields})
	w, ds := build.Build(mapped, q, s.build(t))
	check(t, archive, "want.diagnostics", strings.Join(append(said(ds), ""), "\n"))
	if w.Body == nil {
		t.Fatalf("refused: %v", said(ds))
	}
	check(t, archive, "want.watch.json", w.ID+"\n"+string(watcher.EncodeIndent(w.Body))+"\n")
	if response := member(archive, "response.json"); response != nil {
		check(t, archive, "want.mail.txt", mailOf(t, w, string(response)))
	}
	if *update {
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// mailOf is the mail of the watch's first action for that response.
func mailOf(t *testing.T, w watcher.Wanted, response string) string {
	t.Helper()
	metadata := at(t, w.Body, "metadata")
	data := map[string]any{"ctx": map[string]any{
		"watch_id": w.ID, "payload": decode(t, response),
		"trigger":  map[string]any{"scheduled_time": "2026-11-24T06:45:03.000Z"},
		"metadata": decode(t, string(watcher.Encode(metadata))),
	}}
	email := at(t, at(t, w.Body, "actions").(*watcher.Object).Members[0].Value, "email")
	var out strings.Builder
	for _, part := range []struct {
		head string
		path []string
	}{{"Subject: ", []string{"subject"}}, {"Priority: ", []string{"priority"}}, {"\n", []string{"body", "text"}}} {
		text, err := render(at(t, email, part.path...).(string), data)
		if err != nil {
			t.Fatalf("%v: %v", part.path, err)
		}
		out.WriteString(part.head + text + "\n")
	}
	return out.String()
}

func member(a *txtar.Archive, name string) []byte {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func check(t *testing.T, a *txtar.Archive, name, got string) {
	t.Helper()
	if *update {
		for i := range a.Files {
			if a.Files[i].Name == name {
				a.Files[i].Data = []byte(got)
				return
			}
		}
		a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(got)})
		return
	}
	if diff := cmp.Diff(string(member(a, name)), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// TestSampleRules: every sample rule becomes a watch, as it stands and under
// the pipelines that are built in, and each has an id but the two seeds.
func TestSampleRules(t *testing.T) {
	const root = "../../rules"
	set, err := sigma.Load(t.Context(), []string{root}, sigma.LoadOptions{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	levels, ids, count := map[string]bool{}, map[string]bool{}, 0
	for _, f := range set.Files {
		if worst(f.Diagnostics) > diag.Info {
			t.Errorf("%s: %v", f.File.Name, said(f.Diagnostics))
		}
		for _, r := range f.Rules {
			count++
			levels[r.Level] = true
			sampleRule(t, r, ids)
		}
	}
	if count != 16 || len(levels) != 5 || len(ids) != count {
		t.Errorf("%d rules of the levels %v with %d watches", count, levels, len(ids))
	}
}

func sampleRule(t *testing.T, r *sigma.Rule, ids map[string]bool) {
	for _, pipelines := range [][]string{nil, {"sysmon", "ecs_windows"}} {
		mapped, q := translate(t, r, pipelines, querystring.Options{Case: querystring.Insensitive, KeywordFields: []string{"message"}})
		w, ds := build.Build(mapped, q, settings())
		seed := strings.HasPrefix(w.Rule.File, "seeds/")
		if len(ds) > 0 && (!seed || ds[0].Code != "build/no-id") || w.Body == nil {
			t.Errorf("%s: %v", w.Rule.File, said(ds))
		}
		ids[w.ID] = true
	}
}
