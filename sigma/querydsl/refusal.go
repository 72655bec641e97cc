package querydsl

import (
	"slices"

	"github.com/sigwatch/sigwatch/diag"
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
		"querydsl/fieldref", "two fields cannot be compared yet",
		"compare the field with the values that count",
	}
	timePart = refusal{
		"querydsl/time-part", "a part of a timestamp cannot be asked for yet",
		"ask for a field that holds the hour or the day as a number, written when the event is indexed",
	}
	cased = refusal{
		"querydsl/cased", "case cannot be demanded of a field whose type is not known",
		"leave the modifier cased out if case need not count",
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

// regexRefusal is a regular expression that has no translation.
func regexRefusal(reason string) refusal {
	return refusal{
		"querydsl/regex", "this regular expression cannot be translated: " + reason,
		"say it without look-around, back references and anchors in the middle, or with contains, startswith, endswith",
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
