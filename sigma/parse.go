package sigma

import (
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
)

// Parsed is what a file holds.
type Parsed struct {
	// Rules are the rules without an error, in file order.
	Rules []*Rule
	// Filters are the filters, in file order, broken ones among them.
	Filters []*Filter
	// Correlations are the correlation rules without an error of their own, in
	// file order. Each is in Rejected as well, since it gives no query yet.
	Correlations []*Correlation
	// Rejected are the documents that gave no rule because of an error, as far
	// as they could be read: what was deployed for them must be held.
	Rejected []Rejected
	// bases are the rules that correlations are about, those of broken ones as
	// far as they could be read.
	bases []base
	// Diagnostics are all findings of the file, sorted.
	Diagnostics []diag.Diagnostic
	// Unread is true where a part of the file or all of it could not even be
	// read as YAML, or where it holds nothing, so that nobody knows which rules
	// it held.
	Unread bool
}

// Rejected is a document that gave no rule.
type Rejected struct {
	// ID is the rule's id as a Rule has it; empty where it has none that can
	// be read. Title likewise.
	ID, Title string
	// Name is what other rules may call it by, or empty.
	Name string
	// Document is the number of the document in its file, from 0.
	Document int
	Span     diag.Span
	// Rule is the rule as far as it could be read, or nil: where a watch's id
	// depends on more than the rule's id, it can be found all the same.
	Rule *Rule
}

// maxProblems bounds the findings of one file.
const maxProblems = 1000

// Parse returns the rules of a file without an error, in file order, and all
// findings, sorted. It is [ParseFile] for those who need no more.
func Parse(f *diag.File) ([]*Rule, []diag.Diagnostic) {
	out := ParseFile(f)
	return out.Rules, out.Diagnostics
}

// ParseFile reads all documents of a file. A document with an error gives no
// rule and never stops the others. It never fails and never panics, whatever
// the file holds; its time and memory are bounded by the file's size.
func ParseFile(f *diag.File) Parsed {
	p := &parser{file: f, places: newPlaces(f)}
	if p.readable() {
		p.documents()
	} else if mayHoldFilter(f.Text) {
		p.lostFilter(f.Whole())
	}
	p.finish()
	return p.out
}

// finish sorts the findings, leaves out those that were made twice, and cuts
// what is past the limit.
func (p *parser) finish() {
	diag.Sort(p.out.Diagnostics)
	ds := slices.Compact(p.out.Diagnostics)
	if len(ds) > maxProblems {
		worst, _ := diag.WorstOf(ds[maxProblems:])
		ds = append(ds[:maxProblems:maxProblems], diag.Diagnostic{
			Span: p.file.Whole(), Severity: worst, Code: "sigma/too-many-problems",
			Message: fmt.Sprintf("more than %d problems: the rest is not shown", maxProblems),
			Hint:    "is this a Sigma rule?",
		})
	}
	p.out.Diagnostics = ds
	if p.lost != nil {
		p.lost.found = ds
	}
}

type parser struct {
	file   *diag.File
	places *places
	out    Parsed

	// global, previous are what actions of earlier documents left (section 12).
	global, previous *yaml.Node
	// unrepeatable is what the document before is where it is no rule.
	unrepeatable string
	// lost stands for all that may have been a filter and cannot be read.
	lost *Filter
	// errors counts the errors so far.
	errors int
	// expanded counts the values that were made of others by aliases and
	// collections.
	expanded int
}

func (p *parser) report(d diag.Diagnostic) {
	if d.Severity == diag.Error {
		p.errors++
	}
	p.out.Diagnostics = append(p.out.Diagnostics, d)
}

// fail reports an error at a place.
func (p *parser) fail(at diag.Span, f fault) {
	p.report(diag.Diagnostic{Span: at, Severity: diag.Error, Code: f.code, Message: f.message, Hint: f.hint})
}

func (p *parser) warn(at diag.Span, f fault) {
	p.report(diag.Diagnostic{Span: at, Severity: diag.Warning, Code: f.code, Message: f.message, Hint: f.hint})
}

// failNode reports an error at a node.
func (p *parser) failNode(n *yaml.Node, f fault) { p.fail(p.places.span(n), f) }

// documents reads the file's documents one after another.
func (p *parser) documents() {
	for number, doc := range p.decode() {
		if doc.broken {
			p.out.Unread = true
			p.out.Rejected = append(p.out.Rejected, doc.guess(number))
			if doc.isFilter() {
				p.lostFilter(doc.text)
			}
			continue
		}
		if doc.root != nil {
			p.document(number, doc.root)
		}
	}
	if len(p.out.Rules)+len(p.out.Rejected)+len(p.out.Filters)+p.errors == 0 {
		p.out.Unread = true
		p.fail(p.file.Whole(), fault{
			"sigma/no-rule", "the file holds no rule",
			"put the rule back, or remove the file: until then its watch is held",
		})
	}
}

