package query

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
)

// ParseRegex reads a rule's regular expression into a syntax tree of Go's. It
// keeps PCRE's meaning, which is Sigma's: \s has the vertical tab, $ without
// the modifier m also stands before a line break that ends the value, {,n} is
// {0,n}; \d, \w and \b know the letters of ASCII only, and with the modifier i
// these stay in ASCII, as in texts: k is not the Kelvin sign, of which a
// lower-casing index makes a k, and s is not the long s. The expression is to
// be searched in the value, not to match the whole of it.
//
// What Go cannot say (look-around, back references, possessive quantifiers,
// atomic groups, comments) is an error: its text is lower case and names the
// part. So is a placeholder that was not filled in.
func ParseRegex(r sigma.Regex) (*syntax.Regexp, error) {
	if r.Expand {
		if name, found := hole(r.Pattern); found {
			return nil, fmt.Errorf("the placeholder %s was not filled in", name)
		}
	}
	flags := syntax.Perl
	if r.IgnoreCase {
		flags |= syntax.FoldCase
	}
	if r.MultiLine {
		flags &^= syntax.OneLine
	}
	if r.DotAll {
		flags |= syntax.DotNL
	}
	p := pcre{in: r.Pattern}
	p.rewrite()
	tree, err := syntax.Parse(p.out.String(), flags)
	if err != nil {
		return nil, fmt.Errorf("parse regular expression: %w", err)
	}
	return narrowed(dollars(tree)), nil
}

// hole finds a placeholder: %name%.
func hole(pattern string) (string, bool) {
	_, rest, found := strings.Cut(pattern, "%")
	name, _, closed := strings.Cut(rest, "%")
	return "%" + name + "%", found && closed && name != ""
}

// dollars gives each $ its meaning in PCRE: the end, or before a line break
// that is the end.
func dollars(re *syntax.Regexp) *syntax.Regexp {
	if re.Op == syntax.OpEndText && re.Flags&syntax.WasDollar != 0 {
		end := &syntax.Regexp{Op: syntax.OpEndText, Flags: re.Flags &^ syntax.WasDollar}
		line := &syntax.Regexp{Op: syntax.OpLiteral, Rune: []rune{'\n'}}
		return &syntax.Regexp{Op: syntax.OpConcat, Sub: []*syntax.Regexp{{Op: syntax.OpQuest, Sub: []*syntax.Regexp{line}}, end}}
	}
	for i, sub := range re.Sub {
		re.Sub[i] = dollars(sub)
	}
	return re
}

// narrowed takes the characters beyond ASCII out of what k and s stand for
// without regard to case.
func narrowed(re *syntax.Regexp) *syntax.Regexp {
	switch {
	case re.Op == syntax.OpLiteral && re.Flags&syntax.FoldCase != 0:
		return narrowedText(re)
	case re.Op == syntax.OpCharClass:
		re.Rune = without(without(re.Rune, 'k', kelvin), 's', longS)
	}
	for i, sub := range re.Sub {
		re.Sub[i] = narrowed(sub)
	}
	return re
}

const (
	kelvin = '\u212a'
	longS  = '\u017f'
)

func narrowedText(re *syntax.Regexp) *syntax.Regexp {
	var parts []*syntax.Regexp
	rest := re.Rune
	for i := 0; i < len(rest); i++ {
		var class []rune
		switch rest[i] {
		case 'K', 'k', kelvin:
			class = []rune{'K', 'K', 'k', 'k'}
		case 'S', 's', longS:
			class = []rune{'S', 'S', 's', 's'}
		default:
			continue
		}
		if i > 0 {
			parts = append(parts, &syntax.Regexp{Op: syntax.OpLiteral, Flags: re.Flags, Rune: rest[:i]})
		}
		parts = append(parts, &syntax.Regexp{Op: syntax.OpCharClass, Rune: class})
		rest, i = rest[i+1:], -1
	}
	if len(parts) == 0 {
		return re
	}
	if len(rest) > 0 {
		parts = append(parts, &syntax.Regexp{Op: syntax.OpLiteral, Flags: re.Flags, Rune: rest})
	}
	return &syntax.Regexp{Op: syntax.OpConcat, Sub: parts}
}

// without takes a character out of a class where it stands alone beside a
// letter in both cases: then it is there for the sake of that letter.
func without(class []rune, letter, r rune) []rune {
	if !contains(class, letter) || !contains(class, letter&^0x20) {
		return class
	}
	for i := 0; i < len(class); i += 2 {
		if class[i] == r && class[i+1] == r {
			return slices.Concat(class[:i], class[i+2:])
		}
	}
	return class
}

func contains(class []rune, r rune) bool {
	for i := 0; i < len(class); i += 2 {
		if class[i] <= r && r <= class[i+1] {
			return true
		}
	}
	return false
}

// pcre rewrites what Go reads otherwise than PCRE.
type pcre struct {
	in    string
	at    int
	class bool // within [ ]
	out   strings.Builder
}

func (p *pcre) rewrite() {
	for p.at < len(p.in) {
		switch rest := p.in[p.at:]; {
		case rest[0] == '\\':
			p.escape(rest)
		case p.class && strings.HasPrefix(rest, "[:"):
			p.through(rest, ":]")
		case p.class && rest[0] == ']':
			p.class = false
			p.copy(1)
		case !p.class && rest[0] == '[':
			p.open(rest)
		case !p.class && openCount(rest):
			p.put("{0,", 2)
		default:
			p.copy(1)
		}
	}
}

// open begins a class; a bracket that closes it at once is one of its members.
func (p *pcre) open(rest string) {
	p.class = true
	n := 1
	if strings.HasPrefix(rest[n:], "^") {
		n++
	}
	if strings.HasPrefix(rest[n:], "]") {
		n++
	}
	p.copy(n)
}

func (p *pcre) escape(rest string) {
	switch {
	case len(rest) < 2:
		p.copy(1)
	case rest[1] == 's' && p.class:
		p.put(` \t-\r`, 2)
	case rest[1] == 's':
		p.put(`[ \t-\r]`, 2)
	case rest[1] == 'S' && p.class:
		p.put(`\x00-\x08\x0e-\x1f!-\x{10ffff}`, 2)
	case rest[1] == 'S':
		p.put(`[^ \t-\r]`, 2)
	case rest[1] == 'Q' && !p.class:
		p.through(rest, `\E`)
	default:
		p.copy(2)
	}
}

// through copies up to and with the text end, or all where it is missing.
func (p *pcre) through(rest, end string) {
	if i := strings.Index(rest[2:], end); i >= 0 {
		p.copy(2 + i + len(end))
		return
	}
	p.copy(len(rest))
}

func (p *pcre) copy(n int) { p.put(p.in[p.at:p.at+n], n) }

func (p *pcre) put(text string, n int) {
	p.out.WriteString(text)
	p.at += n
}

// openCount reports whether the text begins with {,n}.
func openCount(s string) bool {
	digits, found := strings.CutPrefix(s, "{,")
	if !found {
		return false
	}
	count, _, closed := strings.Cut(digits, "}")
	return closed && count != "" && strings.Trim(count, "0123456789") == ""
}
