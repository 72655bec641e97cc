package lint

import (
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// Part is what one file gives: findings, the comments that silence some, and
// what the comparison of all rules needs of it. It keeps no rule in memory.
type Part struct {
	// Found are the findings. Those of the compiler may be added, so that
	// comments silence them too.
	Found []diag.Diagnostic

	file    *diag.File
	facts   []fact
	ignores []*ignore
	costs   []cost
}

// Check looks at the rules of a file. Mapped holds the tree of each rule as the
// pipelines left it and with the types of its fields, where there is one; it
// may be nil. Check is safe for use by several goroutines.
func Check(f sigma.LoadedFile, mapped []query.Tree) Part {
	p := Part{file: f.File}
	p.ignores, p.Found = readIgnores(f.File)
	for i, r := range f.Rules {
		c := &checker{rule: r}
		c.check()
		if i < len(mapped) && mapped[i].Root != nil {
			c.indexed(mapped[i])
			c.filtered(mapped[i])
		}
		p.Found = append(p.Found, c.found...)
		p.facts = append(p.facts, c.fact)
		p.costs = append(p.costs, c.costs...)
	}
	return p
}

// checker looks at one rule.
type checker struct {
	rule  *sigma.Rule
	found []diag.Diagnostic
	fact  fact
	costs []cost
	wrong bool // the rule cannot mean anything by itself
}

func (c *checker) report(at diag.Span, severity diag.Severity, code, message, hint string) {
	c.found = append(c.found, diag.Diagnostic{Span: at, Severity: severity, Code: code, Message: message, Hint: hint})
}

func (c *checker) warn(at diag.Span, code, message, hint string) {
	c.report(at, diag.Warning, code, message, hint)
}

func (c *checker) remark(at diag.Span, code, message, hint string) {
	c.report(at, diag.Info, code, message, hint)
}

func (c *checker) check() {
	c.metadata()
	c.tags()
	c.logSource()
	c.detection()
	tree, ds := query.Resolve(c.rule, nil)
	c.fact = factOf(c.rule, tree)
	if diag.HasErrors(ds) || tree.Root == nil {
		return
	}
	if c.wrong = c.logic(tree); !c.wrong {
		c.conditions()
	}
}
