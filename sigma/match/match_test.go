package match_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// tree resolves a detection written as in a rule, under its key.
func tree(t *testing.T, detection string) query.Tree {
	t.Helper()
	text := "title: t\nlogsource:\n  category: c\ndetection:\n" + indent(detection)
	if !strings.Contains(detection, "condition:") {
		text += "  condition: s\n"
	}
	rules, ds := sigma.Parse(diag.NewFile("rule.yml", []byte(text)))
	for _, d := range ds {
		if d.Severity == diag.Error {
			t.Fatalf("%s\n%s: %s", text, d.Code, d.Message)
		}
	}
	tree, ds := query.Resolve(rules[0], nil)
	if len(ds) > 0 {
		t.Fatalf("%s\n%v", text, ds)
	}
	return tree
}

func indent(s string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n  ") + "\n"
}

// hits are the numbers of the events that match, from 1, as one text.
func hits(t *testing.T, tree query.Tree, opt match.Options, ndjson string) string {
	t.Helper()
	events, err := match.ParseEvents([]byte(ndjson))
	if err != nil {
		t.Fatal(err)
	}
	m, err := match.Compile(tree, opt)
	if err != nil {
		t.Fatalf("%s: %v", tree, err)
	}
	out := ""
	for i, e := range events {
		if m.Match(e) {
			out += string(rune('1' + i))
		}
	}
	return out
}

