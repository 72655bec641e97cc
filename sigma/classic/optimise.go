package classic

import (
	"slices"
	"strconv"
)

// maxWork bounds what the optimiser does for one rule, in nodes looked at.
const maxWork = 1_000_000

// optimise is the old tool's optimiser: it strips the groups, simplifies to a
// fixed point and puts groups round what is left. It never looks below Not.
func (p *parser) optimise(tree *node) (*node, error) {
	o := optimiser{parser: p, keys: map[*node]string{}}
	tree = strip(tree)
	for changed := true; changed; {
		changed = false
		var err error
		if tree, err = o.simplify(tree, &changed); err != nil {
			return nil, err
		}
	}
	return regroup(tree), nil
}

// strip takes the groups away.
func strip(n *node) *node {
	switch {
	case n == nil:
		return nil
	case n.op == opGroup:
		return strip(n.kids[0])
	case n.isList():
		out := *n
		out.kids = make([]*node, len(n.kids))
		for i, kid := range n.kids {
			out.kids[i] = strip(kid)
		}
		return &out
	}
	return n
}

// regroup puts a group round each And and Or.
func regroup(n *node) *node {
	if !n.isList() {
		return n
	}
	for i, kid := range n.kids {
		n.kids[i] = regroup(kid)
	}
	return group(n)
}

type optimiser struct {
	parser *parser
	work   int
	keys   map[*node]string
}

// simplify is one pass, from the top down.
func (o *optimiser) simplify(n *node, changed *bool) (*node, error) {
	for n.isList() {
		if o.work += len(n.kids) + 1; o.work > maxWork {
			return nil, refuse("classic/too-large", "the condition is too much work for the old optimiser", hintOf("classic/too-large"))
		}
		next, err := o.rule(n)
		if err != nil {
			return nil, err
		}
		if next == n {
			break
		}
		n, *changed = next, true
	}
	if !n.isList() {
		return n, nil
	}
	for i, kid := range n.kids {
		kid, err := o.simplify(kid, changed)
		if err != nil {
			return nil, err
		}
		n.kids[i] = kid
	}
	return n, nil
}

// rule applies the first rule that fits, or returns the node itself.
func (o *optimiser) rule(n *node) (*node, error) {
	if len(n.kids) == 0 {
		return nil, nil
	}
	if slices.Contains(n.kids, nil) {
		kept := slices.DeleteFunc(slices.Clone(n.kids), func(kid *node) bool { return kid == nil })
		return &node{op: n.op, kids: kept, at: n.at}, nil
	}
	if len(n.kids) == 1 {
		return n.kids[0], nil
	}
	if kept, err := o.distinct(n.kids); err != nil || len(kept) < len(n.kids) {
		return &node{op: n.op, kids: kept, at: n.at}, err
	}
	if n.flattens() {
		return n.flat(), nil
	}
	if o.parser.run.is2019() {
		return o.factor(n)
	}
	return n, nil
}

// distinct drops what comes again.
func (o *optimiser) distinct(kids []*node) ([]*node, error) {
	seen := make(map[string]bool, len(kids))
	var kept []*node
	for _, kid := range kids {
		key, err := o.key(kid)
		if err != nil {
			return nil, err
		}
		if !seen[key] {
			seen[key] = true
			kept = append(kept, kid)
		}
	}
	return kept, nil
}

// key returns what makes two nodes the same: words and pairs by what they
// say, all others only by themselves.
func (o *optimiser) key(n *node) (string, error) {
	if key, ok := o.keys[n]; ok {
		return key, nil
	}
	key := "n" + strconv.Itoa(len(o.keys))
	if n.sub == nil && (n.op == opWord || n.op == opPair) {
		text, ok := n.val.identity()
		if !ok {
			return "", refuseAt(n.at, "classic/value", "the value is "+n.val.kind.String()+" that the old tool cannot compare")
		}
		key = strconv.Itoa(int(n.op)) + " " + strconv.Itoa(len(n.field)) + " " + n.field + text
	}
	o.keys[n] = key
	return key, nil
}

// flattens reports whether a child is of the node's own kind, and all others
// are of that kind too, or pairs.
func (n *node) flattens() bool {
	own := func(kid *node) bool { return kid.op == n.op }
	return slices.ContainsFunc(n.kids, own) &&
		!slices.ContainsFunc(n.kids, func(kid *node) bool { return !own(kid) && kid.op != opPair })
}

func (n *node) flat() *node {
	out := &node{op: n.op, at: n.at}
	for _, kid := range n.kids {
		if kid.op == n.op {
			out.kids = append(out.kids, kid.kids...)
			continue
		}
		out.kids = append(out.kids, kid)
	}
	return out
}

// factor pulls out what all children have in common (2019 only). A child that
// has nothing else is lost, and the meaning with it: a fault of that time.
func (o *optimiser) factor(n *node) (*node, error) {
	other := opAnd
	if n.op == opAnd {
		other = opOr
	}
	if slices.ContainsFunc(n.kids, func(kid *node) bool { return kid.op != other }) {
		return n, nil
	}
	common, err := o.common(n.kids)
	if err != nil || len(common) == 0 {
		return n, err
	}
	rest := &node{op: n.op, at: n.at}
	for _, kid := range n.kids {
		left, err := o.without(kid, common)
		if err != nil {
			return nil, err
		}
		if len(left.kids) == 0 {
			o.parser.run.log.note(branchLost(), n.at)
		}
		rest.kids = append(rest.kids, left)
	}
	return &node{op: other, kids: append(common, rest)}, nil
}

// common returns the children of the first node that all others have.
func (o *optimiser) common(nodes []*node) ([]*node, error) {
	out, err := o.distinct(nonNil(nodes[0].kids))
	for _, n := range nodes[1:] {
		has := map[string]bool{}
		for _, kid := range nonNil(n.kids) {
			key, err := o.key(kid)
			if err != nil {
				return nil, err
			}
			has[key] = true
		}
		o.work += len(n.kids)
		out = slices.DeleteFunc(out, func(kid *node) bool { return !has[o.keys[kid]] })
	}
	return out, err
}

func nonNil(kids []*node) []*node {
	return slices.DeleteFunc(slices.Clone(kids), func(kid *node) bool { return kid == nil })
}

// without returns the node without one occurrence of each of the others.
func (o *optimiser) without(n *node, others []*node) (*node, error) {
	drop := map[string]bool{}
	for _, other := range others {
		drop[o.keys[other]] = true
	}
	out := &node{op: n.op, at: n.at}
	for _, kid := range n.kids {
		if kid != nil {
			key, err := o.key(kid)
			if err != nil {
				return nil, err
			}
			if drop[key] {
				drop[key] = false
				continue
			}
		}
		out.kids = append(out.kids, kid)
	}
	return out, nil
}
