package querydsl

import (
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/sigma/query"
)

const (
	// maxClauses is the most clauses in one bool. Elasticsearch 7.17 takes
	// 1,024 and does not add nested ones up.
	maxClauses = 1000
	// maxLevels is the deepest nesting of bool clauses. Elasticsearch 7.17
	// takes 20; the search around the query needs two of them.
	maxLevels = 18
	// maxTerms is the most values in a terms clause; the server takes 65,536.
	maxTerms = 60_000
)

// node never returns nil.
func (r *renderer) node(n query.Node) clause {
	switch n := n.(type) {
	case *query.And:
		return r.all(n.Kids)
	case *query.Or:
		return joined(r.alternatives(n.Kids))
	case *query.Not:
		return r.not(n.Kid)
	case *query.Match:
		return r.match(n)
	default:
		panic("querydsl: unknown node")
	}
}

// all makes a bool of what has to hold and what must not.
func (r *renderer) all(kids []query.Node) clause {
	q := &boolean{}
	for _, kid := range kids {
		switch c := r.node(kid).(type) {
		case *boolean:
			if len(c.should) > 0 {
				q.must = append(q.must, c)
				continue
			}
			q.must = append(q.must, c.must...)
			q.mustNot = append(q.mustNot, c.mustNot...)
		default:
			q.must = append(q.must, c)
		}
	}
	return q.split()
}

// not turns a clause around. Two NOT are none.
func (r *renderer) not(kid query.Node) clause {
	r.under = !r.under
	defer func() { r.under = !r.under }()
	return negated(r.node(kid))
}

func negated(c clause) clause {
	q, ok := c.(*boolean)
	switch {
	case !ok:
		return &boolean{mustNot: []clause{c}}
	case len(q.must)+len(q.should) == 0 && len(q.mustNot) == 1:
		return q.mustNot[0]
	case len(q.must)+len(q.mustNot) == 0:
		return &boolean{mustNot: q.should}
	case len(q.must)+len(q.should) == 0:
		return joined(q.mustNot)
	default:
		return &boolean{mustNot: []clause{q}}
	}
}

// joined makes a clause of which one of the parts has to hold.
func joined(parts []clause) clause {
	if len(parts) == 1 {
		return parts[0]
	}
	return &boolean{should: grouped(parts, func(group []clause) clause { return &boolean{should: group} })}
}

// split puts the clauses into groups where they are too many for one bool.
func (q *boolean) split() clause {
	if len(q.must) == 1 && len(q.should)+len(q.mustNot) == 0 {
		return q.must[0]
	}
	if len(q.must)+len(q.mustNot) <= maxClauses {
		return q
	}
	half := maxClauses / 2
	return &boolean{
		must:    limited(q.must, half, func(group []clause) clause { return &boolean{must: group} }),
		mustNot: limited(q.mustNot, half, func(group []clause) clause { return &boolean{should: group} }),
	}
}

func grouped(parts []clause, group func([]clause) clause) []clause {
	return limited(parts, maxClauses, group)
}

// limited makes groups of groups, until there are no more than limit.
func limited(parts []clause, limit int, group func([]clause) clause) []clause {
	for len(parts) > limit {
		groups := make([]clause, 0, len(parts)/limit+1)
		for start := 0; start < len(parts); start += limit {
			groups = append(groups, group(parts[start:min(start+limit, len(parts))]))
		}
		parts = groups
	}
	return parts
}

// alternatives renders the kids of an Or; plain values of one field that stand
// side by side become one terms clause.
func (r *renderer) alternatives(kids []query.Node) []clause {
	out := make([]clause, 0, len(kids))
	for len(kids) > 0 {
		n := plainRun(kids)
		switch {
		case n > 1:
			out = append(out, r.terms(kids[:n]))
		default:
			n = 1
			out = append(out, flat(r.node(kids[0]))...)
		}
		kids = kids[n:]
	}
	return out
}

// flat takes an inner OR apart, which means the same.
func flat(c clause) []clause {
	if q, ok := c.(*boolean); ok && len(q.should) > 0 && len(q.must)+len(q.mustNot) == 0 && len(q.should) <= 100 {
		return q.should
	}
	return []clause{c}
}

// plainRun counts the kids from the first on that are plain terms of the same
// field.
func plainRun(kids []query.Node) int {
	n := 0
	var field string
	for _, kid := range kids[:min(len(kids), maxTerms)] {
		m, ok := kid.(*query.Match)
		if !ok || m.Field == "" || n > 0 && m.Field != field || !utf8.ValidString(m.Field) {
			break
		}
		if _, plain := plainTerm(m); !plain {
			break
		}
		field = m.Field
		n++
	}
	return n
}

// levels counts how deep bool clauses nest.
func (r *renderer) levels(c clause) int {
	if _, ok := c.(nested); ok {
		return 1
	}
	q, ok := c.(*boolean)
	if !ok {
		return 0
	}
	deepest := 0
	for _, kids := range [][]clause{q.must, q.should, q.mustNot} {
		for _, kid := range kids {
			deepest = max(deepest, r.levels(kid))
		}
	}
	return deepest + 1
}
