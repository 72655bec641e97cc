package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag/yamlnode"
	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
)

// maxYAMLNodes bounds what aliases can blow a text up to.
const maxYAMLNodes = 1 << 20

var errTooManyNodes = errors.New("the document is too large once its aliases are followed")

// yamlToJSON turns a body in YAML, its first document, into the same in JSON.
func yamlToJSON(text []byte) ([]byte, error) {
	var v any
	docs, err := yamlnode.Decode(text)
	if len(docs) > 0 {
		c := yamlReader{left: maxYAMLNodes}
		v, err = c.value(docs[0].Content[0])
	}
	if err != nil {
		return nil, exception.New(400, "x_content_parse_exception", "could not read YAML: "+err.Error())
	}
	return watcher.Encode(v), nil
}

type yamlReader struct{ left int }

func (c *yamlReader) value(n *yaml.Node) (any, error) {
	if c.left--; c.left < 0 {
		return nil, errTooManyNodes
	}
	switch n.Kind {
	case yaml.AliasNode:
		return c.value(n.Alias)
	case yaml.MappingNode:
		return c.mapping(n)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			v, err := c.value(item)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	case yaml.ScalarNode:
		return yamlScalar(n), nil
	default:
		return nil, nil
	}
}

func (c *yamlReader) mapping(n *yaml.Node) (any, error) {
	o := &watcher.Object{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		v, err := c.value(n.Content[i+1])
		if err != nil {
			return nil, err
		}
		if _, twice := o.Get(n.Content[i].Value); twice {
			return nil, fmt.Errorf("line %d: duplicate field %q", n.Content[i].Line, n.Content[i].Value)
		}
		o.Members = append(o.Members, watcher.Member{Name: n.Content[i].Value, Value: v})
	}
	return o, nil
}

func yamlScalar(n *yaml.Node) any {
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int", "!!float":
		if v, err := watcher.ParseJSON([]byte(n.Value)); err == nil {
			if number, ok := v.(json.Number); ok {
				return number
			}
		}
	}
	return n.Value
}

// writeYAML writes a tree as the server does: texts quoted, keys mostly not.
func writeYAML(v any) []byte {
	out := []byte("---")
	return append(appendYAML(out, v, 0, true), '\n')
}

func appendYAML(out []byte, v any, depth int, ownLine bool) []byte {
	switch v := v.(type) {
	case *watcher.Object:
		if len(v.Members) == 0 {
			return append(pad(out, depth, ownLine && depth == 0), " {}"...)
		}
		for i, m := range v.Members {
			if i > 0 || ownLine {
				out = pad(append(out, '\n'), depth, true)
			}
			out = append(append(out, yamlKey(m.Name)...), ':')
			next := depth + 1
			if _, list := m.Value.([]any); list {
				next = depth
			}
			out = appendYAML(out, m.Value, next, true)
		}
		return out
	case []any:
		if len(v) == 0 {
			return append(out, " []"...)
		}
		for _, item := range v {
			out = append(pad(append(out, '\n'), depth, true), '-')
			if o, ok := item.(*watcher.Object); ok && len(o.Members) > 0 {
				out = append(out, ' ')
				out = appendYAML(out, item, depth+1, false)
			} else {
				out = appendYAML(out, item, depth+1, true)
			}
		}
		return out
	case string:
		return append(append(out, ' '), strconv.Quote(v)...)
	default:
		return append(append(out, ' '), watcher.Encode(v)...)
	}
}

func pad(out []byte, depth int, on bool) []byte {
	if !on {
		return out
	}
	return append(out, strings.Repeat("  ", depth)...)
}

func yamlKey(name string) string {
	for _, r := range name {
		if r != '_' && r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return strconv.Quote(name)
		}
	}
	if name == "" {
		return `""`
	}
	return name
}
