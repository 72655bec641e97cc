package querydsl_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querydsl"
)

func TestRenderValues(t *testing.T) {
	tests := []struct {
		name string
		node query.Node
		want string
	}{
		{"letters", question("f", plain(`C:\a`)), `{"term":{"f":{"value":"C:\\a","case_insensitive":true}}}`},
		{"no letters", question("f", plain(`1-2`)), `{"term":{"f":{"value":"1-2"}}}`},
		{"empty (rule 35)", question("f", plain("")), `{"term":{"f":{"value":""}}}`},
		{"letters beyond ascii (rule 16)", question("f", plain("aü")), `{"regexp":{"f":{"value":"[aA][Üü]","flags":"NONE"}}}`},
		{"letters of one case", question("f", plain("日本")), `{"term":{"f":{"value":"日本"}}}`},
		{"boolean word", question("f", plain("true")), `{"term":{"f":{"value":"true"}}}`},
		{"address of version 6 (rule 16)", question("f", plain("fe80::1")), `{"term":{"f":{"value":"fe80::1"}}}`},
		{"wildcards", question("f", wild("*a?*")), `{"wildcard":{"f":{"value":"*a?*","case_insensitive":true}}}`},
		{"wildcards without letters", question("f", wild("1*")), `{"wildcard":{"f":{"value":"1*"}}}`},
		{"wildcards that are text (rule 14)", question("f", sigma.String{Parts: []sigma.Part{{Text: `*\?`}, {Kind: sigma.Any}}}), `{"wildcard":{"f":{"value":"\\*\\\\\\?*"}}}`},
		{"wildcards beyond ascii", question("f", wild("*ö?")), `{"regexp":{"f":{"value":".*[Öö].","flags":"NONE"}}}`},
		{"anything", question("f", wild("**")), `{"exists":{"field":"f"}}`},
		{"number", question("f", number("-1.5")), `{"term":{"f":{"value":"-1.5"}}}`},
		{"boolean", question("f", sigma.Bool(false)), `{"term":{"f":{"value":"false"}}}`},
		{"null", question("f", sigma.Null{}), `{"bool":{"must_not":[{"exists":{"field":"f"}}]}}`},
		{"not null", not(question("f", sigma.Null{})), `{"exists":{"field":"f"}}`},
		{"exists", question("f", sigma.Exists(true)), `{"exists":{"field":"f"}}`},
		{"exists not", question("f", sigma.Exists(false)), `{"bool":{"must_not":[{"exists":{"field":"f"}}]}}`},
		{"network", question("f", sigma.CIDR{Network: "10.0.0.0/8"}), `{"term":{"f":{"value":"10.0.0.0/8"}}}`},
		{"comparison", question("f", sigma.Compare{Op: ">=", Value: number("5")}), `{"range":{"f":{"gte":"5"}}}`},
		{"odd name", question(`a "b"*`, number("5")), `{"term":{"a \"b\"*":{"value":"5"}}}`},
		{"html is left alone", question("f", plain("<&>")), `{"term":{"f":{"value":"<&>"}}}`},
		{"keyword", question("", plain("foo bar")), `{"bool":{"should":[{"match_phrase":{"m":{"query":"foo bar"}}},{"match_phrase":{"n":{"query":"foo bar"}}}],"minimum_should_match":1}}`},
		{"keyword number", question("", number("5")), `{"bool":{"should":[{"match_phrase":{"m":{"query":"5"}}},{"wildcard":{"m":{"value":"*5*"}}},{"match_phrase":{"n":{"query":"5"}}},{"wildcard":{"n":{"value":"*5*"}}}],"minimum_should_match":1}}`},
		{"keyword of part of a word", question("", wild("foo*")), `{"bool":{"should":[{"match_phrase":{"m":{"query":"foo"}}},{"wildcard":{"m":{"value":"*foo*","case_insensitive":true}}},{"match_phrase":{"n":{"query":"foo"}}},{"wildcard":{"n":{"value":"*foo*","case_insensitive":true}}}],"minimum_should_match":1}}`},
		{"keyword with stars that say nothing", question("", wild("*/foo bar/*")), `{"bool":{"should":[{"match_phrase":{"m":{"query":"/foo bar/"}}},{"match_phrase":{"n":{"query":"/foo bar/"}}}],"minimum_should_match":1}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := render(t, tt.node, querydsl.Options{KeywordFields: []string{"m", "n"}})
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("query (-want +got):\n%s", d)
			}
		})
	}
}

// TestRenderNodes writes a clause {"term":{"x":{"value":"1"}}} as x.
func TestRenderNodes(t *testing.T) {
	one := func(f string) query.Node { return question(f, number("1")) }
	a, b, c, d := one("a"), one("b"), one("c"), one("d")
	tests := []struct {
		name string
		node query.Node
		want string
	}{
		{"and", and(a, b), `{"bool":{"must":[a,b]}}`},
		{"or", or(a, b), `{"bool":{"should":[a,b],"minimum_should_match":1}}`},
		{"not", not(a), `{"bool":{"must_not":[a]}}`},
		{"not not", not(not(a)), `a`},
		{"not not not", not(not(not(a))), `{"bool":{"must_not":[a]}}`},
		{"not or", not(or(a, b)), `{"bool":{"must_not":[a,b]}}`},
		{"not and", not(and(a, b)), `{"bool":{"must_not":[{"bool":{"must":[a,b]}}]}}`},
		{"and not", and(a, not(b), not(or(c, d))), `{"bool":{"must":[a],"must_not":[b,c,d]}}`},
		{"and not and", and(a, not(and(b, c))), `{"bool":{"must":[a],"must_not":[{"bool":{"must":[b,c]}}]}}`},
		{"only nots", and(not(a), not(b)), `{"bool":{"must_not":[a,b]}}`},
		{"not of only nots", not(and(not(a), not(b))), `{"bool":{"should":[a,b],"minimum_should_match":1}}`},
		{"or not", or(a, not(b)), `{"bool":{"should":[a,{"bool":{"must_not":[b]}}],"minimum_should_match":1}}`},
		{"and or", and(a, or(b, c)), `{"bool":{"must":[a,{"bool":{"should":[b,c],"minimum_should_match":1}}]}}`},
		{"or of ors", or(a, or(b, or(c, d))), `{"bool":{"should":[a,b,c,d],"minimum_should_match":1}}`},
		{"values of one field", or(a, question("a", number("2")), question("a", plain("-")), b), `{"bool":{"should":[{"terms":{"a":["1","2","-"]}},b],"minimum_should_match":1}}`},
		{"only values of one field", or(a, question("a", number("2"))), `{"terms":{"a":["1","2"]}}`},
		{"letters are no terms", or(a, question("a", plain("x"))), `{"bool":{"should":[a,{"term":{"a":{"value":"x","case_insensitive":true}}}],"minimum_should_match":1}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := render(t, tt.node, querydsl.Options{})
			for _, f := range []string{"a", "b", "c", "d"} {
				got = strings.ReplaceAll(got, `{"term":{"`+f+`":{"value":"1"}}}`, f)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("query (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRenderRegex(t *testing.T) {
	i := func(s string) sigma.Regex { return sigma.Regex{Pattern: s, IgnoreCase: true} }
	m := func(s string) sigma.Regex { return sigma.Regex{Pattern: s, MultiLine: true} }
	tests := []struct {
		name string
		re   sigma.Regex
		want string
	}{
		{"searched", re("a1"), `.*a1.*`},
		{"anchored", re(`^a1\z`), `a1`},
		{"dollar", re("^a$"), "a\n?"},
		{"dot", re("a.b"), ".*a[^\n]b.*"},
		{"dot, s", sigma.Regex{Pattern: "a.b", DotAll: true}, ".*a.b.*"},
		{"case", i("^ak1"), `[aA][kK]1.*`},
		{"case in the middle", re("^a(?i:b)"), `a[bB].*`},
		{"classes", re(`^\d\w\s\z`), "[0-9][0-9A-Z_a-z][\t-\r ]"},
		{"their opposites", re(`^\D\W\z`), "[^0-9][^0-9A-Z_a-z]"},
		{"negated class", re(`^[^\\/]\z`), `[^/\\]`},
		{"class over capital letters (rule 21)", re(`^[!-a]\z`), "[!-@A-Z\\[-a]"},
		{"lazy and groups", re(`^(?:ab+?)(?P<n>c*?)\z`), `ab+c*`},
		{"counts", re(`^(ab){2}(ab){1,2}(ab){3,}(ab)?\z`), `(ab){2}(ab){1,2}(ab){3,}(ab)?`},
		{"lucene's operators", re(`^a~b@c#d&e<1-2>"f"\z`), `a\~b\@c\#d\&e\<1-2\>\"f\"`},
		{"escapes", re(`^\.\/\-\\\[\x41\z`), `\.\/-\\\[A`},
		{"alternatives", re(`^(?:ab|cd|)\z`), `ab|cd|()`},
		{"alternatives inside", re(`^x(?:ab|cd)y\z`), `x(ab|cd)y`},
		{"anchor in one alternative", re(`^ab|cd`), `ab.*|.*cd.*`},
		{"start or a comma", re(`(^|,)x`), `(()|.*,)x.*`},
		{"end or a comma", re(`x(,|$)`), ".*x(,.*|\n?)"},
		{"anchor that may be missing", re(`(^a)?b`), `(a|.*)b.*`},
		{"stars at open ends say nothing", re(`.*\s*ab+.*`), `.*ab.*`},
		{"counts at open ends", re(`a{2,5}b{0,3}`), `(.*[^a])?a{2,}.*`},
		{"count at the open start", re(`(.){20,}b`), "(.*\n)?[^\n]{20,}b.*"},
		{"count of anything", sigma.Regex{Pattern: `.{20}`, DotAll: true}, ".{20,}.*"},
		{"word", re(`\bab\b`), `(.*[^0-9A-Z_a-z])?ab([^0-9A-Z_a-z].*)?`},
		{"word after the start", re(`^\bab`), `ab.*`},
		{"border of no word", re(`\b-a`), `.*[0-9A-Z_a-z]-a.*`},
		{"word in any case", i(`\bsk\b`), "(.*[^0-9A-Z_a-z])?[sS][kK]([^0-9A-Z_a-z].*)?"},
		{"word or not", re(`\b[aö]`), "(.*[^0-9A-Z_a-z])?a.*|.*[0-9A-Z_a-z]ö.*"},
		{"border of any character", re(`^a\b.\z`), "a[^\n0-9A-Z_a-z]"},
		{"border inside", re(`^a\b-\z`), `a-`},
		{"lines", m(`^a$`), "(.*\n)?a(\n.*)?"},
		{"lines at the ends", m(`\A^a$\z`), "a"},
		{"no text", re("^$"), "\n?"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got struct {
				Regexp map[string]struct{ Value, Flags string }
			}
			if err := json.Unmarshal([]byte(render(t, question("f", tt.re), querydsl.Options{})), &got); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got.Regexp["f"].Value); d != "" || got.Regexp["f"].Flags != "NONE" {
				t.Errorf("flags %q, expression (-want +got):\n%s", got.Regexp["f"].Flags, d)
			}
		})
	}
	if got := render(t, question("f", re(".{1000,}")), querydsl.Options{}); strings.Contains(got, "max_determinized_states") {
		t.Errorf("a long run is no complex expression: %s", got)
	}
	if got := render(t, question("f", re("a.{11}$")), querydsl.Options{}); !strings.Contains(got, `"flags":"NONE","max_determinized_states":100000}`) {
		t.Errorf("a complex expression needs more states: %s", got)
	}
	for _, pattern := range []string{"", ".*", "a*", "(.*)"} {
		if got := render(t, question("f", re(pattern)), querydsl.Options{}); got != `{"exists":{"field":"f"}}` {
			t.Errorf("%q matches every value: want exists, got %s", pattern, got)
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	part := sigma.TimePart{Unit: "hour", Number: 1}
	hole := sigma.String{Parts: []sigma.Part{{Kind: sigma.Placeholder, Text: "p"}}}
	big := sigma.String{Parts: []sigma.Part{{Text: "aB"}}, Cased: true}
	deep := question("a", number("1"))
	nested := query.Node(deep)
	for range 20 {
		nested = or(deep, and(deep, nested))
	}
	tests := []struct {
		name string
		node query.Node
		want string
	}{
		{"no root", nil, "querydsl/empty"},
		{"fieldref of words", typed("f", query.Field{Type: query.Text}, sigma.FieldRef{Field: "g"}), "querydsl/fieldref"},
		{"fieldref of a number and a text", typed("f", query.Field{Type: query.Integer}, sigma.FieldRef{Field: "g"}), "querydsl/fieldref"},
		{"fieldref within objects", typed("o.f", query.Field{Type: query.Keyword, Nested: "o"}, sigma.FieldRef{Field: "g"}), "querydsl/fieldref"},
		{"part of a number", typed("f", query.Field{Type: query.Integer}, part), "querydsl/time-part"},
		{"comparison with one", typed("f", query.Field{Type: query.Keyword}, sigma.Compare{Op: "<", Value: part}), "querydsl/time-part"},
		{"whole value of words", typed("f", query.Field{Type: query.Text}, plain("a")), "querydsl/text-field"},
		{"expression on words", typed("f", query.Field{Type: query.Text}, re("a")), "querydsl/text-field"},
		{"cased, lower-cased", typed("f", query.Field{Type: query.Keyword, Lowercase: true}, big), "querydsl/cased"},
		{"cased, lower-cased in places", typed("f", query.Field{Type: query.Keyword, Mixed: true}, big), "querydsl/cased"},
		{"expression with a case, lower-cased", typed("f", query.Field{Type: query.Keyword, Lowercase: true}, re("a")), "querydsl/cased"},
		{"empty text of a wildcard field (rule 39)", typed("f", query.Field{Type: query.Wildcard}, plain("")), "querydsl/empty-text"},
		{"any character of a wildcard field (rule 39)", typed("f", query.Field{Type: query.Wildcard}, wild("?*")), "querydsl/empty-text"},
		{"expression of the empty text, wildcard field", typed("f", query.Field{Type: query.Wildcard}, re("^a?$")), "querydsl/empty-text"},
		{"number that is none", typed("f", query.Field{Type: query.Integer}, re("a")), "querydsl/unknown-value"},
		{"unknown comparison", question("f", sigma.Compare{Op: "!", Value: number("1")}), "querydsl/unknown-value"},
		{"cased", question("f", big), "querydsl/cased"},
		{"cased keyword", question("", big), "querydsl/cased"},
		{"placeholder", question("f", hole), "querydsl/placeholder"},
		{"placeholder in a keyword", question("", hole), "querydsl/placeholder"},
		{"placeholder in an expression", question("f", sigma.Regex{Pattern: "a%p%", Expand: true}), "querydsl/placeholder"},
		{"placeholder of an ip field", typed("f", query.Field{Type: query.IP}, hole), "querydsl/placeholder"},
		{"placeholder of a text field", typed("f", query.Field{Type: query.Text}, hole), "querydsl/placeholder"},
		{"bytes in a boolean field", or(typed("f", query.Field{Type: query.Boolean}, plain("\xff")), typed("f", query.Field{Type: query.Boolean}, plain("\xff"))), "querydsl/invalid-text"},
		{"bytes that are no text", question("f", plain("\xff")), "querydsl/invalid-text"},
		{"expression that is no text", question("f", re("\xff")), "querydsl/invalid-text"},
		{"star in a field asked for (rule 33)", question("p.*", sigma.Exists(true)), "querydsl/field-name"},
		{"star in a field not there", question("*", sigma.Null{}), "querydsl/field-name"},
		{"field that is no text", question("\xff", plain("a")), "querydsl/field-name"},
		{"fields that are no text", or(question("\xff", plain("1")), question("\xff", plain("2"))), "querydsl/field-name"},
		{"look-ahead", question("f", re("a(?=b)")), "querydsl/regex"},
		{"look-behind", question("f", re("(?<!a)b")), "querydsl/regex"},
		{"back reference", question("f", re(`(a)\1`)), "querydsl/regex"},
		{"possessive", question("f", re(`a++`)), "querydsl/regex"},
		{"not an expression", question("f", re(`(`)), "querydsl/regex"},
		{"anchor in the middle", question("f", re(`a^b`)), "querydsl/regex"},
		{"end in the middle", question("f", re(`a$b`)), "querydsl/regex"},
		{"repeated anchor", question("f", re(`(^a)+`)), "querydsl/regex"},
		{"unclear border", question("f", re(`a*\bb`)), "querydsl/regex"},
		{"border of nothing", question("f", re(`\b`)), "querydsl/regex"},
		{"border that is none", question("f", re(`a\bb`)), "querydsl/regex"},
		{"no border", question("f", re(`a\Bb`)), "querydsl/regex"},
		{"no border at an end", question("f", re(`\B`)), "querydsl/regex"},
		{"long expression (rule 22)", question("f", re(strings.Repeat("a", 997))), "querydsl/regexp-too-long"},
		{"long text beyond ascii", question("f", plain(strings.Repeat("ü", 251))), "querydsl/regexp-too-long"},
		{"complex wildcards", question("f", wild("*a"+strings.Repeat("?", 14))), "querydsl/pattern-too-complex"},
		{"complex expression", question("f", re(".*a.{14}$")), "querydsl/pattern-too-complex"},
		{"huge expression", question("f", re("^(?:(?:ab?){900}){1}(?:(?:ab?){900}){1}.*b.{20}x")), "querydsl/pattern-too-complex"},
		{"keyword with a wildcard inside", question("", wild("wget * http")), "querydsl/keyword-wildcard"},
		{"keyword with a character of any kind", question("", wild("socat?exec")), "querydsl/keyword-wildcard"},
		{"keyword without a word (rule 29)", question("", plain("={{")), "querydsl/keyword-no-word"},
		{"keyword null", question("", sigma.Null{}), "querydsl/keyword-value"},
		{"keyword expression", question("", re("a")), "querydsl/keyword-value"},
		{"expansion", question("f", sigma.Expansion{plain("a")}), "querydsl/unknown-value"},
		{"nesting (rule 38)", nested, "querydsl/too-deep"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, ds := querydsl.Render(query.Tree{Root: tt.node}, querydsl.Options{KeywordFields: []string{"m", "n"}})
			if d := cmp.Diff([]string{tt.want}, codes(ds)); d != "" {
				t.Errorf("codes (-want +got):\n%s", d)
			}
			if d := cmp.Diff(querydsl.Query{}, q); d != "" {
				t.Errorf("a query in spite of errors:\n%s", d)
			}
		})
	}
	if _, ds := querydsl.Render(query.Tree{Root: question("", plain("a"))}, querydsl.Options{}); len(ds) != 1 || ds[0].Code != "querydsl/no-keyword-fields" {
		t.Errorf("without keyword fields: %v", ds)
	}
}

func TestRenderReportsAllProblemsSorted(t *testing.T) {
	f := diag.NewFile("rule.yml", []byte("0123456789"))
	at := func(n int, v sigma.Value) query.Node {
		return &query.Match{Field: "f", Value: v, Span: diag.Span{File: f, Start: n, End: n + 1}}
	}
	_, ds := querydsl.Render(query.Tree{Root: or(
		at(5, re("(?=a)")), at(2, sigma.Expansion{}), at(2, sigma.Expansion{}), at(3, plain("a")),
	)}, querydsl.Options{})
	var got []string
	for _, d := range ds {
		got = append(got, strconv.Itoa(d.Span.Start)+" "+d.Code)
	}
	if d := cmp.Diff([]string{"2 querydsl/unknown-value", "5 querydsl/regex"}, got); d != "" {
		t.Errorf("diagnostics (-want +got):\n%s", d)
	}
}

// TestRenderGroupsManyClauses checks rule 36, and that no clause is lost.
func TestRenderGroupsManyClauses(t *testing.T) {
	var fields, nots, values []query.Node
	for i := range 2500 {
		fields = append(fields, question("f"+strconv.Itoa(i), number("1")))
		nots = append(nots, not(fields[i]))
		values = append(values, question("f", number(strconv.Itoa(i))))
	}
	for name, tt := range map[string]struct {
		node   query.Node
		leaves int
	}{
		"or": {&query.Or{Kids: fields}, 2500}, "and": {&query.And{Kids: fields}, 2500}, "not or": {not(&query.Or{Kids: fields}), 2500},
		"nots": {&query.And{Kids: nots}, 2500}, "both": {&query.And{Kids: append(nots, fields...)}, 5000},
		"not nots": {not(&query.And{Kids: nots}), 2500}, "values": {&query.Or{Kids: values}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var q any
			if err := json.Unmarshal([]byte(render(t, tt.node, querydsl.Options{})), &q); err != nil {
				t.Fatal(err)
			}
			if leaves := countClauses(t, q); leaves != tt.leaves {
				t.Errorf("want %d clauses, got %d", tt.leaves, leaves)
			}
		})
	}
}

// countClauses counts the leaves of a query and checks every bool in it.
func countClauses(t *testing.T, q any) int {
	t.Helper()
	inner, ok := q.(map[string]any)["bool"].(map[string]any)
	if !ok {
		return 1
	}
	n, leaves := 0, 0
	for _, kids := range inner {
		list, _ := kids.([]any)
		n += len(list)
		for _, kid := range list {
			leaves += countClauses(t, kid)
		}
	}
	if n > 1000 || n == 0 {
		t.Errorf("a bool of %d clauses", n)
	}
	return leaves
}

func TestRenderNotesAndFields(t *testing.T) {
	root := and(
		question("b", plain("true")), question("", plain("word")), question("a", sigma.CIDR{Network: "10.0.0.0/8"}),
		question("b", sigma.Compare{Op: "<", Value: number("5")}), question("message", re("x")),
	)
	q, _ := querydsl.Render(query.Tree{Root: root}, querydsl.Options{KeywordFields: []string{"message", "event.original"}})
	if d := cmp.Diff([]string{"b", "a", "message", "event.original"}, q.Fields); d != "" {
		t.Errorf("fields (-want +got):\n%s", d)
	}
	if len(q.Notes) != 5 {
		t.Errorf("want notes on plain values, keywords, networks, comparisons and expressions, got %q", q.Notes)
	}
	for _, quiet := range []query.Node{question("a", plain("x")), question("a", sigma.Regex{Pattern: "x", IgnoreCase: true}), question("a", re("1"))} {
		q, _ = querydsl.Render(query.Tree{Root: quiet}, querydsl.Options{})
		if d := cmp.Diff([]string{"a"}, q.Fields); d != "" || len(q.Notes) != 0 {
			t.Errorf("%v: notes %q, fields (-want +got):\n%s", quiet, q.Notes, d)
		}
	}
	var many []query.Node
	for range 1001 {
		many = append(many, question("a", wild("x*")))
	}
	if q, _ = querydsl.Render(query.Tree{Root: or(many...)}, querydsl.Options{}); len(q.Notes) != 1 {
		t.Errorf("1,001 patterns: want a note, got %q", q.Notes)
	}
}
