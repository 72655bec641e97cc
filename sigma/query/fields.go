package query

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
)

// schema is the version of the format of pinned field types.
const schema = "sigwatch/fields/v1"

// ParseTypes reads pinned field types: a file with
//
//	schema: sigwatch/fields/v1
//	fields: {NAME: TYPE, …}
//
// in which a TYPE is one of Elasticsearch's mapping types or a mapping with
// details. It reads strictly: unknown keys and types, names that come twice and
// settings that do not fit their type are errors with their place. All are
// reported at once, sorted, and the Types are then nil. It never panics.
func ParseTypes(file *diag.File) (*Types, []diag.Diagnostic) {
	r := &fieldsReader{reader: reader{file: file}, entries: map[string]placed{}}
	if doc := r.document(); doc != nil {
		r.top(doc)
	}
	t := r.settle()
	if len(r.ds) > 0 {
		diag.Sort(r.ds)
		return nil, r.ds
	}
	return t.ready(), nil
}

// fieldsReader reads one file of field types.
type fieldsReader struct {
	reader

	entries map[string]placed
	order   []string
}

// placed is an entry with its places.
type placed struct {
	entry entry
	// name is the place of the name, link that of the other name that the entry
	// leads to.
	name, link diag.Span
}

func (r *fieldsReader) top(doc *yaml.Node) {
	var said bool
	r.mapping(doc, "a mapping with schema and fields", map[string]func(*yaml.Node){
		"schema": func(n *yaml.Node) { said = true; r.schema(n) },
		"fields": func(n *yaml.Node) { r.pairs(n, "a mapping of names to types", r.one) },
	})
	if !said && doc.Kind == yaml.MappingNode {
		r.errorf(r.span(doc), "query/fields-schema", "begin the file with schema: "+schema, "the file does not say its schema")
	}
}

func (r *fieldsReader) schema(n *yaml.Node) {
	if text, ok := r.text(n); ok && text != schema {
		r.errorf(r.span(n), "query/fields-schema", "this program reads "+schema, "unknown schema %q", text)
	}
}

// one reads a name with its type.
func (r *fieldsReader) one(key, value *yaml.Node) {
	p := placed{name: r.span(key)}
	if key.Value == "" {
		r.errorf(p.name, "query/fields-name", "", "a field without a name")
		return
	}
	p.entry = r.entry(value, key.Value, &p)
	r.order = append(r.order, key.Value)
	r.entries[key.Value] = p
}

// entry reads a type: a mapping type's name, or a mapping with details.
func (r *fieldsReader) entry(n *yaml.Node, name string, p *placed) entry {
	n, ok := r.resolve(n)
	if !ok {
		return entry{}
	}
	if n.Kind == yaml.ScalarNode {
		e := entry{mapping: r.mappingType(n)}
		r.checkNames(checked{e, name, nil, r.span(n)})
		return e
	}
	var e entry
	at := map[string]diag.Span{}
	keys := map[string]func(*yaml.Node){}
	set := func(key string, read func(*yaml.Node)) {
		keys[key] = func(n *yaml.Node) { at[key] = r.span(n); read(n) }
	}
	word := func(key string, to *string) {
		set(key, func(n *yaml.Node) { *to, _ = r.text(n) })
	}
	set("type", func(n *yaml.Node) { e.mapping = r.mappingType(n) })
	set("types", func(n *yaml.Node) {
		if p == nil {
			r.errorf(r.span(n), "query/fields-setting", "write one list", "a type in a list cannot be a list itself")
			return
		}
		e.types = r.types(n, name)
	})
	set("ignore_above", func(n *yaml.Node) { e.ignoreAbove = r.count(n) })
	set("index", func(n *yaml.Node) { e.hidden = !r.truth(n) })
	set("doc_values", func(n *yaml.Node) { r.truth(n) })
	word("path", &e.path)
	word("normalizer", &e.normalizer)
	word("analyzer", &e.analyzer)
	word("format", &e.format)
	word("keyword", &e.keyword)
	word("nested", &e.nested)
	r.mapping(n, "a mapping type, or a mapping with it", keys)
	if p != nil {
		p.link = at["path"].Union(at["keyword"])
	}
	r.check(checked{e, name, at, r.span(n)})
	return settleFormat(e)
}

// settleFormat drops a format that takes what a date is asked for with: the
// default ones do.
func settleFormat(e entry) entry {
	switch strings.ReplaceAll(e.format, " ", "") {
	case "strict_date_optional_time||epoch_millis", "strict_date_optional_time_nanos||epoch_millis", "date_optional_time||epoch_millis":
		e.format = ""
	}
	return e
}

func (r *fieldsReader) mappingType(n *yaml.Node) string {
	text, ok := r.text(n)
	if !ok {
		return ""
	}
	_, known := mappingTypes[text]
	_, refused := refusedTypes[text]
	if !known && !refused && text != "alias" {
		r.errorf(r.span(n), "query/fields-type", typeHint(text), "unknown mapping type %q", text)
		return ""
	}
	return text
}

func typeHint(wrong string) string {
	for _, name := range knownMappings() {
		if slip(name, strings.ToLower(wrong)) || name == strings.ToLower(wrong) {
			return "did you mean " + strconv.Quote(name) + "?"
		}
	}
	return "it is one of Elasticsearch's: " + strings.Join(knownMappings(), ", ")
}

