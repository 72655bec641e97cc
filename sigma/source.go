package sigma

import (
	"bytes"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
)

// Source maps offsets in the value of a YAML scalar back to the file, through
// quoting, escapes and folding.
type Source struct {
	// Span is the scalar's place in the file, quotes included.
	Span diag.Span

	value string
	style style
	// pieces are there where a text was put together out of several scalars,
	// in order. Nothing else but Span is then.
	pieces []piece
}

// piece is a scalar's value inside a longer text, from start to end. It may
// have no source.
type piece struct {
	start, end int
	source     *Source
}

// Sub returns the place of the bytes from start to end of the scalar's value.
// Where the value cannot be followed through the file, and where the bytes
// are not in the value, it is the place of the whole scalar.
func (s *Source) Sub(start, end int) diag.Span {
	for _, p := range s.pieces {
		if p.start <= start && end <= p.end && p.source != nil {
			return p.source.Sub(start-p.start, end-p.start)
		}
	}
	if !s.verbatim() {
		return s.follow().sub(start, end)
	}
	if start < 0 || start > end || end > len(s.value) {
		return s.Span
	}
	at := s.Span.Start + s.style.quotes()
	return s.Span.File.Span(at+start, at+end)
}

// verbatim reports whether the value stands in the file as it is.
func (s *Source) verbatim() bool {
	if !s.Span.IsValid() || len(s.pieces) > 0 || !s.style.flow() {
		return false
	}
	text := s.Span.File.Text[s.Span.Start:s.Span.End]
	return bytes.HasPrefix(text[min(s.style.quotes(), len(text)):], []byte(s.value))
}

// follow reads the scalar's text once, for many places in it.
func (s *Source) follow() *followed {
	f := &followed{source: s}
	if !s.Span.IsValid() || len(s.pieces) > 0 {
		return f
	}
	if s.verbatim() {
		quotes := s.style.quotes()
		f.steps, f.ok = []step{{0, len(s.value), quotes, quotes + len(s.value)}}, true
		return f
	}
	text := s.Span.File.Text[s.Span.Start:s.Span.End]
	t := trace{text: text, value: s.value, style: s.style}
	f.ok = t.run()
	f.steps = t.steps
	return f
}

// followed is a source with the places of its value's bytes.
type followed struct {
	source *Source
	steps  []step
	ok     bool
}

func (f *followed) sub(start, end int) diag.Span {
	whole := f.source.Span
	if !f.ok || start < 0 || start > end || end > len(f.source.value) {
		return whole
	}
	from := f.begin(start)
	to := from
	if end > start {
		to = f.finish(end)
	}
	return whole.File.Span(whole.Start+from, whole.Start+to)
}

// begin returns where byte i of the value begins in the text, or where the
// value ends.
func (f *followed) begin(i int) int {
	at := sort.Search(len(f.steps), func(n int) bool { return i < f.steps[n].value+f.steps[n].length })
	switch {
	case at < len(f.steps):
		return f.steps[at].inside(i, f.steps[at].from)
	case at > 0:
		return f.steps[at-1].to
	}
	return f.source.style.quotes()
}

// finish returns where the text of the value's bytes before i ends.
func (f *followed) finish(i int) int {
	at := sort.Search(len(f.steps), func(n int) bool { return i <= f.steps[n].value+f.steps[n].length })
	return f.steps[at].inside(i, f.steps[at].to)
}

// inside returns the place of byte i in a step that agrees byte by byte, and
// otherwise the one given.
func (s step) inside(i, otherwise int) int {
	if s.length == s.to-s.from {
		return s.from + i - s.value
	}
	return otherwise
}

// style is how a scalar is written.
type style uint8

const (
	stylePlain style = iota
	styleSingle
	styleDouble
	styleLiteral
	styleFolded
)

func styleOf(n *yaml.Node) style {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return styleDouble
	case n.Style&yaml.SingleQuotedStyle != 0:
		return styleSingle
	case n.Style&yaml.LiteralStyle != 0:
		return styleLiteral
	case n.Style&yaml.FoldedStyle != 0:
		return styleFolded
	}
	return stylePlain
}

// quotes is the number of bytes before a scalar's value on the same line.
func (s style) quotes() int {
	switch s {
	case styleSingle, styleDouble:
		return 1
	default:
		return 0
	}
}

// scalarEnd returns where a scalar ends whose text begins at start.
func scalarEnd(text []byte, start int, n *yaml.Node) int {
	switch s := styleOf(n); s {
	case styleSingle, styleDouble:
		return quotedEnd(text, start)
	case stylePlain:
		if bytes.HasPrefix(text[start:], []byte(n.Value)) {
			return start + len(n.Value)
		}
		return tracedEnd(text, start, n.Value, s)
	default:
		return tracedEnd(text, start, n.Value, s)
	}
}

