package catalog

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Everything that comes out of a rule goes onto a page through this file. A
// text stays a text: it makes no heading, cell, link, code, image, HTML or
// footnote, whatever stands in it.

// escapes are the characters that Markdown, GitHub's tables and links, or the
// formulas of some hosts give a meaning. Entities are used where a backslash
// would still let another parser see the character. It is never written.
var escapes = [utf8.RuneSelf]string{
	'\\': `\\`, '*': `\*`, '_': `\_`, '{': `\{`, '}': `\}`, '[': `\[`, ']': `\]`, '#': `\#`, '!': `\!`, '~': `\~`,
	'^': `\^`, '=': `\=`, '+': `\+`,
	'`': "&#96;", '|': "&#124;", '<': "&lt;", '>': "&gt;", '&': "&amp;", '$': "&#36;", '@': "&#64;", '"': "&quot;",
}

// inline writes a text in one line.
func inline(s string) string {
	at := unescaped(s)
	if at == len(s) {
		return strings.TrimSpace(s)
	}
	if !printed(s[at:]) { // else no line ends, and all is UTF-8
		s = strings.Map(oneLine, strings.ToValidUTF8(s, "�"))
	}
	s = strings.TrimSpace(s)
	var b strings.Builder
	b.Grow(len(s) + len(s)/8 + len("&quot;"))
	written := 0
	for i, c := range s {
		if c < utf8.RuneSelf && asItIs[c] {
			continue
		}
		if as, escaped := escape(s, i, c); escaped {
			b.WriteString(s[written:i])
			b.WriteString(as)
			written = i + utf8.RuneLen(c)
		}
	}
	if written == 0 {
		return s
	}
	b.WriteString(s[written:])
	return b.String()
}

// printed reports whether a text has but the printed characters of ASCII.
func printed(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// asItIs are the printed characters of ASCII that stand as they are at every
// place: escape has nothing to say of them. It is never written.
var asItIs = func() (out [utf8.RuneSelf]bool) {
	for c := ' '; c <= '~'; c++ {
		out[c] = escapes[c] == "" && c != ':' && c != '.'
	}
	return out
}()

// unescaped is how many bytes at the beginning of a text stand as they are.
func unescaped(s string) int {
	for i := range len(s) {
		c := s[i]
		if c < utf8.RuneSelf && asItIs[c] {
			continue
		}
		if c != '.' && c != ':' {
			return i
		}
		if _, escaped := escape(s, i, rune(c)); escaped {
			return i
		}
	}
	return len(s)
}

// escape writes a character that may not stand as it is at its place.
func escape(s string, i int, c rune) (as string, escaped bool) {
	switch {
	case c == ':' && strings.HasPrefix(s[i:], "://"):
		return "&#58;", true // else GitHub makes a link of it, as with the dot below
	case c == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www"):
		return "&#46;", true
	case c < utf8.RuneSelf && escapes[c] != "":
		return escapes[c], true
	case invisible(c):
		return fmt.Sprintf("‹U+%04X›", c), true
	}
	return "", false
}

// oneLine makes spaces of everything that could end a line.
func oneLine(c rune) rune {
	switch c {
	case '\n', '\r', '\t', '\v', '\f', 0x85, 0x2028, 0x2029:
		return ' '
	}
	return c
}

// invisible reports whether a character does not show, or turns the direction
// of those that do. They are written by number.
func invisible(c rune) bool {
	switch {
	case c >= ' ' && c <= '~':
		return false
	case c == 0x200c || c == 0x200d: // they join and part letters of some scripts
		return false
	case c == 0x00ad || c == 0xfeff || c >= 0x180b && c <= 0x180e || c >= 0xfff0 && c <= 0xfffb || c >= 0xe0000 && c <= 0xe0fff:
		return true
	}
	return unicode.In(c, unicode.Cc, unicode.Cf)
}

// shows reports whether anything of a text is to be seen.
func shows(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool {
		switch c {
		case 0x200c, 0x200d, 0x115f, 0x1160, 0x3164, 0xffa0, 0x2800: // joiners and fillers
			return false
		}
		return !unicode.IsSpace(c) && oneLine(c) != ' '
	})
}

