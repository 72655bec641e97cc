package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/catalog"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// TestAmong: the page of a rule is the same whether it is made with all others
// or alone, and no page of another rule is made.
func TestAmong(t *testing.T) {
	rule := func(file, id, related string) *catalog.Rule {
		r := &sigma.Rule{ID: id, Title: "same", Tags: []string{"attack.t1047"}, File: diag.NewFile(file, nil)}
		if related != "" {
			r.Related = []sigma.Related{{ID: related, Type: "derived"}}
		}
		return catalog.Describe(catalog.Input{Rule: r, Documents: 1})
	}
	x, y, other := rule("r/x/a.yml", "1", ""), rule("r/y/a.yml", "2", "3"), rule("r/y/b.yml", "3", "")
	all := filesOf(x, y, other)
	for there, links := range map[bool]int{true: 1, false: 0} {
		one := catalog.New([]*catalog.Rule{rule("r/y/a.yml", "2", "3")}, catalog.Others{
			Rules: []*catalog.Rule{rule("r/x/a.yml", "1", ""), rule("r/y/b.yml", "3", "")},
			There: func(page string) bool { return there && page == "Detection_Rules/b.md" },
		})
		var names []string
		for _, f := range one.Files() {
			names = append(names, f.Path)
			if !strings.HasPrefix(f.Path, "Detection_Rules/") {
				continue
			}
			got := string(f.Text())
			if diff := cmp.Diff(all[f.Path], got); there && diff != "" {
				t.Errorf("%s (-with all +alone):\n%s", f.Path, diff)
			}
			if n := len(slices.DeleteFunc(linksOf([]byte(got)), func(l string) bool { return l != "b.md" })); n != links {
				t.Errorf("there %t: %d links to the other rule:\n%s", there, n, got)
			}
		}
		slices.Sort(names)
		want := []string{"Detection_Rules/y_a.md", "Tactics/none.md", "Triggers/T1047.md", "index.md"}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("files (-want +got):\n%s", diff)
		}
		if len(one.Rules) != 1 {
			t.Errorf("the catalogue has %d rules", len(one.Rules))
		}
	}
}
