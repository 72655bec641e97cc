// Package mapping types the fields of an index as Elasticsearch does without
// being told: the first value of a field decides its type, for all documents
// and for good. It refuses what does not fit with the server's own texts and
// reads values back out of documents. It stores nothing and searches nothing.
package mapping

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
)

// Type is the type of a field.
type Type string

// The types that a field can get from its first value, and that of the
// sub-field which every text has.
const (
	Object  Type = "object"
	Text    Type = "text"
	Keyword Type = "keyword"
	Long    Type = "long"
	Float   Type = "float"
	Boolean Type = "boolean"
	Date    Type = "date"
)

// IgnoreAbove is the length from which a text is not found by its keyword.
const IgnoreAbove = 256

const (
	fieldLimit = 1000
	depthLimit = 20
	// Nine fields besides what is below metadata: the strict part of the
	// mapping of .watches (life-212 of the recordings).
	fixedFields = 9
)

// field is one field: an object with children, or a leaf.
type field struct {
	Type     Type              `json:"type"`
	Format   Format            `json:"format,omitempty"`
	Children map[string]*field `json:"properties,omitempty"`
}

// Mapping holds the types of the fields below one object of a document. It is
// never changed: Add gives another one.
type Mapping struct {
	root   string
	fields *field
	count  int
}

// New is the mapping of an index in which that object holds nothing yet.
func New(root string) *Mapping {
	return &Mapping{root: root, fields: &field{Type: Object}}
}

// MarshalJSON writes the mapping for keeping.
func (m *Mapping) MarshalJSON() ([]byte, error) {
	return json.Marshal(kept{Root: m.root, Fields: m.fields})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *Mapping) UnmarshalJSON(data []byte) error {
	var k kept
	if err := json.Unmarshal(data, &k); err != nil {
		return fmt.Errorf("read mapping: %w", err)
	}
	if k.Fields == nil {
		k.Fields = &field{Type: Object}
	}
	*m = Mapping{root: k.Root, fields: k.Fields, count: k.Fields.below()}
	return nil
}

type kept struct {
	Root   string `json:"root"`
	Fields *field `json:"fields"`
}

// below counts the fields under this one as the server's limit does.
func (f *field) below() int {
	n := 0
	for _, c := range f.Children {
		n += c.weight() + c.below()
	}
	return n
}

func (f *field) weight() int {
	if f.Type == Text {
		return 2
	}
	return 1
}

func (f *field) clone() *field {
	c := *f
	if f.Children != nil {
		c.Children = make(map[string]*field, len(f.Children))
		for name, child := range f.Children {
			c.Children[name] = child.clone()
		}
	}
	return &c
}

// Lookup gives the type of a field by its whole path, "metadata.k.keyword".
func (m *Mapping) Lookup(path string) (Type, bool) {
	f := m.find(path)
	if f != nil {
		return f.Type, true
	}
	if parent, ok := strings.CutSuffix(path, ".keyword"); ok {
		if f := m.find(parent); f != nil && f.Type == Text {
			return Keyword, true
		}
	}
	return "", false
}

// DateFormat gives the format of a date field.
func (m *Mapping) DateFormat(path string) Format {
	if f := m.find(path); f != nil {
		return f.Format
	}
	return ""
}

func (m *Mapping) find(path string) *field {
	if path == m.root {
		return m.fields
	}
	rest, ok := strings.CutPrefix(path, m.root+".")
	if !ok {
		return nil
	}
	at := m.fields
	for part := range strings.SplitSeq(rest, ".") {
		at = at.Children[part]
		if at == nil {
			return nil
		}
	}
	return at
}

// Describe is what GET _mapping shows of the object: sorted by name.
func (m *Mapping) Describe() *watcher.Object {
	o := &watcher.Object{}
	o.Set("dynamic", "true")
	if len(m.fields.Children) > 0 {
		o.Set("properties", m.fields.properties())
	}
	return o
}

func (f *field) properties() *watcher.Object {
	props := &watcher.Object{}
	for _, name := range slices.Sorted(maps.Keys(f.Children)) {
		props.Set(name, f.Children[name].describe())
	}
	return props
}

func (f *field) describe() *watcher.Object {
	o := &watcher.Object{}
	switch {
	case f.Type == Object && len(f.Children) > 0:
		o.Set("properties", f.properties())
	case f.Type == Text:
		keyword := &watcher.Object{}
		keyword.Set("type", string(Keyword))
		keyword.Set("ignore_above", exception.Int(IgnoreAbove))
		fields := &watcher.Object{}
		fields.Set("keyword", keyword)
		o.Set("type", string(Text))
		o.Set("fields", fields)
	default:
		o.Set("type", string(f.Type))
		if f.Format != "" && f.Format != ISO {
			o.Set("format", string(f.Format))
		}
	}
	return o
}
