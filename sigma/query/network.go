package query

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// networkOf returns the network of the addresses that begin with a text, where
// there is one: whole parts with what ends the last, 10.1. or fe80:.
func networkOf(begin string) (string, bool) {
	if parts, ok := strings.CutSuffix(begin, "."); ok {
		n := strings.Count(parts, ".") + 1
		addr, err := netip.ParseAddr(parts + strings.Repeat(".0", max(4-n, 0)))
		if err != nil || n > 3 || !addr.Is4() {
			return "", false
		}
		return netip.PrefixFrom(addr, 8*n).String(), true
	}
	parts, ok := strings.CutSuffix(begin, ":")
	if !ok || strings.Contains(begin, "::") {
		return "", false
	}
	groups := strings.Split(parts, ":")
	for _, group := range groups {
		if strings.HasPrefix(group, "0") {
			return "", false // it may be written as ::
		}
	}
	addr, err := netip.ParseAddr(parts + "::")
	if err != nil || len(groups) > 6 {
		return "", false
	}
	return netip.PrefixFrom(addr, 16*len(groups)).String(), true
}

// networkPattern is a regular expression, to be taken without regard to case,
// for the addresses of a network as texts in their usual forms. It is not ok
// where the forms are too many: where groups of the network are zero, they may
// be left out of the text.
func networkPattern(network string) (string, bool) {
	prefix, err := netip.ParsePrefix(network)
	switch {
	case err != nil:
		return "", false
	case prefix.Addr().Is4():
		return pattern4(prefix), true
	default:
		return pattern6(prefix)
	}
}

const anyByte = `(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])`

func pattern4(prefix netip.Prefix) string {
	parts := make([]string, 4)
	bytes := prefix.Masked().Addr().As4()
	for i, b := range bytes {
		switch known := prefix.Bits() - 8*i; {
		case known >= 8:
			parts[i] = strconv.Itoa(int(b))
		case known <= 0:
			parts[i] = anyByte
		default:
			parts[i] = byteRange(int(b), int(b)+1<<(8-known)-1)
		}
	}
	return `^(?:::ffff:)?` + strings.Join(parts, `\.`) + `\z`
}

// byteRange stands for the numbers from least to most, a ten a branch.
func byteRange(least, most int) string {
	var branches []string
	for n := least; n <= most; n = (n/10 + 1) * 10 {
		ten := strconv.Itoa(n / 10)
		if n < 10 {
			ten = ""
		}
		branches = append(branches, fmt.Sprintf("%s[%d-%d]", ten, n%10, min(most, n/10*10+9)%10))
	}
	return "(?:" + strings.Join(branches, "|") + ")"
}

const anyRest = `:[0-9a-f:.]*(?:%.+)?\z`

func pattern6(prefix netip.Prefix) (string, bool) {
	switch prefix.String() {
	case "::1/128":
		return `^(?:::|(?:0{1,4}:){7})0{0,3}1(?:%.+)?\z`, true
	case "::/128":
		return `^(?:::|(?:0{1,4}:){7}0{1,4})(?:%.+)?\z`, true
	case "::/0":
		return "", false // an IPv4 address in its form for IPv6 is none of it
	}
	var b strings.Builder
	b.WriteString("^")
	bytes := prefix.Masked().Addr().As16()
	for i := 0; 16*i < prefix.Bits(); i++ {
		if i > 0 {
			b.WriteByte(':')
		}
		group, ok := groupPattern(int(bytes[2*i])<<8|int(bytes[2*i+1]), min(prefix.Bits()-16*i, 16))
		if !ok {
			return "", false
		}
		b.WriteString(group)
	}
	if prefix.Bits() > 112 {
		return b.String() + `(?:%.+)?\z`, true
	}
	return b.String() + anyRest, true
}

// groupPattern stands for the groups that begin with the given bits.
func groupPattern(group, bits int) (string, bool) {
	text := strconv.FormatInt(int64(group), 16)
	if bits == 16 {
		return fmt.Sprintf("0{0,%d}%s", 4-len(text), text), group != 0
	}
	if len(text) < 4 {
		return "", false
	}
	var b strings.Builder
	for i := range 4 {
		switch known := bits - 4*i; {
		case known >= 4:
			b.WriteByte(text[i])
		case known <= 0:
			b.WriteString("[0-9a-f]")
		default:
			first := group >> (12 - 4*i) & 15
			b.WriteString("[" + hexDigits(first, first+1<<(4-known)-1) + "]")
		}
	}
	return b.String(), true
}

func hexDigits(least, most int) string { return "0123456789abcdef"[least : most+1] }
