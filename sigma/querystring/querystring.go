// Package querystring prints a resolved rule as the text of one Elasticsearch
// query_string query, or says why that cannot be done.
//
// How a real server reads such a text was measured, not read: on Elasticsearch
// 7.17.29 and 8.19. What the printed text relies on: the query is sent with
// lenient false, analyze_wildcard false, default_operator OR and
// allow_leading_wildcard true, without default fields. Lucene's operators have
// no precedence, so every binary node stands in parentheses, and so does every
// NOT that is not directly under AND. Whole values stand in quotes; patterns
// are bare wildcard terms or regular expressions, fully escaped, because a
// character that lacks its escape does not fail but widens the query. Between
// slashes all of Lucene's optional operators are on, and nothing turns them
// off.
//
// A field of unknown type is taken for a keyword field, lower-cased or not; an
// unknown field in which values without a field are looked for is taken for
// text. The package makes no search body, no time window and no watch, and
// prints no approximate query unless that is allowed, and then says so.
package querystring

import (
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// Case says how letters of values are printed for fields of unknown type.
type Case string

// The two ways to print letters.
const (
	// Insensitive prints a value with letters as a regular expression, [aA]
	// for each letter: right on keyword, lower-cased keyword and wildcard
	// fields alike. It is what an empty Case means.
	Insensitive Case = "insensitive"
	// AsWritten prints a value as it is: short, and right only where the
	// fields are lower-cased by a normalizer.
	AsWritten Case = "as-written"
)

// Options are the settings that decide about the text.
type Options struct {
	// Case is how letters are printed for fields of unknown type; empty is
	// Insensitive.
	Case Case
	// KeywordFields are the fields in which values without a field are looked
	// for. Where there are none, such values are refused. Their types are those
	// of the tree.
	KeywordFields []string
	// MaxRegexp is the longest regular expression that the server takes
	// (index.max_regex_length), in UTF-16 units as it counts them; 0 is its
	// default, 1,000.
	MaxRegexp int
	// AllowApproximate prints queries that find more than the rule means where
	// nothing else can be said, and notes it. Under NOT, where they would find
	// less, nothing is approximated.
	AllowApproximate bool
}

// Query is a rule as a query_string.
type Query struct {
	// Text is the query; empty where it was refused.
	Text string
	// Fields are the fields that the query asks for by their names in the
	// documents, in order of appearance; the keyword fields come last, where
	// the rule has keywords.
	Fields []string
	// Approximated says that the query finds more than the rule means, as
	// AllowApproximate lets it; a note says how.
	Approximated bool
	// Notes are what a reader of the plan has to know about the query's
	// meaning, each a sentence without its full stop.
	Notes []string
}

// note is something that a Query's notes say.
type note int

const (
	noteCase note = iota
	notePlain
	noteKeyword
	noteCIDR
	noteCompare
	noteRegex
	noteIgnored
	noteText
	noteCased
	noteMany
	notes
)

func (n note) String() string {
	switch n {
	case noteCase:
		return "values are compared as written: on keyword fields without a lowercase normalizer case counts"
	case notePlain:
		return "true, false and IPv6 addresses are compared as written, so that boolean and ip fields can be asked"
	case noteKeyword:
		return "values without a field are looked for in the words of text fields: one word anywhere within a word, several as a phrase of whole words; punctuation does not count"
	case noteCIDR:
		return "networks are found in ip fields only; on other fields they never match"
	case noteCompare:
		return "comparisons count as numbers on number fields only; on other fields they go by characters"
	case noteRegex:
		return "regular expressions that demand a case are right on keyword and wildcard fields only: on lower-cased ones they can find more or less"
	case noteIgnored:
		return "values longer than a field's ignore_above are not indexed: they are never found"
	case noteText:
		return "approximate: text fields are asked for the words that the values meant hold, wherever they stand: that finds more"
	case noteCased:
		return "approximate: case is not demanded where the index does not know it, or may not: that finds more"
	case noteMany:
		return "the query has more than 1,000 patterns: the server takes some 10 ms for each of them on every run, whatever the number of events"
	default:
		return ""
	}
}

// Render prints the tree. What a query_string cannot say exactly is an error
// that points at its place in the rule; all of them are reported at once, and
// the query is then empty. A tree without a root is an error as well: a query
// without a text would match nothing, for ever.
func Render(t query.Tree, opt Options) (Query, []diag.Diagnostic) {
	p := newPrinter(t, opt)
	p.root()
	if p.out.Len() > maxText {
		p.refuse(ruleSpan(t), tooLong)
	}
	if len(p.refused) > 0 {
		diag.Sort(p.refused)
		return Query{}, p.refused
	}
	return Query{Text: p.out.String(), Fields: p.fields(), Approximated: p.approximated(), Notes: p.notes()}, nil
}
