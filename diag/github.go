package diag

import (
	"fmt"
	"io"
	"strings"
)

// GitHub prints diagnostics as the workflow commands that GitHub Actions makes
// annotations of.
type GitHub struct {
	// Name gives the name of a file relative to the repository's root; nil
	// leaves names as they are.
	Name func(string) string
}

// Print writes a line for each diagnostic, in the order given. GitHub shows ten
// of each severity for a step: put the grave ones first. The error is the
// writer's.
func (g GitHub) Print(w io.Writer, ds []Diagnostic) error {
	for _, d := range ds {
		if _, err := io.WriteString(w, g.annotation(d)); err != nil {
			return fmt.Errorf("print annotations: %w", err)
		}
	}
	return nil
}

func (g GitHub) annotation(d Diagnostic) string {
	var b strings.Builder
	b.WriteString("::" + map[Severity]string{Error: "error", Warning: "warning", Info: "notice"}[d.Severity])
	between := byte(' ')
	property := func(name string, value any) {
		b.WriteByte(between)
		between = ','
		b.WriteString(name + "=" + propertyEscape(fmt.Sprint(value)))
	}
	if name := fileName(d); name != "" {
		property("file", renamed(g.Name, name))
	}
	if at := d.Position(); at.Line > 0 {
		end := endPosition(d)
		property("line", at.Line)
		property("endLine", end.Line)
		// With an end in another line GitHub takes no columns.
		if at.Column > 0 && end.Line == at.Line {
			property("col", at.Column)
			property("endColumn", end.Column)
		}
	}
	property("title", d.Code)
	text := visibleLines(d.Message)
	if d.Hint != "" {
		text += "\n" + visibleLines(d.Hint)
	}
	return b.String() + "::" + dataEscape(text) + "\n"
}

func renamed(by func(string) string, name string) string {
	if by == nil {
		return name
	}
	return by(name)
}

// endPosition is the place of the last character of the finding.
func endPosition(d Diagnostic) Position {
	start := d.Span.Position()
	text := strings.TrimRight(d.Span.Text(), " \t\r\n")
	if text == "" {
		return start
	}
	end := d.Span.File.Position(d.Span.Start + len(text))
	end.Column = max(end.Column-1, 1)
	return end
}

func visibleLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = visible(lines[i])
	}
	return strings.Join(lines, "\n")
}

// dataEscape and propertyEscape keep a text from ending the command, or what
// stands before the message. The percent sign comes first.
func dataEscape(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func propertyEscape(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
