package sigma_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/condition"
)

const whole = `title: All there is
id: '{12345678-1234-4234-8234-123456789ABC}'
name: all_there_is
taxonomy: sigma
status: TEST
level: High
description: |
    Two
    lines.
license: MIT
author: Someone
date: 2024/1/31
modified: 2024-02-01 10:00:00
references: [https://example.org, 5]
fields: [a, 5]
falsepositives: [None]
scope: [server]
tags: [attack.t1059, cve.2020-1]
related:
    - {id: 11111111-1111-4111-8111-111111111111, type: Derived}
logsource:
    category: process_creation
    product: windows
    service: sysmon
    definition: needs Sysmon
    other: x
detection:
    sel:
        Image|endswith|all: ['\a.exe', b]
        User: null
    keywords: [x, 5]
    timeframe: 5m
    condition: [sel, keywords and not sel]
custom: {a: [1, 1.5, yes, null, x]}
sigwatch: {x: y}
`

func TestParseWhole(t *testing.T) {
	rules, ds := sigma.Parse(diag.NewFile("whole.yml", []byte(whole)))
	if len(rules) != 1 || diag.HasErrors(ds) {
		t.Fatalf("rules %v, diagnostics %v", rules, ds)
	}
	want := &sigma.Rule{
		Title: "All there is", ID: "12345678-1234-4234-8234-123456789abc", Name: "all_there_is", Status: "test", Level: "high",
		Description: "Two\nlines.\n", License: "MIT", Author: "Someone", Date: "2024-01-31", Modified: "2024-02-01", Taxonomy: "sigma",
		References: []string{"https://example.org", "5"}, Fields: []string{"a", "5"}, FalsePositives: []string{"None"},
		Scope: []string{"server"}, Tags: []string{"attack.t1059", "cve.2020-1"},
		Related:   []sigma.Related{{ID: "11111111-1111-4111-8111-111111111111", Type: "derived"}},
		LogSource: sigma.LogSource{Category: "process_creation", Product: "windows", Service: "sysmon", Definition: "needs Sysmon"},
		Detection: sigma.Detection{
			Timeframe: "5m",
			Searches: []sigma.Search{
				{Name: "sel", Node: &sigma.AllOf{Kids: []sigma.Node{
					&sigma.Item{Field: "Image", All: true, Modifiers: []string{"endswith", "all"}, Values: []sigma.Located{
						{Value: sigma.String{Parts: []sigma.Part{{Kind: sigma.Any}, {Text: `\a.exe`}}}},
						{Value: sigma.String{Parts: []sigma.Part{{Kind: sigma.Any}, {Text: "b"}}}},
					}},
					&sigma.Item{Field: "User", Values: []sigma.Located{{Value: sigma.Null{}}}},
				}}},
				{Name: "keywords", Node: &sigma.Item{Values: []sigma.Located{{Value: sigma.PlainString("x")}, {Value: sigma.Number{Text: "5"}}}}},
			},
			Conditions: []sigma.Condition{
				{Text: "sel", Expr: &condition.Name{Text: "sel"}},
				{Text: "keywords and not sel", Expr: &condition.And{Kids: []condition.Expr{
					&condition.Name{Text: "keywords"}, &condition.Not{Kid: &condition.Name{Text: "sel"}},
				}}},
			},
		},
		Custom: []sigma.Attribute{
			{Key: "custom", Value: map[string]any{"a": []any{int64(1), 1.5, true, nil, "x"}}},
			{Key: "sigwatch", Value: map[string]any{"x": "y"}},
		},
	}
	ignore := cmpopts.IgnoreTypes(diag.Span{}, condition.Range{}, &diag.File{}, &sigma.Source{})
	if diff := cmp.Diff(want, rules[0], ignore); diff != "" {
		t.Errorf("rule (-want +got):\n%s", diff)
	}
}

