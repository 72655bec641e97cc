package querydsl_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querydsl"
)

var update = flag.Bool("update", false, "rewrite the texts in testdata")

func sigmahq(tb testing.TB) string {
	tb.Helper()
	shared := os.Getenv("SIGWATCH_SHARED")
	if shared == "" {
		tb.Skip("SIGWATCH_SHARED is not set: the corpus of Sigma rules is not there")
	}
	return filepath.Join(shared, "corpus", "sigmahq")
}

// corpus returns the trees of all rules of the SigmaHQ corpus that resolve.
func corpus(tb testing.TB) (trees []query.Tree) {
	tb.Helper()
	root := sigmahq(tb)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yml" || strings.Contains(path, "regression_data") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rules, _ := sigma.Parse(diag.NewFile(filepath.ToSlash(path), data))
		for _, r := range rules {
			if tree, ds := query.Resolve(r, nil); len(ds) == 0 {
				trees = append(trees, tree)
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
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
	n := realNode(t)
	trees := corpus(t)
	n.index("sigwatch-dsl-corpus-objects", keywordType, []string{flatDocument(t, trees)})
	var texts []string
	long := 0
	for _, tree := range trees {
		q, ds := querydsl.Render(tree, querydsl.Options{KeywordFields: []string{"message"}})
		switch {
		case len(q.JSON) > 100_000:
			long++
		case len(ds) == 0:
			texts = append(texts, string(q.JSON))
		}
	}
	failed := 0
	for i, a := range n.search("sigwatch-dsl-corpus-objects", texts) {
		if a.err != "" {
			if failed++; failed < 10 {
				t.Errorf("%.600s\n%.800s", texts[i], a.err)
			}
		}
	}
	t.Logf("%d queries, %d refused by the server; %d too long to try", len(texts), failed, long)
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

// regression is a rule with the events of its regression test.
type regression struct {
	rule   *sigma.Rule
	path   string
	events []match.Event
}

func regressions(t *testing.T) []regression {
	t.Helper()
	root := sigmahq(t)
	var out []regression
	for _, tree := range corpus(t) {
		for _, a := range tree.Rule.Custom {
			if path, ok := a.Value.(string); ok && a.Key == "regression_tests_path" {
				out = append(out, regression{tree.Rule, path, ownEvents(t, root, path)})
			}
		}
	}
	return out
}

func ownEvents(t *testing.T, root, path string) []match.Event {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	var info struct {
		Tests []struct{ Path string } `yaml:"regression_tests_info"`
	}
	if err := yaml.Unmarshal(data, &info); err != nil {
		t.Fatal(err)
	}
	var out []match.Event
	for _, test := range info.Tests {
		data, err := os.ReadFile(filepath.Join(root, strings.TrimSuffix(test.Path, filepath.Ext(test.Path))+".json"))
		if err != nil {
			t.Fatal(err)
		}
		events, err := match.ParseEvents(data)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, events...)
	}
	return out
}

// TestRegressionOnNode asks every rule with a regression test of the events of
// all of them, on keyword and on lower-cased keyword fields: the server has to
// find what the tree means and nothing else. A rule that is refused is named.
func TestRegressionOnNode(t *testing.T) {
	n := realNode(t)
	all := regressions(t)
	var events []match.Event
	var docs []string
	for _, r := range all {
		for _, e := range r.events {
			data, err := e.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			events, docs = append(events, e), append(docs, string(data))
		}
	}
	for name, textType := range map[string]string{"keyword": keywordType, "lowered": loweredType} {
		t.Run(name, func(t *testing.T) {
			n := node{t, n.url}
			n.index("sigwatch-dsl-regression-"+name, textType, docs)
			var list []asked
			refused := 0
			for _, r := range all {
				tree, _ := query.Resolve(r.rule, nil)
				q, ds := querydsl.Render(tree, querydsl.Options{KeywordFields: []string{"message"}})
				if len(ds) > 0 {
					refused++
					t.Logf("refused: %s: %s: %s", r.path, ds[0].Code, ds[0].Message)
					continue
				}
				m, err := match.Compile(tree, match.Options{})
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, asked{tree, "dsl", string(q.JSON), m})
			}
			t.Logf("%d rules asked, %d refused", len(list), refused)
			compare(n, "sigwatch-dsl-regression-"+name, list, events)
		})
	}
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
