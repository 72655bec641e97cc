package querydsl_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querydsl"
	"github.com/sigwatch/sigwatch/sigma/querystring"
)

// generator makes documents and trees at random from a fixed seed.
type generator struct {
	*rand.Rand
	values  []string // those that the documents hold
	lowered bool     // the fields are: no expression may demand a case
}

// pool is what the documents' texts are made of. İ, whose small letter has no
// simple folding, is not in it.
func pool() []string {
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

func (g *generator) pick(from []string) string { return from[g.IntN(len(from))] }

func (g *generator) text() string {
	s := g.pick(pool())
	if g.IntN(3) == 0 {
		s += g.pick(pool())
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

// otherCase keeps the words and addresses that are compared as written.
func (g *generator) otherCase(s string) string {
	if s == "true" || s == "false" || s == "fe80::1" {
		return s
	}
	out := strings.Map(func(r rune) rune {
		if g.IntN(2) == 0 || unicode.ToLower(unicode.ToUpper(r)) != unicode.ToLower(r) {
			return r
		}
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
	return out
}

func fieldNames() []string { return []string{"a", "b", "c.d", `odd: "name"/x`} }

// document has texts, some with two values, some missing; numbers, addresses
// and truths.
func (g *generator) document() string {
	doc := map[string]any{}
	for _, f := range fieldNames() {
		switch g.IntN(6) {
		case 0:
		case 1:
			doc[f] = []string{g.keep(g.text()), g.keep(g.text())}
		default:
			doc[f] = g.keep(g.text())
		}
	}
	if g.IntN(4) > 0 {
		doc["x_n"] = []any{g.IntN(20) - 10, 1.5, strconv.Itoa(g.IntN(4))}[g.IntN(3)]
	}
	if g.IntN(4) > 0 {
		doc["x_ip"] = g.pick([]string{"10.0.0.1", "10.1.2.3", "11.0.0.1", "fe80::1", "::1", "::ffff:10.9.9.9"})
	}
	if g.IntN(4) > 0 {
		doc["x_b"] = []any{true, false, "true"}[g.IntN(3)]
	}
	data, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func (g *generator) keep(s string) string {
	g.values = append(g.values, s)
	return s
}

func (g *generator) tree(depth int) query.Node {
	if depth == 0 || g.IntN(4) == 0 {
		return g.leaf()
	}
	if g.IntN(4) == 0 {
		return not(g.tree(depth - 1))
	}
	kids := make([]query.Node, 2+g.IntN(3))
	for i := range kids {
		kids[i] = g.tree(depth - 1)
	}
	if g.IntN(2) == 0 {
		return and(kids...)
	}
	return or(kids...)
}

func (g *generator) leaf() query.Node {
	f := g.pick(fieldNames())
	switch g.IntN(24) {
	case 0:
		return question(f, sigma.Null{})
	case 1:
		return question(f, sigma.Exists(g.IntN(2) == 0))
	case 2:
		return question("x_n", number(g.pick([]string{"-1", "1.5", "2", "3"})))
	case 3:
		op := []sigma.Op{"<", "<=", ">", ">="}[g.IntN(4)]
		return question("x_n", sigma.Compare{Op: op, Value: number(g.pick([]string{"-2", "1.5", "2"}))})
	case 4:
		return question("x_ip", sigma.CIDR{Network: g.pick([]string{"10.0.0.0/8", "10.0.0.0/30", "fe80::/10", "0.0.0.0/0"})})
	case 5:
		return question("x_b", sigma.Bool(g.IntN(2) == 0))
	case 6:
		return question(g.pick([]string{"c", "nowhere"}), sigma.Exists(g.IntN(2) == 0))
	case 7:
		return question("x_ip", plain(g.pick([]string{"10.0.0.1", "fe80::1", "::1"})))
	case 8, 9, 10, 11, 12:
		return question(f, g.regex())
	}
	return question(f, g.value())
}

// value is most often what some document holds, in another case, with parts of
// it made wildcards.
func (g *generator) value() sigma.String {
	s := g.pick(g.values)
	if g.IntN(8) == 0 {
		s = g.text()
	}
	s = g.otherCase(s)
	if g.IntN(2) == 0 {
		return plain(s)
	}
	var out sigma.String
	add := func(p sigma.Part) {
		if n := len(out.Parts); p.Kind == sigma.Text && n > 0 && out.Parts[n-1].Kind == sigma.Text {
			out.Parts[n-1].Text += p.Text
			return
		}
		out.Parts = append(out.Parts, p)
	}
	if g.IntN(2) == 0 {
		add(sigma.Part{Kind: sigma.Any})
	}
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
	if g.IntN(2) == 0 {
		add(sigma.Part{Kind: sigma.Any})
	}
	return out
}

// regex is a piece of some document's value with parts of it made classes and
// repetitions, sometimes anchored, sometimes with alternatives.
func (g *generator) regex() sigma.Regex {
	v := sigma.Regex{IgnoreCase: g.lowered || g.IntN(2) == 0, MultiLine: g.IntN(4) == 0, DotAll: g.IntN(4) == 0}
	v.Pattern = g.branch()
	switch g.IntN(5) {
	case 0:
		v.Pattern += "|" + g.branch()
	case 1:
		v.Pattern = g.pick([]string{"(?:^|,)", "(a|^)", `\b`, `(?:\b|x)`, "(^b)?"}) + "(" + v.Pattern + ")"
	case 2:
		v.Pattern = "(?:" + v.Pattern + ")" + g.pick([]string{"$", "(?:$|b)", `\b`, "(x|$)?", `\s*$`})
	}
	return v
}

func (g *generator) branch() string {
	var b strings.Builder
	if g.IntN(5) == 0 {
		b.WriteString(g.pick([]string{"^", `\A`, `^\s*`, ".*", ".+?", "^.*?"}))
	}
	runes := []rune(g.pick(g.values))
	if len(runes) > 0 {
		from := g.IntN(len(runes))
		runes = runes[from:min(len(runes), from+1+g.IntN(5))]
	}
	for _, r := range runes {
		switch g.IntN(10) {
		case 0:
			b.WriteString(g.pick([]string{".", `\w`, `\d`, `\s`, `\W`, `\D`, `\S`, "[a-z]", "[^a-z]", "[A-Z0-9_]", `[\s\-a]`, `[^\\/]`, "[ -~]", "[!-Z]", "[Z-a]", "[à-þ]", "[[:alpha:]]", "[^]]", `\x41`, `[\S]`}))
		default:
			b.WriteString(quoteMeta(r))
		}
		if g.IntN(8) == 0 {
			b.WriteString(g.pick([]string{"*", "+", "?", "*?", "+?", "{2}", "{1,2}", "{0,}", "{,2}", `\b`}))
		}
	}
	if g.IntN(5) == 0 {
		b.WriteString(g.pick([]string{"$", `\z`, ".*$", ".*", `\s*$`, "a*"}))
	}
	return b.String()
}

func quoteMeta(r rune) string {
	if strings.ContainsRune(`\.+*?()|[]{}^$`, r) {
		return `\` + string(r)
	}
	return string(r)
}

// TestDifferential asks a real server thousands of random questions and
// compares what it finds with what the trees mean: through this package, and
// through a query_string where there is one.
func TestDifferential(t *testing.T) {
	n := realNode(t)
	const documents = 150
	queries, seed := number64("SIGWATCH_DIFFERENTIAL", 1500), uint64(number64("SIGWATCH_SEED", 1))
	for name, textType := range map[string]string{"keyword": keywordType, "lowered": loweredType} {
		t.Run(name, func(t *testing.T) {
			n := node{t, n.url}
			g := &generator{Rand: rand.New(rand.NewPCG(seed, uint64(len(name)+len(textType)))), lowered: name == "lowered"}
			docs := make([]string, documents)
			for i := range docs {
				docs[i] = g.document()
			}
			events, err := match.ParseEvents([]byte(strings.Join(docs, "\n")))
			if err != nil {
				t.Fatal(err)
			}
			index := "sigwatch-dsl-" + name + "-objects"
			n.index(index, textType, docs)
			var asked []asked
			refused := map[string]int{}
			for len(asked) < queries {
				asked = append(asked, g.ask(refused)...)
			}
			compare(n, index, asked, events)
			t.Logf("refused: %v", refused)
		})
	}
}

func number64(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// asked is one query with the tree that it says.
type asked struct {
	tree query.Tree
	form string
	text string
	want *match.Matcher
}

// ask makes a tree, most often of one or two questions, where nothing hides a
// difference, in all forms that there are of it.
func (g *generator) ask(refused map[string]int) []asked {
	tree := query.Tree{Root: g.tree(g.IntN(4))}
	q, ds := querydsl.Render(tree, querydsl.Options{})
	if len(ds) > 0 {
		for _, d := range ds {
			refused[d.Code+" "+strings.TrimPrefix(d.Message, "this regular expression cannot be translated: ")]++
		}
		return nil
	}
	m, err := match.Compile(tree, match.Options{})
	if err != nil {
		panic(tree.String() + ": " + err.Error())
	}
	out := []asked{{tree, "dsl", string(q.JSON), m}}
	if text, ds := querystring.Render(tree, querystring.Options{}); len(ds) == 0 {
		out = append(out, asked{tree, "query_string", queryString(text.Text), m})
	}
	return out
}

func compare(n node, index string, all []asked, events []match.Event) {
	n.t.Helper()
	texts := make([]string, len(all))
	for i, a := range all {
		texts[i] = a.text
	}
	hits, wrong, forms := 0, 0, map[string]int{}
	for i, got := range n.search(index, texts) {
		forms[all[i].form]++
		if got.err != "" {
			wrong++
			n.t.Errorf("%s\n%s\nfailed: %.600s", all[i].tree, texts[i], got.err)
			continue
		}
		for id, e := range events {
			want := all[i].want.Match(e)
			if want {
				hits++
			}
			if want != got.hits[id+1] {
				if wrong++; wrong < 20 {
					text, _ := e.MarshalJSON()
					n.t.Errorf("tree  %s\n%s  %s\nevent %s\nwant %v, got %v", all[i].tree, all[i].form, texts[i], text, want, !want)
				}
			}
		}
	}
	n.t.Logf("%v queries on %d documents: %d hits, %d differences", forms, len(events), hits, wrong)
	if hits < len(all) {
		n.t.Errorf("only %d hits: the questions are too hard to prove anything", hits)
	}
}
