package querystring_test

import (
	"encoding/json"
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
	"github.com/sigwatch/sigwatch/sigma/querystring"
)

func forCorpus(c querystring.Case) querystring.Options {
	return querystring.Options{Case: c, KeywordFields: []string{"message"}}
}

// trees resolves all rules of the corpus, and counts what the rest was refused
// for.
func trees(tb testing.TB, rules []*sigma.Rule) (out []query.Tree, refused map[string]int) {
	tb.Helper()
	refused = map[string]int{}
	for _, r := range rules {
		tree, ds := query.Resolve(r, nil)
		if count(refused, ds) == 0 {
			out = append(out, tree)
		}
	}
	return out, refused
}

// count adds the codes of errors, each once.
func count(into map[string]int, ds []diag.Diagnostic) int {
	found := map[string]bool{}
	for _, d := range ds {
		if d.Severity == diag.Error {
			found[d.Code] = true
		}
	}
	for code := range found {
		into[code]++
	}
	return len(found)
}

// mainRules are the rules of the folder that a repository of rules is used for.
func mainRules(rules []*sigma.Rule) []*sigma.Rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r *sigma.Rule) bool {
		return !strings.Contains(r.File.Name, "/sigmahq/rules/")
	})
}

// TestCorpus renders every rule of the corpus, and counts the refused ones by
// code: a rule that is refused for two reasons counts for both.
func TestCorpus(t *testing.T) {
	all := nodetest.Rules(t)
	var out strings.Builder
	for _, set := range []struct {
		name  string
		rules []*sigma.Rule
	}{{"rules", mainRules(all)}, {"all", all}} {
		resolved, refused := trees(t, set.rules)
		fmt.Fprintf(&out, "%s: %d, resolved %d\n", set.name, len(set.rules), len(resolved))
		for _, c := range []querystring.Case{querystring.Insensitive, querystring.AsWritten} {
			writeCounts(t, &out, resolved, maps.Clone(refused), c)
		}
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

func writeCounts(t *testing.T, out *strings.Builder, trees []query.Tree, codes map[string]int, c querystring.Case) {
	t.Helper()
	texts, length := 0, 0
	for _, tree := range trees {
		q, ds := querystring.Render(tree, forCorpus(c))
		if count(codes, ds) > 0 {
			for _, d := range ds {
				if !d.Span.IsValid() {
					t.Errorf("%s: %s has no place", tree.Rule.File.Name, d.Code)
				}
			}
			continue
		}
		texts++
		length = max(length, len(q.Text))
		lex(t, q.Text)
	}
	fmt.Fprintf(out, "%s: %d queries, the longest of %d bytes\n", c, texts, length)
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		fmt.Fprintf(out, "  %s %d\n", code, codes[code])
	}
}

// TestCorpusOnNode asks a real server all queries of the corpus, on an index
// with every field as keyword: none may be refused. A query of more than
// 100,000 bytes is left out: the server takes it too, but for minutes.
func TestCorpusOnNode(t *testing.T) {
	n := nodetest.New(t)
	all, _ := trees(t, nodetest.Rules(t))
	doc := flatDocument(t, all)
	for c, m := range map[querystring.Case]nodetest.Mapping{
		querystring.Insensitive: nodetest.Keyword(), querystring.AsWritten: nodetest.Lowered(),
	} {
		index := "qs-corpus-" + m.Name
		n.Index(index, m, []string{doc})
		var texts []string
		long := 0
		for _, tree := range all {
			q, ds := querystring.Render(tree, forCorpus(c))
			switch {
			case len(q.Text) > 100_000:
				long++
			case len(ds) == 0:
				texts = append(texts, q.Text)
			}
		}
		failed := 0
		for i, a := range n.Search(index, clauses(texts...)) {
			if a.Err != "" {
				failed++
				t.Errorf("%s, %s: %.400s\n%.800s", m.Name, c, texts[i], a.Err)
			}
		}
		t.Logf("%s, %s: %d queries, %d refused by the server; %d too long to try", m.Name, c, len(texts), failed, long)
	}
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
		if slices.ContainsFunc([]string{"_ip", "_n", "_l", "_b", "_d"}, func(end string) bool { return strings.HasSuffix(f, end) }) {
			delete(doc, f)
		}
	}
	delete(doc, "message")
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// cell is one way to index and to ask the events of the regression tests.
type cell struct {
	name    string
	mapping nodetest.Mapping
	pinned  bool
	opt     querystring.Options
}

func cells() []cell {
	approximate := forCorpus("")
	approximate.AllowApproximate = true
	return []cell{
		{"keyword, unknown", nodetest.Keyword(), false, forCorpus("")},
		{"keyword, pinned", nodetest.Keyword(), true, forCorpus("")},
		{"lowered, unknown", nodetest.Lowered(), false, forCorpus("")},
		{"lowered, as written", nodetest.Lowered(), false, forCorpus(querystring.AsWritten)},
		{"lowered, pinned", nodetest.Lowered(), true, forCorpus("")},
		{"multi, pinned", nodetest.Multi(), true, forCorpus("")},
		{"text, pinned", nodetest.TextOnly(), true, forCorpus("")},
		{"text, pinned, approximate", nodetest.TextOnly(), true, approximate},
	}
}

// TestRegressionOnNode asks every rule with a regression test of the events of
// all of them: a rule is found where the server finds of its own events all
// that it means. None may be missed, and the counts are kept.
func TestRegressionOnNode(t *testing.T) {
	n := nodetest.New(t)
	all := nodetest.Regressions(t)
	var docs []string
	for _, r := range all {
		for _, e := range r.Events {
			docs = append(docs, withMessage(t, nodetest.Document(t, e)))
		}
	}
	var out strings.Builder
	for _, c := range cells() {
		index := "qs-regression-" + c.mapping.Name
		n.Index(index, c.mapping.AllTexts(), docs)
		counts := c.ask(t, n, index, all)
		fmt.Fprintf(&out, "%s: found %d, refused %d, missed %d\n", c.name, counts["found"], counts["refused"], counts["missed"])
	}
	t.Log("\n" + out.String())
	const path = "testdata/regression.txt"
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

// withMessage gives an event that has none the message that a shipper makes of
// it: its fields, a line each.
func withMessage(t *testing.T, doc string) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(doc), &fields); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		fmt.Fprintf(&b, "%s: %v\n", name, fields[name])
	}
	message, _ := json.Marshal(b.String())
	return strings.TrimSuffix(doc, "}") + `,"message":` + string(message) + "}"
}

