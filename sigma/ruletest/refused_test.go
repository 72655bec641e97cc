package ruletest_test

import (
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/ruletest"
)

// TestRefused holds tests to failing where the rule has no query, whatever they
// expect, and where the index does not keep what the rule asks for.
func TestRefused(t *testing.T) {
	types := query.NewTypes(map[string]query.Field{
		"words": {Type: query.Text},
		"short": {Type: query.Keyword, IgnoreAbove: 10},
	})
	all := way{types: types, accepted: []string{"querystring/placeholder", "querydsl/placeholder"}}
	const astral = "\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600"
	tests := []struct {
		name, detection, test string
		status                ruletest.Status
		says                  string
	}{
		{"look-ahead", "f|re: '(?=x)y'", "match: false, event: {f: y}", ruletest.Failed, "the rule is refused, so it finds nothing"},
		{"its place", "f|re: '(?=x)y'", "match: false, event: {f: y}", ruletest.Failed, "a.yml:4:"},
		{"words alone", "words: a whole value", "match: true, event: {words: a whole value}", ruletest.Failed, "the rule is refused"},
		{"words alone, as written", "words: a whole value", "pipeline: none, match: true, event: {words: a whole value}", ruletest.Failed, "the rule is refused"},
		{"accepted", "f|expand: '%admins%'", "match: true, event: {f: y}", ruletest.Skipped, "as accept_refused says"},
		{"short enough", "short|contains: b", "match: true, event: {short: aaaaaaaaab}", ruletest.Passed, ""},
		{"too long", "short|contains: b", "match: true, event: {short: aaaaaaaaaab}", ruletest.Failed, "ignore_above"},
		{"too long, and not there", "short: null", "match: true, event: {short: aaaaaaaaaab}", ruletest.Passed, ""},
		{"too long, as written", "short|contains: b", "pipeline: none, match: true, event: {short: aaaaaaaaaab}", ruletest.Passed, ""},
		{"one of two is short", "short|contains: b", "match: true, event: {short: [aaaaaaaaaab, ab]}", ruletest.Passed, ""},
		{"UTF-16 counts", "short|contains: \U0001F600", "match: true, event: {short: " + astral + "}", ruletest.Passed, ""},
		{"UTF-16 counts twice", "short|contains: \U0001F600", "match: true, event: {short: x" + astral + "}", ruletest.Failed, "ignore_above"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := write(t, map[string]string{
				"a.yml":       "title: A\nlogsource: {product: any}\ndetection:\n  s: {" + test.detection + "}\n  condition: s\n",
				"a.tests.yml": "cases: [{name: n, " + test.test + "}]\n",
			})
			p.runner.Compiler = all
			got := p.all(t).Results[0]
			said := got.Message + "\n" + strings.Join(got.Details, "\n")
			if got.Status != test.status || !strings.Contains(said, test.says) {
				t.Errorf("want %s and %q, got %s: %s (%s)", test.status, test.says, got.Status, said, got.Code)
			}
			if refused := strings.Contains(said, "the rule is refused, so"); refused != got.Refused || (got.Code == "") != (got.Status != ruletest.Failed && !strings.Contains(said, "accept_refused")) {
				t.Errorf("refused is %t, the code %q: %s", got.Refused, got.Code, said)
			}
		})
	}
}
