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

// TestCorpus: every rule of SigmaHQ that has a query becomes a watch under an
// id of its own, with no word but one about its size, and its search holds the
// query after Watcher rendered it.
func TestCorpus(t *testing.T) {
	shared := os.Getenv("SIGWATCH_SHARED")
	if shared == "" {
		t.Skip("SIGWATCH_SHARED does not name the folder of the corpus")
	}
	root := filepath.Join(shared, "corpus", "sigmahq", "rules")
	ids := map[string]string{}
	err := sigma.Each(t.Context(), []string{root}, sigma.LoadOptions{Root: root}, func(f sigma.LoadedFile) error {
		for _, r := range f.Rules {
			corpusRule(t, r, ids)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(ids) < 1500 {
		t.Errorf("only %d rules became watches", len(ids))
	}
	t.Logf("%d watches", len(ids))
}

func corpusRule(t *testing.T, r *sigma.Rule, ids map[string]string) {
	t.Helper()
	tree, ds := query.Resolve(r, nil)
	q, ds2 := querystring.Render(tree, querystring.Options{KeywordFields: []string{"message"}})
	if worst(ds) == diag.Error || worst(ds2) == diag.Error {
		return
	}
	w, ds := build.Build(r, build.Query{Form: "query_string", Text: q.Text, Fields: q.Fields}, settings())
	if w.Body == nil || len(ds) > 0 && ds[0].Code != "build/large-watch" {
		t.Errorf("%s: %v", r.File.Name, said(ds))
		return
	}
	if other, taken := ids[w.ID]; taken {
		t.Errorf("%s has the id %s of %s", r.File.Name, w.ID, other)
	}
	ids[w.ID] = r.File.Name
	filter := decode(t, rendered(t, w.Body))["query"].(map[string]any)["bool"].(map[string]any)["filter"].([]any)
	if got := filter[0].(map[string]any)["query_string"].(map[string]any)["query"]; got != q.Text {
		t.Errorf("%s asks for %v, want %s", r.File.Name, got, q.Text)
	}
}

// rendered is the search of a watch as Watcher sends it.
func rendered(t testing.TB, body *watcher.Object) string {
	t.Helper()
	request := at(t, body, "input", "search", "request").(*watcher.Object)
	template := ""
	if source, is := request.Get("template"); is {
		template = at(t, source, "source").(string)
	} else {
		template = string(watcher.Encode(at(t, request, "body")))
	}
	out, err := renderSearch(template, event(t))
	if err != nil {
		t.Fatalf("%q: %v", template, err)
	}
	return out
}
