package sigma

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
)

// pair is an entry of a map, with aliases followed.
type pair struct{ key, value *yaml.Node }

// deref follows aliases. Cycles were found by bounded.
func deref(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// pairs returns the entries of a map: merge keys filled in, and of repeated
// keys the last value, at the first one's place in the order (section 1).
func (p *parser) pairs(m *yaml.Node) []pair {
	out := make([]pair, 0, len(m.Content)/2)
	for i := 0; i+1 < len(m.Content); i += 2 {
		out = append(out, pair{deref(m.Content[i]), deref(m.Content[i+1])})
	}
	if slices.ContainsFunc(out, func(e pair) bool { return kindOf(e.key) == kindMerge }) {
		out = p.mergeKeys(out)
	}
	return p.unique(out)
}

// mergeKeys puts what the merge keys name before the map's own entries, which
// win. Among several merged maps the first wins.
func (p *parser) mergeKeys(entries []pair) []pair {
	var merged, own []pair
	for _, e := range entries {
		if kindOf(e.key) != kindMerge {
			own = append(own, e)
			continue
		}
		var from []pair
		for _, m := range p.mergedMaps(e.value) {
			from = append(p.pairs(m), from...)
		}
		merged = append(merged, from...)
	}
	all, index := override(merged)
	overridden := make([]bool, len(all))
	for _, e := range own {
		if i := index.find(all, e.key); i >= 0 && i < len(overridden) && !overridden[i] {
			all[i], overridden[i] = e, true
			continue
		}
		all = append(all, e)
	}
	return all
}

// mergedMaps returns the maps that a merge key's value names.
func (p *parser) mergedMaps(n *yaml.Node) []*yaml.Node {
	maps := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		maps = maps[:0]
		for _, entry := range n.Content {
			maps = append(maps, deref(entry))
		}
	}
	return slices.DeleteFunc(maps, func(m *yaml.Node) bool {
		if m.Kind == yaml.MappingNode {
			return false
		}
		p.failNode(m, fault{"sigma/merge-key", fmt.Sprintf("%s cannot be merged into a map", kindOf(m)), `"<<" takes a map or a list of maps`})
		return true
	})
}

// override returns the entries without those whose key comes again: the later
// one takes the earlier one's place.
func override(entries []pair) ([]pair, *keyIndex) {
	var out []pair
	index := &keyIndex{}
	for _, e := range entries {
		if i := index.find(out, e.key); i >= 0 {
			out[i] = e
			continue
		}
		out = append(out, e)
	}
	return out, index
}

// keyIndex finds entries by their key, in growing lists: by looking through a
// short one, and by a map in a long one.
type keyIndex struct {
	places map[key]int
	known  int
}

// key is what makes two keys the same.
type key struct {
	text string
	kind kind
}

func keyOf(n *yaml.Node) key { return key{n.Value, kindOf(n)} }

// manyKeys is the length from which a map is quicker.
const manyKeys = 16

// find returns the place of the entry with that key, or -1. The entries are
// those of the last call, with more behind them.
func (x *keyIndex) find(entries []pair, n *yaml.Node) int {
	if len(entries) <= manyKeys {
		return slices.IndexFunc(entries, func(e pair) bool { return sameKey(e.key, n) })
	}
	if x.places == nil {
		x.places = make(map[key]int, 2*len(entries))
	}
	for ; x.known < len(entries); x.known++ {
		if k := keyOf(entries[x.known].key); !x.has(k) {
			x.places[k] = x.known
		}
	}
	if i, ok := x.places[keyOf(n)]; ok {
		return i
	}
	return -1
}

func (x *keyIndex) has(k key) bool {
	_, ok := x.places[k]
	return ok
}

func sameKey(a, b *yaml.Node) bool {
	return a.Value == b.Value && (a == b || kindOf(a) == kindOf(b))
}

// unique reports keys that are given twice, and keys that are no scalars.
func (p *parser) unique(entries []pair) []pair {
	out := entries[:0]
	index := &keyIndex{}
	for _, e := range entries {
		out = p.addEntry(out, e, index.find(out, e.key))
	}
	return out
}

// addEntry adds an entry, or puts it in the place of the one with its key.
func (p *parser) addEntry(out []pair, e pair, same int) []pair {
	switch {
	case e.key.Kind != yaml.ScalarNode:
		p.failNode(e.key, fault{"sigma/key", fmt.Sprintf("%s cannot be a key", kindOf(e.key)), "write a text before the colon"})
		return out
	case same < 0:
		return append(out, e)
	}
	p.warn(p.places.span(e.key), fault{
		"sigma/duplicate-key", fmt.Sprintf("the key %q is given twice: the first one is lost", e.key.Value),
		fmt.Sprintf("rename or remove one; the first stands in line %d", out[same].key.Line),
	})
	out[same].value = e.value
	return out
}

