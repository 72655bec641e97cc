package pipeline

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

const windowsText = `
title: A rule of many parts
id: 7c3d3ba8-40a5-4a94-a52c-1c2fd0cbbf0f
name: many_parts
level: high
status: test
date: 2024-05-06
tags: [attack.t1059]
fields: [CommandLine, User, Odd]
custom: 5
logsource: {category: process_creation, product: windows}
detection:
  sel:
    Image|endswith: '\cmd.exe'
    CommandLine|contains|all: [foo, bar]
    ProcessId: [4, 5]
    ParentImage|neq: null
    Initiated: 'true'
    Odd|windash|contains: ' -x'
    Other|fieldref: Image
  list:
    - Image: a
    - CommandLine: b*
  words: [one, two]
  condition: (sel or 1 of li*) and not words
`

func windowsRule() *sigma.Rule { return ruleOf(windowsText) }

func ruleOf(text string) *sigma.Rule {
	rules, ds := sigma.Parse(diag.NewFile("rule.yml", []byte(text)))
	if diag.HasErrors(ds) || len(rules) != 1 {
		panic(ds)
	}
	return rules[0]
}

// ruleOptions compare rules by what they hold, not by which file they point to.
func ruleOptions() []cmp.Option {
	return []cmp.Option{
		cmp.Comparer(func(a, b *diag.File) bool { return a.Equal(b) }),
		cmp.Comparer(func(a, b *sigma.Source) bool { return (a == nil) == (b == nil) }),
		cmpopts.EquateEmpty(),
	}
}

func chain(t testing.TB, items string) *Chain {
	t.Helper()
	return NewChain(mustParse(t, "name: test\ntransformations:\n"+items, "p.yml"))
}