// The places of a rule's parts are the texts that they stand for.
func TestParsePlaces(t *testing.T) {
	rules, _ := sigma.Parse(diag.NewFile("whole.yml", []byte(whole)))
	r := rules[0]
	all := r.Detection.Searches[0].Node.(*sigma.AllOf)
	item := all.Kids[0].(*sigma.Item)
	for name, c := range map[string]struct {
		span diag.Span
		want string
	}{
		"title":     {r.TitleSpan, "All there is"},
		"id":        {r.IDSpan, "'{12345678-1234-4234-8234-123456789ABC}'"},
		"level":     {r.LevelSpan, "High"},
		"search":    {r.Detection.Searches[0].Span, "sel"},
		"item":      {item.Span, `Image|endswith|all: ['\a.exe', b`},
		"field":     {item.FieldSpan, "Image"},
		"value":     {item.Values[0].Span, `'\a.exe'`},
		"plain":     {item.Values[1].Span, "b"},
		"all":       {all.Span, "Image|endswith|all: ['\\a.exe', b]\n        User: null"},
		"custom":    {r.Custom[0].Span, "custom"},
		"condition": {r.Detection.Conditions[1].Source.Sub(17, 20), "sel"},
	} {
		if got := c.span.Text(); got != c.want {
			t.Errorf("%s is at %q, want %q", name, got, c.want)
		}
	}
}

func TestRejected(t *testing.T) {
	const id = "11111111-1111-4111-8111-111111111111"
	for name, c := range map[string]struct {
		text   string
		want   []sigma.Rejected
		unread bool
	}{
		"error":       {"title: A\nid: " + strings.ToUpper(id) + "\nlevel: x\n", []sigma.Rejected{{ID: id, Title: "A"}}, false},
		"bad id":      {"title: A\nid: x\n", []sigma.Rejected{{Title: "A"}}, false},
		"second":      {minimal("A") + "---\n" + minimal("B") + "level: x\n", []sigma.Rejected{{Title: "B", Document: 1}}, false},
		"correlation": {"title: A\nid: " + id + "\ncorrelation: {}\n", []sigma.Rejected{{ID: id, Title: "A"}}, false},
		"list":        {"- a", []sigma.Rejected{{}}, false},
		"repeated": {
			minimal("A") + "---\naction: repeat\nid: " + id + "\nlevel: x\n",
			[]sigma.Rejected{{ID: id, Title: "A", Document: 1}},
			false,
		},
		"broken":     {"'title': \"A\"  # b\nid:   " + id + "\na: 'b'c\n", []sigma.Rejected{{ID: id, Title: "A"}}, true},
		"broken 2nd": {minimal("A") + "---\nid: " + id + "\na: 'b'c\n---\n" + minimal("C"), []sigma.Rejected{{ID: id, Document: 1}}, true},
		"encoding":   {"title: A\xff", nil, true},
		"utf-16":     {"\xff\xfet\x00", nil, true},
		"control":    {"title: A\x00", nil, true},
		"fine":       {minimal("A") + "---\n", nil, false},
		"empty":      {"", nil, true},
	} {
		out := sigma.ParseFile(diag.NewFile(name, []byte(c.text)))
		for _, r := range out.Rejected {
			if r.Rule != nil && (r.Rule.ID != r.ID || r.Rule.Title != r.Title || r.Rule.Document != r.Document) {
				t.Errorf("%s: the rejected rule is %q, and %q is said of it", name, r.Rule.Title, r.Title)
			}
		}
		if diff := cmp.Diff(c.want, out.Rejected, cmpopts.IgnoreTypes(diag.Span{}, &sigma.Rule{})); diff != "" {
			t.Errorf("%s: rejected (-want +got):\n%s", name, diff)
		}
		if out.Unread != c.unread || diag.HasErrors(out.Diagnostics) != (c.want != nil || c.unread) {
			t.Errorf("%s: unread %v, want %v; diagnostics %v", name, out.Unread, c.unread, out.Diagnostics)
		}
		checkRules(t, out)
	}
}

