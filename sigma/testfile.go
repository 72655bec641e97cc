package sigma

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// TestFile is a file with tests of rules that was found beside rules.
type TestFile struct {
	// Name is how it is shown, Path how it is opened.
	Name, Path string
}

// IsTestFile reports whether a name is that of a file with tests of rules: it
// ends in .tests.yml or .tests.yaml.
func IsTestFile(name string) bool {
	name = strings.ToLower(filepath.Base(name))
	stem, ok := strings.CutSuffix(name, ".tests.yml")
	if !ok {
		stem, ok = strings.CutSuffix(name, ".tests.yaml")
	}
	return ok && stem != ""
}

// TestFiles returns the files with tests that the paths name, and those beside
// the rules that they name, sorted by name. Paths, root and error are those of
// [Each], which passes over these files.
func TestFiles(paths []string, root string) ([]TestFile, error) {
	found, err := locateAll(paths, root)
	known := map[string]bool{}
	var out []TestFile
	add := func(c *candidate) {
		if !known[c.name] && c.tests() {
			known[c.name] = true
			out = append(out, TestFile{Name: c.name, Path: c.path})
		}
	}
	for _, c := range found {
		add(c)
		for _, ext := range []string{".tests.yml", ".tests.yaml"} {
			if beside := strings.TrimSuffix(c.path, filepath.Ext(c.path)) + ext; !IsTestFile(c.path) && isThere(beside) {
				add(&candidate{name: relative(beside, root), path: beside})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b TestFile) int { return cmp.Compare(a.Name, b.Name) })
	return out, err
}

func isThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// tests reports whether a file is to be passed over because it holds tests and
// no rules. A rule that happens to have such a name must not lose its watch:
// what has a rule's keys, or cannot be looked into, is taken for one.
func (c *candidate) tests() bool {
	if !IsTestFile(c.path) || c.check().code != "" {
		return false
	}
	f, err := os.Open(c.path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	text, err := readUpTo(f, make([]byte, 0, 1<<12), DefaultMaxFileSize)
	return err == nil && !holdsRule(text)
}

// holdsRule looks for a line that begins with a key which rules have and tests
// have not.
func holdsRule(text []byte) bool {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	for line := range bytes.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		key, _, ok := bytes.Cut(line, []byte(":"))
		switch strings.Trim(string(key), "{\"' \t") {
		case "title", "id", "status", "logsource", "detection", "correlation", "filter", "action":
			if ok && key[0] != ' ' && key[0] != '\t' {
				return true
			}
		}
	}
	return false
}
