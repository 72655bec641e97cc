package pipeline

import (
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/sigma"
)

// replaceString replaces what a regular expression matches in texts and
// numbers. It works on the plain form; what is not matched keeps its parts, so
// that a wildcard after a backslash stays one (pySigma loses it there).
type replaceString struct {
	pattern     *regexp.Regexp
	replacement replacement
	skip        bool
	interpret   bool
}

func readReplaceString(p *params) transformation {
	t := replaceString{pattern: p.needPattern("regex", anywhere), skip: p.flag("skip_special"), interpret: p.flag("interpret_special")}
	if n, ok := p.need("replacement"); ok {
		if s, ok := p.scalar(n, "replacement"); ok {
			t.replacement = p.replacement(n, s, t.pattern)
		}
	}
	return t
}

func (t replaceString) apply(x *run) {
	x.eachValue(func(_ *sigma.Item, v sigma.Located) ([]sigma.Value, bool) {
		s, ok := v.Value.(sigma.String)
		if n, number := v.Value.(sigma.Number); number {
			s, ok = sigma.PlainString(n.Text), true
		}
		if !ok {
			return nil, false
		}
		return []sigma.Value{replacing{t, x, v}.replace(s)}, true
	})
}

// replacing is the work on one value.
type replacing struct {
	replaceString
	x *run
	v sigma.Located
}

// piece returns what comes in the place of a match.
func (t replacing) piece(text string, m []int) string {
	if t.x.failed || !t.x.spend(t.v.Span, t.replacement.length(m)) {
		return ""
	}
	return t.replacement.expand(text, m)
}

func (t replacing) replace(s sigma.String) sigma.String {
	if !t.skip {
		return sigma.String{Parts: t.inPlainForm(s), Cased: s.Cased}
	}
	var parts []sigma.Part
	for _, p := range s.Parts {
		switch {
		case p.Kind != sigma.Text:
			parts = appendParts(parts, p)
		case t.interpret:
			parts = appendParts(parts, sigma.ParseString(t.all(p.Text)).Parts...)
		default:
			parts = appendParts(parts, sigma.Part{Text: t.all(p.Text)})
		}
	}
	return sigma.String{Parts: parts, Cased: s.Cased}
}

// all replaces every match in a text.
func (t replacing) all(text string) string {
	var b strings.Builder
	at := 0
	for _, m := range t.pattern.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(text[at:m[0]])
		b.WriteString(t.piece(text, m))
		at = m[1]
	}
	return b.String() + text[at:]
}

// inPlainForm replaces in the plain form. The replacement is read as a value
// is, with backslashes as they stand unless a wildcard comes after them.
func (t replacing) inPlainForm(s sigma.String) []sigma.Part {
	text := s.Plain()
	var parts []sigma.Part
	at := 0
	for _, m := range t.pattern.FindAllStringSubmatchIndex(text, -1) {
		parts = appendParts(parts, cut(s, at, m[0])...)
		parts = appendParts(parts, sigma.ParseString(doubled(t.piece(text, m))).Parts...)
		at = m[1]
	}
	return appendParts(parts, cut(s, at, len(text))...)
}

// doubled doubles each backslash that no * or ? follows.
func doubled(text string) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteByte(text[i])
		if text[i] == '\\' && (i+1 == len(text) || text[i+1] != '*' && text[i+1] != '?') {
			b.WriteByte('\\')
		}
	}
	return b.String()
}

// cut returns the parts of a string that stand in that range of its plain form.
func cut(s sigma.String, from, to int) []sigma.Part {
	var out []sigma.Part
	at := 0
	for _, p := range s.Parts {
		form := plainPart(p)
		start, end := max(from-at, 0), min(to-at, len(form))
		at += len(form)
		switch {
		case start >= end:
		case p.Kind == sigma.Text:
			out = appendParts(out, sigma.Part{Text: unescaped(form, start, end)})
		case start == 0 && end == len(form):
			out = appendParts(out, p)
		default:
			out = appendParts(out, sigma.Part{Text: form[start:end]})
		}
	}
	return out
}

// unescaped returns a range of an escaped text without the backslashes that
// escape. One whose other half was replaced stays, as does a lone * or ?.
func unescaped(form string, start, end int) string {
	var b strings.Builder
	for i := 0; i < len(form); i++ {
		escape := form[i] == '\\' && i+1 < len(form) && (form[i+1] == '*' || form[i+1] == '?')
		switch {
		case escape && i >= start && i+1 < end:
		case i >= start && i < end:
			b.WriteByte(form[i])
		}
	}
	return b.String()
}

// replacement is a template in the syntax of Python's re.sub.
type replacement []piece

// piece is a text, or a group where group is not negative.
type piece struct {
	text  string
	group int
}

// expand puts the groups of a match into the template.
func (r replacement) expand(text string, m []int) string {
	var b strings.Builder
	for _, p := range r {
		switch {
		case p.group < 0:
			b.WriteString(p.text)
		case m[2*p.group] >= 0:
			b.WriteString(text[m[2*p.group]:m[2*p.group+1]])
		}
	}
	return b.String()
}

// length is that of what expand returns.
func (r replacement) length(m []int) int {
	bytes := 0
	for _, p := range r {
		if p.group < 0 {
			bytes += len(p.text)
		} else {
			bytes += m[2*p.group+1] - m[2*p.group]
		}
	}
	return bytes
}

var groupRef = regexp.MustCompile(`^\\(?:g<([A-Za-z_0-9]+)>|([1-9][0-9]?))`)

// replacement reads \1, \g<1>, \g<name>, \n and the like; other letters after
// a backslash are errors, as in Python.
func (p *params) replacement(n *yaml.Node, text string, re *regexp.Regexp) replacement {
	var out replacement
	for text != "" {
		plain, rest, ok := strings.Cut(text, `\`)
		out = append(out, piece{plain, -1})
		if !ok {
			break
		}
		text = `\` + rest
		if m := groupRef.FindStringSubmatch(text); m != nil {
			out = append(out, piece{group: p.group(n, m[1]+m[2], re)})
			text = text[len(m[0]):]
			continue
		}
		literal, size, ok := escaped(rest)
		if !ok {
			p.r.errorf(p.r.span(n), "pipeline/wrong-value", `write \\ for a backslash`, "the replacement has a backslash before %q", rest[:1])
		}
		out, text = append(out, piece{literal, -1}), rest[size:]
	}
	return out
}

// escaped reads what stands after a backslash.
func escaped(rest string) (literal string, size int, ok bool) {
	if rest == "" {
		return `\`, 0, true
	}
	switch c := rest[0]; {
	case c == '\\':
		return `\`, 1, true
	case strings.IndexByte("abfnrtv", c) >= 0:
		return string("\a\b\f\n\r\t\v"[strings.IndexByte("abfnrtv", c)]), 1, true
	case c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		return "", 1, false
	default:
		return `\`, 0, true
	}
}

// group resolves a reference to a group by number or name.
func (p *params) group(n *yaml.Node, ref string, re *regexp.Regexp) int {
	i, err := strconv.Atoi(ref)
	if err != nil {
		i = re.SubexpIndex(ref)
	}
	if i < 0 || i > re.NumSubexp() {
		p.r.errorf(p.r.span(n), "pipeline/wrong-value", "", "the regular expression has no group %q", ref)
		return 0
	}
	return i
}
