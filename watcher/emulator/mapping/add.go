package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
)

// Document is one document on its way into the index.
type Document struct {
	ID string
	// Value is what lies under the mapped object's name; other than an object
	// it types nothing.
	Value any
	// Offset is where Value begins in the compact text of the document, for
	// the positions in refusals.
	Offset int
	// Version of the server; from 8.9 on refusals are named and placed
	// otherwise.
	Version watcher.Version
}

// Add gives the mapping with what the document adds to it, or an
// *exception.Exception when it does not fit. m stays as it is.
func (m *Mapping) Add(d Document) (*Mapping, error) {
	o, ok := d.Value.(*watcher.Object)
	if !ok || len(o.Members) == 0 {
		return m, nil
	}
	// Most documents fit and add nothing: a first look needs no copy, and no
	// positions, which are dear to find.
	_, err := m.walk(d, o, adder{readOnly: true})
	if err == nil {
		return m, nil
	}
	if !errors.Is(err, errNeedsCopy) {
		return nil, m.explain(d, o)
	}
	add, err := m.walk(d, o, adder{})
	if err != nil {
		return nil, m.explain(d, o)
	}
	if err := add.limits(m.count); err != nil {
		return nil, err
	}
	return &Mapping{root: m.root, fields: add.fields, count: m.count + add.weight}, nil
}

func (m *Mapping) walk(d Document, o *watcher.Object, a adder) (*adder, error) {
	a.doc, a.before, a.fields = d, m.count, m.fields
	if !a.readOnly {
		a.fields = m.fields.clone()
	}
	return &a, a.object(a.fields, m.root, o, d.Offset)
}

// explain walks once more for the error with its positions.
func (m *Mapping) explain(d Document, o *watcher.Object) error {
	_, err := m.walk(d, o, adder{exact: true})
	return err
}

// limits are looked at when the document is through, as a mapping update is.
func (a *adder) limits(before int) error {
	switch {
	case before+a.weight+fixedFields > fieldLimit:
		return exception.BadArgument(fmt.Sprintf("Limit of total fields [%d] has been exceeded", fieldLimit))
	case a.tooDeep != "":
		return exception.BadArgument(fmt.Sprintf("Limit of mapping depth [%d] has been exceeded due to object field [%s]", depthLimit, a.tooDeep))
	case a.blank != "":
		return exception.BadArgument(fmt.Sprintf("object field cannot contain only whitespace: ['%s']", a.blank))
	}
	return nil
}

// adder walks one document and grows fields by it.
type adder struct {
	doc    Document
	fields *field
	before int
	// names and weight count the new fields: by name, and with sub-fields.
	names, weight int
	readOnly      bool
	// exact keeps the positions right.
	exact   bool
	tooDeep string
	blank   string
}

func (a *adder) length(v any) int {
	if !a.exact {
		return 0
	}
	return len(watcher.Encode(v))
}

// errNeedsCopy ends the walk over a mapping that must not be changed.
var errNeedsCopy = errors.New("the document adds fields")

func (a *adder) object(parent *field, path string, o *watcher.Object, at int) error {
	at++
	for i := range o.Members {
		m := &o.Members[i]
		at += a.length(m.Name) + 1
		if err := a.member(place{parent: parent, path: path, key: m.Name, at: at}, m.Value); err != nil {
			return err
		}
		at += a.length(m.Value) + 1
	}
	return nil
}

// place is a member of a document: the mapped object that it lies in, that
// one's path, the member's name and where its value begins.
type place struct {
	parent *field
	path   string
	key    string
	at     int
	// inList is set for the elements of a list, which have no name.
	inList bool
}

func (a *adder) member(p place, value any) error {
	parts, err := a.splitKey(p)
	if err != nil {
		return err
	}
	if value == nil {
		return nil
	}
	for _, part := range parts[:len(parts)-1] {
		child := p.parent.Children[part]
		switch {
		case child == nil:
			if child, err = a.grow(p, p.path+"."+part, part, field{Type: Object}); err != nil {
				return err
			}
		case child.Type != Object:
			return a.refusal(fmt.Sprintf(
				"Could not dynamically add mapping for field [%s]. Existing mapping for [%s.%s] must be of type object but found [%s].",
				p.key, p.path, part, child.Type), p.at)
		}
		p.parent, p.path = child, p.path+"."+part
	}
	return a.value(p, parts[len(parts)-1], value)
}

