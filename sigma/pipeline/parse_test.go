package pipeline

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
)

// badPipelines name their faults themselves: a line that ends in
// "# ERROR code: text" has that diagnostic, and nothing else is reported.
var badPipelines = map[string]string{
	"unknown top-level key": `
name: x
transformation: []  # ERROR pipeline/unknown-key: a pipeline has no parameter "transformation" | did you mean "transformations"?
`,
	"wrong top-level types": `
priority: high  # ERROR pipeline/wrong-type: "priority" must be a number, not a single value
allowed_backends: {a: b}  # ERROR pipeline/wrong-type: "allowed_backends" must be a text or a list of texts, not a mapping
vars: 5  # ERROR pipeline/wrong-type: "vars" must be a mapping, not a single value
transformations: {}  # ERROR pipeline/wrong-type: "transformations" must be a list, not a mapping
`,
	"postprocessing": `
postprocessing:
  - type: embedd  # ERROR pipeline/unknown-transformation: unknown postprocessing "embedd" | did you mean "embed"?
  - type: embed
    before: x  # ERROR pipeline/unknown-key: postprocessing "embed" has no parameter "before"
  - prefix: x  # ERROR pipeline/missing-parameter: an item of postprocessing needs "type"
  - text  # ERROR pipeline/wrong-type: an item of postprocessing must be a mapping, not a single value
  - type: embed
    field_name_conditions: []  # ERROR pipeline/unknown-key: postprocessing "embed" has no parameter "field_name_conditions"
  - type: replace
    pattern: '('  # ERROR pipeline/invalid-regex: the regular expression "(" cannot be used
    replacement: x
  - type: json
    json_template: '{"a": }'  # ERROR pipeline/invalid-template: the template is no JSON
  - type: json
    json_template: '{"a": 1, "a": 2}'  # ERROR pipeline/invalid-template: the template is no JSON: the key "a" stands twice
  - type: json
    json_template: '{} x'  # ERROR pipeline/invalid-template: the template is no JSON: something comes after the end
  - type: nest
    items:
      - type: embed
        infix: x  # ERROR pipeline/unknown-key: postprocessing "embed" has no parameter "infix"
`,
	"simple templates": `
postprocessing:
  - {type: simple_template, template: '{title}'}  # ERROR pipeline/invalid-template: there is no {title} | write {query}, {rule.title} or {pipeline.vars.name}
  - {type: simple_template, template: '{rule.titel}'}  # ERROR pipeline/invalid-template: there is no {rule.titel} | did you mean "title"?
  - {type: simple_template, template: '{rule.level.name}'}  # ERROR pipeline/invalid-template: {rule.level} is a text | write {rule.level}
  - {type: simple_template, template: '{rule.tags}'}  # ERROR pipeline/invalid-template: {rule.tags} is a list
  - {type: simple_template, template: '{query:>10}'}  # ERROR pipeline/invalid-template: the format in {query:>10} is not carried out
  - {type: simple_template, template: '{query.x}'}  # ERROR pipeline/invalid-template: the query is a text
  - {type: simple_template, template: '{pipeline.name}'}  # ERROR pipeline/invalid-template: there is no {pipeline.name}
  - {type: simple_template, template: '{rule'}  # ERROR pipeline/invalid-template: a { without its }
  - {type: simple_template, template: 'a } b'}  # ERROR pipeline/invalid-template: a } without its {
  - {type: simple_template, template: '{}'}  # ERROR pipeline/invalid-template: there is no {}
`,
	"templates": `
postprocessing:
  - type: template
    template: '{{ query }}'  # ERROR pipeline/jinja: the template is written for Jinja (query), which is not run | write it for Go's text/template: {{ .query }}
  - type: template
    template: '{% if rule.id %}{{ query }}{% endif %}'  # ERROR pipeline/jinja: the template is written for Jinja ({%), which is not run
  - type: template
    template: '{{ .rule.titel }}'  # ERROR pipeline/invalid-template: rules have no "titel" | did you mean "title"?
  - type: template
    template: '{{ .rule.level.name }}'  # ERROR pipeline/invalid-template: the level of a rule is a text or a list, and has no "name" | write .rule.level
  - type: template
    template: '{{ .queri }}'  # ERROR pipeline/invalid-template: there is no "queri" here, only query, rule, pipeline, vars | did you mean "query"?
  - type: template
    template: '{{ if .query }}'  # ERROR pipeline/invalid-template: the template cannot be read: unexpected EOF
  - type: template
    template: '{{ exec "id" }}'  # ERROR pipeline/invalid-template: the template cannot be read: function "exec" not defined
  - type: template
    template: |
      line one
      {{ .rule.nope }}  # ERROR pipeline/invalid-template: rules have no "nope"
  - type: template
    template: x
    vars: vars.py  # ERROR pipeline/jinja: "vars" names Python code, which is not run
    autoescape: true  # ERROR pipeline/wrong-value: nothing is escaped by itself
  - type: template
    template: x  # ERROR pipeline/other-file: the file "templates/x" cannot be read: no other files can be read here
    path: templates
  - type: template
    template: '{{ range .rule.tags }}{{ .anything }}{{ $.rule.nope }}{{ end }}'  # ERROR pipeline/invalid-template: rules have no "nope"
`,
	"finalizers": `
finalizers:
  - type: concat
    separator: [a]  # ERROR pipeline/wrong-type: "separator" must be a text, not a list
  - type: json
    indent: two  # ERROR pipeline/wrong-type: "indent" must be a number from 0 to 16, not a single value
  - type: toml  # ERROR pipeline/unknown-transformation: unknown finalizer "toml"
  - foo: bar  # ERROR pipeline/missing-parameter: a finalizer needs "type"
  - type: nested  # ERROR pipeline/missing-parameter: finalizer "nested" needs "finalizers"
  - type: template
    template: '{{ .query }}'  # ERROR pipeline/invalid-template: there is no "query" here, only queries, pipeline, vars | write .queries
`,
	"splitting": `
transformations:
  - type: hashes_fields  # ERROR pipeline/missing-parameter: transformation "hashes_fields" needs "valid_hash_algos"
  - type: hashes_fields
    valid_hash_algos: [MD5]
    drop_algo_prefix: true  # ERROR pipeline/missing-parameter: without the algorithm the field needs "field_prefix" as its name
  - type: extract_fields
    regex: '([a-z]+)'  # ERROR pipeline/invalid-regex: the regular expression has no named group
  - type: regex
    method: foo  # ERROR pipeline/wrong-value: "method" cannot be "foo"
  - type: field_name_transform
    transform_func: title  # ERROR pipeline/wrong-value: "transform_func" cannot be "title" | write one of: lower, upper, snake_case
`,
	"files": `
transformations:
  - type: file_placeholders  # ERROR pipeline/missing-parameter: transformation "file_placeholders" needs "path"
  - type: file_placeholders
    path: hosts.txt  # ERROR pipeline/other-file: the file "hosts.txt" cannot be read: no other files can be read here
  - type: file_placeholders  # ERROR pipeline/missing-parameter: the format csv needs "csv_column"
    path: x  # ERROR
    format: csv
  - type: file_placeholders
    path: x  # ERROR
    format: csv
    csv_column: name  # ERROR pipeline/wrong-value: without a header the column "name" has no name
    csv_has_header: false
  - type: file_placeholders  # ERROR pipeline/missing-parameter: the format yaml needs "jq_expression"
    path: x  # ERROR
    format: yaml
  - type: file_placeholders
    path: x  # ERROR
    format: json
    jq_expression: '.a[select(.b)]'  # ERROR pipeline/wrong-value: ".a[select(.b)]" is more of jq than can be read here
    filter: '('  # ERROR pipeline/invalid-regex
  - type: command_placeholders  # ERROR pipeline/unsupported-transformation: transformation "command_placeholders" is not supported | a pull request must not be able to run a command: write the values into a file of the project and use file_placeholders
    cmd: id
  - type: http_placeholders  # ERROR pipeline/unsupported-transformation
    url: http://127.0.0.1
  - type: query_expression_placeholders  # ERROR pipeline/unsupported-transformation
    expression: x
`,
	"other backends": `
allowed_backends: [splunk]  # ERROR pipeline/other-backend: the pipeline is made for splunk only
`,
	"types": `
transformations:
  - type: lookup_table  # ERROR pipeline/unknown-transformation: unknown transformation "lookup_table"
  - type: field_name_mappings  # ERROR pipeline/unknown-transformation: unknown transformation "field_name_mappings" | did you mean "field_name_mapping"?
    mapping: {}
  - id: a  # ERROR pipeline/missing-parameter: a processing item needs "type"
  - just text  # ERROR pipeline/wrong-type: a processing item must be a mapping, not a single value
`,
	"parameters": `
transformations:
  - type: field_name_prefix  # ERROR pipeline/missing-parameter: transformation "field_name_prefix" needs "prefix"
    suffix: a  # ERROR pipeline/unknown-key: transformation "field_name_prefix" has no parameter "suffix"
  - type: field_name_mapping
    mapping:
      a: []  # ERROR pipeline/wrong-value: "a" is mapped to no name at all
      b: {c: d}  # ERROR pipeline/wrong-type: the name to map b to must be a text or a list of texts, not a mapping
      c: [x, [y]]  # ERROR pipeline/wrong-type: "c" must be a text, not a list
      d: x
      d: y  # ERROR pipeline/duplicate-key: the key "d" stands here twice
  - type: case
    method: title  # ERROR pipeline/wrong-value: "method" cannot be "title" | write one of: lower, upper, snake_case
  - type: change_logsource  # ERROR pipeline/missing-parameter: transformation "change_logsource" needs a category, a product or a service
  - type: nest  # ERROR pipeline/missing-parameter: transformation "nest" needs "items"
  - type: nest
    items:
      - type: foo  # ERROR pipeline/unknown-transformation: unknown transformation "foo"
  - type: set_value
    value: [a]  # ERROR pipeline/wrong-type: the value must be a single value, not a list
  - type: set_value
    value: x  # ERROR pipeline/wrong-value: "x" is no number
    force_type: num
  - type: set_value
    value: x
    force_type: text  # ERROR pipeline/wrong-value: "force_type" cannot be "text"
  - type: wildcard_placeholders
    include: [a]
    exclude: [b]  # ERROR pipeline/wrong-value: "include" and "exclude" exclude each other
  - type: replace_string
    regex: '('  # ERROR pipeline/invalid-regex: the regular expression "(" cannot be used: missing closing ): ` + "`(`" + `
    replacement: x
  - type: replace_string
    regex: 'a(?=b)'  # ERROR pipeline/invalid-regex: the regular expression "a(?=b)" cannot be used | write it without look-around
    replacement: x
  - type: replace_string
    regex: 'a'
    replacement: '\1'  # ERROR pipeline/wrong-value: the regular expression has no group "1"
  - type: replace_string
    regex: 'a'
    replacement: '\q'  # ERROR pipeline/wrong-value: the replacement has a backslash before "q"
  - type: add_condition
    negated: maybe  # ERROR pipeline/wrong-type: "negated" must be true or false, not a single value
    conditions: {}  # ERROR pipeline/wrong-value: transformation "add_condition" has no conditions to add
`,
	"conditions": `
transformations:
  - type: drop_detection_item
    rule_conditions:
      - type: logsources  # ERROR pipeline/unknown-condition: unknown rule condition "logsources" | did you mean "logsource"?
      - type: logsource  # ERROR pipeline/missing-parameter: condition "logsource" needs a category, a product or a service
      - type: logsource
        vendor: x  # ERROR pipeline/unknown-key: condition "logsource" has no parameter "vendor"
        product: windows
      - product: x  # ERROR pipeline/missing-parameter: a condition needs "type"
      - type: tag
        tag: foo  # ERROR pipeline/wrong-value: "foo" is no tag
      - type: rule_attribute
        attribute: title
        value: x
        op: gt  # ERROR pipeline/wrong-value: the attribute "title" cannot be compared by "gt"
      - type: rule_attribute
        attribute: level
        value: urgent  # ERROR pipeline/wrong-value: "urgent" is no level
      - type: rule_attribute
        attribute: date
        value: 1.5.2020  # ERROR pipeline/wrong-value: "1.5.2020" is no date
      - type: rule_attribute
        attribute: level
        value: high
        op: like  # ERROR pipeline/wrong-value: "op" cannot be "like"
    detection_item_conditions:
      - type: is_null  # ERROR pipeline/missing-parameter: condition "is_null" needs "cond"
      - type: match_string
        cond: some  # ERROR pipeline/wrong-value: "cond" cannot be "some"
        pattern: '['  # ERROR pipeline/invalid-regex: the regular expression "[" cannot be used
    field_name_conditions: all  # ERROR pipeline/wrong-type: "field_name_conditions" must be a list or a mapping, not a single value
  - type: drop_detection_item
    rule_cond_op: xor  # ERROR pipeline/wrong-value: "rule_cond_op" cannot be "xor"
    field_name_conditions:
      - type: include_fields
        fields: ['(']  # ERROR pipeline/invalid-regex: the regular expression "(" cannot be used
        mode: re
`,
	"expressions": `
transformations:
  - type: drop_detection_item
    rule_conditions: {w: {type: is_sigma_rule}, v: {type: is_sigma_rule}}
    rule_cond_expr: w or u  # ERROR pipeline/invalid-expression: there is no condition "u"  # ERROR pipeline/invalid-expression: the expression does not use the condition "v"
  - type: drop_detection_item
    rule_conditions: {w: {type: is_sigma_rule}}
    rule_cond_op: or
    rule_cond_expr: w  # ERROR pipeline/invalid-expression: an expression and "rule_cond_op" exclude each other
  - type: drop_detection_item
    rule_conditions: [{type: is_sigma_rule}]
    rule_cond_expr: w  # ERROR pipeline/invalid-expression: the conditions of an expression need names
  - type: drop_detection_item
    rule_conditions: {w: {type: is_sigma_rule}}
    rule_cond_expr: 1 of w  # ERROR pipeline/invalid-expression: "1 of w" cannot stand in an expression over conditions  # ERROR pipeline/invalid-expression: the expression does not use the condition "w"
  - type: drop_detection_item
    rule_conditions: {w: {type: is_sigma_rule}}
    rule_cond_expr: w and  # ERROR pipeline/invalid-expression:
`,
	"warnings": `
transformations:
  - type: drop_detection_item
    rule_cond_not: true  # ERROR pipeline/nothing-to-negate: "rule_cond_not" without conditions
  - id: mapping
    type: field_name_mapping
    mapping: {a: b}
    rule_conditions:
      - type: processing_item_applied
        processing_item_id: maping  # ERROR pipeline/unknown-item: no item of this pipeline has the id "maping" | did you mean "mapping"?
`,
	"values that no rule could have": `
transformations:
  - type: add_condition
    conditions:
      a|containz: b  # ERROR
      c: [[d]]  # ERROR
      e|cidr: x  # ERROR
      f: ok
`,
	"no pipeline":        "# nothing\n# ERROR",
	"a list":             "- a  # ERROR pipeline/wrong-type: a pipeline must be a mapping, not a list",
	"two documents":      "name: a\n---\nname: b\n# ERROR pipeline/invalid-yaml",
	"a third document":   "name: a\n---\n---\nname: b\n# ERROR pipeline/invalid-yaml",
	"no key":             "name: x\ntransformations:\n  - type: a  # ERROR pipeline/invalid-yaml: not valid YAML: did not find expected '-' indicator\n  b: c\n",
	"unclosed":           "name: x\nvars: {a: b  # ERROR pipeline/invalid-yaml: not valid YAML: did not find expected ',' or '}'\npriority: 1\n",
	"a star":             "name: x\nvars: *  # ERROR pipeline/invalid-yaml: not valid YAML: did not find expected alphabetic\npriority: 1\n",
	"end of the file":    "name: x\nvars: [  # ERROR pipeline/invalid-yaml: not valid YAML\n\n",
	"broken YAML":        "name: x\na: [  # ERROR pipeline/invalid-yaml: not valid YAML",
	"an alias in itself": "vars: &v  # ERROR pipeline/too-deep\n  a: *v",
}

