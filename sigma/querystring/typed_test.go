package querystring_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/query/nodetest"
	"github.com/sigwatch/sigwatch/sigma/querystring"
)

func casedText(s string) sigma.String {
	v := wild(s)
	v.Cased = true
	return v
}

// pinned are fields named after how they are indexed.
func pinned(t testing.TB) *query.Types {
	t.Helper()
	types, ds := query.ParseTypes(diag.NewFile("fields.yaml", []byte(`
schema: sigwatch/fields/v1
fields:
  kw: keyword
  low: {type: keyword, normalizer: lowercase}
  mixed: {types: [keyword, {type: keyword, normalizer: lowercase}]}
  const: constant_keyword
  wild: wildcard
  multi: {type: text, keyword: .keyword, ignore_above: 256}
  full: {type: text, keyword: .keyword}
  text: text
  ip: ip
  long: long
  float: float
  date: date
  nanos: date_nanos
  bool: boolean
  other: {type: alias, path: multi}
  nest.kw: {type: keyword, nested: nest}
`)))
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	return types
}

// TestRenderTypes prints questions of pinned fields; where it is refused the
// code stands in place of the text.
func TestRenderTypes(t *testing.T) {
	re := func(s string) sigma.Value { return sigma.Regex{Pattern: s} }
	tests := []struct {
		name  string
		field string
		value sigma.Value
		want  string
	}{
		{"keyword", "kw", plain("aB1"), `kw:/[aA][bB]1/`},
		{"keyword, wildcards", "kw", wild("*a?"), `kw:/.*[aA]./`},
		{"keyword, true is a text as any other", "kw", plain("true"), `kw:/[tT][rR][uU][eE]/`},
		{"keyword, cased", "kw", casedText("aB"), `kw:"aB"`},
		{"keyword, cased wildcards", "kw", casedText("*aB?"), `kw:*aB?`},
		{"keyword, expression", "kw", re(`^a\d+"$`), "kw:/a[0-9]+\\\"\n?/"},
		{"keyword, any expression", "kw", re(`.*`), `_exists_:kw`},
		{"wildcard, an expression for the empty text too", "wild", re("^a?$"), "querystring/empty-text"},
		{"keyword, network", "kw", sigma.CIDR{Network: "10.0.0.0/30"}, `kw:/(::[fF][fF][fF][fF]:)?10\.0\.0\.[0-3]/`},
		{"lowered", "low", plain("aB1"), `low:"aB1"`},
		{"lowered, wildcards", "low", wild("*aB?"), `low:*aB?`},
		{"lowered, two small letters", "low", plain("Σ"), `low:/[Σςσ]/`},
		{"lowered, cased", "low", casedText("aB"), "querystring/cased"},
		{"lowered, cased without letters", "low", casedText("12"), `low:"12"`},
		{"lowered, expression", "low", re(`(?i)A[^b]`), `low:/.*[aA][^Bb].*/`},
		{"lowered, expression with a case", "low", re(`A[^b]`), "querystring/cased"},
		{"mixed, expression with a case", "mixed", re(`A[^b]`), "querystring/cased"},
		{"mixed", "mixed", plain("a"), `mixed:/[aA]/`},
		{"mixed, cased", "mixed", casedText("a"), "querystring/cased"},
		{"constant", "const", wild("1?2"), `const:/1.2/`},
		{"constant with a star", "const", plain("1*"), `const:/1\*/`},
		{"constant, plain", "const", plain("12"), `const:"12"`},
		{"wildcard", "wild", wild("*a"), `wild:/.*[aA]/`},
		{"wildcard, empty", "wild", plain(""), "querystring/empty-text"},
		{"wildcard, not empty", "wild", wild("?*"), "querystring/empty-text"},
		{"wildcard without letters", "wild", wild("1*"), `wild:1*`},
		{"sub-field", "multi", plain("a"), `multi.keyword:/[aA]/`},
		{"sub-field, there", "multi", sigma.Exists(true), `_exists_:multi`},
		{"sub-field, anything", "multi", wild("*"), `_exists_:multi`},
		{"sub-field by its own name", "multi.keyword", plain("a"), `multi.keyword:/[aA]/`},
		{"alias", "other", plain("a"), `multi.keyword:/[aA]/`},
		{"text", "text", plain("a"), "querystring/text-field"},
		{"text, number", "text", number("1"), "querystring/text-field"},
		{"text, expression", "text", re("a"), "querystring/text-field"},
		{"text, there", "text", sigma.Exists(true), `_exists_:text`},
		{"text, missing", "text", sigma.Null{}, `NOT _exists_:text`},
		{"address", "ip", plain("FE80::1"), `ip:"fe80::1"`},
		{"network", "ip", sigma.CIDR{Network: "10.0.0.0/8"}, `ip:"10.0.0.0/8"`},
		{"beginning of an address", "ip", wild("10.1.*"), `ip:"10.1.0.0/16"`},
		{"no address", "ip", plain("-"), "query/value-type"},
		{"whole number", "long", number("-5"), `long:"-5"`},
		{"whole number as a text", "long", plain("4688"), `long:"4688"`},
		{"comparison", "long", less("10"), `long:<10`},
		{"no whole number", "long", number("1.5"), "query/value-type"},
		{"number", "float", number("1.5"), `float:"1.5"`},
		{"time", "date", plain("2024-01-31T12:00:00+01:00"), `date:"2024-01-31T11:00:00.000Z"`},
		{"time to the nanosecond", "nanos", plain("2024-01-31t12:00:00z"), `nanos:"2024-01-31T12:00:00.000000000Z"`},
		{"milliseconds", "date", less("1700000000000"), `date:<1700000000000`},
		{"before milliseconds", "nanos", less("1700000000000"), `nanos:<1700000000000`},
		{"after milliseconds", "nanos", sigma.Compare{Op: ">", Value: number("1700000000000")}, "query/value-type"},
		{"up to milliseconds", "nanos", sigma.Compare{Op: "<=", Value: number("1700000000000")}, "query/value-type"},
		{"from milliseconds", "nanos", sigma.Compare{Op: ">=", Value: number("1700000000000")}, `nanos:>=1700000000000`},
		{"from the last year", "nanos", sigma.Compare{Op: ">=", Value: number("9214646400000")}, "query/value-type"},
		{"milliseconds to the nanosecond", "nanos", number("1700000000000"), `nanos:"2023-11-14T22:13:20.000000000Z"`},
		{"a year is no time", "date", number("2024"), "query/value-type"},
		{"true", "bool", plain("TRUE"), `bool:"true"`},
		{"neither true nor false", "bool", number("1"), "query/value-type"},
		{"nested", "nest.kw", plain("a"), "querystring/nested"},
		{"nested, missing", "nest.kw", sigma.Null{}, "querystring/nested"},
		{"not pinned", "new", plain("a"), `new:/[aA]/`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, c := range []querystring.Case{querystring.Insensitive, querystring.AsWritten} {
				got := asked(t, ask(tt.field, tt.value), querystring.Options{Case: c})
				if c == querystring.AsWritten && tt.field == "new" {
					continue
				}
				if d := cmp.Diff(tt.want, got); d != "" {
					t.Errorf("%q (-want +got):\n%s", c, d)
				}
			}
		})
	}
}

