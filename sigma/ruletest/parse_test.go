package ruletest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/ruletest"
)

// TestFaults holds the reader to naming each fault of a file at its place, and
// nothing else.
func TestFaults(t *testing.T) {
	const head = "cases:\n  - name: n\n    match: true\n"
	tests := []struct{ name, text, want string }{
		{"empty", "", "0:0 ruletest/missing-key the file has no cases"},
		{"comment alone", "# nothing\n", "0:0 ruletest/missing-key the file has no cases"},
		{"null", "~\n", "0:0 ruletest/missing-key the file has no cases"},
		{"no cases", "cases: []\n", "0:0 ruletest/missing-key the file has no cases"},
		{"list", "- a\n", "1:1 ruletest/wrong-type expected a mapping, found a list\n0:0 ruletest/missing-key the file has no cases"},
		{"cases of another kind", "cases: {a: b}\n", "1:8 ruletest/wrong-type expected a list, found a mapping"},
		{"no YAML", "cases:\n\t- a\n", "2:0 ruletest/syntax this is no YAML: found character that cannot start any token"},
		{"unclosed", "cases: [", "1:0 ruletest/syntax this is no YAML: did not find expected node content"},
		{"unclosed at the end", "pipeline: none\ncases: [\n\n", "2:0 ruletest/syntax this is no YAML: did not find expected node content"},
		{"star", "pipeline: none\ncases: *\n# none\n", "2:0 ruletest/syntax this is no YAML: did not find expected alphabetic or numeric character"},
		{"tag handle", "pipeline: none\ncases: !a!b []\n", "2:0 ruletest/syntax this is no YAML: found undefined tag handle"},
		{"not UTF-8", "cases: \"\xff\"\n", "1:9 ruletest/syntax the file is not UTF-8"},
		{"second document", head + "    event: {a: b}\n---\ncases: []\n", "6:1 ruletest/syntax the file has a second YAML document"},
		{"unknown key", "tests: []\ncases: []\n", "1:1 ruletest/unknown-key unknown key \"tests\""},
		{"unknown key of a case", head + "    evnt: {a: b}\n", "4:5 ruletest/unknown-key unknown key \"evnt\""},
		{"key twice", head + "    match: false\n    event: {a: b}\n", "4:5 ruletest/duplicate-key key \"match\" stands in line 3 already"},
		{"no name", "cases:\n  - match: true\n    event: {a: b}\n", "2:5 ruletest/missing-key the case has no name"},
		{"empty name", "cases:\n  - name: ' '\n    match: true\n    event: {a: b}\n", "2:11 ruletest/bad-value the text is empty"},
		{"number as a name", "cases:\n  - name: 5\n    match: true\n    event: {a: b}\n", "2:11 ruletest/wrong-type expected a text, found a number"},
		{"no expectation", "cases:\n  - name: n\n    event: {a: b}\n", "2:11 ruletest/missing-key the case does not say whether the events match"},
		{"two expectations", head + "    count: 1\n    event: {a: b}\n", "2:11 ruletest/bad-value the case has both match and count"},
		{"no event", head, "2:11 ruletest/missing-key the case has no event"},
		{"event and events", head + "    event: {a: b}\n    events: [{a: b}]\n", "2:11 ruletest/bad-value the case has both event and events"},
		{"empty list", head + "    events: []\n", "2:11 ruletest/bad-value the list of events is empty"},
		{"file as an event", head + "    event: a.json\n", "4:12 ruletest/wrong-type expected an event: fields with their values, found a text"},
		{"number as an event", head + "    events: [5]\n", "4:14 ruletest/wrong-type expected a text, found a number"},
		{"match as a number", "cases:\n  - name: n\n    match: 2\n    event: {a: b}\n", "3:12 ruletest/wrong-type expected true, false or a list of numbers, found a number"},
		{"match as a text", "cases:\n  - name: n\n    match: 'true'\n    event: {a: b}\n", "3:12 ruletest/wrong-type expected true, false or a list of numbers, found a text"},
		{"event zero", "cases:\n  - name: n\n    match: [0]\n    event: {a: b}\n", "3:13 ruletest/bad-value 0 is out of range"},
		{"negative count", "cases:\n  - name: n\n    count: -1\n    event: {a: b}\n", "3:12 ruletest/bad-value -1 is out of range"},
		{"large count", "cases:\n  - name: n\n    count: 99999999999999999999\n    event: {a: b}\n", "3:12 ruletest/wrong-type expected a whole number, found a number"},
		{"none within a list", "pipeline: [none, sysmon]\n" + head + "    event: {a: b}\n", "1:12 ruletest/bad-value \"none\" cannot stand beside other pipelines"},
		{"absolute rule", "rule: /a/b.yml\n" + head + "    event: {a: b}\n", "1:7 ruletest/bad-value the rule's file has an absolute path"},
		{"hexadecimal", head + "    event: {pid: 0x1A}\n", "4:18 ruletest/bad-value \"0x1A\" is a number in YAML and none in JSON"},
		{"infinity", head + "    event: {n: .inf}\n", "4:16 ruletest/bad-value \".inf\" is a number in YAML and none in JSON"},
		{"leading zero", head + "    event: {n: 007}\n", "4:16 ruletest/bad-value \"007\" is a number in YAML and none in JSON"},
		{"tag", head + "    event: {n: !mine x}\n", "4:16 ruletest/wrong-type expected a text, a number, true, false or null, found a value with a tag of its own"},
		{"field twice", head + "    event: {a.b: 1, a: {b: 2}}\n", "4:21 ruletest/duplicate-key the field a.b is said twice, under \"a.b\" and \"a\""},
		{"field twice, same name", head + "    event: {a: 1, a: 2}\n", "4:19 ruletest/duplicate-key key \"a\" stands in line 4 already"},
		{"merged text", head + "    event: {<<: a}\n", "4:17 ruletest/wrong-type expected a mapping to merge, found a text"},
		{"endless alias", head + "    event: &e {a: *e}\n", "4:12 ruletest/too-large the event is nested more than 64 levels deep"},
		{"deep", head + "    event: {a: " + strings.Repeat("[", 70) + strings.Repeat("]", 70) + "}\n", "4:80 ruletest/too-large the event is nested more than 64 levels deep"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := ruletest.Parse(diag.NewFile("a.tests.yml", []byte(test.text)), ruletest.Origin{})
			var got []string
			for _, d := range s.Diagnostics {
				at := d.Position()
				got = append(got, fmt.Sprintf("%d:%d %s %s", at.Line, at.Column, d.Code, d.Message))
			}
			sameSet(t, test.want, got)
		})
	}
}

