package querystring_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

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
func FuzzValueStaysInside(f *testing.F) {
	for i, s := range nasty() {
		f.Add(s, nasty()[(i*7+3)%len(nasty())], i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, value, field string, wildcards bool) {
		v := plain(value)
		if wildcards {
			v = wild(value)
		}
		other := match("o", plain("1"))
		for _, c := range []querystring.Case{querystring.Insensitive, querystring.AsWritten} {
			opt := querystring.Options{Case: c, KeywordFields: []string{"m"}}
			root := or(other, match(field, v), match(field, v), not(and(match(field, v), other)), other)
			q, ds := querystring.Render(query.Tree{Root: root}, opt)
			if len(ds) > 0 {
				continue
			}
			got := lex(t, q.Text)
			if got.leaves != 6 || got.nots != 1 {
				t.Fatalf("want 6 questions and one NOT, got %d and %d\n%s", got.leaves, got.nots, q.Text)
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
		once, ds := querystring.Render(query.Tree{Root: match("f", wild(value))}, querystring.Options{})
		twice, ds2 := querystring.Render(query.Tree{Root: not(not(match("f", wild(value))))}, querystring.Options{})
		if d := cmp.Diff(codes(ds), codes(ds2)); d != "" {
			t.Fatalf("refusals differ:\n%s", d)
		}
		if len(ds) == 0 && twice.Text != "NOT (NOT "+once.Text+")" {
			t.Fatalf("want NOT (NOT %s), got %s", once.Text, twice.Text)
		}
	})
}
