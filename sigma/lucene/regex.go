package lucene

import (
	"errors"
	"regexp/syntax"
	"slices"
)

// searched makes an expression for whole values of one that is searched in
// them: what is not anchored may have any text before and after it.
func searched(tree *syntax.Regexp) (expr, error) {
	e, err := translate(tree, sides{open, open})
	return simple(e), err
}

// edge is what stands at one end of a part.
type edge int

const (
	open  edge = iota // any text, which the part has to bring with it
	ends              // nothing: the value ends here
	inner             // some other part
)

// sides are the left and the right end.
type sides struct{ left, right edge }

func translate(re *syntax.Regexp, at sides) (expr, error) {
	if !anchored(re) {
		return around(re, at)
	}
	switch re.Op {
	case syntax.OpConcat:
		return concat(re.Sub, at)
	case syntax.OpCapture:
		return translate(re.Sub[0], at)
	case syntax.OpAlternate:
		return alternatives(re.Sub, at)
	case syntax.OpQuest:
		return alternatives([]*syntax.Regexp{re.Sub[0], {Op: syntax.OpEmptyMatch}}, at)
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat, syntax.OpNoWordBoundary:
		return nil, errBorder()
	default:
		return concat([]*syntax.Regexp{re}, at)
	}
}

func alternatives(subs []*syntax.Regexp, at sides) (expr, error) {
	var out alt
	for _, sub := range subs {
		e, err := translate(sub, at)
		if errors.Is(err, errNever) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	if len(out) == 0 {
		return nil, errNever
	}
	return out, nil
}

// concat takes the anchors off both ends, which closes these ends, and gives
// the first and the last part the ends that are left.
func concat(subs []*syntax.Regexp, at sides) (expr, error) {
	subs = slices.DeleteFunc(slices.Clone(subs), func(re *syntax.Regexp) bool { return re.Op == syntax.OpEmptyMatch })
	if either, ok := split(subs); ok {
		return alternatives(either, at)
	}
	c := &concatenation{subs: subs, at: at}
	if err := c.anchors(); err != nil {
		return nil, err
	}
	out := seq{c.before}
	if len(c.subs) == 0 {
		e, err := around(&syntax.Regexp{Op: syntax.OpEmptyMatch}, c.at)
		return append(out, e, c.after), err
	}
	for i, sub := range c.subs {
		part := sides{inner, inner}
		if i == 0 {
			part.left = c.at.left
		}
		if i == len(c.subs)-1 {
			part.right = c.at.right
		}
		if sub.Op == syntax.OpWordBoundary {
			if err := border(c.subs, i); err != nil {
				return nil, err
			}
			continue
		}
		e, err := translate(sub, part)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return append(out, c.after), nil
}

// concatenation is a sequence whose anchors are being taken off.
type concatenation struct {
	subs          []*syntax.Regexp
	at            sides
	before, after seq // what the anchors stand for
}

func (c *concatenation) anchors() error {
	for len(c.subs) > 0 {
		first, last := c.subs[0], c.subs[len(c.subs)-1]
		switch {
		case leftAnchor(first):
			if err := c.left(first, c.subs[1:]); err != nil {
				return err
			}
			c.subs = c.subs[1:]
		case rightAnchor(last):
			if err := c.right(last, c.subs[:len(c.subs)-1]); err != nil {
				return err
			}
			c.subs = c.subs[:len(c.subs)-1]
		default:
			return nil
		}
	}
	return nil
}

func leftAnchor(re *syntax.Regexp) bool {
	return re.Op == syntax.OpBeginText || re.Op == syntax.OpBeginLine || re.Op == syntax.OpWordBoundary
}

func rightAnchor(re *syntax.Regexp) bool {
	return re.Op == syntax.OpEndText || re.Op == syntax.OpEndLine || re.Op == syntax.OpWordBoundary
}

// left takes an anchor off the left end. What it may stand behind becomes part
// of the expression, where the end was open.
func (c *concatenation) left(anchor *syntax.Regexp, rest []*syntax.Regexp) error {
	kind := unclear
	if anchor.Op == syntax.OpWordBoundary {
		kind = kindOf(rest, first)
	}
	e, at, ok := outside(anchor.Op, c.at.left, kind)
	if !ok {
		return errBorder()
	}
	c.at.left = at
	switch {
	case e == nil:
	case kind == other:
		c.before = append(c.before, anyText(), e)
	default:
		c.before = append(c.before, loop{seq{anyText(), e}, 0, 1})
	}
	return nil
}

// right is left for the other end.
func (c *concatenation) right(anchor *syntax.Regexp, rest []*syntax.Regexp) error {
	kind := unclear
	if anchor.Op == syntax.OpWordBoundary {
		kind = kindOf(rest, last)
	}
	e, at, ok := outside(anchor.Op, c.at.right, kind)
	if !ok {
		return errBorder()
	}
	c.at.right = at
	switch {
	case e == nil:
	case kind == other:
		c.after = append(seq{e, anyText()}, c.after...)
	default:
		c.after = append(seq{loop{seq{e, anyText()}, 0, 1}}, c.after...)
	}
	return nil
}

// outside says which character an anchor wants outside of an end, if any, and
// what the end then is. It is not ok where the anchor cannot hold or it is not
// known whether it does.
func outside(op syntax.Op, at edge, kind wordKind) (e expr, then edge, ok bool) {
	switch {
	case at == inner:
		return nil, at, false
	case op == syntax.OpBeginText || op == syntax.OpEndText:
		return nil, ends, true
	case op == syntax.OpBeginLine || op == syntax.OpEndLine:
		if at == ends {
			return nil, ends, true
		}
		return set{'\n', '\n'}, inner, true
	case kind == word && at == ends:
		return nil, ends, true
	case kind == word:
		return complement(wordSet()), inner, true
	case kind == other && at == open:
		return wordSet(), inner, true
	default:
		return nil, at, false
	}
}

// around brings any text with it where an end is open.
func around(re *syntax.Regexp, at sides) (expr, error) {
	if at.left == open {
		re = trimmed(re, first)
	}
	if at.right == open {
		re = trimmed(re, last)
	}
	e, err := plainExpr(re)
	if err != nil {
		return nil, err
	}
	var out seq
	if at.left == open {
		out = append(out, anyText())
	}
	out = append(out, e)
	if at.right == open {
		out = append(out, anyText())
	}
	return out, nil
}

// anchored reports whether an expression looks at what is beside it.
func anchored(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return true
	default:
		return slices.ContainsFunc(re.Sub, anchored)
	}
}

// plainExpr takes over an expression without anchors.
func plainExpr(re *syntax.Regexp) (expr, error) {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return seq{}, nil
	case syntax.OpLiteral:
		return literal(re), nil
	case syntax.OpCharClass:
		if len(re.Rune) == 0 {
			return nil, errNever
		}
		return set(re.Rune), nil
	case syntax.OpAnyChar:
		return anyRune(), nil
	case syntax.OpAnyCharNotNL:
		return complement(set{'\n', '\n'}), nil
	case syntax.OpCapture:
		return plainExpr(re.Sub[0])
	case syntax.OpStar:
		return repeated(re, 0, -1)
	case syntax.OpPlus:
		return repeated(re, 1, -1)
	case syntax.OpQuest:
		return repeated(re, 0, 1)
	case syntax.OpRepeat:
		return repeated(re, re.Min, re.Max)
	case syntax.OpConcat:
		parts, err := plainExprs(re.Sub)
		return seq(parts), err
	case syntax.OpAlternate:
		parts, err := plainExprs(re.Sub)
		return alt(parts), err
	default:
		return nil, errNever
	}
}

func plainExprs(subs []*syntax.Regexp) ([]expr, error) {
	out := make([]expr, len(subs))
	for i, sub := range subs {
		e, err := plainExpr(sub)
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

func repeated(re *syntax.Regexp, least, most int) (expr, error) {
	e, err := plainExpr(re.Sub[0])
	return loop{e, least, most}, err
}

func literal(re *syntax.Regexp) expr {
	out := make(seq, len(re.Rune))
	for i, r := range re.Rune {
		out[i] = literalSet(r, re.Flags)
	}
	return out
}

func literalSet(r rune, flags syntax.Flags) set {
	if flags&syntax.FoldCase != 0 {
		return foldOf(r)
	}
	return set{r, r}
}
