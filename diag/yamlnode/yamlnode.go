// Package yamlnode reads YAML as nodes of gopkg.in/yaml.v3 and says where in a
// file they stand: the parts that every reader of a strict YAML file needs.
//
// It knows no format: what a file may hold, and the code and hint of what is
// wrong with it, are its reader's matter. It follows no alias but to name what
// it stands for, so that a file that is small and stands for much costs nothing
// here. What it says of yaml.v3 was read in, and is tested with, version 3.0.1.
package yamlnode

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"
)

// Decode returns the documents of a text, as far as they can be read, and the
// error that the next one has. Each is a document node with exactly one node in
// it, which is null for a document that holds nothing; a text of blanks and
// comments has no document. It never panics. Line and Fault say what the error
// knows.
func Decode(text []byte) ([]*yaml.Node, error) {
	return decodeAll(yaml.NewDecoder(bytes.NewReader(text)).Decode)
}

func decodeAll(next func(any) error) (docs []*yaml.Node, err error) {
	defer func() {
		// yaml.v3 panics where its parser and its composer disagree. No text is
		// known that makes version 3.0.1 do so; earlier ones had several.
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: %v", p)
		}
	}()
	for {
		var doc yaml.Node
		switch err := next(&doc); {
		case errors.Is(err, io.EOF):
			return docs, nil
		case err != nil:
			return docs, err
		}
		docs = append(docs, &doc)
	}
}

// IsNull reports whether a node, or what it is an alias of, is null: nothing at
// all, "~", or "null" in one of its spellings.
func IsNull(n *yaml.Node) bool {
	n = named(n)
	return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

// KindName says what a node, or what it is an alias of, is, as a message has it
// behind "found": "a mapping", "a list", "nothing", "a text", "a number", "true
// or false", "a date", or "a value with a tag of its own".
func KindName(n *yaml.Node) string {
	n = named(n)
	switch tag := n.ShortTag(); {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case tag == "!!null":
		return "nothing"
	case tag == "!!str":
		return "a text"
	case tag == "!!int", tag == "!!float":
		return "a number"
	case tag == "!!bool":
		return "true or false"
	case tag == "!!timestamp":
		return "a date"
	default:
		return "a value with a tag of its own"
	}
}

// named follows an alias. There is no chain: what carries an anchor is never an
// alias itself.
func named(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
