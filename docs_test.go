package sigwatch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sigwatch/sigwatch/catalog"
	"github.com/sigwatch/sigwatch/config"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/lint"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/classic"
	"github.com/sigwatch/sigwatch/sigma/current"
	"github.com/sigwatch/sigwatch/sigma/pipeline"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querydsl"
	"github.com/sigwatch/sigwatch/sigma/querystring"
	"github.com/sigwatch/sigwatch/sigma/ruletest"
)

const diagnosticPages = "docs/diagnostics"

// TestDiagnosticPages holds the pages of docs/diagnostics to the codes that
// stand in the sources: a page and a row of the index for each, and no others.
func TestDiagnosticPages(t *testing.T) {
	codes := readCodes(t, ".")
	if len(codes) < 100 {
		t.Fatalf("only %d codes were found: the test reads the wrong place", len(codes))
	}
	pages, rows := readPages(t), indexRows(t)
	for code := range codes {
		text, ok := pages[code]
		switch {
		case !ok:
			t.Errorf("%s has no page: write %s/%s.md", code, diagnosticPages, code)
		case !strings.HasPrefix(text, "# "+code+"\n"):
			t.Errorf("the page of %s has another title", code)
		}
		if rows[code] != 1 {
			t.Errorf("%s/README.md has %d rows for %s, want 1", diagnosticPages, rows[code], code)
		}
	}
	for code := range pages {
		if !codes[code] {
			t.Errorf("%s/%s.md is about a code that no source has", diagnosticPages, code)
		}
	}
	for code := range rows {
		if !codes[code] {
			t.Errorf("%s/README.md has a row for %s, which no source has", diagnosticPages, code)
		}
	}
}

