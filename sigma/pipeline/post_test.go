package pipeline

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
)

func TestPostprocess(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"none":  {"transformations: []", "a:1"},
		"nest":  {"postprocessing:\n- type: nest\n  items: [{type: embed, prefix: <}, {type: embed, suffix: '>'}]", "<a:1>"},
		"order": {"postprocessing: [{type: embed, prefix: a}, {type: replace, pattern: ^aa, replacement: b}, {type: embed, prefix: c}]", "cb:1"},
		"what the rule became": {
			"transformations: [{type: set_custom_attribute, attribute: index, value: logs}, {type: set_field, fields: [x, y]}]\n" +
				`postprocessing: [{type: template, template: '{{ .rule.custom.index }} {{ join "," .rule.fields }}'}]`, "logs x,y",
		},
		"what was applied": {
			"transformations: [{id: i, type: set_state, key: k, val: v}]\npostprocessing:\n" +
				"- {type: embed, prefix: A, rule_conditions: [{type: processing_item_applied, processing_item_id: i}]}\n" +
				"- {id: p, type: embed, prefix: B, rule_conditions: [{type: processing_state, key: k, val: v}]}\n" +
				"- {type: embed, prefix: C, rule_conditions: [{type: processing_item_applied, processing_item_id: p}]}\n" +
				"- {type: embed, prefix: D, rule_cond_not: true, rule_conditions: {x: {type: is_sigma_rule}}}\n" +
				"- {type: simple_template, template: '{pipeline.state.k}{query}'}", "vCBAa:1",
		},
		"simple": {
			"vars: {x: 5}\npostprocessing: [{type: simple_template, template: '{{{rule.title}}} {rule.logsource.product}/{rule.custom[custom]} {pipeline.vars[x]} {rule.author}|{query}'}]",
			"{A rule of many parts} windows/5 5 |a:1",
		},
		"functions": {
			`postprocessing: [{type: template, template: '{{ upper .rule.level }} {{ default "?" .rule.author }} {{ .query | replace ":" "=" | tojson }} {{ printf "%5s|%d" "x" 7 }} {{ contains "many" .rule.title }} {{ trim " y " }}{{ lower "Z" }}{{ html "<" }}'}]`,
			`HIGH ? "a=1"     x|7 true yz&lt;`,
		},
		"loops": {
			`postprocessing: [{type: template, template: '{{ range $i, $t := .rule.tags }}{{ if $i }},{{ end }}{{ $t }}{{ else }}none{{ end }}{{ with .rule.id }} {{ . }}{{ end }}'}]`,
			"attack.t1059 7c3d3ba8-40a5-4a94-a52c-1c2fd0cbbf0f",
		},
		"vars of all kinds": {
			"vars: {n: 1.5, b: true, l: [a, 2], m: {k: v}, z: null}\npostprocessing: [{type: template, template: '{{ tojson .vars }} {{ .pipeline.vars.m.k }}'}]",
			`{"b": true, "l": ["a", 2], "m": {"k": "v"}, "n": 1.5, "z": null} v`,
		},
		"json": {
			"postprocessing: [{type: json, json_template: '{\"z\": [\"%QUERY%\", 1.50, null, true], \"a\": \"é\\n😀\"}'}]",
			`{"z": ["a:1", 1.50, null, true], "a": "\u00e9\n\ud83d\ude00"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c0 := NewChain(mustParse(t, c.text, "p.yml"))
			got, ds := c0.Postprocess(windowsRule(), "a:1")
			if got != c.want || len(ds) > 0 {
				t.Errorf("\n got %s\nwant %s\n%v", got, c.want, ds)
			}
			if has := strings.Contains(c.text, "postprocessing"); c0.HasPostprocessing() != has {
				t.Errorf("HasPostprocessing is %v", !has)
			}
		})
	}
}

func TestPostprocessFails(t *testing.T) {
	for name, c := range map[string]struct{ text, message string }{
		"unknown variable":  {"postprocessing: [{type: template, template: '{{ .vars.x }}'}]", `map has no entry for key "x"`},
		"unknown in simple": {"postprocessing: [{type: simple_template, template: '{pipeline.vars.x}'}]", "there is no {pipeline.vars.x}"},
		"a list in simple":  {"vars: {x: [1]}\npostprocessing: [{type: simple_template, template: '{pipeline.vars.x}'}]", "is no text"},
		"refused before":    {"transformations: [{type: rule_failure, message: no}]\npostprocessing: [{type: embed}]", "no"},
	} {
		t.Run(name, func(t *testing.T) {
			text, ds := NewChain(mustParse(t, c.text, "p.yml")).Postprocess(windowsRule(), "a:1")
			if text != "" || len(ds) != 1 || !strings.Contains(ds[0].Message, c.message) || !strings.Contains(ds[0].Message, "of pipeline") {
				t.Fatalf("got %q, %v; want %s", text, ds, c.message)
			}
			if !ds[0].Span.IsValid() || ds[0].Span.File.Name != "rule.yml" {
				t.Errorf("no place in the rule: %+v", ds[0].Span)
			}
		})
	}
}

// TestTemplatesEnd gives templates that would run for ever, or fill the memory.
func TestTemplatesEnd(t *testing.T) {
	t.Parallel()
	double := strings.Repeat("{{ $x = print $x $x }}", 60)
	branch := `{{ define "t0" }}{{ end }}`
	for i := range 60 {
		branch += fmt.Sprintf(`{{ define "t%d" }}{{ template "t%d" }}{{ template "t%d" }}{{ end }}`, i+1, i, i)
	}
	for name, text := range map[string]string{
		"loop":            `{{ range 1000000000 }}{{ end }}`,
		"loops in loops":  strings.Repeat(`{{ range 1000 }}`, 8) + "x" + strings.Repeat(`{{ end }}`, 8),
		"recursion":       `{{ define "r" }}{{ template "r" }}{{ end }}{{ template "r" }}`,
		"branches":        branch + `{{ template "t60" }}`,
		"doubling":        `{{ $x := "xxxxxxxx" }}` + double,
		"printf doubling": `{{ $x := "xxxxxxxx" }}` + strings.Repeat(`{{ $x = printf "%s%s" $x $x }}`, 60),
		"escapes":         `{{ $x := "\\" }}` + strings.Repeat(`{{ $x = js $x }}`, 60),
		"replace":         `{{ $x := "aa" }}` + strings.Repeat(`{{ $x = replace "a" "aa" $x }}`, 60),
		"join":            `{{ $x := "aaaaaaaa" }}` + strings.Repeat(`{{ $x = join $x .rule.fields }}`, 60),
		"tojson":          `{{ $x := "\\" }}` + strings.Repeat(`{{ $x = tojson $x }}`, 60),
		"wide":            `{{ printf "%999999d" 1 }}`,
		"wide by value":   `{{ printf "%*d" 999999 1 }}`,
		"output":          `{{ range 1000000 }}` + strings.Repeat("x", 1000) + `{{ end }}`,
		"comparing":       `{{ $x := "x" }}` + strings.Repeat("{{ $x = print $x $x }}", 21) + `{{ $y := print $x "" }}{{ range 100000 }}{{ if eq $x $y }}{{ end }}{{ end }}`,
		"no free steps":   `{{ range 1000000000 }}{{ _step -1000000 }}{{ end }}`,
	} {
		t.Run(name, func(t *testing.T) {
			f := diag.NewFile("p.yml", fmt.Appendf(nil, "postprocessing:\n- type: template\n  template: '%s'\n", text))
			p, ds := Parse(f)
			if p == nil {
				t.Fatal(ds)
			}
			_, ds = NewChain(p).Postprocess(windowsRule(), "a:1")
			if len(ds) != 1 || ds[0].Code != "pipeline/template-failure" {
				t.Errorf("it does not fail: %.200v", ds)
			}
		})
	}
}

// TestNothingOutside names what a template could reach in other systems.
func TestNothingOutside(t *testing.T) {
	for _, text := range []string{
		`{{ env "HOME" }}`, `{{ readFile "/etc/passwd" }}`, `{{ include "/etc/passwd" }}`, `{{ exec "id" }}`,
		`{{ call .rule }}`, `{{ .rule.Canonical }}`, `{{ .query.Write }}`, `{{ template "/etc/passwd" }}`,
	} {
		p, ds := Parse(diag.NewFile("p.yml", fmt.Appendf(nil, "postprocessing:\n- type: template\n  template: '%s'\n", text)))
		if p == nil {
			continue
		}
		if got, ds2 := NewChain(p).Postprocess(windowsRule(), "a:1"); !diag.HasErrors(ds2) {
			t.Errorf("%s gives %q (%v)", text, got, ds)
		}
	}
}

func TestFinalize(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"none":         {"transformations: []", "a\nb \"c\""},
		"json":         {"finalizers: [{type: json}]", `["a", "b \"c\""]`},
		"yaml":         {"finalizers: [{type: yaml, indent: 4}]", "- a\n- b \"c\"\n"},
		"template":     {"vars: {v: x}\nfinalizers: [{type: template, template: '{{ range $i, $q := .queries }}{{ $i }}{{ $.vars.v }}{{ $q }};{{ end }}'}]", `0xa;1xb "c";`},
		"two":          {"finalizers: [{type: concat, separator: ','}, {type: template, template: '<{{ .queries }}>'}]", `<a,b "c">`},
		"two pipeline": {"finalizers: [{type: nested, finalizers: []}]", "a\nb \"c\""},
	} {
		t.Run(name, func(t *testing.T) {
			got, ds := NewChain(mustParse(t, c.text, "p.yml")).Finalize([]string{"a", `b "c"`})
			if got != c.want || len(ds) > 0 {
				t.Errorf("\n got %s\nwant %s\n%v", got, c.want, ds)
			}
		})
	}
	c := NewChain(mustParse(t, "finalizers:\n- {type: concat}\n- {type: concat}\n", "p.yml"))
	if text, ds := c.Finalize([]string{"a"}); text != "" || len(ds) != 1 || ds[0].Code != "pipeline/template-failure" || ds[0].Span.Position().Line != 3 {
		t.Errorf("two concat: %q, %v", text, ds)
	}
	if text, _ := (*Chain)(nil).Finalize([]string{"a"}); text != "a" {
		t.Errorf("a nil chain gives %q", text)
	}
}

// TestValueFiles reads values in each format out of a project.
func TestValueFiles(t *testing.T) {
	project := fstest.MapFS{
		"p/hosts.txt":   {Data: []byte("\ufeffdc01\r\n\r\n  dc*02 \n")},
		"lists/a.csv":   {Data: []byte("name,ip\n\"a,b\",10.0.0.1\nc\nd,\n")},
		"lists/a.json":  {Data: []byte(`{"items": [{"n": "x"}, {"n": 7}, {"n": null}, {"m": 1}, {"n": " "}]}`)},
		"lists/a.yaml":  {Data: []byte("a: {k2: y, k1: x}\nb: [true, 1.50]\n")},
		"p/t/mail.tmpl": {Data: []byte("{{ .query }}!")},
	}
	for name, c := range map[string]struct{ item, want string }{
		"plain":        {"path: hosts.txt", `a:(dc01 OR dc*02)`},
		"filter":       {"path: hosts.txt, filter: '01$'", `a:dc01`},
		"csv by name":  {"path: ../lists/a.csv, format: csv, csv_column: ip", `a:10.0.0.1`},
		"csv by index": {"path: ../lists/a.csv, format: csv, csv_column: 0", `a:(a,b OR c OR d)`},
		"no header":    {"path: ../lists/a.csv, format: csv, csv_column: 1, csv_has_header: false", `a:(ip OR 10.0.0.1)`},
		"json":         {"path: ../lists/a.json, format: json, jq_expression: '.items[].n'", `a:(x OR 7)`},
		"json, piped":  {"path: ../lists/a.json, format: json, jq_expression: '.items | .[0] | .\"n\"'", `a:x`},
		"yaml":         {"path: ../lists/a.yaml, format: yaml, jq_expression: '.a[]'", `a:(x OR y)`},
		"yaml scalars": {"path: ../lists/a.yaml, format: yaml, jq_expression: '.b[]'", `a:(true OR 1.5)`},
	} {
		t.Run(name, func(t *testing.T) {
			f := diag.NewFile("p/p.yml", []byte("transformations: [{type: file_placeholders, "+c.item+"}]"))
			p, ds := ParseIn(f, Folder{project, "p"})
			if p == nil {
				t.Fatal(ds)
			}
			got, ds := convert("title: t\nlogsource: {category: c}\ndetection: {s: {a|expand: '%x%'}, condition: s}", NewChain(p))
			if diff := cmp.Diff([]string{c.want}, got); diff != "" {
				t.Errorf("(-want +got):\n%s%v", diff, ds)
			}
		})
	}
	p, ds := ParseIn(diag.NewFile("p/p.yml", []byte("postprocessing: [{type: template, path: t, template: mail.tmpl}]")), Folder{project, "p"})
	if got, _ := NewChain(p).Postprocess(windowsRule(), "a"); got != "a!" {
		t.Errorf("a template out of a file gives %q, %v", got, ds)
	}
}

func TestValueFilesRefused(t *testing.T) {
	project := fstest.MapFS{
		"p/empty.txt": {Data: []byte("\n \n")},
		"p/big.txt":   {Data: make([]byte, maxOther+1)},
		"p/latin.txt": {Data: []byte("caf\xe9")},
		"p/a.csv":     {Data: []byte("name,ip\nx,y\n")},
		"p/bad.json":  {Data: []byte("{\"a\": [1,\n 2,,]}")},
		"p/two.json":  {Data: []byte("{} {}")},
		"p/a.json":    {Data: []byte(`{"a": {"b": 1}, "l": [1]}`)},
		"p/bad.yaml":  {Data: []byte("a: b\nc: [\n")},
		"p/bomb.yaml": {Data: []byte("a: &a\n  b: *a\n")},
		"secret.txt":  {Data: []byte("x")},
	}
	for name, c := range map[string]struct{ item, code, message, at string }{
		"missing":            {"path: no.txt", "other-file", "there is no such file", "no.txt"},
		"outside":            {"path: ../../secret.txt", "other-file", "outside of the project", "../../secret.txt"},
		"absolute":           {"path: /etc/passwd", "other-file", "outside of the project", "/etc/passwd"},
		"another system":     {`path: 'C:\x'`, "other-file", "outside of the project", `'C:\x'`},
		"a folder":           {"path: .", "other-file", "it is no file", "."},
		"large":              {"path: big.txt", "other-file", "larger than 10 MiB", "big.txt"},
		"Latin-1":            {"path: latin.txt", "other-file", "not UTF-8", "latin.txt"},
		"empty":              {"path: empty.txt", "value-file", "gives no values", "empty.txt"},
		"nothing passes":     {"path: a.csv, filter: nothing", "value-file", "gives no values", "a.csv"},
		"no column":          {"path: a.csv, format: csv, csv_column: host", "value-file", `there is no column "host"`, ""},
		"bad JSON":           {"path: bad.json, format: json, jq_expression: .a", "value-file", "invalid character", ""},
		"two values of JSON": {"path: two.json, format: json, jq_expression: .a", "value-file", "after the end", ""},
		"a list":             {"path: a.json, format: json, jq_expression: .l", "value-file", ".l selects a list", "whole"},
		"a key of a list":    {"path: a.json, format: json, jq_expression: .l.x", "value-file", `a list has no key "x"`, "whole"},
		"a number of a map":  {"path: a.json, format: json, jq_expression: '.a[0]'", "value-file", "a mapping has no number 0", "whole"},
		"inside of a value":  {"path: a.json, format: json, jq_expression: .a.b.c", "value-file", ".a.b.c: there is nothing inside", "whole"},
		"bad YAML":           {"path: bad.yaml, format: yaml, jq_expression: .a", "value-file", "yaml: did not find expected node content", ""},
		"a bomb":             {"path: bomb.yaml, format: yaml, jq_expression: .a", "value-file", "levels", "whole"},
	} {
		t.Run(name, func(t *testing.T) {
			f := diag.NewFile("p/p.yml", []byte("transformations: [{type: file_placeholders, "+c.item+"}]"))
			p, ds := ParseIn(f, Folder{project, "p"})
			if p != nil || len(ds) != 1 || ds[0].Code != "pipeline/"+c.code || !strings.Contains(ds[0].Message, c.message) {
				t.Fatalf("got %v, want one pipeline/%s: %s", ds, c.code, c.message)
			}
			if c.at != "" && c.at != "whole" && ds[0].Span.Text() != c.at {
				t.Errorf("it points at %q, not %q", ds[0].Span.Text(), c.at)
			}
			if c.at == "" && !strings.HasPrefix(ds[0].Span.File.Name, "p/") {
				t.Errorf("it points at %v, not into the value file", ds[0].Span)
			}
		})
	}
}

// TestHashOfOthers tells that what is read, and what is made of queries, counts.
func TestHashOfOthers(t *testing.T) {
	hash := func(text, list string) string {
		p, ds := ParseIn(diag.NewFile("p.yml", []byte(text)), Folder{fstest.MapFS{"l.txt": {Data: []byte(list)}}, "."})
		if p == nil {
			t.Fatal(ds)
		}
		return NewChain(p).Hash()
	}
	const file = "transformations: [{type: file_placeholders, path: l.txt}]"
	if hash(file, "a") == hash(file, "b") {
		t.Error("another value file, and the hash is the same")
	}
	if hash(file, "a") != hash(file+" # c", "a") {
		t.Error("a comment changes the hash")
	}
	seen := map[string]string{}
	for _, text := range []string{
		"name: x", "postprocessing: [{type: embed, prefix: a}]", "postprocessing: [{type: embed, prefix: b}]", "finalizers: [{type: json}]",
	} {
		h := hash(text, "")
		if seen[h] != "" {
			t.Errorf("%q and %q have one hash", text, seen[h])
		}
		seen[h] = text
	}
}

// TestManual reads the pipelines that docs/pipelines.md shows.
func TestManual(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "pipelines.md"))
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{
		"lists/admins.txt": {Data: []byte("root")}, "lists/hosts.csv": {Data: []byte("name\ndc01")},
		"lists/ioc.yaml": {Data: []byte("domains: [{name: a.example}]")},
	}
	read := 0
	for _, m := range regexp.MustCompile("(?s)( *)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		text := strings.ReplaceAll("\n"+m[2], "\n"+m[1], "\n")[1:]
		if strings.HasPrefix(text, "pipelines:") {
			continue
		}
		read++
		if p, ds := ParseIn(diag.NewFile("p.yml", []byte(text)), Folder{files, "."}); p == nil || len(ds) > 0 {
			t.Errorf("%s\n%v", text, ds)
		}
	}
	if read != 3 {
		t.Errorf("%d pipelines were read, not 3", read)
	}
	for _, table := range [][]string{transformationNames(), keys(postprocessings()), keys(finalizers()), keys(ruleConditions().table), keys(itemConditions().table), keys(fieldConditions().table), BuiltinNames()} {
		for _, name := range table {
			if !strings.Contains(string(page), "`"+name+"`") {
				t.Errorf("the page does not name %s", name)
			}
		}
	}
}

// TestFolderOfRoot reads through an os.Root, as the commands do: a symbolic link
// that leads out of the project is not followed, and one inside is.
func TestFolderOfRoot(t *testing.T) {
	dir := t.TempDir()
	project := filepath.Join(dir, "project")
	for name, text := range map[string]string{"secret.txt": "secret", "project/p/list.txt": "inside"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"out.txt": filepath.Join(dir, "secret.txt"), "up.txt": "../../secret.txt", "in.txt": "list.txt"} {
		if err := os.Symlink(to, filepath.Join(project, "p", link)); err != nil {
			t.Skip("there are no symbolic links here: ", err)
		}
	}
	root, err := os.OpenRoot(project)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close() //nolint:errcheck // read only
	for name, want := range map[string]string{"out.txt": "", "up.txt": "", "in.txt": "a:inside", "list.txt": "a:inside"} {
		f := diag.NewFile("p/p.yml", []byte("transformations: [{type: file_placeholders, path: "+name+"}]"))
		p, ds := ParseIn(f, Folder{root.FS(), "p"})
		if want == "" {
			if p != nil || len(ds) != 1 || ds[0].Code != "pipeline/other-file" {
				t.Errorf("%s: got %v, want a refusal", name, ds)
			}
			continue
		}
		got, ds := convert("title: t\nlogsource: {category: c}\ndetection: {s: {a|expand: '%x%'}, condition: s}", NewChain(p))
		if strings.Join(got, "") != want {
			t.Errorf("%s: got %v, want %s, %v", name, got, want, ds)
		}
	}
}
