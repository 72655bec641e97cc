package ruletest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
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
	docs, err := decode(r.file.Text)
	if err != nil {
		r.ds = append(r.ds, r.syntax(err))
		return nil
	}
	if len(docs) == 0 {
		return &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}
	}
	if len(docs) > 1 {
		r.report(r.span(docs[1]), "ruletest/syntax", "put all cases into one document", "the file has a second YAML document")
	}
	return docs[0]
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

// decode decodes all documents that hold something.
func decode(text []byte) (docs []*yaml.Node, err error) {
	defer func() {
		// yaml.v3 panics where its parser and its composer disagree.
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: %v", p)
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var n yaml.Node
		err := d.Decode(&n)
		switch {
		case errors.Is(err, io.EOF):
			return docs, nil
		case err != nil:
			return docs, err
		case len(n.Content) > 0 && !isNull(n.Content[0]):
			docs = append(docs, n.Content[0])
		}
	}
}

// syntax says what the YAML parser does not like, at the line that it knows.
func (r *reader) syntax(err error) diag.Diagnostic {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	d := diag.Diagnostic{
		Severity: diag.Error, Code: "ruletest/syntax", Span: r.file.Whole(), LineOnly: true,
		Hint: "blanks indent, never tabs; put texts with special characters in quotes",
	}
	if m := regexp.MustCompile(`^line (\d+): (.*)`).FindStringSubmatch(message); m != nil {
		line, _ := strconv.Atoi(m[1])
		message = m[2]
		// yaml.v3 counts from 0 where its grammar, not its scanner, complains.
		if strings.HasPrefix(message, "did not find") {
			line++
		}
		at := r.file.Offset(line, 1)
		d.Span = r.file.Span(at, at)
	}
	d.Message = "this is no YAML: " + message
	return d
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

// span returns the place of a node: the whole scalar, or the first character
// of a collection.
func (r *reader) span(n *yaml.Node) diag.Span {
	start := r.file.Offset(n.Line, n.Column)
	line := r.file.Line(n.Line)
	rest := string(r.file.Text[start:])
	if at := strings.IndexAny(rest, "\r\n"); at >= 0 {
		rest = rest[:at]
	}
	length := min(1, len(rest))
	switch {
	case line == "" || n.Kind != yaml.ScalarNode:
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 && rest != "":
		length = len(rest)
		if end := strings.IndexByte(rest[1:], rest[0]); end >= 0 {
			length = end + 2
		}
	case strings.HasPrefix(rest, n.Value):
		length = len(n.Value)
	}
	return r.file.Span(start, start+length)
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

func kindName(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "nothing"
	}
	switch n.ShortTag() {
	case "!!str", "!!timestamp":
		return "a text"
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	default:
		return "a value with a tag of its own"
	}
}

func (r *reader) wrongType(n *yaml.Node, want, hint string) {
	r.report(r.span(n), "ruletest/wrong-type", hint, "expected %s, found %s", want, kindName(n))
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
		if n.Kind == yaml.ScalarNode && !isNull(n) {
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
