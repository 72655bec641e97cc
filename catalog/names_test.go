package catalog_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/catalog"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// pagesOf returns the names of the pages of rule files, in their order.
func pagesOf(files ...string) []string {
	var rules []*catalog.Rule
	for i, f := range files {
		document := 0
		for _, before := range files[:i] {
			if before == f {
				document++
			}
		}
		rules = append(rules, catalog.Describe(catalog.Input{Rule: &sigma.Rule{Title: "x", File: diag.NewFile(f, nil), Document: document}}))
	}
	catalog.New(rules, catalog.Others{})
	var out []string
	for _, r := range rules {
		out = append(out, r.Page)
	}
	return out
}

func TestPageNames(t *testing.T) {
	for _, c := range []struct{ files, want []string }{
		{[]string{"rules/a.yml", "rules/b.yaml", "rules/c.d.yml"}, []string{"a", "b", "c.d"}},
		{[]string{"rules/a.yml", "rules/a.yml", "rules/a.yml"}, []string{"a", "a_2", "a_3"}},
		{[]string{"r/linux/a.yml", "r/win/A.yml", "r/win/b.yml"}, []string{"linux_a", "win_A", "b"}},
		{[]string{"p/x/a.yml", "q/x/a.yml"}, []string{"p_x_a", "q_x_a"}},
		{[]string{"p/straße.yml", "q/STRASSE.yml"}, []string{"p_straße", "q_STRASSE"}},
		{[]string{"a.yml", "r/a.yml"}, []string{"a", "r_a"}},
		{[]string{"a.yml", "a.yaml"}, []string{"a-667999cc", "a-4d102939"}},
		{[]string{"r/con.yml", "r/Nul.x.yml", "r/com1.yml", "r/common.yml", "r/LPT¹.yml"}, []string{"_con", "_Nul.x", "_com1", "common", "LPT_"}},
		{[]string{"r/.yml", "r/...yml", "r/-a.yml", "r/a .yml", "r/a..yml"}, []string{"r_-5844dcfd", "r_..-01eed97f", "_a", "a_", "a"}},
		{[]string{"r/a\u202eb\x1b.yml", "r/a|b<c>.yml", `r/..\..\x.yml`, "r/\xff.yml", "r/ü(1).yml"}, []string{"a_b_", "a_b_c_", "__.._x", "_", "ü_1_"}},
	} {
		got := pagesOf(c.files...)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.files, diff)
		}
	}
}

// FuzzPageNames: names lie in the folder on every system, and no two are the
// same where capitals do not count.
func FuzzPageNames(f *testing.F) {
	f.Add("r/a.yml", "R/A.yml", "r/a.yaml")
	f.Add("r/..\\x.yml", "x/y/../../..", "con")
	f.Add("a_2.yml", "a.yml", "a.yml")
	f.Add("ﬁ.yml", "fi.yml", "b/ﬁ.yml")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		seen := map[string]bool{}
		for _, name := range pagesOf(a, b, c, c, strings.ToUpper(a)) {
			key := strings.ToLower(name)
			if seen[key] || !filepath.IsLocal(name+".md") || strings.HasPrefix(name, ".") || strings.ContainsAny(name, `/\:*?"<>|`) || len(name) > 200 || !utf8.ValidString(name) {
				t.Fatalf("%q %q %q: name %q", a, b, c, name)
			}
			seen[key] = true
		}
		var old catalog.OldNames
		taken := map[string]bool{}
		for _, file := range []string{a, b, c, "x/" + a, strings.ToUpper(b)} {
			name, ds := old.Name(diag.NewFile(file, nil))
			if key := strings.ToLower(name); taken[key] || !filepath.IsLocal(name) || strings.ContainsAny(name, `/\`) || len(ds) > 1 {
				t.Fatalf("%q: name %q, %v", file, name, ds)
			}
			taken[strings.ToLower(name)] = true
		}
	})
}

func TestOldNames(t *testing.T) {
	var names catalog.OldNames
	for _, c := range []struct{ file, want, message string }{
		{"rules/a.yml", "a.md", ""},
		{"rules/sub/b.c.yaml", "b.c.md", ""},
		{"rules/with blank & $(x).yml", "with blank & $(x).md", ""},
		{"rules/.hidden", ".hidden.md", ""},
		{"other/a.yml", "a-b098f1ac.md", "is taken by another rule"},
		{"other/A.yml", "A-f20dd6e1.md", "is taken by another rule"},
		{`rules/..\..\x.yml`, "", "would leave the folder"},
		{"rules/nul.yml", "_nul.md", "would leave the folder"},
		{"rules/ok\xff.yml", "ok_.md", "or is none"},
		{"rules/" + strings.Repeat("x", 300) + ".yml", "", "would leave the folder"},
	} {
		got, ds := names.Name(diag.NewFile(c.file, nil))
		said := fmt.Sprint(ds)
		if c.want != "" && got != c.want || c.message == "" != (len(ds) == 0) || !strings.Contains(said, c.message) || !filepath.IsLocal(got) || strings.Contains(got, `\`) || !utf8.ValidString(got) || len(got) > 255 {
			t.Errorf("%q: %q, %s", c.file, got, said)
		}
	}
}