// A broken document that may have said what others are merged with ends the
// file: those others would find something else without it.
func TestBrokenAction(t *testing.T) {
	text := "action: global\ndetection: {f: 'a'b}\n---\n" + minimal("A")
	out := sigma.ParseFile(diag.NewFile("f", []byte(text)))
	if !out.Unread || len(out.Rules) != 0 {
		t.Errorf("unread %v, rules %v; want an unread file without rules", out.Unread, out.Rules)
	}
}

// modified returns the value that a key and a YAML value give.
func modified(t *testing.T, key, value string) sigma.Value {
	t.Helper()
	text := "title: T\nlogsource: {category: test}\ndetection:\n  sel:\n    f" + key + ": " + value + "\n  condition: sel\n"
	rules, ds := sigma.Parse(diag.NewFile("f", []byte(text)))
	if len(ds) > 0 || len(rules) != 1 {
		t.Fatalf("f%s: %s gives %v", key, value, ds)
	}
	return rules[0].Detection.Searches[0].Node.(*sigma.Item).Values[0].Value
}

// TestEncoding checks what the recorded answers do not have right.
func TestEncoding(t *testing.T) {
	for key, want := range map[string]string{
		"|base64":         "w6TDtg==",
		"|wide|base64":    "5AD2AA==",
		"|utf16le|base64": "5AD2AA==",
		"|utf16be|base64": "AOQA9g==",
		"|utf16|base64":   "//7kAPYA",
	} {
		if diff := cmp.Diff(sigma.Value(sigma.PlainString(want)), modified(t, key, "'äö'")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	nested := modified(t, "|windash|base64offset|contains", "' -ä'").(sigma.Expansion)
	if len(nested) != 5 || len(nested[0].(sigma.Expansion)) != 3 {
		t.Errorf("windash|base64offset gives %v, want five times three", nested)
	}
}

// TestModified checks the values that modifiers give, where pySigma gives
// others or the order of the modifiers matters.
func TestModified(t *testing.T) {
	text := func(s string) sigma.String { return sigma.PlainString(s) }
	contains := func(s string) sigma.String {
		return sigma.String{Parts: []sigma.Part{{Kind: sigma.Any}, {Text: s}, {Kind: sigma.Any}}}
	}
	casedText := func(s string) sigma.String { return sigma.String{Parts: []sigma.Part{{Text: s}}, Cased: true} }
	number := func(s string) sigma.Number { return sigma.Number{Text: s} }
	dashes := sigma.Expansion{casedText("-a"), casedText("/a"), casedText("\u2013a"), casedText("\u2014a"), casedText("\u2015a")}
	for _, c := range []struct {
		key, value string
		want       sigma.Value
	}{
		{"|cased|windash", "-a", dashes},
		{"|windash|cased", "-a", dashes},
		{"|windash", "a-b", sigma.Expansion{text("a-b")}},
		{"|windash", "--", sigma.Expansion{text("--")}},
		{"|contains", "''", sigma.String{Parts: []sigma.Part{{Kind: sigma.Any}}}},
		{"|contains|all", "x", contains("x")},
		{"|base64|contains", "foo", contains("Zm9v")},
		{"|re|i|m|s", "a", sigma.Regex{Pattern: "a", IgnoreCase: true, MultiLine: true, DotAll: true}},
		{"|re|dotall|ignorecase", "a", sigma.Regex{Pattern: "a", IgnoreCase: true, DotAll: true}},
		{"|re|contains", "''", sigma.Regex{Pattern: ".*"}},
		{"|re|startswith", "^a", sigma.Regex{Pattern: "^a.*"}},
		{"|re|endswith", `'a\$'`, sigma.Regex{Pattern: `.*a\$`}},
		{"|re|expand", "'%a%'", sigma.Regex{Pattern: "%a%", Expand: true}},
		{"|expand", "'%a%\\%b%%c'", sigma.String{Parts: []sigma.Part{{Kind: sigma.Placeholder, Text: "a"}, {Text: "%b%%c"}}}},
		{"|fieldref|contains", "b", sigma.FieldRef{Field: "b", StartsWith: true, EndsWith: true}},
		{"|fieldref|startswith", "b", sigma.FieldRef{Field: "b", StartsWith: true}},
		{"|fieldref|endswith", "b", sigma.FieldRef{Field: "b", EndsWith: true}},
		{"|fieldref|neq", "b", sigma.FieldRef{Field: "b"}},
		{"|exists", "no", sigma.Exists(false)},
		{"|neq", "", sigma.Null{}},
		{"|hour|gte", "6.9", sigma.Compare{Op: ">=", Value: sigma.TimePart{Unit: "hour", Number: 6}}},
		{"|lt", "-1_000.50", sigma.Compare{Op: "<", Value: number("-1000.5")}},
		{"|cidr", "10.0.0.0/255.0.0.0", sigma.CIDR{Network: "10.0.0.0/8"}},
		{"|cidr", "10.0.0.0/0.255.255.255", sigma.CIDR{Network: "10.0.0.0/8"}},
		{"|cidr", "'2001:DB8:0:0::/32'", sigma.CIDR{Network: "2001:db8::/32"}},
		{"|cidr", "10.1.2.3", sigma.CIDR{Network: "10.1.2.3/32"}},
		{"", "9007199254740993", number("9007199254740993")},
		{"", "[]", sigma.Null{}},
	} {
		if diff := cmp.Diff(c.want, modified(t, c.key, c.value)); diff != "" {
			t.Errorf("f%s: %s (-want +got):\n%s", c.key, c.value, diff)
		}
	}
}

// Whatever stands around a text, its Base64 holds one of the three codes, and
// each code is no longer than what is certain.
func TestBase64OffsetMeaning(t *testing.T) {
	for _, text := range []string{"ab", "abc", "äö", "日本語", "http://", strings.Repeat("xy", 30)} {
		codes := modified(t, "|base64offset", "'"+text+"'").(sigma.Expansion)
		for _, before := range []string{"", "1", "22", "333", "\xff\xff"} {
			for _, after := range []string{"", "4", "55", "666"} {
				code := base64.StdEncoding.EncodeToString([]byte(before + text + after))
				if !containsCode(code, codes[len(before)%3]) {
					t.Errorf("%q in %q: %v is not in %s", text, before+text+after, codes[len(before)%3], code)
				}
			}
		}
	}
}

func containsCode(code string, v sigma.Value) bool {
	text, ok := v.(sigma.String).Literal()
	return ok && text != "" && strings.Contains(code, text)
}

func TestStrings(t *testing.T) {
	star, one := sigma.Part{Kind: sigma.Any}, sigma.Part{Kind: sigma.One}
	text := func(s string) sigma.Part { return sigma.Part{Text: s} }
	for in, want := range map[string][]sigma.Part{
		``: nil, `\`: {text(`\`)}, `\\`: {text(`\`)}, `\a`: {text(`\a`)}, `\\a`: {text(`\a`)}, `\\\`: {text(`\\`)}, `\\\\`: {text(`\\`)},
		`\*`: {text(`*`)}, `\\*`: {text(`\`), star}, `\\\*`: {text(`\*`)}, `\\\\*`: {text(`\\`), star}, `\?`: {text(`?`)}, `\\?`: {text(`\`), one},
		`*\`: {star, text(`\`)}, `*\*`: {star, text(`*`)}, `\**`: {text(`*`), star}, `**`: {star, star}, `a?b`: {text("a"), one, text("b")},
		`C:\Windows\*\x`: {text(`C:\Windows*\x`)}, `C:\Windows\\*\x`: {text(`C:\Windows\`), star, text(`\x`)},
		`\\server\share`: {text(`\server\share`)}, `\\\\server\share`: {text(`\\server\share`)}, `\%a%`: {text(`\%a%`)},
	} {
		if diff := cmp.Diff(want, sigma.ParseString(in).Parts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in, diff)
		}
	}
	if got := sigma.ParseString(`a\*b*c?d\e`).Plain(); got != `a\*b*c?d\e` {
		t.Errorf("plain form %q", got)
	}
}

func TestCanonical(t *testing.T) {
	read := func(text string) *sigma.Rule {
		t.Helper()
		rules, ds := sigma.Parse(diag.NewFile("f", []byte(text)))
		if len(rules) != 1 {
			t.Fatal(ds)
		}
		return rules[0]
	}
	base := string(read(whole).Canonical())
	for name, text := range map[string]string{
		"comments": "# one\n" + strings.ReplaceAll(whole, "level:", "# two\nlevel:"),
		"layout":   strings.ReplaceAll(strings.ReplaceAll(whole, "    ", "  "), "title: All there is", `"title": 'All there is'`),
		"spelling": strings.ReplaceAll(strings.ReplaceAll(whole, "2024/1/31", "2024-01-31"), "level: High", "level: high"),
		"block":    strings.ReplaceAll(whole, "sigwatch: {x: y}", "sigwatch: {x: z}"),
	} {
		if diff := cmp.Diff(base, string(read(text).Canonical())); diff != "" {
			t.Errorf("%s make a difference:\n%s", name, diff)
		}
	}
	for old, changedTo := range map[string]string{
		"level: High": "level: low", "User: null": "User: ''", "[x, 5]": "[x, '5']", "|all": "", "keywords and not sel": "keywords",
		"{a: [1": "{a: [2", "- {id: 1": "- {id: 2", "sel:": "sel :", `'\a.exe'`: `'\b.exe'`, "5m": "6m",
	} {
		changed := string(read(strings.Replace(whole, old, changedTo, 1)).Canonical()) != base
		if changed == (old == "sel:") {
			t.Errorf("%q for %q: changed is %v", changedTo, old, changed)
		}
	}
	if hash := read(whole).Hash(); !strings.HasPrefix(hash, "sha256:") || len(hash) != 71 {
		t.Errorf("hash %q", hash)
	}
}

// Files that are made to cost much are refused, or read, at once.
func TestLimits(t *testing.T) {
	const size = 1 << 20
	for name, text := range map[string]string{
		"brackets":     "a: " + strings.Repeat("[", size),
		"maps":         strings.Repeat("{a: ", size/4),
		"dashes":       strings.Repeat("- ", size/2),
		"separators":   strings.Repeat("---\n", size/4),
		"broken parts": strings.Repeat("---\na: 'b'c\n", size/12),
		"parentheses":  strings.Replace(minimal("T"), "condition: sel", "condition: "+strings.Repeat("(", size), 1),
		"keys":         strings.Replace(minimal("T"), "{a: b}", "{"+strings.Repeat("a: b, ", size/6)+"}", 1),
		"runes":        strings.Replace(minimal("T"), "{a: b}", "{ä: ["+strings.Repeat("ä, ", size/4)+"]}", 1),
		"bad runes":    strings.Replace(minimal("T"), "{a: b}", "{ä|gt: ["+strings.Repeat("ä, ", size/4)+"]}", 1),
		"windash":      strings.Replace(minimal("T"), "a: b", "a|windash: "+strings.Repeat("-a ", size/3), 1),
		"bombs":        strings.Repeat("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\n---\n", size/150),
		"global":       "action: global\nx: [" + strings.Repeat("a,", size/4) + "]\n---\n" + strings.Repeat("a: b\n---\n", size/20),
		"global keys":  "action: global\nx: {" + manyKeys(20_000) + "}\n---\n" + strings.Repeat("x: {"+manyKeys(1000)+"}\n---\n", 30),
		"unknown":      strings.Replace(minimal("T"), "condition: sel", "condition: "+strings.Repeat("a or ", size/5)+"b", 1),
		"selectors":    strings.Replace(minimal("T"), "condition: sel", "condition: "+manySelectors(40_000)+"sel", 1),
		"strange":      strings.Replace(minimal("T"), "condition: sel", "condition: >-\n    "+strings.Repeat("a. ", size/3), 1),
		"long names":   strings.Replace(strings.Replace(minimal("T"), "condition: sel", "condition: 1 of "+strings.Repeat("a*", size/4)+"b", 1), "sel:", "? "+strings.Repeat("a", size/2)+"\n  :", 1),
		"filters":      "{}\n" + strings.Repeat("---\nfilter: {}\n", size/80),
		"no filters":   strings.Repeat("---\nfilter: 'b'c\n", size/80),
		"filter words": minimal("T") + "x: '" + strings.Repeat("filter: ", size/9) + "'\n",
		"filter keys":  "a:\n" + strings.Repeat("  filter:\n", size/10),
		"correlations": strings.Repeat("---\ncorrelation: {}\n", size/80),
		"aliases":      "title: T\ncorrelation: {type: temporal, timespan: 5m, rules: [" + manyNames(20_000) + "x], aliases: {a: {" + manyKeys(20_000) + "}}}\n",
		"rules":        "title: T\ncorrelation: {type: temporal, timespan: 5m, rules: [" + manyNames(40_000) + "x], condition: a and b}\n",
		"searches":     strings.Replace(minimal("T"), "sel: {a: b}", manySearches(20_000), 1),
	} {
		start := time.Now()
		out := sigma.ParseFile(diag.NewFile(name, []byte(text)))
		for _, d := range out.Diagnostics {
			_ = diag.JSON(d)
		}
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("%s took %v", name, took)
		} else if testing.Verbose() {
			t.Logf("%s: %v, %d rules, %d diagnostics", name, took, len(out.Rules), len(out.Diagnostics))
		}
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("k" + time.Duration(i).String() + ": v, ")
	}
	return b.String()
}

func manyNames(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("k" + time.Duration(i).String() + ", ")
	}
	return b.String()
}

func manySelectors(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("1 of " + strings.ReplaceAll(time.Duration(i).String(), ".", "_") + "* or ")
	}
	return b.String()
}

func manySearches(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("s" + strings.Repeat("x", i%7) + time.Duration(i).String() + ": {a: b}\n  ")
	}
	return b.String() + "sel: {a: b}"
}

func FuzzParse(f *testing.F) {
	f.Add(whole)
	f.Add(minimal("T") + "---\naction: repeat\ndetection: {sel: {b|re: 'x('}}\n")
	for _, dir := range []string{"testdata/bad/*.yml", "testdata/print/*.txtar"} {
		paths, err := filepath.Glob(dir)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		out := sigma.ParseFile(diag.NewFile("f", []byte(text)))
		checkRules(t, out)
		broken := slices.ContainsFunc(out.Filters, func(f *sigma.Filter) bool { return f.Broken })
		if diag.HasErrors(out.Diagnostics) != (len(out.Rejected) > 0 || out.Unread || broken) {
			t.Fatalf("errors without a rejected rule or a broken filter, or the other way: %v, %v", out.Diagnostics, out.Rejected)
		}
		again := sigma.ParseFile(diag.NewFile("f", []byte(text)))
		for i, r := range out.Rules {
			if string(r.Canonical()) != string(again.Rules[i].Canonical()) {
				t.Fatal("read twice, the rule is another one")
			}
		}
		if diff := cmp.Diff(out.Diagnostics, again.Diagnostics); diff != "" {
			t.Fatalf("read twice, the diagnostics differ:\n%s", diff)
		}
	})
}

// A file without a rule is an error, and unread: it may have been emptied by
// accident, and its watch must not go.
func TestNoRule(t *testing.T) {
	tests := []struct {
		name, text string
		want       bool
	}{
		{"empty", "", true},
		{"blank", " \n\n", true},
		{"a byte order mark", "\ufeff", true},
		{"comments", "# title: a\n# id: b\n", true},
		{"separators", "---\n---\n", true},
		{"a global document alone", "action: global\ntitle: a\n", true},
		{"a rule", minimal("a"), false},
		{"a rule and an empty document", minimal("a") + "---\n", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := sigma.ParseFile(diag.NewFile("a.yml", []byte(test.text)))
			got := p.Unread && len(p.Diagnostics) == 1 && p.Diagnostics[0].Code == "sigma/no-rule"
			if got != test.want || !got && len(p.Rules) != 1 {
				t.Errorf("unread %v, %d rules, %v", p.Unread, len(p.Rules), p.Diagnostics)
			}
		})
	}
}
