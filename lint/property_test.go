package lint

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// gen makes random values and trees over a small alphabet.
type gen struct{ *rand.Rand }

func newGen(seed uint64) gen { return gen{rand.New(rand.NewPCG(seed, 1))} }

func pick[T any](g gen, of ...T) T { return of[g.IntN(len(of))] }

func (g gen) text() sigma.String {
	var b strings.Builder
	for range g.IntN(5) {
		b.WriteString(pick(g, "x", "x", "y", "X", "5", "*", "?", "ä", "Ä", `\*`, "\u212a"))
	}
	s := sigma.ParseString(b.String())
	s.Cased = g.IntN(5) == 0
	return s
}

func (g gen) value(field string) sigma.Value {
	if field == "" {
		return pick[sigma.Value](g, g.text(), g.text(), sigma.Number{Text: "5"}, sigma.Regex{Pattern: "x"})
	}
	n := pick(g, "5", "-1.5", "7")
	return pick[sigma.Value](
		g, g.text(), g.text(), g.text(), g.text(), sigma.Number{Text: n}, sigma.Null{}, sigma.Exists(g.IntN(2) == 0), sigma.Bool(true),
		sigma.Compare{Op: pick[sigma.Op](g, "<", "<=", ">", ">="), Value: sigma.Number{Text: n}},
		sigma.Compare{Op: pick[sigma.Op](g, "<", "<=", ">", ">="), Value: sigma.Number{Text: n}},
		sigma.Regex{Pattern: pick(g, "x", "^x$", "y")}, sigma.FieldRef{Field: pick(g, "a", "b")},
	)
}

func (g gen) tree(depth int) query.Node {
	if depth == 0 || g.IntN(4) == 0 {
		field := pick(g, "a", "a", "a", "b", "")
		return &query.Match{Field: field, Value: g.value(field)}
	}
	kids := make([]query.Node, 2+g.IntN(2))
	for i := range kids {
		kids[i] = g.tree(depth - 1)
	}
	switch g.IntN(5) {
	case 0, 1:
		return &query.And{Kids: kids}
	case 2:
		return &query.Or{Kids: kids}
	default:
		return &query.Not{Kid: kids[0]}
	}
}

// events are all events whose fields a and b have none, one or two of some
// values, and some random ones.
func events(g gen) []match.Event {
	values := []any{"", "x", "X", "xy", "yx", "y", "*", "5", json.Number("5"), json.Number("5.0"), json.Number("-1.5"), json.Number("8"), true, "ä", "xäx", "k", "\u212a"}
	lists := [][]any{nil}
	for _, v := range values {
		lists = append(lists, []any{v})
	}
	for range 12 {
		lists = append(lists, []any{pick(g, values...), pick(g, values...)})
	}
	out := make([]match.Event, 0, len(lists)*len(lists))
	for _, a := range lists {
		for _, b := range lists {
			out = append(out, match.NewEvent(map[string]any{"a": a, "b": b}))
		}
	}
	return out
}

