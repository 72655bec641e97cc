package pipeline

import (
	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// define reads an entry "field|modifier: values" as the detection of a rule.
// It has package sigma read a rule with that one entry, so that values, types
// and modifiers mean here what they mean there.
func (r *reader) define(kv pair) (sigma.Node, bool) {
	if item, ok := r.easy(kv); ok {
		return item, true
	}
	return r.defineAsRule(kv)
}

func (r *reader) defineAsRule(kv pair) (sigma.Node, bool) {
	text, err := yaml.Marshal(probe(kv))
	if err != nil {
		r.errorf(r.span(kv.value), "pipeline/invalid-definition", "", "the definition cannot be read: %v", err)
		return nil, false
	}
	rules, ds := sigma.Parse(diag.NewFile(r.file.Name, text))
	for _, d := range ds {
		if d.Severity == diag.Error {
			d.Span = r.span(kv.value)
			if d.Span.Start == d.Span.End || kv.value.Kind != yaml.ScalarNode {
				d.Span = r.span(kv.key)
			}
			r.ds = append(r.ds, d)
		}
	}
	if diag.HasErrors(ds) || len(rules) != 1 || len(rules[0].Detection.Searches) != 1 {
		return nil, false
	}
	return rules[0].Detection.Searches[0].Node, true
}

// probe is the rule that define has read.
func probe(kv pair) *yaml.Node {
	return mapOf(
		"title", scalarText("pipeline"),
		"logsource", mapOf("category", scalarText("pipeline")),
		"detection", mapOf(
			"added", &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{bare(kv.key), bare(kv.value)}},
			"condition", scalarText("added"),
		),
	)
}

func mapOf(entries ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, e := range entries {
		switch e := e.(type) {
		case string:
			n.Content = append(n.Content, scalarText(e))
		case *yaml.Node:
			n.Content = append(n.Content, e)
		}
	}
	return n
}

func scalarText(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: s, Style: yaml.DoubleQuotedStyle}
}

// bare copies a node without aliases, anchors and comments.
func bare(n *yaml.Node) *yaml.Node {
	n = deref(n)
	c := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Style: n.Style &^ yaml.FoldedStyle}
	for _, kid := range n.Content {
		c.Content = append(c.Content, bare(kid))
	}
	return c
}

// literal reads a single value with the type that a rule would give it.
func (r *reader) literal(n *yaml.Node) (sigma.Value, bool) {
	if n.Kind != yaml.ScalarNode {
		r.wrongType(n, "the value", "a single value")
		return nil, false
	}
	node, ok := r.define(pair{key: scalarText("value"), value: n})
	if !ok {
		return nil, false
	}
	it, ok := node.(*sigma.Item)
	if !ok || len(it.Values) != 1 {
		return nil, false
	}
	return it.Values[0].Value, true
}

// string reads a single value as text with wildcards; a number becomes text.
func (r *reader) string(n *yaml.Node) sigma.String {
	v, _ := r.literal(n)
	switch v := v.(type) {
	case sigma.String:
		return v
	case sigma.Number:
		return sigma.PlainString(v.Text)
	default:
		return sigma.ParseString(n.Value)
	}
}
