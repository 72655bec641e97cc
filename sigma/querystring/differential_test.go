package querystring_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querystring"
)

// generator makes documents and trees at random from a fixed seed.
type generator struct {
	*rand.Rand
	values []string // those that the documents hold
}

// pool is what the documents' texts are made of. Letters that have a fold of
// their own across the border of ASCII (K, ſ, İ) are not in it: only [aA] is
// printed for an ASCII letter.
func pool() []string {
	return append(nasty(), "cmd.exe", `C:\Windows\System32\cmd.exe`, `\\server\share\`, "powershell -enc AAA=",
		"AND", "or", "Not", "TO", "1", "-1", "4688", "10.0.0.1", "a", "A", "b", "ab", "aB", "-", "--", "/usr/bin/id", "//", "{}", "()", "[]",
		".*", "a.b", "a|b", "(a)", "[a-z]", "a{2}", "^a$", "~a", "#", "@", "&", "<1-5>", `"a"`, "Größe", "ΣΑΣ", "σας", "日本", "%s", "a%20b", "'", "`")
}

func (g *generator) pick(from []string) string { return from[g.IntN(len(from))] }

// text makes a text for a document; boolean words and IPv6 addresses keep
// their case, because they are compared as written.
func (g *generator) text() string {
	s := g.pick(pool())
	if g.IntN(3) == 0 {
		s += g.pick(pool())
	}
	switch {
	case s == "true" || s == "fe80::1":
		return s
	case g.IntN(3) == 0:
		return g.otherCase(s)
	}
	return s
}

func (g *generator) otherCase(s string) string {
	if s == "true" || s == "fe80::1" {
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

// document has the fields a, b and c, some with two values, some missing; an
// odd name; a number.
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
		doc["n"] = g.IntN(20) - 10
	}
	data, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func fieldNames() []string { return []string{"a", "b", "c", `odd: "name"/x`} }

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
	switch g.IntN(20) {
	case 0:
		return match(f, sigma.Null{})
	case 1:
		return match(f, sigma.Exists(g.IntN(2) == 0))
	case 2:
		return match("n", sigma.Number{Text: "-1"})
	case 3:
		op := []sigma.Op{"<", "<=", ">", ">="}[g.IntN(4)]
		return match("n", sigma.Compare{Op: op, Value: sigma.Number{Text: "-2"}})
	}
	return match(f, g.value())
}

// value is most often what some document holds, in another case, with parts of
// it made wildcards.
func (g *generator) value() sigma.String {
	s := g.pick(g.values)
	if g.IntN(8) == 0 {
		s = g.pick(pool())
	}
	s = g.otherCase(s)
	var out sigma.String
	wildcards := g.IntN(2) == 0
	if wildcards && g.IntN(2) == 0 {
		out.Parts = append(out.Parts, sigma.Part{Kind: sigma.Any})
	}
	var text strings.Builder
	flush := func(kind sigma.PartKind) {
		if text.Len() > 0 {
			out.Parts = append(out.Parts, sigma.Part{Text: text.String()})
			text.Reset()
		}
		if kind != sigma.Text {
			out.Parts = append(out.Parts, sigma.Part{Kind: kind})
		}
	}
	for _, r := range s {
		switch {
		case wildcards && g.IntN(12) == 0:
			flush(sigma.Any)
		case wildcards && g.IntN(12) == 0:
			flush(sigma.One)
		default:
			text.WriteRune(r)
		}
	}
	flush(sigma.Text)
	if wildcards && g.IntN(2) == 0 {
		flush(sigma.Any)
	}
	return out
}

// TestDifferential asks a real server thousands of random questions and
// compares what it finds with what the trees mean.
func TestDifferential(t *testing.T) {
	n := realNode(t)
	const documents, queries = 150, 1500
	tests := []struct {
		name    string
		mapping mapping
		opt     querystring.Case
		fold    func(rune) rune
	}{
		{"insensitive, keyword", keywordMapping(), querystring.Insensitive, anyCase},
		{"insensitive, lowered", loweredMapping(), querystring.Insensitive, anyCase},
		{"as written, keyword", keywordMapping(), querystring.AsWritten, exactCase},
		{"as written, lowered", loweredMapping(), querystring.AsWritten, lowerCase},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := node{t, n.url}
			g := &generator{Rand: rand.New(rand.NewPCG(1, uint64(i)))}
			docs, events := g.corpus(t, documents)
			index := "sigwatch-differential-" + tt.mapping.name
			n.index(index, tt.mapping, docs)
			trees, texts, refused := g.queries(t, queries, querystring.Options{Case: tt.opt})
			v := evaluator{fold: tt.fold}
			var hits, wrong int
			for i, got := range n.search(index, texts) {
				if got.err != "" {
					t.Errorf("%s\n%s\nfailed: %s", trees[i], texts[i], got.err)
					continue
				}
				for id, e := range events {
					want := v.holds(trees[i].Root, e)
					if want {
						hits++
					}
					if want != got.hits[id+1] {
						if wrong++; wrong < 20 {
							t.Errorf("tree  %s\ntext  %s\nevent %s\nwant %v, got %v", trees[i], texts[i], docs[id], want, !want)
						}
					}
				}
			}
			t.Logf("%d queries on %d documents: %d hits, %d differences; %d trees refused", len(texts), documents, hits, wrong, refused)
			if hits < len(texts) {
				t.Errorf("only %d hits: the questions are too hard to prove anything", hits)
			}
		})
	}
}

func (g *generator) corpus(t *testing.T, n int) ([]string, []event) {
	t.Helper()
	docs, events := make([]string, n), make([]event, n)
	for i := range n {
		docs[i] = g.document()
		e, err := parseEvent(docs[i])
		if err != nil {
			t.Fatal(err)
		}
		events[i] = e
	}
	return docs, events
}

// queries makes trees that have a query, most of them one or two questions:
// there nothing hides a difference.
func (g *generator) queries(t *testing.T, n int, opt querystring.Options) (trees []query.Tree, texts []string, refused int) {
	t.Helper()
	for len(texts) < n {
		tree := query.Tree{Root: g.tree(g.IntN(4))}
		q, ds := querystring.Render(tree, opt)
		if len(ds) > 0 {
			refused++
			continue
		}
		trees, texts = append(trees, tree), append(texts, q.Text)
	}
	return trees, texts, refused
}
