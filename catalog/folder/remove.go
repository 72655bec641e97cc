package folder

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/text/unicode/norm"
)

// removeOthers removes the files that are not wanted, and then the folders
// that are empty.
func (f *Folder) removeOthers() error {
	others := f.Others()
	if len(others) == 0 {
		return nil
	}
	emptied, wanted := map[string]bool{}, foldedNames(f.wanted)
	for _, name := range others {
		removed, err := f.remove(name, wanted[fold(name)])
		if err != nil {
			return err
		}
		if dir := path.Dir(name); removed && dir != "." {
			emptied[dir] = true
		}
	}
	f.leave()
	for _, dir := range slices.Backward(slices.Sorted(maps.Keys(emptied))) {
		// A folder with anything in it stays, and so does a link to one.
		if info, err := f.root.Lstat(local(dir)); err == nil && info.IsDir() {
			_ = f.root.Remove(local(dir))
		}
	}
	return nil
}

// remove removes a file that is as we wrote it, and is none of those that are
// wanted under another spelling. What is gone is gone.
func (f *Folder) remove(name string, wanted []string) (removed bool, err error) {
	if !fits(name) {
		return false, nil
	}
	_, info, err := f.stat(name)
	switch {
	case errors.Is(err, syscall.ENOTDIR): // a file took the folder's place
		return false, nil
	case err != nil || info == nil:
		return false, err
	case slices.ContainsFunc(wanted, func(other string) bool { return f.is(other, info) }):
		return false, nil
	}
	text, _, err := f.read(name, maxFile)
	switch {
	case err != nil:
		return false, err
	case text == nil || hash(text) != f.before.Files[name]:
		f.change(name, Changed)
		return false, nil
	}
	f.change(name, Delete)
	if f.options.Dry {
		return false, nil
	}
	in, err := f.enter(name)
	if in == nil {
		return false, err
	}
	return true, in.Remove(path.Base(name))
}

// ours reports whether we wrote the file, perhaps under a name in other
// capitals where these do not count.
func (f *Folder) ours(name string, info fs.FileInfo) bool {
	if _, ours := f.before.Files[name]; ours {
		return true
	}
	if f.folded == nil {
		f.folded = foldedNames(f.before.Files)
	}
	return slices.ContainsFunc(f.folded[fold(name)], func(other string) bool { return fits(other) && f.is(other, info) })
}

// is reports whether the name leads to that very file.
func (f *Folder) is(name string, info fs.FileInfo) bool {
	_, other, err := f.stat(name)
	return err == nil && other != nil && os.SameFile(info, other)
}

// fold maps names to one text that a file system may take for the same.
func fold(name string) string { return strings.ToLower(strings.ToUpper(norm.NFKC.String(name))) }

// foldedNames finds the files by their folded names.
func foldedNames(files map[string]string) map[string][]string {
	out := make(map[string][]string, len(files))
	for name := range files {
		out[fold(name)] = append(out[fold(name)], name)
	}
	return out
}
