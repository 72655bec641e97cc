package lint_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/lint"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// TestIndexed looks at rules with the types of their fields: a text field is
// said in each rule, a keyword field once for all of them.
func TestIndexed(t *testing.T) {
	types := query.NewTypes(map[string]query.Field{
		"text": {Type: query.Text}, "keyword": {Type: query.Keyword}, "wild": {Type: query.Wildcard},
	})
	const rule = `title: Rule %[1]d
status: test
level: low
logsource: {category: process_creation, product: windows}
detection:
  selection:
    text|endswith: [a%[1]d, b]
    text: c*
    keyword|contains: a%[1]d
    wild|contains: a
  condition: selection
`
	for rules, want := range map[int][]string{
		1:  {"rule1.yml:7 lint/leading-wildcard"},
		19: nil,
		20: {"rule1.yml:9 lint/keyword-scans"},
	} {
		var set lint.Set
		for n := range rules {
			f := diag.NewFile(fmt.Sprintf("rule%d.yml", n+1), fmt.Appendf(nil, rule, n+1))
			parsed := sigma.ParseFile(f)
			tree, ds := query.Resolve(parsed.Rules[0], types)
			if diag.HasErrors(ds) {
				t.Fatal(ds)
			}
			set.Add(lint.Check(sigma.LoadedFile{File: f, Parsed: parsed}, []query.Tree{tree}))
		}
		var got []string
		for _, d := range set.Finish() {
			if rules == 1 || d.Code == "lint/keyword-scans" {
				got = append(got, fmt.Sprintf("%s:%d %s", d.Span.File.Name, d.Position().Line, d.Code))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d rules (-want +got):\n%s", rules, diff)
		}
	}
}

// A rule that its filters take all of is said to match nothing.
func TestFiltered(t *testing.T) {
	parse := func(name, text string) sigma.Parsed {
		p := sigma.ParseFile(diag.NewFile(name, []byte(text)))
		if diag.HasErrors(p.Diagnostics) {
			t.Fatal(p.Diagnostics)
		}
		return p
	}
	const source = "logsource: {category: process_creation, product: windows}\n"
	rules := parse("rule.yml", "title: A\nstatus: test\nlevel: low\n"+source+"detection:\n  selection: {Image|endswith: \\a.exe}\n  condition: selection\n")
	filters := parse("filter.yml", "title: F\n"+source+"filter:\n  rules: any\n  selection: {Image|endswith: .exe}\n  condition: not selection\n")
	joined, ds := sigma.ApplyFilters(rules.Rules[0], filters.Filters)
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	tree, ds := query.Resolve(joined, nil)
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	part := lint.Check(sigma.LoadedFile{File: rules.Rules[0].File, Parsed: rules}, []query.Tree{tree})
	if len(part.Found) != 1 || part.Found[0].Code != "lint/never-matches" || part.Found[0].Hint != `look at the filter "F" in filter.yml` {
		t.Errorf("found %+v", part.Found)
	}
}
