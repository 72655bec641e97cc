package querystring

import (
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// refusal is a reason why a rule has no query_string.
type refusal struct{ code, message, hint string }

// The refusals. Their codes have pages of the same name.
var (
	empty = refusal{
		"querystring/empty", "there is nothing to ask for",
		"correct the condition first",
	}
	tooLong = refusal{
		"querystring/too-long", "the query would be longer than 2 MiB",
		"split the rule",
	}
	regex = refusal{
		"querystring/regex", "regular expressions are not translated yet",
		"say it with contains, startswith, endswith or wildcards where they can",
	}
	fieldRef = refusal{
		"querystring/fieldref", "a query_string cannot compare two fields",
		"compare the field with the values that count",
	}
	timePart = refusal{
		"querystring/time-part", "a query_string cannot ask for a part of a timestamp",
		"ask for a field that holds the hour or the day as a number, written when the event is indexed",
	}
	cased = refusal{
		"querystring/cased", "case cannot be demanded of a field whose type is not known",
		"leave the modifier cased out if case need not count",
	}
	placeholder = refusal{
		"querystring/placeholder", "the placeholder was not filled in",
		"give its values in a pipeline (value_placeholders), or write the values into the rule",
	}
	invalidText = refusal{
		"querystring/invalid-text", "the value is not valid UTF-8",
		"use base64, base64offset or a regular text behind the modifiers that make bytes",
	}
	fieldName = refusal{
		"querystring/field-name", "a query_string cannot name this field",
		"a star makes it a pattern of names, even escaped, and _exists_ is an operator: map it to another name in a pipeline",
	}
	longRegexp = refusal{
		"querystring/regexp-too-long", "the regular expression for this value is longer than the server takes",
		"shorten the value, or set query.case to as-written where the fields are lower-cased",
	}
	complexPattern = refusal{
		"querystring/wildcards-too-complex", "the server would refuse this pattern as too complex",
		"use fewer ? behind a *, or a shorter text between them",
	}
	keywordFields = refusal{
		"querystring/no-keyword-fields", "no field is set in which values without a field are looked for",
		"set query.keyword_fields, or name the field in the rule",
	}
	keywordValue = refusal{
		"querystring/keyword-value", "only texts and numbers can be looked for without a field",
		"name the field in the rule",
	}
	keywordWildcard = refusal{
		"querystring/keyword-wildcard", "no phrase can say this pattern",
		"name the field in the rule, or look for whole words without wildcards",
	}
	keywordNoWord = refusal{
		"querystring/keyword-no-word", "there is no word in this value to look for",
		"name the field in the rule: text is indexed by its words, without punctuation",
	}
	unknownValue = refusal{
		"querystring/unknown-value", "a query_string cannot say this kind of value",
		"say it another way",
	}
)

// refuse reports each reason once a place: a value can be printed for several
// fields.
func (p *printer) refuse(at diag.Span, r refusal) {
	key := refusalKey{r.code, at.Start}
	if p.seen[key] {
		return
	}
	if p.seen == nil {
		p.seen = map[refusalKey]bool{}
	}
	p.seen[key] = true
	p.refused = append(p.refused, diag.Diagnostic{
		Span: at, Severity: diag.Error, Code: r.code, Message: r.message, Hint: r.hint,
	})
}

func ruleSpan(t query.Tree) diag.Span {
	if t.Rule == nil {
		return diag.Span{}
	}
	return t.Rule.Detection.Span
}