// asked is the text of a tree with pinned types, or the code of the refusal.
func asked(t testing.TB, n query.Node, opt querystring.Options) string {
	t.Helper()
	tree, ds := nodetest.Typed(query.Tree{Root: n}, pinned(t))
	tree.Types = pinned(t)
	var q querystring.Query
	if len(ds) == 0 {
		q, ds = querystring.Render(tree, opt)
	}
	if len(ds) > 0 {
		return strings.Join(codes(ds), " ")
	}
	return q.Text
}

func TestRenderKeywordsInTypes(t *testing.T) {
	tests := []struct {
		name, field string
		value       sigma.Value
		want        string
	}{
		{"keyword", "kw", plain("a b"), `kw:/.*[aA] [bB].*/`},
		{"keyword, wildcards inside", "kw", wild("a*b"), `kw:/.*[aA].*[bB].*/`},
		{"keyword without a word", "kw", plain("() {"), `kw:*\(\)\ \{*`},
		{"keyword, number", "kw", number("12"), `kw:*12*`},
		{"keyword, expression", "kw", sigma.Regex{Pattern: `a+\z`}, `kw:/.*a/`},
		{"keyword, cased", "kw", casedText("aB"), `kw:*aB*`},
		{"lowered", "low", plain("A b"), `low:*A\ b*`},
		{"wildcard", "wild", plain("a"), `wild:/.*[aA].*/`},
		{"sub-field with all values", "full", plain("a b"), `full.keyword:/.*[aA] [bB].*/`},
		{"sub-field without the long ones", "multi", plain("a b"), `(multi:"a b" OR multi.keyword:/.*[aA] [bB].*/)`},
		{"text", "text", plain("a b"), `text:"a b"`},
		{"text, word", "text", plain("a"), `text:("a" OR /.*[aA].*/)`},
		{"text, cased", "text", casedText("a"), "querystring/cased"},
		{"text, expression", "text", sigma.Regex{Pattern: "a"}, "querystring/keyword-value"},
		{"number field", "long", plain("a"), "querystring/keyword-field"},
		{"nested", "nest.kw", plain("a"), "querystring/nested"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := asked(t, ask("", tt.value), querystring.Options{KeywordFields: []string{tt.field}})
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("text (-want +got):\n%s", d)
			}
		})
	}
}

