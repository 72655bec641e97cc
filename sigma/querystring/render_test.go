package querystring_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querystring"
)

func number(s string) sigma.Value { return sigma.Number{Text: s} }

func less(s string) sigma.Value {
	return sigma.Compare{Op: "<", Value: sigma.Number{Text: s}}
}

// TestRenderValues shows each kind of value in both cases of Case. The rules
// in the names are those of the measured behaviour of real servers.
func TestRenderValues(t *testing.T) {
	tests := []struct {
		name        string
		value       sigma.Value
		insensitive string
		asWritten   string // as insensitive where empty
	}{
		{"letters", plain("cmd.exe"), `f:/[cC][mM][dD]\.[eE][xX][eE]/`, `f:"cmd.exe"`},
		{"no letters", plain("4688"), `f:"4688"`, ""},
		{"quoted: backslash and quote (rules 2, 3)", plain(`1\2"3`), `f:"1\\2\"3"`, ""},
		{"quoted: nothing else (rule 2)", plain("< > && || / : ( )"), `f:"< > && || / : ( )"`, ""},
		{"range character in front (rule 5)", plain("<5"), `f:"<5"`, ""},
		{"literal wildcards (rule 1)", plain("*?"), `f:"*?"`, ""},
		{"words of the grammar (rule 8)", plain("AND"), `f:/[aA][nN][dD]/`, `f:"AND"`},
		{"a backslash and u (rule 3)", plain(`\u0041`), `f:/\\[uU]0041/`, `f:"\\u0041"`},
		{"blanks (rule 7)", plain("1\u30002\t3\n4"), "f:\"1\u30002\t3\n4\"", ""},
		{"empty (rule 29)", plain(""), `f:""`, ""},
		{"boolean word", plain("true"), `f:"true"`, ""},
		{"other spelling of it", plain("True"), `f:/[tT][rR][uU][eE]/`, `f:"True"`},
		{"address", plain("10.1.2.3"), `f:"10.1.2.3"`, ""},
		{"IPv6 address", plain("fe80::1"), `f:"fe80::1"`, ""},
		{"IPv6 address with a zone is text", plain("fe80::1%eth0"), `f:/[fF][eE]80::1%[eE][tT][hH]0/`, `f:"fe80::1%eth0"`},
		{"letters beyond ASCII", plain("Ü-σ-ſ"), `f:/[Üü]-[σΣς]-[ſSs]/`, `f:"Ü-σ-ſ"`},
		{"letters without case", plain("日本"), `f:"日本"`, ""},
		{"regexp operators (rule 19)", plain(`a.?+*|{}[]()"\#@&<>~^$/-`), `f:/[aA]\.\?\+\*\|\{\}\[\]\(\)\"\\\#\@\&\<\>\~\^\$\/-/`, `f:"a.?+*|{}[]()\"\\#@&<>~^$/-"`},
		{"backslash before the closing slash", plain(`C:\`), `f:/[cC]:[\\]/`, `f:"C:\\"`},
		{"two of them", plain(`C\\`), `f:/[cC]\\[\\]/`, `f:"C\\\\"`},
		{"only one of them", wild(`c*\`), `f:/[cC].*[\\]/`, `f:c*\\`},
		{"wildcards", wild(`*\cmd.???`), `f:/.*\\[cC][mM][dD]\..../`, `f:*\\cmd.???`},
		{"wildcards without letters", wild(`*\1 2:3*`), `f:*\\1\ 2\:3*`, ""},
		{"range character before a wildcard (rule 5)", wild(`<5*`), `f:\<5*`, ""},
		{"operators in a wildcard term (rules 4, 6)", wild("+-!(){}[]^\"~:/=&|<>*"), `f:\+\-\!\(\)\{\}\[\]\^\"\~\:\/\=\&\|\<\>*`, ""},
		{"blanks in a wildcard term", wild("1 2\t3\n4\r5\u30006*"), "f:1\\ 2\\\t3\\\n4\\\r5\\\u30006*", ""},
		{"word before a wildcard (rule 8)", wild("NOT?"), `f:/[nN][oO][tT]./`, `f:NOT?`},
		{"anything", wild("*"), `_exists_:f`, ""},
		{"anything, twice", wild("**"), `_exists_:f`, ""},
		{"one character or more", wild("?*"), `f:?*`, ""},
		{"number", number("4688"), `f:"4688"`, ""},
		{"negative (rule 25)", number("-1.5"), `f:"-1.5"`, ""},
		{"true", sigma.Bool(true), `f:"true"`, ""},
		{"false", sigma.Bool(false), `f:"false"`, ""},
		{"null", sigma.Null{}, `NOT _exists_:f`, ""},
		{"exists", sigma.Exists(true), `_exists_:f`, ""},
		{"not there", sigma.Exists(false), `NOT _exists_:f`, ""},
		{"network (rule 24)", sigma.CIDR{Network: "2001:db8::/32"}, `f:"2001:db8::/32"`, ""},
		{"comparison", less("10.5"), `f:<10.5`, ""},
		{"comparison with a negative", sigma.Compare{Op: ">=", Value: number("-1")}, `f:>=\-1`, ""},
		{"NUL", plain("1\x002"), "f:\"1\x002\"", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.asWritten == "" {
				tt.asWritten = tt.insensitive
			}
			for c, want := range map[querystring.Case]string{querystring.Insensitive: tt.insensitive, querystring.AsWritten: tt.asWritten, "": tt.insensitive} {
				got := render(t, match("f", tt.value), querystring.Options{Case: c})
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("%q (-want +got):\n%s", c, d)
				}
			}
		})
	}
}

