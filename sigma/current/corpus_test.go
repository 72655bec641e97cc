package current_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/current"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querystring"
)

var update = flag.Bool("update", false, "write the goldens anew")

// corpus resolves the rules of SigmaHQ: the trees, and how many gave none.
func corpus(tb testing.TB) (trees []query.Tree, lost int) {
	tb.Helper()
	root := os.Getenv("SIGWATCH_SHARED")
	if root == "" {
		tb.Skip("SIGWATCH_SHARED is not set: no corpus")
	}
	folder := filepath.Join(root, "corpus", "sigmahq")
	set, err := sigma.Load(context.Background(), []string{
		filepath.Join(folder, "rules*"), filepath.Join(folder, "unsupported"),
	}, sigma.LoadOptions{Root: folder})
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range set.Files {
		lost += len(f.Rejected)
		for _, r := range f.Rules {
			tree, ds := query.Resolve(r, nil)
			if diag.HasErrors(ds) {
				lost++
				continue
			}
			trees = append(trees, tree)
		}
	}
	if len(trees) < 2500 {
		tb.Fatalf("only %d rules", len(trees))
	}
	return trees, lost
}

// TestCorpus: every rule gives a text, or a refusal with its place; how many
// of each is kept in testdata, but for the targets whose text is that of a
// query_string.
func TestCorpus(t *testing.T) {
	trees, _ := corpus(t)
	counts := fmt.Sprintf("%d rules of the corpus that can be resolved: texts and refusals.\n", len(trees))
	for _, run := range []struct {
		target  current.Target
		options current.Options
	}{
		{current.Watcher, current.Options{}},
		{current.Splunk, current.Options{}},
		{current.LogPoint, current.Options{}},
		{current.Grep, current.Options{}},
		{current.Grep, current.Options{JSONLines: true}},
	} {
		texts, reasons := 0, map[string]int{}
		for _, tree := range trees {
			in := current.Input{Tree: tree, Options: run.options, QueryString: querystring.Options{KeywordFields: []string{"message"}}, Watch: watchOf("soc-x", tree.Rule.Title)}
			out, ds := current.Render(run.target, in)
			if out.Text != "" {
				texts++
			}
			if (out.Text == "") != diag.HasErrors(ds) {
				t.Errorf("%s %s: %q, %v", run.target, tree.Rule.File.Name, out.Text, ds)
			}
			seen := map[string]bool{}
			for _, d := range ds {
				if d.Severity == diag.Error && !seen[d.Code] {
					seen[d.Code] = true
					reasons[d.Code]++
				}
				if d.Position().Line == 0 || d.Hint == "" {
					t.Errorf("%s: %+v", run.target, d)
				}
			}
		}
		name := string(run.target)
		if run.options.JSONLines {
			name += " lines=json"
		}
		counts += fmt.Sprintf("\n%s: %d texts\n", name, texts)
		for _, code := range slices.Sorted(maps.Keys(reasons)) {
			counts += fmt.Sprintf("  %s %d\n", code, reasons[code])
		}
	}
	golden(t, "testdata/corpus.txt", counts)
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", file, diff)
	}
}

// TestCorpusGrep lets a real grep read command lines of the corpus, the long
// ones and some of the others: they have to be good expressions and good
// shell.
func TestCorpusGrep(t *testing.T) {
	requireGrep(t)
	if testing.Short() {
		t.Skip("hundreds of runs of grep are not short")
	}
	trees, _ := corpus(t)
	for _, options := range [][]string{nil, {"lines=json"}} {
		var script strings.Builder
		longest := 0
		for i, tree := range trees {
			text, ds := renderTree(t, current.Grep, tree, options...)
			if diag.HasErrors(ds) || len(text) < 8000 && i%20 > 0 {
				continue
			}
			longest = max(longest, len(text))
			fmt.Fprintf(&script, "%s </dev/null; [ $? -eq 1 ] || echo %s\n", text, tree.Rule.ID)
		}
		cmd := exec.Command("sh", "-s")
		cmd.Stdin = strings.NewReader(script.String())
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%v: %.2000s", err, out)
		}
		t.Logf("%v: the longest command has %d bytes", options, longest)
	}
}