// TestRenderApproximates prints what nothing says exactly, where that is
// allowed, and says so.
func TestRenderApproximates(t *testing.T) {
	tests := []struct {
		name  string
		node  query.Node
		want  string
		exact bool
	}{
		{"text", ask("text", plain(`C:\a.exe`)), `text:"C:\\a.exe"`, false},
		{"text, contains", ask("text", wild("*ab*")), `text:/.*[aA][bB].*/`, false},
		{"text, words that may go on", ask("text", wild(`*ab cd ef*`)), `text:(" cd " AND /.*[aA][bB].*/ AND /.*[eE][fF].*/)`, false},
		{"text, beginning", ask("text", wild(`a b*`)), `text:("a " AND /.*[bB].*/)`, false},
		{"text, list", or(ask("text", plain("a")), ask("text", wild("b 1*2 c"))), `text:("a" OR ("b " AND " c" AND /.*1.*/ AND /.*2.*/))`, false},
		{"text, number", ask("text", number("12")), `text:"12"`, false},
		{"text without a word", ask("text", plain("-")), "querystring/text-field", false},
		{"text under not", not(ask("text", plain("a"))), "querystring/text-field", false},
		{"text under two of them", not(not(ask("text", plain("a")))), `NOT (NOT text:"a")`, false},
		{"text, expression", ask("text", sigma.Regex{Pattern: "a"}), "querystring/text-field", false},
		{"cased on a lowered field", ask("low", casedText("aB")), `low:"aB"`, false},
		{"cased on a lowered field under not", not(ask("low", casedText("aB"))), "querystring/cased", false},
		{"cased on an unknown field", ask("new", casedText("aB")), `new:/[aA][bB]/`, false},
		{"cased on a keyword field", ask("kw", casedText("aB")), `kw:"aB"`, true},
		{"keyword with a wildcard inside", ask("", wild("wget *.sh")), `text:/.*[wW][gG][eE][tT].*/`, false},
		{"keyword", ask("", plain("a b")), `text:"a b"`, true},
		{"expression with a case", ask("low", sigma.Regex{Pattern: "A1"}), `low:/.*[aA]1.*/`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opt := querystring.Options{AllowApproximate: true, KeywordFields: []string{"text"}}
			if d := cmp.Diff(tt.want, asked(t, tt.node, opt)); d != "" {
				t.Errorf("text (-want +got):\n%s", d)
			}
			tree, _ := nodetest.Typed(query.Tree{Root: tt.node}, pinned(t))
			tree.Types = pinned(t)
			q, ds := querystring.Render(tree, opt)
			if said := strings.Contains(strings.Join(q.Notes, "\n"), "approximate: "); q.Approximated == tt.exact || said == tt.exact {
				if len(ds) == 0 {
					t.Errorf("approximated %v, notes %q", q.Approximated, q.Notes)
				}
			}
		})
	}
}

func TestRenderNotesOfTypes(t *testing.T) {
	for name, tt := range map[string]struct {
		node query.Node
		want string
	}{
		"ignore_above":         {ask("multi", plain("a")), "ignore_above"},
		"case, unknown":        {ask("new", sigma.Regex{Pattern: "A"}), "demand a case"},
		"case does not matter": {ask("low", sigma.Regex{Pattern: "(?i)A"}), ""},
		"keyword":              {ask("kw", sigma.Regex{Pattern: "A"}), ""},
		"comparison":           {ask("long", less("1")), ""},
		"network":              {ask("ip", sigma.CIDR{Network: "10.0.0.0/8"}), ""},
	} {
		tree, _ := nodetest.Typed(query.Tree{Root: tt.node}, pinned(t))
		q, ds := querystring.Render(tree, querystring.Options{})
		if got := strings.Join(q.Notes, "; "); len(ds) > 0 || (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: want a note with %q, got %q, %v", name, tt.want, got, ds)
		}
	}
}