func TestRenderNodes(t *testing.T) {
	one, two, three := match("a", number("1")), match("b", number("2")), match("c", number("3"))
	null := match("n", sigma.Null{})
	again := func(s string) query.Node { return match("a", number(s)) }
	tests := []struct {
		name string
		node query.Node
		want string
	}{
		{"and", and(one, two), `(a:"1" AND b:"2")`},
		{"or", or(one, two), `(a:"1" OR b:"2")`},
		{"nested (rule 11)", or(and(one, two), three), `((a:"1" AND b:"2") OR c:"3")`},
		{"not", not(one), `NOT a:"1"`},
		{"not of a group", not(or(one, two)), `NOT (a:"1" OR b:"2")`},
		{"not under and", and(one, not(two)), `(a:"1" AND NOT b:"2")`},
		{"not under or (rule 11)", or(one, not(two)), `(a:"1" OR (NOT b:"2"))`},
		{"not not (rule 12)", not(not(one)), `NOT (NOT a:"1")`},
		{"only nots (rule 12)", and(not(one), not(two)), `(NOT a:"1" AND NOT b:"2")`},
		{"null under and", and(one, null), `(a:"1" AND NOT _exists_:n)`},
		{"null under or", or(one, null), `(a:"1" OR (NOT _exists_:n))`},
		{"not null", and(one, not(null)), `(a:"1" AND _exists_:n)`},
		{"not not null", not(not(null)), `NOT _exists_:n`},
		{"not exists false under or", or(one, not(match("n", sigma.Exists(false)))), `(a:"1" OR _exists_:n)`},
		{"list", or(one, again("2"), again("3")), `a:("1" OR "2" OR "3")`},
		{"list beside another field", or(one, again("2"), two), `(a:("1" OR "2") OR b:"2")`},
		{"list under and", and(two, or(one, again("2"))), `(b:"2" AND a:("1" OR "2"))`},
		{"list under not", not(or(one, again("2"))), `NOT a:("1" OR "2")`},
		{"list under or not", or(two, not(or(one, again("2")))), `(b:"2" OR (NOT a:("1" OR "2")))`},
		{"null in a list", or(one, match("a", sigma.Null{}), again("3")), `(a:"1" OR (NOT _exists_:a) OR a:"3")`},
		{"anything in a list", or(one, match("a", wild("*"))), `(a:"1" OR _exists_:a)`},
		{"comparison in a list", or(one, match("a", less("5"))), `(a:"1" OR a:<5)`},
		{"all values", and(one, again("2")), `(a:"1" AND a:"2")`},
		{"group of one", or(and(one), two), `(a:"1" OR b:"2")`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, render(t, tt.node, querystring.Options{})); d != "" {
				t.Errorf("text (-want +got):\n%s", d)
			}
		})
	}
}

