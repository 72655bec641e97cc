package nodetest

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// Generator makes documents and trees at random: the same ones for the same
// seed. Its texts are nasty. Trees ask for what the documents hold, most often.
type Generator struct {
	*rand.Rand
	values  []string // texts that the documents hold
	lowered bool     // the index does not know case
	pinned  bool
}

// NewGenerator makes documents for an index of the mapping, and trees to be
// asked with its types, or without any.
func NewGenerator(seed uint64, m Mapping, pinned bool) *Generator {
	return &Generator{Rand: rand.New(rand.NewPCG(seed, uint64(len(m.Name)))), lowered: m.as.Lowercase, pinned: pinned}
}

// Fields are the fields of the documents.
func Fields() []string {
	return append(textFields(true), "x_n", "x_l", "x_ip", "x_b", "x_d", "nest.m_l")
}

// textFields are the fields that hold texts; what lies within a nested object
// cannot be asked for without its type.
func textFields(nested bool) []string {
	fields := []string{"a", "b", "c.d", `odd: "name"/x`}
	if nested {
		fields = append(fields, "nest.k")
	}
	return fields
}

// Pool is what the texts are made of. İ, whose small letter has no simple
// folding, is not in it.
func Pool() []string {
	return []string{
		"", " ", "  a", "a ", "a b", "\t", "line\nbreak", "end\n", "\n", "\r\n", "\x00", "\u0085", "\u3000", "\u00a0", "\u2028",
		"*", "?", "**", `\`, `\\`, `\*`, `*\`, "a*b", "a?b", `a\`, `\a`, `/`, `"`, `'`, ":", "a:b", "<", ">", "<5", ">=5", "&&", "||", "!", "!a",
		"(", ")", "[", "]", "{", "}", "^", "~", "+", "-", "=", "@", "#", "&", "|", "%", "$", ";", ",", ".", "..", "true", "false", "null",
		"cmd.exe", `C:\Windows\System32\cmd.exe`, `\\server\share\`, "powershell -enc AAA=", "{{ctx}}", "_", "a_b", "__proto__",
		"AND", "or", "Not", "TO", "1", "-1", "4688", "10.0.0.1", "fe80::1", "a", "A", "b", "ab", "aB", "K", "S", "ks", "\u212a", "ſ", "--", "/usr/bin/id",
		"//", "{}", "()", "[]", ".*", "a.b", "a|b", "(a)", "[a-z]", "a{2}", "^a$", "~a", "<1-5>", `"a"`, "Größe", "ẞß", "ΣΑΣ", "σας", "ж", "Ж", "日本", "😀", "é", "e\u0301",
		"Ǆǅǆ", "\ufeff", "a%20b", "`", "0", "00", "1.0", "1e3", "ÀÉÞ", "×÷",
	}
}

// Pick returns one of the texts.
func (g *Generator) Pick(from ...string) string { return from[g.IntN(len(from))] }

// Text makes a text.
func (g *Generator) Text() string {
	s := g.Pick(Pool()...)
	if g.IntN(3) == 0 {
		s += g.Pick(Pool()...)
	}
	if g.lowered {
		// The normalizer makes a k of the Kelvin sign: there the two are one.
		s = strings.ReplaceAll(s, "\u212a", "k")
	}
	if g.IntN(3) == 0 {
		return g.otherCase(s)
	}
	return s
}

