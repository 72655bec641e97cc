package sigma

import (
	"math/big"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// kind is what a YAML node is under YAML 1.1, the version that Sigma's rules
// are written in (section 1). yaml.v3 follows YAML 1.2 for the most part.
type kind uint8

const (
	kindString kind = iota
	kindNull
	kindBool
	kindInt
	kindFloat
	kindTime
	kindBinary
	kindMerge
	// kindDefault is the lone "=", which no loader constructs.
	kindDefault
	// kindOdd has a tag of its own, or one that its text does not fit.
	kindOdd
	kindMap
	kindList
)

// String names the kind as messages do, with its article.
func (k kind) String() string {
	switch k {
	case kindString:
		return "a text"
	case kindNull:
		return "nothing (null)"
	case kindBool:
		return "a boolean"
	case kindInt, kindFloat:
		return "a number"
	case kindTime:
		return "a date"
	case kindBinary:
		return "binary data"
	case kindMap:
		return "a map"
	case kindList:
		return "a list"
	case kindMerge:
		return `a merge key ("<<")`
	case kindDefault:
		return `a lone "="`
	default:
		return "a value with a tag of its own"
	}
}

// plain reports whether the kind is a scalar.
func (k kind) plain() bool { return k != kindMap && k != kindList }

// kindOf tells what a node is. Aliases have to be followed before.
func kindOf(n *yaml.Node) kind {
	switch n.Kind {
	case yaml.MappingNode:
		return kindMap
	case yaml.SequenceNode:
		return kindList
	default:
	}
	if n.Style&yaml.TaggedStyle != 0 {
		return taggedKind(n)
	}
	if n.Style != 0 {
		return kindString
	}
	return plainKind(n.Value)
}

func taggedKind(n *yaml.Node) kind {
	k := plainKind(n.Value)
	switch n.Tag {
	case "!!str":
		return kindString
	case "!!binary":
		return kindBinary
	case "!!int":
		return when(k == kindInt, kindInt)
	case "!!float":
		return when(k == kindFloat || k == kindInt, kindFloat)
	case "!!bool":
		return when(k == kindBool, kindBool)
	case "!!null":
		return kindNull
	case "!!timestamp":
		return when(k == kindTime, kindTime)
	default:
		return kindOdd
	}
}

func when(fits bool, k kind) kind {
	if fits {
		return k
	}
	return kindOdd
}

// plainKind resolves a plain scalar as PyYAML's SafeLoader does.
func plainKind(s string) kind {
	if s == "" {
		return kindNull
	}
	switch c := s[0]; {
	case c >= '0' && c <= '9', c == '-', c == '+', c == '.':
		return numberKind(s)
	case c == '~' || c == 'n' || c == 'N' || c == 'y' || c == 'Y' || c == 't' || c == 'T' ||
		c == 'f' || c == 'F' || c == 'o' || c == 'O':
		return wordKind(s)
	case s == "<<":
		return kindMerge
	case s == "=":
		return kindDefault
	}
	return kindString
}

func wordKind(s string) kind {
	switch s {
	case "~", "null", "Null", "NULL":
		return kindNull
	case "yes", "Yes", "YES", "no", "No", "NO", "true", "True", "TRUE", "false", "False", "FALSE",
		"on", "On", "ON", "off", "Off", "OFF":
		return kindBool
	}
	return kindString
}

// boolOf returns the boolean that a scalar of kindBool stands for.
func boolOf(s string) bool {
	switch strings.ToLower(s) {
	case "yes", "true", "on":
		return true
	}
	return false
}

func numberKind(s string) kind {
	switch {
	case isInt(s):
		return kindInt
	case isFloat(s):
		return kindFloat
	case isTime(s):
		return kindTime
	}
	return kindString
}

func unsigned(s string) string {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		return s[1:]
	}
	return s
}

// madeOf reports whether s is made of those bytes, and holds one at least.
func madeOf(s, bytes string) bool { return s != "" && strings.Trim(s, bytes) == "" }

const (
	digits    = "0123456789"
	digitsBar = digits + "_"
)

// isInt is the YAML 1.1 integer: binary, octal with a leading 0, decimal,
// hexadecimal, base 60.
func isInt(s string) bool {
	s = unsigned(s)
	if s == "" || s[0] < '0' || s[0] > '9' {
		return false
	}
	if s[0] == '0' {
		rest, binary := strings.CutPrefix(s, "0b")
		if binary {
			return madeOf(rest, "01_") && madeOf(strings.ReplaceAll(rest, "_", ""), "01")
		}
		if rest, hex := strings.CutPrefix(s, "0x"); hex {
			return madeOf(rest, "0123456789abcdefABCDEF_") && strings.Trim(rest, "_") != ""
		}
		return s == "0" || madeOf(s[1:], "01234567_")
	}
	head, rest, sexagesimal := strings.Cut(s, ":")
	return madeOf(head, digitsBar) && (!sexagesimal || isBase60(rest))
}

// isBase60 accepts groups of one or two digits below 60, with colons between.
func isBase60(s string) bool {
	for part := range strings.SplitSeq(s, ":") {
		if !madeOf(part, digits) || len(part) > 2 || len(part) == 2 && part[0] > '5' {
			return false
		}
	}
	return true
}

