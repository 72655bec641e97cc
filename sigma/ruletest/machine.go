package ruletest

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
)

// Schema names the form of [Report.JSON].
const Schema = "sigwatch/test/v1"

type jsonReport struct {
	Schema      string        `json:"schema"`
	Passed      int           `json:"passed"`
	Failed      int           `json:"failed"`
	Skipped     int           `json:"skipped"`
	Rules       int           `json:"rules"`
	Untested    int           `json:"untested"`
	Cases       []jsonCase    `json:"cases"`
	Diagnostics []diag.Record `json:"diagnostics"`
}

type jsonCase struct {
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Rule     string   `json:"rule"`
	Title    string   `json:"title"`
	Name     string   `json:"name"`
	Expected string   `json:"expected"`
	Got      string   `json:"got"`
	Status   Status   `json:"status"`
	Code     string   `json:"code"`
	Message  string   `json:"message"`
	Details  []string `json:"details"`
}

// JSON writes the results for machines, as one document. The error is the
// writer's.
func (r *Report) JSON(w io.Writer) error {
	out := jsonReport{
		Schema: Schema, Passed: r.Count(Passed), Failed: r.Count(Failed), Skipped: r.Count(Skipped),
		Rules: r.Rules, Untested: r.Untested, Cases: []jsonCase{}, Diagnostics: []diag.Record{},
	}
	for i := range r.Results {
		out.Cases = append(out.Cases, r.Results[i].json())
	}
	for _, d := range r.Diagnostics {
		out.Diagnostics = append(out.Diagnostics, diag.JSON(d))
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func (r *Result) json() jsonCase {
	c := jsonCase{
		File: r.file(), Line: r.line(), Rule: r.ruleName(), Name: r.Name, Expected: r.Expected, Got: r.Got,
		Status: r.Status, Code: r.Code, Message: r.Message, Details: []string{},
	}
	c.Details = append(c.Details, r.Details...)
	if r.Rule != nil {
		c.Title = r.Rule.Title
	}
	return c
}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr"`
	Line    int           `xml:"line,attr,omitempty"`
	Failure *junitFailure `xml:"failure"`
	Skipped *junitSkipped `xml:"skipped"`
}

type junitFailure struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

// JUnit writes the results as JUnit XML, which CI systems show: a suite for each
// file of tests. Characters that XML cannot hold come out as U+FFFD. The error
// is the writer's.
func (r *Report) JUnit(w io.Writer) error {
	out := junitSuites{Name: "sigwatch test", Tests: len(r.Results), Failures: r.Count(Failed), Skipped: r.Count(Skipped)}
	for i := range r.Results {
		one := &r.Results[i]
		if n := len(out.Suites); n == 0 || out.Suites[n-1].Name != one.file() {
			out.Suites = append(out.Suites, junitSuite{Name: one.file()})
		}
		out.Suites[len(out.Suites)-1].add(one)
	}
	text, err := xml.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit XML: %w", err)
	}
	_, err = io.WriteString(w, xml.Header+string(text)+"\n")
	return err
}

func (s *junitSuite) add(r *Result) {
	c := junitCase{
		Class: s.Name, File: s.Name, Line: r.line(),
		Name: cmp.Or(r.Name, "the file"),
	}
	if r.Rule != nil {
		c.Class = r.Rule.Title
	}
	switch s.Tests++; r.Status {
	case Failed:
		s.Failures++
		c.Failure = &junitFailure{Type: r.Code, Message: r.Message, Text: strings.Join(r.Details, "\n")}
	case Skipped:
		s.Skipped++
		c.Skipped = &junitSkipped{Message: r.Message}
	case Passed:
	}
	s.Cases = append(s.Cases, c)
}
