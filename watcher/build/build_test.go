package build_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/build"
)

// said prints diagnostics without their places.
func said(ds []diag.Diagnostic) []string {
	var out []string
	for _, d := range ds {
		out = append(out, d.Severity.String()+": "+d.Message+" ("+d.Code+")")
	}
	return out
}

func TestID(t *testing.T) {
	const uuid = "5f1abf38-3a7b-4a2f-9c5e-0c5d2a3b4c5d"
	for _, c := range []struct {
		name, id, title, template string
		number                    int
		want                      string
		said                      []string
	}{
		{name: "id", id: uuid, want: "soc-" + uuid},
		{name: "second", id: uuid, number: 2, want: "soc-" + uuid + "-2"},
		{
			name: "title", title: "WMI Persistence - Script Event Consumer", want: "soc-wmi-persistence-script-event-consumer-50d70bde",
			said: []string{"warning: the rule has no id, so its watch is named after its title (build/no-id)"},
		},
		{
			name: "no letters", title: "漢字!", want: "soc-",
			said: []string{"warning: the rule has no id, so its watch is named after its title (build/no-id)"},
		},
		{
			name: "long title", title: strings.Repeat("Ab ", 100), want: "soc-" + strings.Repeat("ab-", 26) + "ab-",
			said: []string{"warning: the rule has no id, so its watch is named after its title (build/no-id)"},
		},
		{name: "template", id: uuid, template: "corp-${rule.level}-${rule.id}", number: 3, want: "corp-high-" + uuid + "-3"},
		{name: "template in capitals", id: uuid, template: "CORP_${rule.id}", want: "corp_" + uuid},
		{
			name: "unknown", id: uuid, template: "${rule.title}-${rule.id}", want: "-" + uuid,
			said: []string{"error: nothing is known by the name ${rule.title} (build/unknown-name)"},
		},
		{
			name: "blank", id: uuid, template: "my watch ${rule.id}", want: "my watch " + uuid,
			said: []string{`error: watch id "my watch ` + uuid + `" has characters that an id must not have (build/bad-id)`},
		},
		{
			name: "date", id: uuid, template: "2023-05-01", want: "2023-05-01",
			said: []string{`error: watch id "2023-05-01" reads as a date (build/bad-id)`},
		},
		{
			name: "long", id: uuid, template: strings.Repeat("a", 201), want: strings.Repeat("a", 201),
			said: []string{`error: watch id "` + strings.Repeat("a", 201) + `" is 201 characters long (build/bad-id)`},
		},
	} {
		s := settings()
		s.IDTemplate, s.Number = c.template, c.number
		got, ds := build.ID(&sigma.Rule{ID: c.id, Title: c.title, Level: "high"}, s)
		if diff := cmp.Diff(c.said, said(ds)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if c.id == "" {
			full := regexp.MustCompile("^" + regexp.QuoteMeta(c.want) + "[0-9a-f]{0,8}$")
			if !full.MatchString(got) {
				t.Errorf("%s: id %q, want %q and a hash", c.name, got, c.want)
			}
			continue
		}
		if got != c.want {
			t.Errorf("%s: id %q, want %q", c.name, got, c.want)
		}
	}
}

// FuzzID: an id without an error is one that needs no escaping anywhere, and
// depends on nothing but id, title and settings.
func FuzzID(f *testing.F) {
	f.Add("", "WMI Persistence", "")
	f.Add("5f1abf38-3a7b-4a2f-9c5e-0c5d2a3b4c5d", "x", "corp-${rule.id}")
	f.Add("", "İ{{}}\x00", "${rule.id}${")
	good := regexp.MustCompile(`^[a-z0-9_-]{1,200}$`)
	f.Fuzz(func(t *testing.T, id, title, template string) {
		s := settings()
		s.IDTemplate = template
		got, ds := build.ID(&sigma.Rule{ID: id, Title: title}, s)
		if worst(ds) < diag.Error && !good.MatchString(got) {
			t.Errorf("id %q", got)
		}
		if again, _ := build.ID(&sigma.Rule{ID: id, Title: title, Author: "other"}, s); again != got {
			t.Errorf("id %q and then %q", got, again)
		}
	})
}

func worst(ds []diag.Diagnostic) diag.Severity {
	out := diag.Info
	for _, d := range ds {
		out = max(out, d.Severity)
	}
	return out
}

func TestSettingsSaid(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*build.Settings)
		want   []string
	}{
		{"good", func(*build.Settings) {}, nil},
		{"no index", func(s *build.Settings) { s.Indices = nil }, []string{"error: no index is named for this rule (build/no-index)"}},
		{"comma", func(s *build.Settings) { s.Indices = []string{"a-*,b-*"} }, []string{`error: "a-*,b-*" is no index pattern (build/bad-index)`}},
		{"date math", func(s *build.Settings) {
			s.Indices = []string{"<logs-{now/d{yyyy.MM.dd|+02:00}}>", "cluster:a-*", "-b"}
		}, nil},
		{"hits", func(s *build.Settings) { s.Hits = 10001 }, []string{"error: 10001 events cannot be asked for (build/bad-hits)"}},
		{"schedule", func(s *build.Settings) { s.Schedule = build.Schedule{} }, []string{"error: a schedule is one of every, cron and interval (build/bad-schedule)"}},
		{"cron without length", func(s *build.Settings) { s.Schedule = build.Schedule{Cron: "0 0 8 * * ?"} }, []string{"error: a cron schedule needs the window's length (build/bad-window)"}},
		{"gap", func(s *build.Settings) { s.Window.Length = time.Minute }, []string{"error: a window of 1m leaves time out between runs every 5m (build/bad-window)"}},
		{"fraction", func(s *build.Settings) { s.Window.Lateness = 1500 * time.Millisecond }, []string{"error: the window's lateness and length are whole seconds (build/bad-window)"}},
		{"no action", func(s *build.Settings) { s.Actions = nil }, []string{"warning: no action is routed to this rule, so nobody hears of its events (build/no-action)"}},
		{"twice", func(s *build.Settings) { s.Actions = append(s.Actions, s.Actions[0]) }, []string{`error: action "mail" is given twice (build/action-twice)`}},
		{"no recipient", action1(`{"email":{"subject":"x"}}`), []string{"error: the e-mail has no recipient (build/no-recipient)"}},
		{"empty recipient", action1(`{"email":{"to":[],"cc":""}}`), []string{"error: the e-mail has no recipient (build/no-recipient)"}},
		{"copy", action1(`{"email":{"bcc":"a@example.org"}}`), nil},
		{"unknown name", action1(`{"email":{"to":"a@example.org","subject":"${rule.titel}","cc":["${x}"]}}`), []string{
			"error: nothing is known by the name ${rule.titel} (build/unknown-name)",
			"error: nothing is known by the name ${x} (build/unknown-name)",
		}},
		{"in a tag", action1(`{"email":{"to":"a@example.org","subject":"{{ctx.${rule.title}}}"}}`), []string{"error: ${…} stands inside of a tag of mustache (build/misplaced-name)"}},
		{"beside a tag", action1(`{"email":{"to":"a@example.org","subject":"{{ctx.id}}${rule.title}{{ctx.id}}"}}`), nil},
		{"delimiters", action1(`{"email":{"to":"a@example.org","subject":"{{=<% %>=}}${rule.title}"}}`), []string{"error: ${…} cannot be filled in where the delimiters of mustache are changed (build/misplaced-name)"}},
		{"in toJson", action1(`{"email":{"to":"a@example.org","subject":"{{#toJson}}${rule.title}{{/toJson}}"}}`), []string{"error: ${…} stands where toJson or join expects a name (build/misplaced-name)"}},
		{"after toJson", action1(`{"email":{"to":"a@example.org","subject":"{{#toJson}}ctx.id{{/toJson}}${rule.title}"}}`), nil},
		{"script", action1(`{"condition":{"script":"return '${rule.title}' == ''"},"email":{"to":"a@example.org"}}`), []string{"error: ${…} cannot be filled in in the condition of action \"mail\" (build/misplaced-name)"}},
		{"throttle", action1(`{"throttle_period":"1h","email":{"to":"a@example.org"}}`), []string{`warning: action "mail" may be throttled for longer than 5m, and what a throttled run found is not mailed later (build/lossy-throttle)`}},
		{"short throttle", action1(`{"throttle_period":"5m","email":{"to":"a@example.org"}}`), nil},
		{"password with a name", action1(`{"email":{"to":"a@example.org","user":"u","password":"${not.a.name}{{x"}}`), nil},
	} {
		s := settings()
		c.change(&s)
		w, ds := build.Build(rule("x"), someQuery(), s)
		if diff := cmp.Diff(c.want, said(ds)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if refused := worst(ds) == diag.Error; refused != (w.Body == nil) {
			t.Errorf("%s: refused %v, and the body is %v", c.name, refused, w.Body)
		}
		if w.ID != "soc-x" {
			t.Errorf("%s: id %q; what is held has to be found", c.name, w.ID)
		}
	}
}

