package lint

import (
	"fmt"
	"maps"
	"slices"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// cost is a question that begins with a wildcard, on a keyword field.
type cost struct {
	field string
	at    diag.Span
}

// indexed looks at the questions as the target will see them.
func (c *checker) indexed(tree query.Tree) {
	seen := map[string]bool{}
	query.Walk(tree.Root, func(m *query.Match) {
		s, ok := m.Value.(sigma.String)
		if !ok || m.Field == "" || !leading(s) || seen[m.Field] {
			return
		}
		switch m.As.Type {
		case query.Text:
			seen[m.Field] = true
			c.warn(m.Span, "lint/leading-wildcard",
				fmt.Sprintf("%s is a text field: a wildcard there is compared with single words, and a leading one reads all of them", m.Field),
				"index it as wildcard or keyword, or give it a keyword sub-field")
		case query.Keyword:
			seen[m.Field] = true
			c.costs = append(c.costs, cost{m.Field, m.Span})
		default:
		}
	})
}

// leading reports whether a text begins with a wildcard and says more.
func leading(s sigma.String) bool {
	return len(s.Parts) > 1 && s.Parts[0].Kind == sigma.Any
}

// spent adds the costs of one field up.
type spent struct {
	at    diag.Span
	rules int
}

// manyRules is from how many rules on a field is worth another type.
const manyRules = 20

func (s *Set) spend(costs []cost) {
	for _, c := range costs {
		if s.costs == nil {
			s.costs = map[string]*spent{}
		}
		if s.costs[c.field] == nil {
			s.costs[c.field] = &spent{at: c.at}
		}
		s.costs[c.field].rules++
	}
}

// costly says which fields would better be of the type wildcard.
func (s *Set) costly() []diag.Diagnostic {
	var ds []diag.Diagnostic
	for _, field := range slices.Sorted(maps.Keys(s.costs)) {
		if c := s.costs[field]; c.rules >= manyRules {
			ds = append(ds, diag.Diagnostic{
				Span: c.at, Severity: diag.Info, Code: "lint/keyword-scans",
				Message: fmt.Sprintf("%d rules ask the keyword field %s with a leading wildcard: each reads all terms of the index", c.rules, field),
				Hint:    "if its values are long and many, index it as wildcard",
			})
		}
	}
	return ds
}
