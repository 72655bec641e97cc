package watcher

import (
	"strings"
	"unicode"
)

// checkAddressList tells what is wrong with a list of e-mail addresses, in
// the words of the server's mail library (javax.mail), or nothing. It covers
// plain addresses, names with addresses in angle brackets and lists of both.
func checkAddressList(text string) string {
	for _, item := range splitAddresses(text) {
		if i := strings.IndexByte(item, '<'); i >= 0 {
			j := strings.IndexByte(item, '>')
			if j < i {
				return "Missing '>'"
			}
			item = strings.TrimSpace(item[i+1 : j])
		}
		if why := checkMailAddress(item); why != "" {
			return why
		}
	}
	return ""
}

// splitAddresses cuts at commas outside of quotes and angle brackets.
func splitAddresses(text string) []string {
	var items []string
	quoted, angle, start := false, false, 0
	add := func(item string) {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == ',' && !angle:
			add(text[start:i])
			start = i + 1
		}
	}
	add(text[min(start, len(text)):])
	return items
}

func checkMailAddress(address string) string {
	if address == "" {
		return "Empty address"
	}
	at, why := checkLocalPart([]rune(address))
	if why != "" {
		return why
	}
	return checkDomain([]rune(address)[at+1:])
}

// checkLocalPart gives the place of the @ that ends it.
func checkLocalPart(a []rune) (at int, why string) {
	quoted := false
	last := rune(-1)
	for i, c := range a {
		before := last
		last = c
		switch {
		case c == '\\' || before == '\\':
		case c == '"':
			if why := checkQuote(a, i, quoted); why != "" {
				return 0, why
			}
			quoted = !quoted
		case quoted:
		case c == '@':
			return i, checkBeforeAt(i, before)
		default:
			if why := checkLocalRune(c, before, i); why != "" {
				return 0, why
			}
		}
	}
	if quoted {
		return 0, "Unterminated quote"
	}
	return 0, "Missing final '@domain'"
}

func checkQuote(a []rune, i int, quoted bool) string {
	switch {
	case quoted && i+1 < len(a) && a[i+1] != '@':
		return "Quote not at end of local address"
	case !quoted && i != 0:
		return "Quote not at start of local address"
	default:
		return ""
	}
}

func checkBeforeAt(i int, before rune) string {
	switch {
	case i == 0:
		return "Missing local name"
	case before == '.':
		return "Local address ends with dot"
	default:
		return ""
	}
}

func checkLocalRune(c, before rune, i int) string {
	switch {
	case c == '.' && i == 0:
		return "Local address starts with dot"
	case c == '.' && before == '.':
		return "Local address contains dot-dot"
	case c <= ' ' || c == 0x7f:
		return "Local address contains control or whitespace"
	case strings.ContainsRune(`()<>,;:\"[]@`, c):
		return "Local address contains illegal character"
	default:
		return ""
	}
}

func checkDomain(d []rune) string {
	if len(d) == 0 {
		return "Missing domain"
	}
	if d[0] == '.' {
		return "Domain starts with dot"
	}
	literal := false
	for i, c := range d {
		switch {
		case c == '[' && i != 0:
			return "Domain literal not at start of domain"
		case c == '[':
			literal = true
		case c == ']' && i != len(d)-1:
			return "Domain literal end not at end of domain"
		case c == ']':
			literal = false
		case c <= ' ' || c == 0x7f:
			return "Domain contains control or whitespace"
		case literal:
		case !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '-' && c != '.':
			return "Domain contains illegal character"
		case c == '.' && d[i-1] == '.':
			return "Domain contains dot-dot"
		}
	}
	if d[len(d)-1] == '.' {
		return "Domain ends with dot"
	}
	return ""
}
