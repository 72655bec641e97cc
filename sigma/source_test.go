package sigma

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
)

// Each text is a YAML value. In the value, the word between the marks « and »
// has to be found at the place of the same marks in the text; they are taken
// out before.
func TestSourceSub(t *testing.T) {
	for name, text := range map[string]string{
		"plain":             `k: a and «bcd» or e`,
		"plain folded":      "k: a\n  and\n\n  «bcd» or\n  e",
		"anchor":            `k: &x a «bcd»`,
		"tag":               `k: !!str a «bcd»`,
		"tag on own line":   "k: !!str\n  a «bcd»",
		"single":            `k: 'a «bcd» e'`,
		"single escape":     `k: 'it''s «bcd» e'`,
		"single folded":     "k: 'a   \n\n\n  it''s «bcd»\n  e'",
		"double":            `k: "a «bcd» e"`,
		"double escapes":    `k: "\x41\u00e9\U0001F600\t\\ \" «bcd» e"`,
		"double continued":  "k: \"a \\\n   «bcd» e\"",
		"double continued2": "k: \"a \\\n\n\n   «bcd» e\"",
		"double folded":     "k: \"a\n  \n   «bcd» e\"",
		"literal":           "k: |\n  a\n\n   x\n  «bcd» e\n",
		"literal keep":      "k: |+\n  a\n  «bcd» e\n\n\n",
		"literal indicator": "k: |2-\n    a\n  «bcd» e\n",
		"literal blanks":    "k: |\n\n  \n  a\n  «bcd» e",
		"folded":            "k: >\n  a\n  b\n\n  «bcd» e\n  f\n",
		"folded more":       "k: >-\n  a\n    b\n    c\n  «bcd» e\n",
		"folded comment":    "k: >- # said so\n  a\n  «bcd»\n",
		"crlf":              "k: >\r\n  a\r\n  «bcd»\r\n  e\r\n",
		"runes":             "ä: ü «bcd»",
		"line separator":    "# \u2028\nk: a «bcd»",
		"byte order mark":   "\ufeffk: a «bcd»",
	} {
		start := strings.Index(text, "«")
		clean := strings.NewReplacer("«", "", "»", "").Replace(text)
		f := diag.NewFile(name, []byte(clean))
		source := newPlaces(f).source(secondScalar(t, clean))
		i := strings.Index(source.value, "bcd")
		if i < 0 {
			t.Fatalf("%s: no bcd in the value %q", name, source.value)
		}
		got := source.Sub(i, i+3)
		if got.Start != start || got.Text() != "bcd" {
			t.Errorf("%s: found %q at %d, want bcd at %d in %q", name, got.Text(), got.Start, start, clean)
		}
	}
}

func TestSourceSubOutside(t *testing.T) {
	f := diag.NewFile("f", []byte("k: abc"))
	source := newPlaces(f).source(secondScalar(t, "k: abc"))
	for _, r := range [][2]int{{-1, 2}, {2, 1}, {0, 4}} {
		if got := source.Sub(r[0], r[1]); got != source.Span {
			t.Errorf("Sub%v = %v, want the whole scalar", r, got)
		}
	}
	if got := source.Sub(3, 3); got.Start != 6 || got.End != 6 {
		t.Errorf("the end of the value is at %v, want 6", got)
	}
}

func secondScalar(t *testing.T, text string) *yaml.Node {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Content[0].Content[1]
}

// TestSourceCorpus follows every scalar of SigmaHQ's rules.
func TestSourceCorpus(t *testing.T) {
	dir := os.Getenv("SIGWATCH_SHARED")
	if dir == "" {
		t.Skip("SIGWATCH_SHARED names no folder with recorded data")
	}
	scalars := 0
	err := filepath.WalkDir(filepath.Join(dir, "corpus/sigmahq"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		scalars += checkScalars(t, path, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if scalars < 100_000 {
		t.Errorf("only %d scalars were followed", scalars)
	}
}

func checkScalars(t *testing.T, name string, text []byte) int {
	t.Helper()
	docs, _ := decodeAll(text)
	places := newPlaces(diag.NewFile(name, text))
	n := 0
	for _, doc := range docs {
		eachScalar(doc.root, func(node *yaml.Node) {
			n++
			checkSource(t, places, node)
		})
	}
	return n
}

func eachScalar(n *yaml.Node, visit func(*yaml.Node)) {
	if n == nil {
		return
	}
	if n.Kind == yaml.ScalarNode {
		visit(n)
	}
	for _, kid := range n.Content {
		eachScalar(kid, visit)
	}
}

// checkSource checks that each letter of a value is found where that letter
// stands in the text, or an escape.
func checkSource(t *testing.T, places *places, n *yaml.Node) {
	t.Helper()
	source := places.source(n)
	if !source.Span.IsValid() {
		t.Fatalf("line %d: %q has the place %v", n.Line, n.Value, source.Span)
	}
	whole := source.Sub(0, len(n.Value))
	step := max(1, len(n.Value)/50)
	for i := 0; i < len(n.Value); i += step {
		c := n.Value[i]
		if c < 'a' || c > 'z' {
			continue
		}
		at := source.Sub(i, i+1)
		if text := at.Text(); text != string(c) && (!strings.HasPrefix(text, `\`) || source.style != styleDouble) {
			t.Fatalf("line %d: byte %d of %q is found as %q", n.Line, i, n.Value, text)
		}
		if whole.Union(at) != whole {
			t.Fatalf("line %d: byte %d of %q is outside of it", n.Line, i, n.Value)
		}
	}
}

func FuzzSource(f *testing.F) {
	for _, seed := range []string{
		"a: b c", "a: 'it''s'", `a: "x\ty\
  z"`, "a: |\n  x\n\n  y\n", "a: >2-\n   x\n  y\n\n  z", "- a\n  b\n\n  c\n- &x d", "\ufeffä: ü\r\n", "? |\n  a\n: >\n  b",
		"a: !!str\n b", "{a: \"b\", 'c' : [d, e]}", "a: \u2028b", "a: |+\n\n\nb: c", ">2 \n   \n  0a", ">1\n   \n 00a", "|\n  a\n  0 ", "0 \u2028a", "0: ! 0000000a0",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !(&parser{file: diag.NewFile("f", []byte(text))}).readable() {
			return
		}
		checkScalars(t, "f", []byte(text))
	})
}
