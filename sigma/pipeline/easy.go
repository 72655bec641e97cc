package pipeline

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/sigma"
)

// easy reads what needs no rule around it to be read: a field without modifiers
// and values that mean themselves in every dialect of YAML. That is most of
// what the built-in pipelines add, and they are read at each start.
func (r *reader) easy(kv pair) (*sigma.Item, bool) {
	nodes := []*yaml.Node{kv.value}
	if kv.value.Kind == yaml.SequenceNode {
		nodes = kv.value.Content
	}
	if kv.key.Kind != yaml.ScalarNode || kv.key.ShortTag() != "!!str" || !isEasyField(kv.key.Value) || len(nodes) == 0 {
		return nil, false
	}
	item := &sigma.Item{Span: r.span(kv.key), Field: kv.key.Value, FieldSpan: r.span(kv.key)}
	for _, n := range nodes {
		v, ok := easyValue(n)
		if !ok {
			return nil, false
		}
		item.Values = append(item.Values, sigma.Located{Value: v, Span: r.span(n)})
	}
	return item, true
}

func easyValue(n *yaml.Node) (sigma.Value, bool) {
	if n.Kind != yaml.ScalarNode {
		return nil, false
	}
	switch n.ShortTag() {
	case "!!int":
		ok := n.Value != "" && len(n.Value) < 19 && n.Value[0] != '0' && !strings.ContainsFunc(n.Value, func(r rune) bool { return r < '0' || r > '9' })
		return sigma.Number{Text: n.Value}, ok
	case "!!str":
		return sigma.PlainString(n.Value), isEasyText(n.Value)
	default:
		return nil, false
	}
}

// isEasyText leaves out what YAML 1.1 takes for something else than a text, and
// what a rule takes for wildcards or placeholders.
func isEasyText(s string) bool {
	return len(s) > 1 && isLetter(s[0]) && isLetter(s[len(s)-1]) &&
		!strings.ContainsFunc(s, func(r rune) bool { return !isEasyRune(r) && r != ' ' && r != '/' && r != '-' }) &&
		!slices.Contains([]string{"yes", "no", "on", "off", "true", "false", "null"}, strings.ToLower(s))
}

func isEasyField(s string) bool {
	return s != "" && isLetter(s[0]) && !strings.ContainsFunc(s, func(r rune) bool { return !isEasyRune(r) })
}

func isEasyRune(r rune) bool {
	return r < 0x80 && isLetter(byte(r)) || r >= '0' && r <= '9' || r == '_' || r == '.'
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
