package current_test

import (
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/current"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querystring"
)

func TestParseOptions(t *testing.T) {
	for _, c := range []struct {
		target  current.Target
		options []string
		want    current.Options
		err     string
	}{
		{current.Grep, nil, current.Options{}, ""},
		{current.Grep, []string{"lines=json", "lines=text"}, current.Options{}, ""},
		{current.Grep, []string{"lines=json"}, current.Options{JSONLines: true}, ""},
		{current.Kibana, []string{"version=7"}, current.Options{Kibana7: true}, ""},
		{current.Kibana, []string{"version=9"}, current.Options{}, `the option version cannot be "9": it takes 7 and 8`},
		{current.Kibana, []string{"version"}, current.Options{}, `the option version cannot be "": it takes 7 and 8`},
		{current.Splunk, []string{"lines=json"}, current.Options{}, `splunk has no option "lines" in the profile current`},
	} {
		got, err := current.ParseOptions(c.target, c.options)
		if err == nil && (got != c.want || c.err != "") || err != nil && err.Error() != c.err {
			t.Errorf("%s %v: %+v, %v", c.target, c.options, got, err)
		}
	}
}

func TestTarget(t *testing.T) {
	for target, want := range map[current.Target]string{"qradar": "current/target!", "": "current/target!"} {
		if _, ds := current.Render(target, current.Input{Tree: treeOf(t, ruleOf("s: {A: b}"))}); codes(ds) != want {
			t.Errorf("%q: %v", target, ds)
		}
	}
	for _, target := range current.Targets() {
		if out, ds := current.Render(target, current.Input{}); codes(ds) != "current/empty!" || out.String() != "" {
			t.Errorf("%s: %v, %q", target, ds, out)
		}
	}
}

// TestGraylog: what Elasticsearch would be asked, and what Graylog minds.
func TestGraylog(t *testing.T) {
	for name, c := range map[string]struct{ detection, said, text string }{
		"value":     {"s: {A: b}", "current/unmeasured", "A:/[bB]/"},
		"keyword":   {"s: [5]", "querystring/note current/unmeasured", `message:`},
		"leading":   {"s: {A: '*.5'}", "current/leading-wildcard current/unmeasured", `A:*.5`},
		"within":    {"s: {A: '1.*.5'}", "current/unmeasured", `A:1.*.5`},
		"quoted":    {"s: {A: ' *5'}", "current/unmeasured", ""},
		"parameter": {`s: {A: '$_1$'}`, "current/parameter! current/unmeasured", ""},
	} {
		t.Run(name, func(t *testing.T) {
			out, ds := current.Render(current.Graylog, current.Input{Tree: treeOf(t, ruleOf(c.detection))})
			if !sameWords(codes(ds), c.said) || !strings.HasPrefix(out.Text, c.text) {
				t.Errorf("%v, %q", ds, out.Text)
			}
		})
	}
}

// TestESQS: the text is that of the query_string, and so are its refusals.
func TestESQS(t *testing.T) {
	tree := treeOf(t, ruleOf("s: {A: b, B|fieldref: C}"))
	_, want := querystring.Render(tree, querystring.Options{})
	_, got := current.Render(current.ESQS, current.Input{Tree: tree})
	if codes(got) != codes(want) || len(got) == 0 {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestRefusals shows what each target refuses, at its place.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		target    current.Target
		detection string
		want      string
		options   []string
	}{
		"grep look-ahead":     {current.Grep, "s: {A|re: 'a(?=b)'}", "5:13 current/regular-expression!", nil},
		"grep anchor":         {current.Grep, "s: {A|re: '^a'}", "5:13 current/anchor!", nil},
		"grep null":           {current.Grep, "s: {A: null}", "5:10 current/exists!", nil},
		"grep line break":     {current.Grep, `s: {A: "a\nb"}`, "5:10 current/line-break!", nil},
		"grep comparison":     {current.Grep, "s: {A|gt: 5}", "5:13 current/compare!", nil},
		"grep reference":      {current.Grep, "s: {A|fieldref: B}", "5:19 current/fieldref!", nil},
		"grep hour":           {current.Grep, "s: {A|hour: 5}", "5:15 current/time-part!", nil},
		"grep network":        {current.Grep, "s: {A|cidr: 'fe80::/10'}", "5:15 current/cidr!", nil},
		"grep placeholder":    {current.Grep, "s: {A|expand: '%x%'}", "5:17 current/placeholder!", nil},
		"grep placeholder re": {current.Grep, "s: {A|re|expand: '%x%'}", "5:20 current/placeholder!", nil},
		"grep long":           {current.Grep, "s: {A: '" + strings.Repeat("x", 40000) + "'}", "4:1 current/too-long!", nil},
		"grep deep":           {current.Grep, "s: {A|re: '" + strings.Repeat("(?:b", 245) + "a" + strings.Repeat("|c)", 245) + "'}", "4:1 current/too-long!", nil},
		"grep wide class":     {current.Grep, `s: {A|re: '[\x{80}-\x{fff}]'}`, "5:13 current/regular-expression!", nil},
		"json boundary":       {current.Grep, `s: {A|re: '\ba'}`, "5:13 current/regular-expression!", []string{"lines=json"}},
		"json field":          {current.Grep, `s: {':x': a}`, "5:8 current/field-name!", []string{"lines=json"}},
		"splunk field":        {current.Splunk, `s: {'a"b': a}`, "5:8 current/field-name!", nil},
		"splunk reference":    {current.Splunk, `s: {A|fieldref|contains: B}`, "5:28 current/fieldref!", nil},
		"splunk raw begin":    {current.Splunk, `s: {'|re': '^a'}`, "5:14 current/anchor!", nil},
		"splunk raw end":      {current.Splunk, `s: {'|re': '(a|b$)'}`, "5:14 current/anchor!", nil},
		"splunk raw line":     {current.Splunk, `s: {'|re|m': 'a$'}`, "5:16 current/anchor!", nil},
		"splunk raw unread":   {current.Splunk, `s: {'|re': 'a(?=b)\Z'}`, "5:14 current/anchor!", nil},
		"splunk hour":         {current.Splunk, `s: {A|hour: 5}`, "5:15 current/time-part!", nil},
		"splunk placeholder":  {current.Splunk, "s: {A|expand: '%x%'}", "5:17 current/placeholder!", nil},
	} {
		t.Run(name, func(t *testing.T) {
			out, ds := render(t, c.target, c.detection, c.options...)
			found := false
			for _, d := range ds {
				at := strings.TrimPrefix(d.Span.String(), "rule.yml:")
				found = found || at+" "+codes([]diag.Diagnostic{d}) == c.want
			}
			if !found || out != "" {
				t.Errorf("%v, %q; want %s", ds, out, c.want)
			}
		})
	}
}

// TestInvalidText: bytes that are no UTF-8 can be looked for by grep alone.
func TestInvalidText(t *testing.T) {
	tree := query.Tree{Rule: &sigma.Rule{}, Root: &query.Match{Field: "A", Value: sigma.PlainString("a\xff")}}
	for target, want := range map[current.Target]string{
		current.Grep: "current/fields-ignored", current.Splunk: "current/invalid-text! current/unmeasured",
		current.LogPoint: "current/invalid-text! current/unmeasured", current.ESQS: "querystring/invalid-text!",
	} {
		if _, ds := renderTree(t, target, tree); !sameWords(codes(ds), want) {
			t.Errorf("%s: %v", target, ds)
		}
	}
}
