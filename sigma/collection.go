package sigma

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// collect does what a document's action says (section 12), and reads the rule
// that comes of it. It returns nil where none does.
func (p *parser) collect(number int, root *yaml.Node) *Rule {
	entries := p.pairs(root)
	for _, other := range []struct{ key, code, message, hint string }{
		{"correlation", "sigma/correlation", "correlation rules cannot be translated yet", "the other rules of the file are not affected; only this document gives no watch"},
		{"filter", "sigma/filter", "filters cannot be applied yet", "write the exclusion into the rules themselves: they are translated without this filter"},
	} {
		if e, ok := find(entries, other.key); ok && !p.hasAction(entries) {
			p.failNode(e.key, fault{other.code, other.message, other.hint})
			return nil
		}
	}
	e, ok := find(entries, "action")
	if !ok || kindOf(e.value) == kindNull {
		if !p.repeats(root, p.global) {
			return nil
		}
		merged := p.mergeMaps(root, p.global)
		p.previous = merged
		return p.rule(number, root, merged)
	}
	return p.act(number, root, e.value)
}

func (p *parser) hasAction(entries []pair) bool {
	e, ok := find(entries, "action")
	return ok && kindOf(e.value) != kindNull
}

func (p *parser) act(number int, root, action *yaml.Node) *Rule {
	body := without(root, "action")
	switch {
	case kindOf(action) == kindString && action.Value == "global":
		p.global, p.previous = body, body
	case kindOf(action) == kindString && action.Value == "reset":
		p.global = nil
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
