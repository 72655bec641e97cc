package classic

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/sigwatch/sigwatch/diag"
)

// refusal is why a rule gives no text.
type refusal struct {
	code, message, hint string
	at                  place
}

// Error returns the message.
func (r *refusal) Error() string { return r.message }

func refuse(code, message, hint string) error {
	return &refusal{code: code, message: message, hint: hint}
}

// refuseAt is refuse with the place of a value.
func refuseAt(at place, code, message string) error {
	return &refusal{code: code, message: message, hint: hintOf(code), at: at}
}

// hintOf says what to do about the refusals that come up in many places.
func hintOf(code string) string {
	switch code {
	case "classic/condition":
		return "the old grammar is narrower than today's: sigwatch's own query_string takes what the specification allows"
	case "classic/value", "classic/modifier":
		return "the old tool failed here as well; sigwatch's own query_string knows this kind of value"
	case "classic/too-large":
		return "split the rule"
	case "classic/not-supported":
		return "the old tool refused this for the target as well; write the rule for another target"
	case "classic/mapping":
		return "map the field to one name in the configuration"
	}
	return "the old tool failed here as well"
}

func quote(s string) string { return strconv.Quote(s) }

// place is where a value stands: line and column from 1, and how long its
// text is there. The zero place is unknown.
type place struct{ line, column, length int }

// log collects what is to be said, once a code and rule.
type log struct {
	file *diag.File
	// at is the place of the rule at hand, for what has no place of its own.
	at   place
	said map[string]bool
	ds   []diag.Diagnostic
	// mute is true where nobody listens.
	mute bool
}

// begin turns to the next rule.
func (l *log) begin(r *rule) {
	l.at, l.said = r.at, nil
}

// add reports an error, as grave as told.
func (l *log) add(s diag.Severity, err error) {
	if l.mute {
		return
	}
	d := diag.Diagnostic{Severity: s, Code: "classic/failed", Message: err.Error(), Hint: hintOf("")}
	at := l.at
	if why, ok := errors.AsType[*refusal](err); ok {
		d.Code, d.Message, d.Hint = why.code, why.message, why.hint
		if why.at.line > 0 {
			at = why.at
		}
	}
	d.Span = l.span(at)
	l.ds = append(l.ds, d)
}

// note says that the text is wrong or worth a thought in some way, once a rule.
func (l *log) note(f defect, at place) {
	if l.mute || l.said[f.code] {
		return
	}
	if l.said == nil {
		l.said = map[string]bool{}
	}
	l.said[f.code] = true
	if at.line == 0 {
		at = l.at
	}
	l.ds = append(l.ds, diag.Diagnostic{Span: l.span(at), Severity: f.severity, Code: f.code, Message: f.message, Hint: f.hint})
}

func (l *log) span(at place) diag.Span {
	switch {
	case l.file == nil:
		return diag.Span{}
	case at.line == 0:
		return l.file.Whole()
	}
	start := l.file.Offset(at.line, at.column)
	end := start
	if at.length > 0 {
		line, _, _ := bytes.Cut(l.file.Text[start:], []byte("\n"))
		end += min(at.length, len(bytes.TrimRight(line, "\r")))
	}
	return l.file.Span(start, end)
}

func (l *log) sorted() []diag.Diagnostic {
	diag.Sort(l.ds)
	return l.ds
}
