package sigma

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
)

// Filter is a Sigma filter (section 11): detections that are joined to those of
// other rules, most often to leave known good events out.
type Filter struct {
	// Head is what the filter has in common with rules: title, id, log source,
	// and so on. Its Detection holds the filter's own searches and its one
	// condition.
	Head *Rule
	// Any is true where the filter is for all rules of its log source.
	Any bool
	// Rules are the rules that it is for otherwise.
	Rules []Reference
	// Broken is true where something in the filter is wrong. It cannot be
	// applied then, and the rules that it may be for cannot go without it.
	Broken bool

	// anySource is true where it cannot be told which log source it is for.
	anySource bool
	// found is what was found in it.
	found []diag.Diagnostic
}

// Reference is the id or the name of a rule, as another document writes it.
type Reference struct {
	// Text is an id in the form of a Rule's, or a name.
	Text string
	Span diag.Span
}

// isFor reports whether that is the rule's id or name.
func (ref Reference) isFor(r *Rule) bool {
	return ref.Text != "" && (ref.Text == r.ID || ref.Text == r.Name)
}

// AppliesTo reports whether the filter is for the rule: it names the rule, or
// is for any, and its log source says nothing that the rule's does not say as
// well. For a broken filter it is true wherever that may be so.
func (f *Filter) AppliesTo(r *Rule) bool {
	if !f.anySource && !f.Head.LogSource.Contains(r.LogSource) {
		return false
	}
	return f.Any || slices.ContainsFunc(f.Rules, func(ref Reference) bool { return ref.isFor(r) })
}

// Contains reports whether all that this log source says, the other one says
// as well (section 3). The definition does not count, and case does.
func (l LogSource) Contains(other LogSource) bool {
	return (l.Category == "" || l.Category == other.Category) &&
		(l.Product == "" || l.Product == other.Product) &&
		(l.Service == "" || l.Service == other.Service)
}

// filterDocument reads a filter. What is wrong with it makes it a broken one.
func (p *parser) filterDocument(number int, root *yaml.Node, entries []pair) {
	before, errors := len(p.out.Diagnostics), p.errors
	r := p.reader(number, root)
	f := &Filter{Head: r.rule}
	r.keys(entries, map[string]func(pair){
		"filter": func(e pair) { r.filter(e, f) },
		"logsource": func(e pair) {
			errors := p.errors
			r.logSource(e)
			f.anySource = p.errors > errors
		},
	})
	if _, ok := find(entries, "logsource"); !ok {
		f.anySource = true
	}
	r.required(root, entries, "filter", "title", "logsource")
	if key, _ := find(entries, "filter"); !mayHoldFilter(p.file.Text) {
		p.failNode(key.key, fault{"sigma/filter", "the key filter is written in a way that is not looked for", "write the word as it is, at the beginning of a line"})
	}
	f.Broken = p.errors > errors
	f.found = slices.Clone(p.out.Diagnostics[before:])
	p.out.Filters = append(p.out.Filters, f)
}

// lostFilter notes that a text that cannot be read may have held a filter: it
// may have been for any rule, and so one of them is enough for a file.
func (p *parser) lostFilter(at diag.Span) {
	if p.lost != nil {
		return
	}
	p.lost = &Filter{Head: &Rule{File: p.file, Span: at}, Any: true, Broken: true, anySource: true}
	p.out.Filters = append(p.out.Filters, p.lost)
}

// filter reads the section of that name: the rules, the condition, and
// otherwise search identifiers.
func (r *reader) filter(e pair, f *Filter) {
	d := &r.rule.Detection
	d.Span = r.pairSpan(e)
	if k := kindOf(e.value); k != kindMap {
		f.Any = true
		r.failNode(e.key, fault{"sigma/filter", fmt.Sprintf("the filter has to be a map, not %s", k), "give it rules, search identifiers and a condition"})
		return
	}
	entries := r.pairs(e.value)
	for _, s := range entries {
		if s.key.Value != "rules" && s.key.Value != "condition" {
			r.search(s)
		}
	}
	if len(d.Searches) == 0 {
		r.failNode(e.key, fault{"sigma/filter", "the filter has no search identifier", "add one, such as selection, with fields and values"})
	}
	r.filterRules(e, entries, f)
	r.filterCondition(e, entries)
}

// filterRules reads which rules the filter is for. Where that is wrong it is
// taken to be for all of them.
func (r *reader) filterRules(filter pair, entries []pair, f *Filter) {
	e, ok := find(entries, "rules")
	switch k := kindOrNull(e.value); {
	case !ok || k == kindNull:
		at := filter.key
		if ok {
			at = e.key
		}
		f.Any = true
		r.failNode(at, fault{"sigma/filter-rules", "the filter does not say which rules it is for", "write rules: with a list of their ids or names, or rules: any"})
	case k == kindString && strings.EqualFold(e.value.Value, "any"):
		f.Any = true
	case k == kindList && len(e.value.Content) == 0:
		f.Any = true
		r.failNode(e.value, fault{"sigma/filter-rules", "the list of rules is empty", "write the rules that the filter is for, or any for all of its log source"})
	case k == kindList || k == kindString:
		f.Rules, ok = r.references(e.value, "sigma/filter-rules")
		f.Any = !ok
	default:
		f.Any = true
		r.failNode(e.value, fault{"sigma/filter-rules", fmt.Sprintf("the rules of a filter cannot be %s", k), "write a list of ids or names, or any"})
	}
}

// kindOrNull is kindOf for what may not be there.
func kindOrNull(n *yaml.Node) kind {
	if n == nil {
		return kindNull
	}
	return kindOf(n)
}

// references reads ids or names of rules, one or a list, and says whether all
// are right.
func (p *parser) references(n *yaml.Node, code string) ([]Reference, bool) {
	entries := []*yaml.Node{n}
	if kindOf(n) == kindList {
		entries = p.list(n, code, "rules")
	}
	var out []Reference
	for _, entry := range entries {
		text, ok := p.text(entry, code, "a rule's id or name")
		switch {
		case ok && text != "":
			if id, isID := uuid(text); isID {
				text = id
			}
			out = append(out, Reference{Text: text, Span: p.places.span(entry)})
		case ok || kindOf(entry) == kindNull:
			p.failNode(entry, fault{code, "a rule's id or name is empty", "write it, or remove the entry"})
		}
	}
	return out, len(out) == len(entries)
}

// filterCondition reads the one condition of a filter.
func (r *reader) filterCondition(filter pair, entries []pair) {
	e, ok := find(entries, "condition")
	if !ok {
		r.failNode(filter.key, fault{"sigma/filter", "the filter has no condition", "add one; to leave events out: condition: not selection"})
		return
	}
	if kindOf(e.value) == kindList {
		r.failNode(e.value, fault{"sigma/filter", "a filter has one condition, not a list", `join them by "and" or "or"`})
		return
	}
	if r.condition(e.value) {
		r.unused()
	}
}
