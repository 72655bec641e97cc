package current_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/current"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querystring"
)

// treeOf resolves a rule's text.
func treeOf(tb testing.TB, text string) query.Tree {
	tb.Helper()
	rules, ds := sigma.Parse(diag.NewFile("rule.yml", []byte(text)))
	if diag.HasErrors(ds) || len(rules) != 1 {
		tb.Fatalf("%s\n%v", text, ds)
	}
	tree, ds := query.Resolve(rules[0], nil)
	if diag.HasErrors(ds) {
		tb.Fatalf("%s\n%v", text, ds)
	}
	return tree
}

// ruleOf is a rule with that detection; its condition is "s" unless it has
// one.
func ruleOf(detection string) string {
	text := "title: A rule\nid: 0b2c3d4e-0000-4000-8000-000000000001\nlogsource: {category: c}\ndetection:\n  " +
		strings.ReplaceAll(strings.TrimSpace(detection), "\n", "\n  ") + "\n"
	if !strings.Contains(detection, "condition:") {
		text += "  condition: s\n"
	}
	return text
}

// render writes a detection for a target.
func render(tb testing.TB, target current.Target, detection string, options ...string) (string, []diag.Diagnostic) {
	tb.Helper()
	return renderTree(tb, target, treeOf(tb, ruleOf(detection)), options...)
}

func renderTree(tb testing.TB, target current.Target, tree query.Tree, options ...string) (string, []diag.Diagnostic) {
	tb.Helper()
	opt, err := current.ParseOptions(target, options)
	if err != nil {
		tb.Fatal(err)
	}
	out, ds := current.Render(target, current.Input{
		Tree: tree, Options: opt, QueryString: querystring.Options{KeywordFields: []string{"message"}},
	})
	return out.String(), ds
}

// codes are the codes of diagnostics, errors with a "!".
func codes(ds []diag.Diagnostic) string {
	var out []string
	for _, d := range ds {
		code := d.Code
		if d.Severity == diag.Error {
			code += "!"
		}
		out = append(out, code)
	}
	return strings.Join(out, " ")
}

// dice makes trees and events at random that have to do with each other.
type dice struct{ *rand.Rand }

func newDice(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, 1))} }

// pick returns one of some words.
func pick[T any](d dice, words []T) T { return words[d.IntN(len(words))] }

