package condition

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is something wrong with a condition.
type Problem struct {
	// At is the place in the condition's text.
	At Range
	// Code is the diagnostic's code, "condition/…".
	Code string
	// Message says what is wrong, Hint what to do about it.
	Message, Hint string
}

// maxDepth bounds parentheses and nots in one another. The deepest condition
// among SigmaHQ's rules has four.
const maxDepth = 200

// Parse reads a condition. It returns all that is wrong with it, in the order
// of the text, and the tree as far as it could be read: whole where there is
// no problem, perhaps nil where there are.
func Parse(text string) (Expr, []Problem) {
	e, _, problems := ParseOld(text)
	return e, problems
}

// ParseOld is [Parse] for those who want to know the aggregation as well. It is
// nil where there is none, and where it is wrong. One that is right is a
// problem too, the only one with the code condition/aggregation: no target can
// say it.
func ParseOld(text string) (Expr, *Aggregation, []Problem) {
	p := &parser{tokens: tokens(text)}
	aggregation := p.cutAggregation(text)
	e := p.parse(text)
	return e, aggregation, p.sorted()
}

func (p *parser) parse(text string) Expr {
	if p.peek().kind == tokenEnd {
		if len(p.problems) == 0 {
			p.report(Range{0, len(text)}, "condition/empty", "the condition is empty",
				"name the search identifiers that have to match")
		}
		return nil
	}
	e := p.or()
	for p.peek().kind != tokenEnd && !p.gaveUp {
		e = p.leftOver(e)
	}
	return e
}

type parser struct {
	tokens   []token
	next     int
	depth    int
	gaveUp   bool
	problems []Problem
}

func (p *parser) peek() token { return p.ahead(0) }

func (p *parser) ahead(n int) token { return p.tokens[min(p.next+n, len(p.tokens)-1)] }

func (p *parser) take() token {
	t := p.peek()
	p.next++
	return t
}

func (p *parser) report(at Range, code, message, hint string) {
	if !p.gaveUp {
		p.problems = append(p.problems, Problem{At: at, Code: code, Message: message, Hint: hint})
	}
}

func (p *parser) sorted() []Problem {
	slices.SortStableFunc(p.problems, func(a, b Problem) int { return cmp.Compare(a.At.Start, b.At.Start) })
	return p.problems
}

// cutAggregation takes the old aggregation off the end (section 9): everything
// from the first pipe on.
func (p *parser) cutAggregation(text string) *Aggregation {
	for i, t := range p.tokens {
		if t.kind != tokenPipe {
			continue
		}
		p.tokens = append(p.tokens[:i:i], token{kind: tokenEnd, at: Range{t.at.Start, t.at.Start}})
		a, problems := readAggregation(text, t.at)
		if a == nil {
			p.problems = append(p.problems, problems...)
			return nil
		}
		p.report(a.At, "condition/aggregation", "aggregations behind a pipe are no longer part of Sigma",
			"write a correlation rule that counts this rule's events")
		return a
	}
	return nil
}

// or reads operands with "or" between them.
func (p *parser) or() Expr {
	start := p.peek().at.Start
	kids := []Expr{p.and()}
	for p.binary("or") {
		kids = append(kids, p.and())
	}
	kids = present(kids)
	if len(kids) < 2 {
		return only(kids)
	}
	return &Or{At: p.since(start), Kids: kids}
}

// and reads operands with "and" between them.
func (p *parser) and() Expr {
	start := p.peek().at.Start
	kids := []Expr{p.not()}
	for p.binary("and") {
		kids = append(kids, p.not())
	}
	kids = present(kids)
	if len(kids) < 2 {
		return only(kids)
	}
	return &And{At: p.since(start), Kids: kids}
}

// binary takes the operator if it stands next, in capitals or as && or || with
// a problem.
func (p *parser) binary(word string) bool {
	t := p.peek()
	sign := map[string]string{"and": "&&", "or": "||"}[word]
	switch {
	case p.gaveUp:
		return false
	case t.is(word):
	case t.like(word):
		p.upperCase(t)
	case t.kind == tokenOther && t.text == sign:
		p.report(t.at, "condition/operator", fmt.Sprintf("%q is no operator here", sign), fmt.Sprintf("write %q", word))
	default:
		return false
	}
	p.next++
	return true
}