// TestMeaning goes through the sections of spec/sigma-language.md.
func TestMeaning(t *testing.T) {
	tests := []struct{ name, detection, events, want string }{
		{"4 map is and", "s:\n  a: x\n  b: y", `{"a":"x","b":"y"} {"a":"x"} {"b":"y"}`, "1"},
		{"4 list of maps is or", "s:\n  - a: x\n  - b: y", `{"a":"x","b":"y"} {"a":"x"} {"b":"y"} {}`, "123"},
		{"4 values are or", "s:\n  a: [x, y]", `{"a":"x"} {"a":"y"} {"a":"z"}`, "12"},
		{"4 keyword in any text", "s: [bar]", `{"a":"x"} {"a":"foo bar baz"} {"b":{"c":["q","BARN"]}} {"bar":"x"}`, "23"},
		{"4 keyword in a number", "s: [46]", `{"n":4688} {"n":4588}`, "1"},
		{"4 keywords, all", "s:\n  '|all': [foo, bar]", `{"a":"foo","b":"bar"} {"a":"foo"}`, "1"},
		{"4 keyword, regular expression", "s:\n  '|re': 'b.r$'", `{"a":"foo bar"} {"a":"bar foo"}`, "1"},

		{"5 number is a number or its text", "s:\n  n: 5", `{"n":5} {"n":"5"} {"n":5.0} {"n":50} {"n":"05"} {"n":true}`, "123"},
		{"5 text of a number", "s:\n  n: '5'", `{"n":5} {"n":"5"} {"n":5.0} {"n":50}`, "123"},
		{"5 decimal fraction", "s:\n  n: 1.5", `{"n":1.5} {"n":"1.5"} {"n":1.50} {"n":15}`, "123"},
		{"5 large integers are exact", "s:\n  n: 9007199254740992", `{"n":9007199254740992} {"n":9007199254740993}`, "1"},
		{"5 boolean", "s:\n  b: true", `{"b":true} {"b":"true"} {"b":false} {"b":1}`, "12"},
		{"5 text of a boolean", "s:\n  b: 'true'", `{"b":true} {"b":"TRUE"} {"b":false}`, "12"},
		{"5 null is not there", "s:\n  f: null", `{"f":null} {} {"f":[]} {"f":""} {"f":0} {"f":{"g":1}} {"f":[null]}`, "1237"},
		{"5 empty is not null", "s:\n  f: ''", `{"f":null} {} {"f":""} {"f":" "} {"f":["a",""]}`, "35"},

		{"6 case does not count", "s:\n  f: CmD", `{"f":"cmd"} {"f":"CMD"} {"f":"cmd "} {"f":" cmd"}`, "12"},
		{"6 case beyond ascii", "s:\n  f: Größe σ", `{"f":"GRÖßE Σ"} {"f":"größe ς"} {"f":"grösse σ"}`, "12"},
		{"6 letters of ascii stay there", "s:\n  f: ks", `{"f":"KS"} {"f":"\u212as"} {"f":"kſ"}`, "1"},
		{"6 star", `s:` + "\n" + `  f: a*b`, `{"f":"ab"} {"f":"axxb"} {"f":"A\nB"} {"f":"abc"}`, "123"},
		{"6 question mark", "s:\n  f: a?b", `{"f":"ab"} {"f":"axb"} {"f":"aöb"} {"f":"a😀b"} {"f":"axxb"}`, "234"},
		{"6 several stars go back", "s:\n  f: '*a*b?c*'", `{"f":"aabbac bxc"} {"f":"abc"} {"f":"xaybbbcz"}`, "13"},
		{"6 escaped star", `s:` + "\n" + `  f: 'a\*'`, `{"f":"a*"} {"f":"ab"}`, "1"},
		{"6 backslash", `s:` + "\n" + `  f: 'C:\Win\*'`, `{"f":"c:\\win*"} {"f":"C:\\Win\\x"}`, "1"},
		{"6 backslash before a wildcard", `s:` + "\n" + `  f: 'C:\Win\\*'`, `{"f":"c:\\win\\"} {"f":"C:\\Win\\x"} {"f":"C:\\Win"}`, "12"},
		{"6 wildcards on numbers", "s:\n  f: 46*", `{"f":4688} {"f":[1,46]} {"f":146}`, "12"},

		{"7 contains", "s:\n  f|contains: b", `{"f":"abc"} {"f":"B"} {"f":"ac"}`, "12"},
		{"7 startswith and endswith", "s:\n  f|startswith: a\n  g|endswith: b", `{"f":"ab","g":"ab"} {"f":"ba","g":"ab"}`, "1"},
		{"7 contains, all", "s:\n  f|contains|all: [a, b]", `{"f":"ab"} {"f":"a"} {"f":["a","b"]}`, "13"},
		{"7 neq", "s:\n  f|neq: a", `{"f":"a"} {"f":"b"} {} {"f":["a","b"]}`, "23"},
		{"7 cased", "s:\n  f|cased: aB", `{"f":"aB"} {"f":"ab"}`, "1"},
		{"7 cased contains", "s:\n  f|contains|cased: aB", `{"f":"xaBx"} {"f":"xabx"}`, "1"},
		{"7 re is searched", `s:` + "\n" + `  f|re: 'b\d'`, `{"f":"ab1c"} {"f":"B1"} {"f":"bb"}`, "1"},
		{"7 re, i", `s:` + "\n" + `  f|re|i: '^b\d'`, `{"f":"B1"} {"f":"ab1"}`, "1"},
		{"7 re, dot and line breaks", "s:\n  f|re: a.b", `{"f":"a\nb"} {"f":"axb"}`, "2"},
		{"7 re, s", "s:\n  f|re|s: a.b", `{"f":"a\nb"} {"f":"axb"}`, "12"},
		{"7 re, no m", "s:\n  f|re: ^b$", `{"f":"a\nb\nc"} {"f":"b"} {"f":"b\n"} {"f":"b\n\n"}`, "23"},
		{"7 re, m", "s:\n  f|re|m: ^b$", `{"f":"a\nb\nc"} {"f":"b"} {"f":"ab"}`, "12"},
		{"7 re, blanks of perl", `s:` + "\n" + `  f|re: 'a[\s\-]b\S'`, `{"f":"a\u000bbx"} {"f":"a-bx"} {"f":"axb"} {"f":"a b\u000b"}`, "12"},
		{"7 re, at most", "s:\n  f|re: ^a{,2}$", `{"f":"aa"} {"f":""} {"f":"aaa"} {"f":"a{,2}"}`, "12"},
		{"7 re on numbers and lists", "s:\n  f|re: ^46", `{"f":4688} {"f":["x","46"]} {}`, "12"},
		{"7 base64offset", "s:\n  f|base64offset|contains: foo", `{"f":"xZm9vx"} {"f":"Zvb"} {"f":"mb2"} {"f":"zzz"}`, "123"},
		{"7 windash", "s:\n  f|windash|contains: ' -f'", `{"f":"a -f"} {"f":"a /F"} {"f":"a –f"} {"f":"a f"}`, "123"},
		{"7 cidr", "s:\n  f|cidr: 10.0.0.0/8", `{"f":"10.1.2.3"} {"f":"11.1.2.3"} {"f":"::ffff:10.0.0.1"} {"f":["x","10.0.0.1"]} {"f":10}`, "134"},
		{"7 cidr of version 6", "s:\n  f|cidr: fe80::/10", `{"f":"FE80::1"} {"f":"fe80::1%eth0"} {"f":"::1"}`, "12"},
		{"7 lt", "s:\n  f|lt: 10", `{"f":9} {"f":10} {"f":"9"} {"f":"9.5"} {"f":"x"} {} {"f":[100,1]}`, "1347"},
		{"7 lte gt gte", "s:\n  f|lte: 3\n  g|gt: 3\n  h|gte: 3", `{"f":3,"g":4,"h":3} {"f":3,"g":3,"h":3}`, "1"},
		{"7 texts that are no decimal number", "s:\n  f|gt: 1", `{"f":"0x10"} {"f":"inf"} {"f":"1_000"} {"f":"NaN"} {"f":"1e3"}`, "5"},
		{"7 hour", "s:\n  t|hour: 3", `{"t":"2024-01-02T03:04:05Z"} {"t":"2024-01-02 03:59:59.123"} {"t":"2024-01-02T03:00:00+02:00"} {"t":1704164645000} {"t":"x"}`, "124"},
		{"7 other parts of a time", "s:\n  t|minute: 4\n  t|day: 30\n  t|week: 1\n  t|month: 12\n  t|year: 2024", `{"t":"2024-12-30T03:04:05Z"} {"t":"2024-12-29T03:04:05Z"}`, "1"},
		{"7 hour, compared", "s:\n  t|hour|gte: 20", `{"t":"2024-01-02T20:00:00Z"} {"t":"2024-01-02T19:59:59Z"}`, "1"},
		{"7 exists", "s:\n  f|exists: true", `{"f":""} {"f":null} {} {"f":{"g":1}} {"f.g":1} {"f":{}} {"f":false}`, "1457"},
		{"7 exists not", "s:\n  f|exists: false", `{"f":""} {"f":null} {}`, "23"},
		{"7 fieldref", "s:\n  f|fieldref: g", `{"f":"a","g":"A"} {"f":"a","g":"b"} {} {"f":["x","y"],"g":["z","y"]} {"f":1,"g":"1"}`, "145"},
		{"7 fieldref, startswith", "s:\n  f|fieldref|startswith: g", `{"f":"abc","g":"ab"} {"f":"ab","g":"abc"}`, "1"},
		{"7 fieldref, contains", "s:\n  f|fieldref|contains: g", `{"f":"xaBx","g":"ab"} {"f":"ab","g":"abc"} {"f":"ba*","g":"*"}`, "13"},
		{"7 fieldref, wildcards of the other are text", "s:\n  f|fieldref: g", `{"f":"abc","g":"a*"} {"f":"a*","g":"a*"}`, "2"},

		{"8 and, or, not", "s:\n  a: 1\nt:\n  b: 1\nu:\n  c: 1\ncondition: s or t and not u", `{"a":1} {"b":1} {"b":1,"c":1} {"a":1,"c":1}`, "124"},
		{"8 condition list is or", "s:\n  a: 1\nt:\n  b: 1\ncondition: [s, t]", `{"a":1} {"b":1} {}`, "12"},
		{"8 1 of", "s_a:\n  a: 1\ns_b:\n  b: 1\ncondition: 1 of s_*", `{"a":1} {"b":1} {}`, "12"},
		{"8 all of", "s_a:\n  a: 1\ns_b:\n  b: 1\ncondition: all of s_*", `{"a":1} {"b":1} {"a":1,"b":1}`, "3"},
		{"8 not of a list asks all", "s:\n  a: x\ncondition: not s", `{"a":["x","y"]} {"a":["y"]} {}`, "23"},

		{"events: nested is dotted", "s:\n  a.b.c: x", `{"a":{"b":{"c":"x"}}} {"a.b.c":"x"} {"a.b":{"c":"x"}} {"a":{"b":[{"d":1},{"c":"x"}]}} {"a":{"b":"x"}}`, "1234"},
		{"events: lists of lists", "s:\n  a: x", `{"a":[["y"],["z",["x"]]]}`, "1"},
		{"events: a field is named exactly", "s:\n  a: x", `{"A":"x"} {"a ":"x"} {"a":"x"}`, "3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, hits(t, tree(t, tt.detection), match.Options{}, tt.events)); d != "" {
				t.Errorf("hits (-want +got):\n%s", d)
			}
		})
	}
}

