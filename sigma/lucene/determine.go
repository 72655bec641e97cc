package lucene

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// effort makes the sets of states that can be reached, as the server does, and
// adds up their sizes. It ends at the limit.
func (a *automaton) effort(start, end, limit int) int {
	d := newDeterminer(a, end)
	d.learn(d.closure(start))
	effort := 0
	for i := 0; i < len(d.work) && effort < limit; i++ {
		states := d.work[i]
		effort += len(states)
		for _, kind := range d.taken(states) {
			if d.learn(d.follow(states, kind)); len(d.work) > mostStates {
				return limit
			}
		}
	}
	return min(effort, limit)
}

// determiner makes sets of an automaton's states.
type determiner struct {
	a   *automaton
	end int
	// takes has a bit for each kind of characters that a state takes; who says
	// which of a set's states take a kind, and lead the kinds to follow.
	takes [][]uint64
	who   []uint64
	lead  []int
	// closures are the states that are reached without a character, of those
	// that were asked for.
	closures [][]int
	// seen holds the round in which a state was last come by.
	seen  []int
	round int
	// work are the sets found, known their keys.
	work  [][]int
	known map[string]bool
	key   []byte
	next  []int
}

func newDeterminer(a *automaton, end int) *determiner {
	var borders []rune
	for _, s := range a.states {
		for i := 0; i < len(s.takes); i += 2 {
			borders = append(borders, s.takes[i], s.takes[i+1]+1)
		}
	}
	slices.Sort(borders)
	borders = slices.Compact(borders)
	d := &determiner{
		a: a, end: end, takes: make([][]uint64, len(a.states)), who: make([]uint64, len(borders)),
		closures: make([][]int, len(a.states)), seen: make([]int, len(a.states)), known: map[string]bool{},
	}
	for i, s := range a.states {
		if len(s.takes) > 0 {
			d.takes[i] = kindsOf(s.takes, borders)
		}
	}
	return d
}

// kindsOf has a bit for each border at which a kind of characters begins that
// the set holds.
func kindsOf(s set, borders []rune) []uint64 {
	out := make([]uint64, len(borders)/64+1)
	for i := 0; i < len(s); i += 2 {
		from, _ := slices.BinarySearch(borders, s[i])
		for kind := from; kind < len(borders) && borders[kind] <= s[i+1]; kind++ {
			out[kind>>6] |= 1 << (kind & 63)
		}
	}
	return out
}

// taken returns the kinds that lead out of a set, of those that lead to the
// same states one. It tells no more than 63 of the set's states apart.
func (d *determiner) taken(states []int) []int {
	clear(d.who)
	for i, s := range states {
		for word, set := range d.takes[s] {
			for ; set != 0; set &= set - 1 {
				d.who[word<<6+bits.TrailingZeros64(set)] |= 1 << min(i, 63)
			}
		}
	}
	d.lead = d.lead[:0]
	for kind, who := range d.who {
		if who != 0 && (who>>63 != 0 || !slices.ContainsFunc(d.lead, func(other int) bool { return d.who[other] == who })) {
			d.lead = append(d.lead, kind)
		}
	}
	return d.lead
}

// learn keeps a set that was not seen before.
func (d *determiner) learn(states []int) {
	d.key = d.key[:0]
	for _, s := range states {
		d.key = binary.AppendUvarint(d.key, uint64(s))
	}
	if len(states) == 0 || d.known[string(d.key)] {
		return
	}
	d.known[string(d.key)] = true
	d.work = append(d.work, slices.Clone(states))
}

// follow returns the states that a kind of characters leads to, in order. The
// result holds until the next call.
func (d *determiner) follow(states []int, kind int) []int {
	d.round++
	d.next = d.next[:0]
	for _, s := range states {
		if takes := d.takes[s]; takes == nil || takes[kind>>6]>>(kind&63)&1 == 0 {
			continue
		}
		for _, to := range d.reached(d.a.states[s].to) {
			if d.seen[to] != d.round {
				d.seen[to] = d.round
				d.next = append(d.next, to)
			}
		}
	}
	slices.Sort(d.next)
	return d.next
}

func (d *determiner) reached(from int) []int {
	if d.closures[from] == nil {
		d.closures[from] = d.closure(from)
	}
	return d.closures[from]
}

// closure goes on without a character, and keeps the states that take one and
// the last.
func (d *determiner) closure(from int) []int {
	out, visited, work := []int{}, map[int]bool{}, []int{from}
	for len(work) > 0 {
		s := work[len(work)-1]
		work = work[:len(work)-1]
		if visited[s] {
			continue
		}
		visited[s] = true
		if len(d.a.states[s].takes) > 0 || s == d.end {
			out = append(out, s)
		}
		work = append(work, d.a.states[s].free...)
	}
	slices.Sort(out)
	return out
}
