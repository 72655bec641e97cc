package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// asked is the question that a value of an item asks.
func asked(it *sigma.Item, v sigma.Value) *query.Match {
	return &query.Match{Field: it.Field, Value: v}
}

// value looks for slips in one value.
func (c *checker) value(it *sigma.Item, v sigma.Located) {
	switch value := v.Value.(type) {
	case sigma.Regex:
		c.regex(v, value)
	case sigma.String:
		c.text(it, v, value)
	}
}

func (c *checker) text(it *sigma.Item, v sigma.Located, s sigma.String) {
	raw, ok := written(v)
	if !ok {
		return
	}
	c.wildcards(it, v, raw)
	if it.Field != "" {
		c.blanks(it, v, s)
	}
	c.backslashes(v, s, raw)
}

// written is a value as it stands in the file, without its quotes. It is not
// ok for a text of several lines.
func written(v sigma.Located) (string, bool) {
	raw := v.Span.Text()
	if raw == "" || strings.ContainsAny(raw, "\r\n") {
		return "", false
	}
	if q := raw[0]; (q == '"' || q == '\'') && len(raw) > 1 && raw[len(raw)-1] == q {
		return raw[1 : len(raw)-1], true
	}
	return raw, true
}

// wildcards finds stars that a modifier sets as well, or that undo it.
func (c *checker) wildcards(it *sigma.Item, v sigma.Located, raw string) {
	has := func(name string) bool { return slices.Contains(it.Modifiers, name) }
	front := strings.HasPrefix(raw, "*") && len(raw) > 1
	back := strings.HasSuffix(raw, "*") && len(raw) > 1 && !escaped(raw, len(raw)-1)
	switch {
	case has("startswith") && front:
		c.warn(v.Span, "lint/modifier-undone", "startswith is undone by the * in front: the value is looked for anywhere", "remove the *, or write contains")
	case has("endswith") && back:
		c.warn(v.Span, "lint/modifier-undone", "endswith is undone by the * at the end: the value is looked for anywhere", "remove the *, or write contains")
	case has("contains") && (front || back), has("startswith") && back, has("endswith") && front:
		c.remark(v.Span, "lint/redundant-wildcard", "the modifier sets this * already", "remove it")
	}
}

// escaped reports whether the character at that place stands behind an odd
// number of backslashes.
func escaped(s string, at int) bool {
	n := 0
	for at > n && s[at-n-1] == '\\' {
		n++
	}
	return n%2 == 1
}

// blanks finds blanks where a value has to end: nobody sees them. Command lines
// do end with blanks.
func (c *checker) blanks(it *sigma.Item, v sigma.Located, s sigma.String) {
	if len(s.Parts) == 0 {
		return
	}
	first, last := s.Parts[0], s.Parts[len(s.Parts)-1]
	switch {
	case last.Kind == sigma.Text && !strings.Contains(strings.ToLower(it.Field), "command") && strings.TrimRight(last.Text, " \t") != last.Text && strings.TrimSpace(last.Text) != "":
		c.warn(v.Span, "lint/blank-at-the-end", "the value ends with a blank, and the field has to end so too", "remove it, or write contains if more may follow")
	case first.Kind == sigma.Text && strings.TrimLeft(first.Text, " \t") != first.Text && strings.TrimSpace(first.Text) != "":
		c.warn(v.Span, "lint/blank-at-the-end", "the value begins with a blank, and the field has to begin so too", "remove it, or write contains if something may stand before it")
	}
}

// doubled is a backslash within a path that became two.
var doubled = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^[a-z]:|[a-z0-9_)%])\\\\[a-z0-9_(%]`)
})

// pathLike is a text that goes down folders of Windows.
var pathLike = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^[a-z]:\\|^\\?(?:windows|users|program|appdata|system32|temp|software|hkey|hkl|hkc)[^\\]*\\|\\[^\\]+\\)`)
})

// backslashes finds escapes that mean something else than they look like.
func (c *checker) backslashes(v sigma.Located, s sigma.String, raw string) {
	for _, part := range s.Parts {
		if part.Kind == sigma.Text && doubled().MatchString(part.Text) {
			c.remark(v.Span, "lint/doubled-backslash", "the value has two backslashes where a path has one", "in Sigma \\\\ is one backslash and so is a single one: remove half of them")
			return
		}
	}
	if i := strings.Index(raw, `\*`); i >= 0 && escaped(raw, i+1) && !strings.HasPrefix(v.Span.Text(), `"`) {
		for _, part := range s.Parts {
			if part.Kind == sigma.Text && strings.Contains(part.Text, "*") && pathLike().MatchString(raw[:i+1]) {
				c.warn(v.Span, "lint/escaped-wildcard", `\* is a star and no wildcard`, fmt.Sprintf(`write \\* for a backslash with a wildcard behind it: %s`, strings.Replace(raw, `\*`, `\\*`, 1)))
				return
			}
		}
	}
}
