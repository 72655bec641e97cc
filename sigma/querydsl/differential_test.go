package querydsl_test

import (
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/query/nodetest"
	"github.com/sigwatch/sigwatch/sigma/querydsl"
)

// TestDifferential asks a real server thousands of random questions and
// compares what it finds with what the trees mean, for each way to index texts,
// with types and without. SIGWATCH_DIFFERENTIAL is the number of queries,
// SIGWATCH_SEED another seed.
func TestDifferential(t *testing.T) {
	n := nodetest.New(t)
	tests := []struct {
		name    string
		mapping nodetest.Mapping
		pinned  bool
		// approximate queries may find more than is meant, never less.
		approximate bool
	}{
		{"keyword", nodetest.Keyword(), false, false},
		{"lowered", nodetest.Lowered(), false, false},
		{"keyword-pinned", nodetest.Keyword(), true, false},
		{"lowered-pinned", nodetest.Lowered(), true, false},
		{"lowered-approximate", nodetest.Lowered(), true, true},
		{"multi-pinned", nodetest.Multi(), true, false},
		{"text-pinned", nodetest.TextOnly(), true, false},
		{"text-approximate", nodetest.TextOnly(), true, true},
		{"wildcard-pinned", nodetest.Wildcard(), true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := n.For(t)
			if !n.Knows(tt.mapping) {
				t.Skip("the server has no fields of this type")
			}
			differential(t, n, tt.mapping, tt.pinned, tt.approximate)
		})
	}
}

func differential(t *testing.T, n nodetest.Node, m nodetest.Mapping, pinned, approximate bool) {
	t.Helper()
	g := nodetest.NewGenerator(uint64(nodetest.Number("SIGWATCH_SEED", 1)), m, pinned)
	docs := g.Documents(150)
	events, err := match.ParseEvents([]byte(strings.Join(docs, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	index := "sigwatch-dsl-" + m.Name
	n.Index(index, m, docs)
	var types *query.Types
	if pinned {
		types = m.Types(nodetest.Fields())
	}
	var asked []nodetest.Asked
	refused := map[string]int{}
	for range nodetest.Number("SIGWATCH_DIFFERENTIAL", 1500) {
		tree := g.Tree()
		typed, ds := nodetest.Typed(tree, types)
		if len(ds) > 0 {
			refused[ds[0].Code]++
			continue
		}
		q, ds := querydsl.Render(typed, querydsl.Options{AllowApproximate: approximate})
		if len(ds) > 0 {
			refused[ds[0].Code]++
			continue
		}
		asked = append(asked, nodetest.Asked{Tree: tree, Form: "dsl", Clause: string(q.JSON), More: q.Approximated})
	}
	hits, wrong := nodetest.Compare(t, asked, nodetest.Ask(n, index, asked), events)
	t.Logf("%d queries on %d documents: %d hits, %d differences; refused %v", len(asked), len(events), hits, wrong, refused)
	if hits < len(asked) {
		t.Errorf("only %d hits: the questions are too hard to prove anything", hits)
	}
}
