package pipeline

import (
	"bytes"
	"errors"
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/diag/yamlnode"
)

// The limits of a pipeline file. The longest shipped one has 25 kB, 500 nodes
// and 6 levels.
const (
	maxFileSize = 4 << 20
	maxDepth    = 64
	maxNodes    = 200_000
)

// reader reads one pipeline file and gathers what is wrong with it.
type reader struct {
	file *diag.File
	from Folder
	// name is the pipeline's name, for the labels of its items.
	name string
	// read are the texts of the other files that it names, in order.
	read [][]byte
	ds   []diag.Diagnostic
	// ids are those of the file's items, asked those that conditions name.
	ids   map[string]bool
	asked []reference
}

// reference is an item id that a condition names.
type reference struct {
	id string
	at diag.Span
}

// pair is an entry of a mapping.
type pair struct{ key, value *yaml.Node }

func (r *reader) errorf(at diag.Span, code, hint, format string, args ...any) {
	r.ds = append(r.ds, diag.Diagnostic{
		Span: at, Severity: diag.Error, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

func (r *reader) warnf(at diag.Span, code, hint, format string, args ...any) {
	r.errorf(at, code, hint, format, args...)
	r.ds[len(r.ds)-1].Severity = diag.Warning
}

// document returns the mapping that the file holds, or nil.
func (r *reader) document() *yaml.Node {
	if len(r.file.Text) > maxFileSize {
		r.errorf(r.file.Whole(), "pipeline/too-large", "split the pipeline into several files",
			"the file is larger than %d bytes", maxFileSize)
		return nil
	}
	root, err := r.decode()
	switch {
	case err != nil:
		r.broken(err)
		return nil
	case root == nil || yamlnode.IsNull(root):
		r.errorf(r.file.Whole(), "pipeline/empty", "a pipeline is a mapping with transformations", "the file holds no pipeline")
		return nil
	case !r.bounded(root):
		return nil
	case root.Kind != yaml.MappingNode:
		r.wrongType(root, "a pipeline", "a mapping")
		return nil
	}
	return root
}

var errSecond = errors.New("a second document")

// decode returns what the file's first document holds, or nil for a file
// without one. No other may hold anything.
func (r *reader) decode() (*yaml.Node, error) {
	docs, err := yamlnode.Decode(r.file.Text)
	for i, doc := range docs {
		if i > 0 && !yamlnode.IsNull(doc.Content[0]) {
			return nil, errSecond
		}
	}
	if err != nil || len(docs) == 0 {
		return nil, err
	}
	return docs[0].Content[0], nil
}

// broken reports a fault of the YAML itself.
func (r *reader) broken(err error) {
	if errors.Is(err, errSecond) {
		r.errorf(r.file.Whole(), "pipeline/invalid-yaml", "write one pipeline in a file", "the file holds several documents")
		return
	}
	at, text := yamlnode.Fault(r.file, err)
	if at.IsValid() {
		at.End = at.Start + len(r.file.Line(at.Position().Line))
	}
	r.errorf(at, "pipeline/invalid-yaml", "", "not valid YAML: %s", text)
}

// bounded walks the tree once with aliases followed, so that what comes after
// need not fear a tree that is too deep, too large or holds itself.
func (r *reader) bounded(root *yaml.Node) bool {
	left := maxNodes
	var walk func(n *yaml.Node, depth int) *yaml.Node
	walk = func(n *yaml.Node, depth int) *yaml.Node {
		if left--; left < 0 || depth > maxDepth {
			return n
		}
		if n.Kind == yaml.AliasNode {
			return walk(n.Alias, depth+1)
		}
		for _, kid := range n.Content {
			if bad := walk(kid, depth+1); bad != nil {
				return bad
			}
		}
		return nil
	}
	bad := walk(root, 0)
	if bad == nil {
		return true
	}
	r.errorf(r.span(bad), "pipeline/too-deep", "write it flatter, or with fewer aliases",
		"more than %d levels or %d values, aliases followed", maxDepth, maxNodes)
	return false
}

// deref follows aliases. There is no endless chain: bounded looked.
func deref(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// pairs returns the entries of a mapping in file order, merge keys followed. A
// key that stands twice is an error: one of the two would be lost.
func (r *reader) pairs(n *yaml.Node) []pair {
	n = deref(n)
	var out []pair
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := deref(n.Content[i]), deref(n.Content[i+1])
		switch {
		case key.ShortTag() == "!!merge":
			continue
		case key.Kind != yaml.ScalarNode:
			r.wrongType(key, "a key", "a text")
			continue
		case seen[keyName(key)]:
			r.errorf(r.span(n.Content[i]), "pipeline/duplicate-key", "keep one of the two", "the key %q stands here twice", key.Value)
			continue
		}
		seen[keyName(key)] = true
		out = append(out, pair{key, value})
	}
	return append(out, r.merged(n, seen)...)
}

// keyName tells the null key from the text "null".
func keyName(key *yaml.Node) string { return key.ShortTag() + " " + key.Value }

func (r *reader) merged(n *yaml.Node, seen map[string]bool) []pair {
	var out []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		if deref(n.Content[i]).ShortTag() != "!!merge" {
			continue
		}
		for _, source := range mergeSources(deref(n.Content[i+1])) {
			for _, kv := range r.pairs(source) {
				if !seen[keyName(kv.key)] {
					seen[keyName(kv.key)] = true
					out = append(out, kv)
				}
			}
		}
	}
	return out
}

func mergeSources(n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		return []*yaml.Node{n}
	}
	out := make([]*yaml.Node, 0, len(n.Content))
	for _, kid := range n.Content {
		out = append(out, deref(kid))
	}
	return out
}

func (r *reader) wrongType(n *yaml.Node, what, want string) {
	r.errorf(r.span(n), "pipeline/wrong-type", "", "%s must be %s, not %s", what, want, kindOf(n))
}

func kindOf(n *yaml.Node) string {
	switch n = deref(n); {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case yamlnode.IsNull(n):
		return "null"
	default:
		return "a single value"
	}
}

// span returns the place of a node: the whole of a scalar that ends in its
// line, the first line of anything else.
func (r *reader) span(n *yaml.Node) diag.Span { return yamlnode.FirstLine(r.file, n) }

// canonical writes those keys of the mapping so that comments, quotes and
// layout do not count.
func canonical(root *yaml.Node, keys ...string) []byte {
	var b bytes.Buffer
	for _, key := range keys {
		for i := 0; i+1 < len(root.Content); i += 2 {
			if root.Content[i].Value == key {
				writeCanonical(&b, root.Content[i+1])
			}
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func writeCanonical(b *bytes.Buffer, n *yaml.Node) {
	n = deref(n)
	if n.Kind == yaml.ScalarNode {
		fmt.Fprintf(b, "%s%q", n.ShortTag(), n.Value)
		return
	}
	fmt.Fprintf(b, "%s(", n.ShortTag())
	for _, kid := range n.Content {
		writeCanonical(b, kid)
		b.WriteByte(' ')
	}
	b.WriteByte(')')
}
