package build_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querystring"
	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/build"
)

// queried is a rule with its query.
type queried struct {
	rule  *sigma.Rule
	query build.Query
}

// corpusQueries are the rules of a part of the corpus that have a query.
func corpusQueries(b *testing.B) []queried {
	b.Helper()
	shared := os.Getenv("SIGWATCH_SHARED")
	if shared == "" {
		b.Skip("SIGWATCH_SHARED does not name the folder of the corpus")
	}
	root := filepath.Join(shared, "corpus", "sigmahq", "rules", "windows", "process_creation")
	var all []queried
	err := sigma.Each(b.Context(), []string{root}, sigma.LoadOptions{Root: root}, func(f sigma.LoadedFile) error {
		for _, r := range f.Rules {
			tree, ds := query.Resolve(r, nil)
			q, ds2 := querystring.Render(tree, querystring.Options{KeywordFields: []string{"message"}})
			if worst(ds) != diag.Error && worst(ds2) != diag.Error {
				all = append(all, queried{r, build.Query{Form: "query_string", Text: q.Text, Fields: q.Fields}})
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return all
}

// BenchmarkCorpus is one watch, on the average of many rules.
func BenchmarkCorpus(b *testing.B) {
	rules, set := corpusQueries(b), settings()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		one := &rules[i%len(rules)]
		build.Build(one.rule, one.query, set)
	}
}

// BenchmarkIndented is the text of a page, on the average of many watches.
func BenchmarkIndented(b *testing.B) {
	rules, set := corpusQueries(b), settings()
	watches := make([]*watcher.Object, len(rules))
	for i := range rules {
		w, _ := build.Build(rules[i].rule, rules[i].query, set)
		watches[i] = w.Body
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		watcher.EncodeIndent(watches[i%len(watches)])
	}
}
