package folder_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/catalog/folder"
)

// run puts files into a folder and returns what happened.
func run(t *testing.T, dir string, o folder.Options, all bool, files map[string]string) []folder.Change {
	t.Helper()
	f, err := folder.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // a test
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := f.Put(name, []byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Finish("label", all); err != nil {
		t.Fatal(err)
	}
	return f.Changes
}

// tree returns all that lies in a folder.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		if d.Type()&fs.ModeSymlink != 0 {
			out[filepath.ToSlash(rel)] = "link"
			return nil
		}
		text, err := os.ReadFile(name)
		out[filepath.ToSlash(rel)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestLife(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "out")
	one := map[string]string{"a.md": "A", "x/b.md": "B", "x/c.md": "", "y/d.md": "D"}
	check := func(want []folder.Change, all bool, files map[string]string) {
		t.Helper()
		before := map[string]string{}
		if _, err := os.Stat(dir); err == nil {
			before = tree(t, dir)
		}
		if diff := cmp.Diff(want, run(t, dir, folder.Options{Dry: true}, all, files)); diff != "" {
			t.Errorf("dry (-want +got):\n%s", diff)
		}
		if _, err := os.Stat(dir); err == nil {
			if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
				t.Errorf("a dry run wrote (-before +after):\n%s", diff)
			}
		}
		if diff := cmp.Diff(want, run(t, dir, folder.Options{}, all, files)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if all {
			if got := run(t, dir, folder.Options{Dry: true}, all, files); len(got) > 0 {
				t.Errorf("the next run is not empty: %v", got)
			}
		}
	}
	check([]folder.Change{{"a.md", folder.Create}, {"x/b.md", folder.Create}, {"x/c.md", folder.Create}, {"y/d.md", folder.Create}}, true, one)
	two := map[string]string{"a.md": "A", "x/b.md": "B2", "x/c.md": ""}
	check([]folder.Change{{"x/b.md", folder.Update}, {"y/d.md", folder.Left}}, false, two)
	check([]folder.Change{{"y/d.md", folder.Delete}}, true, two)
	if got := tree(t, dir); len(got) != 4 || got["x/b.md"] != "B2" {
		t.Errorf("the folder holds %v", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "y")); err == nil {
		t.Error("the empty folder is still there")
	}
}

// TestUntouched: what is right is not written again.
func TestUntouched(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{"a.md": "A"}
	run(t, dir, folder.Options{}, true, files)
	old := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	for _, name := range []string{"a.md", folder.ManifestName} {
		if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	run(t, dir, folder.Options{}, true, files)
	for _, name := range []string{"a.md", folder.ManifestName} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || !info.ModTime().Equal(old) {
			t.Errorf("%s was written again", name)
		}
	}
}

