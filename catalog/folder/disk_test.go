package folder_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/catalog/folder"
)

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestLeftover: what a killed run left is taken away; what others gave the same
// name is not.
func TestLeftover(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "x"), 0o700), os.WriteFile(filepath.Join(dir, "x", ".sigwatch-docs.tmp"), []byte("half a pa"), 0o600))
	run(t, dir, folder.Options{}, true, map[string]string{"x/a.md": "A"})
	got := tree(t, dir)
	delete(got, folder.ManifestName)
	if diff := cmp.Diff(map[string]string{"x/a.md": "A"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	must(t, os.Mkdir(filepath.Join(dir, "x", ".sigwatch-docs.tmp"), 0o700))
	f, err := folder.Open(dir, folder.Options{})
	must(t, err)
	if err := f.Put("x/b.md", []byte("B")); err == nil {
		t.Error("there is a page, and no way to write it")
	}
	must(t, f.Close())
	if _, err := os.Stat(filepath.Join(dir, "x", ".sigwatch-docs.tmp")); err != nil {
		t.Error("a folder of others was removed")
	}
}

// TestFailed: a page that could not be written is not taken for ours, and who
// puts one there keeps it.
func TestFailed(t *testing.T) {
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, "x", ".sigwatch-docs.tmp", "full"), 0o700))
	f, err := folder.Open(dir, folder.Options{})
	must(t, err)
	if err := f.Put("x/a.md", []byte("A")); err == nil {
		t.Fatal("there is a page, and no way to write it")
	}
	must(t, f.Finish("label", false), f.Close(), os.RemoveAll(filepath.Join(dir, "x", ".sigwatch-docs.tmp")),
		os.WriteFile(filepath.Join(dir, "x", "a.md"), []byte("by hand"), 0o600))
	want := []folder.Change{{"x/a.md", folder.Foreign}}
	if diff := cmp.Diff(want, run(t, dir, folder.Options{}, true, map[string]string{"x/a.md": "A"})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMode: a page keeps the mode that it was given.
func TestMode(t *testing.T) {
	dir := t.TempDir()
	run(t, dir, folder.Options{}, true, map[string]string{"a.md": "A"})
	for _, mode := range []os.FileMode{0o600, 0o664} {
		must(t, os.Chmod(filepath.Join(dir, "a.md"), mode))
		run(t, dir, folder.Options{}, true, map[string]string{"a.md": mode.String()})
		info, err := os.Stat(filepath.Join(dir, "a.md"))
		must(t, err)
		if info.Mode() != mode {
			t.Errorf("the mode is %v, and was %v", info.Mode(), mode)
		}
	}
}

// TestLinkedFolder: pages may lie behind a link that stays inside. The link is
// not ours, and stays when they go.
func TestLinkedFolder(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "pages"), 0o700), os.Symlink("pages", filepath.Join(dir, "x")))
	run(t, dir, folder.Options{}, true, map[string]string{"x/a.md": "A"})
	if got := tree(t, dir); got["pages/a.md"] != "A" {
		t.Errorf("the folder holds %v", got)
	}
	run(t, dir, folder.Options{}, true, nil)
	got := tree(t, dir)
	delete(got, folder.ManifestName)
	if diff := cmp.Diff(map[string]string{"x": "link"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFolderGone: where the folder of a page became a file the page is gone.
func TestFolderGone(t *testing.T) {
	dir := t.TempDir()
	run(t, dir, folder.Options{}, true, map[string]string{"a.md": "A", "x/a.md": "A"})
	must(t, os.RemoveAll(filepath.Join(dir, "x")), os.WriteFile(filepath.Join(dir, "x"), []byte("theirs"), 0o600))
	if got := run(t, dir, folder.Options{}, true, map[string]string{"a.md": "A"}); len(got) > 0 {
		t.Errorf("changes %v", got)
	}
	if got := tree(t, dir); got["x"] != "theirs" {
		t.Errorf("the folder holds %v", got)
	}
}

// TestRespelled: where capitals do not count a page that is now spelled
// otherwise is the same file: it is ours, and not removed under its old name.
// Two links to one file are that elsewhere.
func TestRespelled(t *testing.T) {
	for text, want := range map[string][]folder.Change{"A": nil, "B": {{"X/Page É.md", folder.Update}}} {
		dir := t.TempDir()
		run(t, dir, folder.Options{}, true, map[string]string{"x/page e\u0301.md": "A"})
		must(t, os.Mkdir(filepath.Join(dir, "X"), 0o700),
			os.Link(filepath.Join(dir, "x", "page e\u0301.md"), filepath.Join(dir, "X", "Page \u00c9.md")))
		got := run(t, dir, folder.Options{}, false, map[string]string{"X/Page \u00c9.md": text})
		if diff := cmp.Diff(append(want, folder.Change{Path: "x/page e\u0301.md", Action: folder.Left}), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	dir := t.TempDir()
	run(t, dir, folder.Options{}, true, map[string]string{"page.md": "A"})
	must(t, os.Link(filepath.Join(dir, "page.md"), filepath.Join(dir, "Page.md")))
	if got := run(t, dir, folder.Options{}, true, map[string]string{"Page.md": "A"}); len(got) > 0 {
		t.Errorf("changes %v", got)
	}
}