func action1(text string) func(*build.Settings) {
	return func(s *build.Settings) { s.Actions[0].Body = parse(text) }
}

// TestRefusedByGrammar: what the server would refuse is known before it is
// sent.
func TestRefusedByGrammar(t *testing.T) {
	for name, change := range map[string]func(*build.Settings){
		"field":   action1(`{"email":{"to":"a@example.org","subjekt":"x"}}`),
		"type":    action1(`{"emil":{"to":"a@example.org"}}`),
		"address": action1(`{"email":{"to":"nobody"}}`),
		"cron":    func(s *build.Settings) { s.Schedule = build.Schedule{Cron: "* * * * *"}; s.Window.Length = time.Hour },
		"id":      func(s *build.Settings) { s.Actions[0].ID = "a b" },
	} {
		s := settings()
		change(&s)
		w, ds := build.Build(rule("x"), someQuery(), s)
		if len(ds) != 1 || ds[0].Code != "build/watch-refused" || w.Body != nil {
			t.Errorf("%s: %v", name, said(ds))
		}
	}
}

func TestNoQuery(t *testing.T) {
	for name, q := range map[string]build.Query{"text": {Form: "query_string"}, "dsl": {Form: build.FormDSL}} {
		if w, ds := build.Build(rule("x"), q, settings()); w.Body != nil || len(ds) != 1 || ds[0].Code != "build/no-query" {
			t.Errorf("%s: %v", name, said(ds))
		}
	}
	q := build.Query{Form: build.FormDSL, DSL: parse(`{"term":{"a":"{{b"}}`)}
	w, ds := build.Build(rule("x"), q, settings())
	if w.Body == nil {
		t.Fatal(said(ds))
	}
	source := at(t, w.Body, "input", "search", "request", "template", "source").(string)
	if !strings.Contains(source, `"filter":[{"term":{"a":"\u007b\u007bb"}},{"range"`) {
		t.Errorf("template %s", source)
	}
}