var marker = regexp.MustCompile(`# ERROR ?([^#]*)`)

func TestParseReportsEveryFault(t *testing.T) {
	for name, text := range badPipelines {
		t.Run(name, func(t *testing.T) {
			text = strings.TrimPrefix(text, "\n")
			f := diag.NewFile("p.yml", []byte(text))
			_, ds := Parse(f)
			unmet := wanted(text)
			for _, d := range ds {
				got := fmt.Sprintf("%s: %s | %s", d.Code, d.Message, d.Hint)
				start := d.Span.Position()
				if !take(unmet, max(start.Line, 1), got) && !take(unmet, 0, got) {
					t.Errorf("line %d: not expected: %s", start.Line, got)
				}
			}
			for line, wants := range unmet {
				for _, w := range wants {
					t.Errorf("line %d: not reported: %s", line, w)
				}
			}
		})
	}
}

// wanted returns the marked diagnostics by line; those in a line that is a
// comment concern the whole file.
func wanted(text string) map[int][]string {
	out := map[int][]string{}
	for i, line := range strings.Split(text, "\n") {
		for _, m := range marker.FindAllStringSubmatch(line, -1) {
			at := i + 1
			if strings.HasPrefix(line, "#") {
				at = 0
			}
			out[at] = append(out[at], strings.TrimSpace(m[1]))
		}
	}
	return out
}