func quotedEnd(text []byte, start int) int {
	if start >= len(text) {
		return start
	}
	quote := text[start]
	for i := start + 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] != quote:
		case quote == '\'' && i+1 < len(text) && text[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return len(text)
}

func tracedEnd(text []byte, start int, value string, s style) int {
	t := trace{text: text[start:], value: value, style: s}
	if t.run() {
		return start + t.lastText()
	}
	// Not understood: the scalar's first line has to do.
	if i := bytes.IndexAny(text[start:], "\r\n"); i >= 0 {
		return start + i
	}
	return len(text)
}

// trace follows a scalar's text along its value, which is known: that leaves
// no question where folding and indentation end. It gives up where the two do
// not agree.
type trace struct {
	text  []byte
	value string
	style style

	// at is how far the text was read, done how far the value was.
	at, done int
	// steps are the places of the value's bytes, in order.
	steps []step
	// indent is how much every line of a block scalar is indented.
	indent int
}

// step says that a piece of the value, of that many bytes, comes from a piece
// of the text. Pieces of one length agree byte by byte.
type step struct{ value, length, from, to int }

func (t *trace) run() bool {
	if t.style.flow() {
		t.at = t.style.quotes()
		return t.follow()
	}
	body := t.header()
	if t.value == "" {
		return true
	}
	// Only an indentation that the header gives, and that is not known here,
	// leaves more than one to try.
	for _, t.indent = range t.indents(body) {
		t.at, t.done, t.steps = body, 0, t.steps[:0]
		t.skipIndent()
		if t.follow() {
			return true
		}
	}
	return false
}

func (t *trace) follow() bool {
	for t.done < len(t.value) {
		if !t.next() {
			return false
		}
	}
	return true
}

// lastText returns where the last piece ends that is more than line breaks.
func (t *trace) lastText() int {
	for _, s := range slices.Backward(t.steps) {
		if strings.Trim(t.value[s.value:s.value+s.length], "\n") != "" {
			return s.to
		}
	}
	return t.at
}

// next takes one piece.
func (t *trace) next() bool {
	rest := t.text[min(t.at, len(t.text)):]
	if len(rest) == 0 {
		return t.finalBreak()
	}
	switch {
	case t.style == styleDouble && rest[0] == '\\':
		return t.escape(rest)
	case t.style == styleSingle && bytes.HasPrefix(rest, []byte("''")):
		return t.take("'", 2)
	}
	if size, _ := lineBreak(rest); size > 0 || t.style.flow() && blankBeforeBreak(rest) {
		if t.style.flow() {
			return t.fold()
		}
		return t.blockBreak()
	}
	return t.same(rest)
}

// flow reports whether lines are folded as in plain and quoted scalars.
func (s style) flow() bool { return s <= styleDouble }

func blankBeforeBreak(text []byte) bool {
	rest := bytes.TrimLeft(text, " \t")
	size, _ := lineBreak(rest)
	return size > 0
}

// take notes that value comes from the next size bytes of the text.
func (t *trace) take(value string, size int) bool {
	if !strings.HasPrefix(t.value[t.done:], value) || t.at+size > len(t.text) {
		return false
	}
	t.steps = append(t.steps, step{t.done, len(value), t.at, t.at + size})
	t.done += len(value)
	t.at += size
	return true
}

// same takes the bytes that stand in the value as they are written.
func (t *trace) same(rest []byte) bool {
	n := 0
	for n < len(rest) && t.done+n < len(t.value) && rest[n] == t.value[t.done+n] && !t.special(rest, n) {
		n++
	}
	return n > 0 && t.take(t.value[t.done:t.done+n], n)
}

// special reports whether something other than plain text begins there. The
// first byte was looked at already.
func (t *trace) special(rest []byte, n int) bool {
	if n == 0 {
		return false
	}
	switch c := rest[n]; c {
	case '\n', '\r', 0xC2, 0xE2:
		size, _ := lineBreak(rest[n:])
		return size > 0
	case ' ', '\t':
		return t.style.flow() && blankBeforeBreak(rest[n:])
	case '\\':
		return t.style == styleDouble
	case '\'':
		return t.style == styleSingle
	}
	return false
}

