package pipeline

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/diag/yamlnode"
	"github.com/sigwatch/sigwatch/sigma"
)

// params reads the entries of one mapping. Each getter reports what is wrong
// with its entry; done reports those that nobody asked for.
type params struct {
	r *reader
	n *yaml.Node
	// what names the mapping in messages: `transformation "case"`.
	what  string
	pairs []pair
	known []string
	// index is that of the processing item, "3" or "3.1".
	index string
}

func newParams(r *reader, n *yaml.Node, what string) *params {
	return &params{r: r, n: n, what: what, pairs: r.pairs(n)}
}

// take returns the value of a key. A null counts as given.
func (p *params) take(key string) (*yaml.Node, bool) {
	p.known = append(p.known, key)
	for _, kv := range p.pairs {
		if kv.key.Value == key && !yamlnode.IsNull(kv.key) {
			return kv.value, true
		}
	}
	return nil, false
}

// need is take for a key that must be there.
func (p *params) need(key string) (*yaml.Node, bool) {
	n, ok := p.take(key)
	if !ok {
		p.r.errorf(p.r.span(p.n), "pipeline/missing-parameter", "", "%s needs %q", p.what, key)
	}
	return n, ok
}

func (p *params) keySpan(key string) diag.Span {
	for _, kv := range p.pairs {
		if kv.key.Value == key {
			return p.r.span(kv.key)
		}
	}
	return p.r.span(p.n)
}

// done reports the keys that are no parameters.
func (p *params) done() {
	for _, kv := range p.pairs {
		if yamlnode.IsNull(kv.key) || !slices.Contains(p.known, kv.key.Value) {
			p.r.errorf(p.r.span(kv.key), "pipeline/unknown-key", didYouMean(kv.key.Value, p.known),
				"%s has no parameter %q", p.what, kv.key.Value)
		}
	}
}

// scalar returns the value of n as text; null and collections are errors.
func (p *params) scalar(n *yaml.Node, key string) (string, bool) {
	if n.Kind != yaml.ScalarNode || yamlnode.IsNull(n) {
		p.r.wrongType(n, strconv.Quote(key), "a text")
		return "", false
	}
	return n.Value, true
}

// text returns an optional text.
func (p *params) text(key, missing string) string {
	n, ok := p.take(key)
	if !ok || yamlnode.IsNull(n) {
		return missing
	}
	s, _ := p.scalar(n, key)
	return s
}

// needText returns a text that must be there.
func (p *params) needText(key string) string {
	n, ok := p.need(key)
	if !ok {
		return ""
	}
	s, _ := p.scalar(n, key)
	return s
}

// texts returns an optional list of texts; a single text is a list of one.
func (p *params) texts(key string) []string {
	n, ok := p.take(key)
	if !ok || yamlnode.IsNull(n) {
		return nil
	}
	return p.textList(n, key)
}

// needTexts returns a list of texts that must be there.
func (p *params) needTexts(key string) []string {
	n, ok := p.need(key)
	if !ok {
		return nil
	}
	return p.textList(n, key)
}

func (p *params) textList(n *yaml.Node, key string) []string {
	if n.Kind == yaml.ScalarNode {
		n = &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{n}}
	}
	if n.Kind != yaml.SequenceNode {
		p.r.wrongType(n, strconv.Quote(key), "a text or a list of texts")
		return nil
	}
	out := make([]string, 0, len(n.Content))
	for _, kid := range n.Content {
		if s, ok := p.scalar(deref(kid), key); ok {
			out = append(out, s)
		}
	}
	return out
}

// choice returns one of the allowed texts, the first one where none is given.
func (p *params) choice(key string, allowed ...string) string {
	n, ok := p.take(key)
	if !ok {
		return allowed[0]
	}
	return p.chosen(n, key, allowed)
}

// needChoice is choice for a key that must be there.
func (p *params) needChoice(key string, allowed ...string) string {
	n, ok := p.need(key)
	if !ok {
		return allowed[0]
	}
	return p.chosen(n, key, allowed)
}

func (p *params) chosen(n *yaml.Node, key string, allowed []string) string {
	s, ok := p.scalar(n, key)
	if !ok {
		return allowed[0]
	}
	if !slices.Contains(allowed, s) {
		p.r.errorf(p.r.span(n), "pipeline/wrong-value", "write one of: "+strings.Join(allowed, ", "), "%q cannot be %q", key, s)
		return allowed[0]
	}
	return s
}

// flag returns an optional boolean, spelt as YAML 1.1 allows; false where none
// is given.
func (p *params) flag(key string) bool { return p.flagOr(key, false) }

func (p *params) flagOr(key string, missing bool) bool {
	n, ok := p.take(key)
	if !ok || yamlnode.IsNull(n) {
		return missing
	}
	switch {
	case n.Kind != yaml.ScalarNode || n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
	case slices.Contains([]string{"true", "yes", "on"}, strings.ToLower(n.Value)):
		return true
	case slices.Contains([]string{"false", "no", "off"}, strings.ToLower(n.Value)):
		return false
	}
	p.r.wrongType(n, strconv.Quote(key), "true or false")
	return false
}

// number returns an optional number, 0 where none is given.
func (p *params) number(key string) float64 {
	n, ok := p.take(key)
	if !ok || yamlnode.IsNull(n) {
		return 0
	}
	f, err := strconv.ParseFloat(n.Value, 64)
	if err != nil || n.Kind != yaml.ScalarNode || math.IsNaN(f) || math.IsInf(f, 0) {
		p.r.wrongType(n, strconv.Quote(key), "a number")
	}
	return f
}

// mapping returns the entries of an optional mapping.
func (p *params) mapping(key string) []pair {
	n, ok := p.take(key)
	if !ok || yamlnode.IsNull(n) {
		return nil
	}
	return p.entries(n, key)
}

// needMapping returns the entries of a mapping that must be there.
func (p *params) needMapping(key string) []pair {
	n, ok := p.need(key)
	if !ok {
		return nil
	}
	return p.entries(n, key)
}

func (p *params) entries(n *yaml.Node, key string) []pair {
	if n.Kind != yaml.MappingNode {
		p.r.wrongType(n, strconv.Quote(key), "a mapping")
		return nil
	}
	return p.r.pairs(n)
}

// list returns the entries of an optional list.
func (p *params) list(key string) []*yaml.Node {
	n, ok := p.take(key)
	if !ok || yamlnode.IsNull(n) {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		p.r.wrongType(n, strconv.Quote(key), "a list")
		return nil
	}
	out := make([]*yaml.Node, 0, len(n.Content))
	for _, kid := range n.Content {
		out = append(out, deref(kid))
	}
	return out
}

// needLiteral returns a single value as a rule would have it.
func (p *params) needLiteral(key string) sigma.Value {
	n, ok := p.need(key)
	if !ok {
		return sigma.Null{}
	}
	v, ok := p.r.literal(n)
	if !ok {
		return sigma.Null{}
	}
	return v
}