// cellText writes a text of several lines in a cell of a table.
func cellText(s string) string {
	if unescaped(s) == len(s) {
		return strings.TrimSpace(s)
	}
	var lines []string
	for line := range strings.FieldsFuncSeq(s, endsLine) {
		if text := inline(line); text != "" {
			lines = append(lines, text)
		}
	}
	return strings.Join(lines, "<br>")
}

func endsLine(c rune) bool { return c != ' ' && c != '\t' && oneLine(c) == ' ' }

// orDash is what stands in a cell without a value.
func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// link writes a link whose address is ours or was looked at by reference. Some
// hosts take [x] at the beginning of an item for a box to tick, whatever follows.
func link(text, address string) string {
	return "[" + linkText(text) + "](" + address + ")"
}

func linkText(text string) string {
	if text == "x" || text == "X" {
		return fmt.Sprintf("&#%d;", text[0])
	}
	return text
}

// reference writes a reference of a rule: as a link where it is a plain web
// address and nothing else, otherwise as text.
func reference(s string) string {
	s = strings.TrimSpace(s)
	if address, ok := webAddress(s); ok {
		return link(inline(s), address)
	}
	return inline(s)
}

// webAddress writes the address of a link in Markdown. An address that could
// mislead, with a name before the host, is none.
func webAddress(s string) (string, bool) {
	if everyday(s) {
		return s, true
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !plainHost(u) || u.User != nil {
		return "", false
	}
	var b strings.Builder
	written := 0
	for i, c := range s {
		if c < utf8.RuneSelf && inAddress[c] {
			continue
		}
		b.WriteString(s[written:i])
		written = i + utf8.RuneLen(c)
		switch {
		case c == utf8.RuneError || unicode.IsSpace(c) || invisible(c) || unicode.IsControl(c):
			return "", false
		case c == '&':
			b.WriteString("&amp;")
		case c == '$':
			b.WriteString("&#36;")
		case strings.ContainsRune("()<>[]{}\\|`\"'^", c):
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteString(url.PathEscape(string(c)))
		}
	}
	b.WriteString(s[written:])
	return b.String(), true
}

// inAddress are the characters of ASCII that stand in the address of a link as
// they are. It is never written.
var inAddress = func() (out [utf8.RuneSelf]bool) {
	for c := '!'; c <= '~'; c++ {
		out[c] = !strings.ContainsRune("&$()<>[]{}\\|`\"'^", c)
	}
	return out
}()

// everyday reports whether an address needs no parsing to be seen for good: a
// host of letters and digits, then nothing, or a path of characters that stand
// as they are. That is what most are.
func everyday(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(s, "http://")
	}
	host, path, _ := strings.Cut(rest, "/")
	named := false
	for i := range len(host) {
		c := host[i]
		alphanumeric := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
		if !alphanumeric && c != '.' && c != '-' {
			return false
		}
		named = named || alphanumeric
	}
	for i := range len(path) {
		if c := path[i]; c >= utf8.RuneSelf || !inAddress[c] || c == '%' { // what follows % may be wrong
			return false
		}
	}
	return ok && named
}

// plainHost reports whether the host is a name or an IPv4 address.
func plainHost(u *url.URL) bool {
	host := u.Hostname()
	return host != "" && strings.Trim(host, ".-") != "" && !strings.ContainsFunc(host, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '.' && c != '-'
	})
}

// code writes a text as code, between fences longer than any run of
// back-quotes in it.
func (m *markdown) code(language, text string) {
	if !utf8.ValidString(text) || strings.Contains(text, "\r") || strings.Contains(text, "\x00") {
		text = strings.ToValidUTF8(text, "�")
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\x00", "�")
	}
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	m.Grow(len(text) + 2*len(fence) + len(language) + 4)
	m.line(fence, language)
	m.WriteString(text)
	if text != "" && !strings.HasSuffix(text, "\n") {
		m.WriteByte('\n')
	}
	m.block(fence)
}

// inName are the characters that pathLink leaves as they are, or most of them.
// It is never written.
var inName = func() (out [utf8.RuneSelf]bool) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_." {
		out[c] = true
	}
	return out
}()

// parentheses would end the address of a link.
var parentheses = strings.NewReplacer("(", "%28", ")", "%29", "'", "%27")

// pathLink writes a name of ours as a part of an address.
func pathLink(name string) string {
	if !strings.ContainsFunc(name, func(c rune) bool { return c >= utf8.RuneSelf || !inName[c] }) {
		return name
	}
	return parentheses.Replace(url.PathEscape(name))
}
