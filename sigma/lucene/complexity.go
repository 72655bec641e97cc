package lucene

// The server turns patterns into deterministic automata and refuses those that
// cost more than an effort of 100,000, the states' sizes added up (Lucene 8.11
// in Elasticsearch 7.17; before, more than 10,000 states). It counts again
// after the automaton was turned into one for bytes, so that a pattern of
// 52,000 was refused. A regexp clause can ask for more than the 10,000 that
// stand for this effort, by max_determinized_states, which Elasticsearch 8.19
// ignores: MostEffort is where it still takes them.
const (
	// EasyEffort is the effort below which any server takes a pattern as it is.
	EasyEffort = 20_000
	// MostEffort is the effort from which on a pattern is not to be sent: below
	// it, a server takes it if it is asked with MoreStates.
	MostEffort = 60_000
	// MoreStates is the max_determinized_states that takes every pattern below
	// MostEffort.
	MoreStates = 100_000

	mostStates = 12_000
	mostParts  = 20_000 // states of the automaton before
)

// effortOf estimates what an expression, or the wildcards that mean the same,
// cost the server. It is the limit where it is that much or more.
func effortOf(e expr, limit int) int {
	if harmless(e) {
		return 0
	}
	a := &automaton{}
	start := a.state()
	end := a.add(e, start)
	if len(a.states) >= mostParts {
		return limit
	}
	return a.effort(start, end, limit)
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
type automaton struct{ states []state }

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
