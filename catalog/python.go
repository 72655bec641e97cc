package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/classic"
)

// The old layouts print what Python's YAML loader made of a rule, whatever it
// was: this file reads a document so, and prints values as Python does.

// maxPrinted bounds what is made of one file: aliases make much of little.
const maxPrinted = 1 << 20

var (
	errTooLarge = errors.New("its values are too large")
	errSelf     = errors.New("a value holds itself")
)

// pythonKind is what a value is in Python.
type pythonKind uint8

const (
	pyNone pythonKind = iota
	pyText
	pyBool
	pyInt
	pyFloat
	pyDate
	pyBytes
	pyList
	pyDict
)

// pythonValue is a value as Python has it.
type pythonValue struct {
	kind pythonKind
	// text is the text, the decimal digits, "true" or "false", the date as
	// written.
	text  string
	items []*pythonValue // of a list
	pairs []pythonPair   // of a dict, in order
}

type pythonPair struct{ key, value *pythonValue }

// python builds the value of a node.
func python(n *yaml.Node) (*pythonValue, error) {
	b := pythonBuilder{done: map[*yaml.Node]*pythonValue{}}
	return b.build(n, 0)
}

type pythonBuilder struct {
	done  map[*yaml.Node]*pythonValue
	count int
}

func (b *pythonBuilder) build(n *yaml.Node, depth int) (*pythonValue, error) {
	if n == nil {
		return &pythonValue{}, nil
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if v, ok := b.done[n]; ok {
		if v == nil {
			return nil, errSelf
		}
		return v, nil
	}
	if b.count++; b.count > maxPrinted || depth > 100 {
		return nil, errTooLarge
	}
	if n.Anchor == "" {
		return b.fresh(n, depth) // nothing can name it
	}
	b.done[n] = nil
	v, err := b.fresh(n, depth)
	b.done[n] = v
	return v, err
}

func (b *pythonBuilder) fresh(n *yaml.Node, depth int) (*pythonValue, error) {
	switch n.Kind {
	case yaml.SequenceNode:
		v := &pythonValue{kind: pyList}
		for _, kid := range n.Content {
			item, err := b.build(kid, depth+1)
			if err != nil {
				return nil, err
			}
			v.items = append(v.items, item)
		}
		return v, nil
	case yaml.MappingNode:
		v := &pythonValue{kind: pyDict}
		return v, b.dict(v, n, depth)
	default:
		return scalar(n)
	}
}

func scalar(n *yaml.Node) (*pythonValue, error) {
	is, text := sigma.ReadScalar(n)
	v := &pythonValue{text: text}
	switch is {
	case sigma.ScalarText:
		v.kind = pyText
	case sigma.ScalarNull:
		v.kind = pyNone
	case sigma.ScalarBool:
		v.kind = pyBool
	case sigma.ScalarInteger:
		v.kind = pyInt
	case sigma.ScalarFloat:
		v.kind = pyFloat
	case sigma.ScalarDate:
		v.kind = pyDate
	case sigma.ScalarBinary:
		v.kind = pyBytes
	default:
		return nil, fmt.Errorf("the value %q is none that YAML 1.1 knows", n.Value)
	}
	return v, nil
}

// dict fills a dict: what merge keys name comes first, and the map's own
// entries win. Of a key that comes twice the last value counts, at the place
// of the first.
func (b *pythonBuilder) dict(v *pythonValue, n *yaml.Node, depth int) error {
	type id struct {
		kind pythonKind
		text string
	}
	at := make(map[id]int, len(n.Content)/2)
	set := func(key, value *pythonValue) error {
		if key.kind == pyList || key.kind == pyDict {
			return errors.New("a list or a map cannot be a key")
		}
		k := id{key.kind, key.text}
		if i, ok := at[k]; ok {
			v.pairs[i].value = value
			return nil
		}
		if b.count++; b.count > maxPrinted {
			return errTooLarge
		}
		at[k] = len(v.pairs)
		v.pairs = append(v.pairs, pythonPair{key, value})
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if sigma.IsMergeKey(n.Content[i]) {
			if err := b.merge(n.Content[i+1], depth, set); err != nil {
				return err
			}
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if sigma.IsMergeKey(n.Content[i]) {
			continue
		}
		key, err := b.build(n.Content[i], depth+1)
		if err != nil {
			return err
		}
		value, err := b.build(n.Content[i+1], depth+1)
		if err != nil {
			return err
		}
		if err := set(key, value); err != nil {
			return err
		}
	}
	return nil
}

// merge hands on the entries of the maps that a merge key names. Among several
// maps the first wins.
func (b *pythonBuilder) merge(n *yaml.Node, depth int, set func(key, value *pythonValue) error) error {
	from, err := b.build(n, depth+1)
	if err != nil {
		return err
	}
	maps := []*pythonValue{from}
	if from.kind == pyList {
		maps = from.items
	}
	for _, m := range slices.Backward(maps) {
		if m.kind != pyDict {
			return errors.New("what is merged is no map")
		}
		for _, p := range m.pairs {
			if err := set(p.key, p.value); err != nil {
				return err
			}
		}
	}
	return nil
}

// get returns the value of a key of a dict, and nil where there is none.
func (v *pythonValue) get(key string) *pythonValue {
	if v == nil || v.kind != pyDict {
		return nil
	}
	for _, p := range v.pairs {
		if p.key.is(key) {
			return p.value
		}
	}
	return nil
}

// is reports whether the value is that text.
func (v *pythonValue) is(text string) bool { return v != nil && v.kind == pyText && v.text == text }

// truthy reports whether Python takes the value for true.
func (v *pythonValue) truthy() bool {
	if v == nil {
		return false
	}
	switch v.kind {
	case pyNone:
		return false
	case pyBool:
		return v.text == "true"
	case pyInt, pyFloat:
		f, err := strconv.ParseFloat(v.text, 64)
		return err != nil || f != 0
	case pyList:
		return len(v.items) > 0
	case pyDict:
		return len(v.pairs) > 0
	default:
		return v.text != ""
	}
}

// members are what a loop over the value gives: the items of a list, the keys
// of a dict, the characters of a text. It is not ok for anything else.
func (v *pythonValue) members() (out []*pythonValue, ok bool) {
	switch v.kind {
	case pyList:
		return v.items, true
	case pyDict:
		for _, p := range v.pairs {
			out = append(out, p.key)
		}
		return out, true
	case pyText:
		for _, c := range v.text {
			out = append(out, &pythonValue{kind: pyText, text: string(c)})
		}
		return out, true
	default:
		return nil, false
	}
}

// printer prints values, up to a size.
type printer struct {
	strings.Builder
	err error
}

// text returns what Python's str makes of the value.
func (v *pythonValue) print() (string, error) {
	if v.kind == pyText {
		return v.text, nil
	}
	if v.kind == pyDate {
		return dateText(v.text), nil
	}
	var p printer
	p.repr(v)
	return p.String(), p.err
}

// repr writes what Python's repr makes of the value.
func (p *printer) repr(v *pythonValue) {
	if p.Len() > maxPrinted {
		p.err = errTooLarge
		return
	}
	switch v.kind {
	case pyNone:
		p.WriteString("None")
	case pyText:
		p.WriteString(reprText(v.text))
	case pyBool:
		p.WriteString(strings.ToUpper(v.text[:1]) + v.text[1:])
	case pyInt:
		p.WriteString(v.text)
	case pyFloat:
		p.WriteString(classic.FloatText(v.text))
	case pyDate:
		p.WriteString(reprDate(v.text))
	case pyBytes:
		p.WriteString("b" + reprText(v.text))
	case pyList:
		p.WriteByte('[')
		for i, item := range v.items {
			p.comma(i)
			p.repr(item)
		}
		p.WriteByte(']')
	case pyDict:
		p.WriteByte('{')
		for i, e := range v.pairs {
			p.comma(i)
			p.repr(e.key)
			p.WriteString(": ")
			p.repr(e.value)
		}
		p.WriteByte('}')
	}
}

func (p *printer) comma(i int) {
	if i > 0 {
		p.WriteString(", ")
	}
}

// reprText writes a text in quotes as Python does.
func reprText(s string) string {
	quote := '\''
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	var b strings.Builder
	b.WriteRune(quote)
	for _, c := range s {
		switch {
		case c == '\\' || c == quote:
			b.WriteString(`\` + string(c))
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(c):
			b.WriteRune(c)
		case c < 0x100:
			fmt.Fprintf(&b, `\x%02x`, c)
		case c < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			fmt.Fprintf(&b, `\U%08x`, c)
		}
	}
	b.WriteRune(quote)
	return b.String()
}

// day reads a date without a time, with one digit or two.
func day(s string) (time.Time, bool) {
	t, err := time.Parse("2006-1-2", s)
	return t, err == nil
}

func dateText(s string) string {
	if t, ok := day(s); ok {
		return t.Format(time.DateOnly)
	}
	return s
}

func reprDate(s string) string {
	if t, ok := day(s); ok {
		return fmt.Sprintf("datetime.date(%d, %d, %d)", t.Year(), t.Month(), t.Day())
	}
	return s
}
