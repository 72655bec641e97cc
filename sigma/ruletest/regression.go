package ruletest

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// regressionKey is the attribute of a rule that names its regression data, as
// a path from the top of the Sigma project's repository.
const regressionKey = "regression_tests_path"

// Regression returns the tests that a rule of the Sigma project names, or nil
// where it names none. The file is looked for from the rule's folder upwards,
// as far as the folder of the origin, or the top of a git repository.
//
// The events there are Windows events under Sigma's names, so the rule is asked
// as it is written unless pipelines are given. An event file with the extension
// evtx is read as the JSON that stands beside it. match_count is how many events
// match at least, since the project's own count is that of one tool's run;
// without it all do. Rules are often copied without their data: where there is
// none, the tests are skipped.
func Regression(rule *sigma.Rule, origin Origin, through Pipelines) *Suite {
	i := slices.IndexFunc(rule.Custom, func(a sigma.Attribute) bool { return a.Key == regressionKey })
	if i < 0 {
		return nil
	}
	at := rule.Custom[i]
	r := regression{rule: rule, through: through}
	r.file = rule.File
	name, ok := at.Value.(string)
	if !ok || strings.TrimSpace(name) == "" {
		r.report(at.Span, "ruletest/regression", "name the info.yml of the rule's tests", "%s is not a path", regressionKey)
		return r.suite()
	}
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		r.report(at.Span, "ruletest/regression", "write it as seen from the top of the repository", "%s is no path below the repository: %s", regressionKey, name)
		return r.suite()
	}
	base, ok := findUpwards(origin, filepath.FromSlash(name))
	if !ok {
		r.absent = &Result{
			Span: at.Span, Rule: rule, Name: regressionKey, Status: Skipped, Code: "ruletest/regression",
			Message: "the regression data is not there: " + name + ", from the rule's folder upwards",
		}
		return r.suite()
	}
	r.base, r.folder = base, path.Dir(filepath.ToSlash(name))
	text, err := readBelow(base, filepath.FromSlash(name), sigma.DefaultMaxFileSize)
	if err != nil {
		r.report(at.Span, "ruletest/regression", "check that the file may be read", "the tests at %s cannot be read: %v", name, err)
		return r.suite()
	}
	r.file = diag.NewFile(shownName(filepath.Join(base, filepath.FromSlash(name)), origin.Root), text)
	if root := r.root(); root != nil {
		r.read(root)
	}
	return r.suite()
}

// findUpwards returns the folder from which a path leads to a file: the rule's,
// or one above it.
func findUpwards(origin Origin, name string) (string, bool) {
	file, err := filepath.Abs(origin.Path)
	if err != nil {
		return "", false
	}
	last := ""
	if _, err := below(origin.Root, file); err == nil {
		last, _ = filepath.Abs(origin.Root)
	}
	for dir := filepath.Dir(file); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return dir, true
		}
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil || dir == last {
			break
		}
	}
	return "", false
}

func shownName(path, root string) string {
	if abs, err := filepath.Abs(root); err == nil {
		if rel, err := filepath.Rel(abs, path); err == nil {
			path = rel
		}
	}
	return filepath.ToSlash(path)
}

// regression reads the description of a rule's regression tests.
type regression struct {
	reader
	rule    *sigma.Rule
	through Pipelines
	// base is the folder that paths are relative to, folder that of the
	// description, from there.
	base, folder string
	cases        []*Case
	absent       *Result
}

func (r *regression) suite() *Suite {
	diag.Sort(r.ds)
	return &Suite{File: r.file, Cases: r.cases, Diagnostics: slices.Compact(r.ds), absent: r.absent}
}

func (r *regression) read(n *yaml.Node) {
	var ids []string
	tests := 0
	r.mapping(n, true,
		key{"rule_metadata", func(n *yaml.Node) {
			r.list(n, func(kid *yaml.Node) {
				r.mapping(kid, true, key{"id", func(n *yaml.Node) {
					if t, ok := r.text(n); ok {
						ids = append(ids, strings.ToLower(t.value))
					}
				}})
			})
		}},
		key{"regression_tests_info", func(n *yaml.Node) {
			r.list(n, func(kid *yaml.Node) {
				tests++
				r.test(kid, tests)
			})
		}},
	)
	switch {
	case tests == 0 && len(r.ds) == 0:
		r.report(r.file.Whole(), "ruletest/regression", "list them under regression_tests_info", "the file names no tests")
	case len(ids) > 0 && r.rule.ID != "" && !slices.Contains(ids, r.rule.ID):
		r.report(r.file.Whole(), "ruletest/regression", "correct "+regressionKey+" of the rule, or rule_metadata of the tests",
			"the tests are for the rule %s, and %s with the id %s names them", ids[0], r.rule.File.Name, r.rule.ID)
		r.cases = nil
	}
}

func (r *regression) test(n *yaml.Node, number int) {
	before := len(r.ds)
	c := &Case{
		File: r.file, Span: r.span(n), Name: fmt.Sprintf("test %d", number), Pipelines: r.through,
		from: place{path: filepath.Join(r.base, "info.yml"), root: r.base},
	}
	var events text
	r.mapping(n, true,
		key{"name", func(n *yaml.Node) {
			if t, ok := r.text(n); ok {
				c.Name, c.Span = t.value, t.span
			}
		}},
		key{"match_count", func(n *yaml.Node) {
			if i, ok := r.number(n, 0); ok && i == 0 {
				c.Expect.kind = expectNone
			} else if ok {
				c.Expect.kind, c.Expect.count = expectLeast, i
			}
		}},
		key{"path", func(n *yaml.Node) { events, _ = r.text(n) }},
	)
	if events.value == "" && len(r.ds) == before {
		r.report(c.Span, "ruletest/missing-key", "add path: with the file of events", "the test names no events")
	}
	if len(r.ds) == before {
		r.locate(c, events)
		r.cases = append(r.cases, c)
	}
}

// locate decides which file the events of a test come from: a JSON file of that
// name from the base, else beside the description.
func (r *regression) locate(c *Case, events text) {
	name := path.Clean(filepath.ToSlash(events.value))
	ext := path.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	names := []string{name, path.Join(r.folder, path.Base(name))}
	if strings.EqualFold(ext, ".evtx") {
		names = []string{stem + ".json", path.Join(r.folder, path.Base(stem)+".json")}
	}
	c.sources = []source{{file: names[0], span: events.span}}
	for _, n := range names {
		if r.exists(n) {
			c.sources[0].file = n
			return
		}
	}
	if strings.EqualFold(ext, ".evtx") && r.exists(name) {
		c.skip = "the events are there as EVTX alone: put the JSON that they convert to beside it, as " + path.Base(stem) + ".json"
	}
}

func (r *regression) exists(name string) bool {
	name = filepath.FromSlash(name)
	if !filepath.IsLocal(name) {
		return false
	}
	_, err := os.Stat(filepath.Join(r.base, name))
	return err == nil
}