// text returns the text of a node that must be one. Null counts as absent.
func (p *parser) text(n *yaml.Node, code, what string) (string, bool) {
	switch k := kindOf(n); k {
	case kindString:
		return n.Value, true
	case kindNull:
		return "", false
	default:
		p.failNode(n, fault{code, fmt.Sprintf("%s has to be a text, not %s", what, k), quoteHint(k)})
		return "", false
	}
}

func quoteHint(k kind) string {
	switch k {
	case kindMap, kindList:
		return "write one text"
	default:
		return "put it in quotes"
	}
}

// list returns the entries of a node that must be a list. Null counts as
// absent.
func (p *parser) list(n *yaml.Node, code, what string) []*yaml.Node {
	switch k := kindOf(n); k {
	case kindList:
		out := make([]*yaml.Node, len(n.Content))
		for i, entry := range n.Content {
			out[i] = deref(entry)
		}
		return out
	case kindNull:
		return nil
	default:
		p.failNode(n, fault{code, fmt.Sprintf("%s has to be a list, not %s", what, k), "put each entry on a line of its own, behind a dash"})
		return nil
	}
}

// texts returns a list whose entries are taken as they are written, whatever
// their type.
func (p *parser) texts(n *yaml.Node, code, what string) []string {
	entries := p.list(n, code, what)
	if len(entries) == 0 {
		return nil
	}
	out := make([]string, 0, len(entries))
	for _, entry := range entries {
		switch kindOf(entry) {
		case kindMap, kindList:
			p.failNode(entry, fault{code, fmt.Sprintf("an entry of %s is %s", what, kindOf(entry)), "write one text"})
		default:
			out = append(out, entry.Value)
		}
	}
	return out
}

// plain returns a node as plain data.
func (p *parser) plain(n *yaml.Node) any {
	n = deref(n)
	switch kindOf(n) {
	case kindMap:
		out := map[string]any{}
		for _, e := range p.pairs(n) {
			out[e.key.Value] = p.plain(e.value)
		}
		return out
	case kindList:
		out := make([]any, len(n.Content))
		for i, entry := range n.Content {
			out[i] = p.plain(entry)
		}
		return out
	case kindNull:
		return nil
	case kindBool:
		return boolOf(n.Value)
	case kindInt, kindFloat:
		return plainNumber(n.Value)
	default:
		return n.Value
	}
}

// plainNumber returns an int64 where the number is one, else a float64, else
// the text.
func plainNumber(s string) any {
	text, ok := numberText(s)
	if !ok {
		return s
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return f
	}
	return text
}

// mergeMaps returns the first map with the second one's entries in it: maps
// merge, anything else of the second takes its place (section 12).
func (p *parser) mergeMaps(into, from *yaml.Node) *yaml.Node {
	if from == nil {
		return into
	}
	out := *into
	out.Content = nil
	entries := p.pairs(into)
	index := &keyIndex{}
	for _, e := range p.pairs(from) {
		i := index.find(entries, e.key)
		switch {
		case i < 0:
			entries = append(entries, e)
		case e.value.Kind == yaml.MappingNode && entries[i].value.Kind == yaml.MappingNode:
			entries[i].value = p.mergeMaps(entries[i].value, e.value)
		default:
			entries[i] = e
		}
	}
	for _, e := range entries {
		out.Content = append(out.Content, e.key, e.value)
	}
	return &out
}

// without returns the map without an entry.
func without(m *yaml.Node, key string) *yaml.Node {
	out := *m
	out.Content = nil
	for i := 0; i+1 < len(m.Content); i += 2 {
		if deref(m.Content[i]).Value != key {
			out.Content = append(out.Content, m.Content[i], m.Content[i+1])
		}
	}
	return &out
}

// find returns the value of a key.
func find(entries []pair, key string) (pair, bool) {
	for _, e := range entries {
		if e.key.Value == key {
			return e, true
		}
	}
	return pair{}, false
}

// uuid reads an identifier in any of the forms that Python's UUID takes, and
// returns it in lower case with dashes.
func uuid(s string) (string, bool) {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "urn:", ""), "uuid:", "")
	hex := strings.ToLower(strings.ReplaceAll(strings.Trim(s, "{}"), "-", ""))
	if len(hex) != 32 || !madeOf(hex, "0123456789abcdef") {
		return "", false
	}
	return hex[:8] + "-" + hex[8:12] + "-" + hex[12:16] + "-" + hex[16:20] + "-" + hex[20:], true
}

// pairSpan returns the place of a map's key and value.
func (p *parser) pairSpan(e pair) diag.Span {
	return p.places.span(e.key).Union(p.places.span(e.value))
}
