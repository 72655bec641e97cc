package config

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/sigma"
)

// LogSource matches the log source of a rule. Empty parts match all.
type LogSource struct{ Product, Category, Service string }

func (l LogSource) matches(r sigma.LogSource) bool {
	same := func(want, got string) bool { return want == "" || strings.EqualFold(want, got) }
	return same(l.Product, r.Product) && same(l.Category, r.Category) && same(l.Service, r.Service)
}

// Match says which rules an entry is about. All parts have to match, one value
// of each part is enough, and an empty part matches all.
type Match struct {
	Levels     []string
	Tags       []string
	IDs        []string
	Paths      []string // with *, ** and ?, relative to the configuration's folder
	LogSources []LogSource
}

// Matches tells whether the rule is meant.
func (m Match) Matches(r *sigma.Rule) bool {
	return matchesAny(m.Levels, func(l string) bool { return l == r.Level }) &&
		matchesAny(m.IDs, func(id string) bool { return r.ID != "" && strings.EqualFold(id, r.ID) }) &&
		matchesAny(m.Tags, func(tag string) bool { return hasTag(r.Tags, tag) }) &&
		matchesAny(m.Paths, func(path string) bool { return r.File != nil && globMatches(path, r.File.Name) }) &&
		matchesAny(m.LogSources, func(l LogSource) bool { return l.matches(r.LogSource) })
}

func matchesAny[T any](wanted []T, is func(T) bool) bool {
	return len(wanted) == 0 || slices.ContainsFunc(wanted, is)
}

func hasTag(tags []string, wanted string) bool {
	return slices.ContainsFunc(tags, func(t string) bool {
		return globMatches(strings.ToLower(wanted), strings.ToLower(t))
	})
}

// globMatches knows * for anything but a slash, ** for anything, ? for one
// character. A folder's name stands for all that is in it.
func globMatches(glob, name string) bool {
	glob = strings.TrimPrefix(glob, "./")
	return glob == name || globExpr(glob).MatchString(name)
}

func globExpr(glob string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`\A`)
	for rest := glob; rest != ""; {
		expr, used := globStep(rest)
		b.WriteString(expr)
		rest = rest[used:]
	}
	b.WriteString(`(?:/.*)?\z`)
	return regexp.MustCompile(b.String())
}

// globStep translates the beginning of a glob, and says how much of it.
func globStep(rest string) (expr string, used int) {
	switch {
	case strings.HasPrefix(rest, "**/"):
		return `(?:.*/)?`, 3
	case strings.HasPrefix(rest, "**"):
		return `.*`, 2
	case rest[0] == '*':
		return `[^/]*`, 1
	case rest[0] == '?':
		return `[^/]`, 1
	default:
		_, size := utf8.DecodeRuneInString(rest)
		return regexp.QuoteMeta(rest[:size]), size
	}
}
