package querystring_test

import (
	"flag"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
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

var update = flag.Bool("update", false, "rewrite the queries of the goldens; never the hits")

func keywordFields() []string { return []string{"message", "event.original"} }

// golden is one case: a rule, its two queries, events, and the numbers of the
// events that the rule means.
type golden struct {
	path    string
	archive *archive
	tree    query.Tree
	docs    []string
	hits    []int
}

func goldens(t *testing.T) map[string]golden {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	out := map[string]golden{}
	for _, path := range paths {
		out[strings.TrimSuffix(filepath.Base(path), ".txtar")] = readGolden(t, path)
	}
	return out
}

func readGolden(t *testing.T, path string) golden {
	t.Helper()
	a, err := readArchive(path)
	if err != nil {
		t.Fatal(err)
	}
	g := golden{path: path, archive: a}
	rules, ds := sigma.Parse(diag.NewFile("rule.yml", []byte(g.part(t, "rule.yml"))))
	if diag.HasErrors(ds) || len(rules) != 1 {
		t.Fatalf("%s: %d rules, %v", path, len(rules), ds)
	}
	g.tree, ds = query.Resolve(rules[0], nil)
	if len(ds) > 0 {
		t.Fatalf("%s: %v", path, ds)
	}
	g.docs = strings.Split(strings.TrimSpace(g.part(t, "events.ndjson")), "\n")
	for word := range strings.FieldsSeq(g.part(t, "want.hits")) {
		n, err := strconv.Atoi(word)
		if err != nil {
			t.Fatalf("%s: want.hits: %v", path, err)
		}
		g.hits = append(g.hits, n)
	}
	return g
}

func (g golden) part(t *testing.T, name string) string {
	t.Helper()
	for _, f := range g.archive.files {
		if f.name == name {
			return f.text
		}
	}
	t.Fatalf("%s: no section %s", g.path, name)
	return ""
}

func (g golden) set(name, text string) {
	for i := range g.archive.files {
		if g.archive.files[i].name == name {
			g.archive.files[i].text = text
		}
	}
}

func sections() map[string]querystring.Case {
	return map[string]querystring.Case{"want.query": querystring.Insensitive, "want.as-written": querystring.AsWritten}
}

func (g golden) text(t *testing.T, c querystring.Case) string {
	t.Helper()
	q, ds := querystring.Render(g.tree, querystring.Options{Case: c, KeywordFields: keywordFields()})
	if len(ds) > 0 {
		t.Fatalf("refused: %v", codes(ds))
	}
	return q.Text
}

func TestGoldenQueries(t *testing.T) {
	for name, g := range goldens(t) {
		t.Run(name, func(t *testing.T) {
			for section, c := range sections() {
				if !g.has(section) {
					continue
				}
				got := g.text(t, c) + "\n"
				if *update {
					g.set(section, got)
				} else if d := cmp.Diff(g.part(t, section), got); d != "" {
					t.Errorf("%s (-want +got):\n%s", section, d)
				}
			}
			if *update {
				if err := g.archive.write(g.path); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestGoldenMeaning holds the goldens' hits against what the trees mean.
func TestGoldenMeaning(t *testing.T) {
	for name, g := range goldens(t) {
		t.Run(name, func(t *testing.T) {
			m, err := match.Compile(g.tree, match.Options{KeywordFields: keywordFields()})
			if err != nil {
				t.Fatal(err)
			}
			events, err := match.ParseEvents([]byte(strings.Join(g.docs, "\n")))
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for i, e := range events {
				if m.Match(e) {
					got = append(got, i+1)
				}
			}
			if d := cmp.Diff(g.hits, got); d != "" {
				t.Errorf("hits (-want +got):\n%s", d)
			}
		})
	}
}

// TestGoldenHits runs the goldens on a real server, on keyword, lower-cased
// keyword fields and texts with a keyword sub-field, with and without pinned
// types. As written, a query is right on lower-cased fields only.
func TestGoldenHits(t *testing.T) {
	n := nodetest.New(t)
	all := goldens(t)
	var docs []string
	first := map[string]int{} // golden → number of its first document
	for _, name := range slices.Sorted(maps.Keys(all)) {
		first[name] = len(docs)
		docs = append(docs, all[name].docs...)
	}
	for _, way := range []struct {
		name, section string
		mapping       nodetest.Mapping
		pinned        bool
	}{
		{"keyword", "want.query", nodetest.Keyword(), false},
		{"lowered", "want.query", nodetest.Lowered(), false},
		{"lowered as written", "want.as-written", nodetest.Lowered(), false},
		{"keyword pinned", "want.query", nodetest.Keyword(), true},
		{"lowered pinned", "want.query", nodetest.Lowered(), true},
		{"multi pinned", "want.query", nodetest.Multi(), true},
	} {
		index := "qs-golden-" + way.mapping.Name
		n.Index(index, way.mapping, docs)
		var names, texts []string
		for name, g := range all {
			tree, ok := g.tree, g.has(way.section)
			if way.pinned {
				typed, ds := nodetest.Typed(tree, way.mapping.Types(append(tree.Fields(), keywordFields()...)))
				tree, ok = typed, ok && len(ds) == 0
			}
			if ok && (way.mapping.Name != "multi" || !asksNumbers(tree)) {
				g.tree = tree
				names, texts = append(names, name), append(texts, g.text(t, sections()[way.section]))
			}
		}
		if len(names) < 30 {
			t.Errorf("%s: only %d goldens are asked", way.name, len(names))
		}
		for i, got := range n.Search(index, clauses(texts...)) {
			g := all[names[i]]
			hits := among(got, first[names[i]], len(g.docs))
			if d := cmp.Diff(g.hits, hits); d != "" || got.Err != "" {
				t.Errorf("%s, %s: %s\n%s\nhits (-want +got):\n%s", way.name, names[i], texts[i], got.Err, d)
			}
		}
	}
}

// asksNumbers reports whether a tree asks for what is indexed by its own type
// where texts have a sub-field.
func asksNumbers(t query.Tree) bool {
	found := false
	query.Walk(t.Root, func(m *query.Match) {
		switch m.Value.(type) {
		case sigma.Number, sigma.Bool:
			found = found || m.Field != ""
		}
	})
	return found
}

// among returns the hits among n documents after the first, counted from 1.
func among(a nodetest.Answer, first, n int) []int {
	var out []int
	for id := range a.Hits {
		if id > first && id <= first+n {
			out = append(out, id-first)
		}
	}
	slices.Sort(out)
	return out
}

func (g golden) has(name string) bool {
	return slices.ContainsFunc(g.archive.files, func(f section) bool { return f.name == name })
}
