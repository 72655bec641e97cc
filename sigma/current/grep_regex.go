package current

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// maxWide is how many characters beyond ASCII a class may name one by one.
const maxWide = 300

// parse reads a rule's regular expression, to be written anew: what cannot be
// read is not handed on, so that no parenthesis of a rule closes one of ours.
func (r *report) parse(m *query.Match, v sigma.Regex) (*syntax.Regexp, bool) {
	tree, err := query.ParseRegex(v)
	if err == nil {
		return tree, true
	}
	f := regexSyntax
	f.message += ": " + err.Error()
	if v.Expand && hole.MatchString(v.Pattern) {
		f = placeholder
	}
	r.add(m.Span, f)
	return nil, false
}

// regexWriter writes a syntax tree as an expression for the bytes of a line.
type regexWriter struct {
	*report
	code code
	at   diag.Span
	// end tells the end of the value, in JSON; in plain text it is empty, and
	// word boundaries are known.
	end string
}

func (w regexWriter) node(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpNoMatch:
		return "(?!)"
	case syntax.OpEmptyMatch:
		return "(?:)"
	case syntax.OpLiteral:
		return w.literal(re)
	case syntax.OpCharClass:
		return w.class(re.Rune)
	case syntax.OpAnyCharNotNL:
		return w.class([]rune{0, '\n' - 1, '\n' + 1, 0x10ffff})
	case syntax.OpAnyChar:
		return w.code.any()
	case syntax.OpCapture:
		return "(?:" + w.node(re.Sub[0]) + ")"
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		return w.repeat(re)
	case syntax.OpConcat:
		return w.each(re.Sub, "")
	case syntax.OpAlternate:
		return "(?:" + w.each(re.Sub, "|") + ")"
	default:
		return w.position(re.Op)
	}
}

func (w regexWriter) each(subs []*syntax.Regexp, between string) string {
	texts := make([]string, len(subs))
	for i, sub := range subs {
		texts[i] = w.node(sub)
	}
	return strings.Join(texts, between)
}

// position is an assertion. In plain text only word boundaries are known, in a
// string of JSON only its end.
func (w regexWriter) position(op syntax.Op) string {
	switch {
	case op == syntax.OpEndText && w.end != "":
		return w.end
	case op == syntax.OpWordBoundary && w.end == "":
		return `\b`
	case op == syntax.OpNoWordBoundary && w.end == "":
		return `\B`
	case w.end != "":
		w.add(w.at, wordBoundary)
	default:
		w.add(w.at, anchor)
	}
	return ""
}

func (w regexWriter) repeat(re *syntax.Regexp) string {
	text := "(?:" + w.node(re.Sub[0]) + ")"
	switch re.Op {
	case syntax.OpStar:
		text += "*"
	case syntax.OpPlus:
		text += "+"
	case syntax.OpQuest:
		text += "?"
	default:
		text += fmt.Sprintf("{%d,", re.Min)
		if re.Max >= 0 {
			text += fmt.Sprint(re.Max)
		}
		text += "}"
	}
	if re.Flags&syntax.NonGreedy != 0 {
		text += "?"
	}
	return text
}

func (w regexWriter) literal(re *syntax.Regexp) string {
	var b strings.Builder
	for _, r := range re.Rune {
		if re.Flags&syntax.FoldCase == 0 {
			b.WriteString(w.code.char(r))
			continue
		}
		forms := orbit(r)
		if r < utf8.RuneSelf {
			forms = slices.DeleteFunc(forms, func(f rune) bool { return f >= utf8.RuneSelf })
		}
		b.WriteString(oneOf(w.code, forms))
	}
	return b.String()
}

// class writes the characters of some ranges: those of ASCII one by one or as
// what the code has for them, the others by name, or all of them at once.
func (w regexWriter) class(ranges []rune) string {
	var ascii, beyond []rune
	all := false
	for i := 0; i+1 < len(ranges); i += 2 {
		low, high := ranges[i], ranges[i+1]
		all = all || low <= utf8.RuneSelf && high == 0x10ffff
		for r := low; r <= min(high, utf8.RuneSelf-1); r++ {
			ascii = append(ascii, r)
		}
		for r := max(low, utf8.RuneSelf); r <= high && len(beyond) <= maxWide; r++ {
			beyond = append(beyond, r)
		}
	}
	texts := []string{}
	if len(ascii) > 0 {
		texts = append(texts, w.ascii(ascii))
	}
	switch {
	case all:
		texts = append(texts, w.code.beyond())
	case len(beyond) > maxWide:
		w.add(w.at, regexCharacter)
	case len(beyond) > 0:
		texts = append(texts, oneOf(w.code, beyond))
	}
	switch len(texts) {
	case 0:
		return "(?!)"
	case 1:
		return texts[0]
	}
	return "(?:" + strings.Join(texts, "|") + ")"
}

// ascii writes characters of ASCII: as ranges of bytes where they stand for
// themselves.
func (w regexWriter) ascii(list []rune) string {
	var plain []rune
	var texts []string
	for _, r := range list {
		text := w.code.char(r)
		if text == asBytes(r) {
			plain = append(plain, r)
		} else if text != "(?!)" {
			texts = append(texts, text)
		}
	}
	if len(plain) > 0 {
		texts = append([]string{byteSet(plain)}, texts...)
	}
	switch len(texts) {
	case 0:
		return "(?!)"
	case 1:
		return texts[0]
	}
	return "(?:" + strings.Join(texts, "|") + ")"
}

// byteSet is a class of bytes, in order, neighbours as ranges.
func byteSet(list []rune) string {
	var b strings.Builder
	b.WriteByte('[')
	for i := 0; i < len(list); {
		end := i
		for end+1 < len(list) && list[end+1] == list[end]+1 {
			end++
		}
		b.WriteString(inSet(list[i]))
		if end > i {
			if end > i+1 {
				b.WriteByte('-')
			}
			b.WriteString(inSet(list[end]))
		}
		i = end + 1
	}
	b.WriteByte(']')
	return b.String()
}

func inSet(r rune) string {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return string(r)
	}
	return fmt.Sprintf(`\x%02x`, r)
}
