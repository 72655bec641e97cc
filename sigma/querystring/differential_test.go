package querystring_test

import (
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/lucene"
	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/query/nodetest"
	"github.com/sigwatch/sigwatch/sigma/querystring"
)

// differential is one way to index and to ask.
type differential struct {
	name    string
	mapping nodetest.Mapping
	pinned  bool
	opt     querystring.Options
	// meant is the tree whose meaning the answers have to be; it is not ok
	// where the question is not one that this way can answer.
	meant func(query.Tree) (query.Tree, bool)
}

func differentials() []differential {
	asWritten := querystring.Options{Case: querystring.AsWritten}
	return []differential{
		{name: "keyword", mapping: nodetest.Keyword()},
		{name: "lowered", mapping: nodetest.Lowered()},
		{name: "keyword, pinned", mapping: nodetest.Keyword(), pinned: true},
		{name: "lowered, pinned", mapping: nodetest.Lowered(), pinned: true},
		{name: "multi, pinned", mapping: nodetest.Multi(), pinned: true},
		{name: "wildcard, pinned", mapping: nodetest.Wildcard(), pinned: true},
		{name: "keyword, as written", mapping: nodetest.Keyword(), opt: asWritten, meant: inThatCase},
		{name: "lowered, as written", mapping: nodetest.Lowered(), opt: asWritten, meant: lowersAlike},
	}
}

// TestDifferential asks a real server random questions and compares what it
// finds with what the trees mean. SIGWATCH_DIFFERENTIAL is the number of
// questions a way, SIGWATCH_SEED another seed.
func TestDifferential(t *testing.T) {
	n := nodetest.New(t)
	queries, seed := nodetest.Number("SIGWATCH_DIFFERENTIAL", 600), nodetest.Number("SIGWATCH_SEED", 1)
	for _, way := range differentials() {
		t.Run(way.name, func(t *testing.T) {
			if !n.For(t).Knows(way.mapping) {
				t.Skip("the server does not know the mapping")
			}
			way.run(t, n.For(t), uint64(seed), queries)
		})
	}
}

func (way differential) run(t *testing.T, n nodetest.Node, seed uint64, queries int) {
	t.Helper()
	g := nodetest.NewGenerator(seed, way.mapping, way.pinned)
	docs := g.Documents(150)
	events, err := match.ParseEvents([]byte(strings.Join(docs, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	index := "qs-differential-" + way.mapping.Name
	n.Index(index, way.mapping, docs)
	var all []nodetest.Asked
	refused := map[string]int{}
	for len(all) < queries {
		meant, text, code := way.ask(g)
		if code != "" {
			refused[code]++
			continue
		}
		all = append(all, nodetest.Asked{Tree: meant, Form: text, Clause: nodetest.QueryString(text)})
	}
	hits, wrong := nodetest.Compare(t, all, nodetest.Ask(n, index, all), events)
	t.Logf("%d queries on %d documents: %d hits, %d differences; refused: %v", len(all), len(docs), hits, wrong, refused)
	if hits < len(all) {
		t.Errorf("only %d hits: the questions are too hard to prove anything", hits)
	}
}

// ask makes a question with its text, or says why it has none.
func (way differential) ask(g *nodetest.Generator) (meant query.Tree, text, code string) {
	tree := g.Tree()
	if meant = tree; way.meant != nil {
		var ok bool
		if meant, ok = way.meant(tree); !ok {
			return meant, "", "not asked"
		}
	}
	if way.pinned {
		typed, ds := nodetest.Typed(tree, way.mapping.Types(nodetest.Fields()))
		if len(ds) > 0 {
			return meant, "", ds[0].Code
		}
		tree = typed
	}
	q, ds := querystring.Render(tree, way.opt)
	if len(ds) > 0 {
		return meant, "", ds[0].Code
	}
	return meant, q.Text, ""
}

// inThatCase is the tree with texts that are compared with case.
func inThatCase(t query.Tree) (query.Tree, bool) {
	return query.Tree{Root: withCase(t.Root)}, true
}

func withCase(n query.Node) query.Node {
	all := func(kids []query.Node) []query.Node {
		out := make([]query.Node, len(kids))
		for i, kid := range kids {
			out[i] = withCase(kid)
		}
		return out
	}
	switch n := n.(type) {
	case *query.And:
		return &query.And{Kids: all(n.Kids)}
	case *query.Or:
		return &query.Or{Kids: all(n.Kids)}
	case *query.Not:
		return &query.Not{Kid: withCase(n.Kid)}
	case *query.Match:
		m := *n
		if s, ok := m.Value.(sigma.String); ok {
			s.Cased = true
			m.Value = s
		}
		return &m
	default:
		return n
	}
}

// lowersAlike takes the trees whose texts an index in small letters compares
// as they are meant: none with the two small letters of Σ.
func lowersAlike(t query.Tree) (query.Tree, bool) {
	ok := true
	query.Walk(t.Root, func(m *query.Match) {
		if s, text := m.Value.(sigma.String); text {
			ok = ok && lucene.LowersAlike(s)
		}
	})
	return t, ok
}
