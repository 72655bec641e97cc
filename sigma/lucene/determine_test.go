package lucene

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/sigma"
)

// TestEffortIsExact compares the effort with the sets of states that are found
// one character at a time, for random patterns; some of their sets have more
// than 64 states, which all take other characters.
func TestEffortIsExact(t *testing.T) {
	random, large := rand.New(rand.NewPCG(3, 4)), 0
	for n := range 300 {
		pieces := []string{"a", "b", "[^a]", "ab", ".", ".*", "(a|b.)", "a*", "(.*b|a.*b|.b*a)", "[ab]{2,4}"}
		text := ""
		for range 1 + random.IntN(6) {
			text += pieces[random.IntN(len(pieces))]
		}
		switch n % 20 {
		case 0:
			text = strings.Repeat(".*a[^b]", 15+random.IntN(12)) + text
		case 1:
			text += "(" + many(60+random.IntN(10)) + ")" + pieces[random.IntN(len(pieces))]
		}
		e, err := FromRegex(sigma.Regex{Pattern: text})
		if err != nil {
			t.Fatal(err)
		}
		a := &automaton{}
		start := a.state()
		end := a.add(e.root, start)
		want, most := oneByOne(a, start, end)
		if most > 64 {
			large++
		}
		if got := a.effort(start, end, 1<<30); got != want && want < 100_000 {
			t.Errorf("%s: effort %d, want %d", text, got, want)
		}
	}
	if large == 0 {
		t.Error("no pattern has a set of more than 64 states")
	}
}

// many returns alternatives, each a character of its own.
func many(n int) string {
	out := "a"
	for i := range n {
		out += "|" + string(rune('一'+2*i)) + "b"[:i%2]
	}
	return out
}

// oneByOne returns the sizes of all sets of states added up, and the largest.
func oneByOne(a *automaton, start, end int) (sum, most int) {
	seen := map[string]bool{}
	work := [][]int{without(a, []int{start}, end)}
	for len(work) > 0 && sum < 100_000 {
		states := work[0]
		work = work[1:]
		key := fmt.Sprint(states)
		if len(states) == 0 || seen[key] {
			continue
		}
		seen[key] = true
		sum, most = sum+len(states), max(most, len(states))
		for _, r := range a.borders() {
			var next []int
			for _, s := range states {
				for i := 0; i < len(a.states[s].takes); i += 2 {
					if a.states[s].takes[i] <= r && r <= a.states[s].takes[i+1] {
						next = append(next, a.states[s].to)
					}
				}
			}
			work = append(work, without(a, next, end))
		}
	}
	return sum, most
}

// without goes on without a character, as far as that goes, and returns the
// states that take one, and the last.
func without(a *automaton, states []int, end int) []int {
	reached := map[int]bool{}
	for len(states) > 0 {
		s := states[0]
		states = states[1:]
		if !reached[s] {
			reached[s] = true
			states = append(states, a.states[s].free...)
		}
	}
	var out []int
	for s := range reached {
		if len(a.states[s].takes) > 0 || s == end {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}
