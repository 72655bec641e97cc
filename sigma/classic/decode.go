package classic

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// Limits, so that a small file cannot make much work.
const (
	maxDepth  = 64
	maxValues = 200_000
)

// Source is a file whose YAML was read, so that several runs need not read it
// again.
type Source struct {
	file *diag.File
	docs []*yaml.Node // nil for an empty one
	// err is why the file could not be read behind these documents.
	err error
}

// Read reads the YAML of a file. It never fails: where the file cannot be read
// each run over it says so.
func Read(f *diag.File) (s *Source) {
	s = &Source{file: f}
	defer func() {
		// yaml.v3 panics where its parser and its composer disagree.
		if r := recover(); r != nil {
			s.docs, s.err = nil, refuse("classic/yaml", fmt.Sprintf("not valid YAML: %v", r), "check indentation and quotes")
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(f.Text))
	for {
		var n yaml.Node
		switch err := d.Decode(&n); {
		case errors.Is(err, io.EOF):
			return s
		case err != nil:
			s.err = refuse("classic/yaml", "not valid YAML: "+strings.TrimPrefix(err.Error(), "yaml: "), "check indentation and quotes")
			return s
		case len(n.Content) == 0:
			s.docs = append(s.docs, nil)
		default:
			s.docs = append(s.docs, n.Content[0])
		}
	}
}

// Documents returns the documents of the file, nil for an empty one, and an
// error where it is no valid YAML. They must not be changed.
func (s *Source) Documents() ([]*yaml.Node, error) { return s.docs, s.err }

// decode builds the values of the documents, anew for each run, which changes
// them.
func (s *Source) decode() ([]*value, error) {
	b := &builder{done: map[*yaml.Node]*value{}}
	var docs []*value
	for _, n := range s.docs {
		doc := &value{kind: kindNull}
		if n != nil {
			var err error
			if doc, err = b.build(n, 0); err != nil {
				return nil, err
			}
		}
		docs = append(docs, doc)
	}
	if s.err != nil {
		return nil, s.err
	}
	return docs, nil
}

// builder makes values of YAML nodes. What an alias names is built once and
// shared, as in Python: documents that are merged change it for all.
type builder struct {
	done  map[*yaml.Node]*value
	count int
}

func placeOf(n *yaml.Node) place {
	p := place{line: n.Line, column: n.Column}
	if n.Kind == yaml.ScalarNode && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		p.length = len(n.Value)
	}
	return p
}

func (b *builder) build(n *yaml.Node, depth int) (*value, error) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if v, ok := b.done[n]; ok {
		if v == nil {
			return nil, refuseAt(placeOf(n), "classic/yaml", "a value holds itself")
		}
		return v, nil
	}
	if b.count++; b.count > maxValues || depth > maxDepth {
		return nil, refuseAt(placeOf(n), "classic/too-large", "the file is too deep or too large")
	}
	if n.Anchor == "" {
		return b.fresh(n, depth) // nothing can name it
	}
	b.done[n] = nil
	v, err := b.fresh(n, depth)
	b.done[n] = v
	return v, err
}

func (b *builder) fresh(n *yaml.Node, depth int) (*value, error) {
	v := &value{at: placeOf(n)}
	switch n.Kind {
	case yaml.MappingNode:
		v.kind = kindMap
		return v, b.mapping(v, n, depth)
	case yaml.SequenceNode:
		v.kind = kindList
		for _, kid := range n.Content {
			item, err := b.build(kid, depth+1)
			if err != nil {
				return nil, err
			}
			v.items = append(v.items, item)
		}
		return v, nil
	default:
		return v, v.scalar(n)
	}
}

func (v *value) scalar(n *yaml.Node) error {
	is, text := sigma.ReadScalar(n)
	v.text = text
	switch is {
	case sigma.ScalarText:
	case sigma.ScalarNull:
		v.kind = kindNull
	case sigma.ScalarBool:
		v.kind = kindBool
	case sigma.ScalarInteger:
		v.kind = kindInt
	case sigma.ScalarFloat:
		v.kind = kindFloat
	case sigma.ScalarDate:
		v.kind = kindDate
	case sigma.ScalarBinary:
		v.kind = kindBytes
	default:
		return refuseAt(v.at, "classic/yaml", "the value "+quote(n.Value)+" is none that YAML 1.1 knows")
	}
	return nil
}

// mapping fills a map: what merge keys name comes first, and the map's own
// entries win. Of a key that comes twice the last value counts, at the place
// of the first.
func (b *builder) mapping(v *value, n *yaml.Node, depth int) error {
	keys := indexOf(v)
	for i := 0; i+1 < len(n.Content); i += 2 {
		if sigma.IsMergeKey(n.Content[i]) {
			if err := b.merge(keys, n.Content[i+1], depth); err != nil {
				return err
			}
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if sigma.IsMergeKey(n.Content[i]) {
			continue
		}
		key, err := b.build(n.Content[i], depth+1)
		if err != nil {
			return err
		}
		if key.kind == kindMap || key.kind == kindList {
			return refuseAt(key.at, "classic/yaml", key.kind.String()+" cannot be a key")
		}
		val, err := b.build(n.Content[i+1], depth+1)
		if err != nil {
			return err
		}
		keys.set(key, val)
	}
	return nil
}

// merge puts the entries of the maps that a merge key names into a map. Among
// several maps the first wins.
func (b *builder) merge(into *keyIndex, n *yaml.Node, depth int) error {
	from, err := b.build(n, depth+1)
	if err != nil {
		return err
	}
	maps := []*value{from}
	if from.kind == kindList {
		maps = from.items
	}
	for _, m := range slices.Backward(maps) {
		if m.kind != kindMap {
			return refuseAt(from.at, "classic/yaml", m.kind.String()+" cannot be merged into a map")
		}
		for _, e := range m.entries {
			if b.count++; b.count > maxValues {
				return refuseAt(from.at, "classic/too-large", "the file is too large")
			}
			into.set(e.key, e.value)
		}
	}
	return nil
}

// keyIndex finds the entries of a map that grows.
type keyIndex struct {
	of *value
	// known is there for large maps only.
	known map[entryKey]int
}

type entryKey struct {
	kind kind
	text string
}

// smallMap is how many entries are looked through one by one.
const smallMap = 12

// indexOf returns the index of a map with the entries that it has.
func indexOf(v *value) *keyIndex {
	x := &keyIndex{of: v}
	if len(v.entries) > smallMap {
		x.grow()
	}
	return x
}

func (x *keyIndex) grow() {
	x.known = make(map[entryKey]int, 2*len(x.of.entries))
	for i, e := range x.of.entries {
		x.known[entryKey{e.key.kind, e.key.text}] = i
	}
}

func (x *keyIndex) find(key *value) (int, bool) {
	if x.known != nil {
		i, ok := x.known[entryKey{key.kind, key.text}]
		return i, ok
	}
	i := x.of.find(key.kind, key.text)
	return i, i >= 0
}

// get returns the value of a key, and nil where there is none.
func (x *keyIndex) get(key *value) *value {
	if i, ok := x.find(key); ok {
		return x.of.entries[i].value
	}
	return nil
}

func (x *keyIndex) set(key, val *value) {
	if i, ok := x.find(key); ok {
		x.of.entries[i].value = val
		return
	}
	x.of.entries = append(x.of.entries, entry{key, val})
	switch {
	case x.known != nil:
		x.known[entryKey{key.kind, key.text}] = len(x.of.entries) - 1
	case len(x.of.entries) > smallMap:
		x.grow()
	}
}
