package nodetest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/match"
)

// SigmaHQ is the folder of the corpus of SigmaHQ's rules; the test is skipped
// where SIGWATCH_SHARED is not set.
func SigmaHQ(tb testing.TB) string {
	tb.Helper()
	shared := os.Getenv("SIGWATCH_SHARED")
	if shared == "" {
		tb.Skip("SIGWATCH_SHARED is not set: the corpus of Sigma rules is not there")
	}
	return filepath.Join(shared, "corpus", "sigmahq")
}

// Rules returns all rules of the corpus that can be read, in order of their
// files.
func Rules(tb testing.TB) []*sigma.Rule {
	tb.Helper()
	var out []*sigma.Rule
	err := filepath.WalkDir(SigmaHQ(tb), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yml" || strings.Contains(path, "regression_data") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rules, _ := sigma.Parse(diag.NewFile(filepath.ToSlash(path), data))
		out = append(out, rules...)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// Regression is a rule with the events of its regression test.
type Regression struct {
	Rule *sigma.Rule
	// Path is the test's file below the corpus.
	Path   string
	Events []match.Event
}

// Regressions returns the corpus's regression tests. The events are flat, by
// Sigma's names.
func Regressions(tb testing.TB) []Regression {
	tb.Helper()
	root := SigmaHQ(tb)
	var out []Regression
	for _, r := range Rules(tb) {
		for _, a := range r.Custom {
			if path, ok := a.Value.(string); ok && a.Key == "regression_tests_path" {
				out = append(out, Regression{r, path, regressionEvents(tb, root, path)})
			}
		}
	}
	return out
}

func regressionEvents(tb testing.TB, root, path string) []match.Event {
	tb.Helper()
	var info struct {
		Tests []struct{ Path string } `yaml:"regression_tests_info"`
	}
	if err := yaml.Unmarshal(readFile(tb, filepath.Join(root, path)), &info); err != nil {
		tb.Fatal(err)
	}
	var out []match.Event
	for _, test := range info.Tests {
		name := strings.TrimSuffix(test.Path, filepath.Ext(test.Path)) + ".json"
		events, err := match.ParseEvents(readFile(tb, filepath.Join(root, name)))
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, events...)
	}
	return out
}

func readFile(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// Document is an event as a document to index.
func Document(tb testing.TB, e match.Event) string {
	tb.Helper()
	data, err := e.MarshalJSON()
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}