// TestClaims holds what is said of a condition to the events: one that can
// never match matches none of them, one that always does matches all.
func TestClaims(t *testing.T) {
	g := newGen(1)
	all := events(g)
	never, always, empty, seldom := 0, 0, 0, 0
	for n := range 6000 {
		root := g.tree(1 + g.IntN(3))
		tree := query.Tree{Root: root}
		m, err := match.Compile(tree, match.Options{})
		if err != nil {
			t.Fatal(err)
		}
		a := &atoms{known: map[string]int{}}
		whole := a.formulate(root, false)
		isNever := newSolver(a).refuted([]*formula{whole})
		isAlways := newSolver(a).refuted([]*formula{a.formulate(root, true)})
		if got, want := whole.ask(func(l literal) bool { return l.neg }), m.Match(match.NewEvent(nil)); got != want {
			t.Fatalf("%d: the empty event: %v, and match says %v of %s", n, got, want, tree)
		}
		empty += count(whole.ask(func(l literal) bool { return l.neg }))
		hits := 0
		for _, e := range all {
			hits += count(m.Match(e))
		}
		if isNever && hits > 0 || isAlways && hits < len(all) {
			t.Fatalf("%d: never %v, always %v, but %d of %d events match %s", n, isNever, isAlways, hits, len(all), tree)
		}
		never, always = never+count(isNever), always+count(isAlways)
		seldom += count(!isNever && hits == 0)
	}
	t.Logf("%d never, %d always, %d match the empty event; %d match no event and were not found", never, always, empty, seldom)
	if never < 50 || always < 50 || empty < 500 {
		t.Errorf("%d never, %d always, %d empty: the test tries too little", never, always, empty)
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// TestPatterns holds what is said of two texts to words: what the narrower one
// matches the wider one does, and texts that are apart share no word.
func TestPatterns(t *testing.T) {
	g := newGen(2)
	words := []any{json.Number("5"), json.Number("55"), json.Number("5.0")}
	letters := []string{"x", "X", "y", "5", "ä", "Ä", "*", "k", "\u212a"}
	for _, a := range append(letters, "") {
		for _, b := range append(letters, "") {
			for _, c := range append(letters, "") {
				words = append(words, a+b+c)
			}
		}
	}
	within, separate := 0, 0
	for range 4000 {
		s, u := g.text(), g.text()
		p, okP := newPattern(s)
		q, okQ := newPattern(u)
		if !okP || !okQ {
			t.Fatal("there is a placeholder")
		}
		isWithin, isApart := p.within(&q), apart(p, q)
		within, separate = within+count(isWithin), separate+count(isApart)
		if !isWithin && !isApart {
			continue
		}
		one, other := matcher(t, s), matcher(t, u)
		for _, w := range words {
			e := match.NewEvent(map[string]any{"f": w})
			inP, inQ := one.Match(e), other.Match(e)
			if isWithin && inP && !inQ || isApart && inP && inQ {
				t.Fatalf("%v and %v: within %v, apart %v, but %q is in %v and %v", s, u, isWithin, isApart, fmt.Sprint(w), inP, inQ)
			}
		}
	}
	if within < 200 || separate < 300 {
		t.Errorf("%d within, %d apart: the test tries too little", within, separate)
	}
}

func matcher(t *testing.T, s sigma.String) *match.Matcher {
	t.Helper()
	m, err := match.Compile(query.Tree{Root: &query.Match{Field: "f", Value: s}}, match.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestMeaning holds the print of a meaning to the events: two trees with the
// same print match the same ones.
func TestMeaning(t *testing.T) {
	g := newGen(3)
	all := events(g)
	same := map[string]string{}
	met := 0
	for range 6000 {
		root := g.tree(g.IntN(3))
		m, err := match.Compile(query.Tree{Root: root}, match.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var hits strings.Builder
		for _, e := range all {
			fmt.Fprint(&hits, count(m.Match(e)))
		}
		key := meaning(root)
		if before, ok := same[key]; ok && before != hits.String() {
			t.Fatalf("%s stands for two meanings", key)
		} else if ok {
			met++
		}
		same[key] = hits.String()
	}
	if met < 500 {
		t.Errorf("only %d trees met their like", met)
	}
}

// A rule past the limits on work gets no claim, and soon.
func TestLimit(t *testing.T) {
	var kids []query.Node
	for i := range 3000 {
		kids = append(kids, &query.Or{Kids: []query.Node{
			&query.Match{Field: "a", Value: sigma.ParseString(fmt.Sprintf("*x%d*", i))},
			&query.Not{Kid: &query.Match{Field: "a", Value: sigma.ParseString(fmt.Sprintf("*y%d*", i))}},
		}})
	}
	a := &atoms{known: map[string]int{}}
	s := newSolver(a)
	if s.refuted([]*formula{a.formulate(&query.And{Kids: kids}, false)}) {
		t.Error("a condition that some events match is said to match none")
	}
	if s.left > -1 {
		t.Errorf("%d comparisons are left: the test is too small", s.left)
	}
}
