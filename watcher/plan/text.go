package plan

import (
	"fmt"
	"io"
	"slices"
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
	t.section(p, part{title: "deletions", in: func(c *Change) bool { return c.Action == Delete }})
	t.section(p, part{title: "changes", in: func(c *Change) bool { return c.Action.Writes() && c.Action != Delete }})
	t.section(p, part{title: "held: left exactly as they are", in: func(c *Change) bool { return c.Action == Hold }})
	t.section(p, part{title: "refused: no watch", in: func(c *Change) bool { return c.Action == Refuse }})
	t.notes(p)
	if p.Guard == nil || p.Pending() {
		t.line(t.bold(planned(p, opt.Target)))
	}
	t.guard(p)
	return t.flush(w)
}

// Outcome writes what became of a plan that was carried out: the writes that
// failed with their cause, the changes that were never begun, and a summary.
// The changes that succeeded are counted; Text has named them before.
func Outcome(w io.Writer, p Plan, opt TextOptions) error {
	t := &printer{color: opt.Color}
	t.section(p, part{title: "failed", in: func(c *Change) bool { return c.Result == Failed }})
	t.undone(p)
	t.section(p, part{title: "planned anew, because the watch had changed", in: func(c *Change) bool { return c.Result == NotNeeded }})
	t.line(t.bold(outcome(p, opt.Target)))
	return t.flush(w)
}

type printer struct {
	b     strings.Builder
	color bool
	// shown holds the watch at which differences were printed first.
	shown map[string]string
}

func (t *printer) flush(w io.Writer) error {
	if _, err := io.WriteString(w, t.b.String()); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}

func (t *printer) line(s string) { t.b.WriteString(s + "\n") }

// part is the changes of a plan that stand under one title.
type part struct {
	title string
	in    func(*Change) bool
	// limit is how many are named; 0 names all.
	limit int
}

func (t *printer) section(p Plan, s part) {
	n := 0
	for i := range p.Changes {
		c := &p.Changes[i]
		if !s.in(c) {
			continue
		}
		if n == 0 {
			t.line(t.bold(s.title))
		}
		if n++; s.limit == 0 || n <= s.limit {
			t.change(c)
		}
	}
	if s.limit > 0 && n > s.limit {
		t.line(fmt.Sprintf("  … and %d more", n-s.limit))
	}
	if n > 0 {
		t.line("")
	}
}

// undone names changes that were never begun under the reason that they share.
// After an interruption there may be thousands: a few stand for them.
func (t *printer) undone(p Plan) {
	var reasons []string
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Result == NotDone && !slices.Contains(reasons, c.Error) {
			reasons = append(reasons, c.Error)
		}
	}
	for _, why := range reasons {
		title := "not done"
		if why != "" {
			title += ": " + visible(why)
		}
		t.section(p, part{title, func(c *Change) bool { return c.Result == NotDone && c.Error == why }, undoneNamed})
	}
}

const undoneNamed = 10

func (t *printer) change(c *Change) {
	color, sign := signOf(c.Action)
	head := t.paint(color, sign+" "+visible(subject(c)))
	if title := c.Rule.Title; title != "" && c.Watch != "" {
		head += "  " + visible(title)
	}
	t.line("  " + head + t.dim("  "+visible(strings.TrimSpace(explain(c)))))
	if c.Error != "" && c.Result != NotDone {
		t.line("      " + t.paint(red, visible(c.Error)))
	}
	if c.Result == "" {
		t.differences(c)
	}
}

// differences prints what differs, but not twice the same: a setting that
// changes often changes all watches alike.
func (t *printer) differences(c *Change) {
	own := &printer{color: t.color}
	for _, f := range c.Fields {
		own.field(f)
	}
	text := own.b.String()
	first, again := t.shown[text]
	if again && strings.Count(text, "\n") > 1 {
		t.line("      the same differences as in " + visible(first))
		return
	}
	if t.shown == nil {
		t.shown = map[string]string{}
	}
	t.shown[text] = c.Watch
	t.b.WriteString(text)
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
	case c.Action == Update && c.switchedOff():
		return why + "; it stays deactivated"
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
	if n := switchedOff(p); n != "" {
		t.line(t.paint(magenta, "deactivated by hand, and left so: ") + visible(n))
	}
	if p.DeletionsHeld != "" {
		t.line(t.paint(magenta, "no deletions in this run: ") + visible(p.DeletionsHeld))
	}
	if p.Incomplete != "" {
		t.line(t.paint(magenta, "no deletions in this run: ") + "the listing is incomplete: " + visible(p.Incomplete))
	}
}

// switchedOff names the watches that are right and yet find nothing.
func switchedOff(p Plan) string {
	var names []string
	for i := range p.Changes {
		if c := &p.Changes[i]; c.switchedOff() {
			names = append(names, c.Watch)
		}
	}
	if n := len(names); n > switchedOffNamed {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:switchedOffNamed], ", "), n-switchedOffNamed)
	}
	return joinAnd(names)
}

const switchedOffNamed = 5

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

func (t *printer) guard(p Plan) {
	if p.Guard == nil {
		return
	}
	if t.b.Len() > 0 {
		t.line("")
	}
	t.line(t.paint(red, "stopped: "+p.Guard.Message))
	t.line("  nothing was written; " + p.Guard.Hint)
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