// document reads one document, and notes it as rejected if that gave an error.
func (p *parser) document(number int, root *yaml.Node) {
	before, filters := p.errors, len(p.out.Filters)
	var rule *Rule
	switch {
	case root.Kind == yaml.ScalarNode && kindOf(root) == kindNull:
		return
	case !p.bounded(root):
	case root.Kind != yaml.MappingNode:
		p.failNode(root, fault{
			"sigma/document", fmt.Sprintf("the document is %s, and no rule", kindOf(root)),
			"a rule is a map with title, logsource and detection",
		})
	default:
		found := p.collect(number, root)
		if found.settled || found.rule == nil && p.errors == before {
			return
		}
		rule = found.rule
	}
	if p.errors == before {
		p.out.Rules = append(p.out.Rules, rule)
		return
	}
	p.out.Rejected = append(p.out.Rejected, p.rejected(number, root, rule))
	if len(p.out.Filters) == filters && hasKey(root, "filter") && !hasKey(root, "detection") {
		p.lostFilter(p.places.span(root))
	}
}

// hasKey reports whether a map, if it is one, has a key. It follows nothing.
func hasKey(root *yaml.Node, key string) bool {
	for i := 0; root.Kind == yaml.MappingNode && i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == key {
			return true
		}
	}
	return false
}

// rejected says what is known of a document that gave no rule.
func (p *parser) rejected(number int, root *yaml.Node, rule *Rule) Rejected {
	r := Rejected{Document: number, Span: p.places.span(root)}
	if rule != nil {
		r.ID, r.Title, r.Name, r.Rule = rule.ID, rule.Title, rule.Name, rule
		return r
	}
	if root.Kind != yaml.MappingNode {
		return r
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		switch value := root.Content[i+1]; root.Content[i].Value {
		case "id":
			r.ID, _ = uuid(value.Value)
		case "title":
			r.Title = value.Value
		case "name":
			r.Name = value.Value
		}
	}
	return r
}

// Limits on what a file may be, so that a small one cannot make much work.
// SigmaHQ's rules are 6 deep at most and have no alias.
const (
	maxDepth    = 64
	maxExpanded = 200_000
)

// bounded checks the limits, and says where they are passed. Everything after
// it may follow aliases without a thought.
func (p *parser) bounded(root *yaml.Node) bool {
	b := bounds{expanded: p.expanded}
	switch {
	case b.visit(root, 0, false):
		p.expanded = b.expanded
		return true
	case b.repeated():
		p.tooMuch(b.at)
		// It gives no rule, and so costs no more than this visit: other
		// documents may still have their aliases, but not many such visits.
		p.expanded += maxExpanded / 10
	default:
		p.failNode(b.at, fault{
			"sigma/too-deep", fmt.Sprintf("the document is nested more than %d levels deep", maxDepth),
			"a rule needs a few levels; is an alias part of what it names?",
		})
	}
	return false
}

// tooMuch reports a node that passes the limit on expansion.
func (p *parser) tooMuch(n *yaml.Node) {
	p.failNode(n, fault{
		"sigma/too-much-repeated", fmt.Sprintf("the file repeats more than %d of its values by aliases and actions", maxExpanded),
		"write the values out, or spread the rules over several files",
	})
}

// bounds visits the nodes of a document as they are used.
type bounds struct {
	expanded int
	at       *yaml.Node
}

func (b *bounds) visit(n *yaml.Node, depth int, aliased bool) bool {
	b.at = n
	if aliased {
		b.expanded++
	}
	if depth > maxDepth || aliased && b.repeated() {
		return false
	}
	if n.Kind == yaml.AliasNode {
		if b.visit(n.Alias, depth+1, true) {
			return true
		}
		if !aliased {
			b.at = n
		}
		return false
	}
	for _, kid := range n.Content {
		if !b.visit(kid, depth+1, aliased) {
			return false
		}
	}
	return true
}

// repeated reports whether it was the limit on expansion that ended the visit.
func (b *bounds) repeated() bool { return b.expanded > maxExpanded }

// repeats counts what a collection puts into one more document, and says
// whether the limit allows it.
func (p *parser) repeats(root, added *yaml.Node) bool {
	if added == nil {
		return true
	}
	b := bounds{expanded: p.expanded}
	ok := b.visit(added, 0, true)
	p.expanded = b.expanded
	if !ok {
		p.tooMuch(root)
	}
	return ok
}
