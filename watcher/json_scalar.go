package watcher

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

func (p *jsonParser) number() (any, error) {
	start := p.at
	if p.text[p.at] == '-' {
		p.at++
	}
	switch {
	case p.at < len(p.text) && p.text[p.at] == '0':
		p.at++
		if p.at < len(p.text) && isDigit(p.text[p.at]) {
			return nil, p.fail(Malformed, p.at-1, "Invalid numeric value: Leading zeroes not allowed")
		}
	case !p.digits():
		return nil, p.badNumber("expected digit (0-9) to follow minus sign, for valid numeric value")
	}
	if p.at < len(p.text) && p.text[p.at] == '.' {
		p.at++
		if !p.digits() {
			return nil, p.badNumber("Decimal point not followed by a digit")
		}
	}
	if p.at < len(p.text) && (p.text[p.at] == 'e' || p.text[p.at] == 'E') {
		p.at++
		if p.at < len(p.text) && (p.text[p.at] == '+' || p.text[p.at] == '-') {
			p.at++
		}
		if !p.digits() {
			return nil, p.badNumber("Exponent indicator not followed by a digit")
		}
	}
	if p.at < len(p.text) && (isWord(p.text[p.at]) || p.text[p.at] >= utf8.RuneSelf) {
		return nil, p.unexpected(p.at, "Expected space separating root-level values")
	}
	return json.Number(p.text[start:p.at]), nil
}

func (p *jsonParser) digits() bool {
	start := p.at
	for p.at < len(p.text) && isDigit(p.text[p.at]) {
		p.at++
	}
	return p.at > start
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (p *jsonParser) badNumber(why string) error {
	if p.at >= len(p.text) {
		return p.fail(CutOff, len(p.text), "Unexpected end-of-input in a number value")
	}
	c, _ := utf8.DecodeRune(p.text[p.at:])
	return p.fail(Malformed, p.at, fmt.Sprintf("Unexpected character ('%c' (code %d)) in numeric value: %s", c, c, why))
}

// str reads a text; the common one without escapes is one copy.
func (p *jsonParser) str() (string, error) {
	start := p.at + 1
	for i := start; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			p.at = i + 1
			return string(p.text[start:i]), nil
		case c == '\\' || c < ' ' || c >= utf8.RuneSelf:
			return p.escapedStr(start, i)
		}
	}
	return "", p.cutString()
}

func (p *jsonParser) cutString() error {
	p.at = len(p.text)
	return p.fail(CutOff, len(p.text), "Unexpected end-of-input in VALUE_STRING")
}

func (p *jsonParser) escapedStr(start, i int) (string, error) {
	out := append(make([]byte, 0, 2*(i-start)+16), p.text[start:i]...)
	for i < len(p.text) {
		c := p.text[i]
		switch {
		case c == '"':
			p.at = i + 1
			return string(out), nil
		case c < ' ':
			return "", p.fail(Malformed, i, fmt.Sprintf("Illegal unquoted character ((CTRL-CHAR, code %d)): has to be escaped using backslash to be included in string value", c))
		case c == '\\':
			var err error
			if out, i, err = p.escape(out, i); err != nil {
				return "", err
			}
		case c < utf8.RuneSelf:
			out, i = append(out, c), i+1
		default:
			r, size := utf8.DecodeRune(p.text[i:])
			if r == utf8.RuneError && size == 1 {
				return "", p.fail(Malformed, i, fmt.Sprintf("Invalid UTF-8 start byte 0x%x", c))
			}
			out, i = append(out, p.text[i:i+size]...), i+size
		}
	}
	return "", p.cutString()
}

func (p *jsonParser) escape(out []byte, i int) ([]byte, int, error) {
	if i+1 >= len(p.text) {
		return nil, 0, p.cutString()
	}
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	c := p.text[i+1]
	for k := range len(from) {
		if from[k] == c {
			return append(out, to[k]), i + 2, nil
		}
	}
	if c != 'u' {
		r, _ := utf8.DecodeRune(p.text[i+1:])
		return nil, 0, p.fail(Malformed, i+1, fmt.Sprintf("Unrecognized character escape '%c' (code %d)", r, r))
	}
	r, err := p.hex(i + 2)
	if err != nil {
		return nil, 0, err
	}
	i += 6
	if utf16.IsSurrogate(r) {
		low := p.lowSurrogate(i)
		if full := utf16.DecodeRune(r, low); full != utf8.RuneError {
			return utf8.AppendRune(out, full), i + 6, nil
		}
		r = utf8.RuneError
	}
	return utf8.AppendRune(out, r), i, nil
}

func (p *jsonParser) lowSurrogate(i int) rune {
	if i+6 > len(p.text) || p.text[i] != '\\' || p.text[i+1] != 'u' {
		return utf8.RuneError
	}
	r, err := p.hex(i + 2)
	if err != nil {
		return utf8.RuneError
	}
	return r
}

func (p *jsonParser) hex(i int) (rune, error) {
	var r rune
	for _, at := range [...]int{i, i + 1, i + 2, i + 3} {
		if at >= len(p.text) {
			return 0, p.cutString()
		}
		n, err := strconv.ParseUint(string(p.text[at]), 16, 8)
		if err != nil {
			return 0, p.unexpected(at, "expected a hex-digit for character escape sequence")
		}
		r = r<<4 | rune(n)
	}
	return r, nil
}