// TestApplyCases tells what is not in the recorded cases: where we are right
// and pySigma is not, and what only a second look finds.
func TestApplyCases(t *testing.T) {
	const head = "title: t\nlogsource: {category: c}\ndetection:\n"
	for name, c := range map[string]struct{ items, rule, want string }{
		"absence under several names means none of them": {
			"- {type: field_name_mapping, mapping: {a: [x, y]}}", "  s: {a: null}\n  condition: s",
			"(NOT _exists_:x) AND (NOT _exists_:y)",
		},
		"absence among values": {
			"- {type: field_name_mapping, mapping: {a: [x, y]}}", "  s: {a: [null, v]}\n  condition: s",
			"(x:v OR y:v) OR ((NOT _exists_:x) AND (NOT _exists_:y))",
		},
		"negated absence under several names": {
			"- {type: field_name_mapping, mapping: {a: [x, y]}}", "  s: {a|neq: null}\n  condition: s",
			"NOT ((NOT _exists_:x) AND (NOT _exists_:y))",
		},
		"names of copies are mapped on": {
			"- {type: field_name_mapping, mapping: {a: [x, y]}}\n- {type: field_name_mapping, mapping: {y: z}}",
			"  s: {a|neq: v}\n  condition: s", "NOT (x:v OR z:v)",
		},
		"windash of a keyword": {
			"- {type: field_name_mapping, mapping: {null: m}}", "  s: {'|windash': ' -x'}\n  condition: s",
			"m:(*\\ \\-x* OR *\\ \\/x* OR *\\ –x* OR *\\ —x* OR *\\ ―x*)",
		},
		"an added name is no part of them": {
			"- {type: add_condition, name: extra, conditions: {i: j}}", "  s: {a: b}\n  t: {c: d}\n  condition: 1 of them",
			"i:j AND (a:b OR c:d)",
		},
		"an added name that the rule has": {
			"- {type: add_condition, name: s, conditions: {i: j}}", "  s: {a: b}\n  _s: {c: d}\n  condition: s or _s",
			"i:j AND (a:b OR c:d)",
		},
		"a selector over underscores does not take the added one in": {
			"- {type: add_condition, conditions: {i: j}}", "  _s: {a: b}\n  _t: {c: d}\n  condition: 1 of _*",
			"i:j AND (a:b OR c:d)",
		},
		"two additions under one name": {
			"- {type: add_condition, name: n, conditions: {i: j}}\n- {type: add_condition, name: n, conditions: {k: l}}",
			"  s: {a: b}\n  condition: s", "k:l AND (i:j AND a:b)",
		},
		"a wildcard after a backslash stays one": {
			"- {type: replace_string, regex: C, replacement: D}", "  s: {'a|startswith': 'C:\\'}\n  condition: s",
			`a:D\:\\*`,
		},
		"an escaped star stays text": {
			"- {type: replace_string, regex: C, replacement: D}", "  s: {a: 'C\\*C*'}\n  condition: s", `a:D\*D*`,
		},
		"skip_special leaves wildcards alone": {
			"- {type: replace_string, regex: '^', replacement: 'X*', skip_special: true}", "  s: {a: '*b'}\n  condition: s", `a:*X\*b`,
		},
		"interpret_special reads them": {
			"- {type: replace_string, regex: '^', replacement: 'X*', skip_special: true, interpret_special: true}", "  s: {a: '*b'}\n  condition: s", `a:*X*b`,
		},
		"named groups": {
			`- {type: replace_string, regex: '(?P<l>\w+)-(?P<r>\w+)', replacement: '\g<r>\\\g<1>'}`, "  s: {a: left-right}\n  condition: s", `a:right\\left`,
		},
		"map_string to several under all": {
			"- {type: map_string, mapping: {v: [w, x]}}", "  s: {'a|all': [v, z]}\n  condition: s", "a:(w OR x) AND a:z",
		},
		"case inside an expansion": {
			"- {type: case, method: upper}", "  s: {'a|windash': '-x'}\n  condition: s", `a:(\-X OR \/X OR –X OR —X OR ―X)`,
		},
		"numbers with a fraction": {
			"- {type: convert_type, target_type: num}", "  s: {a: ['2.5', '-3', '007']}\n  condition: s", "a:(2.5 OR -3 OR 7)",
		},
		"booleans stay when numbers become texts": {
			"- {type: convert_type, target_type: str}", "  s: {a: true, b: -1}\n  condition: s", `a:true AND b:\-1`,
		},
		"a field that is dropped on one side": {
			"- {type: drop_detection_item, field_name_conditions: [{type: include_fields, fields: [b]}]}",
			"  s: {a: v}\n  f: {b: w}\n  g: {c: x}\n  condition: s and not (f or g) and not 1 of f*", "a:v AND (NOT c:x)",
		},
		"one of the alternatives is dropped": {
			"- {type: drop_detection_item, field_name_conditions: [{type: include_fields, fields: [b]}]}",
			"  s: {a: v}\n  f: {b: w}\n  condition: [f, s]", "a:v",
		},
		"a state of an inner pipeline reaches the outer one": {
			"- type: nest\n  items:\n    - {id: in, type: set_state, key: k, val: 5}\n" +
				"- {type: field_name_suffix, suffix: .s, rule_conditions: [{type: processing_state, key: k, val: 4, op: gt}, {type: processing_item_applied, processing_item_id: in}]}",
			"  s: {a: v}\n  condition: s", "a.s:v",
		},
		"an inner pipeline begins without state": {
			"- {type: set_state, key: k, val: v}\n- type: nest\n  items:\n    - {type: field_name_suffix, suffix: .s, rule_conditions: [{type: processing_state, key: k, val: v}]}",
			"  s: {a: v}\n  condition: s", "a:v",
		},
		"prefixes in file order": {
			"- {type: field_name_prefix_mapping, mapping: {ab: 'x.', a: ['y.', 'z.']}}", "  s: {abc: 1, ad: 2}\n  condition: s",
			"x.c:1 AND (y.d:2 OR z.d:2)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, ds := convert(head+c.rule, chain(t, c.items))
			if text := strings.Join(got, " ### "); text != c.want {
				t.Errorf("\n got %s\nwant %s\n%v", text, c.want, ds)
			}
		})
	}
}