func (a *adder) value(p place, name string, value any) error {
	path := p.path + "." + name
	switch value := value.(type) {
	case nil:
		return nil
	case []any:
		return a.list(p, name, value)
	case *watcher.Object:
		child := p.parent.Children[name]
		if child == nil {
			var err error
			if child, err = a.grow(p, path, name, field{Type: Object}); err != nil {
				return err
			}
		}
		if child.Type == Object {
			return a.object(child, path, value, p.at)
		}
		return a.check(child, path, value, p.at)
	default:
		return a.leaf(p, name, value)
	}
}

func (a *adder) list(p place, name string, list []any) error {
	p.inList = true
	p.at++
	for _, v := range list {
		if err := a.value(p, name, v); err != nil {
			return err
		}
		p.at += a.length(v) + 1
	}
	return nil
}

func (a *adder) leaf(p place, name string, value any) error {
	path := p.path + "." + name
	child := p.parent.Children[name]
	if child == nil {
		kind, format := typeOf(value)
		var err error
		if child, err = a.grow(p, path, name, field{Type: kind, Format: format}); err != nil {
			return err
		}
	}
	if child.Type == Object {
		key := p.key
		if p.inList {
			key = "null"
		}
		return a.refusal(fmt.Sprintf(
			"object mapping for [%s] tried to parse field [%s] as object, but found a concrete value", path, key), p.at)
	}
	return a.check(child, path, value, p.at)
}

func (a *adder) check(f *field, path string, value any, at int) error {
	cause := f.refuse(value, at)
	if cause == nil {
		return nil
	}
	return a.refusal(fmt.Sprintf(
		"failed to parse field [%s] of type [%s] in document with id '%s'. Preview of field's value: '%s'",
		path, f.Type, a.doc.ID, preview(value)), at).Because(cause)
}

// grow adds a field to the mapped object of a place.
func (a *adder) grow(p place, path, name string, f field) (*field, error) {
	if a.readOnly {
		return nil, errNeedsCopy
	}
	a.names++
	if a.before+a.names+fixedFields > fieldLimit {
		return nil, a.failedToParse(p.at, fmt.Sprintf("Limit of total fields [%d] has been exceeded while adding new fields [%d]", fieldLimit, a.names))
	}
	if strings.TrimSpace(name) == "" && a.blank == "" {
		a.blank = path
	}
	if f.Type == Object && strings.Count(path, ".")+2 > depthLimit && a.tooDeep == "" {
		a.tooDeep = path
	}
	a.weight += f.weight()
	if p.parent.Children == nil {
		p.parent.Children = map[string]*field{}
	}
	p.parent.Children[name] = &f
	return &f, nil
}

// splitKey is the server's splitAndValidatePath: a key with dots is a path.
func (a *adder) splitKey(p place) ([]string, error) {
	key := p.key
	if key == "" {
		return nil, a.failedToParse(p.at, "field name cannot be an empty string")
	}
	if !strings.Contains(key, ".") {
		return []string{key}, nil
	}
	trimmed := strings.TrimRight(key, ".")
	if trimmed == "" {
		return nil, a.failedToParse(p.at, "field name cannot contain only dots")
	}
	parts := strings.Split(trimmed, ".")
	for _, part := range parts {
		switch {
		case part == "":
			return nil, a.failedToParse(p.at, fmt.Sprintf("object field starting or ending with a [.] makes object resolution ambiguous: [%s]", key))
		case strings.TrimSpace(part) == "":
			return nil, a.failedToParse(p.at, fmt.Sprintf("object field cannot contain only whitespace: ['%s']", key))
		}
	}
	return parts, nil
}

// refusal is an exception about a place in the document.
func (a *adder) refusal(reason string, at int) *exception.Exception {
	if a.doc.Version.AtLeast(8, 9) {
		return exception.New(400, "document_parsing_exception", fmt.Sprintf("[1:%d] %s", at+1, reason))
	}
	return exception.New(400, "mapper_parsing_exception", reason)
}

func (a *adder) failedToParse(at int, why string) error {
	return a.refusal("failed to parse", at).Because(exception.BadArgument(why))
}

// typeOf is the type that a first value gives to its field.
func typeOf(value any) (Type, Format) {
	switch v := value.(type) {
	case bool:
		return Boolean, ""
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			return Float, ""
		}
		return Long, ""
	case string:
		if format, ok := detectDate(v); ok {
			return Date, format
		}
	}
	return Text, ""
}
