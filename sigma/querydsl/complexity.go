package querydsl

import (
	"encoding/binary"
	"slices"
)

// The server turns patterns into deterministic automata and refuses those that
// cost more than an effort of 100,000, the states' sizes added up (Lucene 8.11
// in Elasticsearch 7.17; before, more than 10,000 states). It counts again
// after the automaton was turned into one for bytes, so that a pattern of
// 52,000 was refused. A regexp clause can ask for more than the 10,000 that
// stand for this effort, by max_determinized_states, which Elasticsearch 8.19
// ignores: we stop where it still takes them.
const (
	easyEffort = 20_000 // that any server takes
	mostEffort = 60_000
	mostStates = 12_000
	mostParts  = 20_000 // states of the automaton before
	moreStates = 100_000
)

// effortOf estimates what an expression, or the wildcards that mean the same,
// cost the server. It is mostEffort where it is that much or more.
func effortOf(e expr) int {
	if harmless(e) {
		return 0
	}
	a := &automaton{}
	start := a.state()
	end := a.add(e, start)
	if len(a.states) >= mostParts {
		return mostEffort
	}
	return a.effort(start, end)
}

// harmless takes a look: a text without loops, or with few characters behind
// them, needs no counting.
func harmless(e expr) bool {
	parts, ok := e.(seq)
	if !ok {
		return false
	}
	looped, wide, behind := false, 0, 0
	for _, part := range parts {
		switch part := part.(type) {
		case loop:
			if !isAnyText(part) {
				return false
			}
			looped = true
		case set:
			if !looped {
				continue
			}
			behind++
			if isAnyRune(part) {
				wide++
			} else if len(part) > 8 || part[0]+1 < part[1] {
				return false
			}
		default:
			return false
		}
	}
	return wide <= 2 && behind <= 200
}

// automaton is not deterministic. A state takes one character of its set to
// another state, or goes on to others without one.
type automaton struct {
	states []state
	// seen holds the round in which a state was last come by.
	seen  []int
	round int
}

type state struct {
	takes set
	to    int
	free  []int
}

func (a *automaton) state() int {
	a.states = append(a.states, state{})
	return len(a.states) - 1
}

// add puts an expression behind a state and returns where it ends. It stops
// making states at the limit.
func (a *automaton) add(e expr, from int) int {
	if len(a.states) >= mostParts {
		return from
	}
	switch e := e.(type) {
	case set:
		step := a.state()
		a.free(from, step)
		to := a.state()
		a.states[step].takes, a.states[step].to = e, to
		return to
	case seq:
		for _, part := range e {
			from = a.add(part, from)
		}
		return from
	case alt:
		to := a.state()
		for _, part := range e {
			a.free(a.add(part, from), to)
		}
		return to
	case loop:
		return a.loop(e, from)
	}
	return from
}

func (a *automaton) loop(l loop, from int) int {
	for range l.min {
		from = a.add(l.of, from)
	}
	if l.max < 0 {
		begin := a.state()
		a.free(from, begin)
		a.free(a.add(l.of, begin), begin)
		return begin
	}
	to := a.state()
	a.free(from, to)
	for range l.max - l.min {
		from = a.add(l.of, from)
		a.free(from, to)
	}
	return to
}

func (a *automaton) free(from, to int) {
	if from != to {
		a.states[from].free = append(a.states[from].free, to)
	}
}

// effort makes the sets of states that can be reached, as the server does, and
// adds up their sizes. It ends at the limits.
func (a *automaton) effort(start, end int) int {
	begin := a.closure([]int{start}, end)
	seen := map[string]bool{setKey(begin): true}
	work := [][]int{begin}
	effort := 0
	for len(work) > 0 && effort < mostEffort {
		states := work[0]
		work = work[1:]
		effort += len(states)
		for _, r := range a.borders(states) {
			next := a.closure(a.follow(states, r), end)
			key := setKey(next)
			if len(next) == 0 || seen[key] {
				continue
			}
			if len(seen) == mostStates {
				return mostEffort
			}
			seen[key] = true
			work = append(work, next)
		}
	}
	return min(effort, mostEffort)
}

// borders are one character of each kind that the states tell apart.
func (a *automaton) borders(states []int) []rune {
	var out []rune
	for _, s := range states {
		takes := a.states[s].takes
		for i := 0; i < len(takes); i += 2 {
			out = append(out, takes[i], takes[i+1]+1)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (a *automaton) follow(states []int, r rune) []int {
	var out []int
	for _, s := range states {
		if overlap(a.states[s].takes, r, r) {
			out = append(out, a.states[s].to)
		}
	}
	return out
}

// closure goes on without a character, and keeps the states that take one and
// the last.
func (a *automaton) closure(states []int, end int) []int {
	if a.seen == nil {
		a.seen = make([]int, len(a.states))
	}
	a.round++
	var out []int
	for len(states) > 0 {
		s := states[len(states)-1]
		states = states[:len(states)-1]
		if a.seen[s] == a.round {
			continue
		}
		a.seen[s] = a.round
		if len(a.states[s].takes) > 0 || s == end {
			out = append(out, s)
		}
		states = append(states, a.states[s].free...)
	}
	slices.Sort(out)
	return out
}

func setKey(states []int) string {
	key := make([]byte, 0, 2*len(states))
	for _, s := range states {
		key = binary.AppendUvarint(key, uint64(s))
	}
	return string(key)
}
