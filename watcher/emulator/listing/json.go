package listing

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/sigwatch/sigwatch/watcher"
)

// node is a JSON value with the place where it stands, which the server's
// refusals name.
type node struct {
	kind tokenKind
	// start is where its first token begins, end where its last one does, and
	// after what follows the whole.
	start, end, after int
	text              string
	members           []member
	items             []*node
}

// member is a name with its value and the place of the name.
type member struct {
	name  string
	start int
	value *node
}

type tokenKind string

const (
	kindObject tokenKind = "START_OBJECT"
	kindArray  tokenKind = "START_ARRAY"
	kindString tokenKind = "VALUE_STRING"
	kindNumber tokenKind = "VALUE_NUMBER"
	kindBool   tokenKind = "VALUE_BOOLEAN"
	kindNull   tokenKind = "VALUE_NULL"
)

// value is the node as a tree of package watcher.
func (n *node) value() any {
	switch n.kind {
	case kindObject:
		o := &watcher.Object{}
		for _, m := range n.members {
			o.Members = append(o.Members, watcher.Member{Name: m.name, Value: m.value.value()})
		}
		return o
	case kindArray:
		list := make([]any, len(n.items))
		for i, item := range n.items {
			list[i] = item.value()
		}
		return list
	case kindNumber:
		return json.Number(n.text)
	case kindBool:
		return n.text == "true"
	case kindNull:
		return nil
	default:
		return n.text
	}
}

// scalar tells whether the node is a text, a number or a truth value.
func (n *node) scalar() bool {
	return n.kind == kindString || n.kind == kindNumber || n.kind == kindBool
}

// position gives line and column, from 1, of an offset.
func position(text []byte, at int) string {
	line := 1 + bytes.Count(text[:at], []byte{'\n'})
	column := at - bytes.LastIndexByte(text[:at], '\n')
	return fmt.Sprintf("%d:%d", line, column)
}

// read reads a text that is known to be JSON as the server takes it.
func read(text []byte) (*node, error) {
	r := &reader{text: blank(text)}
	r.dec = json.NewDecoder(bytes.NewReader(r.text))
	r.dec.UseNumber()
	return r.node()
}

type reader struct {
	text []byte
	dec  *json.Decoder
}

func (r *reader) node() (*node, error) {
	tok, start, err := r.token()
	if err != nil {
		return nil, err
	}
	n := &node{start: start, end: start}
	switch tok := tok.(type) {
	case json.Delim:
		if tok == '{' {
			n.kind = kindObject
			err = r.object(n)
		} else {
			n.kind = kindArray
			err = r.array(n)
		}
	case string:
		n.kind, n.text = kindString, tok
	case json.Number:
		n.kind, n.text = kindNumber, tok.String()
	case bool:
		n.kind, n.text = kindBool, fmt.Sprint(tok)
	default:
		n.kind = kindNull
	}
	n.after = int(r.dec.InputOffset())
	return n, err
}

func (r *reader) object(n *node) error {
	for r.dec.More() {
		name, start, err := r.token()
		if err != nil {
			return err
		}
		v, err := r.node()
		if err != nil {
			return err
		}
		n.members = append(n.members, member{name: fmt.Sprint(name), start: start, value: v})
	}
	_, end, err := r.token()
	n.end = end
	return err
}

func (r *reader) array(n *node) error {
	for r.dec.More() {
		v, err := r.node()
		if err != nil {
			return err
		}
		n.items = append(n.items, v)
	}
	_, end, err := r.token()
	n.end = end
	return err
}

// token gives the next token and where it begins.
func (r *reader) token() (json.Token, int, error) {
	at := int(r.dec.InputOffset())
	for at < len(r.text) && bytes.IndexByte([]byte(" \t\r\n,:"), r.text[at]) >= 0 {
		at++
	}
	tok, err := r.dec.Token()
	if err != nil {
		return nil, 0, fmt.Errorf("read JSON: %w", err)
	}
	return tok, at, nil
}

// blank writes blanks over a byte order mark and over comments, which the
// server lets pass, so that all places stay.
func blank(text []byte) []byte {
	out := bytes.Clone(text)
	if bytes.HasPrefix(out, []byte("\xEF\xBB\xBF")) {
		copy(out, "   ")
	}
	for i := 0; i < len(out); {
		switch {
		case out[i] == '"':
			i = skipString(out, i)
		case bytes.HasPrefix(out[i:], []byte("//")):
			i = blankUntil(out, i, "\n")
		case bytes.HasPrefix(out[i:], []byte("/*")):
			i = blankUntil(out, i, "*/")
		default:
			i++
		}
	}
	return out
}

func skipString(text []byte, i int) int {
	for i++; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func blankUntil(text []byte, i int, mark string) int {
	end := len(text)
	if n := bytes.Index(text[i+2:], []byte(mark)); n >= 0 {
		end = i + 2 + n + len(mark)
	}
	for k := i; k < end; k++ {
		if text[k] != '\n' {
			text[k] = ' '
		}
	}
	return end
}
