package current

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querystring"
	"github.com/sigwatch/sigwatch/watcher"
)

// Target is a language that a rule is written in.
type Target string

// The targets, by the names that sigmac gave them.
const (
	// ESQS is the text of a query_string of Elasticsearch.
	ESQS Target = "es-qs"
	// Kibana is a data view and a saved search, a line of JSON each, for the
	// import of saved objects.
	Kibana Target = "kibana"
	// Watcher is a shell script that puts the watch with curl.
	Watcher Target = "xpack-watcher"
	// Graylog is a search of Graylog 5 and later.
	Graylog Target = "graylog"
	// Splunk is a search of Splunk (SPL).
	Splunk Target = "splunk"
	// LogPoint is a search of LogPoint.
	LogPoint Target = "logpoint"
	// Grep is a command line for GNU grep.
	Grep Target = "grep"
)

// Targets returns all targets.
func Targets() []Target {
	return []Target{ESQS, Kibana, Watcher, Graylog, Splunk, LogPoint, Grep}
}

// Input is a rule on its way to a target.
type Input struct {
	// Tree is the resolved rule; Tree.Rule names it.
	Tree query.Tree
	// QueryString are the settings of es-qs, kibana and graylog.
	QueryString querystring.Options
	// Printed gives the tree as a query_string, for a caller who has it or
	// writes several targets; nil is querystring.Render.
	Printed func(querystring.Options) (querystring.Query, []diag.Diagnostic)
	// Indices are the index patterns of the data view; none stands for logs-*.
	Indices []string
	// TimeField is the data view's field of time; empty is @timestamp.
	TimeField string
	// Watch is what xpack-watcher puts: the watch that would be deployed.
	Watch watcher.Wanted
	// Number is 2 for the second rule of a file that is known by the same id as
	// another one of it, and so on: kibana keeps it under an id of its own.
	Number  int
	Options Options
}

// Output is the text of one rule.
type Output struct {
	// Before has to stand once before the texts of a document: the data view
	// of kibana, the head of the script of xpack-watcher. It is empty for the
	// others.
	Before string
	// Text is the rule's own. That of kibana and xpack-watcher ends with a
	// line feed.
	Text string
	// ID is what kibana and xpack-watcher keep the rule under: another of that
	// id takes its place. It is empty for the others.
	ID string
}

// String returns the text as it stands alone.
func (o Output) String() string { return o.Before + o.Text }

// Options are the settings of one target. The zero value has the defaults.
type Options struct {
	// JSONLines says that the lines that grep reads are JSON objects, and not
	// plain text.
	JSONLines bool
	// Kibana7 asks for saved objects in the form of Kibana 7.
	Kibana7 bool
}

// ParseOptions reads what stood behind each -O: lines=text or lines=json for
// grep, version=7 or version=8 for kibana. A later one wins. The error names
// the option that the target does not have, or the value that it cannot take.
func ParseOptions(t Target, list []string) (Options, error) {
	var out Options
	for _, option := range list {
		name, value, _ := strings.Cut(option, "=")
		known := optionsOf(t)[name]
		switch {
		case known == nil:
			return out, fmt.Errorf("%s has no option %q in the profile current", t, name)
		case !slices.Contains(known, value):
			return out, fmt.Errorf("the option %s cannot be %q: it takes %s", name, value, strings.Join(known, " and "))
		}
		switch name {
		case "lines":
			out.JSONLines = value == "json"
		case "version":
			out.Kibana7 = value == "7"
		}
	}
	return out, nil
}

func optionsOf(t Target) map[string][]string {
	switch t {
	case Grep:
		return map[string][]string{"lines": {"text", "json"}}
	case Kibana:
		return map[string][]string{"version": {"7", "8"}}
	default:
		return nil
	}
}

// Render writes a rule for a target. What cannot be said exactly is an error
// at its place in the rule, and the output is then empty; all errors are
// reported at once, sorted. Warnings and remarks beside a text say what has to
// be known of it. The same input gives the same bytes.
func Render(t Target, in Input) (Output, []diag.Diagnostic) {
	r := &report{at: ruleSpan(in.Tree)}
	var out Output
	switch {
	case in.Tree.Root == nil:
		r.add(r.at, empty)
	case !slices.Contains(Targets(), t):
		r.add(r.at, unknownTarget)
	default:
		out = target(t)(in, r)
	}
	diag.Sort(r.found)
	if diag.HasErrors(r.found) {
		return Output{}, r.found
	}
	return out, r.found
}

func target(t Target) func(Input, *report) Output {
	switch t {
	case ESQS:
		return esqs
	case Kibana:
		return kibana
	case Watcher:
		return script
	case Graylog:
		return graylog
	case Splunk:
		return splunk
	case LogPoint:
		return logpoint
	default:
		return grep
	}
}

func ruleSpan(t query.Tree) diag.Span {
	if t.Rule == nil {
		return diag.Span{}
	}
	return t.Rule.Detection.Span
}
