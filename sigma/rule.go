// Package sigma reads Sigma rules: it turns YAML files into rules with the
// place of every part, and says all that is wrong with them at once.
//
// It does not resolve a rule: selectors stay selectors, fields keep the names
// that the rule gives them, and nothing is said in any target's language.
// Filters are applied to rules ([Open], [ApplyFilters]). Correlations
// are read and checked, and refused: no target can say them yet.
package sigma

import "github.com/sigwatch/sigwatch/diag"

// Rule is one Sigma rule, as one YAML document of a file describes it.
type Rule struct {
	// File is the file it stands in; Span is the document's place there.
	File *diag.File
	Span diag.Span
	// Document is the number of the document in its file, from 0.
	Document int

	Title       string
	TitleSpan   diag.Span
	ID          string // as a lower-case UUID with dashes, or empty
	IDSpan      diag.Span
	Name        string
	Status      string
	Level       string // informational, low, medium, high, critical, or empty
	LevelSpan   diag.Span
	Description string
	License     string
	Author      string
	Date        string // YYYY-MM-DD
	Modified    string // YYYY-MM-DD
	Taxonomy    string

	References     []string
	Tags           []string
	Fields         []string
	FalsePositives []string
	Scope          []string
	Related        []Related

	LogSource LogSource
	Detection Detection

	// Custom are the keys that the specification does not know, in file order.
	Custom []Attribute

	// Filters are those that were applied, in the order of [ApplyFilters].
	Filters []*Filter
	// BaseOf says that a correlation is about the rule, and asks for no results
	// of the rule's own: it is what that has in common with rules. Only
	// [Pending] fills it in, which knows all files of a run.
	BaseOf *Rule
}

// Related is a link to another rule.
type Related struct{ ID, Type string }

// LogSource says which logs a rule is about. Empty parts say nothing.
type LogSource struct {
	Span                                   diag.Span
	Category, Product, Service, Definition string
}

// Attribute is a top-level key of a rule that the specification does not
// know, with its value as plain data (map[string]any, []any, string, int64,
// float64, bool, nil).
type Attribute struct {
	Key   string
	Span  diag.Span
	Value any
}
