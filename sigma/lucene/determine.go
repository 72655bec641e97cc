package lucene

import (
	"math/bits"
	"slices"
)

// effort makes the sets of states that can be reached, as the server does, and
// adds up their sizes. It ends at the limit.
func (a *automaton) effort(start, end, limit int) int {
	d := newDeterminer(a, end)
	d.learn(d.reached(start))
	effort := 0
	for i := 0; i < d.found && effort < limit; i++ {
		d.open(i)
		effort += len(d.states)
		for _, kind := range d.taken() {
			if d.learn(d.follow(kind)); d.found > mostStates {
				return limit
			}
		}
	}
	return min(effort, limit)
}

// bitset is a set of small numbers.
type bitset []uint64

func (b bitset) add(i int)      { b[i>>6] |= 1 << (i & 63) }
func (b bitset) has(i int) bool { return b[i>>6]>>(i&63)&1 != 0 }

func (b bitset) join(other bitset) {
	for i, word := range other {
		b[i] |= word
	}
}

// determiner makes sets of an automaton's states: of those that take a
// character and of the last one, which it numbers anew.
type determiner struct {
	a *automaton
	// number is that of each of the automaton's states, -1 for one without.
	number []int
	// takes are the kinds of characters that a state takes, by its number. marks
	// are the same, or those that it does not take, where that is a few: it is
	// wide. next are the states that are reached by them from where they lead to.
	takes []bitset
	marks [][]int
	wide  []bool
	to    []int
	next  []bitset
	// states are the numbers in the set at hand. who says which of the first 64
	// take a kind, late whether any of the others does, and lead the kinds to
	// follow.
	states []int
	who    []uint64
	late   bitset
	lead   []int
	// seen and stack are for looking where a state leads.
	seen  []bool
	stack []int
	// work are the sets found, one behind the other, and found how many; known
	// are their numbers by what they hash to, or to the next number that is free.
	work  []uint64
	found int
	known map[uint64]int
	set   bitset
}

func newDeterminer(a *automaton, end int) *determiner {
	borders := a.borders()
	d := &determiner{
		a: a, number: make([]int, len(a.states)), seen: make([]bool, len(a.states)),
		who: make([]uint64, len(borders)), late: make(bitset, len(borders)/64+1), known: map[uint64]int{},
	}
	for i, s := range a.states {
		d.number[i] = -1
		if len(s.takes) > 0 || i == end {
			d.number[i] = len(d.takes)
			d.add(kindsOf(s.takes, borders), len(borders))
			d.to = append(d.to, s.to)
		}
	}
	d.next, d.set = make([]bitset, len(d.takes)), d.empty()
	return d
}

// add notes what a state takes.
func (d *determiner) add(takes bitset, kinds int) {
	taken := 0
	for _, word := range takes {
		taken += bits.OnesCount64(word)
	}
	wide := taken > kinds-taken
	marks := make([]int, 0, min(taken, kinds-taken))
	for kind := range kinds {
		if takes.has(kind) != wide {
			marks = append(marks, kind)
		}
	}
	d.takes, d.marks, d.wide = append(d.takes, takes), append(d.marks, marks), append(d.wide, wide)
}

// borders are the characters with which what a state takes begins or is over.
func (a *automaton) borders() []rune {
	var out []rune
	for _, s := range a.states {
		for i := 0; i < len(s.takes); i += 2 {
			out = append(out, s.takes[i], s.takes[i+1]+1)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// empty is a set of states without any.
func (d *determiner) empty() bitset { return make(bitset, len(d.takes)/64+1) }

// kindsOf has the borders at which a kind of characters begins that the set
// holds.
func kindsOf(s set, borders []rune) bitset {
	out := make(bitset, len(borders)/64+1)
	for i := 0; i < len(s); i += 2 {
		from, _ := slices.BinarySearch(borders, s[i])
		for kind := from; kind < len(borders) && borders[kind] <= s[i+1]; kind++ {
			out.add(kind)
		}
	}
	return out
}

// open makes a set that was found the one at hand.
func (d *determiner) open(number int) {
	d.states = d.states[:0]
	for i, word := range d.at(number) {
		for ; word != 0; word &= word - 1 {
			d.states = append(d.states, i*64+bits.TrailingZeros64(word))
		}
	}
}

// at is a set that was found.
func (d *determiner) at(number int) bitset {
	size := len(d.set)
	return d.work[number*size : (number+1)*size]
}

// taken returns the kinds that lead out of the set at hand, of those that lead
// to the same states one. It tells no more than 64 of the set's states apart.
func (d *determiner) taken() []int {
	clear(d.who)
	clear(d.late)
	wide := uint64(0)
	for i, s := range d.states {
		if i >= 64 {
			d.late.join(d.takes[s])
			continue
		}
		for _, kind := range d.marks[s] {
			d.who[kind] ^= 1 << i
		}
		if d.wide[s] {
			wide |= 1 << i
		}
	}
	d.lead = d.lead[:0]
	for kind := range d.who {
		d.who[kind] ^= wide
		if who := d.who[kind]; d.late.has(kind) || who != 0 && !d.led(who) {
			d.lead = append(d.lead, kind)
		}
	}
	return d.lead
}

// led reports whether there is a kind that these states take, and no others.
func (d *determiner) led(who uint64) bool {
	for _, kind := range d.lead {
		if d.who[kind] == who {
			return true
		}
	}
	return false
}

// learn keeps a set that was not seen before.
func (d *determiner) learn(set bitset) {
	some, hash := uint64(0), uint64(0)
	for _, word := range set {
		some |= word
		high, low := bits.Mul64(hash^word, 0x9E3779B97F4A7C15)
		hash = high ^ low
	}
	if some == 0 {
		return
	}
	for ; ; hash++ {
		number, taken := d.known[hash]
		switch {
		case !taken:
			d.known[hash] = d.found
			d.work = append(d.work, set...)
			d.found++
			return
		case slices.Equal(d.at(number), set):
			return
		}
	}
}

// follow returns the states that a kind of characters leads to from the set at
// hand. The result holds until the next call.
func (d *determiner) follow(kind int) bitset {
	clear(d.set)
	for who := d.who[kind]; who != 0; who &= who - 1 {
		d.set.join(d.after(d.states[bits.TrailingZeros64(who)]))
	}
	if d.late.has(kind) {
		for _, s := range d.states[64:] {
			if d.takes[s].has(kind) {
				d.set.join(d.after(s))
			}
		}
	}
	return d.set
}

// after returns the states behind a character that a state takes.
func (d *determiner) after(s int) bitset {
	if d.next[s] == nil {
		d.next[s] = d.reached(d.to[s])
	}
	return d.next[s]
}

// reached goes on from a state without a character, as far as that goes.
func (d *determiner) reached(from int) bitset {
	out := d.empty()
	clear(d.seen)
	d.stack = append(d.stack[:0], from)
	for len(d.stack) > 0 {
		s := d.stack[len(d.stack)-1]
		d.stack = d.stack[:len(d.stack)-1]
		if d.seen[s] {
			continue
		}
		d.seen[s] = true
		if n := d.number[s]; n >= 0 {
			out.add(n)
		}
		d.stack = append(d.stack, d.a.states[s].free...)
	}
	return out
}
