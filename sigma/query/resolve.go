package query

import (
	"strconv"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/condition"
)

// The limits of one tree. The largest rule known asks 4,432 questions; deeper
// nesting than this is written by no hand.
const (
	maxLeaves = 20_000
	maxDepth  = 200
)

// Resolve makes the tree of a rule, as the pipelines left it. The conditions
// of a condition list are alternatives. Types may be nil; else each question
// is put in terms of its field's type: see docs/fields.md.
//
// A condition that names an unknown detection, a selector that matches none, a
// detection with nothing left in it, a tree past the limits, a value that its
// field's type never holds and a field whose type cannot be asked exactly are
// errors; then Root is nil, because leaving a part out would change what the
// rule means. A field that the types do not know is a warning. All of them are
// reported at once, sorted. Where the rule has a condition that could not be
// parsed, that is an error here too.
func Resolve(r *sigma.Rule, t *Types) (Tree, []diag.Diagnostic) {
	s := &resolver{rule: r, types: t}
	root := s.conditions()
	diag.Sort(s.found)
	if diag.HasErrors(s.found) {
		root = nil
	}
	return Tree{Root: root, Rule: r, Types: t}, s.found
}

type resolver struct {
	rule   *sigma.Rule
	types  *Types
	cond   *sigma.Condition // the one being resolved
	def    *sigma.Search    // the one being resolved
	leaves int
	depth  int
	full   bool // a limit was passed and said so
	// strange are the fields that are not pinned and were said so.
	strange map[string]bool
	found   []diag.Diagnostic
}

func (s *resolver) conditions() Node {
	conds := s.rule.Detection.Conditions
	if len(conds) == 0 {
		s.report(s.rule.Detection.Span, problem{
			code: "query/no-condition", message: "the rule has no condition",
			hint: "add detection.condition, for instance: condition: selection",
		})
	}
	kids := make([]Node, 0, len(conds))
	for i := range conds {
		s.cond = &conds[i]
		kids = append(kids, s.condition())
	}
	return or(kids)
}

func (s *resolver) condition() Node {
	if s.cond.Expr == nil {
		s.report(s.place(condition.Range{End: len(s.cond.Text)}), problem{
			code: "query/no-condition", message: "the condition could not be read",
			hint: "correct the condition first",
		})
		return nil
	}
	return s.expr(s.cond.Expr)
}

// expr returns nil where it reported a problem; so do all that it calls.
func (s *resolver) expr(e condition.Expr) Node {
	if !s.enter(s.place(e.Range())) {
		return nil
	}
	defer s.leave()
	switch e := e.(type) {
	case *condition.And:
		return and(s.exprs(e.Kids))
	case *condition.Or:
		return or(s.exprs(e.Kids))
	case *condition.Not:
		return not(s.expr(e.Kid))
	case *condition.Name:
		return s.name(e)
	case *condition.Of:
		return s.selector(e)
	}
	panic("query: unknown condition node")
}

func (s *resolver) exprs(kids []condition.Expr) []Node {
	nodes := make([]Node, len(kids))
	for i, kid := range kids {
		nodes[i] = s.expr(kid)
	}
	return nodes
}

func (s *resolver) name(e *condition.Name) Node {
	for i := range s.rule.Detection.Searches {
		if s.rule.Detection.Searches[i].Name == e.Text {
			return s.search(&s.rule.Detection.Searches[i])
		}
	}
	s.report(s.place(e.At), problem{
		code:    "query/unknown-detection",
		message: "the condition names " + strconv.Quote(e.Text) + ", which is not in the detection",
		hint:    s.known(),
	})
	return nil
}

func (s *resolver) selector(e *condition.Of) Node {
	var kids []Node
	matched := false
	for i := range s.rule.Detection.Searches {
		search := &s.rule.Detection.Searches[i]
		if selects(e.Pattern, search.Name) {
			matched = true
			kids = append(kids, s.search(search))
		}
	}
	switch {
	case !matched:
		s.report(s.place(e.PatternAt), problem{
			code:    "query/empty-selector",
			message: "no detection matches " + strconv.Quote(e.Pattern),
			hint:    s.known(),
		})
		return nil
	case e.All:
		return and(kids)
	default:
		return or(kids)
	}
}

// place is where a part of the current condition stands in the file.
func (s *resolver) place(at condition.Range) diag.Span {
	if s.cond.Source == nil {
		return s.rule.Detection.Span
	}
	return s.cond.Source.Sub(at.Start, at.End)
}

// known is the hint that lists the detections there are.
func (s *resolver) known() string {
	const most = 12
	var b strings.Builder
	b.WriteString("the detection has ")
	for i := range s.rule.Detection.Searches {
		if i > 0 {
			b.WriteString(", ")
		}
		if i == most {
			b.WriteString("…")
			break
		}
		b.WriteString(s.rule.Detection.Searches[i].Name)
	}
	return b.String()
}

type problem struct{ code, message, hint string }

func (s *resolver) report(at diag.Span, p problem) {
	s.found = append(s.found, diag.Diagnostic{
		Span: at, Severity: diag.Error, Code: p.code, Message: p.message, Hint: p.hint,
	})
}

// enter counts the nesting, and reports once that it is too deep.
func (s *resolver) enter(at diag.Span) bool {
	if s.full {
		return false
	}
	if s.depth == maxDepth {
		s.full = true
		s.report(at, problem{
			code:    "query/too-deep",
			message: "the detection nests deeper than " + strconv.Itoa(maxDepth) + " levels",
			hint:    "write it with fewer parentheses and nested lists",
		})
		return false
	}
	s.depth++
	return true
}

func (s *resolver) leave() { s.depth-- }
