package lint

import (
	"slices"

	"github.com/sigwatch/sigwatch/diag"
)

// Set gathers the parts of a run.
type Set struct {
	found   []diag.Diagnostic
	facts   []fact
	ignores map[*diag.File][]*ignore
	files   []*diag.File // those with comments, in the order in which they came
	costs   map[string]*spent
	// Rules counts the rules that were looked at.
	Rules int
}

// Add takes in a part.
func (s *Set) Add(p Part) {
	s.found = append(s.found, p.Found...)
	s.facts = append(s.facts, p.facts...)
	s.Rules += len(p.facts)
	if len(p.ignores) > 0 {
		if s.ignores == nil {
			s.ignores = map[*diag.File][]*ignore{}
		}
		s.ignores[p.file] = p.ignores
		s.files = append(s.files, p.file)
	}
	s.spend(p.costs)
}

// Finish compares all rules and returns every finding that no comment
// silences, with the comments that silence nothing, sorted.
func (s *Set) Finish() []diag.Diagnostic {
	slices.SortStableFunc(s.facts, byPlace)
	all := append(s.found, compared(s.facts)...)
	all = append(all, s.costly()...)
	all = silenced(all, s.ignores)
	for _, f := range s.files {
		all = append(all, unused(s.ignores[f])...)
	}
	diag.Sort(all)
	// What a collection hands on to several documents is said once.
	return slices.Compact(all)
}