func (p *parser) upperCase(t token) {
	p.report(t.at, "condition/upper-case", fmt.Sprintf("%q has to be in lower case", t.text),
		fmt.Sprintf("write %q", strings.ToLower(t.text)))
}

func (p *parser) not() Expr {
	t := p.peek()
	switch {
	case t.is("not"):
	case t.like("not") && p.ahead(1).startsOperand():
		p.upperCase(t)
	case t.kind == tokenOther && t.text == "!" && p.ahead(1).startsOperand():
		p.report(t.at, "condition/operator", `"!" is no operator here`, `write "not"`)
	default:
		return p.operand()
	}
	p.next++
	if !p.deeper(t) {
		return nil
	}
	kid := p.not()
	p.depth--
	if kid == nil {
		return nil
	}
	return &Not{At: p.since(t.at.Start), Kid: kid}
}

// deeper counts a level, and gives the whole condition up past the limit.
func (p *parser) deeper(t token) bool {
	p.depth++
	if p.depth <= maxDepth {
		return true
	}
	p.report(t.at, "condition/too-deep", fmt.Sprintf("more than %d parentheses and nots in one another", maxDepth),
		"spread the rule over several search identifiers")
	p.gaveUp = true
	return false
}

func (p *parser) operand() Expr {
	t := p.peek()
	switch t.kind {
	case tokenOpen:
		return p.group()
	case tokenWord:
		return p.word()
	case tokenOther:
		p.next++
		p.strange(t)
		if p.peek().startsOperand() {
			return p.not()
		}
		return nil
	default:
		p.missingOperand()
		return nil
	}
}

// missingOperand says that something should stand where the next token is. It
// takes nothing.
func (p *parser) missingOperand() {
	t := p.peek()
	hint := "put a search identifier, a selector such as \"1 of them\" or parentheses here"
	if p.next > 0 {
		if last := p.tokens[p.next-1]; last.kind == tokenWord {
			p.report(last.at, "condition/missing-operand", fmt.Sprintf("nothing stands after %q", last.text), hint)
			return
		}
	}
	p.report(t.at, "condition/missing-operand", "something to look for is missing", hint)
}

func (p *parser) strange(t token) {
	p.report(t.at, "condition/unexpected-character", fmt.Sprintf("%q cannot stand in a condition", t.text),
		"search identifiers are made of letters A-Z, digits, _ and -")
}

func (p *parser) group() Expr {
	open := p.take()
	if !p.deeper(open) {
		return nil
	}
	if t := p.peek(); t.kind == tokenClose {
		p.next++
		p.depth--
		p.report(Range{open.at.Start, t.at.End}, "condition/empty-group", "the parentheses are empty", "remove them")
		return nil
	}
	e := p.or()
	for !p.gaveUp && p.peek().kind != tokenClose && p.peek().kind != tokenEnd {
		e = p.leftOver(e)
	}
	p.depth--
	if p.peek().kind == tokenClose {
		p.next++
		return e
	}
	p.report(open.at, "condition/parenthesis", "the parenthesis is never closed", `add the missing ")"`)
	return e
}

// word reads a name or a selector.
func (p *parser) word() Expr {
	t, of := p.peek(), p.ahead(1)
	switch {
	case of.is("of") || of.like("of") && p.ahead(2).kind != tokenEnd && quantifier(t):
		return p.selector()
	case t.operator():
		// Not taken: it is the operator that the caller looks for.
		p.report(t.at, "condition/missing-operand", fmt.Sprintf("nothing stands before %q", t.text),
			"put a search identifier, a selector such as \"1 of them\" or parentheses there")
		return nil
	}
	p.next++
	if strings.Contains(t.text, "*") {
		p.report(t.at, "condition/pattern", fmt.Sprintf("the pattern %q needs a quantifier", t.text),
			fmt.Sprintf("write \"1 of %s\" or \"all of %s\"", t.text, t.text))
	}
	return &Name{At: t.at, Text: t.text}
}

