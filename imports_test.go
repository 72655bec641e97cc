package sigwatch_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/sigwatch/sigwatch/"

// TestImports holds the packages to the table in docs/architecture.md.
func TestImports(t *testing.T) {
	allowed := readTable(t, "docs/architecture.md")
	seen := 0
	for pkg, imports := range readImports(t, ".") {
		rule, ok := allowedFor(allowed, pkg)
		if !ok {
			t.Errorf("package %s has no row in docs/architecture.md", pkg)
			continue
		}
		for _, imported := range imports {
			seen++
			if imported != "diag" && !permits(rule, imported) {
				t.Errorf("package %s imports %s; docs/architecture.md allows it %v", pkg, imported, rule)
			}
		}
	}
	if seen == 0 {
		t.Fatal("no import of ours was found: the test reads the wrong place")
	}
}

func readTable(t *testing.T, file string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "| package | may import |")
	if !ok {
		t.Fatalf("%s has no table of imports", file)
	}
	table := map[string][]string{}
	for line := range strings.Lines(rest) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 2 {
			if len(table) > 0 {
				break
			}
			continue
		}
		table[strings.TrimSpace(cells[0])] = strings.Split(strings.ReplaceAll(strings.TrimSpace(cells[1]), " ", ""), ",")
	}
	return table
}

func readImports(t *testing.T, root string) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "tools" || strings.HasPrefix(entry.Name(), ".") && name != "."):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg := path.Dir(filepath.ToSlash(name))
		imports[pkg] = append(imports[pkg], nil...)
		for _, spec := range file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if ours, ok := strings.CutPrefix(imported, module); ok && !slices.Contains(imports[pkg], ours) {
				imports[pkg] = append(imports[pkg], ours)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports
}

// allowedFor finds the row of a package, its own or that of "parent/…".
func allowedFor(table map[string][]string, pkg string) ([]string, bool) {
	if rule, ok := table[pkg]; ok {
		return rule, true
	}
	for dir := path.Dir(pkg); dir != "."; dir = path.Dir(dir) {
		if rule, ok := table[dir+"/…"]; ok {
			return rule, true
		}
	}
	return nil, false
}

func permits(rule []string, imported string) bool {
	for _, r := range rule {
		if parent, ok := strings.CutSuffix(r, "…"); ok && strings.HasPrefix(imported, parent) {
			return true
		}
		if r == "all" || r == imported {
			return true
		}
	}
	return false
}