func TestPriority(t *testing.T) {
	for level, want := range map[string]string{"critical": "highest", "high": "high", "medium": "normal", "low": "low", "informational": "lowest", "": "normal"} {
		w, _ := build.Build(&sigma.Rule{ID: "x", Title: "t", Level: level}, someQuery(), settings())
		if got := at(t, w.Body, "actions", "mail", "email", "priority"); got != want {
			t.Errorf("level %q has priority %v, want %s", level, got, want)
		}
	}
}

// TestServerThrottle: where runs follow each other as fast as the server's own
// throttle lets actions run, it is put out of the way.
func TestServerThrottle(t *testing.T) {
	for every, want := range map[time.Duration]bool{time.Second: true, 5 * time.Second: true, 6 * time.Second: false, time.Minute: false} {
		s := settings()
		s.Schedule.Every = every
		w, _ := build.Build(rule("x"), someQuery(), s)
		if v, got := w.Body.Get("throttle_period"); got != want || got && v != "0s" {
			t.Errorf("every %s: throttle_period %v", every, v)
		}
	}
}

// TestMetadata: every value is a text or a list of texts, none of them a date,
// the same members whatever the rule.
func TestMetadata(t *testing.T) {
	dates := []string{"2023-05-01", "2023-05", "2023/05/01", "2023/05/01 10:00:00", "2023-05-01T10:00:00Z", "-2023-05-01", "2023-05-01T", "2023T10"}
	s := settings()
	var shape string
	for _, text := range append(dates, "", "a title") {
		r := &sigma.Rule{Title: text, Status: text, Author: text, Tags: []string{text}, FalsePositives: []string{text}}
		w, ds := build.Build(r, someQuery(), s)
		if w.Body == nil {
			t.Fatal(said(ds))
		}
		metadata := at(t, w.Body, "metadata").(*watcher.Object)
		got := shapeOf(t, metadata)
		if shape == "" {
			shape = got
		}
		if got != shape {
			t.Errorf("%q: metadata has the shape %s, before %s", text, got, shape)
		}
		if strings.Contains(string(watcher.Encode(metadata)), `"`+text+`"`) && text != "" && text != "a title" {
			t.Errorf("a date stands in %s", watcher.Encode(metadata))
		}
		if got := at(t, metadata, "sigma", "title").(string); strings.TrimSpace(got) != text {
			t.Errorf("title %q became %q", text, got)
		}
	}
}

