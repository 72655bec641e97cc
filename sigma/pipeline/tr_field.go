package pipeline

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag/yamlnode"
	"github.com/sigwatch/sigwatch/sigma"
)

// renamer gives the new names of a field; the field "" is a keyword.
type renamer interface {
	rename(field string) (names []string, ok bool)
}

// fieldNames renames fields in the rule's list, in detection items and in
// field references.
type fieldNames struct{ renamer }

func (t fieldNames) apply(x *run) {
	x.rule.Fields = t.list(x, x.rule.Fields)
	x.eachItem(func(it *sigma.Item) sigma.Node { return t.item(x, it) })
}

func (t fieldNames) list(x *run, fields []string) []string {
	if !slices.ContainsFunc(fields, func(f string) bool { _, ok := t.bare(x, f); return ok }) {
		return fields
	}
	var out []string
	for _, f := range fields {
		if names, ok := t.bare(x, f); ok && x.spend(x.rule.LogSource.Span, weight(names)) {
			x.track(f, names)
			out = append(out, names...)
		} else {
			out = append(out, f)
		}
	}
	return out
}

// bare renames a name that is not the field of an item.
func (t fieldNames) bare(x *run, name string) ([]string, bool) {
	if name == "" {
		return nil, false
	}
	names, ok := t.rename(name)
	if !ok || !x.item.fields.open(x, subject{name: name}) {
		return nil, false
	}
	return names, true
}

// weight is about what an item of each of the names takes up.
func weight(names []string) int {
	bytes := 0
	for _, name := range names {
		bytes += len(name) + 200
	}
	return bytes
}

