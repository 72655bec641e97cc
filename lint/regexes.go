package lint

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// regex looks at a regular expression.
func (c *checker) regex(v sigma.Located, re sigma.Regex) {
	switch {
	case re.Expand:
	case c.plainRegex(v, re):
	case strings.HasPrefix(re.Pattern, ".*") && !strings.HasPrefix(re.Pattern, ".*?") && !re.DotAll:
		c.remark(v.Span, "lint/regex-edge", "a .* in front changes nothing: the expression is looked for anywhere", "remove it")
	case strings.HasSuffix(re.Pattern, ".*") && !escaped(re.Pattern, len(re.Pattern)-2):
		c.remark(v.Span, "lint/regex-edge", "a .* at the end changes nothing: more may follow anyway", "remove it")
	}
	if strings.HasPrefix(re.Pattern, "(?i)") {
		c.remark(v.Span, "lint/regex-flag", "the expression sets (?i) itself", "write the modifier i: |re|i")
	}
	if name := dottedName(re.Pattern); name != "" {
		c.warn(v.Span, "lint/regex-dot", fmt.Sprintf("the dot in %q stands for any character", name), "write it as \\.")
	}
}

// plainFile is a name with a dot that nothing escapes and an extension behind.
var plainFile = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)([a-z0-9_]\.(?:exe|dll|ps1|bat|cmd|vbs|js|hta|sys|tmp|txt|zip|lnk|com|net|org))(?:$|[^a-z0-9_*+?{])`)
})

// dottedName returns what looks like the end of a file's name.
func dottedName(pattern string) string {
	if m := plainFile().FindStringSubmatch(pattern); m != nil {
		return m[1]
	}
	return ""
}

// plainRegex finds expressions that say no more than a modifier does.
func (c *checker) plainRegex(v sigma.Located, re sigma.Regex) bool {
	tree, err := query.ParseRegex(re)
	if err != nil {
		return false
	}
	text, front, back, ok := literalOf(tree)
	if !ok || text == "" {
		return false
	}
	modifier := map[[2]bool]string{{false, false}: "contains", {true, false}: "startswith", {false, true}: "endswith", {true, true}: "no modifier"}[[2]bool{front, back}]
	if !re.IgnoreCase && !strings.Contains(re.Pattern, "(?i") && letters(text) {
		modifier = strings.TrimPrefix(modifier+"|cased", "no modifier|")
	}
	hint := "write it with " + modifier
	if !strings.ContainsAny(text, `*?\`) && strings.IndexFunc(text, unicode.IsControl) < 0 {
		hint += ": " + text
	}
	c.remark(v.Span, "lint/plain-regex", "the regular expression is a plain text", hint)
	return true
}

// literalOf returns the text of an expression that is nothing but text, and
// whether it is anchored in front and at the back.
func literalOf(re *syntax.Regexp) (text string, front, back, ok bool) {
	parts := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		parts = re.Sub
	}
	for i, p := range parts {
		switch {
		case p.Op == syntax.OpLiteral:
			text += string(p.Rune)
		case p.Op == syntax.OpBeginText && i == 0:
			front = true
		case p.Op == syntax.OpEndText && i == len(parts)-1:
			back = true
		default:
			return "", false, false, false
		}
	}
	return text, front, back, true
}
