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
	"github.com/sigwatch/sigwatch/sigma/query"
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
	v := evaluator{fold: anyCase, keywords: keywordFields()}
	for name, g := range goldens(t) {
		t.Run(name, func(t *testing.T) {
			var got []int
			for i, doc := range g.docs {
				e, err := parseEvent(doc)
				if err != nil {
					t.Fatal(err)
				}
				if v.holds(g.tree.Root, e) {
					got = append(got, i+1)
				}
			}
			if d := cmp.Diff(g.hits, got); d != "" {
				t.Errorf("hits (-want +got):\n%s", d)
			}
		})
	}
}

// TestGoldenHits runs the goldens on a real server, on keyword and on
// lower-cased keyword fields. As written, a query is right on the latter only.
func TestGoldenHits(t *testing.T) {
	n := realNode(t)
	all := goldens(t)
	var docs []string
	first := map[string]int{} // golden → number of its first document
	for _, name := range slices.Sorted(maps.Keys(all)) {
		first[name] = len(docs)
		docs = append(docs, all[name].docs...)
	}
	for _, m := range []mapping{keywordMapping(), loweredMapping()} {
		index := "sigwatch-golden-" + m.name
		n.index(index, m, docs)
		for name, g := range all {
			for section, c := range sections() {
				if !g.has(section) || c == querystring.AsWritten && m == keywordMapping() {
					continue
				}
				t.Run(m.name+"/"+section+"/"+name, func(t *testing.T) {
					text := g.text(t, c)
					got := node{t, n.url}.search(index, []string{text})[0]
					hits := got.among(first[name], len(g.docs))
					if d := cmp.Diff(g.hits, hits); d != "" || got.err != "" {
						t.Errorf("%s\n%s\nhits (-want +got):\n%s", text, got.err, d)
					}
				})
			}
		}
	}
}

// among returns the hits among n documents after the first, counted from 1.
func (a answer) among(first, n int) []int {
	var out []int
	for id := range a.hits {
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
