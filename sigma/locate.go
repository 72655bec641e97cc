package sigma

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// candidate is a file that was found.
type candidate struct {
	// name is how it is shown, path how it is opened.
	name, path string
	// err is why what stands there cannot be read.
	err error
	// regular is true where it is known to be a regular file.
	regular bool
	// text is there where the file was read before and its text kept.
	text []byte
}

// finder walks folders and remembers where it was.
type finder struct {
	root  string
	seen  map[string]bool
	found []*candidate
	// rulesOnly passes over files with tests.
	rulesOnly bool
	// tell is told of each file at once, where it is not nil.
	tell func(*candidate)
	// links are symbolic links that wait until all else was found, so that a
	// file is known by its own name where it has one among the paths.
	links []string
}

// locate returns the rule files that the paths name, sorted by name. It tells of
// each as soon as it is found, if tell is not nil.
func locate(paths []string, root string, tell func(*candidate)) ([]*candidate, error) {
	f := &finder{root: root, seen: map[string]bool{}, tell: tell, rulesOnly: true}
	return f.all(paths)
}

// locateAll returns all files that the paths name, those with tests included.
func locateAll(paths []string, root string) ([]*candidate, error) {
	f := &finder{root: root, seen: map[string]bool{}}
	return f.all(paths)
}

func (f *finder) all(paths []string) ([]*candidate, error) {
	for _, path := range paths {
		if err := f.add(path); err != nil {
			return nil, err
		}
	}
	for len(f.links) > 0 {
		link := f.links[0]
		f.links = f.links[1:]
		f.take(link, f.real(link))
	}
	slices.SortStableFunc(f.found, func(a, b *candidate) int { return cmp.Compare(a.name, b.name) })
	return f.found, nil
}

// keep notes a file.
func (f *finder) keep(c *candidate) {
	if f.rulesOnly && c.tests() {
		return
	}
	f.found = append(f.found, c)
	if f.tell != nil {
		f.tell(c)
	}
}

// add takes one path that the user gave.
func (f *finder) add(path string) error {
	if _, err := os.Lstat(path); err == nil {
		f.take(path, f.real(path))
		return nil
	} else if !strings.ContainsAny(path, "*?[") {
		return fmt.Errorf("find rules: %w", err)
	}
	before := len(f.found)
	matched, err := f.glob(path)
	switch {
	case err != nil:
		return fmt.Errorf("find rules %q: %w", path, err)
	case !matched && len(f.found) == before:
		return fmt.Errorf("find rules: nothing matches %q: %w", path, fs.ErrNotExist)
	}
	return nil
}

// real returns the path without symbolic links, or as it is where that cannot
// be told.
func (f *finder) real(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	return path
}

// take adds a file or what is in a folder, unless it was there before. The
// target is the path without symbolic links.
func (f *finder) take(path, target string) {
	if f.seen[target] {
		return
	}
	f.seen[target] = true
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		f.folder(path, target)
		return
	}
	f.keep(&candidate{name: relative(path, f.root), path: path, err: err})
}

// folder adds the rules below a folder. os.ReadDir sorts.
func (f *finder) folder(path, target string) {
	entries, err := os.ReadDir(path)
	if err != nil {
		f.keep(&candidate{name: relative(path, f.root), path: path, err: err})
		return
	}
	at := place{path: path, target: target, name: relative(path, f.root)}
	for _, entry := range entries {
		f.entry(at, entry)
	}
}

// place is a folder: how it is opened, without symbolic links, and as it is
// shown.
type place struct{ path, target, name string }

// shown is the name of a file in the folder, as relative gives it.
func (p place) shown(file string) string {
	if p.name == "." {
		return file
	}
	return strings.TrimSuffix(p.name, "/") + "/" + file
}

func (f *finder) entry(in place, entry fs.DirEntry) {
	name := entry.Name()
	if strings.HasPrefix(name, ".") {
		return
	}
	path, target := filepath.Join(in.path, name), filepath.Join(in.target, name)
	switch kind := entry.Type(); {
	case kind.IsDir():
		f.take(path, target)
	case kind&fs.ModeSymlink != 0:
		if info, err := os.Stat(path); err == nil && info.IsDir() || isRuleFile(name) {
			f.links = append(f.links, path)
		}
	case isRuleFile(name) && !f.seen[target]:
		f.seen[target] = true
		f.keep(&candidate{name: in.shown(name), path: path, regular: kind.IsRegular()})
	}
}

func isRuleFile(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".yml" || ext == ".yaml"
}

// glob takes everything that a pattern matches: path.Match's language, and **
// for any number of folders. It says whether anything matched.
func (f *finder) glob(pattern string) (bool, error) {
	pattern = filepath.ToSlash(filepath.Clean(pattern))
	segments := strings.Split(pattern, "/")
	for _, segment := range segments {
		if _, err := filepath.Match(segment, ""); err != nil {
			return false, err
		}
	}
	start := "."
	if segments[0] == "" {
		start, segments = "/", segments[1:]
	}
	return f.match(start, segments), nil
}

// match follows the pattern's segments below a folder.
func (f *finder) match(path string, segments []string) bool {
	if len(segments) == 0 {
		return f.matched(path)
	}
	segment, rest := segments[0], segments[1:]
	switch {
	case segment == "**":
		return f.matchDeep(path, segments)
	case !strings.ContainsAny(segment, `*?[\`):
		path = filepath.Join(path, segment)
		_, err := os.Lstat(path)
		return err == nil && f.match(path, rest)
	}
	found := false
	for _, name := range entriesOf(path, strings.HasPrefix(segment, ".")) {
		if matches(segment, name) {
			found = f.match(filepath.Join(path, name), rest) || found
		}
	}
	return found
}

// matchDeep follows ** and what comes after it, in this folder and all below.
// Links may lead back: each folder is entered once for each rest of a pattern.
func (f *finder) matchDeep(folder string, segments []string) bool {
	key := fmt.Sprint(len(segments), " ", f.real(folder))
	if f.seen[key] {
		return false
	}
	f.seen[key] = true
	found := f.match(folder, segments[1:])
	for _, name := range entriesOf(folder, false) {
		path := filepath.Join(folder, name)
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			found = f.matchDeep(path, segments) || found
		}
	}
	return found
}

// matched takes what a whole pattern matches: a folder or a rule file.
func (f *finder) matched(path string) bool {
	info, err := os.Stat(path)
	if !isRuleFile(path) && (err != nil || !info.IsDir()) {
		return false
	}
	f.take(path, f.real(path))
	return true
}

// entriesOf returns the names in a folder, sorted; none where it cannot be read.
func entriesOf(folder string, hidden bool) []string {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	var out []string
	for _, entry := range entries {
		if hidden || !strings.HasPrefix(entry.Name(), ".") {
			out = append(out, entry.Name())
		}
	}
	return out
}

func matches(pattern, name string) bool {
	ok, err := filepath.Match(pattern, name)
	return err == nil && ok
}
