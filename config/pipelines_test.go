package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sigwatch/sigwatch/config"
	"github.com/sigwatch/sigwatch/diag"
)

// TestPipelineReadsValueFiles looks at what a pipeline may read: files of the
// project, and those beside it where it lies elsewhere.
func TestPipelineReadsValueFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"project/pipelines/inside.yml":  "transformations: [{type: file_placeholders, path: ../lists/l.txt}]",
		"project/pipelines/outside.yml": "transformations: [{type: file_placeholders, path: ../../secret.txt}]",
		"project/lists/l.txt":           "a",
		"secret.txt":                    "s",
		"elsewhere/own.yml":             "transformations: [{type: file_placeholders, path: l.txt}]",
		"elsewhere/up.yml":              "transformations: [{type: file_placeholders, path: ../secret.txt}]",
		"elsewhere/l.txt":               "b",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, code := range map[string]string{
		"pipelines/inside.yml":                     "",
		"pipelines/outside.yml":                    "pipeline/other-file",
		"../elsewhere/own.yml":                     "",
		"../elsewhere/up.yml":                      "pipeline/other-file",
		filepath.Join(dir, "elsewhere", "own.yml"): "",
	} {
		_, ds := config.Pipelines([]config.Text{{Value: name}}, filepath.Join(dir, "project"))
		got := ""
		if len(ds) > 0 {
			got = ds[0].Code
		}
		if got != code || diag.HasErrors(ds) != (code != "") {
			t.Errorf("%s: got %v, want %q", name, ds, code)
		}
	}
}