func TestApplyRefuses(t *testing.T) {
	for name, c := range map[string]struct{ items, code, at string }{
		"rule failure":    {"- {id: x, type: rule_failure, message: not here}", "pipeline/rule-failure", "logsource: {category: process_creation, product: windows"},
		"item failure":    {"- {type: detection_item_failure, message: no, field_name_conditions: [{type: include_fields, fields: [Odd]}]}", "pipeline/item-failure", "Odd|windash|contains: ' -x'"},
		"not a number":    {"- {type: convert_type, target_type: num, field_name_conditions: [{type: include_fields, fields: [Image]}]}", "pipeline/not-a-number", `'\cmd.exe'`},
		"no author":       {"- {type: drop_detection_item, rule_conditions: [{type: rule_attribute, attribute: author, value: x}]}", "pipeline/rule-attribute", "A rule of many parts"},
		"custom as text":  {"- {type: drop_detection_item, rule_conditions: [{type: rule_attribute, attribute: custom, value: x}]}", "pipeline/rule-attribute", "custom"},
		"nothing is left": {"- {type: drop_detection_item}", "pipeline/nothing-left", "detection"},
	} {
		t.Run(name, func(t *testing.T) {
			r := windowsRule()
			_, ds := chain(t, c.items).Apply(r)
			if len(ds) != 1 || ds[0].Code != c.code || ds[0].Severity != diag.Error {
				t.Fatalf("got %v, want one %s", ds, c.code)
			}
			if !strings.Contains(ds[0].Message, "item") || !strings.Contains(ds[0].Message, `pipeline "test"`) {
				t.Errorf("message %q does not name the item", ds[0].Message)
			}
			if !ds[0].Span.IsValid() || ds[0].Span.File.Name != "rule.yml" {
				t.Fatalf("no place in the rule: %+v", ds[0].Span)
			}
			got := string(ds[0].Span.File.Text[ds[0].Span.Start:ds[0].Span.End])
			if c.code != "pipeline/nothing-left" && !strings.HasPrefix(got, c.at) {
				t.Errorf("it points at %q, not %q", got, c.at)
			}
		})
	}
}

func TestPlaceholders(t *testing.T) {
	const rule = "title: t\nlogsource: {category: c}\ndetection:\n  s:\n    a|expand: '%x%-%y%'\n  condition: s"
	for name, c := range map[string]struct{ text, want string }{
		"missing":  {"vars: {x: 1}\ntransformations: [{type: value_placeholders}]", "pipeline/unknown-variable"},
		"empty":    {"vars: {x: 1, y: []}\ntransformations: [{type: value_placeholders}]", "pipeline/unusable-variable"},
		"a map":    {"vars: {x: 1, y: {z: 1}}\ntransformations: [{type: value_placeholders}]", "pipeline/unusable-variable"},
		"include":  {"vars: {x: [1, 2]}\ntransformations: [{type: value_placeholders, include: [x]}, {type: wildcard_placeholders, exclude: [x]}]", `a:(1\-* OR 2\-*)`},
		"multiply": {"vars: {x: [1, 2], y: ['a*', b]}\ntransformations: [{type: value_placeholders}]", `a:(1\-a* OR 1\-b OR 2\-a* OR 2\-b)`},
		"too many": {"vars: {x: [" + strings.Repeat("1, ", 200) + "1], y: [" + strings.Repeat("1, ", 200) + "1]}\ntransformations: [{type: value_placeholders}]", "pipeline/too-many-values"},
	} {
		t.Run(name, func(t *testing.T) {
			got, ds := convert(rule, NewChain(mustParse(t, c.text, "p.yml")))
			outcome := strings.Join(got, "")
			if got == nil {
				outcome = firstError(ds)
			}
			if outcome != c.want {
				t.Errorf("got %s, want %s", outcome, c.want)
			}
		})
	}
}

// TestBounded gives pipelines that double what they find with each item.
func TestBounded(t *testing.T) {
	const rule = "title: t\nlogsource: {category: c}\ndetection:\n  s: {a: aa, b|fieldref: a, 'd|expand': '%x%'}\n  condition: s"
	repeat := func(item string) string {
		return "fields: [a]\nvars: {x: " + strings.Repeat("x", 10_000) + "}\ntransformations:\n" + strings.Repeat("- "+item+"\n", 60)
	}
	for name, item := range map[string]string{
		"names":  "{type: field_name_mapping, mapping: {a: [a, a]}}",
		"values": "{type: map_string, mapping: {aa: [aa, aa]}}",
		"text":   `{type: replace_string, regex: a+, replacement: '\g<0>\g<0>'}`,
	} {
		_, ds := convert(rule, NewChain(mustParse(t, strings.Replace(repeat(item), "fields: [a]\n", "", 1), "p.yml")))
		if got := firstError(ds); got != "pipeline/too-much" {
			t.Errorf("%s: got %s, want pipeline/too-much", name, got)
		}
	}
}

