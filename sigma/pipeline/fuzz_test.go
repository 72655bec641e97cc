package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/condition"
	"github.com/sigwatch/sigwatch/sigma/pipeline/template"
)

// everything is a pipeline with each of the transformations that change a rule.
const everything = `
vars: {x: [a, 'b*'], y: 5}
transformations:
- {type: value_placeholders, include: [x, y]}
- {type: wildcard_placeholders}
- {type: hashes_fields, valid_hash_algos: [MD5, SHA1], field_prefix: h}
- {type: extract_fields, regex: '(?P<k>[a-z]+):(?P<v>.*)', field_prefix: p, preserve_unmatched: true}
- {type: field_name_mapping, mapping: {Image: [a, b], null: [m, n], CommandLine: c}}
- {type: field_name_transform, transform_func: lower, field_name_conditions: [{type: exclude_fields, fields: [c]}]}
- {id: i, type: add_condition, template: true, conditions: {ls: $product, d|contains: [e, f]}}
- {type: replace_string, regex: o, replacement: '0\g<0>'}
- {type: map_string, mapping: {one: [two, three]}}
- {type: regex, method: plain, field_name_conditions: [{type: include_fields, fields: [a]}]}
- {type: convert_type, target_type: str}
- {type: nest, items: [{type: set_state, key: k, val: v}, {type: case, method: upper, rule_conditions: [{type: processing_state, key: k, val: v}]}]}
- {type: drop_detection_item, field_name_conditions: [{type: include_fields, fields: [odd]}]}
postprocessing:
- {type: template, template: '{{ range .rule.tags }}{{ . }}{{ end }}{{ .query | tojson }}'}
- {type: simple_template, template: '{rule.title}{query}{pipeline.state.k}'}
- {type: json, json_template: '["%QUERY%"]'}
`

// FuzzApply applies any pipeline to any rule. What comes out is a rule: every
// part is there and has its place, names lead somewhere, and the same input
// gives the same again. The rule that went in stays as it is.
func FuzzApply(f *testing.F) {
	mustParse(f, everything, "everything.yml")
	f.Add(everything, windowsText)
	f.Add(everything, "title: t\nlogsource: {category: c}\ndetection: {s: {a|expand: '%x%-%y%', Hashes: 'MD5=1'}, condition: not s}")
	for _, name := range []string{"sysmon", "ecs_zeek_beats"} {
		text, err := os.ReadFile(filepath.Join("builtin", name+".yml"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), windowsText)
	}
	f.Fuzz(func(t *testing.T, text, rule string) {
		p, _ := Parse(diag.NewFile("p.yml", []byte(text)))
		again, _ := Parse(diag.NewFile("p.yml", []byte(text)))
		rules, _ := sigma.Parse(diag.NewFile("rule.yml", []byte(rule)))
		if p == nil || len(rules) == 0 {
			return
		}
		c := NewChain(p)
		if c.Hash() != NewChain(again).Hash() {
			t.Fatal("the hash is not the same again")
		}
		for _, r := range rules {
			applied(t, c, r)
		}
	})
}

func applied(t *testing.T, c *Chain, r *sigma.Rule) {
	t.Helper()
	got, ds := c.Apply(r)
	for _, d := range ds {
		if d.Span.File != nil && d.Span.File != r.File || d.Message == "" || !strings.HasPrefix(d.Code, "pipeline/") {
			t.Fatalf("a diagnostic without words or place: %+v", d)
		}
	}
	if diag.HasErrors(ds) {
		return
	}
	if len(r.Detection.Conditions) > 0 && len(got.Detection.Conditions) == 0 {
		t.Fatal("no condition is left, and nothing is said")
	}
	wholeRule(t, got)
	second, _ := c.Apply(r)
	if diff := cmp.Diff(got, second, ruleOptions()...); diff != "" {
		t.Fatalf("a second time it is otherwise:\n%s", diff)
	}
	one, ds1 := c.Postprocess(r, "a:1")
	two, _ := c.Postprocess(r, "a:1")
	if one != two || len(one) > template.MaxText || diag.HasErrors(ds1) && one != "" {
		t.Fatalf("postprocessing gives %.80q, then %.80q", one, two)
	}
}

// wholeRule checks that every part of a rule is there.
func wholeRule(t *testing.T, r *sigma.Rule) {
	t.Helper()
	names := map[string]bool{}
	for _, s := range r.Detection.Searches {
		if s.Node == nil {
			t.Fatalf("the search %q is empty", s.Name)
		}
		names[s.Name] = true
		wholeNode(t, s.Node)
	}
	for _, cond := range r.Detection.Conditions {
		if cond.Expr == nil {
			t.Fatalf("the condition %q is empty", cond.Text)
		}
		condition.Walk(cond.Expr, func(e condition.Expr) {
			if n, ok := e.(*condition.Name); ok && !names[n.Text] {
				t.Fatalf("the condition names %q, which is not there", n.Text)
			}
		})
	}
}

func wholeNode(t *testing.T, n sigma.Node) {
	t.Helper()
	if !n.At().IsValid() {
		t.Fatalf("%T has no place", n)
	}
	kids := []sigma.Node{}
	switch n := n.(type) {
	case *sigma.Item:
		if len(n.Values) == 0 {
			t.Fatalf("the field %q has no values", n.Field)
		}
		for _, v := range n.Values {
			wholeValue(t, v.Value)
		}
	case *sigma.Not:
		kids = append(kids, n.Kid)
	case *sigma.AllOf:
		kids = n.Kids
	case *sigma.AnyOf:
		kids = n.Kids
	}
	for _, kid := range kids {
		wholeNode(t, kid)
	}
}

// wholeValue checks what package sigma promises of values.
func wholeValue(t *testing.T, v sigma.Value) {
	t.Helper()
	switch v := v.(type) {
	case nil:
		t.Fatal("a value is nil")
	case sigma.Expansion:
		for _, kid := range v {
			wholeValue(t, kid)
		}
	case sigma.String:
		for i, p := range v.Parts {
			if p.Kind == sigma.Text && (p.Text == "" || i > 0 && v.Parts[i-1].Kind == sigma.Text) {
				t.Fatalf("the parts of %q are not joined", v.Plain())
			}
		}
	}
}
