package template

import (
	"encoding/json"
	"strings"
	"testing"
)

func names() Names {
	return Names{Top: []string{"query", "rule", "pipeline"}, Rule: []string{"custom", "tags", "title"}, Lists: []string{"tags"}, Open: []string{"custom"}}
}

func data(query string) map[string]any {
	return map[string]any{
		"query":    query,
		"rule":     map[string]any{"title": "A <title>", "tags": []string{"a.b", "c"}, "custom": map[string]any{"k": 5}},
		"pipeline": map[string]any{"vars": map[string]any{"x": 1, "l": []any{"a", 2.5, nil}}},
	}
}

// FuzzTemplate parses and carries out any template. It ends, makes the same
// again, and stays within its limits.
func FuzzTemplate(f *testing.F) {
	for _, text := range []string{
		"{{ .query }}", "{{ range .rule.tags }}{{ . | upper }}{{ end }}", `{{ define "a" }}{{ end }}{{ template "a" . }}`,
		`{{ with $x := .rule.custom }}{{ index $x "k" }}{{ end }}`, "{{ if and .query .rule.title }}{{ else }}{{ break }}{{ end }}",
		`{{ printf "%v %q" .rule .pipeline }}`, "{{- /* c */ -}}", `{{ block "b" . }}{{ len .query }}{{ end }}`, "{{ query }}", "{% if %}",
		"{rule.title}{{}}", "{pipeline.vars[x]}", `{{ join "," .pipeline.vars.l }}{{ tojson .pipeline }}`,
	} {
		f.Add(text, `a:"b\"`)
	}
	f.Fuzz(func(t *testing.T, text, query string) {
		parsed, problems := Parse(text, names())
		if (parsed == nil) != (len(problems) > 0) {
			t.Fatalf("template %v with %v", parsed, problems)
		}
		if parsed != nil {
			one, err := parsed.Execute(data(query), 0)
			if two, _ := parsed.Execute(data(query), 0); one != two || len(one) > MaxText || err != nil && one != "" {
				t.Fatalf("%q gives %.80q, then %.80q, %v", text, one, two, err)
			}
		}
		simple, problems := ParseSimple(text, names())
		if len(problems) > 0 {
			return
		}
		if one, err := simple.Execute(data(query)); len(one) > MaxText || err != nil && one != "" {
			t.Fatalf("%q gives %.80q, %v", text, one, err)
		}
	})
}

// FuzzJSON writes what it read, and reads it again: the same is in it, and a
// text that is filled in comes out as it went in.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{`{"a": [1, 2.50, "%Q%", null, true], "é😀": {}}`, `"%Q%"`, `[]`, `[1, `, `{"a": 1, "a": 2}`} {
		f.Add(text, "a:\"\\\u2028\x7f\n😀")
	}
	f.Fuzz(func(t *testing.T, text, query string) {
		v, err := ParseJSON(text)
		if err != nil {
			return
		}
		for _, indent := range []string{"", "  "} {
			var out Limited
			if err := WriteJSON(&out, v, indent); err != nil {
				t.Fatal(err)
			}
			again, err := ParseJSON(out.String())
			var second Limited
			if err != nil || WriteJSON(&second, again, indent) != nil || second.String() != out.String() {
				t.Fatalf("%q is written as %q and read as %v, %v", text, out.String(), again, err)
			}
		}
		var out Limited
		if err := WriteJSON(&out, FillJSON([]any{"%Q%"}, "%Q%", query), ""); err != nil {
			t.Fatal(err)
		}
		var back []string
		if err := json.Unmarshal([]byte(out.String()), &back); err != nil || back[0] != strings.ToValidUTF8(query, "\ufffd") && strings.ToValidUTF8(query, "") == query {
			t.Fatalf("%q comes back as %q, %v", query, back, err)
		}
	})
}

func TestProblems(t *testing.T) {
	for text, want := range map[string]string{
		"a\n{{ .rule.tittle }}":                   `2 pipeline/invalid-template rules have no "tittle"`,
		"{{ .rule.title.x }}":                     `1 pipeline/invalid-template the title of a rule is a text or a list, and has no "x"`,
		"{{ .q }}":                                `1 pipeline/invalid-template there is no "q" here, only query, rule, pipeline`,
		"\n\n{{ if }}":                            `3 pipeline/invalid-template the template cannot be read: missing value for if`,
		"{{ loop.index }}":                        `1 pipeline/jinja the template is written for Jinja (loop), which is not run`,
		strings.Repeat("x", MaxTemplate+1):        `1 pipeline/invalid-template the template is larger than 64 KiB`,
		"{{ range .rule.tags }}{{ .q }}{{ end }}": "",
	} {
		got := ""
		if _, problems := Parse(text, names()); len(problems) > 0 {
			p := problems[0]
			got = string('0'+rune(p.Line)) + " " + p.Code + " " + p.Message
		}
		if got != want {
			t.Errorf("%.40q\n got %s\nwant %s", text, got, want)
		}
	}
}
