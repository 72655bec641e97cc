package query

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/diag/yamlnode"
)

// The limits of a file of field types. An index of many integrations has some
// ten thousand fields.
const (
	maxTypesSize  = 16 << 20
	maxTypesNodes = 2_000_000
)

// reader walks the YAML nodes of one file and gathers what is wrong with it.
type reader struct {
	file *diag.File
	seen int
	ds   []diag.Diagnostic
}

func (r *reader) errorf(at diag.Span, code, hint, format string, args ...any) {
	r.ds = append(r.ds, diag.Diagnostic{
		Span: at, Severity: diag.Error, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// document returns what the file holds, or nil.
func (r *reader) document() *yaml.Node {
	if len(r.file.Text) > maxTypesSize {
		r.errorf(r.file.Whole(), "query/fields-too-large", "pin the fields that rules ask for; patterns of names stand for many",
			"the file is larger than %d MiB", maxTypesSize>>20)
		return nil
	}
	docs, err := yamlnode.Decode(r.file.Text)
	switch {
	case len(docs) > 1:
		r.errorf(r.span(docs[1].Content[0]), "query/fields-syntax", "put all of it into one document", "the file has a second YAML document")
	case err != nil:
		r.broken(err)
	case len(docs) == 0:
		r.errorf(r.file.Whole(), "query/fields-schema", "begin the file with schema: "+schema, "the file is empty")
	}
	if len(docs) == 0 {
		return nil
	}
	return docs[0].Content[0]
}

// broken reports what the YAML parser does not like, in the line that it knows.
func (r *reader) broken(err error) {
	at, text := yamlnode.Fault(r.file, err)
	r.ds = append(r.ds, diag.Diagnostic{
		Span: at, LineOnly: true, Severity: diag.Error, Code: "query/fields-syntax", Message: "this is no YAML: " + text,
		Hint: "blanks indent, never tabs; put names with special characters in quotes",
	})
}

// resolve follows aliases, and says no once the file has been walked too often:
// a few lines of aliases can stand for billions.
func (r *reader) resolve(n *yaml.Node) (*yaml.Node, bool) {
	r.seen++
	if r.seen > maxTypesNodes {
		if r.seen == maxTypesNodes+1 {
			r.errorf(r.span(n), "query/fields-too-large", "write it without aliases", "the file is too large once its aliases are followed")
		}
		return n, false
	}
	if n.Kind == yaml.AliasNode {
		return r.resolve(n.Alias)
	}
	return n, true
}

// span is the place of a node.
func (r *reader) span(n *yaml.Node) diag.Span { return yamlnode.Span(r.file, n) }

// mapping reads a mapping with those keys; others are errors.
func (r *reader) mapping(n *yaml.Node, want string, keys map[string]func(*yaml.Node)) {
	r.pairs(n, want, func(key, value *yaml.Node) {
		if read, ok := keys[key.Value]; ok {
			read(value)
			return
		}
		known := slices.Sorted(maps.Keys(keys))
		hint := "there is: " + strings.Join(known, ", ")
		for _, name := range known {
			if low := strings.ToLower(key.Value); low == name || slip(low, name) {
				hint = "did you mean " + strconv.Quote(name) + "?"
			}
		}
		r.errorf(r.span(key), "query/fields-unknown-key", hint, "unknown key %q", key.Value)
	})
}

// pairs gives each key of a mapping with its value to read, in file order. Keys
// that come twice are errors.
func (r *reader) pairs(n *yaml.Node, want string, read func(key, value *yaml.Node)) {
	n, ok := r.resolve(n)
	if !ok {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.wrongType(n, want)
		return
	}
	lines := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, ok := r.resolve(n.Content[i])
		switch {
		case !ok:
			return
		case key.Kind != yaml.ScalarNode:
			r.wrongType(key, "a name")
			continue
		}
		if line, twice := lines[key.Value]; twice {
			r.errorf(r.span(key), "query/fields-duplicate", "keep one of them", "%q stands in line %d already", key.Value, line)
			continue
		}
		lines[key.Value] = key.Line
		read(key, n.Content[i+1])
	}
}

func (r *reader) wrongType(n *yaml.Node, want string) {
	r.errorf(r.span(n), "query/fields-wrong-type", "", "expected %s, found %s", want, yamlnode.KindName(n))
}

// scalar returns a scalar of that kind.
func (r *reader) scalar(n *yaml.Node, tag, want string) (string, bool) {
	n, ok := r.resolve(n)
	if !ok {
		return "", false
	}
	if n.Kind != yaml.ScalarNode || n.ShortTag() != tag || n.Value == "" {
		r.wrongType(n, want)
		return "", false
	}
	return n.Value, true
}

func (r *reader) text(n *yaml.Node) (string, bool) { return r.scalar(n, "!!str", "a text") }

// truth reads true or false; it is true where that could not be read.
func (r *reader) truth(n *yaml.Node) bool {
	text, ok := r.scalar(n, "!!bool", "true or false")
	return !ok || strings.EqualFold(text, "true")
}

// count reads a number from 1 on; it is 0 where that could not be read.
func (r *reader) count(n *yaml.Node) int {
	text, ok := r.scalar(n, "!!int", "a number")
	if !ok {
		return 0
	}
	i, err := strconv.Atoi(text)
	if err != nil || i < 1 {
		r.errorf(r.span(n), "query/fields-wrong-type", "", "expected a number from 1 on, found %q", text)
		return 0
	}
	return i
}
