package lint_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/lint"
	"github.com/sigwatch/sigwatch/sigma"
)

// TestCorpus counts the findings over SigmaHQ's rules. Each finding was looked
// at by sample when its count was written down: who changes a check looks at
// what came and what went.
func TestCorpus(t *testing.T) {
	shared := os.Getenv("SIGWATCH_SHARED")
	if shared == "" {
		t.Skip("SIGWATCH_SHARED is not set: the corpus is not at hand")
	}
	var b strings.Builder
	for _, folders := range [][]string{{"rules"}, {"rules-compliance", "rules-emerging-threats", "rules-placeholder", "rules-threat-hunting"}, {"unsupported"}} {
		ds, rules := corpus(t, filepath.Join(shared, "corpus", "sigmahq"), folders)
		fmt.Fprintf(&b, "%s: %d rules\n", strings.Join(folders, " "), rules)
		counts := map[string]int{}
		for _, d := range ds {
			if strings.HasPrefix(d.Code, "lint/") {
				counts[fmt.Sprintf("%s %s", d.Severity, d.Code)]++
			}
		}
		for _, key := range slices.Sorted(maps.Keys(counts)) {
			fmt.Fprintf(&b, "  %s %d\n", key, counts[key])
		}
	}
	golden(t, "testdata/corpus.txt", b.String())
}

func corpus(t *testing.T, root string, folders []string) ([]diag.Diagnostic, int) {
	t.Helper()
	var paths []string
	for _, f := range folders {
		paths = append(paths, filepath.Join(root, f))
	}
	var set lint.Set
	err := sigma.Each(context.Background(), paths, sigma.LoadOptions{Root: root, Workers: 2}, func(f sigma.LoadedFile) error {
		set.Add(lint.Check(f, nil))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return set.Finish(), set.Rules
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
