package match_test

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
	"github.com/sigwatch/sigwatch/sigma/query"
)

// info is what a regression test of SigmaHQ says about itself.
type info struct {
	Tests []struct {
		Path  string `yaml:"path"`
		Count int    `yaml:"match_count"`
	} `yaml:"regression_tests_info"`
}

func sigmahq(t *testing.T) string {
	t.Helper()
	shared := os.Getenv("SIGWATCH_SHARED")
	if shared == "" {
		t.Skip("SIGWATCH_SHARED is not set: the corpus of Sigma rules is not there")
	}
	return filepath.Join(shared, "corpus", "sigmahq")
}

// regressionRules returns the rules that name a regression test, with the
// path of it, relative to the corpus.
func regressionRules(t *testing.T, root string) map[*sigma.Rule]string {
	t.Helper()
	out := map[*sigma.Rule]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yml" || strings.Contains(path, "regression_data") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(data), "regression_tests_path") {
			return err
		}
		rules, _ := sigma.Parse(diag.NewFile(filepath.ToSlash(path), data))
		for _, r := range rules {
			for _, a := range r.Custom {
				if text, ok := a.Value.(string); ok && a.Key == "regression_tests_path" {
					out[r] = text
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// exceptions are the tests whose match_count is not the number of events that
// the rule means: by hand, three of the three events set a zone above 1 for a
// domain, and three of the six events are written by a tool of the list.
func exceptions() map[string]int {
	return map[string]int{
		"regression_data/rules/windows/registry/registry_set/registry_set_change_security_zones/info.yml":     3,
		"regression_data/rules/windows/file/file_event/file_event_win_cred_dump_tools_dropped_files/info.yml": 3,
	}
}

// TestRegression asks every rule of SigmaHQ that has a regression test of its
// own events: it has to match as many as the test says, or all of them where
// it says nothing. All rules must resolve and match.
func TestRegression(t *testing.T) {
	root := sigmahq(t)
	events, tests := 0, 0
	for r, path := range regressionRules(t, root) {
		data, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		var in info
		if err := yaml.Unmarshal(data, &in); err != nil {
			t.Fatal(err)
		}
		tree, ds := query.Resolve(r, nil)
		if len(ds) > 0 {
			t.Errorf("%s does not resolve: %v", path, ds)
			continue
		}
		m, err := match.Compile(tree, match.Options{})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		for _, test := range in.Tests {
			got, all := matched(t, m, filepath.Join(root, strings.TrimSuffix(test.Path, filepath.Ext(test.Path))+".json"))
			want := test.Count
			if exception, ok := exceptions()[path]; ok {
				want = exception
			} else if want == 0 {
				want = all
			}
			if got != want {
				t.Errorf("%s: want %d of %d events, got %d\n%s", path, want, all, got, tree)
			}
			events += got
			tests++
		}
	}
	t.Logf("%d tests, %d events matched", tests, events)
	if tests != 135 {
		t.Errorf("want 135 tests, got %d", tests)
	}
}

func matched(t *testing.T, m *match.Matcher, path string) (hits, all int) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	events, err := match.ParseEvents(data)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for _, e := range events {
		if m.Match(e) {
			hits++
		}
	}
	return hits, len(events)
}
