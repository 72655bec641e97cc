package querystring

import (
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

const (
	// maxClauses is the most clauses that one pair of parentheses holds.
	// Elasticsearch 7.17 takes 1,024 a boolean query and does not add nested
	// ones up: longer lists are printed as lists of lists.
	maxClauses = 1000
	// maxText is the longest text, in bytes. Elasticsearch 7.17 takes
	// 4,000,000 characters; a watch that long helps nobody.
	maxText = 2 << 20
	// usualText is what most texts need, in bytes.
	usualText = 1 << 10
	// manyPatterns is the number of wildcard terms and regular expressions
	// above which a query is slow by them alone: 4,432 of them took 40 s on an
	// empty index of Elasticsearch 7.17.29.
	manyPatterns = 1000
)

// place is where a node is printed. It decides about the parentheses of NOT.
type place int

const (
	top place = iota
	inAnd
	inOr
	inNot
)

// printer collects the text and all that is wrong. After a refusal the text is
// of no use; printing goes on to find the other refusals.
type printer struct {
	tree    query.Tree
	opt     Options
	out     strings.Builder
	refused []diag.Diagnostic
	seen    map[refusalKey]bool
	noted   [notes]bool
	keyword bool // the rule has keywords
	under   bool // below an odd number of NOTs
	// patterns counts the wildcard terms and regular expressions.
	patterns int
}

type refusalKey struct {
	code  string
	start int
}

func newPrinter(t query.Tree, opt Options) *printer {
	if opt.MaxRegexp == 0 {
		opt.MaxRegexp = 1000
	}
	if opt.Case == "" {
		opt.Case = Insensitive
	}
	p := &printer{tree: t, opt: opt}
	p.out.Grow(usualText)
	return p
}

func (p *printer) root() {
	if p.tree.Root == nil {
		p.refuse(ruleSpan(p.tree), empty)
		return
	}
	p.node(p.tree.Root, top)
	if p.patterns > manyPatterns {
		p.note(noteMany)
	}
}

func (p *printer) node(n query.Node, in place) {
	switch n := n.(type) {
	case *query.And:
		p.all(n.Kids, in)
	case *query.Or:
		p.any(n.Kids, in)
	case *query.Not:
		p.not(n.Kid, in)
	case *query.Match:
		p.match(n, in)
	default:
		panic("querystring: unknown node")
	}
}

func (p *printer) all(kids []query.Node, in place) {
	p.list(" AND ", len(kids), func(i int, alone bool) {
		if alone {
			p.node(kids[i], in)
		} else {
			p.node(kids[i], inAnd)
		}
	})
}

// any prints runs of values of one field as one list of values.
func (p *printer) any(kids []query.Node, in place) {
	runs := runsOf(kids)
	p.list(" OR ", len(runs), func(i int, alone bool) {
		switch {
		case len(runs[i]) > 1:
			p.run(runs[i])
		case alone:
			p.node(runs[i][0], in)
		default:
			p.node(runs[i][0], inOr)
		}
	})
}

// list prints n clauses in parentheses, in groups where they are too many for
// one boolean. One clause stands alone.
func (p *printer) list(op string, n int, clause func(i int, alone bool)) {
	if n == 1 {
		clause(0, true)
		return
	}
	p.span(op, span{0, n, groupSize(n)}, func(i int) { clause(i, false) })
}

// span is a range of clauses that is split into groups of that size.
type span struct{ from, to, size int }

func (p *printer) span(op string, s span, clause func(i int)) {
	p.out.WriteByte('(')
	for i := s.from; i < s.to; i += s.size {
		if i > s.from {
			p.out.WriteString(op)
		}
		end := min(i+s.size, s.to)
		if end == i+1 {
			clause(i)
		} else {
			p.span(op, span{i, end, groupSize(end - i)}, clause)
		}
	}
	p.out.WriteByte(')')
}

// groupSize is the number of clauses a group has to hold so that the groups
// are not too many.
func groupSize(n int) int {
	size := 1
	for n > size*maxClauses {
		size *= maxClauses
	}
	return size
}

// not prints NOT before its kid. Where the kid asks for a missing field, which
// is itself printed as a NOT, the two fall together: the field is there.
func (p *printer) not(kid query.Node, in place) {
	if m, ok := kid.(*query.Match); ok && m.Field != "" && absent(m.Value) {
		p.exists(m)
		return
	}
	p.under = !p.under
	p.negate(in, func() { p.node(kid, inNot) })
	p.under = !p.under
}

func (p *printer) negate(in place, kid func()) {
	wrap := in == inOr || in == inNot
	if wrap {
		p.out.WriteByte('(')
	}
	p.out.WriteString("NOT ")
	kid()
	if wrap {
		p.out.WriteByte(')')
	}
}

func (p *printer) note(n note) { p.noted[n] = true }

// approximated tells whether one of the notes says so.
func (p *printer) approximated() bool {
	return p.noted[noteText] || p.noted[noteCased]
}

func (p *printer) notes() []string {
	var out []string
	for n, said := range p.noted {
		if said {
			out = append(out, note(n).String())
		}
	}
	return out
}

func (p *printer) fields() []string {
	fields := p.tree.Fields()
	if !p.keyword {
		return fields
	}
	for _, f := range p.opt.KeywordFields {
		if !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
	}
	return fields
}

// runsOf groups neighbours that ask the same field for values.
func runsOf(kids []query.Node) [][]query.Node {
	runs := make([][]query.Node, 0, len(kids))
	start := 0
	for i := 1; i <= len(kids); i++ {
		if i == len(kids) || !sameList(kids[i-1], kids[i]) {
			runs = append(runs, kids[start:i])
			start = i
		}
	}
	return runs
}

func sameList(a, b query.Node) bool {
	x, ok := a.(*query.Match)
	if !ok || !listed(x.Value) {
		return false
	}
	y, ok := b.(*query.Match)
	return ok && x.Field == y.Field && listed(y.Value)
}

// listed reports whether the value is printed as a term that can stand in a
// list of values, field:(a OR b).
func listed(v sigma.Value) bool {
	switch v := v.(type) {
	case sigma.String:
		return !anything(v)
	case sigma.Number, sigma.Bool, sigma.CIDR, sigma.Regex:
		return true
	default:
		return false
	}
}
