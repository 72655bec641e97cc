package sigma_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/sigma"
)

// TestEachText: texts come as Each finds them, and nothing is parsed.
func TestEachText(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"b.yml": "title: b", "a.yml": "a: [", "c.txt": "no rule", "large.yml": "0123456789"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	err := sigma.EachText(context.Background(), []string{dir}, sigma.LoadOptions{Root: dir, MaxFileSize: 9}, func(f sigma.LoadedFile) error {
		said := ""
		for _, d := range f.Diagnostics {
			said += d.Code
		}
		got = append(got, f.File.Name+": "+string(f.File.Text)+said)
		if f.Unread != (said != "") || len(f.Rules)+len(f.Rejected) > 0 {
			t.Errorf("%s was parsed", f.File.Name)
		}
		return nil
	})
	if diff := cmp.Diff([]string{"a.yml: a: [", "b.yml: title: b", "large.yml: sigma/file-too-large"}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
