package sigma

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
)

// item reads a field with its modifiers and values. It returns nil where they
// are wrong, which was reported.
func (r *reader) item(e pair) Node {
	item := &Item{Span: r.pairSpan(e)}
	chain, ok := r.key(e.key, item)
	values, good := r.values(e.value, slices.Contains(item.Modifiers, "re"))
	if !ok || !good || !r.ordered(e.key, item, chain) {
		return nil
	}
	item.Values = values[:0]
	for _, v := range values {
		if v.Value, ok = r.modify(v, item, chain); ok {
			item.Values = append(item.Values, v)
		}
		good = good && ok
	}
	for _, m := range chain {
		if m.mark != nil {
			m.mark(item)
		}
	}
	r.checkKeywords(item)
	if !good || len(item.Values) == 0 {
		return nil
	}
	return item
}

// key splits a key into field and modifiers.
func (r *reader) key(n *yaml.Node, item *Item) ([]modifier, bool) {
	switch k := kindOf(n); k {
	case kindString:
	case kindNull:
		item.FieldSpan = r.places.span(n)
		return nil, true
	default:
		r.failNode(n, fault{"sigma/field", fmt.Sprintf("a field's name has to be a text, not %s", k), quoteHint(k)})
		return nil, false
	}
	field, rest, modified := strings.Cut(n.Value, "|")
	item.Field = field
	source := r.places.source(n)
	item.FieldSpan = source.Sub(0, len(field))
	if !modified {
		return nil, true
	}
	item.Modifiers = strings.Split(rest, "|")
	return r.chain(source, item)
}

// chain looks the modifiers up, and reports the unknown ones.
func (r *reader) chain(source *Source, item *Item) ([]modifier, bool) {
	chain := make([]modifier, 0, len(item.Modifiers))
	at := len(item.Field) + 1
	for _, name := range item.Modifiers {
		m, ok := modifiers[name]
		if ok {
			chain = append(chain, m)
		} else {
			r.fail(source.Sub(at, at+len(name)), unknownModifier(name))
		}
		at += len(name) + 1
	}
	return chain, len(chain) == len(item.Modifiers)
}

func unknownModifier(name string) fault {
	f := fault{"sigma/unknown-modifier", fmt.Sprintf("unknown modifier %q", name), "see the list of modifiers in the Sigma specification"}
	known := slices.Sorted(maps.Keys(modifiers))
	trimmed := strings.TrimSpace(name)
	switch {
	case name == "":
		f.message, f.hint = "a modifier is missing", `remove the "|"`
	case slices.Contains(known, trimmed):
		f.hint = fmt.Sprintf("remove the blanks: %q", trimmed)
	default:
		if near := nearest(trimmed, known); near != "" {
			f.hint = fmt.Sprintf("did you mean %q?", near)
		}
	}
	return f
}

// ordered checks where the modifiers stand.
func (r *reader) ordered(key *yaml.Node, item *Item, chain []modifier) bool {
	good := true
	for i, m := range chain {
		name := item.Modifiers[i]
		switch {
		case m.first && i > 0:
			r.fail(r.modifierSpan(key, item, i), fault{
				"sigma/modifier-order", fmt.Sprintf("the modifier %q has to come first", name),
				fmt.Sprintf("write %q", strings.Join(slices.Concat([]string{item.Field, name}, item.Modifiers[:i], item.Modifiers[i+1:]), "|")),
			})
		case m.needsField && item.Field == "":
			r.fail(r.modifierSpan(key, item, i), fault{"sigma/modifier-field", fmt.Sprintf("the modifier %q needs a field", name), `write the field's name before the "|"`})
		default:
			continue
		}
		good = false
	}
	return good
}

func (r *reader) modifierSpan(key *yaml.Node, item *Item, i int) diag.Span {
	at := len(item.Field) + 1
	for _, name := range item.Modifiers[:i] {
		at += len(name) + 1
	}
	return r.places.source(key).Sub(at, at+len(item.Modifiers[i]))
}

// values reads a plain value or a flat list of them. No value is null.
func (r *reader) values(n *yaml.Node, raw bool) ([]Located, bool) {
	if kindOf(n) != kindList {
		v, ok := r.value(n, raw)
		return []Located{{Value: v, Span: r.places.span(n)}}, ok
	}
	if len(n.Content) == 0 {
		return []Located{{Value: Null{}, Span: r.places.span(n)}}, true
	}
	out := make([]Located, 0, len(n.Content))
	good := true
	for _, entry := range n.Content {
		entry = deref(entry)
		v, ok := r.value(entry, raw)
		good = good && ok
		out = append(out, Located{Value: v, Span: r.places.span(entry)})
	}
	return out, good
}

// value types a scalar (section 5). Raw is true where a regular expression is
// asked for: the text is then taken as it stands.
func (r *reader) value(n *yaml.Node, raw bool) (Value, bool) {
	k := kindOf(n)
	switch {
	case raw && (k == kindString || k == kindInt || k == kindFloat):
		return PlainString(n.Value), true
	case k == kindString:
		return ParseString(n.Value), true
	case k == kindNull:
		return Null{}, true
	case k == kindBool:
		return Bool(boolOf(n.Value)), true
	case k == kindInt || k == kindFloat:
		if text, ok := numberText(n.Value); ok {
			return Number{Text: text}, true
		}
		r.failNode(n, fault{"sigma/number", fmt.Sprintf("%q is no number that can be searched for", n.Value), "put it in quotes if it is a text"})
	case k == kindTime:
		r.failNode(n, fault{"sigma/value", "YAML reads this value as a date", "put it in quotes"})
	case !k.plain():
		r.failNode(n, fault{"sigma/value", fmt.Sprintf("a value cannot be %s", k), "write one value or a flat list of values"})
	default:
		r.failNode(n, fault{"sigma/value", fmt.Sprintf("a value cannot be %s", k), "put it in quotes, without a tag"})
	}
	return nil, false
}

// modify applies the modifiers to a value in the written order (section 7).
func (r *reader) modify(v Located, item *Item, chain []modifier) (Value, bool) {
	value := v.Value
	for i, m := range chain {
		changed, f := m.applyTo(value, &use{name: item.Modifiers[i], later: item.Modifiers[i+1:]})
		if f != nil {
			r.fail(v.Span, *f)
			return nil, false
		}
		value = changed
	}
	return value, true
}
