package watcher

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// uri is what the server takes of a java.net.URI.
type uri struct {
	scheme, host, path, query string
	port                      int // -1 where there is none
}

const (
	uriUnreserved = "_-!.~'()*"
	uriPath       = uriUnreserved + ":@&=+$,;/%"
	uriAny        = uriPath + "?[]"
)

// parseURI accepts what java.net.URI accepts; url.Parse has other rules. The
// path is decoded, the query is not.
func parseURI(text string) (uri, bool) {
	u := uri{port: -1}
	rest, fragment, _ := strings.Cut(text, "#")
	if !uriChars(fragment, uriAny) {
		return u, false
	}
	if i := strings.IndexAny(rest, ":/?"); i >= 0 && rest[i] == ':' {
		u.scheme, rest = rest[:i], rest[i+1:]
		if !isScheme(u.scheme) || rest == "" {
			return u, false
		}
		if rest[0] != '/' {
			// Opaque, as in mailto:a: there is neither host nor path.
			return u, uriChars(rest, uriAny)
		}
	}
	rest, query, _ := strings.Cut(rest, "?")
	if !uriChars(query, uriAny) {
		return u, false
	}
	u.query = query
	path := rest
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		authority := after
		path = ""
		if i := strings.IndexByte(after, '/'); i >= 0 {
			authority, path = after[:i], after[i:]
		}
		if authority == "" && path == "" || !u.authority(authority) {
			return u, false
		}
	}
	u.path = unescape(path, false)
	return u, uriChars(path, uriPath)
}

func isScheme(s string) bool {
	for i := range len(s) {
		letter := s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z'
		if !letter && (i == 0 || !isDigit(s[i]) && !strings.ContainsRune("+-.", rune(s[i]))) {
			return false
		}
	}
	return s != ""
}

// uriChars tells whether a part has only characters that may stand there.
func uriChars(s, marks string) bool {
	for i := 0; i < len(s); {
		c, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
		case c < utf8.RuneSelf:
			if !isAlnum(byte(c)) && !strings.ContainsRune(marks, c) {
				return false
			}
		case unicode.IsControl(c) || unicode.IsSpace(c) || c == utf8.RuneError:
			return false
		}
		i += size
	}
	return true
}

func isHex(c byte) bool {
	return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func isAlnum(c byte) bool {
	return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// authority takes user, host and port. One that is no server's (a_b) is let
// pass, but has no host.
func (u *uri) authority(text string) bool {
	if text == "" {
		return true
	}
	server := text
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		if !uriChars(text[:i], uriUnreserved+"%;:&=+$,") {
			return uriChars(text, uriUnreserved+"%$,;:@&=+")
		}
		server = text[i+1:]
	}
	host, port, ok := splitHost(server)
	if ok {
		u.host, u.port = host, port
		return true
	}
	return uriChars(text, uriUnreserved+"%$,;:@&=+")
}

func splitHost(server string) (host string, port int, ok bool) {
	host, digits := server, ""
	if strings.HasPrefix(server, "[") {
		i := strings.IndexByte(server, ']')
		if i < 0 || strings.Trim(server[1:i], "0123456789abcdefABCDEF:.") != "" || !strings.Contains(server[:i], ":") {
			return "", 0, false
		}
		host, digits = server[:i+1], server[i+1:]
	} else {
		if i := strings.IndexByte(server, ':'); i >= 0 {
			host, digits = server[:i], server[i:]
		}
		if !isHostName(host) {
			return "", 0, false
		}
	}
	if digits == "" || digits == ":" {
		return host, -1, true
	}
	n, err := strconv.ParseInt(digits[1:], 10, 32)
	if err != nil || digits[0] != ':' || !isDigit(digits[1]) {
		return "", 0, false
	}
	return host, int(n), true
}

// isHostName: labels of letters, digits and inner hyphens; the last of
// several begins with a letter, unless all is an IPv4 address.
func isHostName(host string) bool {
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	numeric := true
	for _, l := range labels {
		if l == "" || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		for i := range len(l) {
			if !isAlnum(l[i]) && l[i] != '-' {
				return false
			}
		}
		n, err := strconv.Atoi(l)
		numeric = numeric && err == nil && n <= 255
	}
	last := labels[len(labels)-1]
	return len(labels) == 1 || !isDigit(last[0]) || numeric && len(labels) == 4
}

// decodeQuery gives the parameters of a query as the server's
// RestUtils.decodeQueryString does.
func decodeQuery(query string, ampersandOnly bool, give func(name, value string)) {
	separators := "&;"
	if ampersandOnly {
		separators = "&"
	}
	for query != "" {
		part := query
		query = ""
		if i := strings.IndexAny(part, separators); i >= 0 {
			part, query = part[:i], part[i+1:]
		}
		// "=a" is a name without value.
		name, value, _ := strings.Cut(strings.TrimLeft(part, "="), "=")
		if name != "" {
			give(unescape(name, true), unescape(value, true))
		}
	}
}

// unescape decodes percent escapes; what is no UTF-8 then becomes U+FFFD.
func unescape(s string, plus bool) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err == nil {
				out = append(out, byte(n))
			}
			i += 2
		case s[i] == '+' && plus:
			out = append(out, ' ')
		default:
			out = append(out, s[i])
		}
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}