// fold takes a run of line breaks in a plain or quoted scalar: one becomes a
// blank, more become one line break fewer. Line separators stay.
func (t *trace) fold() bool {
	from := t.at
	var breaks []string
	for {
		t.at += len(t.text[t.at:]) - len(bytes.TrimLeft(t.text[t.at:], " \t"))
		size, value := lineBreak(t.text[t.at:])
		if size == 0 {
			break
		}
		t.at += size
		breaks = append(breaks, value)
	}
	if breaks[0] == "\n" {
		breaks = breaks[1:]
		if len(breaks) == 0 {
			breaks = []string{" "}
		}
	}
	to := t.at
	t.at = from
	return t.take(strings.Join(breaks, ""), to-from)
}

func (t *trace) escape(rest []byte) bool {
	if len(rest) < 2 {
		return false
	}
	if size, _ := lineBreak(rest[1:]); size > 0 {
		// A line that is continued: nothing of this is in the value, and
		// further breaks are line breaks.
		t.at += 1 + size
		t.at += len(t.text[t.at:]) - len(bytes.TrimLeft(t.text[t.at:], " \t"))
		return t.continued()
	}
	size := 2
	switch rest[1] {
	case 'x':
		size = 4
	case 'u':
		size = 6
	case 'U':
		size = 10
	}
	_, length := utf8.DecodeRuneInString(t.value[t.done:])
	return t.take(t.value[t.done:t.done+length], size)
}

// continued takes the empty lines after a continued one: each is a line break.
func (t *trace) continued() bool {
	for t.done < len(t.value) {
		size, value := lineBreak(t.text[t.at:])
		if size == 0 {
			return true
		}
		blanks := len(t.text[t.at+size:]) - len(bytes.TrimLeft(t.text[t.at+size:], " \t"))
		if !t.take(value, size+blanks) {
			return false
		}
	}
	return true
}

// header returns where the lines of a block scalar begin, behind its indicator
// line. Until then the whole scalar is the indicator line.
func (t *trace) header() int {
	t.at = bytes.IndexAny(t.text, "\r\n")
	if t.at < 0 {
		t.at = len(t.text)
	}
	size, _ := lineBreak(t.text[t.at:])
	return t.at + size
}

// indents returns how far the lines of a block scalar may be indented: as far
// as the first one that is not blank, less the blanks of its value.
func (t *trace) indents(body int) []int {
	value := strings.TrimLeft(t.value, "\n")
	for rest := t.text[body:]; len(rest) > 0; {
		blanks := len(rest) - len(bytes.TrimLeft(rest, " "))
		size, _ := lineBreak(rest[blanks:])
		if size > 0 {
			rest = rest[blanks+size:]
			continue
		}
		out := []int{max(0, blanks-(len(value)-len(strings.TrimLeft(value, " "))))}
		if bytes.ContainsAny(t.text[:t.at], "123456789") {
			for i := range min(blanks+1, maxIndent) {
				out = append(out, i)
			}
		}
		return out
	}
	return []int{0}
}

// maxIndent is the deepest indentation that is tried.
const maxIndent = 100

func (t *trace) skipIndent() {
	for i := 0; i < t.indent && t.at < len(t.text) && t.text[t.at] == ' '; i++ {
		t.at++
	}
}

// blockBreak takes a run of line breaks in a block scalar.
func (t *trace) blockBreak() bool {
	if t.style == styleLiteral || t.value[t.done] != ' ' {
		return t.keptBreaks()
	}
	size, _ := lineBreak(t.text[t.at:])
	from := t.at
	t.at += size
	t.skipIndent()
	to := t.at
	t.at = from
	return t.take(" ", to-from)
}

// keptBreaks takes breaks that stay line breaks. In a folded scalar a run of
// breaks may stand for one fewer.
func (t *trace) keptBreaks() bool {
	for t.done < len(t.value) {
		size, value := lineBreak(t.text[t.at:])
		if size == 0 && t.at == len(t.text) {
			return t.finalBreak()
		}
		if size == 0 || !strings.HasPrefix(t.value[t.done:], value) {
			break
		}
		from := t.at
		t.at += size
		t.skipIndent()
		to := t.at
		t.at = from
		if !t.take(value, to-from) {
			return false
		}
	}
	return t.spareBreak()
}

// spareBreak passes over the break that folding swallowed.
func (t *trace) spareBreak() bool {
	size, _ := lineBreak(t.text[t.at:])
	if size == 0 || t.done == len(t.value) {
		return true
	}
	if t.style != styleFolded {
		return false
	}
	t.at += size
	t.skipIndent()
	return true
}

// finalBreak takes the line breaks at the end of a block scalar's value, which
// are not part of its place.
func (t *trace) finalBreak() bool {
	rest := t.value[t.done:]
	if strings.Trim(rest, "\n") != "" || t.style.flow() {
		return false
	}
	return t.take(rest, 0)
}
