package querydsl_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/query/nodetest"
	"github.com/sigwatch/sigwatch/sigma/querydsl"
)

// TestLimitsOnNode tries queries at the limits: the server must take them.
func TestLimitsOnNode(t *testing.T) {
	n := nodetest.New(t)
	n.Index("sigwatch-dsl-limits", nodetest.Keyword(), []string{`{"f":"x","nest":{"f":"x"}}`})
	deep := query.Node(typed("nest.f", query.Field{Type: query.Keyword, Nested: "nest"}, number("1")))
	deep = and(question("f", number("3")), deep)
	for range 8 {
		deep = or(question("f", number("2")), and(question("f", number("3")), deep))
	}
	var fields, texts []query.Node
	for i := range 2500 {
		fields = append(fields, question("f"+strconv.Itoa(i), number("1")))
		texts = append(texts, not(question("f", plain("x"+strconv.Itoa(i)))))
	}
	var queries []string
	for _, node := range []query.Node{
		deep, &query.Or{Kids: fields}, &query.And{Kids: fields}, and(texts...), not(and(texts...)), and(append(texts, fields...)...),
		question("f", re("^"+strings.Repeat("a", 998))),
	} {
		queries = append(queries, render(t, node, querydsl.Options{}))
	}
	for i, a := range n.Search("sigwatch-dsl-limits", queries) {
		if a.Err != "" {
			t.Errorf("%.300s\n%.300s", queries[i], a.Err)
		}
	}
	if got := strings.Count(queries[0], `"bool"`); got < 16 {
		t.Errorf("want a query nested deeply, got %d levels", got)
	}
}

// TestComplexPatternsOnNode tries wildcards and expressions around the limit:
// the server must take each one that was not refused.
func TestComplexPatternsOnNode(t *testing.T) {
	n := nodetest.New(t)
	n.Index("sigwatch-dsl-complex", nodetest.Keyword(), []string{`{"f":"x"}`})
	g := rand.New(rand.NewPCG(1, 2))
	var queries []string
	refused, heavy := 0, 0
	for i := range 600 {
		value := question("f", wild(knotty(g, "*", "?")))
		if i%2 == 0 {
			value = question("f", re(knotty(g, ".*", ".")+"$"))
		}
		q, ds := querydsl.Render(query.Tree{Root: value}, querydsl.Options{})
		if len(ds) > 0 {
			refused++
			continue
		}
		if strings.Contains(string(q.JSON), "max_determinized_states") {
			heavy++
		}
		queries = append(queries, string(q.JSON))
	}
	for i, a := range n.Search("sigwatch-dsl-complex", queries) {
		if a.Err != "" {
			t.Errorf("%s\n%.300s", queries[i], a.Err)
		}
	}
	t.Logf("%d patterns taken, %d of them with more states; %d refused before", len(queries), heavy, refused)
	if refused == 0 || heavy == 0 {
		t.Errorf("the patterns are not around the limit")
	}
}

// knotty makes patterns of few different characters, with stars and ? in them.
func knotty(g *rand.Rand, star, one string) string {
	var b strings.Builder
	letters := []string{"a", "b", "1", "-"}[:1+g.IntN(4)]
	for range 5 + g.IntN(30) {
		switch g.IntN(12) {
		case 0:
			b.WriteString(star)
		case 1, 2, 3, 4:
			b.WriteString(strings.Repeat(one, 1+g.IntN(6)))
		default:
			b.WriteString(letters[g.IntN(len(letters))])
		}
	}
	return star + b.String()
}

// TestComplexityIsBounded checks that the worst patterns are judged at once.
func TestComplexityIsBounded(t *testing.T) {
	for _, v := range []query.Node{
		question("f", wild("*"+strings.Repeat("a?", 5000))), question("f", wild("*"+strings.Repeat("?", 5000))),
		question("f", wild(strings.Repeat("*a?b", 2000))), question("f", wild("*"+strings.Repeat("a", 100_000))),
		question("f", re("(a.{500}){1}(b.{400}c?){1}.*$")), question("f", re("(.*[a-z]{0,30}x){20}")), question("f", re("(((a?b?){9}){9}){9}$")),
	} {
		start := time.Now()
		querydsl.Render(query.Tree{Root: v}, querydsl.Options{})
		took := time.Since(start)
		t.Logf("%.40s… took %v", query.Tree{Root: v}, took)
		if took > 5*time.Second {
			t.Errorf("%.40s… took %v", query.Tree{Root: v}, took)
		}
	}
}
