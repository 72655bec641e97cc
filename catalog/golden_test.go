package catalog_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/catalog"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

var update = flag.Bool("update", false, "write the pages of testdata/default")

// TestDefaultPages holds all pages of the two seed rules, a rule that was
// refused, and one that cannot be read, in the default layout.
func TestDefaultPages(t *testing.T) {
	var rules []*catalog.Rule
	for _, name := range []string{"seed-a", "seed-b", "other-tags"} {
		f := diag.NewFile("rules/"+name+".yml", read(t, filepath.Join("testdata", "atc", name, "rule.yml")))
		parsed := sigma.ParseFile(f)
		for _, r := range parsed.Rules {
			in := catalog.Input{
				Rule: r, Documents: 1, Found: parsed.Diagnostics,
				Query: catalog.Query{Target: "query_string", Heading: "Elasticsearch query", Language: "text", Text: "(event.code:\"11\" AND `quoted`)"},
				Watch: &catalog.Watch{
					ID: "soc-" + name, Schedule: "every 5m", Indices: []string{"winlogbeat-*", "logs-windows.*"},
					Actions: []string{"soc-mail"}, Text: "{\n  \"trigger\": {}\n}", Digest: "sha256:00",
				},
				Others: []catalog.Query{
					{Target: "splunk", Heading: "Splunk", Language: "text", Text: "event.code=\"11\"", Found: []diag.Diagnostic{{Code: "current/unmeasured", Message: "not measured"}}},
					{Target: "logpoint", Heading: "LogPoint", Language: "text", Text: "event.code=\"11\"", Found: []diag.Diagnostic{{Code: "current/unmeasured", Message: "not measured"}}},
					{Target: "grep", Heading: "grep", Language: "sh", Found: []diag.Diagnostic{{
						Span: r.Detection.Span, Severity: diag.Error, Code: "current/too-long", Message: "the command is too long", Hint: "search less",
					}}},
				},
			}
			if name == "other-tags" {
				in.Watch, in.Query.Text = nil, ""
				in.Found = append(in.Found, diag.Diagnostic{Span: r.Detection.Span, Severity: diag.Error, Code: "query/no-such", Message: "it is |refused|"})
			}
			rules = append(rules, catalog.Describe(in))
		}
	}
	f := diag.NewFile("rules/broken.yml", []byte("title: [\n"))
	rules = append(rules, catalog.Broken(f, sigma.Rejected{}, 1, sigma.ParseFile(f).Diagnostics))
	files := filesOf(rules...)
	for name, page := range files {
		file := filepath.Join("testdata", "default", filepath.FromSlash(name))
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(string(read(t, file)), page); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, dead := range deadLinks(files) {
		t.Errorf("dead link: %s", dead)
	}
}
