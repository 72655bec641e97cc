package querydsl

import (
	"errors"
	"slices"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/lucene"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// refusal is a reason why a rule has no query. Its code has a page of the same
// name.
type refusal struct{ code, message, hint string }

// The refusals.
var (
	empty = refusal{
		"querydsl/empty", "there is nothing to ask for",
		"correct the condition first",
	}
	tooDeep = refusal{
		"querydsl/too-deep", "the condition nests deeper than the server takes",
		"write it with fewer levels of and, or and not",
	}
	fieldRef = refusal{
		"querydsl/fieldref", "these two fields cannot be compared",
		"both have to be texts indexed as a whole, both numbers or both dates, outside of nested objects; numbers and dates only as a whole",
	}
	timePart = refusal{
		"querydsl/time-part", "a part of a time can be asked of date fields only, outside of nested objects",
		"ask for a date field, or for one that holds the hour or the day as a number",
	}
	regexCased = refusal{
		"querydsl/cased", "the expression demands a case, and the field is indexed in small letters, or may be",
		"add the modifier i if case need not count, or allow approximate queries, which find more",
	}
	textField = refusal{
		"querydsl/text-field", "a text field knows words, but no whole values",
		"index it as keyword too and pin that, or allow approximate queries, which look for the words of the value",
	}
	emptyWildcard = refusal{
		"querydsl/empty-text", "a wildcard field does not tell the empty text from others",
		"ask for null, or for a text of at least one character",
	}
	placeholder = refusal{
		"querydsl/placeholder", "the placeholder was not filled in",
		"give its values in a pipeline (value_placeholders), or write the values into the rule",
	}
	invalidText = refusal{
		"querydsl/invalid-text", "the value is not valid UTF-8",
		"use base64, base64offset or a regular text behind the modifiers that make bytes",
	}
	fieldName = refusal{
		"querydsl/field-name", "the Query DSL cannot name this field",
		"a star makes it a pattern of names: map it to another name in a pipeline",
	}
	longRegexp = refusal{
		"querydsl/regexp-too-long", "the regular expression for this value is longer than the server takes",
		"shorten the value",
	}
	complexPattern = refusal{
		"querydsl/pattern-too-complex", "the server would refuse this pattern as too complex",
		"use fewer ? or repetitions behind a *, or a shorter text between them",
	}
	keywordFields = refusal{
		"querydsl/no-keyword-fields", "no field is set in which values without a field are looked for",
		"set query.keyword_fields, or name the field in the rule",
	}
	keywordValue = refusal{
		"querydsl/keyword-value", "only texts and numbers can be looked for without a field",
		"name the field in the rule",
	}
	keywordType = refusal{
		"querydsl/keyword-field", "values without a field can only be looked for in fields of texts",
		"leave the others out of query.keyword_fields",
	}
	keywordWildcard = refusal{
		"querydsl/keyword-wildcard", "no phrase can say this pattern",
		"name the field in the rule, or look for whole words without wildcards",
	}
	keywordNoWord = refusal{
		"querydsl/keyword-no-word", "there is no word in this value to look for",
		"name the field in the rule: text is indexed by its words, without punctuation",
	}
	unknownValue = refusal{
		"querydsl/unknown-value", "the Query DSL cannot say this kind of value",
		"say it another way",
	}
)

// caseLost is a value that demands a case where that is not known or gone.
func caseLost(m *query.Match) refusal {
	message := "case cannot be demanded of a field whose type is not known"
	switch {
	case m.As.Lowercase || m.As.Mixed:
		message = "case cannot be demanded of a field that is indexed in small letters, or may be"
	case m.As.Type == query.Text:
		message = "case cannot be demanded of a text field"
	}
	return refusal{
		"querydsl/cased", message,
		"pin the field's type, leave the modifier cased out if case need not count, or allow approximate queries, which find more",
	}
}

// regexRefusal is a regular expression that has no translation.
func regexRefusal(reason string) refusal {
	return refusal{
		"querydsl/regex", "this regular expression cannot be translated: " + reason,
		"say it without look-around, back references and anchors in the middle, or with contains, startswith, endswith",
	}
}

// untranslated is what keeps a text or an expression from Lucene's dialect.
func untranslated(err error) refusal {
	var why *lucene.Error
	if !errors.As(err, &why) {
		return regexRefusal(err.Error())
	}
	switch why.Reason {
	case lucene.Placeholder:
		return placeholder
	case lucene.InvalidText:
		return invalidText
	default:
		return regexRefusal(why.Text)
	}
}

// refuse reports each reason once a place.
func (r *renderer) refuse(at diag.Span, what refusal) {
	d := diag.Diagnostic{Span: at, Severity: diag.Error, Code: what.code, Message: what.message, Hint: what.hint}
	if !slices.Contains(r.refused, d) {
		r.refused = append(r.refused, d)
	}
}

func ruleSpan(t query.Tree) diag.Span {
	if t.Rule == nil {
		return diag.Span{}
	}
	return t.Rule.Detection.Span
}
