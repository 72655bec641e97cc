package lint

import "github.com/sigwatch/sigwatch/sigma/query"

// formula is a tree of literals without negations above them: a literal, or a
// list of kids of which all or one have to hold.
type formula struct {
	kind formulaKind
	lit  literal
	kids []*formula
	// from is the question that a literal comes of.
	from *query.Match
}

type formulaKind uint8

const (
	oneLiteral formulaKind = iota
	allKids
	someKid
)

// formulate moves the negations down to the questions.
func (a *atoms) formulate(n query.Node, neg bool) *formula {
	switch n := n.(type) {
	case *query.And:
		return a.formulas(n.Kids, neg, allKids)
	case *query.Or:
		return a.formulas(n.Kids, neg, someKid)
	case *query.Not:
		return a.formulate(n.Kid, !neg)
	case *query.Match:
		l := a.of(n)
		l.neg = l.neg != neg
		return &formula{lit: l, from: n}
	}
	panic("lint: unknown node")
}

func (a *atoms) formulas(kids []query.Node, neg bool, kind formulaKind) *formula {
	if neg {
		kind = allKids + someKid - kind
	}
	f := &formula{kind: kind, kids: make([]*formula, 0, len(kids))}
	for _, kid := range kids {
		made := a.formulate(kid, neg)
		if made.kind == kind {
			f.kids = append(f.kids, made.kids...)
		} else {
			f.kids = append(f.kids, made)
		}
	}
	return f
}

// solver looks for proofs that a formula cannot hold. What it claims is true
// of every event; it does not find every proof there is.
type solver struct {
	*atoms
	// assumed are the literals that hold, by field.
	assumed map[string][]literal
	// left is how many comparisons of atoms may still be made.
	left int
}

// maxSteps bounds the work for one rule.
const maxSteps = 400_000

func newSolver(a *atoms) *solver {
	return &solver{atoms: a, assumed: map[string][]literal{}, left: maxSteps}
}

// truth is what is known of a formula.
type truth uint8

const (
	unknown truth = iota
	holds
	fails
)

// literal says what is known of a literal under the assumptions.
func (s *solver) literal(l literal) truth {
	for _, known := range s.assumed[s.list[l.atom].field] {
		if s.left--; s.left < 0 {
			return unknown
		}
		switch {
		case !known.neg && s.implies(known.atom, l.atom):
			return answer(!l.neg)
		case known.neg && s.implies(l.atom, known.atom):
			return answer(l.neg)
		}
	}
	return unknown
}

func answer(yes bool) truth {
	if yes {
		return holds
	}
	return fails
}

func (s *solver) formula(f *formula) truth {
	if f.kind == oneLiteral {
		return s.literal(f.lit)
	}
	decides, rest := fails, holds
	if f.kind == someKid {
		decides, rest = holds, fails
	}
	for _, kid := range f.kids {
		t := s.formula(kid)
		if t == decides {
			return decides
		}
		if t == unknown {
			rest = unknown
		}
	}
	return rest
}

// refuted reports whether the formulas cannot hold together under the
// assumptions.
func (s *solver) refuted(fs []*formula) bool {
	var undo []string
	defer func() {
		for _, field := range undo {
			s.assumed[field] = s.assumed[field][:len(s.assumed[field])-1]
		}
	}()
	open := flatten(nil, fs)
	for again := true; again; {
		again = false
		rest := make([]*formula, 0, len(open))
		for _, f := range open {
			switch t := s.formula(f); {
			case s.left < 0:
				return false
			case t == fails:
				return true
			case t == holds:
			case f.kind == oneLiteral:
				field := s.list[f.lit.atom].field
				s.assumed[field] = append(s.assumed[field], f.lit)
				undo = append(undo, field)
				again = true
			default:
				rest = append(rest, f)
			}
		}
		open = rest
	}
	return s.split(open)
}

// flatten takes conjunctions apart; literals come first.
func flatten(out, fs []*formula) []*formula {
	var others []*formula
	for _, f := range fs {
		switch f.kind {
		case oneLiteral:
			out = append(out, f)
		case allKids:
			others = append(others, flatten(nil, f.kids)...)
		case someKid:
			others = append(others, f)
		}
	}
	return append(out, others...)
}

// split tries each alternative of the shortest disjunction.
func (s *solver) split(open []*formula) bool {
	if len(open) == 0 {
		return false
	}
	shortest := 0
	for i, f := range open {
		if len(f.kids) < len(open[shortest].kids) {
			shortest = i
		}
	}
	rest := make([]*formula, 0, len(open))
	rest = append(append(append(rest, nil), open[:shortest]...), open[shortest+1:]...)
	for _, kid := range open[shortest].kids {
		rest[0] = kid
		if !s.refuted(rest) {
			return false
		}
	}
	return true
}