func TestRenderFieldNames(t *testing.T) {
	tests := map[string]string{
		"winlog.event_data.Image": "winlog.event_data.Image",
		"@timestamp":              "@timestamp",
		"cs-uri":                  "cs-uri",
		"-a":                      `\-a`,
		"a b:c(d)[e]{f}":          `a\ b\:c\(d\)\[e\]\{f\}`,
		`a/b\c"d?e`:               `a\/b\\c\"d\?e`,
		"+a!b&&c||d~e^f<g>h=i":    `\+a\!b\&\&c\|\|d\~e\^f\<g\>h\=i`,
		"AND":                     `\AND`,
		"a\tb\u3000c":             "a\\\tb\\\u3000c",
		`\u0041`:                  `\\u0041`,
		"Größe":                   "Größe",
	}
	for field, want := range tests {
		t.Run(field, func(t *testing.T) {
			got := []string{
				render(t, match(field, number("1")), querystring.Options{}),
				render(t, match(field, sigma.Exists(true)), querystring.Options{}),
				render(t, match(field, less("1")), querystring.Options{}),
			}
			if d := cmp.Diff([]string{want + `:"1"`, `_exists_:` + want, want + `:<1`}, got); d != "" {
				t.Errorf("text (-want +got):\n%s", d)
			}
		})
	}
}

func TestRenderKeywords(t *testing.T) {
	one := []string{"message"}
	two := []string{"message", "event.original"}
	kw := func(v sigma.Value) query.Node { return match("", v) }
	tests := []struct {
		name   string
		node   query.Node
		fields []string
		want   string
	}{
		{"phrase", kw(plain("Rm -rf /")), one, `message:"Rm -rf /"`},
		{"each field", kw(plain("a")), two, `(message:"a" OR event.original:"a")`},
		{"list", or(kw(plain("a")), kw(plain("b"))), one, `message:("a" OR "b")`},
		{"list in each field", or(kw(plain("a")), kw(plain("b"))), two, `(message:("a" OR "b") OR event.original:("a" OR "b"))`},
		{"list beside a field", or(kw(plain("a")), match("f", number("1"))), two, `((message:"a" OR event.original:"a") OR f:"1")`},
		{"all", and(kw(plain("a")), kw(plain("b"))), two, `((message:"a" OR event.original:"a") AND (message:"b" OR event.original:"b"))`},
		{"not", and(match("f", number("1")), not(kw(plain("a")))), two, `(f:"1" AND NOT (message:"a" OR event.original:"a"))`},
		{"not of one", or(match("f", number("1")), not(kw(plain("a")))), one, `(f:"1" OR (NOT message:"a"))`},
		{"number", kw(number("-4688")), one, `message:"-4688"`},
		{"stars at the ends of whole words", kw(wild("* /tmp/x *")), one, `message:" /tmp/x "`},
		{"one word with stars", kw(wild("*mimi*")), one, `message:*mimi*`},
		{"other scripts", kw(plain("日本")), one, `message:"日本"`},
		{"literal star", kw(plain("select * ")), one, `message:"select * "`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, c := range []querystring.Case{querystring.Insensitive, querystring.AsWritten} {
				got := render(t, tt.node, querystring.Options{Case: c, KeywordFields: tt.fields})
				if d := cmp.Diff(tt.want, got); d != "" {
					t.Errorf("%s (-want +got):\n%s", c, d)
				}
			}
		})
	}
}

