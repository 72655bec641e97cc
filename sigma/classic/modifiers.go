package classic

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
)

// modified is what modifiers made of a value: a leaf, or an And, an Or or a
// group of others. An opRaw is a list whose items are not all leaves.
type modified struct {
	op   op
	kids []*modified
	// val is the value of a leaf.
	val *value
}

func (m *modified) isLeaf() bool { return m.val != nil || m.op == opRaw }

// value returns the value of a leaf.
func (m *modified) value() (*value, error) {
	if m.val == nil {
		return nil, refuse("classic/value", "a modifier gave several alternatives for an entry of a list", hintOf("classic/value"))
	}
	return m.val, nil
}

// node is the tree of what is no leaf, its values as words.
func (m *modified) node() *node {
	if m.val != nil {
		return word1(m.val)
	}
	out := &node{op: m.op}
	for _, kid := range m.kids {
		out.kids = append(out.kids, kid.node())
	}
	return out
}

// modifier changes one text or bytes.
type modifier func(v *value) (*modified, error)

// modify applies the modifiers from left to right.
func (p *parser) modify(m *modified, names []string, at place) (*modified, error) {
	for _, name := range names {
		var err error
		switch name {
		case "all":
			m, err = m.all(at)
		case "re":
			m, err = m.regex(at)
		default:
			f := p.modifier(name)
			if f == nil {
				return nil, refuseAt(at, "classic/modifier", "the old tool does not know the modifier "+quote(name))
			}
			m, err = p.each(m, f)
		}
		if err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (p *parser) modifier(name string) modifier {
	switch name {
	case "contains":
		return onText(contains)
	case "startswith":
		return onText(startsWith)
	case "endswith":
		return onText(endsWith)
	case "base64":
		return onBytes(func(b string) *modified { return leaf(base64.StdEncoding.EncodeToString([]byte(b))) })
	case "base64offset":
		return onBytes(offsets)
	case "utf16le", "wide":
		return encoded("", false)
	case "utf16be":
		return encoded("", true)
	case "utf16":
		return encoded("\xff\xfe", false)
	case "windash":
		return p.windash
	}
	return nil
}

// each applies a modifier to a text, to each text of a list, and through what
// earlier modifiers made.
func (p *parser) each(m *modified, f modifier) (*modified, error) {
	if m.val == nil {
		out := &modified{op: m.op}
		for _, kid := range m.kids {
			kid, err := p.each(kid, f)
			if err != nil {
				return nil, err
			}
			out.kids = append(out.kids, kid)
		}
		return out, nil
	}
	if m.val.kind == kindList {
		return p.eachItem(m.val, f)
	}
	if err := p.budget(m.val); err != nil {
		return nil, err
	}
	return f(m.val)
}

func (p *parser) eachItem(list *value, f modifier) (*modified, error) {
	out, plain := &modified{op: opRaw}, &value{kind: kindList, at: list.at}
	for _, item := range list.items {
		if err := p.budget(item); err != nil {
			return nil, err
		}
		kid, err := f(item)
		if err != nil {
			return nil, err
		}
		out.kids = append(out.kids, kid)
		if kid.val != nil {
			plain.items = append(plain.items, kid.val)
		}
	}
	if len(plain.items) == len(out.kids) {
		return &modified{val: plain}, nil
	}
	return out, nil
}

// all makes an And of a list.
func (m *modified) all(at place) (*modified, error) {
	out := &modified{op: opAnd}
	switch {
	case m.val != nil && m.val.kind == kindList:
		for _, item := range m.val.items {
			out.kids = append(out.kids, &modified{val: item})
		}
	case m.val == nil && m.op != opGroup:
		out.kids = m.kids
	default:
		return nil, refuseAt(at, "classic/modifier", `the modifier "all" needs a list`)
	}
	return out, nil
}

func (m *modified) regex(at place) (*modified, error) {
	if m.val == nil || m.val.kind != kindText {
		return nil, refuseAt(at, "classic/modifier", `the old tool takes only one text behind the modifier "re"`)
	}
	return &modified{val: &value{kind: kindRegex, text: m.val.text, at: m.val.at}}, nil
}

func leaf(text string) *modified { return &modified{val: &value{text: text}} }

func wrongValue(v *value) error {
	return refuseAt(v.at, "classic/value", "the modifier does not take "+v.kind.String())
}

func onText(f func(string) string) modifier {
	return func(v *value) (*modified, error) {
		if v.kind != kindText {
			return nil, wrongValue(v)
		}
		return &modified{val: &value{text: f(v.text), at: v.at}}, nil
	}
}

func onBytes(f func(string) *modified) modifier {
	return func(v *value) (*modified, error) {
		if v.kind != kindText && v.kind != kindBytes {
			return nil, wrongValue(v)
		}
		return f(v.text), nil
	}
}

func contains(s string) string { return startsWith(endsWith(s)) }

func endsWith(s string) string {
	if strings.HasPrefix(s, "*") {
		return s
	}
	return "*" + s
}

func startsWith(s string) string {
	switch {
	case strings.HasSuffix(s, "*"):
		return s
	case strings.HasSuffix(s, `\`):
		// The backslash would escape the star.
		return s + `\*`
	}
	return s + "*"
}

// offsets are the three forms that base64 gives a text, by where it begins.
func offsets(b string) *modified {
	alternatives := &modified{op: opOr}
	for i, skip := range []int{0, 2, 3} {
		cut := []int{0, 3, 2}[(len(b)+i)%3]
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", i) + b))
		end := max(len(text)-cut, 0)
		alternatives.kids = append(alternatives.kids, leaf(text[min(skip, end):end]))
	}
	return &modified{op: opGroup, kids: []*modified{alternatives}}
}

// encoded makes bytes of a text. Only a base64 modifier makes use of them.
func encoded(mark string, bigEndian bool) modifier {
	return func(v *value) (*modified, error) {
		if v.kind != kindText {
			return nil, wrongValue(v)
		}
		b := []byte(mark)
		for _, unit := range utf16.Encode([]rune(v.text)) {
			low, high := byte(unit), byte(unit>>8)
			if bigEndian {
				low, high = high, low
			}
			b = append(b, low, high)
		}
		return &modified{val: &value{kind: kindBytes, text: string(b), at: v.at}}, nil
	}
}

// maxDashes bounds the alternatives of one value.
const maxDashes = 12

// windash gives all ways to write the dashes and slashes that begin a
// command's switches.
func (p *parser) windash(v *value) (*modified, error) {
	if v.kind != kindText {
		return nil, wrongValue(v)
	}
	text := []rune(v.text)
	var at []int
	for i := range text {
		if (text[i] == '-' || text[i] == '/') && (i == 0 || !isWord(text[i-1])) && i+1 < len(text) && isWord(text[i+1]) {
			at = append(at, i)
		}
	}
	switch {
	case len(at) == 0:
		return &modified{val: v}, nil
	case len(at) > maxDashes:
		return nil, refuseAt(v.at, "classic/too-large", "the modifier windash gives too many alternatives")
	}
	alternatives := &modified{op: opOr}
	for choice := range 1 << len(at) {
		for i, where := range at {
			text[where] = '-'
			if choice>>(len(at)-1-i)&1 == 1 {
				text[where] = '/'
			}
		}
		if err := p.budget(v); err != nil {
			return nil, err
		}
		alternatives.kids = append(alternatives.kids, leaf(string(text)))
	}
	return &modified{op: opGroup, kids: []*modified{alternatives}}, nil
}
