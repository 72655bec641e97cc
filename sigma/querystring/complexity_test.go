package querystring_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/query/nodetest"
	"github.com/sigwatch/sigwatch/sigma/querystring"
)

// TestComplexPatternsOnNode tries patterns around the server's limit: it must
// take each one that was not refused. That the refusal is needed is shown by
// one that it does not take.
func TestComplexPatternsOnNode(t *testing.T) {
	n := nodetest.New(t)
	n.Index("qs-complex", nodetest.Keyword(), []string{`{"f":"x"}`})
	g := rand.New(rand.NewPCG(1, 2))
	var texts []string
	refused := 0
	for i := range 600 {
		value := sigma.Value(wild(knotty(g)))
		if i%3 == 0 {
			value = sigma.Regex{Pattern: knottyRegex(g)}
		}
		q, ds := querystring.Render(query.Tree{Root: ask("f", value)}, querystring.Options{})
		if len(ds) > 0 {
			refused++
			continue
		}
		texts = append(texts, q.Text)
	}
	for i, a := range n.Search("qs-complex", clauses(texts...)) {
		if a.Err != "" {
			t.Errorf("%s\n%.300s", texts[i], a.Err)
		}
	}
	t.Logf("%d patterns taken, %d refused before", len(texts), refused)
	if refused == 0 || len(texts) == 0 {
		t.Errorf("the patterns are not around the limit")
	}
	for _, text := range []string{"f:*a" + strings.Repeat("?", 14), "f:/.*a" + strings.Repeat(".", 14) + "/"} {
		if a := n.Search("qs-complex", clauses(text))[0]; !strings.Contains(a.Err, "too_complex") {
			t.Errorf("%s: want too complex, got %q", text, a.Err)
		}
	}
}

// knottyRegex makes expressions with counts and alternatives in them.
func knottyRegex(g *rand.Rand) string {
	var b strings.Builder
	for range 2 + g.IntN(4) {
		piece := []string{"a", "ab", "[a-z]", ".", `\d`, "(a|b.)", `\w`}[g.IntN(7)]
		b.WriteString(piece + []string{"", "+", "*", "{3,30}", "{1,200}", "?"}[g.IntN(6)])
	}
	return b.String()
}

// knotty makes patterns of few different characters, with stars and ? in them.
func knotty(g *rand.Rand) string {
	var b strings.Builder
	letters := []string{"a", "b", "1", "-"}[:1+g.IntN(4)]
	for range 5 + g.IntN(30) {
		switch g.IntN(12) {
		case 0:
			b.WriteByte('*')
		case 1, 2, 3, 4:
			b.WriteString(strings.Repeat("?", 1+g.IntN(6)))
		default:
			b.WriteString(letters[g.IntN(len(letters))])
		}
	}
	return "*" + b.String()
}

// TestComplexityIsBounded checks that the worst patterns are judged at once.
func TestComplexityIsBounded(t *testing.T) {
	patterns := []string{
		"*" + strings.Repeat("a?", 5000), "*" + strings.Repeat("?", 5000), strings.Repeat("*a?b", 2000),
		"*" + strings.Repeat("abcdefghij?", 500), "*" + strings.Repeat("a", 100_000),
	}
	for _, s := range patterns {
		start := time.Now()
		querystring.Render(query.Tree{Root: ask("f", wild(s))}, querystring.Options{})
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%.20s… took %v", s, took)
		} else {
			t.Logf("%.20s… took %v", s, took)
		}
	}
}