// otherCase keeps the words and addresses that are compared as written where
// the types are not known.
func (g *Generator) otherCase(s string) string {
	if !g.pinned && (s == "true" || s == "false" || s == "fe80::1") {
		return s
	}
	return strings.Map(func(r rune) rune {
		if g.IntN(2) == 0 || unicode.ToLower(unicode.ToUpper(r)) != unicode.ToLower(r) {
			return r
		}
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

// Documents makes documents: texts, some with two values, some missing; numbers,
// addresses, truths and dates; objects of their own.
func (g *Generator) Documents(n int) []string {
	docs := make([]string, n)
	for i := range docs {
		data, err := json.Marshal(g.document())
		if err != nil {
			panic("nodetest: " + err.Error())
		}
		docs[i] = string(data)
	}
	return docs
}

func (g *Generator) document() map[string]any {
	doc := map[string]any{}
	for _, f := range textFields(false) {
		if v := g.some(); v != nil {
			doc[f] = v
		}
	}
	put := func(name string, values ...any) {
		if g.IntN(4) > 0 {
			doc[name] = values[g.IntN(len(values))]
		}
	}
	put("x_n", g.IntN(20)-10, 1.5, strconv.Itoa(g.IntN(4)))
	put("x_l", g.IntN(20)-10, 5_000_000_000, 4688, []int{1, 7})
	put("x_ip", "10.0.0.1", "10.1.2.3", "11.0.0.1", "fe80::1", "::1", "192.168.1.7", "2001:db8::1")
	put("x_b", true, false, "true")
	put("x_d", "2024-01-02T03:04:05.678Z", "2024-01-02T03:04:05.000Z", "1999-12-31T23:59:59.999Z")
	if g.IntN(3) > 0 {
		objects := make([]map[string]any, 1+g.IntN(2))
		for i := range objects {
			objects[i] = map[string]any{"m_l": g.IntN(5)}
			if v := g.some(); v != nil {
				objects[i]["k"] = v
			}
		}
		doc["nest"] = objects
	}
	return doc
}

// some are the values of one field, or nil.
func (g *Generator) some() any {
	switch g.IntN(6) {
	case 0:
		return nil
	case 1:
		return []string{g.keep(g.Text()), g.keep(g.Text())}
	default:
		return g.keep(g.Text())
	}
}

func (g *Generator) keep(s string) string {
	g.values = append(g.values, s)
	return s
}

// Tree makes a tree, most often of one or two questions, where nothing hides a
// difference.
func (g *Generator) Tree() query.Tree { return query.Tree{Root: g.node(g.IntN(4))} }

func (g *Generator) node(depth int) query.Node {
	if depth == 0 || g.IntN(4) == 0 {
		return g.leaf()
	}
	if g.IntN(4) == 0 {
		return &query.Not{Kid: g.node(depth - 1)}
	}
	kids := make([]query.Node, 2+g.IntN(3))
	if g.IntN(4) == 0 {
		return &query.Or{Kids: g.alike(kids)}
	}
	for i := range kids {
		kids[i] = g.node(depth - 1)
	}
	if g.IntN(2) == 0 {
		return &query.And{Kids: kids}
	}
	return &query.Or{Kids: kids}
}

// alike makes questions of one field, where it holds texts.
func (g *Generator) alike(kids []query.Node) []query.Node {
	kids[0] = g.leaf()
	m, ok := kids[0].(*query.Match)
	for i := 1; i < len(kids); i++ {
		if kids[i] = g.leaf(); ok && slices.Contains(textFields(true), m.Field) {
			kids[i] = g.ask(m.Field, g.Value())
		}
	}
	return kids
}

func (g *Generator) ask(field string, v sigma.Value) query.Node {
	return &query.Match{Field: field, Value: v}
}

func (g *Generator) leaf() query.Node {
	f := g.Pick(textFields(g.pinned)...)
	switch n := g.IntN(26); {
	case n == 0:
		return g.ask(f, sigma.Null{})
	case n == 1:
		return g.ask(f, sigma.Exists(g.IntN(2) == 0))
	case n == 2:
		return g.ask(g.Pick("c", "nowhere"), sigma.Exists(g.IntN(2) == 0))
	case n <= 8:
		return g.typed()
	case n <= 13:
		return g.ask(f, g.Regex())
	default:
		return g.ask(f, g.Value())
	}
}

// typed asks for what is no text.
func (g *Generator) typed() query.Node {
	number := func(from ...string) sigma.Number { return sigma.Number{Text: g.Pick(from...)} }
	op := []sigma.Op{"<", "<=", ">", ">="}[g.IntN(4)]
	switch g.IntN(10) {
	case 0:
		return g.ask("x_n", number("-1", "1.5", "2", "3"))
	case 1:
		return g.ask("x_n", sigma.Compare{Op: op, Value: number("-2", "1.5", "2")})
	case 2:
		return g.ask("x_l", number("-1", "7", "4688", "5000000000"))
	case 3:
		return g.ask("x_l", sigma.Compare{Op: op, Value: number("-2", "1", "4688", "0.5")})
	case 4:
		return g.ask("x_ip", sigma.CIDR{Network: g.Pick("10.0.0.0/8", "10.0.0.0/30", "fe80::/10", "0.0.0.0/0")})
	case 5:
		return g.ask("x_ip", sigma.PlainString(g.Pick("10.0.0.1", "fe80::1", "::1")))
	case 6:
		return g.ask("x_b", sigma.Bool(g.IntN(2) == 0))
	case 7:
		return g.pinnedOnly()
	case 8:
		return g.ask(g.Pick("x_n", "x_l", "x_ip", "x_b", "x_d"), sigma.Null{})
	default:
		return g.ask(g.Pick("x_n", "x_l", "x_ip", "x_b", "x_d"), sigma.ParseString("*"))
	}
}

// pinnedOnly asks what a server refuses where the question does not fit the
// type; where types are not pinned, it asks a text for its case.
func (g *Generator) pinnedOnly() query.Node {
	if !g.pinned {
		return g.ask("a", sigma.PlainString(g.Pick("true", "false")))
	}
	switch g.IntN(7) {
	case 0:
		return g.ask("x_ip", sigma.ParseString(g.Pick("10.*", "10.1.*", "192.168.1.*", "2001:db8:*", "fe80:*", "FE80::1")))
	case 1:
		return g.ask("x_d", sigma.PlainString(g.Pick("2024-01-02T03:04:05.678Z", "2024-01-02T03:04:05.000Z")))
	case 2:
		return g.ask("x_l", sigma.PlainString(g.Pick("4688", "7", "-1")))
	case 3:
		return g.ask("x_b", sigma.PlainString(g.Pick("true", "FALSE")))
	case 4:
		return g.ask("nest.m_l", sigma.Compare{Op: ">", Value: sigma.Number{Text: g.Pick("0", "3")}})
	default:
		v := g.Value()
		v.Cased = true
		return g.ask(g.Pick(textFields(true)...), v)
	}
}

// Value is most often what some document holds, in another case, with parts of
// it made wildcards.
func (g *Generator) Value() sigma.String {
	s := g.Pick(g.values...)
	if g.IntN(8) == 0 {
		s = g.Text()
	}
	s = g.otherCase(s)
	if g.IntN(2) == 0 {
		return sigma.PlainString(s)
	}
	var out sigma.String
	add := func(p sigma.Part) {
		if n := len(out.Parts); p.Kind == sigma.Text && n > 0 && out.Parts[n-1].Kind == sigma.Text {
			out.Parts[n-1].Text += p.Text
			return
		}
		out.Parts = append(out.Parts, p)
	}
	star := func() {
		if g.IntN(2) == 0 {
			add(sigma.Part{Kind: sigma.Any})
		}
	}
	star()
	for _, r := range s {
		switch g.IntN(12) {
		case 0:
			add(sigma.Part{Kind: sigma.Any})
		case 1:
			add(sigma.Part{Kind: sigma.One})
		default:
			add(sigma.Part{Text: string(r)})
		}
	}
	star()
	return out
}

// Regex is a piece of some document's value with parts of it made classes and
// repetitions, sometimes anchored, sometimes with alternatives.
func (g *Generator) Regex() sigma.Regex {
	v := sigma.Regex{IgnoreCase: g.lowered && !g.pinned || g.IntN(2) == 0, MultiLine: g.IntN(4) == 0, DotAll: g.IntN(4) == 0}
	v.Pattern = g.branch()
	switch g.IntN(5) {
	case 0:
		v.Pattern += "|" + g.branch()
	case 1:
		v.Pattern = g.Pick("(?:^|,)", "(a|^)", `\b`, `(?:\b|x)`, "(^b)?") + "(" + v.Pattern + ")"
	case 2:
		v.Pattern = "(?:" + v.Pattern + ")" + g.Pick("$", "(?:$|b)", `\b`, "(x|$)?", `\s*$`)
	}
	return v
}

func (g *Generator) branch() string {
	var b strings.Builder
	if g.IntN(5) == 0 {
		b.WriteString(g.Pick("^", `\A`, `^\s*`, ".*", ".+?", "^.*?"))
	}
	runes := []rune(g.Pick(g.values...))
	if len(runes) > 0 {
		from := g.IntN(len(runes))
		runes = runes[from:min(len(runes), from+1+g.IntN(5))]
	}
	for _, r := range runes {
		switch g.IntN(10) {
		case 0:
			b.WriteString(g.Pick(".", `\w`, `\d`, `\s`, `\W`, `\D`, `\S`, "[a-z]", "[^a-z]", "[A-Z0-9_]", `[\s\-a]`, `[^\\/]`, "[ -~]", "[!-Z]", "[Z-a]", "[à-þ]", "[[:alpha:]]", "[^]]", `\x41`, `[\S]`))
		default:
			b.WriteString(quoteMeta(r))
		}
		if g.IntN(8) == 0 {
			b.WriteString(g.Pick("*", "+", "?", "*?", "+?", "{2}", "{1,2}", "{0,}", "{,2}", `\b`))
		}
	}
	if g.IntN(5) == 0 {
		b.WriteString(g.Pick("$", `\z`, ".*$", ".*", `\s*$`, "a*"))
	}
	return b.String()
}

func quoteMeta(r rune) string {
	if strings.ContainsRune(`\.+*?()|[]{}^$`, r) {
		return `\` + string(r)
	}
	return string(r)
}
