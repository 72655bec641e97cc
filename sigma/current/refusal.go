package current

import "github.com/sigwatch/sigwatch/diag"

// fault is something to be said of a rule in a target. Its code has a page of
// that name.
type fault struct {
	severity            diag.Severity
	code, message, hint string
}

func refusal(code, message, hint string) fault { return fault{diag.Error, code, message, hint} }

// What no target can do anything with.
var (
	empty         = refusal("current/empty", "there is nothing to ask for", "correct the condition first")
	unknownTarget = refusal("current/target", "there is no such target", "the targets are es-qs, kibana, xpack-watcher, graylog, splunk, logpoint and grep")
	placeholder   = refusal("current/placeholder", "the placeholder was not filled in", "give its values in a pipeline (value_placeholders), or write the values into the rule")
	invalidText   = refusal("current/invalid-text", "the value is not valid UTF-8", "use base64, base64offset or a regular text behind the modifiers that make bytes")
	unknownValue  = refusal("current/unknown-value", "this kind of value has no words here", "say it another way")
	keywordValue  = refusal("current/keyword-value", "only texts, numbers and regular expressions can be looked for without a field", "name the field in the rule")
	timePart      = refusal("current/time-part", "a part of a timestamp cannot be asked for here", "ask for a field that holds the hour or the day as a number")
	fieldRef      = refusal("current/fieldref", "two fields cannot be compared in this way here", "compare the field with the values that count")
	noWatch       = refusal("current/no-watch", "the rule has no watch to put", "see the other diagnostics of this rule")
)

// What single targets cannot say.
var (
	fieldName      = refusal("current/field-name", "this field's name cannot be said here", "map it to another name in a pipeline")
	regexTarget    = refusal("current/regular-expression", "a regular expression cannot be part of a search here", "say it with contains, startswith, endswith or wildcards where they can")
	regexSyntax    = refusal("current/regular-expression", "the regular expression uses what cannot be checked and carried over", "say it without look-around, back references and possessive quantifiers")
	regexCharacter = refusal("current/regular-expression", "the regular expression has a class of too many characters beyond ASCII", "name the characters one by one, or leave the class out")
	anchor         = refusal("current/anchor", "the beginning or end of a value is not known here", "leave the anchor out, or search lines of JSON: -O lines=json")
	rawAnchor      = refusal("current/anchor", "the beginning or end of a value is not known here", "leave the anchor out, or name the field in the rule")
	exists         = refusal("current/exists", "whether a field is there cannot be seen in a line of text", "search lines of JSON: -O lines=json")
	compare        = refusal("current/compare", "numbers cannot be compared by size here", "list the values that count")
	network        = refusal("current/cidr", "this network cannot be said as a pattern of addresses", "name IPv4 networks, or list the addresses")
	cased          = refusal("current/cased", "case cannot be demanded here", "leave the modifier cased out if case need not count")
	lineBreak      = refusal("current/line-break", "a line of text holds no line break", "search lines of JSON: -O lines=json")
	wildcardText   = refusal("current/literal-wildcard", "a star or question mark that stands for itself cannot be said here", "leave it out, or write a wildcard in its place if finding more does no harm")
	quotes         = refusal("current/quotes", "the value has both kinds of quotes, or ends with a backslash, and would not stay in its quotes", "cut the value short with a wildcard if finding more does no harm")
	control        = refusal("current/control-character", "the value holds a control character", "write a wildcard in its place if finding more does no harm")
	parameter      = refusal("current/parameter", "Graylog takes a word between two dollar signs for a parameter", "write a wildcard in the place of a dollar sign if finding more does no harm")
	tooLong        = refusal("current/too-long", "the text is longer than grep or the shell take", "split the rule")
	tooDeep        = refusal("current/too-long", "more parentheses stand in one another than grep takes", "split the rule")
	wordBoundary   = refusal("current/regular-expression", "word boundaries and line anchors of a regular expression cannot be seen in a line of JSON", "say it without \\b and without the modifier m")
)

// What has to be known of a text.
var (
	fieldsIgnored   = fault{diag.Warning, "current/fields-ignored", "grep looks for the values anywhere in the line, whatever their field", "search lines of JSON, where fields count: -O lines=json"}
	negatedAnywhere = fault{diag.Warning, "current/fields-ignored", "grep leaves out every line that holds a negated value, in whatever field: it may find less than the rule means", "search lines of JSON, where fields count: -O lines=json"}
	leadingWildcard = fault{diag.Warning, "current/leading-wildcard", "a value begins with a wildcard, which Graylog refuses unless allow_leading_wildcard_searches is true", "set it in Graylog's server.conf"}
	unmeasured      = fault{diag.Info, "current/unmeasured", "what this system does with the text was read in its manual and not measured", "try it on events that the rule has to find"}
)

// report collects what is to be said of one rule.
type report struct {
	at    diag.Span
	found []diag.Diagnostic
	seen  map[saying]bool
}

type saying struct {
	code, message string
	start         int
}

// add says something once a place.
func (r *report) add(at diag.Span, f fault) {
	key := saying{f.code, f.message, at.Start}
	if r.seen[key] {
		return
	}
	if r.seen == nil {
		r.seen = map[saying]bool{}
	}
	r.seen[key] = true
	r.found = append(r.found, diag.Diagnostic{Span: at, Severity: f.severity, Code: f.code, Message: f.message, Hint: f.hint})
}
