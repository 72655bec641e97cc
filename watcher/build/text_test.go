package build_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/build"
)

// event is what Watcher's templates see of a run that found one event.
func event(t testing.TB) map[string]any {
	return decode(t, `{"ctx":{"watch_id":"soc-x","trigger":{"scheduled_time":"2026-11-24T06:45:00.000Z"},"metadata":{},
		"payload":{"timed_out":false,"_shards":{"total":2,"failed":0},"hits":{"total":1,"hits":[
		{"_index":"logs-1","_id":"a","_source":{"Image":"{{ctx.watch_id}} <b>\"&"}}]}}}}`)
}

func hostile() []string {
	return []string{
		"{{ctx.payload}}", "{{#x}}", "{{/ctx.payload.hits.hits}}", "}}", "{{=<% %>=}}", "<%={{ }}=%>", "<% x %>", "{{{a}}}", "{", "{{", "{{{", "}{{", "{ {",
		"a{", "{a", "{{!", "{{> x}}", "quote \" and ' and \\", "line\nbreak\r\nand\ttab", "${rule.title}", "$", "${", "__json__::x", "_", "<b>&amp;</b>",
		"{{ctx.trigger.scheduled_time}}", "now", "now+", "\\u007b\\u007b", "ü漢😀 {{ü}}", "", " ", "\x00{{\x01", "{{\n}}", "{{\n{{\n",
	}
}

// watchOf builds a watch of which every text of the rule is that text.
func watchOf(t testing.TB, text string, action string) *watcher.Object {
	t.Helper()
	r := &sigma.Rule{
		ID: "x", Title: text, Description: text, Author: text, Status: text, Level: "high",
		Tags: []string{text, "attack.t1047"}, References: []string{text}, FalsePositives: []string{text}, Fields: []string{text},
	}
	s := settings()
	s.Window.Field = "f" + text
	s.Actions[0].Body = parse(action)
	w, ds := build.Build(r, build.Query{Form: "query_string", Text: "q" + text, Fields: []string{text}}, s)
	if w.Body == nil {
		t.Fatalf("%q was refused: %v", text, ds)
	}
	return w.Body
}

const action = `{"email":{"to":["soc@example.org"],"subject":"{${rule.title}{ {{ctx.payload.hits.total}}","body":{"text":"a {${rule.title}{{ctx.watch_id}}${rule.title}{b","html":"<p>${rule.title}</p>"}}}`

// texts checks that a mail reads as the rule says, whatever it says.
func checkTexts(t testing.TB, text string) {
	mail := at(t, watchOf(t, text, action), "actions", "mail", "email")
	for _, c := range []struct {
		path []string
		want string
	}{
		{[]string{"body", "text"}, "a {" + text + "soc-x" + text + "{b"},
		{[]string{"body", "html"}, "<p>" + escapeHTML(text) + "</p>"},
		{[]string{"subject"}, "{" + oneLine(text) + "{ 1"},
	} {
		template := at(t, mail, c.path...).(string)
		got, err := render(template, event(t))
		if err != nil {
			t.Fatalf("%q: the template %q: %v", text, template, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q: %v reads otherwise (-want +got):\n%s", text, c.path, diff)
		}
	}
}

func escapeHTML(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;").Replace(text)
}

// oneLine says what a subject makes of a text, in another way than the code.
func oneLine(text string) string {
	text = strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && c < 0xa0 || c == 0x2028 || c == 0x2029 {
			return ' '
		}
		return c
	}, text)
	for strings.Contains(text, "  ") {
		text = strings.ReplaceAll(text, "  ", " ")
	}
	return strings.Trim(text, " ")
}

// checkMail checks that the mail of our own writing holds the rule's texts and
// the event as they are.
func checkMail(t testing.TB, text string) {
	mail := at(t, watchOf(t, text, `{"email":{"to":"soc@example.org"}}`), "actions", "mail", "email")
	got, err := render(at(t, mail, "body", "text").(string), event(t))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	for _, want := range []string{"[high] " + oneLine(text), "- " + strings.TrimSpace(text), `{"Image":"{{ctx.watch_id}} <b>\"&"}`, "Found: 1 ", "Shown: 1 ", "watch: soc-x"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q: the mail lacks %q:\n%s", text, want, got)
		}
	}
	subject, err := render(at(t, mail, "subject").(string), event(t))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if want := "[high] " + oneLine(text) + ": 1 found"; subject != want {
		t.Errorf("%q: subject %q, want %q", text, subject, want)
	}
}

// checkSearch checks that the search is what was meant after Watcher rendered
// it.
func checkSearch(t testing.TB, text string) {
	search := rendered(t, watchOf(t, text, `{"email":{"to":"soc@example.org"}}`))
	var got map[string]any
	if err := json.Unmarshal([]byte(search), &got); err != nil {
		t.Fatalf("%q: %v in %s", text, err, search)
	}
	field := "f" + text
	want := []any{
		map[string]any{"query_string": map[string]any{
			"query": "q" + text, "lenient": false, "analyze_wildcard": false, "default_operator": "OR", "allow_leading_wildcard": true,
		}},
		map[string]any{"range": map[string]any{field: map[string]any{
			"gte": "2026-11-24T06:45:00.000Z||-7m", "lt": "2026-11-24T06:45:00.000Z||-2m", "format": "strict_date_optional_time",
		}}},
	}
	filter := got["query"].(map[string]any)["bool"].(map[string]any)["filter"]
	if diff := cmp.Diff(want, filter); diff != "" {
		t.Errorf("%q (-want +got):\n%s", text, diff)
	}
	wantSort := []any{map[string]any{field: map[string]any{"order": "asc", "unmapped_type": "date"}}}
	if diff := cmp.Diff(wantSort, got["sort"]); diff != "" {
		t.Errorf("%q: sort (-want +got):\n%s", text, diff)
	}
	if fields := got["_source"].([]any); text != "" && fields[0] != text {
		t.Errorf("%q: _source is %v", text, fields)
	}
}

func TestHostileTexts(t *testing.T) {
	for _, text := range hostile() {
		checkTexts(t, text)
		checkMail(t, text)
		checkSearch(t, text)
	}
}

// FuzzTexts: no text of a rule changes a mail or a search but by being in it.
func FuzzTexts(f *testing.F) {
	for _, text := range hostile() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return // YAML knows none
		}
		checkTexts(t, text)
		checkMail(t, text)
		checkSearch(t, text)
	})
}

// TestContentType: a rule's text does not switch a template's escaping.
func TestContentType(t *testing.T) {
	for text, action := range map[string]string{
		"__json__::x": `{"email":{"to":"a@example.org","subject":"${rule.title}"}}`,
		"_json__::x":  `{"email":{"to":"a@example.org","subject":"_${rule.title}"}}`,
	} {
		subject := at(t, watchOf(t, text, action), "actions", "mail", "email", "subject").(string)
		if strings.HasPrefix(subject, "__") {
			t.Errorf("subject %q begins with a content type", subject)
		}
		got, err := render(subject, event(t))
		if err != nil || got != "__json__::x" {
			t.Errorf("subject %q reads %q (%v)", subject, got, err)
		}
	}
}
