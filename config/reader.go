package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/diag/yamlnode"
)

// maxNodes bounds what aliases can blow a file up to.
const maxNodes = 100_000

// Text is a text of the file with its place there.
type Text struct {
	Value string
	Span  diag.Span
}

// reader walks the YAML nodes of one file and collects all that is wrong.
type reader struct {
	file *diag.File
	ds   []diag.Diagnostic
	seen int
	hide []hidden
	// faulty are the names of actions that are there, but wrong.
	faulty []string
}

// key is a key that a mapping may have, with what reads its value.
type key struct {
	name string
	read func(*yaml.Node)
}

func (r *reader) report(span diag.Span, code, hint, format string, args ...any) {
	r.ds = append(r.ds, diag.Diagnostic{
		Span: span, Severity: diag.Error, Code: code,
		Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

func (r *reader) warn(span diag.Span, code, hint, format string, args ...any) {
	r.report(span, code, hint, format, args...)
	r.ds[len(r.ds)-1].Severity = diag.Warning
}

// resolve follows aliases, and says no once a file has been walked too often:
// an alias may hold itself, and a few lines of aliases can stand for billions.
func (r *reader) resolve(n *yaml.Node) (*yaml.Node, bool) {
	r.seen++
	if r.seen > maxNodes {
		if r.seen == maxNodes+1 {
			r.report(r.span(n), "config/too-large", "write it without aliases", "the file is too large once its aliases are followed")
		}
		return n, false
	}
	if n.Kind == yaml.AliasNode {
		return r.resolve(n.Alias)
	}
	return n, true
}

// span returns the place of a node.
func (r *reader) span(n *yaml.Node) diag.Span { return yamlnode.Span(r.file, n) }

func (r *reader) wrongType(n *yaml.Node, want, hint string) {
	r.report(r.span(n), "config/wrong-type", hint, "expected %s, found %s", want, yamlnode.KindName(n))
}

// mapping reads a mapping with those keys. Other keys and keys that come twice
// are errors. A mapping that holds nothing at all is an empty one.
func (r *reader) mapping(n *yaml.Node, keys ...key) {
	r.pairs(n, func(name Text, value *yaml.Node) {
		names := make([]string, len(keys))
		for i, k := range keys {
			if names[i] = k.name; k.name == name.Value {
				k.read(value)
				return
			}
		}
		r.report(name.Span, "config/unknown-key", unknownHint(name.Value, names), "unknown key %q", name.Value)
	})
}

// pairs gives each key of a mapping with its value to read, in file order.
func (r *reader) pairs(n *yaml.Node, read func(Text, *yaml.Node)) {
	n, ok := r.resolve(n)
	if !ok || yamlnode.IsNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.wrongType(n, "a mapping", "")
		return
	}
	first := map[string]diag.Span{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode {
			r.wrongType(k, "a key", "")
			continue
		}
		name := Text{Value: k.Value, Span: r.span(k)}
		if before, twice := first[name.Value]; twice {
			r.report(name.Span, "config/duplicate-key", "keep one of them", "key %q stands in line %d already", name.Value, before.Position().Line)
			continue
		}
		first[name.Value] = name.Span
		read(name, n.Content[i+1])
	}
}

// list gives each entry of a list to read.
func (r *reader) list(n *yaml.Node, read func(*yaml.Node)) {
	n, ok := r.resolve(n)
	if !ok || yamlnode.IsNull(n) {
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
func (r *reader) text(n *yaml.Node) (Text, bool) {
	n, ok := r.resolve(n)
	if !ok {
		return Text{}, false
	}
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
		hint := ""
		if n.Kind == yaml.ScalarNode && !yamlnode.IsNull(n) {
			hint = fmt.Sprintf("put it in quotes: %q", n.Value)
		}
		r.wrongType(n, "a text", hint)
		return Text{}, false
	}
	if n.Value == "" {
		r.report(r.span(n), "config/bad-value", "", "the text is empty")
		return Text{}, false
	}
	return Text{Value: n.Value, Span: r.span(n)}, true
}

// setText reads a text into to.
func (r *reader) setText(to *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if t, ok := r.text(n); ok {
			*to = t.Value
		}
	}
}

// texts reads a list of texts, or a single one.
func (r *reader) texts(to *[]Text) func(*yaml.Node) {
	one := func(n *yaml.Node) {
		if t, ok := r.text(n); ok {
			*to = append(*to, t)
		}
	}
	return func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode && !yamlnode.IsNull(n) {
			one(n)
			return
		}
		r.list(n, one)
	}
}

// oneOf reads a text that is one of those allowed.
func (r *reader) oneOf(to *string, allowed ...string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		t, ok := r.text(n)
		if !ok {
			return
		}
		for _, a := range allowed {
			if t.Value == a {
				*to = a
				return
			}
		}
		r.report(t.Span, "config/bad-value", unknownHint(t.Value, allowed), "unknown value %q", t.Value)
	}
}

// truth reads true or false.
func (r *reader) truth(to *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		n, ok := r.resolve(n)
		if !ok {
			return
		}
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" {
			r.wrongType(n, "true or false", "")
			return
		}
		*to = strings.ToLower(n.Value)
	}
}

// number reads a whole number of at least low.
func (r *reader) number(n *yaml.Node, low int) (int, bool) {
	n, ok := r.resolve(n)
	if !ok {
		return 0, false
	}
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" {
		r.wrongType(n, "a whole number", "")
		return 0, false
	}
	v, err := strconv.Atoi(n.Value)
	if err != nil || v < low {
		r.report(r.span(n), "config/bad-value", fmt.Sprintf("it has to be %d or more", low), "%s is out of range", n.Value)
		return 0, false
	}
	return v, true
}

// duration reads a time span such as 30s, 5m, 1h or 7d.
func (r *reader) duration(n *yaml.Node) (time.Duration, bool) {
	if n.ShortTag() == "!!int" || n.ShortTag() == "!!float" {
		r.noDuration(Text{Value: n.Value, Span: r.span(n)})
		return 0, false
	}
	t, ok := r.text(n)
	if !ok {
		return 0, false
	}
	d, err := parseDuration(t.Value)
	if err != nil || d < 0 {
		r.noDuration(t)
		return 0, false
	}
	return d, true
}

func (r *reader) noDuration(t Text) {
	r.report(t.Span, "config/bad-value", "write a number and a unit: 30s, 5m, 1h, 7d", "%q is no time span", t.Value)
}

func parseDuration(s string) (time.Duration, error) {
	days, ok := strings.CutSuffix(s, "d")
	if !ok {
		return time.ParseDuration(s)
	}
	n, err := strconv.ParseUint(days, 10, 16)
	return time.Duration(n) * 24 * time.Hour, err
}
