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
	"postprocessing and finalizers": `
postprocessing:  # ERROR pipeline/unsupported-postprocessing: postprocessing are not supported
  - type: embed
finalizers:  # ERROR pipeline/unsupported-postprocessing: finalizers are not supported
  - type: concat
`,
	"types": `
transformations:
  - type: lookup_table  # ERROR pipeline/unknown-transformation: unknown transformation "lookup_table"
  - type: field_name_mappings  # ERROR pipeline/unknown-transformation: unknown transformation "field_name_mappings" | did you mean "field_name_mapping"?
    mapping: {}
  - type: hashes_fields  # ERROR pipeline/unsupported-transformation: transformation "hashes_fields" is not supported
    valid_hash_algos: [MD5]
  - type: file_placeholders  # ERROR pipeline/unsupported-transformation: transformation "file_placeholders" is not supported
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
		f.Add(string(file.Text[:3000]))
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
