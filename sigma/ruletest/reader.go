package ruletest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/diag/yamlnode"
)

// The bounds of a file of tests: how many nodes it has once its aliases are
// followed, and how deep they lie in one another.
const (
	maxNodes = 200_000
	maxDepth = 64
)

// reader walks the nodes of one YAML file and collects all that is wrong.
type reader struct {
	file *diag.File
	ds   []diag.Diagnostic
	seen int
}

// key is a key that a mapping may have, with what reads its value.
type key struct {
	name string
	read func(*yaml.Node)
}

// text is a text of the file with its place.
type text struct {
	value string
	span  diag.Span
}

func (r *reader) report(at diag.Span, code, hint, format string, args ...any) {
	r.ds = append(r.ds, diag.Diagnostic{
		Span: at, Severity: diag.Error, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// root decodes the file's only document. It is nil where that cannot be read,
// which was reported.
func (r *reader) root() *yaml.Node {
	if at := notUTF8(r.file.Text); at >= 0 {
		r.report(r.file.Span(at, min(at+1, len(r.file.Text))), "ruletest/syntax", "save the file as UTF-8 text", "the file is not UTF-8")
		return nil
	}
	docs, err := yamlnode.Decode(r.file.Text)
	if err != nil {
		r.ds = append(r.ds, r.syntax(err))
		return nil
	}
	docs = slices.DeleteFunc(docs, func(doc *yaml.Node) bool { return yamlnode.IsNull(doc.Content[0]) })
	if len(docs) == 0 {
		return &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}
	}
	if len(docs) > 1 {
		r.report(r.span(docs[1].Content[0]), "ruletest/syntax", "put all cases into one document", "the file has a second YAML document")
	}
	return docs[0].Content[0]
}

func notUTF8(text []byte) int {
	for at := 0; at < len(text); {
		c, size := utf8.DecodeRune(text[at:])
		if c == utf8.RuneError && size <= 1 {
			return at
		}
		at += size
	}
	return -1
}

// syntax says what the YAML parser does not like, at the line that it knows.
func (r *reader) syntax(err error) diag.Diagnostic {
	at, message := yamlnode.Fault(r.file, err)
	return diag.Diagnostic{
		Span: at, LineOnly: true, Severity: diag.Error, Code: "ruletest/syntax", Message: "this is no YAML: " + message,
		Hint: "blanks indent, never tabs; put texts with special characters in quotes",
	}
}

// follow follows aliases, and says no once the file has been walked too often:
// an alias may hold itself, and a few lines of aliases can stand for billions.
func (r *reader) follow(n *yaml.Node) (*yaml.Node, bool) {
	for {
		if r.seen++; r.seen > maxNodes {
			if r.seen == maxNodes+1 {
				r.report(r.span(n), "ruletest/too-large", "write it without aliases, or put the events into files of their own",
					"the file has more than %d values once its aliases are followed", maxNodes)
			}
			return n, false
		}
		if n.Kind != yaml.AliasNode {
			return n, true
		}
		n = n.Alias
	}
}

// span returns the place of a node.
func (r *reader) span(n *yaml.Node) diag.Span { return yamlnode.Span(r.file, n) }

func (r *reader) wrongType(n *yaml.Node, want, hint string) {
	r.report(r.span(n), "ruletest/wrong-type", hint, "expected %s, found %s", want, yamlnode.KindName(n))
}

// mapping reads a mapping with those keys. Other keys and keys that come twice
// are errors, unless lenient is true, as for files of others.
func (r *reader) mapping(n *yaml.Node, lenient bool, keys ...key) {
	r.pairs(n, func(name text, value *yaml.Node) {
		names := make([]string, len(keys))
		for i, k := range keys {
			if names[i] = k.name; k.name == name.value {
				k.read(value)
				return
			}
		}
		if lenient {
			return
		}
		r.report(name.span, "ruletest/unknown-key", unknownHint(name.value, names), "unknown key %q", name.value)
	})
}

// pairs gives each key of a mapping with its value to read, in file order.
func (r *reader) pairs(n *yaml.Node, read func(text, *yaml.Node)) {
	n, ok := r.follow(n)
	if !ok {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.wrongType(n, "a mapping", "")
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode {
			r.wrongType(k, "a key", "")
			continue
		}
		if line, twice := first[k.Value]; twice {
			r.report(r.span(k), "ruletest/duplicate-key", "keep one of them", "key %q stands in line %d already", k.Value, line)
			continue
		}
		first[k.Value] = k.Line
		read(text{k.Value, r.span(k)}, n.Content[i+1])
	}
}

// list gives each entry of a list to read.
func (r *reader) list(n *yaml.Node, read func(*yaml.Node)) {
	n, ok := r.follow(n)
	if !ok {
		return
	}
	if n.Kind != yaml.SequenceNode {
		r.wrongType(n, "a list", "write it as [ … ]")
		return
	}
	for _, kid := range n.Content {
		read(kid)
	}
}

// text reads a text that is not empty.
func (r *reader) text(n *yaml.Node) (text, bool) {
	n, ok := r.follow(n)
	if !ok {
		return text{}, false
	}
	if tag := n.ShortTag(); n.Kind != yaml.ScalarNode || tag != "!!str" && tag != "!!timestamp" {
		hint := ""
		if n.Kind == yaml.ScalarNode && !yamlnode.IsNull(n) {
			hint = fmt.Sprintf("put it in quotes: %q", n.Value)
		}
		r.wrongType(n, "a text", hint)
		return text{}, false
	}
	if strings.TrimSpace(n.Value) == "" {
		r.report(r.span(n), "ruletest/bad-value", "", "the text is empty")
		return text{}, false
	}
	return text{n.Value, r.span(n)}, true
}

// number reads a whole number of at least low.
func (r *reader) number(n *yaml.Node, low int) (int, bool) {
	n, ok := r.follow(n)
	if !ok {
		return 0, false
	}
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" {
		r.wrongType(n, "a whole number", "")
		return 0, false
	}
	v, err := strconv.Atoi(n.Value)
	if err != nil || v < low {
		r.report(r.span(n), "ruletest/bad-value", fmt.Sprintf("it has to be %d or more", low), "%s is out of range", n.Value)
		return 0, false
	}
	return v, true
}