func shapeOf(t *testing.T, v any) string {
	t.Helper()
	switch v := v.(type) {
	case string:
		return "text"
	case []any:
		for _, e := range v {
			if _, ok := e.(string); !ok {
				t.Errorf("a list holds %v", e)
			}
		}
		return "texts"
	case *watcher.Object:
		var out []string
		for _, m := range v.Members {
			if m.Name == "" || strings.ContainsAny(m.Name, ". ") {
				t.Errorf("key %q", m.Name)
			}
			out = append(out, m.Name+":"+shapeOf(t, m.Value))
		}
		return "{" + strings.Join(out, ",") + "}"
	default:
		t.Errorf("%v is neither text nor texts", v)
		return ""
	}
}

// TestDateFile: a file name is not changed, so one that reads as a date is
// refused.
func TestDateFile(t *testing.T) {
	r := rule("x")
	r.File = diag.NewFile("2023-05-01", nil)
	if w, ds := build.Build(r, someQuery(), settings()); w.Body != nil || len(ds) != 1 || ds[0].Code != "build/bad-file-name" {
		t.Errorf("%v", said(ds))
	}
}

func TestHashes(t *testing.T) {
	base, _ := build.Build(rule("x"), someQuery(), settings())
	again, _ := build.Build(rule("x"), someQuery(), settings())
	if diff := cmp.Diff(string(watcher.Encode(base.Body)), string(watcher.Encode(again.Body))); diff != "" {
		t.Errorf("the same input gives other bytes:\n%s", diff)
	}
	for _, c := range []struct {
		name            string
		change          func(*build.Settings)
		settings, watch bool
	}{
		{"tool", func(s *build.Settings) { s.Tool = "other" }, false, false},
		{"rule hash", func(s *build.Settings) { s.RuleHash = "sha256:11" }, false, false},
		{"case", func(s *build.Settings) { s.Case = "as-written" }, true, false},
		{"hits", func(s *build.Settings) { s.Hits = 5 }, true, true},
		{"lateness", func(s *build.Settings) { s.Window.Lateness = 0 }, true, true},
		{"recipient", action1(`{"email":{"to":["other@example.org"]}}`), true, true},
		{"active", func(s *build.Settings) { s.Active = new(bool) }, true, false},
		{"list form", action1(`{"email":{"to":"soc@example.org"}}`), true, false},
	} {
		s := settings()
		c.change(&s)
		w, ds := build.Build(rule("x"), someQuery(), s)
		if w.Body == nil {
			t.Fatalf("%s: %v", c.name, said(ds))
		}
		if got := w.Hashes.Settings != base.Hashes.Settings; got != c.settings {
			t.Errorf("%s: the settings hash changed: %v, want %v", c.name, got, c.settings)
		}
		if got := w.Hashes.Watch != base.Hashes.Watch; got != c.watch {
			t.Errorf("%s: the watch hash changed: %v, want %v", c.name, got, c.watch)
		}
		mark := at(t, w.Body, "metadata", "sigwatch").(*watcher.Object)
		if got := at(t, mark, "settings_hash"); got != w.Hashes.Settings {
			t.Errorf("%s: the mark says %v", c.name, got)
		}
	}
}

