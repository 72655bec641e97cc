// Package querydsl prints a resolved rule as one Elasticsearch query in the
// Query DSL: a bool of term, terms, wildcard, regexp, range, exists and
// match_phrase clauses. Or it says why that cannot be done.
//
// How a real server reads such a query was measured, not read: on Elasticsearch
// 7.17.29 and 8.19. What the printed query relies on: case_insensitive, which
// is there from 7.10 on, and which folds letters of ASCII only, so that texts
// with other letters that have two cases become regular expressions. Rules'
// own regular expressions are translated by their syntax tree into Lucene's
// dialect, with all of its optional operators turned off.
//
// The package knows no field types yet: every field is taken for a keyword
// field, lower-cased or not, a value without a field for a phrase in text. It
// makes no search body, no time window and no watch, and never prints an
// approximate query.
package querydsl

import (
	"slices"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// Options are the settings that decide about the query.
type Options struct {
	// KeywordFields are the fields in which values without a field are looked
	// for. Where there are none, such values are refused.
	KeywordFields []string
	// MaxRegexp is the longest regular expression that the server takes
	// (index.max_regex_length), in UTF-16 units as it counts them; 0 is its
	// default, 1,000.
	MaxRegexp int
}

// Query is a rule in the Query DSL.
type Query struct {
	// JSON is the query clause, compact, members in a fixed order; nil where
	// it was refused.
	JSON []byte
	// Fields are the fields that the query asks for, in order of appearance;
	// the keyword fields come last, where the rule has keywords.
	Fields []string
	// Notes are what a reader of the plan has to know about the query's
	// meaning, each a sentence without its full stop.
	Notes []string
}

// note is something that a Query's notes say.
type note int

const (
	notePlain note = iota
	noteKeyword
	noteCIDR
	noteCompare
	noteRegex
	noteMany
	noteHeavy
	notes
)

func (n note) String() string {
	switch n {
	case notePlain:
		return "true, false and IPv6 addresses are compared as written, so that boolean and ip fields can be asked"
	case noteKeyword:
		return "values without a field are looked for as phrases of whole words; punctuation does not count"
	case noteCIDR:
		return "networks are found in ip fields only; on other fields they never match"
	case noteCompare:
		return "comparisons count as numbers on number fields only; on other fields they go by characters"
	case noteRegex:
		return "regular expressions that demand a case are compared with what is indexed: on lower-cased fields case is lost"
	case noteMany:
		return "the query has more than 1,000 patterns: the server takes some 10 ms for each of them on every run, whatever the number of events, and from version 8 on up to 100 kB of memory"
	case noteHeavy:
		return "a regular expression is so complex that the server takes up to a second for it on every run"
	default:
		return ""
	}
}

// manyPatterns is the number of wildcard and regexp clauses above which a
// query is slow by them alone.
const manyPatterns = 1000

// Render prints the tree. What the Query DSL cannot say exactly is an error
// that points at its place in the rule; all of them are reported at once, and
// the query is then empty. So is a tree without a root.
func Render(t query.Tree, opt Options) (Query, []diag.Diagnostic) {
	if opt.MaxRegexp == 0 {
		opt.MaxRegexp = 1000
	}
	r := &renderer{opt: opt}
	var root clause
	if t.Root == nil {
		r.refuse(ruleSpan(t), empty)
	} else {
		root = r.node(t.Root)
	}
	if r.levels(root) > maxLevels {
		r.refuse(ruleSpan(t), tooDeep)
	}
	if len(r.refused) > 0 {
		diag.Sort(r.refused)
		return Query{}, r.refused
	}
	if r.patterns > manyPatterns {
		r.note(noteMany)
	}
	return Query{JSON: encode(root), Fields: r.fields(t), Notes: r.notes()}, nil
}

// renderer collects all that is wrong. After a refusal the query is of no use;
// rendering goes on to find the other refusals.
type renderer struct {
	opt      Options
	refused  []diag.Diagnostic
	noted    [notes]bool
	keyword  bool // the rule has keywords
	patterns int  // wildcard and regexp clauses
}

func (r *renderer) note(n note) { r.noted[n] = true }

func (r *renderer) notes() []string {
	var out []string
	for n, said := range r.noted {
		if said {
			out = append(out, note(n).String())
		}
	}
	return out
}

func (r *renderer) fields(t query.Tree) []string {
	fields := t.Fields()
	if !r.keyword {
		return fields
	}
	for _, f := range r.opt.KeywordFields {
		if !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
	}
	return fields
}