// take finds a wanted text that the diagnostic has, in its parts around "|".
func take(unmet map[int][]string, line int, got string) bool {
	for i, want := range unmet[line] {
		message, hint, _ := strings.Cut(want, "|")
		if strings.HasPrefix(got, strings.TrimSpace(message)) && strings.HasSuffix(got, strings.TrimSpace(hint)) {
			unmet[line] = append(unmet[line][:i:i], unmet[line][i+1:]...)
			return true
		}
	}
	return false
}

func TestParseLimits(t *testing.T) {
	deep := "vars: " + strings.Repeat("[", 100) + strings.Repeat("]", 100)
	bomb := "vars:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 8; i++ {
		bomb += fmt.Sprintf("  a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	for name, c := range map[string]struct{ text, code string }{
		"depth":   {deep, "pipeline/too-deep"},
		"aliases": {bomb, "pipeline/too-deep"},
		"size":    {"name: " + strings.Repeat("x", maxFileSize), "pipeline/too-large"},
	} {
		p, ds := Parse(diag.NewFile("p.yml", []byte(c.text)))
		if p != nil || len(ds) != 1 || ds[0].Code != c.code {
			t.Errorf("%s: got %v, want one %s", name, ds, c.code)
		}
	}
}

// TestYAML11 reads what YAML 1.1 means: merge keys, octal numbers, yes and no.
func TestYAML11(t *testing.T) {
	p := mustParse(t, `
transformations:
  - &first
    type: add_condition
    conditions: {a: 017, b: yes, c: 'yes'}
    negated: no
  - <<: *first
    conditions: {d: null}
    negated: On
`, "p.yml")
	got, ds := convert("title: t\nlogsource: {category: c}\ndetection: {s: {f: v}, condition: s}", NewChain(p))
	want := "_exists_:d AND ((a:15 AND b:true AND c:yes) AND f:v)"
	if strings.Join(got, "") != want {
		t.Errorf("got %v, want %s: %v", got, want, ds)
	}
}