// isFloat is the YAML 1.1 float: a point is needed, and a sign in the
// exponent; base 60 with a point counts, infinity and not-a-number too.
func isFloat(s string) bool {
	body := unsigned(s)
	switch body {
	case ".inf", ".Inf", ".INF":
		return true
	case ".nan", ".NaN", ".NAN":
		return body == s
	}
	head, tail, point := strings.Cut(body, ".")
	if !point {
		return false
	}
	if first, rest, sexagesimal := strings.Cut(head, ":"); sexagesimal {
		return startsWithDigit(first) && madeOf(first, digitsBar) && isBase60(rest) && (tail == "" || madeOf(tail, digitsBar))
	}
	tail, exponent, ok := cutExponent(tail)
	if !ok || exponent != "" && !madeOf(exponent[1:], digits) {
		return false
	}
	if head == "" {
		// YAML 1.1 has no sign before a leading point.
		return body == s && startsWithDigit(tail) && madeOf(tail, digitsBar)
	}
	return startsWithDigit(head) && madeOf(head, digitsBar) && (tail == "" || madeOf(tail, digitsBar))
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// cutExponent splits "5e+3" into "5" and "+3"; ok is false where the exponent
// has no sign.
func cutExponent(s string) (mantissa, exponent string, ok bool) {
	i := strings.IndexAny(s, "eE")
	if i < 0 {
		return s, "", true
	}
	exponent = s[i+1:]
	if len(exponent) < 2 || exponent[0] != '+' && exponent[0] != '-' {
		return "", "", false
	}
	return s[:i], exponent, true
}

// isTime is the YAML 1.1 timestamp: a date, or a date with a time.
func isTime(s string) bool {
	if len(s) < 8 || !madeOf(s[:4], digits) || s[4] != '-' {
		return false
	}
	if len(s) == 10 && s[7] == '-' && madeOf(s[5:7]+s[8:], digits) {
		return true
	}
	i := strings.IndexAny(s, "Tt \t")
	if i < 0 {
		return false
	}
	month, day, _ := strings.Cut(s[5:i], "-")
	return shortNumber(month) && shortNumber(day) && isClock(strings.TrimLeft(s[i+1:], " \t"))
}

func shortNumber(s string) bool { return madeOf(s, digits) && len(s) <= 2 }

func isClock(s string) bool {
	hour, rest, ok := strings.Cut(s, ":")
	if !ok || !shortNumber(hour) || len(rest) < 5 || rest[2] != ':' || !madeOf(rest[:2]+rest[3:5], digits) {
		return false
	}
	rest = rest[5:]
	if fraction, ok := strings.CutPrefix(rest, "."); ok {
		rest = strings.TrimLeft(fraction, digits)
	}
	rest = strings.TrimLeft(rest, " \t")
	if rest == "" || rest == "Z" {
		return true
	}
	zone, minutes, colon := strings.Cut(rest[1:], ":")
	return (rest[0] == '+' || rest[0] == '-') && shortNumber(zone) && (!colon || len(minutes) == 2 && madeOf(minutes, digits))
}

// maxDigits bounds the length of numbers, as Python does.
const maxDigits = 4300

// numberText returns the canonical form of a YAML 1.1 number, exactly: no
// integer is too large, and no fraction is rounded. It returns false for
// infinity, not-a-number and what a float cannot hold.
func numberText(s string) (string, bool) {
	negative := s[0] == '-'
	body := strings.ReplaceAll(unsigned(s), "_", "")
	if body == "" || len(body) > maxDigits || strings.EqualFold(body, ".inf") || strings.EqualFold(body, ".nan") {
		return "", false
	}
	var text string
	var ok bool
	switch {
	case strings.Contains(body, ":"):
		text, ok = base60(body)
	case strings.Contains(body, "."):
		text, ok = decimal(body)
	default:
		text, ok = integer(body)
	}
	if negative && text != "0" {
		text = "-" + text
	}
	return text, ok
}

func integer(body string) (string, bool) {
	base := 10
	switch {
	case strings.HasPrefix(body, "0b"):
		body, base = body[2:], 2
	case strings.HasPrefix(body, "0x"):
		body, base = body[2:], 16
	case len(body) > 1 && body[0] == '0':
		body, base = body[1:], 8
	}
	if base == 10 {
		return trimZeros(body), true
	}
	n, ok := new(big.Int).SetString(body, base)
	if !ok {
		return "", false
	}
	return n.String(), true
}

func trimZeros(s string) string {
	if s = strings.TrimLeft(s, "0"); s == "" {
		return "0"
	}
	return s
}

func base60(body string) (string, bool) {
	body, fraction, _ := strings.Cut(body, ".")
	sum, sixty := new(big.Int), big.NewInt(60)
	for part := range strings.SplitSeq(body, ":") {
		n, ok := new(big.Int).SetString(part, 10)
		if !ok {
			return "", false
		}
		sum.Add(sum.Mul(sum, sixty), n)
	}
	return withFraction(sum.String(), fraction), true
}

func withFraction(whole, fraction string) string {
	if fraction = strings.TrimRight(fraction, "0"); fraction == "" {
		return whole
	}
	return whole + "." + fraction
}

// decimal writes a float without exponent.
func decimal(body string) (string, bool) {
	f, err := strconv.ParseFloat(body, 64)
	if err != nil {
		return "", false
	}
	mantissa, exponent, _ := cutExponent(body)
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if strings.Trim(whole+fraction, "0") == "" {
		return "0", true
	}
	if f == 0 {
		return "", false
	}
	shift := 0
	if exponent != "" {
		// A float that is neither zero nor infinite has a small exponent, or
		// as many digits before it, and those are bounded.
		if shift, err = strconv.Atoi(exponent); err != nil {
			return "", false
		}
	}
	point := len(whole) + shift
	all := whole + fraction
	if point > len(all) {
		all += strings.Repeat("0", point-len(all))
	}
	if point < 0 {
		all, point = strings.Repeat("0", -point)+all, 0
	}
	return withFraction(trimZeros(all[:point]), all[point:]), true
}
