package diag

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Printer prints diagnostics for people: a line with place, severity, message
// and code, the line of the source, and carets under the span with the hint.
type Printer struct {
	// Color adds terminal colours.
	Color bool
	// Width is how many characters of a source line are shown; a longer one is
	// cut around the span. Zero means 160.
	Width int
}

const defaultWidth = 160

// Print writes the diagnostics in the order given. The error is the writer's.
func (p Printer) Print(w io.Writer, ds []Diagnostic) error {
	for _, d := range ds {
		if _, err := io.WriteString(w, p.Sprint(d)); err != nil {
			return fmt.Errorf("print diagnostics: %w", err)
		}
	}
	return nil
}

// Sprint returns one diagnostic as it is printed, with its line break.
func (p Printer) Sprint(d Diagnostic) string {
	var b strings.Builder
	if at := place(d); at != "" {
		b.WriteString(p.paint(bold, at+":") + " ")
	}
	b.WriteString(p.paint(severityColor(d.Severity), d.Severity.String()+":"))
	fmt.Fprintf(&b, " %s (%s)\n", visible(d.Message), d.Code)
	p.excerpt(&b, d)
	return b.String()
}

func place(d Diagnostic) string {
	at := d.Position()
	switch {
	case at.Line == 0:
		return fileName(d)
	case at.Column == 0:
		return fmt.Sprintf("%s:%d", fileName(d), at.Line)
	}
	return fmt.Sprintf("%s:%d:%d", fileName(d), at.Line, at.Column)
}

func (p Printer) excerpt(b *strings.Builder, d Diagnostic) {
	at := d.Span.Position()
	gutter := ""
	carets := ""
	if at.Line > 0 {
		gutter = fmt.Sprintf("%d | ", at.Line)
		before, marked, after := p.split(d, at)
		b.WriteString(p.paint(dim, gutter) + visible(before+marked+after) + "\n")
		if !d.LineOnly {
			carets = pad(before) + p.paint(severityColor(d.Severity), strings.Repeat("^", max(1, columns(marked))))
		}
	}
	indent := strings.Repeat(" ", len(gutter))
	for i, line := range hintLines(d.Hint) {
		if i == 0 && carets != "" {
			line, carets = carets+" "+line, ""
		}
		b.WriteString(indent + line + "\n")
	}
	if carets != "" {
		b.WriteString(indent + carets + "\n")
	}
}

func hintLines(hint string) []string {
	if hint == "" {
		return nil
	}
	lines := strings.Split(hint, "\n")
	for i := range lines {
		lines[i] = visible(lines[i])
	}
	return lines
}

// split returns the part of the source line to show: what stands before the
// span, in it and after it.
func (p Printer) split(d Diagnostic, at Position) (before, marked, after string) {
	line := []rune(d.Span.File.Line(at.Line))
	start := min(at.Column-1, len(line))
	length := len([]rune(firstLine(d.Span.Text())))
	end := min(start+length, len(line))
	from, to := p.window(len(line), start)
	end = min(end, to)
	before, marked, after = string(line[from:start]), string(line[start:end]), string(line[end:to])
	if from > 0 {
		before = "…" + before
	}
	if to < len(line) {
		after += "…"
	}
	return before, marked, after
}

// window returns which characters of a line of that length are shown.
func (p Printer) window(length, start int) (from, to int) {
	size := p.Width
	if size <= 0 {
		size = defaultWidth
	}
	if length <= size {
		return 0, length
	}
	from = max(0, min(start-size/3, length-size))
	return from, min(from+size, length)
}

func firstLine(s string) string {
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		s = s[:i]
	}
	return strings.TrimRight(s, " \t")
}

// visible replaces control characters: a source must not steer the terminal.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return '\ufffd'
		}
		return r
	}, s)
}

// pad returns blank text as wide as s. Tabs stay, so that they end at the same
// tab stop as in the line above.
func pad(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == '\t' {
			b.WriteByte('\t')
			continue
		}
		b.WriteString(strings.Repeat(" ", runeWidth(r)))
	}
	return b.String()
}

func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me) || r == '\u200d':
		return 0
	case r < 0x1100:
		return 1
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

const (
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	cyan   = "\x1b[1;36m"
	reset  = "\x1b[0m"
)

func severityColor(s Severity) string {
	switch s {
	case Error:
		return red
	case Warning:
		return yellow
	default:
		return cyan
	}
}

func (p Printer) paint(color, s string) string {
	if !p.Color || s == "" {
		return s
	}
	return color + s + reset
}
