package querydsl_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/query/nodetest"
	"github.com/sigwatch/sigwatch/sigma/querydsl"
)

// casing makes a text demand its case.
func casing(s sigma.String) sigma.String {
	s.Cased = true
	return s
}

func TestRenderTypes(t *testing.T) {
	keyword := query.Field{Type: query.Keyword}
	lowered := query.Field{Type: query.Keyword, Lowercase: true}
	mixed := query.Field{Type: query.Keyword, Mixed: true}
	constant := query.Field{Type: query.Keyword, Constant: true}
	sub := query.Field{Type: query.Keyword, Text: true, Name: "f.keyword"}
	inner := query.Field{Type: query.Keyword, Nested: "o"}
	date := query.Field{Type: query.Date}
	tests := []struct {
		name string
		as   query.Field
		v    sigma.Value
		want string
	}{
		{"keyword", keyword, plain("a"), `{"term":{"f":{"value":"a","case_insensitive":true}}}`},
		{"keyword, boolean word", keyword, plain("true"), `{"term":{"f":{"value":"true","case_insensitive":true}}}`},
		{"keyword, cased", keyword, casing(plain("a")), `{"term":{"f":{"value":"a"}}}`},
		{"keyword, cased beyond ascii", keyword, casing(plain("Ü")), `{"term":{"f":{"value":"Ü"}}}`},
		{"keyword, cased wildcards", keyword, casing(wild("a*")), `{"wildcard":{"f":{"value":"a*"}}}`},
		{"keyword, number", keyword, number("5"), `{"term":{"f":{"value":"5"}}}`},
		{"keyword, expression", keyword, re("^a$"), `{"regexp":{"f":{"value":"a\n?","flags":"NONE"}}}`},
		{"lower-cased", lowered, plain("aÜ"), `{"term":{"f":{"value":"aÜ"}}}`},
		{"lower-cased, wildcards", lowered, wild("a*"), `{"wildcard":{"f":{"value":"a*"}}}`},
		{"lower-cased, two small letters", lowered, plain("σ"), `{"regexp":{"f":{"value":"[Σςσ]","flags":"NONE"}}}`},
		{"lower-cased in places", mixed, plain("a"), `{"term":{"f":{"value":"a","case_insensitive":true}}}`},
		{"constant, wildcards", constant, wild("a*"), `{"wildcard":{"f":{"value":"a*","case_insensitive":true}}}`},
		{"constant, one character", constant, wild("a?"), `{"regexp":{"f":{"value":"[aA].","flags":"NONE"}}}`},
		{"constant, backslash", constant, wild(`1\*`), `{"regexp":{"f":{"value":"1\\\\.*","flags":"NONE"}}}`},
		{"sub-field", sub, plain("a"), `{"term":{"f.keyword":{"value":"a","case_insensitive":true}}}`},
		{"sub-field, there", sub, sigma.Exists(true), `{"exists":{"field":"f"}}`},
		{"within an object", inner, plain("1"), `{"nested":{"path":"o","query":{"term":{"f":{"value":"1"}}},"ignore_unmapped":true}}`},
		{"within an object, not there", inner, sigma.Null{}, `{"bool":{"must_not":[{"nested":{"path":"o","query":{"exists":{"field":"f"}},"ignore_unmapped":true}}]}}`},
		{"wildcard", query.Field{Type: query.Wildcard}, wild("a*"), `{"wildcard":{"f":{"value":"a*","case_insensitive":true}}}`},
		{"text, there", query.Field{Type: query.Text}, wild("*"), `{"exists":{"field":"f"}}`},
		{"ip", query.Field{Type: query.IP}, plain("fe80::a"), `{"term":{"f":{"value":"fe80::a"}}}`},
		{"ip, network", query.Field{Type: query.IP}, sigma.CIDR{Network: "10.0.0.0/8"}, `{"term":{"f":{"value":"10.0.0.0/8"}}}`},
		{"integer", query.Field{Type: query.Integer}, number("5"), `{"term":{"f":{"value":"5"}}}`},
		{"integer, comparison", query.Field{Type: query.Integer}, sigma.Compare{Op: "<", Value: number("5")}, `{"range":{"f":{"lt":"5"}}}`},
		{"float, comparison", query.Field{Type: query.Float}, sigma.Compare{Op: ">=", Value: number("1.5")}, `{"range":{"f":{"gte":"1.5"}}}`},
		{"boolean", query.Field{Type: query.Boolean}, sigma.Bool(true), `{"term":{"f":{"value":"true"}}}`},
		{"date", date, plain("2024-01-02T03:04:05.000Z"), `{"range":{"f":{"gte":"2024-01-02T03:04:05.000Z","lte":"2024-01-02T03:04:05.000Z","format":"strict_date_optional_time"}}}`},
		{"date in milliseconds", date, number("1700000000000"), `{"range":{"f":{"gte":"1700000000000","lte":"1700000000000","format":"epoch_millis"}}}`},
		{"date, comparison", date, sigma.Compare{Op: ">", Value: number("1700000000000")}, `{"range":{"f":{"gt":"1700000000000","format":"epoch_millis"}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, render(t, typed("f", tt.as, tt.v), querydsl.Options{})); d != "" {
				t.Errorf("query (-want +got):\n%s", d)
			}
		})
	}
}

// TestRenderTypedTerms checks that values of one lower-cased field, which are
// asked for as they are, stand in one clause.
func TestRenderTypedTerms(t *testing.T) {
	as := query.Field{Type: query.Keyword, Lowercase: true, Nested: "o", Name: "o.g"}
	got := render(t, or(typed("o.f", as, plain("A")), typed("o.f", as, plain("b")), typed("o.f", as, number("1"))), querydsl.Options{})
	want := `{"nested":{"path":"o","query":{"terms":{"o.g":["A","b","1"]}},"ignore_unmapped":true}}`
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("query (-want +got):\n%s", d)
	}
}

func TestRenderApproximate(t *testing.T) {
	text := query.Field{Type: query.Text}
	lowered := query.Field{Type: query.Keyword, Lowercase: true}
	tests := []struct {
		name string
		node query.Node
		want string // the query, or the code of the refusal
	}{
		{"whole value", typed("f", text, plain("a b")), `{"match_phrase":{"f":{"query":"a b"}}}`},
		{"number", typed("f", text, number("5")), `{"match_phrase":{"f":{"query":"5"}}}`},
		{"end of a value", typed("f", text, wild(`*\a.exe`)), `{"match_phrase":{"f":{"query":"\\a.exe"}}}`},
		{"part of a word", typed("f", text, wild("*a*")), `{"wildcard":{"f":{"value":"*a*","case_insensitive":true}}}`},
		{"begin of a value, which may end within a word", typed("f", text, wild("a b*")), `{"bool":{"must":[{"match_phrase":{"f":{"query":"a "}}},{"wildcard":{"f":{"value":"*b*","case_insensitive":true}}}]}}`},
		{"end within what joins words", typed("f", text, wild("*.exe")), "querydsl/text-field"},
		{"no word", typed("f", text, plain("-")), "querydsl/text-field"},
		{"expression", typed("f", text, re("a")), "querydsl/text-field"},
		{"under not", not(typed("f", text, plain("a"))), "querydsl/text-field"},
		{"under not not", not(not(typed("f", text, plain("a")))), `{"match_phrase":{"f":{"query":"a"}}}`},
		{"cased", typed("f", lowered, casing(plain("A"))), `{"term":{"f":{"value":"A"}}}`},
		{"cased, type not known", question("f", casing(plain("A"))), `{"term":{"f":{"value":"A"}}}`},
		{"cased, under not", not(question("f", casing(plain("A")))), "querydsl/cased"},
		{"expression with a case", typed("f", lowered, re("^a")), `{"regexp":{"f":{"value":"[aA].*","flags":"NONE"}}}`},
		{"expression with all but a case", typed("f", lowered, re("^[^a-z0]")), `{"regexp":{"f":{"value":"[^0].*","flags":"NONE"}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, ds := querydsl.Render(query.Tree{Root: tt.node}, querydsl.Options{AllowApproximate: true})
			got := string(q.JSON)
			if len(ds) > 0 {
				got = ds[0].Code
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("query or code (-want +got):\n%s", d)
			}
			if noted := len(q.Notes) == 1 && strings.HasPrefix(q.Notes[0], "approximate: "); noted != q.Approximated || q.Approximated != (len(ds) == 0) {
				t.Errorf("approximate %v, notes %q", q.Approximated, q.Notes)
			}
			if _, ds := querydsl.Render(query.Tree{Root: tt.node}, querydsl.Options{}); len(ds) == 0 {
				t.Error("it is printed where that is not allowed")
			}
		})
	}
}

func TestRenderKeywordTypes(t *testing.T) {
	types := query.NewTypes(map[string]query.Field{
		"k": {Type: query.Keyword}, "t": {Type: query.Text}, "m": {Type: query.Keyword, Text: true, Name: "m.raw"}, "n": {Type: query.Integer},
		"s": {Type: query.Keyword, Text: true, Name: "s.raw", IgnoreAbove: 256},
	})
	tests := []struct {
		field string
		v     sigma.Value
		want  string
	}{
		{"k", plain("a b"), `{"wildcard":{"k":{"value":"*a b*","case_insensitive":true}}}`},
		{"k", wild("*a b*"), `{"wildcard":{"k":{"value":"*a b*","case_insensitive":true}}}`},
		{"k", number("5"), `{"wildcard":{"k":{"value":"*5*"}}}`},
		{"k", re("a1"), `{"regexp":{"k":{"value":".*a1.*","flags":"NONE"}}}`},
		{"k", sigma.Null{}, "querydsl/keyword-value"},
		{"m", plain("a"), `{"wildcard":{"m.raw":{"value":"*a*","case_insensitive":true}}}`},
		{"t", plain("a b"), `{"match_phrase":{"t":{"query":"a b"}}}`},
		{"t", plain("a.b"), `{"bool":{"should":[{"match_phrase":{"t":{"query":"a.b"}}},{"wildcard":{"t":{"value":"*a.b*","case_insensitive":true}}}],"minimum_should_match":1}}`},
		{"t", plain("ü"), `{"bool":{"should":[{"match_phrase":{"t":{"query":"ü"}}},{"regexp":{"t":{"value":".*[Üü].*","flags":"NONE"}}}],"minimum_should_match":1}}`},
		{"s", plain("a b"), `{"bool":{"should":[{"match_phrase":{"s":{"query":"a b"}}},{"wildcard":{"s.raw":{"value":"*a b*","case_insensitive":true}}}],"minimum_should_match":1}}`},
		{"n", plain("a b"), "querydsl/keyword-field"},
	}
	for _, tt := range tests {
		q, ds := querydsl.Render(query.Tree{Root: question("", tt.v), Types: types}, querydsl.Options{KeywordFields: []string{tt.field}})
		got := string(q.JSON)
		if len(ds) > 0 {
			got = ds[0].Code
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s %v (-want +got):\n%s", tt.field, tt.v, d)
		}
	}
}

// TestRenderScripts shows the scripts. The server that tests ask cannot run
// them.
func TestRenderScripts(t *testing.T) {
	types := query.NewTypes(map[string]query.Field{
		"k": {Type: query.Keyword}, "m": {Type: query.Keyword, Name: "m.raw"}, "n": {Type: query.Integer}, "d": {Type: query.Date},
	})
	of := func(name string, v sigma.Value) query.Node {
		as, _ := types.Of(name)
		return typed(name, as, v)
	}
	const loop = "if (!doc.containsKey(params.field) || !doc.containsKey(params.other)) { return false; } for (def a : doc[params.field]) { for (def b : doc[params.other]) { HOLDS } } return false;"
	const texts = "String s = a.toString(); String t = b.toString(); "
	const dates = "if (!doc.containsKey(params.field)) { return false; } for (def d : doc[params.field]) { if (ZonedDateTime.ofInstant(d.toInstant(), ZoneId.of('Z')).HOLDS params.number) { return true; } } return false;"
	part := func(unit string, n int64) sigma.TimePart { return sigma.TimePart{Unit: unit, Number: n} }
	tests := []struct {
		name   string
		node   query.Node
		source string
		params string
	}{
		{"texts", of("k", sigma.FieldRef{Field: "m"}), with(loop, texts+"if (s.equalsIgnoreCase(t)) { return true; }"), `{"field":"k","other":"m.raw"}`},
		{"types not known", of("x", sigma.FieldRef{Field: "y'"}), with(loop, texts+"if (s.equalsIgnoreCase(t)) { return true; }"), `{"field":"x","other":"y'"}`},
		{"begin", of("k", sigma.FieldRef{Field: "m", StartsWith: true}), with(loop, texts+"if (s.length() >= t.length() && s.substring(0, t.length()).equalsIgnoreCase(t)) { return true; }"), `{"field":"k","other":"m.raw"}`},
		{"end", of("k", sigma.FieldRef{Field: "m", EndsWith: true}), with(loop, texts+"if (s.length() >= t.length() && s.substring(s.length() - t.length()).equalsIgnoreCase(t)) { return true; }"), `{"field":"k","other":"m.raw"}`},
		{"inside", of("k", sigma.FieldRef{Field: "m", StartsWith: true, EndsWith: true}), with(loop, texts+"for (int i = 0; i + t.length() <= s.length(); i++) { if (s.substring(i, i + t.length()).equalsIgnoreCase(t)) { return true; } }"), `{"field":"k","other":"m.raw"}`},
		{"numbers", of("n", sigma.FieldRef{Field: "n"}), with(loop, "if (a == b) { return true; }"), `{"field":"n","other":"n"}`},
		{"dates", of("d", sigma.FieldRef{Field: "d"}), with(loop, "if (a.toInstant().equals(b.toInstant())) { return true; }"), `{"field":"d","other":"d"}`},
		{"minute", of("d", part("minute", 5)), with(dates, "getMinute() =="), `{"field":"d","number":5}`},
		{"hour", of("d", sigma.Compare{Op: "<", Value: part("hour", 8)}), with(dates, "getHour() <"), `{"field":"d","number":8}`},
		{"day", of("x", part("day", 31)), with(dates, "getDayOfMonth() =="), `{"field":"x","number":31}`},
		{"week", of("d", part("week", 53)), with(dates, "get(IsoFields.WEEK_OF_WEEK_BASED_YEAR) =="), `{"field":"d","number":53}`},
		{"month", of("d", sigma.Compare{Op: ">=", Value: part("month", 12)}), with(dates, "getMonthValue() >="), `{"field":"d","number":12}`},
		{"year", of("d", part("year", 1999)), with(dates, "getYear() =="), `{"field":"d","number":1999}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clause, ds := querydsl.Render(query.Tree{Root: tt.node, Types: types}, querydsl.Options{})
			if len(ds) > 0 {
				t.Fatal(ds)
			}
			text := string(clause.JSON)
			var q struct {
				Script struct {
					Script struct {
						Lang, Source string
						Params       json.RawMessage
					}
				}
			}
			if err := json.Unmarshal([]byte(text), &q); err != nil {
				t.Fatal(err)
			}
			s := q.Script.Script
			if d := cmp.Diff([]string{"painless", tt.source, tt.params}, []string{s.Lang, s.Source, string(s.Params)}); d != "" {
				t.Errorf("script (-want +got):\n%s", d)
			}
			if strings.Contains(s.Source, "{{") || strings.Contains(s.Source, "}}") || strings.Count(s.Source, "{") != strings.Count(s.Source, "}") {
				t.Errorf("a template, or braces that do not pair: %s", s.Source)
			}
		})
	}
}

func with(loop, holds string) string { return strings.Replace(loop, "HOLDS", holds, 1) }

// FuzzRender checks, with a field's name and a value made of any bytes, for
// each type: what is printed is JSON, and both come back from it as they went
// in, so that neither breaks out of its place.
func FuzzRender(f *testing.F) {
	for i, s := range nodetest.Pool() {
		f.Add(s, s, uint8(i))
	}
	f.Add(`f"}}`, `"}},{"match_all":{}}`, uint8(0))
	f.Fuzz(func(t *testing.T, field, value string, kind uint8) {
		as := []query.Field{
			{},
			{Type: query.Keyword},
			{Type: query.Keyword, Lowercase: true},
			{Type: query.Wildcard},
			{Type: query.Text},
			{Type: query.IP},
			{Type: query.Keyword, Nested: value},
			{Type: query.Date},
			{Type: query.Keyword, Constant: true},
		}[kind%9]
		node := or(
			typed(field, as, plain(value)), typed(field, as, sigma.ParseString(value)), typed(field, as, sigma.FieldRef{Field: value}),
			typed("other", as, casing(plain(value))),
		)
		q, ds := querydsl.Render(query.Tree{Root: node}, querydsl.Options{AllowApproximate: true, KeywordFields: []string{field}})
		if (len(ds) == 0) != (len(q.JSON) > 0) {
			t.Fatalf("%d diagnostics and the query %s", len(ds), q.JSON)
		}
		if len(ds) > 0 {
			return
		}
		var parsed map[string]any
		if err := json.Unmarshal(q.JSON, &parsed); err != nil || len(parsed) != 1 {
			t.Fatalf("no clause: %v: %s", err, q.JSON)
		}
		if hasKey(parsed, "match_all") && field != "match_all" {
			t.Errorf("%q or %q broke out: %s", field, value, q.JSON)
		}
	})
}

func hasKey(v any, name string) bool {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			if key == name || hasKey(inner, name) {
				return true
			}
		}
	case []any:
		for _, inner := range v {
			if hasKey(inner, name) {
				return true
			}
		}
	}
	return false
}
