package lucene_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/lucene"
	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/query/nodetest"
)

// FuzzRegex checks that a translated expression, which has to match a whole
// value, matches the same values as the rule's own, which is searched in them,
// in both dialects. What is printed of Lucene's dialect means the same in Go's.
func FuzzRegex(f *testing.F) {
	for _, s := range []string{"a", "^a$", "a|^b|c$", `\ba\b`, `(^|,)x(\s|$)`, `(a|b)*c{2,}?`, `[^\]\-a-z"]`, `\S\W`, `.*a.{3,}`, "(?i)K\u212a", "(?m)^a$", "{,3}a", "a{0}", "(?s).", "[[:^alpha:]]", `[/\\]\\$`} {
		f.Add(s, uint8(0), "xa b\n")
		f.Add(s, uint8(7), "A,x")
	}
	g := nodetest.NewGenerator(3, nodetest.Keyword(), false)
	g.Documents(100)
	for range 300 {
		f.Add(g.Regex().Pattern, uint8(g.IntN(8)), g.Text())
	}
	f.Fuzz(func(t *testing.T, pattern string, flags uint8, value string) {
		v := sigma.Regex{Pattern: pattern, IgnoreCase: flags&1 > 0, MultiLine: flags&2 > 0, DotAll: flags&4 > 0}
		e, err := lucene.FromRegex(v)
		if err != nil {
			return
		}
		want := means(t, v, value)
		for _, d := range []lucene.Dialect{lucene.Clause, lucene.Slashes} {
			text := e.Text(d)
			if got := whole(t, text).MatchString(value); got != want {
				t.Errorf("%q in %q: want %v, got %v by %s", pattern, value, want, got, text)
			}
			if d == lucene.Slashes {
				staysInside(t, text)
			}
		}
		if e.Anything() && !want {
			t.Errorf("%q is said to match anything, but not %q", pattern, value)
		}
		if value == "" && e.Empty() != want {
			t.Errorf("%q: want %v for the empty text, got %v", pattern, want, !want)
		}
	})
}

// FuzzText does the same with texts and their wildcards.
func FuzzText(f *testing.F) {
	for _, s := range nodetest.Pool() {
		f.Add(s, s, false)
		f.Add("*"+s+"?", "x"+s+"y", true)
	}
	f.Fuzz(func(t *testing.T, text, value string, cased bool) {
		s := sigma.ParseString(text)
		s.Cased = cased
		e, err := lucene.FromText(s)
		if err != nil {
			return
		}
		want := means(t, s, value)
		for _, d := range []lucene.Dialect{lucene.Clause, lucene.Slashes} {
			printed := e.Text(d)
			if got := whole(t, printed).MatchString(value); got != want {
				t.Errorf("%q for %q: want %v, got %v by %s", text, value, want, got, printed)
			}
			if d == lucene.Slashes {
				staysInside(t, printed)
			}
		}
	})
}

func means(t *testing.T, v sigma.Value, value string) bool {
	t.Helper()
	got, err := match.Match(query.Tree{Root: &query.Match{Field: "f", Value: v}}, match.NewEvent(map[string]any{"f": value}))
	if err != nil {
		t.Fatalf("%v has an expression but no meaning: %v", v, err)
	}
	return got
}

func whole(t *testing.T, text string) *regexp.Regexp {
	t.Helper()
	re, err := regexp.Compile(`\A(?s:` + text + `)\z`)
	if err != nil {
		t.Skip(err) // counts past Go's limit
	}
	return re
}

// staysInside reads an expression as a query_string does, in which a slash
// without a backslash before it is the end.
func staysInside(t *testing.T, text string) {
	t.Helper()
	inner := strings.ReplaceAll(text, `\/`, "")
	if strings.Contains(inner, "/") || strings.HasSuffix(text, `\`) {
		t.Errorf("the expression ends too early, or not at all: %s", text)
	}
}