// TestInputUnchanged compares a rule before and after every transformation.
func TestInputUnchanged(t *testing.T) {
	sysmon, _ := Builtin("sysmon")
	ecs, _ := Builtin("ecs_windows")
	chains := map[string]*Chain{"builtin": NewChain(sysmon, ecs)}
	for name, items := range map[string]string{
		"copies":  "- {type: field_name_mapping, mapping: {Image: [x, y], ParentImage: [p, q], null: [m, n]}}",
		"values":  "- {type: case}\n- {type: replace_string, regex: o, replacement: 0}\n- {type: map_string, mapping: {a: [b, c]}}\n- {type: set_value, value: 5}",
		"fields":  "- {type: add_field, field: n}\n- {type: remove_field, field: User}\n- {type: set_field, fields: [a]}",
		"rule":    "- {type: change_logsource, product: x}\n- {type: set_custom_attribute, attribute: custom, value: [1]}\n- {type: add_condition, template: true, negated: true, conditions: {a: $product}}",
		"dropped": "- {type: drop_detection_item, field_name_conditions: [{type: include_fields, fields: [Image, CommandLine]}]}",
	} {
		chains[name] = chain(t, items)
	}
	for name, c := range chains {
		t.Run(name, func(t *testing.T) {
			r := windowsRule()
			got, ds := c.Apply(r)
			if diag.HasErrors(ds) {
				t.Fatal(ds)
			}
			if diff := cmp.Diff(windowsRule(), r, ruleOptions()...); diff != "" {
				t.Errorf("the rule was changed (-before +after):\n%s", diff)
			}
			if cmp.Equal(r, got, ruleOptions()...) {
				t.Error("the result is the rule itself: this test says nothing")
			}
			again, _ := c.Apply(windowsRule())
			if diff := cmp.Diff(got, again, ruleOptions()...); diff != "" {
				t.Errorf("a second time it is otherwise:\n%s", diff)
			}
			spansIn(t, got)
		})
	}
}

// spansIn checks that every node points into the rule's file.
func spansIn(t *testing.T, r *sigma.Rule) {
	t.Helper()
	anyItem(r, func(it *sigma.Item) bool {
		spans := []diag.Span{it.Span}
		if it.Field != "" {
			spans = append(spans, it.FieldSpan)
		}
		for _, v := range it.Values {
			spans = append(spans, v.Span)
		}
		for _, s := range spans {
			if !s.IsValid() || s.File != r.File {
				t.Errorf("the field %q has a span outside of the rule: %+v", it.Field, s)
			}
		}
		return false
	})
}

func TestNilChain(t *testing.T) {
	r := windowsRule()
	var c *Chain
	if got, ds := c.Apply(r); got != r || ds != nil {
		t.Errorf("got %v, %v; want the rule itself", got, ds)
	}
	if c.Hash() != NewChain().Hash() {
		t.Errorf("hashes differ: %s, %s", c.Hash(), NewChain(nil).Hash())
	}
}

func TestConcurrentUse(t *testing.T) {
	sysmon, _ := Builtin("sysmon")
	ecs, _ := Builtin("ecs_windows")
	c, r := NewChain(ecs, sysmon), windowsRule()
	want, _ := c.Apply(r)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, _ := c.Apply(r)
			if diff := cmp.Diff(want, got, ruleOptions()...); diff != "" {
				t.Error(diff)
			}
		})
	}
	wg.Wait()
}

func TestChainOrder(t *testing.T) {
	parse := func(head, prefix string) *Pipeline {
		return mustParse(t, head+"\ntransformations: [{type: field_name_prefix, prefix: "+prefix+"}]", prefix+".yml")
	}
	a, b, c := parse("name: b\npriority: 10", "A"), parse("name: a\npriority: 10", "B"), parse("priority: -1.5", "C")
	r := ruleOf("title: t\nlogsource: {category: c}\ndetection: {s: {f: v}, condition: s}")
	got, _ := NewChain(a, b, c).Apply(r)
	queries, err := lucene(got)
	if err != nil || queries[0] != "ABCf:v" {
		t.Errorf("got %v, %v; want ABCf:v: C first, then by name", queries, err)
	}
}