// track notes which items made a name.
func (x *run) track(from string, to []string) {
	if x.names == nil {
		x.names = map[string][]string{}
	}
	for _, name := range to {
		ids := slices.Clone(x.names[name])
		for _, id := range append(slices.Clip(x.names[from]), x.item.id) {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		x.names[name] = ids
	}
}

func (t fieldNames) item(x *run, it *sigma.Item) sigma.Node {
	it = t.references(x, it)
	names, ok := t.rename(it.Field)
	if !ok || !x.item.fields.open(x, subject{name: it.Field, item: it}) || !x.spend(it.Span, weight(names)) {
		return it
	}
	x.note(names...)
	own := x.touched(it)
	if it.Field != "" {
		return spread(own, names)
	}
	own.Values = mapAll(own.Values, inside)
	own.FieldSpan = own.Span
	if own.All && len(names) > 1 {
		return apart(own, names)
	}
	return spread(own, names)
}

// apart gives keywords that are all needed the names: each may stand in another
// of the fields, as each may stand anywhere in the event.
func apart(own *sigma.Item, names []string) sigma.Node {
	kids := make([]sigma.Node, len(own.Values))
	for i := range own.Values {
		kids[i] = &sigma.AnyOf{Span: own.Span, Kids: copies(own, names, own.Values[i:i+1])}
	}
	all := joined(kids, &sigma.AllOf{Span: own.Span, Kids: kids})
	if !own.Negated {
		return all
	}
	return &sigma.Not{Span: own.Span, Kid: rewrite(all, func(it *sigma.Item) sigma.Node {
		positive := *it
		positive.Negated = false
		return &positive
	})}
}

// references renames the fields that values refer to.
func (t fieldNames) references(x *run, it *sigma.Item) *sigma.Item {
	values, changed := mapValues(it, func(v sigma.Located) ([]sigma.Value, bool) {
		ref, ok := v.Value.(sigma.FieldRef)
		if !ok {
			return nil, false
		}
		names, ok := t.bare(x, ref.Field)
		if !ok || !x.spend(v.Span, weight(names)) {
			return nil, false
		}
		x.track(ref.Field, names)
		out := make([]sigma.Value, len(names))
		for i, name := range names {
			out[i] = sigma.FieldRef{Field: name, StartsWith: ref.StartsWith, EndsWith: ref.EndsWith}
		}
		return out, true
	})
	if !changed {
		return it
	}
	own := x.touched(it)
	own.Values = values
	return own
}

// inside makes a keyword's value one that is looked for anywhere in a field. A
// number becomes text for that: a field that holds a whole message is never
// equal to it.
func inside(v sigma.Value) sigma.Value {
	switch v := v.(type) {
	case sigma.Number:
		return inside(sigma.PlainString(v.Text))
	case sigma.Expansion:
		out := make(sigma.Expansion, len(v))
		for i, kid := range v {
			out[i] = inside(kid)
		}
		return out
	case sigma.String:
		parts := slices.Clone(v.Parts)
		if len(parts) == 0 || parts[0].Kind != sigma.Any {
			parts = slices.Insert(parts, 0, sigma.Part{Kind: sigma.Any})
		}
		if parts[len(parts)-1].Kind != sigma.Any {
			parts = append(parts, sigma.Part{Kind: sigma.Any})
		}
		return sigma.String{Parts: parts, Cased: v.Cased}
	default:
		return v
	}
}

func mapAll(values []sigma.Located, change func(sigma.Value) sigma.Value) []sigma.Located {
	out := make([]sigma.Located, len(values))
	for i, v := range values {
		out[i] = sigma.Located{Value: change(v.Value), Span: v.Span}
	}
	return out
}

// spread gives an item the names. With several it asks whether any of the
// fields has the value, and whether none is there where the value is absence;
// a negated item is the opposite of that whole question.
func spread(own *sigma.Item, names []string) sigma.Node {
	if len(names) == 1 {
		own.Field = names[0]
		return own
	}
	if own.Negated {
		positive := *own
		positive.Negated = false
		return &sigma.Not{Span: own.Span, Kid: spread(&positive, names)}
	}
	absent := func(v sigma.Located) bool { return isAbsence(v.Value) }
	there := slices.DeleteFunc(slices.Clone(own.Values), absent)
	none := slices.DeleteFunc(slices.Clone(own.Values), func(v sigma.Located) bool { return !absent(v) })
	var kids []sigma.Node
	if len(there) > 0 {
		kids = append(kids, &sigma.AnyOf{Span: own.Span, Kids: copies(own, names, there)})
	}
	if len(none) > 0 {
		kids = append(kids, &sigma.AllOf{Span: own.Span, Kids: copies(own, names, none)})
	}
	if own.All {
		return joined(kids, &sigma.AllOf{Span: own.Span, Kids: kids})
	}
	return joined(kids, &sigma.AnyOf{Span: own.Span, Kids: kids})
}

func isAbsence(v sigma.Value) bool {
	switch v := v.(type) {
	case sigma.Null:
		return true
	case sigma.Exists:
		return !bool(v)
	default:
		return false
	}
}

func copies(it *sigma.Item, names []string, values []sigma.Located) []sigma.Node {
	out := make([]sigma.Node, len(names))
	for i, name := range names {
		own := *it
		own.Field, own.Values = name, values
		out[i] = &own
	}
	return out
}

// fieldMapping renames by name, with case.
type fieldMapping map[string][]string

func readFieldMapping(p *params) transformation {
	return fieldNames{p.fieldMapping(p.needMapping("mapping"))}
}

func (p *params) fieldMapping(entries []pair) fieldMapping {
	t := fieldMapping{}
	for _, kv := range entries {
		name := kv.key.Value
		if yamlnode.IsNull(kv.key) {
			name = ""
		}
		if names := p.targets(kv); names != nil {
			t[name] = names
		}
	}
	return t
}

// targets reads the new name or names of a mapping's entry.
func (p *params) targets(kv pair) []string {
	if yamlnode.IsNull(kv.value) || kv.value.Kind == yaml.MappingNode {
		p.r.wrongType(kv.value, "the name to map "+kv.key.Value+" to", "a text or a list of texts")
		return nil
	}
	names := p.textList(kv.value, kv.key.Value)
	if len(names) == 0 {
		p.r.errorf(p.r.span(kv.key), "pipeline/wrong-value", "give it a name, or take it out",
			"%q is mapped to no name at all", kv.key.Value)
		return nil
	}
	return names
}

func (t fieldMapping) rename(field string) ([]string, bool) {
	names, ok := t[field]
	return names, ok
}

// prefixMapping renames by the first prefix in file order that fits.
type prefixMapping struct {
	prefixes []string
	targets  [][]string
}

func readPrefixMapping(p *params) transformation {
	var t prefixMapping
	for _, kv := range p.needMapping("mapping") {
		if yamlnode.IsNull(kv.key) {
			p.r.wrongType(kv.key, "a prefix", "a text")
			continue
		}
		if names := p.targets(kv); names != nil {
			t.prefixes, t.targets = append(t.prefixes, kv.key.Value), append(t.targets, names)
		}
	}
	return fieldNames{t}
}

func (t prefixMapping) rename(field string) ([]string, bool) {
	for i, prefix := range t.prefixes {
		rest, ok := strings.CutPrefix(field, prefix)
		if !ok || field == "" {
			continue
		}
		names := make([]string, len(t.targets[i]))
		for j, target := range t.targets[i] {
			names[j] = target + rest
		}
		return names, true
	}
	return nil, false
}

// affixes puts something before and after every field name.
type affixes struct{ prefix, suffix string }

func readFieldPrefix(p *params) transformation {
	return fieldNames{affixes{prefix: p.needText("prefix")}}
}

func readFieldSuffix(p *params) transformation {
	return fieldNames{affixes{suffix: p.needText("suffix")}}
}

func (t affixes) rename(field string) ([]string, bool) {
	if field == "" {
		return nil, false
	}
	return []string{t.prefix + field + t.suffix}, true
}

// namesByFunction changes names by a function, those of the mapping but for it.
type namesByFunction struct {
	mapping  fieldMapping
	function func(string) string
}

// readFieldTransform takes the name of a function where pySigma, in Python,
// takes the function.
func readFieldTransform(p *params) transformation {
	t := namesByFunction{mapping: p.fieldMapping(p.mapping("mapping"))}
	switch p.needChoice("transform_func", "lower", "upper", "snake_case") {
	case "upper":
		t.function = strings.ToUpper
	case "snake_case":
		t.function = snakeCase
	default:
		t.function = strings.ToLower
	}
	return fieldNames{t}
}

func (t namesByFunction) rename(field string) ([]string, bool) {
	if names, ok := t.mapping[field]; ok || field == "" {
		return names, ok
	}
	return []string{t.function(field)}, true
}