func quantifier(t token) bool { return t.like("1") || t.like("any") || t.like("all") }

// selector reads "1 of pattern"; the word before "of" may be wrong.
func (p *parser) selector() Expr {
	how, of := p.take(), p.take()
	switch {
	case !quantifier(how):
		p.report(how.at, "condition/quantifier", fmt.Sprintf("%q cannot stand before \"of\"", how.text),
			`write "1 of", "any of" or "all of"`)
	case how.text != strings.ToLower(how.text):
		p.upperCase(how)
	}
	if !of.is("of") {
		p.upperCase(of)
	}
	t := p.peek()
	if t.kind != tokenWord || t.operator() || t.is("not") {
		p.noPattern(of)
		return nil
	}
	p.next++
	if strings.Contains(t.text, "-") {
		p.report(t.at, "condition/pattern", fmt.Sprintf("the pattern %q has a dash", t.text),
			`patterns are made of letters A-Z, digits, _ and *; put a * in its place`)
	}
	return &Of{At: Range{how.at.Start, t.at.End}, All: how.like("all"), Pattern: t.text, PatternAt: t.at}
}

// noPattern reports what stands after "of" in place of a pattern, and passes
// over a list in parentheses.
func (p *parser) noPattern(of token) {
	at := of.at
	if p.peek().kind == tokenOpen {
		at = p.skipGroup()
	}
	p.report(at, "condition/pattern", `after "of" stands one pattern or "them"`,
		`give the search identifiers a common beginning and write "1 of beginning*"`)
}

func (p *parser) skipGroup() Range {
	at, depth := p.peek().at, 0
	for t := p.peek(); t.kind != tokenEnd; t = p.peek() {
		switch t.kind {
		case tokenOpen:
			depth++
		case tokenClose:
			depth--
		default:
		}
		at.End = p.take().at.End
		if depth == 0 {
			break
		}
	}
	return at
}

// leftOver deals with a token after a whole expression: it says what is wrong,
// and reads on, so that more problems are found.
func (p *parser) leftOver(e Expr) Expr {
	begun, t := p.next, p.peek()
	switch t.kind {
	case tokenClose:
		p.next++
		p.report(t.at, "condition/parenthesis", "the parenthesis was never opened", `remove it, or add the missing "("`)
	case tokenOther:
		p.next++
		p.strange(t)
	default:
		p.missingOperator(t)
	}
	if next := p.peek(); next.like("and") || next.like("or") {
		p.next++
		if !next.operator() {
			p.upperCase(next)
		}
	}
	if p.peek().startsOperand() {
		p.or()
	}
	if p.next == begun {
		p.next++ // whatever it is: the caller goes on until the end
	}
	return e
}

// missingOperator is said once: where a condition is prose, every word would
// need one.
func (p *parser) missingOperator(t token) {
	if slices.ContainsFunc(p.problems, func(x Problem) bool { return x.Code == "condition/missing-operator" }) {
		return
	}
	hint := `write "and" or "or" between them`
	last := p.tokens[max(p.next-1, 0)]
	if quantifier(last) && (t.is("them") || strings.Contains(t.text, "*")) {
		hint = fmt.Sprintf("write \"%s of %s\"", last.text, t.text)
	}
	p.report(t.at, "condition/missing-operator", fmt.Sprintf("an operator is missing before %q", t.text), hint)
}

func present(kids []Expr) []Expr {
	out := kids[:0]
	for _, kid := range kids {
		if kid != nil {
			out = append(out, kid)
		}
	}
	return out
}

func only(kids []Expr) Expr {
	if len(kids) == 0 {
		return nil
	}
	return kids[0]
}

// since is the range from start to the end of what was taken last.
func (p *parser) since(start int) Range {
	return Range{start, p.tokens[min(p.next, len(p.tokens))-1].at.End}
}
