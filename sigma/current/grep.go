package current

import (
	"fmt"
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// maxCommand is the longest command line, in bytes: Linux takes no argument
// of 128 KiB.
const maxCommand = 100_000

// grep writes a command line for GNU grep with Perl's regular expressions.
// Every question is an assertion at the beginning of the line, so that "and",
// "or" and "not" can be said. The locale is C, in which grep reads bytes: it
// passes over no line for the sake of its encoding, and -i means the letters
// of ASCII; other letters are written out in both cases, and what stands for
// one character is written as the bytes of UTF-8.
func grep(in Input, r *report) Output {
	g := grepper{report: r, lines: textLine{r}}
	if in.Options.JSONLines {
		g.lines = jsonLine{r}
	} else {
		g.warn(in.Tree.Root)
	}
	var b strings.Builder
	b.Grow(usualSize)
	b.WriteString(g.lines.before())
	g.assert(&b, in.Tree.Root)
	pattern := b.String()
	text := "LC_ALL=C grep -a -P -i " + shellQuoted(pattern)
	switch size, deep := compiledSize(pattern); {
	case len(text) > maxCommand || size > maxCompiled:
		r.add(r.at, tooLong)
	case deep > maxDeep:
		r.add(r.at, tooDeep)
	}
	return Output{Text: text}
}

// lines is how the lines are written that grep reads.
type lines interface {
	// before is what stands before the assertions: the beginning of the line.
	before() string
	// find finds what a question asks for, from the beginning of a line.
	find(b *strings.Builder, m *query.Match)
	// kind is what questions have in common that findOne can find together. It
	// is not ok for those that have to be found by themselves.
	kind(m *query.Match) (kind, bool)
	// findOne finds what one of several questions of a kind asks for.
	findOne(b *strings.Builder, k kind, values []sigma.String)
}

type grepper struct {
	*report
	lines lines
}

// assert is an expression that takes up no room.
func (g grepper) assert(b *strings.Builder, n query.Node) {
	switch n := n.(type) {
	case *query.And:
		for _, kid := range n.Kids {
			g.assert(b, kid)
		}
		return
	case *query.Or:
		b.WriteString("(?:")
		g.oneOf(b, n.Kids)
	case *query.Not:
		b.WriteString("(?!")
		if m, ok := n.Kid.(*query.Match); ok && !absent(m.Value) {
			g.lines.find(b, m)
		} else {
			g.assert(b, n.Kid)
		}
	case *query.Match:
		if absent(n.Value) {
			b.WriteString("(?!")
		} else {
			b.WriteString("(?=")
		}
		g.lines.find(b, n)
	default:
		panic("current: unknown node")
	}
	b.WriteByte(')')
}

// absent reports whether the value asks for a missing field; find then finds
// the field.
func absent(v sigma.Value) bool {
	switch v := v.(type) {
	case sigma.Null:
		return true
	case sigma.Exists:
		return !bool(v)
	default:
		return false
	}
}

// warn says that fields do not count, and that this is worse under "not".
func (g grepper) warn(n query.Node) {
	var walk func(query.Node, bool)
	fields, negated := false, false
	walk = func(n query.Node, below bool) {
		switch n := n.(type) {
		case *query.And:
			for _, kid := range n.Kids {
				walk(kid, below)
			}
		case *query.Or:
			for _, kid := range n.Kids {
				walk(kid, below)
			}
		case *query.Not:
			walk(n.Kid, true)
		case *query.Match:
			fields = fields || n.Field != ""
			negated = negated || n.Field != "" && below
		}
	}
	walk(n, false)
	switch {
	case negated:
		g.add(g.at, negatedAnywhere)
	case fields:
		g.add(g.at, fieldsIgnored)
	}
}

// shellQuoted puts a text into single quotes for a POSIX shell.
func shellQuoted(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// textLine is a line of text in which the values stand somewhere.
type textLine struct{ *report }

func (textLine) before() string { return "^" }

func (l textLine) find(b *strings.Builder, m *query.Match) {
	v, ok := m.Value.(sigma.String)
	if !ok {
		b.WriteString(l.other(m))
		return
	}
	if v.Has(sigma.Placeholder) {
		l.add(m.Span, placeholder)
	}
	if textHas(v, lineFeed) {
		l.add(m.Span, lineBreak)
	}
	writeCased(b, v.Cased, func() { l.anywhere(b, bare(v)) })
}

// other finds what is no text.
func (l textLine) other(m *query.Match) string {
	switch v := m.Value.(type) {
	case sigma.Number:
		return ".*(?<![0-9])" + escaped(v.Text) + "(?![0-9])"
	case sigma.Bool:
		return ".*" + boolText(v)
	case sigma.Regex:
		if tree, ok := l.parse(m, v); ok {
			return regexWriter{report: l.report, code: lineCode{}, at: m.Span}.find(shortest(tree, true, true), false)
		}
	case sigma.CIDR:
		return `.*(?<![0-9])(?<![0-9]\.)` + l.network(m, v) + `(?![0-9]|\.[0-9])`
	case sigma.Null, sigma.Exists:
		l.add(m.Span, exists)
	default:
		l.unsayable(m)
	}
	return ""
}

// anywhere is an expression for a text from the beginning of the line on. One
// without stars may stand at any place; of one with them the first place of
// the first part is the best.
func (textLine) anywhere(b *strings.Builder, v sigma.String) {
	if v.Has(sigma.Any) {
		v = fromAnywhere(v)
	} else {
		b.WriteString(".*")
	}
	writePattern(b, lineCode{}, v, "")
}

// fromAnywhere is a text with a star before it.
func fromAnywhere(s sigma.String) sigma.String {
	s.Parts = append([]sigma.Part{{Kind: sigma.Any}}, s.Parts...)
	return s
}

func (r *report) unsayable(m *query.Match) {
	switch m.Value.(type) {
	case sigma.Compare:
		r.add(m.Span, compare)
	case sigma.FieldRef:
		r.add(m.Span, fieldRef)
	case sigma.TimePart:
		r.add(m.Span, timePart)
	default:
		r.add(m.Span, unknownValue)
	}
}

// casing wraps an expression whose letters have to have that very case.
func casing(cased bool, expression string) string {
	if !cased {
		return expression
	}
	return "(?-i:" + expression + ")"
}

// writeCased is casing for an expression that is written where it belongs.
func writeCased(b *strings.Builder, cased bool, expression func()) {
	if cased {
		b.WriteString("(?-i:")
	}
	expression()
	if cased {
		b.WriteByte(')')
	}
}

// network is an expression for the addresses of a network.
func (r *report) network(m *query.Match, v sigma.CIDR) string {
	parts, ok := octetsOf(v.Network)
	if !ok {
		r.add(m.Span, network)
		return ""
	}
	var texts []string
	for _, o := range parts {
		texts = append(texts, numbers(o))
	}
	return strings.Join(texts, `\.`)
}

// numbers is an expression for the numbers of a range.
func numbers(o octets) string {
	switch {
	case o.low == o.high:
		return fmt.Sprint(o.low)
	case o.low == 0 && o.high == 255:
		return "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
	}
	var list []string
	for n := o.low; n <= o.high; n++ {
		list = append(list, fmt.Sprint(n))
	}
	return "(?:" + strings.Join(list, "|") + ")"
}

// escaped writes a text of ASCII so that each character stands for itself.
func escaped(s string) string { return patternOf(lineCode{}, sigma.PlainString(s), "") }
