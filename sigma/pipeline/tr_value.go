package pipeline

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/sigma"
)

// change returns what replaces a value of an item. Without ok it stays.
type change func(v sigma.Located) (values []sigma.Value, ok bool)

// mapValues returns an item's values with each replaced by what f makes of it,
// inside expansions too. Several in place of one are alternatives also where
// the item asks for all of its values.
func mapValues(it *sigma.Item, f change) ([]sigma.Located, bool) {
	var out []sigma.Located
	changed := false
	for i, v := range it.Values {
		next, ok := f.deep(v)
		if ok && !changed {
			changed = true
			out = slices.Clone(it.Values[:i])
		}
		switch {
		case !changed:
			continue
		case !ok:
			next = []sigma.Value{v.Value}
		case it.All && len(next) > 1:
			next = []sigma.Value{sigma.Expansion(next)}
		}
		for _, n := range next {
			out = append(out, sigma.Located{Value: n, Span: v.Span})
		}
	}
	return out, changed
}

func (f change) deep(v sigma.Located) ([]sigma.Value, bool) {
	list, ok := v.Value.(sigma.Expansion)
	if !ok {
		return f(v)
	}
	var out sigma.Expansion
	changed := false
	for _, kid := range list {
		next, ok := f.deep(sigma.Located{Value: kid, Span: v.Span})
		if !ok {
			next = []sigma.Value{kid}
		}
		changed = changed || ok
		out = append(out, next...)
	}
	return []sigma.Value{out}, changed
}

// eachValue replaces the values of the items that the conditions let through.
func (x *run) eachValue(f func(it *sigma.Item, v sigma.Located) ([]sigma.Value, bool)) {
	x.eachItem(func(it *sigma.Item) sigma.Node {
		values, changed := mapValues(it, func(v sigma.Located) ([]sigma.Value, bool) { return f(it, v) })
		if !changed {
			return it
		}
		own := x.touched(it)
		own.Values = values
		return own
	})
}

// eachString is eachValue for texts.
func (x *run) eachString(f func(s sigma.String) ([]sigma.Value, bool)) {
	x.eachValue(func(_ *sigma.Item, v sigma.Located) ([]sigma.Value, bool) {
		s, ok := v.Value.(sigma.String)
		if !ok {
			return nil, false
		}
		return f(s)
	})
}

// setValue replaces every value.
type setValue struct{ value sigma.Value }

func readSetValue(p *params) transformation {
	n, ok := p.need("value")
	force := p.text("force_type", "")
	if !ok {
		return setValue{}
	}
	v, ok := p.r.literal(n)
	if !ok {
		return setValue{}
	}
	return setValue{p.forced(n, v, force)}
}

func (p *params) forced(n *yaml.Node, v sigma.Value, force string) sigma.Value {
	_, isNumber := v.(sigma.Number)
	s, isString := v.(sigma.String)
	switch {
	case force == "":
	case force != "str" && force != "num":
		at, _ := p.take("force_type")
		p.r.errorf(p.r.span(at), "pipeline/wrong-value", "write one of: str, num", "%q cannot be %q", "force_type", force)
	case !isNumber && !isString:
		p.r.errorf(p.r.span(n), "pipeline/wrong-value", "take force_type out", "only a text or a number can be forced to be %s", force)
	case force == "str":
		return p.r.string(n)
	case isString:
		if number, ok := toNumber(s); ok {
			return number
		}
		p.r.errorf(p.r.span(n), "pipeline/wrong-value", "write a number", "%q is no number", n.Value)
	}
	return v
}

func (t setValue) apply(x *run) {
	x.eachItem(func(it *sigma.Item) sigma.Node {
		own := x.touched(it)
		own.Values = mapAll(it.Values, func(sigma.Value) sigma.Value { return t.value })
		return own
	})
}

// convertType turns numbers into texts, or texts into numbers. Values of other
// kinds stay.
type convertType struct{ num bool }

