package query_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/condition"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// FuzzResolveCondition checks that any condition gives either a tree or
// errors, and that a selector takes the names that its pattern means.
func FuzzResolveCondition(f *testing.F) {
	for _, s := range []string{
		"a", "a and b", "a or not (b and sel_x)", "1 of sel_*", "all of them", "1 of _*", "not 1 of *_x", "nope", "1 of nope*",
		"1 of s*l*_*x", "1 of **", "all of *e*", "1 of _sel_z",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, problems := condition.Parse(text)
		if len(problems) > 0 || e == nil {
			return
		}
		r := &sigma.Rule{}
		r.Detection.Searches = abc()
		r.Detection.Conditions = []sigma.Condition{{Text: text, Expr: e}}
		tree, ds := query.Resolve(r, nil)
		if (tree.Root == nil) != (len(ds) > 0) {
			t.Fatalf("tree %v with %v", tree, ds)
		}
		if of, ok := e.(*condition.Of); ok {
			questions := 0
			query.Walk(tree.Root, func(*query.Match) { questions++ })
			if want := meant(of.Pattern); questions != want {
				t.Fatalf("%q: want %d detections, got %d: %s", text, want, questions, tree)
			}
		}
	})
}

// meant counts the detections of abc that a pattern means, another way.
func meant(pattern string) int {
	if pattern == "them" {
		pattern = "*"
	}
	re := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$")
	n := 0
	for _, s := range abc() {
		if re.MatchString(s.Name) && (pattern[0] == '_' || s.Name[0] != '_') {
			n++
		}
	}
	return n
}
