package querystring

import (
	"encoding/binary"
	"slices"
	"unicode"

	"github.com/sigwatch/sigwatch/sigma"
)

// The server turns patterns into deterministic automata and refuses those that
// cost more than an effort of 100,000, the states' sizes added up (Lucene 8.11
// in Elasticsearch 7.17; before, more than 10,000 states). We stop well below:
// it counts again after the automaton was turned into one for bytes, where a
// pattern of 52,000 was refused, and half a second a pattern is no use anyway.
const (
	maxEffort = 20_000
	maxStates = 4_000
)

// tooComplex reports whether the server would refuse the text as a pattern,
// whether it is printed as wildcards or as a regular expression.
func tooComplex(s sigma.String) bool {
	a := newAutomaton(s)
	return a.risky && a.effort() >= maxEffort
}

// automaton is a text as a non-deterministic automaton: state i waits for
// steps[i], and stays for any character where loop[i] is set.
type automaton struct {
	steps []rune // one character, folded; anyRune is any
	loop  []bool
	risky bool
}

const (
	anyRune   = -1
	otherRune = -2 // every character that no step names
)

// newAutomaton leaves the steps out where a look at the text is enough: only
// what stands behind a star makes several states of one.
func newAutomaton(s sigma.String) automaton {
	const harmless = 200 // characters; the effort grows with their square
	var behind, ones int
	star := false
	for _, part := range s.Parts {
		switch {
		case part.Kind == sigma.Any:
			star = true
		case star && part.Kind == sigma.One:
			ones++
		case star:
			behind += len(part.Text)
		}
	}
	if ones <= 2 && behind <= harmless {
		return automaton{}
	}
	return buildAutomaton(s)
}

func buildAutomaton(s sigma.String) automaton {
	a := automaton{loop: []bool{false}, risky: true}
	for _, part := range s.Parts {
		switch part.Kind {
		case sigma.Any:
			a.loop[len(a.loop)-1] = true
		case sigma.One:
			a.step(anyRune)
		default:
			for _, r := range part.Text {
				a.step(foldRune(r))
			}
		}
	}
	return a
}

func (a *automaton) step(r rune) {
	a.steps = append(a.steps, r)
	a.loop = append(a.loop, false)
}

// effort makes the sets of states that can be reached, as the server does, and
// adds up their sizes. It ends at the limits.
func (a *automaton) effort() int {
	seen := map[string]bool{}
	work := [][]int{{0}}
	var effort int
	for len(work) > 0 && effort < maxEffort {
		set := work[0]
		work = work[1:]
		effort += len(set)
		for _, r := range a.symbols(set) {
			next := a.follow(set, r)
			key := setKey(next)
			if len(next) == 0 || seen[key] {
				continue
			}
			if len(seen) == maxStates {
				return maxEffort
			}
			seen[key] = true
			work = append(work, next)
		}
	}
	return effort
}

// symbols are the characters that lead from a set to different ones.
func (a *automaton) symbols(set []int) []rune {
	symbols := []rune{otherRune}
	for _, state := range set {
		if state < len(a.steps) && a.steps[state] != anyRune && !slices.Contains(symbols, a.steps[state]) {
			symbols = append(symbols, a.steps[state])
		}
	}
	return symbols
}

// follow returns the states reached by a character, in order.
func (a *automaton) follow(set []int, r rune) []int {
	var next []int
	add := func(state int) {
		if len(next) == 0 || next[len(next)-1] != state {
			next = append(next, state)
		}
	}
	for _, state := range set {
		if a.loop[state] {
			add(state)
		}
		if state < len(a.steps) && (a.steps[state] == anyRune || a.steps[state] == r) {
			add(state + 1)
		}
	}
	return next
}

func setKey(set []int) string {
	key := make([]byte, 0, 2*len(set))
	for _, state := range set {
		key = binary.AppendUvarint(key, uint64(state))
	}
	return string(key)
}

// foldRune returns one character for all that differ in case only.
func foldRune(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}