func (c cell) ask(t *testing.T, n nodetest.Node, index string, all []nodetest.Regression) map[string]int {
	t.Helper()
	counts := map[string]int{}
	var texts []string
	var first, own []int // of each text: its first document, the number of its test
	documents := 0
	for i, r := range all {
		if text, ok := c.text(r); ok {
			texts, first, own = append(texts, text), append(first, documents), append(own, i)
		} else {
			counts["refused"]++
		}
		documents += len(r.Events)
	}
	for i, got := range n.Search(index, clauses(texts...)) {
		r := all[own[i]]
		if c.misses(t, r, first[i], got) {
			counts["missed"]++
			t.Errorf("%s: %s misses its own event\n%s\n%s", c.name, r.Path, texts[i], got.Err)
		} else {
			counts["found"]++
		}
	}
	return counts
}

// misses reports whether the server did not find an event that the rule means.
func (c cell) misses(t *testing.T, r nodetest.Regression, first int, got nodetest.Answer) bool {
	t.Helper()
	tree, _ := query.Resolve(r.Rule, nil)
	m, err := match.Compile(tree, match.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range r.Events {
		if m.Match(e) && !got.Hits[first+i+1] {
			return true
		}
	}
	return false
}

func (c cell) text(r nodetest.Regression) (string, bool) {
	tree, _ := query.Resolve(r.Rule, nil)
	if c.pinned {
		tree, _ = query.Resolve(r.Rule, c.mapping.Types(append(tree.Fields(), "message")))
	}
	if tree.Root == nil {
		return "", false
	}
	q, _ := querystring.Render(tree, c.opt)
	return q.Text, q.Text != ""
}

func BenchmarkCorpus(b *testing.B) {
	all, _ := trees(b, mainRules(nodetest.Rules(b)))
	b.ResetTimer()
	var length int
	for b.Loop() {
		length = 0
		for _, tree := range all {
			q, _ := querystring.Render(tree, forCorpus(""))
			length += len(q.Text)
		}
	}
	b.SetBytes(int64(length))
}

func BenchmarkResolve(b *testing.B) {
	rules := mainRules(nodetest.Rules(b))
	for b.Loop() {
		for _, r := range rules {
			query.Resolve(r, nil)
		}
	}
}

// BenchmarkResolveTyped has a type for every field.
func BenchmarkResolveTyped(b *testing.B) {
	rules := mainRules(nodetest.Rules(b))
	all, _ := trees(b, rules)
	types := map[string]query.Field{}
	for _, tree := range all {
		for _, f := range tree.Fields() {
			types[f] = query.Field{Type: query.Keyword}
		}
	}
	pinned := query.NewTypes(types)
	for b.Loop() {
		for _, r := range rules {
			query.Resolve(r, pinned)
		}
	}
}
