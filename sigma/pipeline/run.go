package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// Chain is several pipelines one after another. A nil Chain changes nothing.
// It is never changed after NewChain made it, and may be used by many at the
// same time.
type Chain struct {
	items      []*item
	post       []*postItem
	finalizers []*finalItem
	vars       map[string]variable
	// strict says that an item asks for the names that others made.
	strict bool
	hash   string
}

// NewChain puts pipelines in order: by priority, then by name (that under which
// a built-in one is asked for), and as given where both are the same. Variables
// of later ones win. A nil pipeline is left out.
func NewChain(ps ...*Pipeline) *Chain {
	ps = slices.DeleteFunc(slices.Clone(ps), func(p *Pipeline) bool { return p == nil })
	slices.SortStableFunc(ps, comparePipelines)
	c, sum := &Chain{vars: map[string]variable{}}, sha256.New()
	for _, p := range ps {
		c.items = append(c.items, p.items...)
		c.strict = c.strict || asksForNames(p.items)
		c.post = append(c.post, p.post...)
		c.finalizers = append(c.finalizers, p.finalizers...)
		maps.Copy(c.vars, p.vars)
		each := sha256.Sum256(p.canon)
		sum.Write(each[:])
	}
	c.hash = "sha256:" + hex.EncodeToString(sum.Sum(nil))
	return c
}

func comparePipelines(a, b *Pipeline) int {
	switch {
	case a.Priority < b.Priority:
		return -1
	case a.Priority > b.Priority:
		return 1
	default:
		return strings.Compare(a.order, b.order)
	}
}

// With returns a chain in which these variables have these values, such as the
// name of the back end, which pySigma calls backend. They do not count in Hash.
func (c *Chain) With(vars map[string]string) *Chain {
	if c == nil {
		c = NewChain()
	}
	own := *c
	own.vars = maps.Clone(c.vars)
	for name, text := range vars {
		own.vars[name] = variable{values: []sigma.String{sigma.PlainString(text)}, data: text}
	}
	return &own
}

// Hash returns "sha256:" and a number in hexadecimal that changes when what
// the pipelines do or their order changes. Comments, layout, names and
// descriptions of the pipelines do not count.
func (c *Chain) Hash() string {
	if c == nil {
		return NewChain().hash
	}
	return c.hash
}

// Apply returns what the pipelines make of a rule. The rule itself and all
// that it holds stay as they are; parts that no item touched are shared with
// the result. An error among the diagnostics means that the result must not be
// used. Diagnostics point into the rule and name the item.
func (c *Chain) Apply(r *sigma.Rule) (*sigma.Rule, []diag.Diagnostic) {
	if c == nil || len(c.items) == 0 {
		return r, nil
	}
	x := c.run(r)
	return x.rule, x.ds
}

// run carries the items out on a copy of the rule.
func (c *Chain) run(r *sigma.Rule) *run {
	own := *r
	x := &run{rule: &own, vars: c.vars, strict: c.strict}
	x.carryOut(c.items)
	return x
}

// run is the work on one rule.
type run struct {
	// rule is a copy that may be changed; its slices and nodes are shared.
	rule *sigma.Rule
	vars map[string]variable
	// applied are the ids of the items that ran on the rule.
	applied []string
	state   map[string]sigma.Value
	// names holds for a field name the ids of the items that made it.
	names map[string][]string
	// made are the names that items gave to fields, or added. They are noted
	// where strict is set.
	made   []string
	strict bool
	// item is the one at work.
	item   *item
	ds     []diag.Diagnostic
	failed bool
	// spent counts the bytes that were made, as far as a pipeline can multiply
	// what it is given.
	spent int
}

// maxSpent bounds what pipelines make of one rule: lists of names and values
// multiply with each item. SigmaHQ's rules come to 11 kB at most.
const maxSpent = 8 << 20

// spend counts bytes to be made for a place of the rule, and refuses the rule
// when they are too many.
func (x *run) spend(at diag.Span, bytes int) bool {
	if x.spent += bytes; x.spent <= maxSpent {
		return true
	}
	if !x.failed {
		x.refuse(at, "pipeline/too-much", "use shorter lists of names and values, or fewer of them after one another",
			"the pipelines make more than %d MiB of this rule", maxSpent>>20)
	}
	return false
}

// carryOut runs the items in order, up to the first that refuses the rule.
func (x *run) carryOut(items []*item) {
	for _, it := range items {
		if x.item = it; !it.rules.open(x, x.rule) || x.failed {
			continue
		}
		x.applied = append(x.applied, it.id)
		it.do.apply(x)
	}
}

// refuse reports that the rule cannot be used.
func (x *run) refuse(at diag.Span, code, hint, format string, args ...any) {
	x.failed = true
	x.ds = append(x.ds, diag.Diagnostic{
		Span: x.place(at), Severity: diag.Error, Code: code,
		Message: fmt.Sprintf(format, args...) + " (" + x.item.label + ")", Hint: hint,
	})
}

// note keeps names that an item made.
func (x *run) note(names ...string) {
	if x.strict {
		x.made = append(x.made, names...)
	}
}

// warn reports what the pipeline makes of the rule that its author may not
// expect.
func (x *run) warn(at diag.Span, code, hint, format string, args ...any) {
	x.ds = append(x.ds, diag.Diagnostic{
		Span: x.place(at), Severity: diag.Warning, Code: code,
		Message: fmt.Sprintf(format, args...) + " (" + x.item.label + ")", Hint: hint,
	})
}

// place returns the span, or the nearest thing to it that is in the file.
func (x *run) place(at diag.Span) diag.Span {
	for _, s := range []diag.Span{at, x.rule.LogSource.Span, x.rule.TitleSpan} {
		if s.IsValid() {
			return s
		}
	}
	return x.rule.Span
}