// TestOthers: what others wrote is neither overwritten nor removed, and what
// was changed by hand is not removed.
func TestOthers(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("theirs.md", "theirs")
	write("same.md", "same")
	files := map[string]string{"theirs.md": "ours", "same.md": "same", "mine.md": "mine", "gone.md": "gone"}
	got := run(t, dir, folder.Options{}, true, files)
	want := []folder.Change{{"gone.md", folder.Create}, {"mine.md", folder.Create}, {"theirs.md", folder.Foreign}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	write("gone.md", "by hand")
	got = run(t, dir, folder.Options{}, true, map[string]string{"same.md": "same"})
	want = []folder.Change{{"gone.md", folder.Changed}, {"mine.md", folder.Delete}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got = run(t, dir, folder.Options{Overwrite: true}, true, map[string]string{"same.md": "same", "theirs.md": "ours"})
	if diff := cmp.Diff([]folder.Change{{"theirs.md", folder.Update}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := tree(t, dir); got["theirs.md"] != "ours" || got["gone.md"] != "by hand" || len(got) != 4 {
		t.Errorf("the folder holds %v", got)
	}
}

// TestKeep: a file that is there stays as it is, and ours.
func TestKeep(t *testing.T) {
	dir := t.TempDir()
	run(t, dir, folder.Options{}, true, map[string]string{"index.md": "all", "a.md": "A"})
	f, err := folder.Open(dir, folder.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"index.md": "some", "new.md": "new"} {
		if err := f.Keep(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Finish("label", false); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, dir); got["index.md"] != "all" || got["new.md"] != "new" {
		t.Errorf("the folder holds %v", got)
	}
	if got := run(t, dir, folder.Options{}, true, map[string]string{"index.md": "all"}); len(got) != 2 {
		t.Errorf("the next run does %v", got)
	}
}

// TestInside: nothing outside the folder is read, written or removed, whatever
// names, links and manifest there are.
func TestInside(t *testing.T) {
	outer := t.TempDir()
	dir := filepath.Join(outer, "out")
	secret := filepath.Join(outer, "victim.md")
	for _, err := range []error{
		os.MkdirAll(filepath.Join(outer, "elsewhere"), 0o700), os.Mkdir(dir, 0o700),
		os.WriteFile(secret, []byte("secret"), 0o600),
		os.Symlink(filepath.Join("..", "elsewhere"), filepath.Join(dir, "x")),
		os.Symlink(secret, filepath.Join(dir, "link.md")),
		os.WriteFile(filepath.Join(dir, folder.ManifestName), []byte(`{"schema": "sigwatch/docs-manifest/v1", "files": {
			"../victim.md": "sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b", "`+secret+`": "sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
			"link.md": "sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b", "x/../../victim.md": ""}}`), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	outside := func() map[string]string {
		all := tree(t, outer)
		for name := range all {
			if strings.HasPrefix(name, "out/") {
				delete(all, name)
			}
		}
		return all
	}
	before := outside()
	f, err := folder.Open(dir, folder.Options{Overwrite: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../victim.md", secret, "x/a.md", "x/../../victim.md", "a/../../victim.md", "", ".", "..", "a//b.md", "a/./b.md", `..\victim.md`, "a\x00b", "a/.sigwatch-docs.tmp", folder.ManifestName, strings.ToUpper(folder.ManifestName)} {
		if err := f.Put(name, []byte("out")); err == nil {
			t.Errorf("%q was written", name)
		}
	}
	if err := f.Finish("label", true); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, outside()); diff != "" {
		t.Errorf("outside the folder (-before +after):\n%s", diff)
	}
	if got := run(t, dir, folder.Options{}, true, map[string]string{"link.md": "new"}); !cmp.Equal(got, []folder.Change{{"link.md", folder.Foreign}}) {
		t.Errorf("the link: %v", got)
	}
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	for _, manifest := range []string{"{", "[]", `{"schema": "other"}`, "null"} {
		if err := os.WriteFile(filepath.Join(dir, folder.ManifestName), []byte(manifest), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := folder.Open(dir, folder.Options{}); err == nil {
			t.Errorf("the manifest %s was taken", manifest)
		}
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dry := range []bool{true, false} {
		if _, err := folder.Open(file, folder.Options{Dry: dry}); err == nil {
			t.Error("a file was taken for a folder")
		}
	}
	f, err := folder.Open(filepath.Join(dir, "new"), folder.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if first, second := f.Put("a.md", nil), f.Put("a.md", nil); first != nil || second == nil {
		t.Error("a file was written twice")
	}
}

// FuzzManifest: no manifest leads outside the folder.
func FuzzManifest(f *testing.F) {
	f.Add(`{"schema":"sigwatch/docs-manifest/v1","layout":"x","files":{"a":"b","../victim":"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}}`, "a")
	f.Fuzz(func(t *testing.T, manifest, name string) {
		outer := t.TempDir()
		victim, dir := filepath.Join(outer, "victim"), filepath.Join(outer, "out")
		for _, err := range []error{os.Mkdir(dir, 0o700), os.WriteFile(victim, []byte("test"), 0o600), os.WriteFile(filepath.Join(dir, folder.ManifestName), []byte(manifest), 0o600)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if out, err := folder.Open(dir, folder.Options{Overwrite: true}); err == nil {
			_ = out.Put(name, []byte("x"))
			_ = out.Finish("x", true)
			_ = out.Close()
		}
		if text, err := os.ReadFile(victim); err != nil || string(text) != "test" {
			t.Fatal("the victim was changed")
		}
		if entries, err := os.ReadDir(outer); err != nil || len(entries) != 2 {
			t.Fatal(fmt.Sprint("outside stands ", entries))
		}
	})
}
