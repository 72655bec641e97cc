package querydsl_test

import (
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"testing"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querydsl"
)

// FuzzRegex checks that a translated expression, which has to match a whole
// value, matches the same values as the rule's own, which is searched in them.
// What is printed of Lucene's dialect means the same in Go's.
func FuzzRegex(f *testing.F) {
	for _, s := range []string{"a", "^a$", "a|^b|c$", `\ba\b`, `(^|,)x(\s|$)`, `(a|b)*c{2,}?`, `[^\]\-a-z"]`, `\S\W`, `.*a.{3,}`, "(?i)K\u212a", "(?m)^a$", "{,3}a", "a{0}", "(?s).", "[[:^alpha:]]"} {
		f.Add(s, uint8(0), "xa b\n")
		f.Add(s, uint8(7), "A,x")
	}
	g := &generator{Rand: rand.New(rand.NewPCG(3, 3)), values: pool()}
	for range 300 {
		v := g.regex()
		f.Add(v.Pattern, uint8(g.IntN(8)), g.text())
	}
	f.Fuzz(func(t *testing.T, pattern string, flags uint8, value string) {
		v := sigma.Regex{Pattern: pattern, IgnoreCase: flags&1 > 0, MultiLine: flags&2 > 0, DotAll: flags&4 > 0}
		tree := query.Tree{Root: question("f", v)}
		q, ds := querydsl.Render(tree, querydsl.Options{})
		if len(ds) > 0 {
			return
		}
		m, err := match.Compile(tree, match.Options{})
		if err != nil {
			t.Fatalf("%q is printed but has no meaning: %v", pattern, err)
		}
		event := match.NewEvent(map[string]any{"f": value})
		if want, got := m.Match(event), holds(t, q.JSON, value); want != got {
			t.Errorf("%q in %q: want %v, got %v by %s", pattern, value, want, got, q.JSON)
		}
	})
}

// holds evaluates a regexp clause, or one that asks whether the field exists.
func holds(t *testing.T, clause []byte, value string) bool {
	t.Helper()
	var q struct {
		Regexp map[string]struct{ Value string }
		Exists struct{ Field string }
	}
	if err := json.Unmarshal(clause, &q); err != nil {
		t.Fatal(err)
	}
	if q.Exists.Field == "f" {
		return true
	}
	re, err := regexp.Compile(`\A(?s:` + q.Regexp["f"].Value + `)\z`)
	if err != nil {
		t.Skip(err) // counts past Go's limit
	}
	return re.MatchString(value)
}

// FuzzText checks that no text breaks out of its clause: it has to come back
// from the JSON as it went in, once the wildcards' escapes are taken off.
func FuzzText(f *testing.F) {
	for _, s := range pool() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		values := map[string]sigma.String{"plain": plain(text), "wild": {Parts: []sigma.Part{{Text: text + "*"}, {Kind: sigma.Any}}}}
		for name, s := range values {
			q, ds := querydsl.Render(query.Tree{Root: question("f", s)}, querydsl.Options{})
			if len(ds) > 0 {
				continue
			}
			var clause map[string]map[string]struct{ Value string }
			if err := json.Unmarshal(q.JSON, &clause); err != nil || len(clause) != 1 {
				t.Fatalf("%s: %v", q.JSON, err)
			}
			got := regexp.MustCompile(`\\([\\*?])`).ReplaceAllString(clause["wildcard"]["f"].Value, "$1")
			switch {
			case name == "plain" && clause["term"] != nil && clause["term"]["f"].Value != text:
				t.Errorf("want the text %q, got %s", text, q.JSON)
			case name == "wild" && clause["wildcard"] != nil && got != text+"**":
				t.Errorf("want the wildcards %q, got %s", text+"**", q.JSON)
			case clause["regexp"] != nil && !holds(t, q.JSON, text+map[string]string{"plain": "", "wild": "*x"}[name]):
				t.Errorf("%q does not hold for itself: %s", text, q.JSON)
			}
		}
	})
}
