package template

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
)

// Template is a template in Go's text/template. It is never changed, and may be
// used by many at the same time.
type Template struct{ parsed *template.Template }

// Names are the names in the data of a template.
type Names struct {
	// Top are those at its top.
	Top []string
	// Rule are those under "rule"; Lists are those of them that are lists, and
	// Open those under which there may be more names.
	Rule, Lists, Open []string
}

// Problem is something wrong with a template.
type Problem struct {
	// Line is the line of the text, from 1.
	Line int
	// Code is that of a diagnostic.
	Code, Message, Hint string
	// Word is one that is not among Known, where that is what is wrong.
	Word  string
	Known []string
}

// MaxTemplate bounds the text of a template, in bytes.
const MaxTemplate = 64 << 10

// Parse reads a template over data with those names. With a problem there is no
// template.
func Parse(text string, names Names) (*Template, []Problem) {
	if len(text) > MaxTemplate {
		return nil, []Problem{{1, "pipeline/invalid-template", fmt.Sprintf("the template is larger than %d KiB", MaxTemplate>>10), "shorten it", "", nil}}
	}
	if mark := jinjaMark.FindString(text); mark != "" {
		return nil, []Problem{jinja(text, mark)}
	}
	parsed, err := template.New("template").Option("missingkey=error").Funcs(newBudget(0, 0).functions()).Parse(text)
	if err != nil {
		return nil, []Problem{unreadable(text, err)}
	}
	var problems []Problem
	for _, t := range parsed.Templates() {
		if t.Tree != nil && t.Root != nil {
			problems = append(problems, names.unknown(t.Tree, text)...)
			metered(t.Root)
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return &Template{parsed}, nil
}

func unreadable(text string, err error) Problem {
	if m := jinjaName.FindStringSubmatch(err.Error()); m != nil {
		return jinja(text, m[1])
	}
	line := 1
	if m := templateAt.FindStringSubmatch(err.Error()); m != nil {
		_, _ = fmt.Sscan(m[1], &line)
	}
	return Problem{
		Line: line, Code: "pipeline/invalid-template",
		Message: "the template cannot be read: " + Fault(err), Hint: "see the documentation of Go's text/template",
	}
}

// Jinja's own marks, and its names where text/template wants a dot.
var (
	jinjaMark = regexp.MustCompile(`\{[%#]`)
	jinjaName = regexp.MustCompile(`function "(query|queries|rule|pipeline|loop)" not defined`)
	jinjaDot  = regexp.MustCompile(`(\{\{-?\s*)((?:query|queries|rule|pipeline)\b)`)
)

// jinja says how a Jinja template is written here where that is simple.
func jinja(text, mark string) Problem {
	hint := "write it for Go's text/template: {{ range .rule.tags }}{{ . }}{{ end }}, {{ if .rule.id }}…{{ end }}"
	if first, _, _ := strings.Cut(text, "\n"); jinjaDot.MatchString(first) && !jinjaMark.MatchString(text) {
		hint = "write it for Go's text/template: " + shortened(jinjaDot.ReplaceAllString(first, "${1}.${2}"))
	}
	return Problem{Line: 1, Code: "pipeline/jinja", Message: fmt.Sprintf("the template is written for Jinja (%s), which is not run", mark), Hint: hint}
}

func shortened(s string) string {
	if r := []rune(s); len(r) > 100 {
		return string(r[:100]) + "…"
	}
	return s
}

var templateAt = regexp.MustCompile(`template: template:(\d+)(?::\d+)?: ?`)

// Fault returns what an error of text/template says, without its place.
func Fault(err error) string {
	text := templateAt.ReplaceAllString(err.Error(), "")
	_, after, ok := strings.Cut(text, ": ")
	if strings.HasPrefix(text, "executing ") && ok {
		return after
	}
	return text
}

// unknown finds names that the data never has. Inside of range, with and other
// templates the dot may be anything, so only names after .rule and $.rule are
// looked at there.
func (names Names) unknown(tree *parse.Tree, text string) []Problem {
	var out []Problem
	walkTemplate(tree.Root, func(n parse.Node, top bool) {
		ident := fieldChain(n)
		if len(ident) == 0 {
			return
		}
		p, bad := names.check(ident, top && tree.Name == "template")
		if bad {
			p.Line = 1 + strings.Count(text[:min(int(n.Position()), len(text))], "\n")
			p.Code = "pipeline/invalid-template"
			out = append(out, p)
		}
	})
	return out
}

func (names Names) check(ident []string, top bool) (Problem, bool) {
	switch {
	case ident[0] == "rule" && len(ident) > 1 && !slices.Contains(names.Rule, ident[1]):
		return Problem{Message: fmt.Sprintf("rules have no %q", ident[1]), Word: ident[1], Known: names.Rule}, true
	case ident[0] == "rule" && len(ident) > 2 && !slices.Contains(names.Open, ident[1]):
		return Problem{
			Message: fmt.Sprintf("the %s of a rule is a text or a list, and has no %q", ident[1], ident[2]),
			Hint:    "write .rule." + ident[1],
		}, true
	case top && !slices.Contains(names.Top, ident[0]):
		return Problem{
			Message: fmt.Sprintf("there is no %q here, only %s", ident[0], strings.Join(names.Top, ", ")),
			Hint:    "write ." + names.Top[0], Word: ident[0], Known: names.Top,
		}, true
	default:
		return Problem{}, false
	}
}

// fieldChain returns the names of .a.b and $.a.b.
func fieldChain(n parse.Node) []string {
	switch n := n.(type) {
	case *parse.FieldNode:
		return n.Ident
	case *parse.VariableNode:
		if n.Ident[0] == "$" {
			return n.Ident[1:]
		}
	}
	return nil
}

// Execute returns the text that the template makes of the data: of one query
// where queries is 0, else of so many, with the larger limits.
func (t *Template) Execute(data map[string]any, queries int) (string, error) {
	b := newBudget(longest(data), queries)
	own, err := t.parsed.Clone()
	if err != nil {
		return "", err
	}
	var out Limited
	if queries > 0 {
		out.More = MaxOutput - MaxText
	}
	if err := own.Funcs(b.functions()).Execute(&out, data); err != nil {
		return "", err
	}
	return out.String(), nil
}

// longest returns the length of the longest text in data.
func longest(data any) int {
	most := 0
	switch data := data.(type) {
	case string:
		most = len(data)
	case []string:
		for _, s := range data {
			most = max(most, len(s))
		}
	case []any:
		for _, v := range data {
			most = max(most, longest(v))
		}
	case map[string]any:
		for key, v := range data {
			most = max(most, len(key), longest(v))
		}
	}
	return most
}
