package lint_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/sigwatch/sigwatch/lint"
	"github.com/sigwatch/sigwatch/sigma"
)

// BenchmarkCorpus looks at SigmaHQ's 2,199 rules, which were read before.
func BenchmarkCorpus(b *testing.B) {
	shared := os.Getenv("SIGWATCH_SHARED")
	if shared == "" {
		b.Skip("SIGWATCH_SHARED is not set: the corpus is not at hand")
	}
	loaded, err := sigma.Load(context.Background(), []string{filepath.Join(shared, "corpus", "sigmahq", "rules")}, sigma.LoadOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var set lint.Set
		for _, f := range loaded.Files {
			set.Add(lint.Check(f, nil))
		}
		set.Finish()
	}
}
