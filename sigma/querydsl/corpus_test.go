package querydsl_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/query/nodetest"
	"github.com/sigwatch/sigwatch/sigma/querydsl"
)

var update = flag.Bool("update", false, "rewrite the texts in testdata")

// corpus returns the trees of all rules of the SigmaHQ corpus that resolve.
func corpus(tb testing.TB) (trees []query.Tree) {
	tb.Helper()
	for _, r := range nodetest.Rules(tb) {
		if tree, ds := query.Resolve(r, nil); len(ds) == 0 {
			trees = append(trees, tree)
		}
	}
	return trees
}

// TestCorpus renders every rule of the corpus, and counts the refused ones by
// code and message.
func TestCorpus(t *testing.T) {
	trees := corpus(t)
	reasons := map[string]int{}
	queries, longest := 0, 0
	for _, tree := range trees {
		q, ds := querydsl.Render(tree, querydsl.Options{KeywordFields: []string{"message"}})
		found := map[string]bool{}
		for _, d := range ds {
			found[d.Code+": "+d.Message] = true
			if !d.Span.IsValid() {
				t.Errorf("%s: %s has no place", tree.Rule.File.Name, d.Code)
			}
		}
		for reason := range found {
			reasons[reason]++
		}
		if len(ds) == 0 {
			queries++
			longest = max(longest, len(q.JSON))
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "resolved %d\n%d queries, the longest of %d bytes\n", len(trees), queries, longest)
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		fmt.Fprintf(&out, "  %d %s\n", reasons[reason], reason)
	}
	const path = "testdata/corpus.txt"
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), out.String()); d != "" {
		t.Errorf("counts (-want +got):\n%s", d)
	}
}

// TestCorpusOnNode asks a real server all queries of the corpus, on an index
// with every field as keyword: none may be refused. A query of more than
// 100,000 bytes is left out: two with thousands of patterns pass the memory
// that Elasticsearch 8.19 lends a request with a heap of 512 MB.
func TestCorpusOnNode(t *testing.T) {
	n := nodetest.New(t)
	trees := corpus(t)
	n.Index("sigwatch-dsl-corpus", nodetest.Keyword(), []string{flatDocument(t, trees)})
	var texts []string
	long, scripts := 0, 0
	for _, tree := range trees {
		q, ds := querydsl.Render(tree, querydsl.Options{KeywordFields: []string{"message"}})
		switch {
		case len(q.JSON) > 100_000:
			long++
		case strings.Contains(string(q.JSON), `{"script":`):
			scripts++ // which this server cannot run
		case len(ds) == 0:
			texts = append(texts, string(q.JSON))
		}
	}
	failed := 0
	for i, a := range n.Search("sigwatch-dsl-corpus", texts) {
		if a.Err != "" {
			if failed++; failed < 10 {
				t.Errorf("%.600s\n%.800s", texts[i], a.Err)
			}
		}
	}
	t.Logf("%d queries, %d refused by the server; %d too long to try, %d scripts", len(texts), failed, long, scripts)
}

// flatDocument has a text in every field, so that each is mapped; a field that
// is also the beginning of another's name is left out.
func flatDocument(t *testing.T, trees []query.Tree) string {
	t.Helper()
	doc := map[string]string{}
	for _, tree := range trees {
		for _, f := range tree.Fields() {
			doc[f] = "x"
		}
	}
	for f := range doc {
		for at, r := range f {
			if r == '.' {
				delete(doc, f[:at])
			}
		}
		if strings.HasSuffix(f, "_ip") || f == "message" {
			delete(doc, f)
		}
	}
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestRegressionOnNode asks every rule with a regression test of the events of
// all of them, on each way to index texts, with types and without: the server
// has to find what the tree means and nothing else, and each rule its own
// events. A rule that is refused is named.
func TestRegressionOnNode(t *testing.T) {
	n := nodetest.New(t)
	all := nodetest.Regressions(t)
	var events []match.Event
	var docs, fields []string
	own := map[string][]int{} // the ids of each test's events
	for _, r := range all {
		for _, e := range r.Events {
			events, docs = append(events, e), append(docs, nodetest.Document(t, e))
			own[r.Path] = append(own[r.Path], len(docs))
			fields = append(fields, e.Fields()...)
		}
	}
	tests := []struct {
		name        string
		mapping     nodetest.Mapping
		pinned      bool
		approximate bool
		found       int // at least
	}{
		{name: "keyword", mapping: nodetest.Keyword(), found: 132},
		{name: "lowered", mapping: nodetest.Lowered(), found: 132},
		{name: "keyword-pinned", mapping: nodetest.Keyword(), pinned: true, found: 132},
		{name: "lowered-pinned", mapping: nodetest.Lowered(), pinned: true, found: 130},
		{name: "lowered-approximate", mapping: nodetest.Lowered(), pinned: true, approximate: true, found: 130},
		{name: "multi-pinned", mapping: nodetest.Multi(), pinned: true, found: 132},
		{name: "text-pinned", mapping: nodetest.TextOnly(), pinned: true},
		{name: "text-approximate", mapping: nodetest.TextOnly(), pinned: true, approximate: true, found: 60},
		{name: "wildcard-pinned", mapping: nodetest.Wildcard(), pinned: true, found: 130},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, m := n.For(t), tt.mapping.AllTexts()
			if !n.Knows(m) {
				t.Skip("the server has no fields of this type")
			}
			opt := querydsl.Options{KeywordFields: []string{"message"}, AllowApproximate: tt.approximate}
			var types *query.Types
			if tt.pinned {
				types = m.Types(fields)
			}
			index := "sigwatch-dsl-regression-" + m.Name
			n.Index(index, m, docs)
			var asked []nodetest.Asked
			var paths []string
			for _, r := range all {
				q, ds := renderRule(r.Rule, types, opt)
				if len(ds) > 0 {
					t.Logf("refused: %s: %s: %s", r.Path, ds[0].Code, ds[0].Message)
					continue
				}
				if strings.Contains(string(q.JSON), `{"script":`) {
					t.Logf("a script, which this server cannot run: %s", r.Path)
					continue
				}
				tree, _ := query.Resolve(r.Rule, nil)
				asked = append(asked, nodetest.Asked{Tree: tree, Form: "dsl", Clause: string(q.JSON), More: q.Approximated})
				paths = append(paths, r.Path)
			}
			answers := nodetest.Ask(n, index, asked)
			found := 0
			for i, a := range answers {
				if slices.ContainsFunc(own[paths[i]], func(id int) bool { return a.Hits[id] }) {
					found++
				} else {
					t.Errorf("%s does not find its event: %s\n%s", paths[i], a.Err, asked[i].Clause)
				}
			}
			t.Logf("%d rules: %d found, %d refused or not run", len(all), found, len(all)-len(asked))
			if found < tt.found {
				t.Errorf("want at least %d rules to find their events", tt.found)
			}
			nodetest.Compare(t, asked, answers, events)
		})
	}
}

func renderRule(r *sigma.Rule, types *query.Types, opt querydsl.Options) (querydsl.Query, []diag.Diagnostic) {
	tree, ds := query.Resolve(r, types)
	if diag.HasErrors(ds) {
		return querydsl.Query{}, ds
	}
	return querydsl.Render(tree, opt)
}

func BenchmarkCorpus(b *testing.B) {
	trees := corpus(b)
	length := 0
	for b.Loop() {
		length = 0
		for _, tree := range trees {
			q, _ := querydsl.Render(tree, querydsl.Options{KeywordFields: []string{"message"}})
			length += len(q.JSON)
		}
	}
	b.SetBytes(int64(length))
}
