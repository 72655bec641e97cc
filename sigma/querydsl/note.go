package querydsl

// note is something that a Query's notes say.
type note int

const (
	notePlain note = iota
	noteKeyword
	noteCIDR
	noteCompare
	noteRegex
	noteIgnored
	noteScript
	noteFieldRef
	noteDate
	notePhrase
	noteCaseLost
	noteMany
	noteHeavy
	notes
)

func (n note) String() string {
	switch n {
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
		return "values longer than a field's ignore_above are not indexed, so that they are never found"
	case noteScript:
		return "a script runs for each event of the window: the server has to allow Painless and expensive queries"
	case noteFieldRef:
		return "fields that are compared are taken for keyword fields: on text fields the search fails"
	case noteDate:
		return "a field asked for a part of its time is taken for a date field: on others the search fails"
	case notePhrase:
		return "approximate: text fields are asked for the words that the values meant hold, wherever they stand: that finds more"
	case noteCaseLost:
		return "approximate: case is not demanded where the index does not know it, or may not: that finds more"
	case noteMany:
		return "the query has more than 1,000 patterns: the server takes some 10 ms for each of them on every run, whatever the number of events, and from version 8 on up to 100 kB of memory"
	case noteHeavy:
		return "a regular expression is so complex that the server takes up to a second for it on every run"
	default:
		return ""
	}
}

func (r *renderer) note(n note) { r.noted[n] = true }

// approximate reports whether an approximate query may be printed here, and
// notes it. What finds more leaves out more under not: that is never allowed,
// since events would be missed.
func (r *renderer) approximate(n note) bool {
	if !r.opt.AllowApproximate || r.under {
		return false
	}
	r.approximated = true
	r.note(n)
	return true
}

func (r *renderer) notes() []string {
	var out []string
	for n, said := range r.noted {
		if said {
			out = append(out, note(n).String())
		}
	}
	return out
}