func TestRenderRefuses(t *testing.T) {
	part := sigma.TimePart{Unit: "hour", Number: 3}
	cased := plain("a")
	cased.Cased = true
	casedStar := wild("*")
	casedStar.Cased = true
	hole := sigma.String{Parts: []sigma.Part{{Text: "a"}, {Kind: sigma.Placeholder, Text: "p"}}}
	tests := []struct {
		name string
		node query.Node
		want string
	}{
		{"no tree", nil, "querystring/empty"},
		{"regular expression", match("f", sigma.Regex{Pattern: "a+"}), "querystring/regex"},
		{"field reference", match("f", sigma.FieldRef{Field: "g"}), "querystring/fieldref"},
		{"part of a timestamp", match("f", part), "querystring/time-part"},
		{"comparison with one", match("f", sigma.Compare{Op: "<", Value: part}), "querystring/time-part"},
		{"cased", match("f", cased), "querystring/cased"},
		{"cased star", match("f", casedStar), "querystring/cased"},
		{"cased keyword", match("", cased), "querystring/cased"},
		{"placeholder", match("f", hole), "querystring/placeholder"},
		{"placeholder in a keyword", match("", hole), "querystring/placeholder"},
		{"placeholder under not", not(match("f", hole)), "querystring/placeholder"},
		{"bytes that are no text", match("f", plain("\xff\xfe")), "querystring/invalid-text"},
		{"star in a field (rule 33)", match("process.*", plain("1")), "querystring/field-name"},
		{"star in a field asked for", match("process.*", sigma.Exists(true)), "querystring/field-name"},
		{"star in a field not there", not(match("*", sigma.Null{})), "querystring/field-name"},
		{"operator as a field", match("_exists_", plain("1")), "querystring/field-name"},
		{"field that is no text", match("\xff", plain("1")), "querystring/field-name"},
		{"long expression (rule 22)", match("f", plain(strings.Repeat("a", 251))), "querystring/regexp-too-long"},
		{"too complex", match("f", wild("*a"+strings.Repeat("?", 14))), "querystring/wildcards-too-complex"},
		{"too complex without letters", match("f", wild("*1"+strings.Repeat("?", 14))), "querystring/wildcards-too-complex"},
		{"too complex by repetition", match("f", wild("*"+strings.Repeat("1", 1000))), "querystring/wildcards-too-complex"},
		{"keyword with a wildcard inside", match("", wild("wget * http")), "querystring/keyword-wildcard"},
		{"keyword with a star at a word", match("", wild("socat exec*")), "querystring/keyword-wildcard"},
		{"keyword with a star at a full stop", match("", wild("foo bar.*")), "querystring/keyword-wildcard"},
		{"keyword with a question mark", match("", wild("foo?")), "querystring/keyword-wildcard"},
		{"keyword without a word (rule 29)", match("", plain("={{")), "querystring/keyword-no-word"},
		{"keyword in letters that the server may not know", match("", plain("\u0560\U00017000")), "querystring/keyword-no-word"},
		{"empty keyword", match("", plain("")), "querystring/keyword-no-word"},
		{"any keyword", match("", wild("*")), "querystring/keyword-no-word"},
		{"keyword null", match("", sigma.Null{}), "querystring/keyword-value"},
		{"keyword null, negated", not(match("", sigma.Null{})), "querystring/keyword-value"},
		{"keyword network", match("", sigma.CIDR{Network: "10.0.0.0/8"}), "querystring/keyword-value"},
		{"keyword comparison", match("", less("1")), "querystring/keyword-value"},
		{"keyword expression", match("", sigma.Regex{Pattern: "a"}), "querystring/regex"},
		{"no value", match("f", nil), "querystring/unknown-value"},
		{"expansion", match("f", sigma.Expansion{plain("a")}), "querystring/unknown-value"},
		{"among others", or(match("f", plain("1")), match("f", part)), "querystring/time-part"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, c := range []querystring.Case{querystring.Insensitive, querystring.AsWritten} {
				q, ds := querystring.Render(query.Tree{Root: tt.node}, querystring.Options{Case: c, KeywordFields: []string{"m", "n"}})
				if c == querystring.AsWritten && tt.want == "querystring/regexp-too-long" {
					continue // there it is no expression
				}
				if d := cmp.Diff([]string{tt.want}, codes(ds)); d != "" {
					t.Errorf("%s: codes (-want +got):\n%s", c, d)
				}
				if d := cmp.Diff(querystring.Query{}, q); d != "" {
					t.Errorf("%s: a query in spite of errors:\n%s", c, d)
				}
			}
		})
	}
}

func TestRenderRefusesWithoutKeywordFields(t *testing.T) {
	_, ds := querystring.Render(query.Tree{Root: match("", plain("a"))}, querystring.Options{})
	if d := cmp.Diff([]string{"querystring/no-keyword-fields"}, codes(ds)); d != "" {
		t.Errorf("codes (-want +got):\n%s", d)
	}
}

func TestRenderReportsAllProblemsSorted(t *testing.T) {
	f := diag.NewFile("rule.yml", []byte("0123456789"))
	at := func(n int, v sigma.Value) query.Node {
		return &query.Match{Field: "f", Value: v, Span: diag.Span{File: f, Start: n, End: n + 1}}
	}
	_, ds := querystring.Render(query.Tree{Root: or(
		at(5, sigma.Regex{}), at(2, sigma.FieldRef{}), at(2, sigma.FieldRef{}), at(3, plain("a")),
	)}, querystring.Options{})
	var got []string
	for _, d := range ds {
		got = append(got, strconv.Itoa(d.Span.Start)+" "+d.Code)
	}
	if d := cmp.Diff([]string{"2 querystring/fieldref", "5 querystring/regex"}, got); d != "" {
		t.Errorf("diagnostics (-want +got):\n%s", d)
	}
}

