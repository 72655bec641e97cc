package query

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// FieldType is how the target indexes a field: one of Elasticsearch's mapping
// types, with those that search alike taken together.
type FieldType string

// The types a field can have. The zero value is Unknown.
const (
	Unknown FieldType = ""
	// Keyword is keyword and constant_keyword.
	Keyword FieldType = "keyword"
	// Wildcard is wildcard.
	Wildcard FieldType = "wildcard"
	// Text is text and match_only_text without a keyword sub-field.
	Text FieldType = "text"
	// IP is ip.
	IP FieldType = "ip"
	// Integer is long, integer, short, byte and unsigned_long.
	Integer FieldType = "integer"
	// Float is double, float, half_float and scaled_float.
	Float FieldType = "float"
	// Date is date and date_nanos.
	Date FieldType = "date"
	// Boolean is boolean.
	Boolean FieldType = "boolean"
	// Object is a field that only holds others: it can be asked whether it is
	// there, and nothing else.
	Object FieldType = "object"
)

// Field says how one field is indexed. The zero value is a field that nothing
// is known of.
type Field struct {
	Type FieldType
	// Mapping is the mapping type where several of them have this Type: byte
	// for an Integer. It decides about ranges and precision; empty is the
	// widest.
	Mapping string
	// Lowercase says that a keyword field has a normalizer that lower-cases
	// what is indexed and what is asked for.
	Lowercase bool
	// Mixed says that some of the indices lower-case the field and others do
	// not: it can be asked in any case, but no case can be demanded of it.
	Mixed bool
	// Constant says that the field may be a constant_keyword, whose wildcard
	// queries know neither ? nor escapes.
	Constant bool
	// IgnoreAbove is the length in UTF-16 units above which a text is not
	// indexed, so that it is never found (ignore_above); 0 is no limit.
	IgnoreAbove int
	// Nested is the path of the innermost nested object that the field lies
	// in, or empty.
	Nested string
	// Name is the name to ask for where it is not the field's own: a keyword
	// sub-field, the target of an alias. Whether the field is there is asked
	// of the field itself.
	Name string
	// Text says that the field itself is text, and Name its sub-field.
	Text bool
	// Refused says why no question about the field can be asked exactly; it is
	// empty for the others.
	Refused string
}

// Types says how the target indexes fields. A nil Types knows none. It never
// changes and may be used by several goroutines at once.
type Types struct {
	fields map[string]Field
	// objects are the names that others lie in.
	objects  map[string]Field
	patterns []typePattern // in the order of the file; the first that matches counts
	// texts are the entries as the canonical form has them, by name.
	texts map[string]string
	near  *suggester
}

type typePattern struct {
	glob  string
	field Field
}

// NewTypes returns the types of the named fields. A name with a star stands for
// all fields that it matches and that are not named themselves; of several the
// first in the order of names counts.
func NewTypes(fields map[string]Field) *Types {
	t := newTypes()
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		t.add(name, fields[name], entryText(fields[name]))
	}
	return t.ready()
}

func newTypes() *Types {
	return &Types{fields: map[string]Field{}, objects: map[string]Field{}, texts: map[string]string{}}
}

func (t *Types) add(name string, f Field, text string) {
	t.texts[name] = text
	if strings.Contains(name, "*") {
		t.patterns = append(t.patterns, typePattern{name, f})
	} else {
		t.fields[name] = f
	}
}

// ready adds what the entries say of other names: the sub-fields that they ask
// instead, and the objects that the names lie in.
func (t *Types) ready() *Types {
	for _, name := range slices.Sorted(maps.Keys(t.fields)) {
		f := t.fields[name]
		if sub := f.Name; sub != "" {
			f.Name, f.Text = "", false
			if _, known := t.fields[sub]; !known {
				t.fields[sub] = f
			}
		}
		for i := range len(name) {
			if name[i] == '.' {
				t.objects[name[:i]] = Field{Type: Object, Nested: outside(f.Nested, name[:i])}
			}
		}
	}
	t.near = newSuggester(t.fields)
	return t
}

// outside is the nested path of an object that holds fields of that path.
func outside(nested, object string) string {
	if nested != "" && (object == nested || strings.HasPrefix(object, nested+".")) {
		return nested
	}
	return ""
}

// Of returns what is known of a field, and whether it is pinned. An exact name
// wins over all patterns. Of a field that is not pinned it is known at most which
// nested object it lies in. What lies in a flattened field is pinned with it.
func (t *Types) Of(name string) (Field, bool) {
	if t == nil || name == "" {
		return Field{}, false
	}
	if f, ok := t.fields[name]; ok {
		return f, true
	}
	for _, p := range t.patterns {
		if matches(p.glob, name) {
			return p.of(name), true
		}
	}
	if f, ok := t.objects[name]; ok {
		return f, true
	}
	return t.below(name)
}

// below returns what is known of a field by the objects that it lies in: the
// innermost nested one, or a flattened one, of which it is a part.
func (t *Types) below(name string) (Field, bool) {
	for {
		end := strings.LastIndexByte(name, '.')
		if end < 0 {
			return Field{}, false
		}
		name = name[:end]
		switch f := t.fields[name]; f.Mapping {
		case "flattened":
			return f, true
		case "nested":
			return Field{Nested: name}, false
		}
		if object := t.objects[name]; object.Nested != "" {
			return Field{Nested: object.Nested}, false
		}
	}
}

// of is the field for one of the names that the pattern stands for. One of them
// may be a sub-field, which has none itself.
func (p typePattern) of(name string) Field {
	f := p.field
	switch {
	case !strings.HasPrefix(f.Name, "."):
	case strings.HasSuffix(name, f.Name):
		f.Name, f.Text = "", false
	default:
		f.Name = name + f.Name
	}
	return f
}

// Canonical returns the types in the format that ParseTypes reads: names in
// order, then the patterns in their own order. Types that say the same have the
// same bytes; comments and layout do not count.
func (t *Types) Canonical() []byte {
	var b strings.Builder
	b.WriteString("schema: " + schema + "\n")
	if t == nil || len(t.texts) == 0 {
		return []byte(b.String() + "fields: {}\n")
	}
	b.WriteString("fields:\n")
	write := func(name string) { b.WriteString("  " + scalar(name) + ": " + t.texts[name] + "\n") }
	for _, name := range slices.Sorted(maps.Keys(t.texts)) {
		if !strings.Contains(name, "*") {
			write(name)
		}
	}
	for _, p := range t.patterns {
		write(p.glob)
	}
	return []byte(b.String())
}

// Hash returns the canonical form's digest as "sha256:" and hexadecimal digits.
// That of a nil Types is empty.
func (t *Types) Hash() string {
	if t == nil {
		return ""
	}
	sum := sha256.Sum256(t.Canonical())
	return "sha256:" + hex.EncodeToString(sum[:])
}