func mustParse(t testing.TB, text, name string) *Pipeline {
	t.Helper()
	p, ds := Parse(diag.NewFile(name, []byte(text)))
	if p == nil || diag.HasErrors(ds) {
		t.Fatalf("parse %s: %v", name, ds)
	}
	return p
}

func TestSpansOfScalars(t *testing.T) {
	text := "name: 'it''s'\npriority: \"x\\\"y\"\nvars: plain # c\nallowed_backends: {a: b}\n"
	f := diag.NewFile("p.yml", []byte(text))
	_, ds := Parse(f)
	var got []string
	for _, d := range ds {
		got = append(got, string(f.Text[d.Span.Start:d.Span.End]))
	}
	want := []string{`"x\"y"`, "plain", "{a: b}"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range badPipelines {
		f.Add(text)
	}
	for _, file := range builtinSources() {
		f.Add(string(file.Text[:min(3000, len(file.Text))]))
	}
	rule := windowsRule()
	f.Fuzz(func(t *testing.T, text string) {
		file := diag.NewFile("p.yml", []byte(text))
		p, ds := Parse(file)
		for _, d := range ds {
			if d.Span.File != file {
				t.Fatalf("%s has no place in the file", d.Code)
			}
			if d.Span != file.Whole() && !d.Span.IsValid() {
				t.Fatalf("%s points outside of the file: %d to %d of %d", d.Code, d.Span.Start, d.Span.End, len(text))
			}
			if d.Message == "" || !strings.HasPrefix(d.Code, "pipeline/") && !strings.HasPrefix(d.Code, "sigma/") && !strings.HasPrefix(d.Code, "condition/") {
				t.Fatalf("a diagnostic without words: %+v", d)
			}
		}
		if (p == nil) != diag.HasErrors(ds) {
			t.Fatalf("pipeline %v with %v", p, ds)
		}
		if p == nil {
			return
		}
		NewChain(p).Apply(rule)
		if diff := cmp.Diff(windowsRule(), rule, ruleOptions()...); diff != "" {
			t.Fatalf("the rule was changed:\n%s", diff)
		}
	})
}
