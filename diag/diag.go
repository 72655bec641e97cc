// Package diag holds what every stage says about its input: a file, a span in
// it, and a diagnostic with severity, stable code and hint, and how they are
// printed for people and machines.
//
// It knows no language: no YAML, no Sigma, no JSON. It imports nothing of
// ours, and it does not read files.
package diag

import (
	"cmp"
	"slices"
)

// Severity ranks a diagnostic. The order is the order of gravity.
type Severity int

// The severities, from harmless to grave.
const (
	Info Severity = iota
	Warning
	Error
)

// String returns the severity as it is printed: "info", "warning" or "error".
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	default:
		return "info"
	}
}

// Diagnostic is one finding about an input.
type Diagnostic struct {
	// Span is the place. A span without a file prints without a place; one
	// with a file that names no place in it prints the file's name.
	Span Span
	// Severity says how grave the finding is.
	Severity Severity
	// Code is stable, "package/what-is-wrong", and the name of its page in
	// docs/diagnostics.
	Code string
	// Message says what is wrong: lower case, no position, no full stop.
	Message string
	// Hint says what to do about it, or is empty.
	Hint string
	// LineOnly is true where the line is known and the column is not: no
	// column and no caret is printed then.
	LineOnly bool
}

// Position returns line and column of the finding, as far as they are known;
// what is not known is 0.
func (d Diagnostic) Position() Position {
	at := d.Span.Position()
	if d.LineOnly {
		at.Column = 0
	}
	return at
}

// Sort orders diagnostics by file name, start, code and message. Equal ones
// keep their order.
func Sort(ds []Diagnostic) { slices.SortStableFunc(ds, compare) }

func compare(a, b Diagnostic) int {
	return cmp.Or(
		cmp.Compare(fileName(a), fileName(b)),
		cmp.Compare(a.Span.Start, b.Span.Start),
		cmp.Compare(a.Code, b.Code),
		cmp.Compare(a.Message, b.Message),
	)
}

func fileName(d Diagnostic) string {
	if d.Span.File == nil {
		return ""
	}
	return d.Span.File.Name
}

// WorstOf returns the gravest severity among the diagnostics, and false where
// there are none.
func WorstOf(ds []Diagnostic) (Severity, bool) {
	if len(ds) == 0 {
		return Info, false
	}
	worst := Info
	for _, d := range ds {
		worst = max(worst, d.Severity)
	}
	return worst, true
}

// HasErrors reports whether one of the diagnostics is an error.
func HasErrors(ds []Diagnostic) bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return d.Severity == Error })
}

// Record is a diagnostic in the machine formats. Line and column count from 1,
// columns in characters; 0 means unknown.
type Record struct {
	File     string `json:"file,omitempty"`
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Message  string `json:"message"`
	Hint     string `json:"hint"`
}

// JSON returns the diagnostic in the form that the machine formats carry.
func JSON(d Diagnostic) Record {
	at := d.Position()
	return Record{
		File: fileName(d), Code: d.Code, Severity: d.Severity.String(),
		Line: at.Line, Column: at.Column, Message: d.Message, Hint: d.Hint,
	}
}