func TestRenderExpressionLimit(t *testing.T) {
	// 249 letters at four characters each, and a character of two units.
	exact := plain(strings.Repeat("a", 249) + "1\U0001F6001")
	if got := len(render(t, match("f", exact), querystring.Options{})); got != len(`f://`)+1002 {
		t.Errorf("length of the longest expression: %d", got)
	}
	_, ds := querystring.Render(query.Tree{Root: match("f", exact)}, querystring.Options{MaxRegexp: 999})
	if d := cmp.Diff([]string{"querystring/regexp-too-long"}, codes(ds)); d != "" {
		t.Errorf("one less (-want +got):\n%s", d)
	}
}

func TestRenderGroupsManyClauses(t *testing.T) {
	var values, fields []query.Node
	for i := range 2500 {
		values = append(values, match("f", number(strconv.Itoa(i))))
		fields = append(fields, match("f"+strconv.Itoa(i), number("1")))
	}
	tests := map[string]query.Node{
		"values": &query.Or{Kids: values}, "or": &query.Or{Kids: fields}, "and": &query.And{Kids: fields},
	}
	for name, node := range tests {
		t.Run(name, func(t *testing.T) {
			q := lex(t, render(t, node, querystring.Options{}))
			if most := slices.Max(q.booleans); most > 1000 {
				t.Errorf("a boolean of %d clauses", most)
			}
			if q.leaves != 2500 {
				t.Errorf("want 2500 questions, got %d", q.leaves)
			}
		})
	}
}

func TestRenderNotesAndFields(t *testing.T) {
	root := and(
		match("b", plain("true")), match("", plain("word")), match("a", sigma.CIDR{Network: "10.0.0.0/8"}),
		match("b", less("5")), match("message", plain("x")),
	)
	opt := querystring.Options{KeywordFields: []string{"message", "event.original"}}
	q, _ := querystring.Render(query.Tree{Root: root}, opt)
	if d := cmp.Diff([]string{"b", "a", "message", "event.original"}, q.Fields); d != "" {
		t.Errorf("fields (-want +got):\n%s", d)
	}
	if len(q.Notes) != 4 {
		t.Errorf("want notes on plain values, keywords, networks and comparisons, got %q", q.Notes)
	}
	opt.Case = querystring.AsWritten
	q, _ = querystring.Render(query.Tree{Root: root}, opt)
	if len(q.Notes) != 4 || !strings.Contains(q.Notes[0], "case counts") {
		t.Errorf("as written: want the note on case first, got %q", q.Notes)
	}
	q, _ = querystring.Render(query.Tree{Root: match("a", plain("x"))}, opt)
	if d := cmp.Diff([]string{"a"}, q.Fields); d != "" || len(q.Notes) != 1 {
		t.Errorf("without keywords: notes %q, fields (-want +got):\n%s", q.Notes, d)
	}
}

func TestRenderNotesManyPatterns(t *testing.T) {
	patterns := func(n int) query.Node {
		var kids []query.Node
		for i := range n {
			kids = append(kids, match("f", plain("a"+strconv.Itoa(i))))
		}
		return or(kids...)
	}
	for n, want := range map[int]int{1000: 0, 1001: 1} {
		q, _ := querystring.Render(query.Tree{Root: patterns(n)}, querystring.Options{})
		if len(q.Notes) != want {
			t.Errorf("%d patterns: want %d notes, got %q", n, want, q.Notes)
		}
	}
}

// TestRenderExampleWatch is the query of the example of a whole watch.
func TestRenderExampleWatch(t *testing.T) {
	root := and(match("EventID", number("11")), match("Image", plain(`C:\WINDOWS\system32\wbem\scrcons.exe`)))
	want := map[querystring.Case]string{
		querystring.Insensitive: `(EventID:"11" AND Image:/[cC]:\\[wW][iI][nN][dD][oO][wW][sS]\\[sS][yY][sS][tT][eE][mM]32\\[wW][bB][eE][mM]\\[sS][cC][rR][cC][oO][nN][sS]\.[eE][xX][eE]/)`,
		querystring.AsWritten:   `(EventID:"11" AND Image:"C:\\WINDOWS\\system32\\wbem\\scrcons.exe")`,
	}
	for c, text := range want {
		if d := cmp.Diff(text, render(t, root, querystring.Options{Case: c})); d != "" {
			t.Errorf("%s (-want +got):\n%s", c, d)
		}
	}
}
