package current

import (
	"regexp"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/querystring"
)

// esqs is the text of a query_string.
func esqs(in Input, r *report) Output {
	return Output{Text: r.queryString(in, in.QueryString).Text}
}

// printed prints the tree, or gives what was printed of it.
func (in Input) printed(opt querystring.Options) (querystring.Query, []diag.Diagnostic) {
	if in.Printed != nil {
		return in.Printed(opt)
	}
	return querystring.Render(in.Tree, opt)
}

// queryString prints the tree; what has to be known of the query becomes
// remarks.
func (r *report) queryString(in Input, opt querystring.Options) querystring.Query {
	q, ds := in.printed(opt)
	r.found = append(r.found, ds...)
	for _, note := range q.Notes {
		severity := diag.Info
		if strings.HasPrefix(note, "approximate") {
			severity = diag.Warning
		}
		r.add(r.at, fault{severity, "querystring/note", note, "compare it with how the fields are indexed"})
	}
	return q
}

// parameterForm is what Graylog replaces before anything else reads the text.
var parameterForm = regexp.MustCompile(`\$[a-zA-Z_]\w*\$`)

// graylog is the same text: Graylog hands it to the query_string of its
// OpenSearch. It looks for parameters first, and forbids wildcards at the
// beginning of a word by default. Values without a field are looked for in the
// message.
func graylog(in Input, r *report) Output {
	opt := in.QueryString
	if len(opt.KeywordFields) == 0 {
		opt.KeywordFields = []string{"message"}
	}
	q := r.queryString(in, opt)
	if parameterForm.MatchString(q.Text) {
		r.add(r.at, parameter)
	}
	if leads(q.Text) {
		r.add(r.at, leadingWildcard)
	}
	r.add(r.at, unmeasured)
	return Output{Text: q.Text}
}

// leads reports whether a bare word of the text begins with a wildcard.
func leads(text string) bool {
	var quote byte // of what we are in: " or /
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"':
			quote = c
		case c == '/' && begins(text, i):
			quote = c
		case (c == '*' || c == '?') && begins(text, i):
			return true
		}
	}
	return false
}

// begins reports whether a word begins at that place.
func begins(text string, i int) bool {
	return i == 0 || strings.IndexByte(" (:", text[i-1]) >= 0 && (i < 2 || text[i-2] != '\\')
}