func TestKeywordFields(t *testing.T) {
	events := `{"a":"foo"} {"b":"foo"} {"c":["x","A FOO"]}`
	got := hits(t, tree(t, "s: [foo]"), match.Options{KeywordFields: []string{"b", "c"}}, events)
	if d := cmp.Diff("23", got); d != "" {
		t.Errorf("hits (-want +got):\n%s", d)
	}
}

func TestErrors(t *testing.T) {
	number := sigma.Number{Text: "1"}
	tests := []struct {
		name  string
		field string
		value sigma.Value
		want  string
	}{
		{"look-ahead", "f", sigma.Regex{Pattern: "a(?=b)"}, "invalid or unsupported Perl syntax"},
		{"back reference", "f", sigma.Regex{Pattern: `(a)\1`}, "invalid escape sequence"},
		{"possessive", "f", sigma.Regex{Pattern: `a++`}, "invalid nested repetition"},
		{"placeholder in an expression", "f", sigma.Regex{Pattern: "%x%", Expand: true}, "%x%"},
		{"placeholder", "f", sigma.String{Parts: []sigma.Part{{Kind: sigma.Placeholder, Text: "x"}}}, "%x%"},
		{"network", "f", sigma.CIDR{Network: "x"}, "network"},
		{"operator", "f", sigma.Compare{Op: "!", Value: number}, "operator"},
		{"comparison with a text", "f", sigma.Compare{Op: "<", Value: sigma.String{}}, "comparison"},
		{"expansion", "f", sigma.Expansion{number}, "no meaning"},
		{"keyword network", "", sigma.CIDR{Network: "10.0.0.0/8"}, "without a field"},
		{"keyword null", "", sigma.Null{}, "without a field"},
		{"keyword placeholder", "", sigma.String{Parts: []sigma.Part{{Kind: sigma.Placeholder, Text: "x"}}}, "%x%"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := diag.NewFile("r.yml", []byte("\nab"))
			leaf := &query.Match{Field: tt.field, Value: tt.value, Span: diag.Span{File: f, Start: 2, End: 3}}
			for _, root := range []query.Node{leaf, &query.Not{Kid: leaf}, &query.And{Kids: []query.Node{leaf}}, &query.Or{Kids: []query.Node{leaf}}} {
				_, err := match.Match(query.Tree{Root: root}, match.Event{})
				if _, ok := errors.AsType[*match.Error](err); !ok {
					t.Fatalf("want a match.Error, got %v", err)
				}
				if !strings.HasPrefix(err.Error(), "r.yml:2:2: ") || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("want %q with its place, got %q", tt.want, err)
				}
			}
		})
	}
	if _, err := match.Match(query.Tree{}, match.Event{}); err == nil {
		t.Error("a tree without a root has a meaning")
	}
}