// readCodes collects the codes: the texts of that form in the sources.
func readCodes(t *testing.T, root string) map[string]bool {
	t.Helper()
	form := regexp.MustCompile(`^(condition|sigma|pipeline|query|querystring|querydsl|build|plan|elastic|config|lint|ruletest|sigwatch|classic|current|catalog)/[a-z0-9-]+$`)
	codes := map[string]bool{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "tools" || entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") && name != root):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if _, imports := n.(*ast.ImportSpec); imports {
				return false
			}
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil && form.MatchString(text) {
					codes[text] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return codes
}

// readPages returns the pages by the code that their path names.
func readPages(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(diagnosticPages, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{}
	for _, name := range files {
		code := strings.TrimPrefix(strings.TrimSuffix(filepath.ToSlash(name), ".md"), diagnosticPages+"/")
		pages[code] = readText(t, name)
	}
	return pages
}

// indexRows counts the rows of the index for each code.
func indexRows(t *testing.T) map[string]int {
	t.Helper()
	rows := map[string]int{}
	row := regexp.MustCompile(`(?m)^\| \[([^\]]+)\]\(([^)]+)\.md\) \|`)
	for _, m := range row.FindAllStringSubmatch(readText(t, filepath.Join(diagnosticPages, "README.md")), -1) {
		if m[1] != m[2] {
			t.Errorf("the row of %s leads to %s", m[1], m[2])
		}
		rows[m[1]]++
	}
	return rows
}

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDiagnosticExamples lets the program say again what the pages show: the
// examples of a whole rule, a pipeline or a configuration.
func TestDiagnosticExamples(t *testing.T) {
	tried := 0
	pages := readPages(t)
	for _, code := range slices.Sorted(maps.Keys(pages)) {
		e := exampleOf(code, pages[code])
		if e.want == "" || len(e.files) == 0 {
			continue
		}
		said, ok := e.say(t)
		if !ok {
			continue
		}
		tried++
		if !strings.Contains(said, e.want) {
			t.Errorf("the example of %s gives\n%s\nand the page says\n%s", code, said, e.want)
		}
	}
	if tried < 90 {
		t.Errorf("only %d examples were tried", tried)
	}
}

// example is what a page shows: files, and what is said about one of them.
type example struct {
	code, want string
	// command is the command line of sigwatch convert that says it, if it is
	// not the usual one.
	command string
	files   map[string]string
}

func exampleOf(code, page string) example {
	e := example{code: code, files: map[string]string{}}
	block := regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")
	if m := regexp.MustCompile(`(?m)^\$ sigwatch convert (.*) [a-z.]+$`).FindStringSubmatch(page); m != nil {
		e.command = m[1]
	}
	var sources []string
	for _, m := range block.FindAllStringSubmatch(page, -1) {
		if m[1] == "" {
			e.want = m[2]
			continue
		}
		if m[1] == "yaml" {
			sources = append(sources, m[2])
		}
	}
	for _, text := range sources {
		name := regexp.MustCompile(`^[a-z.]+`).FindString(e.want)
		if heading, rest, ok := strings.Cut(text, "\n"); ok && strings.HasPrefix(heading, "# ") && len(sources) > 1 {
			name, text = strings.TrimPrefix(heading, "# "), rest
		}
		e.files[name] = text
	}
	return e
}

// say compiles the example as far as the package of its code, and prints what
// is wrong. It is not ok where the command line makes the diagnostic.
func (e example) say(t *testing.T) (string, bool) {
	t.Helper()
	var ds []diag.Diagnostic
	switch pkg, _, _ := strings.Cut(e.code, "/"); {
	case pkg == "build", e.code == "config/stale-acceptance":
		return "", false
	case e.code == "sigma/base-rule":
		ds = e.opened(t)
	case pkg == "config":
		ds = e.configuration(t)
	case pkg == "ruletest":
		text, ok := e.files["rule.tests.yml"]
		if !ok {
			return "", false
		}
		ds = ruletest.Parse(diag.NewFile("rule.tests.yml", []byte(text)), ruletest.Origin{}).Diagnostics
	case pkg == "lint":
		ds = e.lint()
	case pkg == "classic", pkg == "current":
		ds = e.convert(t)
	case pkg == "catalog":
		_, ds = catalog.OldPage(diag.NewFile("rule.yml", []byte(e.files["rule.yml"])), catalog.ATC2019B)
	default:
		ds = e.rule()
	}
	diag.Sort(ds)
	var b strings.Builder
	for _, d := range ds {
		if d.Code == e.code {
			b.WriteString(diag.Printer{}.Sprint(d))
		}
	}
	return b.String(), true
}

// opened says what is found about rules among all files.
func (e example) opened(t *testing.T) []diag.Diagnostic {
	t.Helper()
	dir := t.TempDir()
	for name, text := range e.files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sources, err := sigma.Open(t.Context(), sigma.Paths{Rules: []string{dir}}, sigma.LoadOptions{Root: dir})
	if err != nil {
		t.Fatal(err)
	}
	var ds []diag.Diagnostic
	for _, file := range sources.Files() {
		for _, r := range file.Load().Rules {
			ds = append(ds, r.WithoutResults()...)
		}
	}
	return ds
}

func (e example) configuration(t *testing.T) []diag.Diagnostic {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte(e.files[config.FileName]), 0o600); err != nil {
		t.Fatal(err)
	}
	scalars, err := config.NewScalars(nil)
	if err != nil {
		t.Fatal(err)
	}
	c, ds := config.Load(dir, scalars)
	_, pipelines := c.Chain()
	_, target := c.Connection()
	return slices.Concat(ds, pipelines, target)
}

func (e example) lint() []diag.Diagnostic {
	var set lint.Set
	for _, name := range slices.Sorted(maps.Keys(e.files)) {
		f := diag.NewFile(name, []byte(e.files[name]))
		set.Add(lint.Check(sigma.LoadedFile{File: f, Parsed: sigma.ParseFile(f)}, nil))
	}
	return set.Finish()
}

// convert says what a command line of sigwatch convert for one of sigmac's back
// ends says of the rule.
func (e example) convert(t *testing.T) []diag.Diagnostic {
	t.Helper()
	given := map[string][]string{}
	words := strings.Fields(e.command)
	for i := 0; i+1 < len(words); i += 2 {
		given[words[i]] = append(given[words[i]], words[i+1])
	}
	file := diag.NewFile("rule.yml", []byte(e.files["rule.yml"]))
	if profile := first(given["--profile"], "2019"); profile != "current" {
		opt := classic.Options{Target: classic.Target(first(given["-T"], "")), Profile: classic.Profile(profile), BackendOptions: given["-O"]}
		for _, name := range given["--sigmac-config"] {
			c, ds := classic.ParseConfig(diag.NewFile(name, []byte(e.files[name])))
			if diag.HasErrors(ds) {
				return ds
			}
			opt.Configs = append(opt.Configs, c)
		}
		_, ds := classic.Convert(opt, file)
		return ds
	}
	target := current.Target(first(given["-T"], ""))
	options, err := current.ParseOptions(target, given["-O"])
	if err != nil {
		t.Fatal(err)
	}
	rules, found := sigma.Parse(file)
	for _, r := range rules {
		tree, ds := query.Resolve(r, nil)
		_, more := current.Render(target, current.Input{Tree: tree, Options: options, QueryString: querystring.Options{KeywordFields: []string{"message"}}})
		found = slices.Concat(found, ds, more)
	}
	return found
}

func first(list []string, otherwise string) string {
	if len(list) == 0 {
		return otherwise
	}
	return list[0]
}

func (e example) rule() []diag.Diagnostic {
	var chain *pipeline.Chain
	if text, ok := e.files["pipeline.yml"]; ok {
		p, ds := pipeline.ParseIn(diag.NewFile("pipeline.yml", []byte(text)), pipeline.Folder{Files: e.project(), Dir: "."})
		if chain = pipeline.NewChain(p); len(ds) > 0 {
			return ds
		}
	}
	var types *query.Types
	if text, ok := e.files["fields.yaml"]; ok {
		pinned, ds := query.ParseTypes(diag.NewFile("fields.yaml", []byte(text)))
		if types = pinned; len(ds) > 0 {
			return ds
		}
	}
	parsed := sigma.ParseFile(diag.NewFile("rule.yml", []byte(e.files["rule.yml"])))
	var references sigma.References
	references.Add(parsed)
	found := slices.Concat(parsed.Diagnostics, references.Check())
	for _, r := range parsed.Rules {
		filtered, ds := sigma.ApplyFilters(r, parsed.Filters)
		if found = append(found, ds...); diag.HasErrors(ds) {
			continue
		}
		changed, ds := chain.Apply(filtered)
		if found = append(found, ds...); diag.HasErrors(ds) {
			continue
		}
		tree, ds := query.Resolve(changed, types)
		if found = append(found, ds...); diag.HasErrors(ds) {
			continue
		}
		found = append(found, e.render(tree)...)
		_, ds = chain.Postprocess(r, "Image:x")
		found = append(found, ds...)
	}
	return found
}

// project is the example's files as a pipeline reads them.
func (e example) project() fs.FS {
	files := fstest.MapFS{}
	for name, text := range e.files {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

// render prints a tree in the form that the code is about.
func (e example) render(tree query.Tree) []diag.Diagnostic {
	keywords := []string{"message"}
	if strings.HasPrefix(e.code, "querydsl/") {
		_, ds := querydsl.Render(tree, querydsl.Options{KeywordFields: keywords})
		return ds
	}
	_, ds := querystring.Render(tree, querystring.Options{KeywordFields: keywords})
	return ds
}

// TestDivergencePage compares the counts of docs/divergences.md with those
// that the tests of the packages keep.
func TestDivergencePage(t *testing.T) {
	page := readText(t, "docs/divergences.md")
	listed := regexp.MustCompile(`(?m)^[a-z_0-9]+/\S+: `).FindAllString(readText(t, "sigma/testdata/divergences.txt"), -1)
	if want := "## Reading rules: " + strconv.Itoa(len(listed)) + " cases\n"; !strings.Contains(page, want) {
		t.Errorf("%d cases are listed, and the page does not say %q", len(listed), want)
	}
	_, counts, ok := strings.Cut(readText(t, "sigma/querystring/testdata/corpus.txt"), "\ninsensitive: ")
	counts, _, _ = strings.Cut(counts, "\nas-written: ")
	refused := regexp.MustCompile(`(?m)^  (\S+) (\d+)$`).FindAllStringSubmatch(counts, -1)
	if !ok || len(refused) == 0 {
		t.Fatal("no counts of refused rules were found")
	}
	for _, m := range refused {
		if row := "| [" + m[1] + "](diagnostics/" + m[1] + ".md) | " + m[2] + " |"; !strings.Contains(page, row) {
			t.Errorf("%s refuses %s rules, and the page has no row %q", m[1], m[2], row)
		}
	}
}