func (r *fieldsReader) types(n *yaml.Node, name string) []entry {
	n, ok := r.resolve(n)
	if !ok {
		return nil
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		r.wrongType(n, "a list of types")
		return nil
	}
	var out []entry
	for _, kid := range n.Content {
		e := r.entry(kid, name, nil)
		if e.nested != "" || e.mapping == "alias" {
			r.errorf(r.span(kid), "query/fields-setting", "say it beside types", "a type in a list cannot be an alias, nor lie in a nested object by itself")
		}
		out = append(out, e)
	}
	return out
}

// checked is an entry with the places of its keys.
type checked struct {
	entry entry
	name  string
	at    map[string]diag.Span
	whole diag.Span
}

// check reports settings that do not fit the type or the name.
func (r *fieldsReader) check(c checked) {
	e := c.entry
	typed := c.at["type"].IsValid()
	switch {
	case !typed && !c.at["types"].IsValid():
		r.errorf(c.whole, "query/fields-setting", "add type: keyword, for instance", "the field has no type")
		return
	case typed && c.at["types"].IsValid():
		r.errorf(c.at["types"], "query/fields-setting", "keep one of them", "type and types stand side by side")
	}
	for _, key := range slices.Sorted(maps.Keys(c.at)) {
		kinds, bound := settingsOf[key]
		if typed && bound && e.mapping != "" && !slices.Contains(kinds, kindOf(e.mapping)) {
			r.errorf(c.at[key], "query/fields-setting", "it goes with "+strings.Join(kinds, ", "),
				"%s does not go with the type %s", key, e.mapping)
		}
	}
	if kindOf(e.mapping) == "text" && e.keyword == "" {
		for _, key := range []string{"ignore_above", "normalizer"} {
			if c.at[key].IsValid() {
				r.errorf(c.at[key], "query/fields-setting", "add keyword: .keyword, the name of the sub-field", "%s is a matter of a keyword sub-field", key)
			}
		}
	}
	r.checkNames(c)
}

// settingsOf says which types a key goes with; those that are missing go with
// all.
var settingsOf = map[string][]string{
	"path":         {"alias"},
	"normalizer":   {"keyword", "text"},
	"analyzer":     {"text"},
	"format":       {"date"},
	"keyword":      {"keyword", "wildcard", "text"},
	"ignore_above": {"keyword", "wildcard", "text"},
}

// kindOf is a mapping type with those that search alike taken together.
func kindOf(mapping string) string {
	if t, ok := mappingTypes[mapping]; ok {
		return string(t)
	}
	return mapping
}

func (r *fieldsReader) checkNames(c checked) {
	e := c.entry
	if e.mapping == "alias" && e.path == "" {
		r.errorf(c.whole, "query/fields-alias", "add path: NAME", "the alias does not say of what")
	}
	if strings.Contains(c.name, "*") && e.keyword != "" && !strings.HasPrefix(e.keyword, ".") {
		r.errorf(c.at["keyword"], "query/fields-name", "begin it with a dot: .keyword",
			"behind a pattern of names a sub-field has no name of its own")
	}
	if e.nested != "" && !strings.HasPrefix(c.name, e.nested+".") {
		r.errorf(c.at["nested"], "query/fields-name", "nested is the path of the object that the field lies in",
			"%q does not lie in %q", c.name, e.nested)
	}
	for key, name := range map[string]string{"keyword": e.keyword, "path": e.path, "nested": e.nested} {
		if strings.Contains(name, "*") || name == "." {
			r.errorf(c.at[key], "query/fields-name", "write one name", "%q is not the name of a field", name)
		}
	}
}

// settle makes the types of the entries: aliases and sub-fields are what the
// names that they lead to are.
func (r *fieldsReader) settle() *Types {
	t := newTypes()
	for _, name := range r.order {
		e := r.entries[name].entry
		t.add(name, e.field(name), e.text())
	}
	for _, name := range r.order {
		p := r.entries[name]
		switch f := t.fields[name]; {
		case p.entry.mapping == "alias" && strings.Contains(name, "*"):
			r.errorf(p.name, "query/fields-name", "name each alias", "a pattern of names cannot be an alias")
		case p.entry.mapping == "alias" && p.entry.path != "":
			t.fields[name] = r.target(t, p)
		case f.Name != "":
			t.fields[name] = r.subField(t, p, f)
		}
	}
	return t
}

func (r *fieldsReader) target(t *Types, p placed) Field {
	f, ok := t.Of(p.entry.path)
	switch {
	case !ok:
		r.errorf(p.link, "query/fields-alias", "pin that field as well", "nothing is said of the field %q", p.entry.path)
	case r.entries[p.entry.path].entry.mapping == "alias":
		r.errorf(p.link, "query/fields-alias", "name the field itself", "%q is an alias itself", p.entry.path)
	case f.Name == "":
		f.Name = p.entry.path
	}
	return f
}

// subField takes over what is said of a sub-field that has an entry itself.
func (r *fieldsReader) subField(t *Types, p placed, f Field) Field {
	sub, ok := t.fields[f.Name]
	switch {
	case !ok:
		return f
	case sub.Refused == "" && !textual(sub.Type) || sub.Name != "":
		r.errorf(p.link, "query/fields-setting", "it has to be a keyword or wildcard field", "%q is no field for whole values", f.Name)
		return f
	}
	sub.Name, sub.Text, sub.Nested = f.Name, f.Text, f.Nested
	return sub
}
