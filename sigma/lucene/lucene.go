// Package lucene holds what both Elasticsearch back ends need to know of
// Lucene: what a text with wildcards or a rule's regular expression is in
// Lucene's dialect of regular expressions, how dear such a pattern is to the
// server, and what the standard analyzer makes of a text.
//
// It prints no query, knows no field types, and refuses nothing by itself: a
// back end compares lengths and efforts with its limits and turns errors into
// diagnostics of its own. How real servers read expressions was measured on
// Elasticsearch 7.17.29 and 8.19.
package lucene

import (
	"slices"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// Expr is a regular expression that a whole value has to match, as Lucene
// compares them. It has no anchors. The zero Expr is of no use.
type Expr struct{ root expr }

// FromText makes an expression of a text with wildcards: in any case, by
// Unicode's simple folding, with a letter of ASCII standing for itself in both
// cases and nothing beyond ASCII; in that very case where the text is cased.
// The error is an [*Error] of Placeholder or InvalidText.
func FromText(s sigma.String) (Expr, error) {
	if err := CheckText(s); err != nil {
		return Expr{}, err
	}
	return Expr{textExpr(s)}, nil
}

// CheckText reports what keeps a text from being asked for at all: an [*Error]
// of Placeholder or InvalidText, or nil.
func CheckText(s sigma.String) error {
	for _, part := range s.Parts {
		switch {
		case part.Kind == sigma.Placeholder:
			return &Error{Placeholder, "the placeholder %" + part.Text + "% was not filled in"}
		case !utf8.ValidString(part.Text):
			return &Error{InvalidText, "the value is not valid UTF-8"}
		}
	}
	return nil
}

// FromRegex translates a rule's regular expression, which is searched in a
// value, into one for whole values. The error is an [*Error].
func FromRegex(v sigma.Regex) (Expr, error) {
	if !utf8.ValidString(v.Pattern) {
		return Expr{}, &Error{InvalidText, "the value is not valid UTF-8"}
	}
	tree, err := query.ParseRegex(v)
	if err != nil {
		return Expr{}, parseError(v, err)
	}
	e, err := searched(tree)
	return Expr{e}, err
}

// Dialect is a place in which an expression is written.
type Dialect int

const (
	// Clause is a regexp clause of the Query DSL, with flags NONE.
	Clause Dialect = iota
	// Slashes is between the slashes of a query_string, where all of Lucene's
	// optional operators are on and a slash ends the expression.
	Slashes
)

// Text prints the expression, without slashes. It means the same with Lucene's
// optional operators on and off, and after a lowercase normalizer made small
// letters of it, on what that normalizer made of the values.
func (e Expr) Text(d Dialect) string {
	p := &printer{dialect: d}
	p.expr(e.root, looseBinding)
	return p.text()
}

// Length returns the length of a text as the server counts it for
// index.max_regex_length, in UTF-16 units.
func Length(text string) int {
	n := 0
	for _, r := range text {
		n += max(utf16.RuneLen(r), 1) // what is not UTF-8 counts as U+FFFD
	}
	return n
}

// Effort estimates what the expression, or wildcards that mean the same, cost
// the server; see EasyEffort. It is MostEffort where it is that much or more.
func (e Expr) Effort() int { return effortOf(e.root, MostEffort) }

// Easy reports whether the Effort is less than EasyEffort, and takes less time
// for the expressions that are not.
func (e Expr) Easy() bool { return effortOf(e.root, EasyEffort) < EasyEffort }

// TextEffort is the Effort of a text with wildcards. It takes a look first, so
// that it costs next to nothing for most texts.
func TextEffort(s sigma.String) int {
	ones, length := 0, 0
	for _, part := range s.Parts {
		length += len(part.Text)
		if part.Kind == sigma.One {
			ones++
		}
	}
	if ones <= 2 && length <= 200 {
		return 0
	}
	return effortOf(textExpr(s), MostEffort)
}

// Anything reports whether every value matches, so that it is enough to ask
// whether there is one.
func (e Expr) Anything() bool { return isAnyText(e.root) }

// FoldsCase reports whether the expression matches in any case. One that does
// not means something else on a field that is indexed in small letters.
func (e Expr) FoldsCase() bool { return foldsCase(e.root) }

// Folded is the expression with every character in any case, that of negated
// classes too: it matches all that the expression does, and more.
func (e Expr) Folded() Expr { return Expr{folded(e.root)} }

// Empty reports whether the empty value matches.
func (e Expr) Empty() bool { return canBeEmpty(e.root) }

func canBeEmpty(e expr) bool {
	switch e := e.(type) {
	case seq:
		return !slices.ContainsFunc(e, func(part expr) bool { return !canBeEmpty(part) })
	case alt:
		return slices.ContainsFunc(e, canBeEmpty)
	case loop:
		return e.min == 0 || canBeEmpty(e.of)
	default:
		return false
	}
}

// HasCase reports whether the text has a letter that exists in two cases.
func HasCase(s sigma.String) bool { return hasRune(s, twoCases) }

// HasWideCase reports whether the text has such a letter beyond ASCII, which
// Elasticsearch's case_insensitive does not fold.
func HasWideCase(s sigma.String) bool {
	return hasRune(s, func(r rune) bool { return r >= utf8.RuneSelf && twoCases(r) })
}

// LowersAlike reports whether a lowercase normalizer makes one text of all that
// the text means in any case, so that it can be asked for as it is where that
// normalizer has made the index. It does not for ς, σ and Σ, for instance: the
// small letters are two.
func LowersAlike(s sigma.String) bool {
	return !hasRune(s, func(r rune) bool {
		for next := unicode.SimpleFold(r); r >= utf8.RuneSelf && next != r; next = unicode.SimpleFold(next) {
			if unicode.ToLower(next) != unicode.ToLower(r) {
				return true
			}
		}
		return false
	})
}

func hasRune(s sigma.String, is func(rune) bool) bool {
	for _, part := range s.Parts {
		for _, r := range part.Text {
			if is(r) {
				return true
			}
		}
	}
	return false
}

func twoCases(r rune) bool {
	if r < utf8.RuneSelf {
		return isLetter(r)
	}
	return unicode.SimpleFold(r) != r
}

func isLetter(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' }