func readConvertType(p *params) transformation {
	return convertType{p.needChoice("target_type", "str", "num") == "num"}
}

func (t convertType) apply(x *run) {
	x.eachValue(func(_ *sigma.Item, at sigma.Located) ([]sigma.Value, bool) {
		switch v := at.Value.(type) {
		case sigma.Number:
			return []sigma.Value{sigma.PlainString(v.Text)}, !t.num
		case sigma.String:
			if !t.num {
				return nil, false
			}
			number, ok := toNumber(v)
			if !ok {
				x.refuse(at.Span, "pipeline/not-a-number", "give the item of the pipeline a condition that leaves this value out",
					"the pipeline wants a number here, and %q is none", v.Plain())
			}
			return []sigma.Value{number}, ok
		default:
			return nil, false
		}
	})
}

// toNumber reads a text of nothing but digits, sign and point.
func toNumber(s sigma.String) (sigma.Number, bool) {
	text, ok := s.Literal()
	if !ok || strings.Trim(text, "+-.0123456789") != "" {
		return sigma.Number{}, false
	}
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return sigma.Number{Text: strconv.FormatInt(i, 10)}, true
	}
	f, err := strconv.ParseFloat(text, 64)
	return sigma.Number{Text: strconv.FormatFloat(f, 'f', -1, 64)}, err == nil
}

func numberData(n sigma.Number) any {
	if i, err := strconv.ParseInt(n.Text, 10, 64); err == nil {
		return i
	}
	if f, err := strconv.ParseFloat(n.Text, 64); err == nil {
		return f
	}
	return n.Text
}

// textCase changes the case of texts.
type textCase struct{ change func(string) string }

func readCase(p *params) transformation {
	switch p.choice("method", "lower", "upper", "snake_case") {
	case "upper":
		return textCase{strings.ToUpper}
	case "snake_case":
		return textCase{snakeCase}
	default:
		return textCase{strings.ToLower}
	}
}

// snakeCase puts an underscore before each capital that is not the first
// letter.
func snakeCase(text string) string {
	var b strings.Builder
	for i, r := range text {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func (t textCase) apply(x *run) {
	x.eachString(func(s sigma.String) ([]sigma.Value, bool) {
		return []sigma.Value{mapText(s, t.change)}, true
	})
}

// mapText changes the texts of a string; wildcards and placeholders stay.
func mapText(s sigma.String, change func(string) string) sigma.String {
	var parts []sigma.Part
	for _, p := range s.Parts {
		if p.Kind == sigma.Text {
			p.Text = change(p.Text)
		}
		parts = appendParts(parts, p)
	}
	return sigma.String{Parts: parts, Cased: s.Cased}
}

// mapString replaces whole strings by their plain form.
type mapString map[string][]sigma.Value

func readMapString(p *params) transformation {
	t := mapString{}
	for _, kv := range p.needMapping("mapping") {
		entries := []*yaml.Node{kv.value}
		if kv.value.Kind == yaml.SequenceNode {
			entries = kv.value.Content
		}
		if len(p.targets(kv)) != len(entries) {
			continue
		}
		for _, e := range entries {
			t[kv.key.Value] = append(t[kv.key.Value], p.r.string(deref(e)))
		}
	}
	return t
}

func (t mapString) apply(x *run) {
	x.eachString(func(s sigma.String) ([]sigma.Value, bool) {
		to, ok := t[s.Plain()]
		if !ok || !x.spend(x.rule.LogSource.Span, 100*len(to)) {
			return nil, false
		}
		if s.Cased {
			to = cased(to)
		}
		return to, true
	})
}

// cased keeps the demand for the very case on what replaces a string.
func cased(values []sigma.Value) []sigma.Value {
	out := slices.Clone(values)
	for i, v := range out {
		if s, ok := v.(sigma.String); ok {
			s.Cased = true
			out[i] = s
		}
	}
	return out
}
