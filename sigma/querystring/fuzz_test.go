package querystring_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querystring"
)

func nasty() []string {
	return []string{
		"", `\`, `\\`, `"`, `a" OR b:"c`, `x/ OR y:/z`, `C:\`, `\/`, `a\/ OR b:/c`, "AND", "a OR b", "NOT x", "<5", ">=5",
		"* OR *", "a*b?c", "*\\", "?", "(", ")", "a) OR (b", "{{ctx}}", "[a TO b]", "~", "^2", "foo~2", "&&", "||", "!x", "-x", "+x",
		`\u`, `\u0041`, "C:\\users\\", "ü Ü ß ẞ σ", "\u3000", "a\u00a0b", "a\tb\nc\rd", "\x00", "\U0001F600", "#@&<1-9>\"", "_exists_:a", "true", "fe80::1",
	}
}

// FuzzValueStaysInside checks that no value and no field name changes the
// structure of the query around it: one question more or less, or another one.
// A value is a text, a text with wildcards, or a regular expression, in a field
// of any type.
func FuzzValueStaysInside(f *testing.F) {
	for i, s := range nasty() {
		for kind := range uint8(6) {
			f.Add(s, nasty()[(i*7+3)%len(nasty())], kind)
		}
	}
	for _, s := range []string{`a/ OR b:/c`, `[/]`, `\/`, `"`, `~(a)`, `@&<1-9>#`, `(?i)a/b\\`, `[^"\\]+/$`} {
		f.Add(s, "f", uint8(2))
	}
	f.Fuzz(func(t *testing.T, value, field string, kind uint8) {
		var v sigma.Value = plain(value)
		switch kind % 3 {
		case 1:
			v = wild(value)
		case 2:
			v = sigma.Regex{Pattern: value}
		}
		as := query.Field{}
		if kind/3%2 == 1 {
			as = []query.Field{
				{Type: query.Keyword},
				{Type: query.Keyword, Lowercase: true},
				{Type: query.Wildcard},
				{Type: query.Keyword, Constant: true},
				{Type: query.Keyword, Name: field + ".x"},
				{Type: query.Text},
			}[kind/6%6]
		}
		question := &query.Match{Field: field, As: as, Value: v}
		other := ask("o", plain("1"))
		for _, c := range []querystring.Case{querystring.Insensitive, querystring.AsWritten} {
			opt := querystring.Options{Case: c, KeywordFields: []string{"m"}}
			q, ds := querystring.Render(query.Tree{Root: or(other, question, question, not(and(question, other)), other)}, opt)
			if len(ds) > 0 {
				continue
			}
			got, alone := lex(t, q.Text), lex(t, render(t, question, opt))
			if got.leaves != 3+3*alone.leaves || got.nots != 1 || alone.leaves < 1 || alone.leaves > 1 && field != "" {
				t.Fatalf("want 3 questions, 3 times %d, and one NOT, got %d and %d\n%s", alone.leaves, got.leaves, got.nots, q.Text)
			}
		}
	})
}

// FuzzNotNot checks that a double negation asks the same questions, with two
// NOTs more, or with as many where the question is about absence.
func FuzzNotNot(f *testing.F) {
	for _, s := range nasty() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		once, ds := querystring.Render(query.Tree{Root: ask("f", wild(value))}, querystring.Options{})
		twice, ds2 := querystring.Render(query.Tree{Root: not(not(ask("f", wild(value))))}, querystring.Options{})
		if d := cmp.Diff(codes(ds), codes(ds2)); d != "" {
			t.Fatalf("refusals differ:\n%s", d)
		}
		if len(ds) == 0 && twice.Text != "NOT (NOT "+once.Text+")" {
			t.Fatalf("want NOT (NOT %s), got %s", once.Text, twice.Text)
		}
	})
}
