package pipeline

import (
	"errors"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// Where a pattern has to match.
const (
	anchored = true
	anywhere = false
)

// never matches nothing. It stands for an expression that is wrong.
const never = `$^`

// needPattern returns a regular expression that must be there, and one that
// never matches where it is wrong.
func (p *params) needPattern(key string, anchor bool) *regexp.Regexp {
	n, ok := p.need(key)
	if !ok {
		return regexp.MustCompile(never)
	}
	s, ok := p.scalar(n, key)
	if !ok {
		return regexp.MustCompile(never)
	}
	return p.r.pattern(n, s, anchor)
}

// pattern compiles an expression in Python's dialect, anchored at its start
// where pySigma uses re.match.
func (r *reader) pattern(n *yaml.Node, text string, anchor bool) *regexp.Regexp {
	translated, err := fromPython(text)
	if err == nil && anchor {
		translated = `\A(?:` + translated + `)`
	}
	var re *regexp.Regexp
	if err == nil {
		re, err = regexp.Compile(translated)
	}
	if err != nil {
		r.errorf(r.span(n), "pipeline/invalid-regex", regexHint(text), "the regular expression %q cannot be used: %s", text, regexFault(err))
		return regexp.MustCompile(never)
	}
	return re
}

func regexFault(err error) string {
	return strings.TrimPrefix(err.Error(), "error parsing regexp: ")
}

func regexHint(text string) string {
	for _, mark := range []string{"(?=", "(?!", "(?<=", "(?<!"} {
		if strings.Contains(text, mark) {
			return "write it without look-around"
		}
	}
	return ""
}

var errClass = errors.New(`\W and \S cannot stand in a character class here, nor can [`)

// fromPython says in RE2's words what Python's re means: classes know all of
// Unicode, \Z is the end, {,n} starts at none, and $ also matches before a
// line break at the end.
func fromPython(text string) (string, error) {
	var b strings.Builder
	inClass := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && i+1 < len(text):
			i++
			s, err := pythonEscape(text[i], inClass)
			if err != nil {
				return "", err
			}
			b.WriteString(s)
			continue
		case inClass && c == '[' && i+1 < len(text) && text[i+1] == ':':
			return "", errClass
		case inClass && c == ']':
			inClass = false
		case !inClass && c == '[':
			inClass = true
			n := classStart(text[i:])
			b.WriteString(text[i : i+n])
			i += n - 1
			continue
		case !inClass && c == '$' && !strings.Contains(text, "(?m"):
			b.WriteString(`(?:\n?\z)`)
			continue
		case !inClass && strings.HasPrefix(text[i:], "{,"):
			b.WriteString("{0,")
			i++
			continue
		}
		b.WriteByte(c)
	}
	return b.String(), nil
}

// classStart says how long the start of a class is: [, [^, and a ] that is
// meant itself because it comes first.
func classStart(s string) int {
	n := 1
	if strings.HasPrefix(s[n:], "^") {
		n++
	}
	if strings.HasPrefix(s[n:], "]") {
		n++
	}
	return n
}

func pythonEscape(c byte, inClass bool) (string, error) {
	const word, space = `\p{L}\p{N}_`, `\s\v\p{Z}\x1c-\x1f\x{85}`
	wrap := func(set string) string {
		if inClass {
			return set
		}
		return "[" + set + "]"
	}
	switch c {
	case 'd':
		return `\p{Nd}`, nil
	case 'D':
		return `\P{Nd}`, nil
	case 'w':
		return wrap(word), nil
	case 's':
		return wrap(space), nil
	case 'W', 'S':
		if inClass {
			return "", errClass
		}
		return map[byte]string{'W': "[^" + word + "]", 'S': "[^" + space + "]"}[c], nil
	case 'Z':
		return `\z`, nil
	default:
		return string([]byte{'\\', c}), nil
	}
}
