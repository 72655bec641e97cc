// Package querydsl prints a resolved rule as one Elasticsearch query in the
// Query DSL: a bool of term, terms, wildcard, regexp, range, exists, nested,
// script and match_phrase clauses. Or it says why that cannot be done.
//
// How a real server reads such a query was measured, not read: on Elasticsearch
// 7.17.29 and 8.19. What the printed query relies on: case_insensitive, which
// is there from 7.10 on, and which folds letters of ASCII only, so that texts
// with other letters that have two cases become regular expressions. Rules'
// own regular expressions are translated by their syntax tree into Lucene's
// dialect, with all of its optional operators turned off.
//
// Each field is asked in the way of its type. One whose type is not known is
// taken for keyword, lower-cased keyword or wildcard, all of which its
// questions fit; values without letters fit ip, number and boolean fields as
// well. A value without a field is looked for as a phrase in text.
//
// The package makes no search body, no time window and no watch. It prints an
// approximate query only where that is allowed, and says so.
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
	// AllowApproximate prints queries that find more than the rule means where
	// nothing else can be said, and notes it. They never find less.
	AllowApproximate bool
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
	// Approximated says that the query finds more than the rule means, as
	// AllowApproximate lets it; a note says how.
	Approximated bool
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
	r := &renderer{opt: opt, types: t.Types}
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
	return Query{JSON: encode(root), Fields: r.fields(t), Notes: r.notes(), Approximated: r.approximated}, nil
}

// renderer collects all that is wrong. After a refusal the query is of no use;
// rendering goes on to find the other refusals.
type renderer struct {
	opt      Options
	types    *query.Types
	refused  []diag.Diagnostic
	noted    [notes]bool
	keyed    bool // the rule has keywords
	under    bool // an odd number of NOT
	patterns int  // wildcard and regexp clauses
	// approximated is true where the query is not exact.
	approximated bool
}

func (r *renderer) fields(t query.Tree) []string {
	fields := t.Fields()
	if !r.keyed {
		return fields
	}
	for _, f := range r.opt.KeywordFields {
		if !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
	}
	return fields
}
