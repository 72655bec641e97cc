package plan

import (
	"fmt"
	"io"
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
)

// TextOptions say how Text and Outcome write.
type TextOptions struct {
	// Target is the name of the cluster, or empty.
	Target string
	// Color writes ANSI colours.
	Color bool
}

// Text writes the plan for a person: deletions first and one by one, then
// creates and updates with what differs, then what is held and refused, and a
// summary. A plan with nothing to do is one line.
func Text(w io.Writer, p Plan, opt TextOptions) error {
	t := &printer{color: opt.Color}
	t.section(p, "deletions", func(c *Change) bool { return c.Action == Delete })
	t.section(p, "changes", func(c *Change) bool { return c.Action.Writes() && c.Action != Delete })
	t.section(p, "held: left exactly as they are", func(c *Change) bool { return c.Action == Hold })
	t.section(p, "refused: no watch", func(c *Change) bool { return c.Action == Refuse })
	t.notes(p)
	t.line(t.bold(planned(p, opt.Target)))
	t.guard(p.Guard)
	return t.flush(w)
}

// Outcome writes what became of a plan that was carried out: the writes that
// failed with their cause, the changes that were never begun, and a summary.
// The changes that succeeded are counted; Text has named them before.
func Outcome(w io.Writer, p Plan, opt TextOptions) error {
	t := &printer{color: opt.Color}
	t.section(p, "failed", func(c *Change) bool { return c.Result == Failed })
	t.section(p, "not done", func(c *Change) bool { return c.Result == NotDone })
	t.section(p, "planned anew, because the watch had changed", func(c *Change) bool { return c.Result == NotNeeded })
	t.line(t.bold(outcome(p, opt.Target)))
	return t.flush(w)
}

type printer struct {
	b     strings.Builder
	color bool
}

func (t *printer) flush(w io.Writer) error {
	if _, err := io.WriteString(w, t.b.String()); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}

func (t *printer) line(s string) { t.b.WriteString(s + "\n") }

func (t *printer) section(p Plan, title string, in func(*Change) bool) {
	first := true
	for i := range p.Changes {
		c := &p.Changes[i]
		if !in(c) {
			continue
		}
		if first {
			t.line(t.bold(title))
			first = false
		}
		t.change(c)
	}
	if !first {
		t.line("")
	}
}

func (t *printer) change(c *Change) {
	color, sign := signOf(c.Action)
	head := t.paint(color, sign+" "+visible(subject(c)))
	if title := c.Rule.Title; title != "" && c.Watch != "" {
		head += "  " + visible(title)
	}
	t.line("  " + head + t.dim("  "+visible(strings.TrimSpace(explain(c)))))
	if c.Error != "" {
		t.line("      " + t.paint(red, visible(c.Error)))
	}
	if c.Result != "" {
		return
	}
	for _, f := range c.Fields {
		t.field(f)
	}
}

// subject is what a line is about: the watch, or the file of a rule that has
// none.
func subject(c *Change) string {
	if c.Watch != "" {
		return c.Watch
	}
	return ruleName(c.Rule)
}

func explain(c *Change) string {
	why := withCode(c)
	switch {
	case c.Action == Hold && c.Rule.File != "":
		return c.Rule.File + ": " + why
	case c.Action == Delete && c.Rule.File != "":
		return why + " (was " + c.Rule.File + ")"
	default:
		return why
	}
}

func signOf(a Action) (color, sign string) {
	switch a {
	case Create:
		return green, "+"
	case Delete:
		return red, "-"
	case Update:
		return yellow, "~"
	case Activate, Deactivate:
		return yellow, "~ " + string(a)
	case Hold, Refuse:
		return magenta, "!"
	default:
		return "", "="
	}
}

// field prints one difference. Long texts, such as queries, are shown by their
// changed parts, unescaped, on lines of their own.
func (t *printer) field(f watcher.Change) {
	before, isText := f.Before.(string)
	after, too := f.After.(string)
	if isText && too && (max(len(before), len(after)) > shortText || strings.Contains(before+after, "\n")) {
		t.line("      " + visible(f.Path))
		for _, h := range textDiff(before, after) {
			t.hunk(h)
		}
		return
	}
	t.line(fmt.Sprintf("      %s: %s → %s", visible(f.Path), t.value(red, f.Before), t.value(green, f.After)))
}

// hunk prints a changed part, each of its lines with a sign. What stands
// around it is part of the changed lines where the text has one line, and of
// lines of its own where it has several.
func (t *printer) hunk(h hunk) {
	if h.lines {
		t.signed("", " ", h.lead)
		t.signed(red, "-", h.before)
		t.signed(green, "+", h.after)
		t.signed("", " ", h.tail)
		return
	}
	t.line("        " + t.paint(red, "-") + " " + visible(h.lead) + t.paint(red, visible(h.before)) + visible(h.tail))
	t.line("        " + t.paint(green, "+") + " " + visible(h.lead) + t.paint(green, visible(h.after)) + visible(h.tail))
}

func (t *printer) signed(color, sign, lines string) {
	for line := range strings.Lines(lines) {
		t.line("        " + t.paint(color, sign+" "+visible(strings.TrimSuffix(line, "\n"))))
	}
}

// value prints a value on one line, cut where it is long.
func (t *printer) value(color string, v any) string {
	if _, absent := v.(watcher.Absent); absent {
		return t.dim("(none)")
	}
	s := string(watcher.Encode(v))
	if r := []rune(s); len(r) > longValue {
		s = string(r[:longValue]) + "…"
	}
	return t.paint(color, visible(s))
}

const (
	// shortText is up to where two texts stand on one line, as JSON.
	shortText = 60
	longValue = 160
)

func (t *printer) notes(p Plan) {
	if n := leftOut(p); n != "" {
		t.line(n)
	}
	if p.DeletionsHeld != "" {
		t.line(t.paint(magenta, "no deletions in this run: ") + visible(p.DeletionsHeld))
	}
	if p.Incomplete != "" {
		t.line(t.paint(magenta, "no deletions in this run: ") + "the listing is incomplete: " + visible(p.Incomplete))
	}
}

func leftOut(p Plan) string {
	var parts []string
	add := func(n int, one, many string) {
		if n > 0 {
			parts = append(parts, count(n, one, many))
		}
	}
	add(p.LeftOut.Update, "update", "updates")
	add(p.LeftOut.Switch, "switch", "switches")
	add(p.LeftOut.Delete, "deletion", "deletions")
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("left out by policy %s: %s", p.Policy, strings.Join(parts, ", "))
}

func (t *printer) guard(g *Guard) {
	if g == nil {
		return
	}
	t.line("")
	t.line(t.paint(red, "stopped: "+g.Message))
	t.line("  nothing was written; " + g.Hint)
}

const (
	red     = "31"
	green   = "32"
	yellow  = "33"
	magenta = "35"
)

func (t *printer) paint(color, s string) string {
	if !t.color || color == "" || s == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

func (t *printer) bold(s string) string { return t.paint("1", s) }

func (t *printer) dim(s string) string { return t.paint("2", s) }

// visible keeps what comes from rules and clusters from steering the terminal:
// control characters are shown as escapes.
func visible(s string) string {
	if !strings.ContainsFunc(s, unprintable) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unprintable(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// unprintable covers the control characters and those that change the
// direction of writing.
func unprintable(r rune) bool {
	return r < ' ' || r >= 0x7f && r <= 0x9f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
