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
	textRegex = refusal{
		"querystring/text-field", "a text field holds words, and no whole value that a regular expression could be compared with",
		"pin its keyword sub-field (keyword: NAME), or ask for another field",
	}
	textField = refusal{
		"querystring/text-field", "a text field holds words, and no whole value that this one could be compared with",
		"pin its keyword sub-field (keyword: NAME), look for the words without a field, or allow approximate queries",
	}
	nested = refusal{
		"querystring/nested", "a query_string does not see into nested objects",
		"set query.form to auto or dsl (convert -T dsl)",
	}
	fieldRef = refusal{
		"querystring/fieldref", "a query_string cannot compare two fields",
		"set query.form to auto or dsl (convert -T dsl), or compare the field with the values that count",
	}
	timePart = refusal{
		"querystring/time-part", "a query_string cannot ask for a part of a timestamp",
		"set query.form to auto or dsl (convert -T dsl), or ask for a field that holds the hour or the day as a number",
	}
	cased = refusal{
		"querystring/cased", "case cannot be demanded of a field whose type is not known",
		"leave the modifier cased out if case need not count, or pin the field's type",
	}
	casedLowered = refusal{
		"querystring/cased", "case cannot be demanded of a field that is indexed in small letters, or may be",
		"leave the modifier cased out if case need not count, or allow approximate queries, which find more",
	}
	casedRegex = refusal{
		"querystring/cased", "the expression demands a case, and the field is indexed in small letters, or may be",
		"add the modifier i if case need not count, or allow approximate queries, which find more",
	}
	emptyText = refusal{
		"querystring/empty-text", "a wildcard field does not tell the empty text from others",
		"ask for null, or for a text of at least one character",
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
		"shorten the value, or set query.form to auto or dsl (convert -T dsl)",
	}
	longRegex = refusal{
		"querystring/regexp-too-long", "in Lucene's words this regular expression is longer than the server takes",
		"shorten it, or make several of its alternatives",
	}
	complexPattern = refusal{
		"querystring/wildcards-too-complex", "the server would refuse this pattern as too complex",
		"use fewer ? or repetitions behind a *, or a shorter text between them",
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

// keywordField is a field in which nothing can be looked for without a name.
func keywordField(reason string) refusal {
	return refusal{
		"querystring/keyword-field", "values without a field cannot be looked for in one of query.keyword_fields: " + reason,
		"take it out of query.keyword_fields, or name the field in the rule",
	}
}

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