// letters are the characters of random texts: in both cases, within and beyond
// ASCII, and all that some target has a use for.
var letters = []string{"a", "b", "A", "k", "ä", "Ä", "σ", "ς", "😀", `"`, `\`, "'", "/", "*", "?", "%", "_", "$", "`", "<", "(", ")", "|", ".", "1", "0", "-", " ", "\t", "[", "{"}

func (d dice) text(most int) string {
	var b strings.Builder
	for range d.IntN(most + 1) {
		b.WriteString(pick(d, letters))
	}
	return b.String()
}

var fields = []string{"f", "g.h", "x.y.z", "Größe"}

func (d dice) value() sigma.Value {
	switch d.IntN(12) {
	case 0:
		return sigma.Number{Text: pick(d, []string{"1", "10", "-1", "1.5", "0"})}
	case 1:
		return sigma.Bool(d.IntN(2) == 0)
	case 2:
		return sigma.Null{}
	case 3:
		return sigma.Exists(d.IntN(2) == 0)
	case 4:
		return sigma.CIDR{Network: pick(d, []string{"10.0.0.0/8", "10.1.0.0/15", "10.1.2.3/32", "10.1.2.0/25"})}
	case 5:
		return sigma.Regex{
			Pattern:    pick(d, []string{"a", "^a", "b$", `a.b`, "[^a]b", `(?:a|ä)+`, `\d`, `["\\]`, "k", `^$`, `[à-ü]b?`, `\S\s`, "a{2,}", "a.*b", "a.*b.*k", `.+a.*[^b].*b`, `(a.*\s.*b)`, "ab?.*k", `[ab].*(?:a|b).+k$`, "a.*^b|k"}),
			IgnoreCase: d.IntN(2) == 0, DotAll: d.IntN(3) == 0,
		}
	case 6:
		return sigma.Compare{Op: pick(d, []sigma.Op{"<", "<=", ">", ">="}), Value: sigma.Number{Text: pick(d, []string{"1", "0", "2.5"})}}
	default:
		return d.string()
	}
}

func (d dice) string() sigma.String {
	s := sigma.String{Cased: d.IntN(6) == 0}
	for range d.IntN(4) {
		part := sigma.Part{Kind: pick(d, []sigma.PartKind{sigma.Text, sigma.Text, sigma.Any, sigma.One})}
		if part.Kind == sigma.Text {
			if part.Text = d.text(3); part.Text == "" || len(s.Parts) > 0 && s.Parts[len(s.Parts)-1].Kind == sigma.Text {
				continue
			}
		}
		s.Parts = append(s.Parts, part)
	}
	return s
}

func (d dice) tree() query.Tree {
	f := diag.NewFile("rule.yml", []byte("x"))
	rule := &sigma.Rule{Title: "t", File: f}
	rule.Detection.Span = f.Span(0, 1)
	return query.Tree{Root: d.node(3), Rule: rule}
}

func (d dice) node(depth int) query.Node {
	kind := d.IntN(6)
	if depth == 0 {
		kind = 5
	}
	switch kind {
	case 0:
		return &query.Not{Kid: d.node(depth - 1)}
	case 1, 2:
		return &query.And{Kids: []query.Node{d.node(depth - 1), d.node(depth - 1)}}
	case 3:
		if d.IntN(2) == 0 {
			return d.list()
		}
		return &query.Or{Kids: []query.Node{d.node(depth - 1), d.node(depth - 1)}}
	}
	m := &query.Match{Field: pick(d, fields), Value: d.value()}
	if d.IntN(8) == 0 {
		m.Field = ""
		switch m.Value.(type) {
		case sigma.String, sigma.Number, sigma.Regex:
		default:
			m.Value = d.string()
		}
	}
	return m
}

// list asks for one of several texts, most of them in one field.
func (d dice) list() query.Node {
	list := &query.Or{}
	field := pick(d, append([]string{""}, fields...))
	for range 2 + d.IntN(4) {
		m := &query.Match{Field: field, Value: d.string()}
		if d.IntN(6) == 0 {
			m.Field = pick(d, fields)
		}
		list.Kids = append(list.Kids, m)
	}
	return list
}

// object is an event that may well be found: its values are made of those of
// the tree.
func (d dice) object(tree query.Tree) map[string]any {
	out := map[string]any{}
	query.Walk(tree.Root, func(m *query.Match) {
		if d.IntN(4) > 0 {
			name := m.Field
			if name == "" {
				name = pick(d, fields)
			}
			d.put(out, name, d.near(m.Value))
		}
	})
	return out
}

// put gives a field a value, in one piece or in objects within objects.
func (d dice) put(into map[string]any, name string, v any) {
	if head, rest, ok := strings.Cut(name, "."); ok && d.IntN(2) == 0 {
		inner, isObject := into[head].(map[string]any)
		if !isObject {
			inner = map[string]any{}
			into[head] = inner
		}
		d.put(inner, rest, v)
		return
	}
	if d.IntN(6) == 0 {
		v = []any{d.near(sigma.Null{}), v}
	}
	into[name] = v
}

// near is a value that a question might be after.
func (d dice) near(v sigma.Value) any {
	switch v := v.(type) {
	case sigma.String:
		var b strings.Builder
		for _, part := range v.Parts {
			switch part.Kind {
			case sigma.Any:
				b.WriteString(d.text(2))
			case sigma.One:
				b.WriteString(pick(d, letters))
			default:
				b.WriteString(d.otherCase(part.Text))
			}
		}
		if d.IntN(6) == 0 {
			b.WriteString(d.text(1))
		}
		return b.String()
	case sigma.CIDR:
		return pick(d, []string{"10.1.2.3", "10.1.2.200", "11.0.0.1", "10.0.0.1", "110.0.0.1", "10.0.0.1.5"})
	case sigma.Number, sigma.Compare:
		return pick(d, []any{number("1"), number("1.0"), number("1.5"), "1", "1.5", number("10"), number("-1"), number("0"), "x"})
	case sigma.Bool:
		return pick(d, []any{true, false, "true", "false"})
	case sigma.Regex:
		return pick(d, []any{"ab", "aab", "b", "xäb", "a\"b", `\`, "K", "a 1", "", number("15"), "a\nb", "üb", "aab\nxbk", "a\nab k", "b ak\n", "aXb\nk", "a\n\nbk"})
	default:
		return pick(d, []any{nil, "", "a", number("1"), []any{}, map[string]any{}})
	}
}

func (d dice) otherCase(s string) string {
	switch d.IntN(3) {
	case 0:
		return strings.ToUpper(s)
	case 1:
		return strings.ToLower(s)
	default:
		return s
	}
}

func number(text string) fmt.Stringer { return jsonNumber(text) }