// TestBuiltinOrder puts two of one priority together: Channel is a condition on
// the log source that the other one gives.
func TestBuiltinOrder(t *testing.T) {
	sysmon, _ := Builtin("sysmon")
	channels, _ := Builtin("windows-logsources")
	const want = `Channel:Microsoft\-Windows\-Sysmon\/Operational AND (EventID:1 AND Image:x)`
	for _, c := range []*Chain{NewChain(sysmon, channels), NewChain(channels, sysmon)} {
		got, _ := convert("title: t\nlogsource: {category: process_creation, product: windows}\ndetection: {s: {Image: x}, condition: s}", c)
		if strings.Join(got, "") != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
}

func TestWith(t *testing.T) {
	p := mustParse(t, "vars: {backend: x}\ntransformations: [{type: value_placeholders}]\npostprocessing: [{type: simple_template, template: '{pipeline.vars.backend} {query}'}]", "p.yml")
	c := NewChain(p)
	own := c.With(map[string]string{"backend": "dsl"})
	for chain, want := range map[*Chain]string{c: "x a:x", own: "dsl a:dsl"} {
		got, ds := convert("title: t\nlogsource: {category: c}\ndetection: {s: {a|expand: '%backend%'}, condition: s}", chain)
		if strings.Join(got, "") != want {
			t.Errorf("got %v, want %s, %v", got, want, ds)
		}
	}
	if own.Hash() != c.Hash() {
		t.Error("the variables of a run count in the hash")
	}
	if (*Chain)(nil).With(nil).Hash() != NewChain().Hash() {
		t.Error("a nil chain has another hash")
	}
}

func TestHash(t *testing.T) {
	const text = "name: x\nvars: {a: b}\ntransformations:\n  - {id: i, type: field_name_prefix, prefix: p}\n"
	base := mustParse(t, text, "p.yml")
	for name, c := range map[string]struct {
		text string
		same bool
	}{
		"comment":  {"# c\n" + text, true},
		"layout":   {"name: \"x\"\nvars:\n  'a': 'b'\ntransformations:\n  - id: i\n    type: field_name_prefix\n    prefix: p\n", true},
		"name":     {strings.Replace(text, "name: x", "name: y", 1), true},
		"prefix":   {strings.Replace(text, "prefix: p", "prefix: q", 1), false},
		"variable": {strings.Replace(text, "a: b", "a: c", 1), false},
		"type":     {strings.Replace(text, "a: b", "a: 1", 1), false},
	} {
		got := NewChain(mustParse(t, c.text, "other.yml")).Hash() == NewChain(base).Hash()
		if got != c.same {
			t.Errorf("%s: hash the same: %v, want %v", name, got, c.same)
		}
	}
	other := mustParse(t, strings.Replace(text, "prefix: p", "prefix: q", 1), "q.yml")
	other.Priority = 5
	if NewChain(base, other).Hash() != NewChain(other, base).Hash() {
		t.Error("the order of the arguments changes the hash")
	}
	if h := NewChain(base).Hash(); !strings.HasPrefix(h, "sha256:") || len(h) != 71 {
		t.Errorf("hash %q", h)
	}
}

func TestBuiltin(t *testing.T) {
	if diff := cmp.Diff([]string{
		"ecs_kubernetes", "ecs_macos_esf", "ecs_windows", "ecs_windows_old", "ecs_zeek_beats", "ecs_zeek_corelight",
		"sysmon", "windows-audit", "windows-logsources", "zeek",
	}, BuiltinNames()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	for _, f := range builtinSources() {
		if _, ds := Parse(f); len(ds) > 0 {
			t.Errorf("%s: %v", f.Name, ds)
		}
	}
	if _, ok := Builtin("sysmom"); ok {
		t.Error("there is a pipeline sysmom")
	}
}

// TestMends looks at what the built-in pipelines do otherwise than pySigma's.
func TestMends(t *testing.T) {
	for name, c := range map[string]struct{ category, item, want string }{
		"initiated as text":    {"network_connection", "Initiated: 'true'", "network.direction:egress"},
		"initiated in a list":  {"network_connection", "Initiated: ['False', 'true']", "network.direction:(ingress OR egress)"},
		"initiated as boolean": {"network_connection", "Initiated: false", "network.direction:ingress"},
		"signature of images":  {"image_load", "Signature: x", "file.code_signature.subject_name:x"},
		"signature of drivers": {"driver_load", "Signature: x", "file.code_signature.subject_name:x"},
	} {
		ecs, _ := Builtin("ecs_windows")
		rule := "title: t\nlogsource: {category: " + c.category + ", product: windows}\ndetection: {s: {" + c.item + "}, condition: s}"
		got, ds := convert(rule, NewChain(ecs))
		if strings.Join(got, "") != c.want {
			t.Errorf("%s: got %v, want %s (%v)", name, got, c.want, ds)
		}
	}
}
