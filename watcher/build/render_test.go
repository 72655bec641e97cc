package build_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cbroglie/mustache"
	"github.com/google/go-cmp/cmp"
)

// render renders a text template as Watcher does it for a mail: no escaping,
// toJson, list.size, 0 counting as true.
func render(template string, data map[string]any) (string, error) {
	if !strings.Contains(template, "{{") {
		return template, nil
	}
	template = toJSON.ReplaceAllString(template, "{{$1}}")
	template = size.ReplaceAllString(template, "${1}__size}}")
	t, err := mustache.ParseStringRaw(template, true)
	if err != nil {
		return "", err
	}
	return t.Render(payload(data))
}

var (
	toJSON = regexp.MustCompile(`\{\{#toJson\}\}([^{}]*)\{\{/toJson\}\}`)
	size   = regexp.MustCompile(`(\{\{[^{}]*)\.size\}\}`)
)

// renderSearch renders a search body, where what is put in is escaped for JSON.
func renderSearch(template string, data map[string]any) (string, error) {
	t, err := mustache.ParseString(template)
	if err != nil {
		return "", err
	}
	t.Escape(func(text string) string {
		quoted, _ := json.Marshal(text)
		return string(quoted[1 : len(quoted)-1])
	})
	return t.Render(payload(data))
}

// jsonMap and jsonList print as JSON, which is what toJson does of them.
type (
	jsonMap  map[string]any
	jsonList []any
)

func (m jsonMap) String() string { return asJSON(m.plain()) }

func (m jsonMap) plain() map[string]any {
	out := map[string]any{}
	for k, v := range m {
		if !strings.HasSuffix(k, "__size") {
			out[k] = v
		}
	}
	return out
}

func (m jsonMap) MarshalJSON() ([]byte, error) { return []byte(asJSON(m.plain())), nil }

func (l jsonList) String() string { return asJSON([]any(l)) }

func asJSON(v any) string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// payload makes data fit for the library: numbers as texts, since 0 is no
// false; lists with their size beside them.
func payload(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := jsonMap{}
		for k, e := range v {
			out[k] = payload(e)
			if l, ok := e.([]any); ok {
				out[k+"__size"] = json.Number(asJSON(len(l)))
			}
		}
		return out
	case []any:
		out := make(jsonList, len(v))
		for i := range v {
			out[i] = payload(v[i])
		}
		return out
	case float64, int:
		return json.Number(asJSON(v))
	case nil:
		return ""
	default:
		return v
	}
}

func decode(t testing.TB, text string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var out map[string]any
	if err := d.Decode(&out); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return out
}

// TestRendererAgainstRecordings holds the renderer of these tests to what a
// real Watcher 7.17.6 made of the same templates, as far as a mail of ours uses
// them.
func TestRendererAgainstRecordings(t *testing.T) {
	tried := 0
	for _, r := range recordings(t) {
		if !inOurDialect(r.template) {
			continue
		}
		tried++
		got, err := render(r.template, r.data)
		if err != nil {
			t.Errorf("%s: %q: %v", r.scenario, r.template, err)
			continue
		}
		if diff := cmp.Diff(r.want, got); diff != "" {
			t.Errorf("%s: %q (-recorded +ours):\n%s", r.scenario, r.template, diff)
		}
	}
	if tried < 50 {
		t.Errorf("only %d recorded templates were tried", tried)
	}
}

// inOurDialect leaves out what the mail does not use and the library does
// otherwise: whole lists and objects as Java prints them, url, join, places in
// lists, floats, one-character delimiters, comments on lines of their own, a
// line break after a section that does not begin its line.
func inOurDialect(template string) bool {
	for _, other := range []string{
		"url}}", "join", "-index", "-last", "{{ctx.payload.l}}", "{{ctx.payload.o}}", "{{ctx.payload.l.", ".0{{",
		"{{ctx.payload.el}}", "{{ctx.payload.eo}}", "{{ctx.payload.lm}}", "{{ctx.payload.lo}}", "{{ctx.payload.ls}}",
		"{{ctx.payload.o.b}}", "{{ctx.metadata}}", "{{ctx.trigger}}", "{{ctx.vars}}", "{{ctx.payload.f2}}", "ctx.payload.exp",
		"ctx.payload.big", "{{ctx}}", "{{.}}\x00", "{{=|", "{{=$", "{{ ctx", "nested", "\n{{! c", "\n{{=<% %>=}}\n", "{{=<% %>}}", "{{#}}",
		"unclosed", "> partial", "{{#toJson}} ", "{{#toJson}}{{", ".class", "<time>", "execution_time", "ctx.id", "a.b}}", "{{#nosuch",
		"ctx.payload.lm", "ctx.trigger{{/toJson", "ctx.metadata{{/toJson", "x {{#ctx", "#ctx.payload.l}}\n{{.}}", "ctx.payload.e}}", ".size}}", "#ctx}}",
	} {
		if strings.Contains(template, other) {
			return false
		}
	}
	return template != "{{.}}"
}

type recording struct {
	scenario, template, want string
	data                     map[string]any
}

// recordings reads the texts of logging actions and what they became.
func recordings(t *testing.T) []recording {
	t.Helper()
	shared := os.Getenv("SIGWATCH_SHARED")
	if shared == "" {
		t.Skip("SIGWATCH_SHARED does not name the folder of recordings")
	}
	f, err := os.Open(filepath.Join(shared, "groundtruth", "watcher", "exchanges.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	var out []recording
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		if bytes.Contains(lines.Bytes()[:min(40, len(lines.Bytes()))], []byte(`"mus-0`)) {
			out = append(out, recorded(t, lines.Bytes())...)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

type exchange struct {
	Watch struct {
		Input    struct{ Simple map[string]any }
		Metadata map[string]any
		Actions  map[string]struct{ Logging struct{ Text string } }
	}
}

type answer struct {
	Body struct {
		Record struct {
			Result struct {
				Actions []struct {
					ID, Status string
					Logging    struct {
						Text string `json:"logged_text"`
					}
				}
			}
			WatchID string `json:"watch_id"`
		} `json:"watch_record"`
	}
}

func recorded(t *testing.T, scenario []byte) []recording {
	t.Helper()
	var s struct {
		ID    string
		Steps []struct{ Body, Response json.RawMessage }
	}
	if err := json.Unmarshal(scenario, &s); err != nil {
		t.Fatal(err)
	}
	var out []recording
	for _, step := range s.Steps {
		var in exchange
		var got answer
		if json.Unmarshal(step.Body, &in) != nil || json.Unmarshal(step.Response, &got) != nil {
			continue
		}
		times := map[string]any{"scheduled_time": "2020-01-01T00:00:00.000Z", "triggered_time": "2020-01-01T00:00:01.000Z"}
		data := map[string]any{"ctx": map[string]any{
			"payload": in.Watch.Input.Simple, "metadata": in.Watch.Metadata,
			"watch_id": got.Body.Record.WatchID, "trigger": times, "vars": map[string]any{},
		}}
		for _, a := range got.Body.Record.Result.Actions {
			text := in.Watch.Actions[a.ID].Logging.Text
			if a.Status == "success" && strings.Contains(text, "{{") {
				out = append(out, recording{s.ID, text, a.Logging.Text, data})
			}
		}
	}
	return out
}
