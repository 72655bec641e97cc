package current

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// jsonLine is a line that is a JSON object, nested or with dotted names.
type jsonLine struct{ *report }

// before passes over a mark of byte order and defines the parts of JSON: w
// blanks, c a character of a string, n one beyond ASCII, s a string, v a value,
// e an element with its comma, m a member with its comma, h the beginning of a
// value that is there. None of them needs to be tried in another way once it
// was found.
func (jsonLine) before() string {
	const hex = `[0-9a-f]`
	const surrogates = `\\u[d][89ab]` + hex + hex + `\\u[d][c-f]` + hex + hex
	return `(?(DEFINE)(?<w>[ \t\r]*+)` +
		`(?<n>(?>[\xc2-\xf4][\x80-\xbf]++|` + surrogates + `|\\u(?!00[0-7])` + hex + `{4}|[\x80-\xff]))` +
		`(?<c>[^"\\\x80-\xff]|\\[^u]|\\u00[0-7]` + hex + `|(?&n))` +
		`(?<s>"(?:[^"\\]|\\.)*+")` +
		`(?<v>(?&s)|[-+.\w]++|\{(?&w)(?:(?&s)(?&w):(?&w)(?&v)(?&w),?(?&w))*+\}|\[(?&w)(?:(?&v)(?&w),?(?&w))*+\])` +
		`(?<e>(?&v)(?&w),(?&w))(?<m>(?&s)(?&w):(?&w)(?&e))` +
		`(?<h>(?&s)|(?!null)[-+.\w]++|\{(?&w)(?:(?&m))*?(?&s)(?&w):(?&w)(?&h)|\[(?&w)(?:(?&e))*?(?&h)))` +
		`^(?:\xef\xbb\xbf)?+`
}

// Parts of a path to a field.
const (
	// within goes into a list, and past some of its elements.
	within = `(?:\[(?&w)(?:(?&e))*?)*?`
	// inside goes into an object, and past some of its members.
	inside = `\{(?&w)(?:(?&m))*?`
	// colon stands between a name and its value.
	colon = `(?&w):(?&w)`
	// token are the characters of a number, true and false.
	token = `[-+.0-9A-Za-z]`
	// begun is where a number, true or false begins.
	begun = `(?!null)(?=` + token + `)`
)

func (l jsonLine) find(b *strings.Builder, m *query.Match) { b.WriteString(l.question(m)) }

func (l jsonLine) question(m *query.Match) string {
	if m.Field == "" {
		return l.keyword(m)
	}
	if !jsonName(m.Field) {
		l.add(m.FieldSpan, fieldName)
		return ""
	}
	end, value := `"`, within
	switch v := m.Value.(type) {
	case sigma.Null, sigma.Exists:
		end, value = `(?:\.(?&c)*+)?"`, "(?&h)"
	case sigma.CIDR:
		value += `"(?:::ffff:)?` + l.network(m, v) + `"`
	default:
		value += l.value(m)
	}
	return l.to(m.Field, end) + value
}

// to goes to the value of a field.
func (l jsonLine) to(field, end string) string {
	return `(?&w)` + inside + `"` + l.name(field) + end + colon
}

// jsonName reports whether a name can be told from the marks between names and
// values.
func jsonName(name string) bool {
	first, _ := utf8.DecodeRuneInString(name)
	return !strings.ContainsRune(".,:{}[]", first) && goodName(name, "")
}

// name is a field's name: in one piece, or as names of objects within objects.
func (jsonLine) name(field string) string {
	parts := strings.Split(field, ".")
	for i, part := range parts {
		parts[i] = patternOf(stringCode{}, sigma.String{Parts: sigma.PlainString(part).Parts, Cased: true}, "")
	}
	between := `(?:\.|"` + colon + within + inside + `")`
	return "(?-i:" + strings.Join(parts, between) + ")"
}

// value is one value of the field.
func (l jsonLine) value(m *query.Match) string {
	switch v := m.Value.(type) {
	case sigma.String:
		return l.text(m, v)
	case sigma.Number:
		return `(?:"` + escaped(v.Text) + `"|` + number(v.Text) + `)`
	case sigma.Bool:
		return `(?-i:"` + boolText(v) + `"|` + boolText(v) + `(?!` + token + `))`
	case sigma.Regex:
		quotedForm, plainForm := l.regexes(m, v)
		return `(?:"` + quotedForm + `(?&c)*+"|` + begun + plainForm + `)`
	default:
		l.unsayable(m)
		return ""
	}
}

func (l jsonLine) text(m *query.Match, v sigma.String) string {
	if f, ok := sound(v); !ok {
		l.add(m.Span, f)
		return ""
	}
	forms := []string{`"` + patternOf(stringCode{}, v, `"`)}
	if sayable(v) {
		forms = append(forms, begun+patternOf(tokenCode{}, v, `(?!`+token+`)`))
	}
	if text, ok := v.Literal(); ok && decimal.MatchString(text) {
		forms = append(forms, number(text))
	}
	return casing(v.Cased, "(?:"+strings.Join(forms, "|")+")")
}

