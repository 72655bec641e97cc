package sigma

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// outcome is what became of a document.
type outcome struct {
	rule *Rule
	// settled is true where all was noted, and no rule is to come of it.
	settled bool
}

// collect does what a document's action says (section 12), and reads the rule
// that comes of it. It gives no rule where none does.
func (p *parser) collect(number int, root *yaml.Node) outcome {
	entries := p.pairs(root)
	if one, ok := p.special(number, root, entries); ok {
		return one
	}
	e, ok := find(entries, "action")
	if !ok || kindOf(e.value) == kindNull {
		if !p.repeats(root, p.global) {
			return outcome{}
		}
		merged := p.mergeMaps(root, p.global)
		p.previous, p.unrepeatable = merged, ""
		return outcome{rule: p.rule(number, root, merged)}
	}
	return outcome{rule: p.act(number, root, e.value)}
}

// special reads a document that is a filter or a correlation, and says whether
// it is one. They are not merged with global documents.
func (p *parser) special(number int, root *yaml.Node, entries []pair) (outcome, bool) {
	var kinds []pair
	for _, kind := range []string{"correlation", "filter", "detection"} {
		if e, ok := find(entries, kind); ok {
			kinds = append(kinds, e)
		}
	}
	if len(kinds) == 0 || kinds[0].key.Value == "detection" {
		return outcome{}, false
	}
	kind := kinds[0].key.Value
	p.previous, p.unrepeatable = nil, kind
	action, _ := find(entries, "action")
	switch {
	case kindOrNull(action.value) != kindNull:
		p.failNode(action.value, fault{
			"sigma/action", fmt.Sprintf("a %s cannot be part of a collection", kind),
			"remove the action: what is global is not merged into it, and it is not repeated",
		})
		return outcome{}, true
	case len(kinds) > 1:
		p.failNode(kinds[1].key, fault{
			"sigma/two-kinds", fmt.Sprintf("the document has both %s and %s", kind, kinds[1].key.Value),
			"a document is a rule, a correlation or a filter: separate them by ---, or indent what belongs into the detection",
		})
		return outcome{}, true
	case kind == "filter":
		p.filterDocument(number, root, entries)
		return outcome{settled: true}, true
	default:
		return outcome{rule: p.correlationDocument(number, root, entries)}, true
	}
}

func (p *parser) act(number int, root, action *yaml.Node) *Rule {
	body := without(root, "action")
	switch {
	case kindOf(action) == kindString && action.Value == "global":
		p.global, p.previous, p.unrepeatable = body, body, ""
	case kindOf(action) == kindString && action.Value == "reset":
		p.global = nil
	case kindOf(action) == kindString && action.Value == "repeat" && p.unrepeatable != "":
		p.failNode(action, fault{
			"sigma/action", fmt.Sprintf("the document before is a %s, which cannot be repeated", p.unrepeatable),
			"put this document behind the rule that it repeats",
		})
	case kindOf(action) == kindString && action.Value == "repeat":
		if !p.repeats(root, p.previous) {
			return nil
		}
		if p.previous != nil {
			body = p.mergeMaps(p.previous, body)
		}
		p.previous = body
		return p.rule(number, root, body)
	default:
		p.failNode(action, fault{
			"sigma/action", fmt.Sprintf("%q is no action of a collection", action.Value),
			"the actions are global, reset and repeat",
		})
	}
	return nil
}
