package ruletest

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// Plan knows which cases are about which rules. It never changes.
type Plan struct {
	byFile map[string][]*Case // by the rule's file without its extension
	byID   map[string][]*Case
	suites []*Suite
}

// NewPlan puts the cases of some files together.
func NewPlan(suites []*Suite) *Plan {
	p := &Plan{byFile: map[string][]*Case{}, byID: map[string][]*Case{}, suites: suites}
	for _, s := range suites {
		for _, c := range s.Cases {
			if c.Rule.File == "" {
				p.byID[c.Rule.ID] = append(p.byID[c.Rule.ID], c)
				continue
			}
			key := c.Rule.File
			if !c.Rule.Beside {
				key = withoutExt(key)
			}
			p.byFile[key] = append(p.byFile[key], c)
		}
	}
	return p
}

func withoutExt(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }

// of returns the cases about a file or the rules in it.
func (p *Plan) of(f sigma.LoadedFile) []*Case {
	var out []*Case
	for _, c := range p.byFile[withoutExt(f.File.Name)] {
		if c.Rule.names(f.File.Name) {
			out = append(out, c)
		}
	}
	for _, r := range f.Rules {
		out = append(out, p.byID[r.ID]...)
	}
	for _, r := range f.Rejected {
		out = append(out, p.byID[r.ID]...)
	}
	return out
}

// Open returns the cases that none of the taken are: nobody knows their rule
// yet. They are in the order of their files.
func (p *Plan) Open(taken map[*Case]bool) []*Case {
	var out []*Case
	for _, s := range p.suites {
		for _, c := range s.Cases {
			if !taken[c] {
				out = append(out, c)
			}
		}
	}
	return out
}

// Orphan is the result of a case whose rule is not there.
func (c *Case) Orphan() Result {
	message := "there is no rule " + c.Rule.String()
	if c.Rule.Beside && c.Rule.Title == "" {
		message = fmt.Sprintf("there is no rule beside the tests: neither %[1]s.yml nor %[1]s.yaml", c.Rule.File)
	}
	return c.noRule(message)
}

func (c *Case) noRule(message string) Result {
	return Result{Span: c.Span, Name: c.Name, Status: Failed, Code: "ruletest/no-rule", Message: message}
}

// Faulty returns the failure of a file of tests with errors: what they would
// have shown is not known.
func (s *Suite) Faulty() (Result, bool) {
	for _, d := range s.Diagnostics {
		if d.Severity == diag.Error {
			return Result{Span: d.Span, Status: Failed, Code: d.Code, Message: "the tests cannot be read: " + d.Message}, true
		}
	}
	return Result{}, false
}

// FileReport is what became of the rules of a file.
type FileReport struct {
	Report
	// Taken are the cases that were about them.
	Taken []*Case
}

// File asks the rules of a file of all cases that are about them, those of
// their regression data included.
func (r Runner) File(f sigma.LoadedFile) FileReport {
	out := FileReport{}
	byRule := map[*sigma.Rule][]*Case{}
	for _, c := range r.Plan.of(f) {
		out.Taken = append(out.Taken, c)
		rule, failed := c.pick(f)
		switch {
		case failed == nil:
			byRule[rule] = append(byRule[rule], c)
		case r.wants(nil, c.Name):
			out.Results = append(out.Results, *failed)
		}
	}
	for _, rule := range f.Rules {
		if cases := byRule[rule]; !r.Known {
			r.rule(rule, cases, &out)
		} else if len(cases) > 0 {
			out.Rules++
			out.Results = append(out.Results, r.Run(rule, cases)...)
		}
	}
	return out
}

func (r Runner) wants(rule *sigma.Rule, name string) bool {
	return r.Wanted == nil || r.Wanted(rule, name)
}

func (r Runner) rule(rule *sigma.Rule, cases []*Case, out *FileReport) {
	out.Rules++
	origin := Origin{Path: filepath.Join(r.Root, filepath.FromSlash(rule.File.Name)), Root: r.Root}
	regression := Regression(rule, origin, r.Regression)
	tested := len(cases) > 0
	if regression != nil {
		tested = tested || regression.absent == nil
		cases = slices.Concat(cases, regression.Cases)
		out.Diagnostics = append(out.Diagnostics, regression.Diagnostics...)
		if fault, ok := regression.Faulty(); ok {
			fault.Rule = rule
			out.Results = append(out.Results, fault)
		}
		if a := regression.absent; a != nil && r.wants(rule, a.Name) {
			out.Results = append(out.Results, *a)
		}
	}
	out.Results = append(out.Results, r.Run(rule, cases)...)
	if tested {
		return
	}
	out.Untested++
	if r.Require {
		out.Results = append(out.Results, Result{
			Span: rule.TitleSpan, Rule: rule, Status: Failed, Code: "ruletest/untested", Message: "the rule has no test",
		})
	}
}

func errorsOf(ds []diag.Diagnostic) []diag.Diagnostic {
	var out []diag.Diagnostic
	for _, d := range ds {
		if d.Severity == diag.Error {
			out = append(out, d)
		}
	}
	return out
}

// pick returns the rule of a file that a case is about, or says why there is
// none.
func (c *Case) pick(f sigma.LoadedFile) (*sigma.Rule, *Result) {
	rules := slices.DeleteFunc(slices.Clone(f.Rules), func(r *sigma.Rule) bool { return !c.Rule.means(r.ID, r.Title) })
	lost := slices.DeleteFunc(slices.Clone(f.Rejected), func(r sigma.Rejected) bool { return !c.Rule.means(r.ID, r.Title) })
	switch n := len(rules) + len(lost); {
	case n == 1 && len(rules) == 1:
		return rules[0], nil
	case n == 1 || n == 0 && len(f.Rules) == 0:
		failed := c.noRule("the rule cannot be read")
		if ds := errorsOf(f.Diagnostics); len(ds) > 0 {
			failed.Code = ds[0].Code
			failed.Message += ": " + ds[0].Message
			failed.Details = []string{clean(ds[0].Span.String())}
		}
		return nil, &failed
	case n == 0:
		failed := c.noRule("there is no rule " + c.Rule.String())
		failed.Details = titles(f)
		return nil, &failed
	default:
		failed := c.noRule(fmt.Sprintf("%s holds %d rules that could be meant: name the one by its id or title", f.File.Name, n))
		failed.Code = "ruletest/ambiguous-rule"
		failed.Details = titles(f)
		return nil, &failed
	}
}

func (r Ref) means(id, title string) bool {
	return (r.ID == "" || r.ID == id) && (r.Title == "" || r.Title == title)
}

// titles lists the rules of a file.
func titles(f sigma.LoadedFile) []string {
	var out []string
	for _, r := range f.Rules {
		line := clean(r.Title)
		if r.ID != "" {
			line = r.ID + "  " + line
		}
		out = append(out, line)
	}
	return out
}
