package sigma_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/sigma"
)

// TestFilesWithTests holds the loader to reading no tests as rules, and no
// rule as tests: a rule that is passed over would lose its watch.
func TestFilesWithTests(t *testing.T) {
	const rule = "title: T\nlogsource: {product: p}\ndetection: {s: {a: b}, condition: s}\n"
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.yml":              rule,
		"a.tests.yml":        "cases:\n  - name: n\n    match: true\n    event: {detection: 1}\n",
		"b.Tests.YAML":       "",
		"named.tests.yml":    rule,
		"quoted.tests.yml":   "\ufeff\"title\": T\r\n\"logsource\": {product: p}\r\n\"detection\": {s: {a: b}, condition: s}\r\n",
		".tests.yml":         rule,
		"flow.tests.yml":     "{id: 3f1d6c1e-52a4-4b7e-9d0a-0a3f6f5c1a01, title: T, logsource: {product: p}, detection: {s: {a: b}, condition: s}}",
		"tests.yml":          rule,
		"d/rule.yml":         rule,
		"d/events.tests.yml": "cases: []\n",
	} {
		write(t, filepath.Join(dir, name), text)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.tests.yml"), 0o700); err != nil {
		t.Fatal(err)
	}
	var rules []string
	err := sigma.Each(t.Context(), []string{dir, filepath.Join(dir, "a.tests.yml"), filepath.Join(dir, "**/*.tests.yml")}, sigma.LoadOptions{Root: dir}, func(f sigma.LoadedFile) error {
		rules = append(rules, f.File.Name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"a.yml", "d/rule.yml", "flow.tests.yml", "named.tests.yml", "quoted.tests.yml", "tests.yml"}, rules); d != "" {
		t.Errorf("rules (-want +got):\n%s", d)
	}
	found, err := sigma.TestFiles([]string{dir}, dir)
	if err != nil {
		t.Fatal(err)
	}
	var tests []string
	for _, f := range found {
		tests = append(tests, f.Name)
	}
	if d := cmp.Diff([]string{"a.tests.yml", "b.Tests.YAML", "d/events.tests.yml"}, tests); d != "" {
		t.Errorf("tests (-want +got):\n%s", d)
	}
	beside, err := sigma.TestFiles([]string{filepath.Join(dir, "a.yml"), filepath.Join(dir, "a.yml")}, dir)
	if err != nil || len(beside) != 1 || beside[0].Name != "a.tests.yml" {
		t.Errorf("beside a.yml: %v, %v", beside, err)
	}
	if _, err := sigma.TestFiles([]string{filepath.Join(dir, "none")}, dir); err == nil {
		t.Error("a path that is not there gives no error")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