// sameSet compares the findings in whatever order.
func sameSet(t *testing.T, want string, got []string) {
	t.Helper()
	left := strings.Split(want, "\n")
	for _, g := range got {
		found := false
		for i, w := range left {
			if w == g {
				left = append(left[:i:i], left[i+1:]...)
				found = true
				break
			}
		}
		if !found {
			t.Errorf("unexpected: %s", g)
		}
	}
	for _, w := range left {
		t.Errorf("missing: %s", w)
	}
}

// TestBillionLaughs lets aliases stand for more than could ever be read.
func TestBillionLaughs(t *testing.T) {
	var b strings.Builder
	b.WriteString("cases:\n  - name: n\n    match: true\n    event:\n      a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&b, "      a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	s := ruletest.Parse(diag.NewFile("a.tests.yml", []byte(b.String())), ruletest.Origin{})
	if len(s.Cases) != 0 || len(s.Diagnostics) != 1 || s.Diagnostics[0].Code != "ruletest/too-large" {
		t.Errorf("want ruletest/too-large alone, got %v", s.Diagnostics)
	}
}

// TestMergedEvents holds merge keys to overriding fields, not adding to them,
// however the two spell a field's name.
func TestMergedEvents(t *testing.T) {
	p := write(t, map[string]string{
		"a.yml": `title: A
logsource: {product: any}
detection:
  own: {process.name: new, process.pid: 7, user.name: u}
  old: {process.name: old}
  condition: own and not old
`,
		"a.tests.yml": `cases:
  - name: dots over nesting
    match: true
    event:
      <<: [{process: &p {name: old, pid: 7}}, {user: {name: u}, process.pid: 8}]
      process.name: new
  - name: nesting over dots
    match: true
    event:
      <<: {process.name: old, process.pid: 7, user.name: u}
      process: {name: new}
  - name: within an object
    match: true
    event:
      user.name: u
      process:
        <<: *p
        name: new
  - name: a list takes the place of a value
    match: true
    event: {<<: {process: *p, user.name: x}, process.name: [new], user: {name: [u, v]}}
  - name: null takes a field away
    match: false
    event: {<<: {process: *p, user.name: u}, process.name: null}
`,
	})
	for _, r := range p.all(t).Results {
		if r.Status != ruletest.Passed {
			t.Errorf("%s: %s\n%s", r.Name, r.Message, strings.Join(r.Details, "\n"))
		}
	}
}
