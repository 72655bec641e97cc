package ruletest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/ruletest"
)

// hostile is text that means something to XML, JSON or a terminal.
const hostile = "</failure>]]>&amp;<!-- \"'\x00\x1b[2J\u0085\u2028\u202e\ufffe\xff\r\n\t %s"

func hostileReport() *ruletest.Report {
	file := diag.NewFile("a<b>&\"c\x01.tests.yml", []byte("x\n"))
	r := &sigma.Rule{File: diag.NewFile(hostile, nil), Title: hostile}
	return &ruletest.Report{Rules: 1, Results: []ruletest.Result{
		{Span: file.Span(0, 1), Rule: r, Name: hostile, Status: ruletest.Failed, Code: hostile, Message: hostile, Details: []string{hostile}, Expected: hostile, Got: hostile},
		{Span: file.Span(0, 1), Rule: r, Name: hostile, Status: ruletest.Skipped, Message: hostile, Notes: []string{hostile}},
	}}
}

// TestHostileJUnit holds the XML to carrying any text, whole but for what XML
// cannot hold.
func TestHostileJUnit(t *testing.T) {
	out := checkJUnit(t, hostileReport())
	want := strings.NewReplacer("\x00", "\ufffd", "\x1b", "\ufffd", "\ufffe", "\ufffd", "\xff", "\ufffd").Replace(hostile)
	got := out.Suites[0].Cases[0]
	for name, text := range map[string]string{"name": got.Name, "class": got.Class, "message": got.Failure.Message, "text": got.Failure.Text} {
		if d := cmp.Diff(want, text); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// TestHostileText holds the text to steering no terminal.
func TestHostileText(t *testing.T) {
	var b bytes.Buffer
	report := hostileReport()
	if err := report.Text(&b, ruletest.TextOptions{Verbose: true}); err != nil {
		t.Fatal(err)
	}
	if i := strings.IndexAny(b.String(), "\x00\x1b\u0085\u2028\u202e\r\t"); i >= 0 {
		t.Errorf("a control character got through: %q", b.String()[i:])
	}
	if n := strings.Count(b.String(), "\n"); n != 10 {
		t.Errorf("want 10 lines, got %d:\n%s", n, b.String())
	}
}

// TestHostileJSON holds the JSON to the numbers and the schema.
func TestHostileJSON(t *testing.T) {
	var b bytes.Buffer
	if err := hostileReport().JSON(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Schema                  string
		Passed, Failed, Skipped int
		Cases                   []map[string]any
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Schema != "sigwatch/test/v1" || got.Failed != 1 || got.Skipped != 1 || got.Passed != 0 || len(got.Cases) != 2 {
		t.Errorf("got %+v", got)
	}
	for _, key := range []string{"file", "rule", "name", "expected", "got", "status", "message"} {
		if _, ok := got.Cases[0][key]; !ok {
			t.Errorf("a case has no %q", key)
		}
	}
}

// full is a disk without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("full") }

// TestWriterErrors holds each form to saying when it could not be written.
func TestWriterErrors(t *testing.T) {
	r := hostileReport()
	for name, err := range map[string]error{"text": r.Text(full{}, ruletest.TextOptions{}), "json": r.JSON(full{}), "junit": r.JUnit(full{})} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestColor paints the words of the ends, and nothing else.
func TestColor(t *testing.T) {
	var b bytes.Buffer
	if err := hostileReport().Text(&b, ruletest.TextOptions{Color: true}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(b.String(), "\x1b[1;31mfailed:\x1b[0m ") || strings.Count(b.String(), "\x1b") != 4 {
		t.Errorf("got %q", b.String())
	}
}
