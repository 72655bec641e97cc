package querystring_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querystring"
)

// corpus returns the trees of all rules of the SigmaHQ corpus that resolve,
// and counts what the rest was refused for.
func corpus(tb testing.TB) (trees []query.Tree, files int, refused map[string]int) {
	tb.Helper()
	shared := os.Getenv("SIGWATCH_SHARED")
	if shared == "" {
		tb.Skip("SIGWATCH_SHARED is not set: the corpus of Sigma rules is not there")
	}
	refused = map[string]int{}
	root := filepath.Join(shared, "corpus", "sigmahq", "rules")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yml" {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rules, ds := sigma.Parse(diag.NewFile(filepath.ToSlash(path), data))
		count(refused, ds)
		for _, r := range rules {
			tree, ds := query.Resolve(r, nil)
			if count(refused, ds) == 0 {
				trees = append(trees, tree)
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return trees, files, refused
}

// count adds the codes of errors, each once.
func count(into map[string]int, ds []diag.Diagnostic) int {
	found := map[string]bool{}
	for _, d := range ds {
		if d.Severity == diag.Error {
			found[d.Code] = true
		}
	}
	for code := range found {
		into[code]++
	}
	return len(found)
}

// TestCorpus renders every rule of the corpus, and counts the refused ones by
// code: a rule that is refused for two reasons counts for both.
func TestCorpus(t *testing.T) {
	trees, files, refused := corpus(t)
	var out strings.Builder
	fmt.Fprintf(&out, "files %d\nresolved %d\n", files, len(trees))
	for _, c := range []querystring.Case{querystring.Insensitive, querystring.AsWritten} {
		codes := maps.Clone(refused)
		texts, length := 0, 0
		for _, tree := range trees {
			q, ds := querystring.Render(tree, querystring.Options{Case: c, KeywordFields: []string{"message"}})
			if count(codes, ds) > 0 {
				for _, d := range ds {
					if !d.Span.IsValid() {
						t.Errorf("%s: %s has no place", tree.Rule.File.Name, d.Code)
					}
				}
				continue
			}
			texts++
			length = max(length, len(q.Text))
			lex(t, q.Text)
		}
		fmt.Fprintf(&out, "%s: %d queries, the longest of %d bytes\n", c, texts, length)
		for _, code := range slices.Sorted(maps.Keys(codes)) {
			fmt.Fprintf(&out, "  %s %d\n", code, codes[code])
		}
	}
	const path = "testdata/corpus.txt"
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), out.String()); d != "" {
		t.Errorf("counts (-want +got):\n%s", d)
	}
}

// TestCorpusOnNode asks a real server all queries of the corpus, on an index
// with every field as keyword: none may be refused. A query of more than
// 200,000 bytes is left out: the server takes it too, but for minutes.
func TestCorpusOnNode(t *testing.T) {
	n := realNode(t)
	trees, _, _ := corpus(t)
	doc := flatDocument(t, trees)
	for c, m := range map[querystring.Case]mapping{
		querystring.Insensitive: keywordMapping(), querystring.AsWritten: loweredMapping(),
	} {
		n.index("sigwatch-corpus", m, []string{doc})
		var texts []string
		long := 0
		for _, tree := range trees {
			q, ds := querystring.Render(tree, querystring.Options{Case: c, KeywordFields: []string{"message"}})
			switch {
			case len(q.Text) > 200_000:
				long++
			case len(ds) == 0:
				texts = append(texts, q.Text)
			}
		}
		failed := 0
		for i, a := range n.search("sigwatch-corpus", texts) {
			if a.err != "" {
				failed++
				t.Errorf("%s, %s: %.400s\n%.800s", m.name, c, texts[i], a.err)
			}
		}
		t.Logf("%s, %s: %d queries, %d refused by the server; %d too long to try", m.name, c, len(texts), failed, long)
	}
}

// flatDocument has a text in every field, so that each is mapped; a field that
// is also the beginning of another's name is left out.
func flatDocument(t *testing.T, trees []query.Tree) string {
	t.Helper()
	doc := map[string]string{}
	for _, tree := range trees {
		for _, f := range tree.Fields() {
			doc[f] = "x"
		}
	}
	for f := range doc {
		for at, r := range f {
			if r == '.' {
				delete(doc, f[:at])
			}
		}
		if strings.HasSuffix(f, "_ip") || f == "message" {
			delete(doc, f)
		}
	}
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func BenchmarkCorpus(b *testing.B) {
	trees, _, _ := corpus(b)
	var length int
	for b.Loop() {
		length = 0
		for _, tree := range trees {
			q, _ := querystring.Render(tree, querystring.Options{KeywordFields: []string{"message"}})
			length += len(q.Text)
		}
	}
	b.SetBytes(int64(length))
}

func BenchmarkResolve(b *testing.B) {
	trees, _, _ := corpus(b)
	for b.Loop() {
		for _, tree := range trees {
			query.Resolve(tree.Rule, nil)
		}
	}
}