// keyword looks for a value in all strings and numbers of the line that are no
// names.
func (l jsonLine) keyword(m *query.Match) string {
	var inString, inToken string
	switch v := m.Value.(type) {
	case sigma.String:
		if f, ok := sound(v); !ok {
			l.add(m.Span, f)
		}
		v = fromAnywhere(bare(v))
		inString = casing(v.Cased, patternOf(stringCode{}, v, ""))
		inToken = casing(v.Cased, patternOf(tokenCode{}, v, ""))
	case sigma.Number:
		inString, inToken = "(?&c)*?"+escaped(v.Text), token+"*?"+escaped(v.Text)
	case sigma.Regex:
		inString, inToken = l.regexes(m, v)
	default:
		l.add(m.Span, keywordValue)
	}
	return l.anywhere(inString, inToken)
}

// anywhere goes to a string or a number that is no name.
func (jsonLine) anywhere(inString, inToken string) string {
	return `(?:[^"]|(?&s))*?(?:"` + inString + `(?&c)*+"(?!(?&w):)|(?<!` + token + `)` + begun + inToken + `)`
}

// regexes are a regular expression for strings and one for numbers, true and
// false, each from the beginning of the value on.
func (l jsonLine) regexes(m *query.Match, v sigma.Regex) (inString, inToken string) {
	tree, ok := l.parse(m, v)
	if !ok {
		return "", ""
	}
	tree, anchored := withoutBegin(tree)
	tree = shortest(tree, !anchored, true)
	forString := regexWriter{report: l.report, code: stringCode{}, at: m.Span, end: `(?=")`}
	forToken := regexWriter{report: l.report, code: tokenCode{}, at: m.Span, end: `(?!` + token + `)`}
	return forString.find(tree, anchored), forToken.find(tree, anchored)
}

// withoutBegin takes the anchor off the beginning of an expression.
func withoutBegin(re *syntax.Regexp) (*syntax.Regexp, bool) {
	switch {
	case re.Op == syntax.OpBeginText:
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}, true
	case re.Op == syntax.OpConcat && re.Sub[0].Op == syntax.OpBeginText:
		return &syntax.Regexp{Op: syntax.OpConcat, Sub: re.Sub[1:]}, true
	case re.Op == syntax.OpCapture:
		sub, anchored := withoutBegin(re.Sub[0])
		return sub, anchored
	}
	return re, false
}

// decimal is a number as most programs write it.
var decimal = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,15})?$`)

// number is a number however its zeros are written.
func number(text string) string {
	whole, fraction, _ := strings.Cut(text, ".")
	if n, err := strconv.ParseInt(whole, 10, 64); err == nil && whole != "-0" {
		whole = strconv.FormatInt(n, 10)
	}
	fraction = strings.TrimRight(fraction, "0")
	end := `(?![-+.\w])`
	if fraction == "" {
		return escaped(whole) + `(?:\.0+)?(?:e[-+]?0+)?` + end
	}
	return escaped(whole+"."+fraction) + `0*` + end
}

// stringCode is a string of JSON. What has to be escaped may be so in two ways,
// and what some programs escape without need may stand as it is as well;
// letters and digits do.
type stringCode struct{}

func (stringCode) any() string    { return "(?&c)" }
func (stringCode) beyond() string { return "(?&n)" }
func (stringCode) itself() *ascii { return stringSelves }

func (stringCode) char(r rune) string {
	switch {
	case r == '"' || r == '\\':
		return `(?:\\` + asBytes(r) + `|` + asUnicode(r) + `)`
	case r == '/':
		return `(?:\\?/|` + asUnicode(r) + `)`
	case strings.ContainsRune("\b\f\n\r\t", r):
		short := string("btnvfr"[r-'\b'])
		return `(?:\\` + short + `|` + asUnicode(r) + `)`
	case r < ' ':
		return asUnicode(r)
	case strings.ContainsRune("<>&'+=`\x7f", r), r >= utf8.RuneSelf:
		return `(?:` + asBytes(r) + `|` + asUnicode(r) + `)`
	default:
		return asBytes(r)
	}
}

// asUnicode is \u with four digits in either case, twice for what lies beyond
// the first plane.
func asUnicode(r rune) string {
	units := []rune{r}
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		units = []rune{high, low}
	}
	var text strings.Builder
	for _, unit := range units {
		text.WriteString(`\\u`)
		for _, digit := range fmt.Sprintf("%04x", unit) {
			if digit >= 'a' {
				text.WriteString("[" + string(digit) + strings.ToUpper(string(digit)) + "]")
			} else {
				text.WriteRune(digit)
			}
		}
	}
	return text.String()
}

// stringSelves and tokenSelves are the characters that their codes write as
// they are. They are never written.
var (
	stringSelves = unchanged(stringCode{}.char)
	tokenSelves  = unchanged(tokenCode{}.char)
)

// tokenCode is a number, true or false.
type tokenCode struct{}

func (tokenCode) any() string    { return token }
func (tokenCode) beyond() string { return "(?!)" }
func (tokenCode) itself() *ascii { return tokenSelves }

func (tokenCode) char(r rune) string {
	if !tokenChar(r) {
		return "(?!)"
	}
	return asBytes(r)
}

func tokenChar(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-+.", r)
}

// sayable reports whether a number, true or false could be the text.
func sayable(v sigma.String) bool {
	return !textHas(v, beyondTokens)
}

// beyondTokens are all other characters. It is never written.
var beyondTokens = charsetOf(func(r rune) bool { return !tokenChar(r) })