// TestSecretsInNoHash: another password changes no hash, since whoever may
// read a watch could try guesses against it.
func TestSecretsInNoHash(t *testing.T) {
	hashes := map[watcher.Hashes]bool{}
	for _, password := range []string{"a", "b"} {
		s := settings()
		action1(`{"email":{"to":"a@example.org","user":"u","password":"` + password + `"}}`)(&s)
		w, ds := build.Build(rule("x"), someQuery(), s)
		if w.Body == nil {
			t.Fatal(said(ds))
		}
		if got := at(t, w.Body, "actions", "mail", "email", "password"); got != password {
			t.Errorf("the watch has the password %v", got)
		}
		hashes[w.Hashes] = true
	}
	if len(hashes) != 1 {
		t.Errorf("the password is in a hash: %v", hashes)
	}
}

func TestRuleHash(t *testing.T) {
	a, b, c := build.RuleHash([]byte("rule"), ""), build.RuleHash([]byte("rule"), "sha256:1"), build.RuleHash([]byte("rule2"), "")
	if a == b || a == c || !strings.HasPrefix(a, "sha256:") || len(a) != len("sha256:")+64 {
		t.Errorf("hashes %s, %s, %s", a, b, c)
	}
}

// TestInputsAreKept: building changes neither rule nor settings.
func TestInputsAreKept(t *testing.T) {
	s, r, q := settings(), rule("x"), someQuery()
	r.Fields = append(make([]string, 0, 50), "a", "b")
	q.Fields = append(make([]string, 0, 50), "b")
	s.KeywordFields = []string{"message"}
	before := string(watcher.Encode(s.Actions[0].Body))
	build.Build(r, q, s)
	if after := string(watcher.Encode(s.Actions[0].Body)); after != before {
		t.Errorf("the action became %s", after)
	}
	if diff := cmp.Diff([]string{"a", "b"}, r.Fields); diff != "" {
		t.Error(diff)
	}
}

// TestSourceFields: the rule's fields come first, then those of the query, each
// once.
func TestSourceFields(t *testing.T) {
	s := settings()
	s.Window.Field = "event.ingested"
	r := rule("x")
	r.Fields = []string{"User", "", "Hashes"}
	q := someQuery()
	q.Fields = []string{"Image", "message", "User"}
	w, _ := build.Build(r, q, s)
	got := crons(at(t, w.Body, "input", "search", "request", "body", "_source"))
	want := []string{
		"User", "Hashes", "Image", "message", "event.ingested",
		"host.name", "host.hostname", "user.name", "user.domain", "process.executable", "process.command_line", "process.parent.executable",
		"Computer", "ComputerName", "CommandLine", "ParentImage",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAttackLinks(t *testing.T) {
	r := rule("x")
	r.Tags = []string{
		"attack.execution", "attack.T1047", "attack.t1059.001", "attack.defense_evasion", "attack.command-and-control", "attack.g0069", "attack.s0002",
		"attack.t99", "attack.tabcd", "attack.t1059.1", "cve.2021-1675", "attack.", "detection.emerging-threats",
	}
	w, _ := build.Build(r, someQuery(), settings())
	_, rest, _ := strings.Cut(at(t, w.Body, "actions", "mail", "email", "body", "text").(string), "ATT&CK\n")
	got, _, _ := strings.Cut(rest, "\n\n")
	want := `- https://attack.mitre.org/tactics/TA0002/
- https://attack.mitre.org/techniques/T1047/
- https://attack.mitre.org/techniques/T1059/001/
- https://attack.mitre.org/tactics/TA0005/
- https://attack.mitre.org/tactics/TA0011/
- https://attack.mitre.org/groups/G0069/
- https://attack.mitre.org/software/S0002/`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSize(t *testing.T) {
	for size, want := range map[int]string{100 << 10: "", 200 << 10: "build/large-watch", 2 << 20: "build/huge-watch"} {
		q := someQuery()
		q.Text = strings.Repeat("a", size)
		w, ds := build.Build(rule("x"), q, settings())
		got := ""
		if len(ds) == 1 {
			got = ds[0].Code
		}
		if got != want || (w.Body == nil) != (size > 1<<20) {
			t.Errorf("%d bytes: %v", size, said(ds))
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	s, r, q := settings(), rule("5f1abf38-3a7b-4a2f-9c5e-0c5d2a3b4c5d"), someQuery()
	b.ReportAllocs()
	for b.Loop() {
		if w, _ := build.Build(r, q, s); w.Body == nil {
			b.Fatal("refused")
		}
	}
}
