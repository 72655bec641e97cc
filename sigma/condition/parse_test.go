package condition_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/sigma/condition"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"a":                            "a",
		" a\tand\n b ":                 "a and b",
		"a and b or c and d":           "a and b or c and d",
		"a or b and c or d":            "a or b and c or d",
		"(a or b) and c":               "(a or b) and c",
		"(a and b) or c":               "a and b or c",
		"(a and b) and c":              "(a and b) and c",
		"a or (b or c)":                "a or (b or c)",
		"((a))":                        "a",
		"(a)and(b)":                    "a and b",
		"not(a)":                       "not a",
		"not (not a)":                  "not not a",
		"not a and b":                  "not a and b",
		"not (a and b)":                "not (a and b)",
		"1 of them":                    "1 of them",
		"any of sel_* and all of f*":   "1 of sel_* and all of f*",
		"not 1 of *":                   "not 1 of *",
		"notsel":                       "notsel",
		"nothing and android or order": "nothing and android or order",
		"all and 1 or them":            "all and 1 or them",
		"of and any":                   "of and any",
		"1 of of":                      "1 of of",
		"sel-dash and -x":              "sel-dash and -x",
		"1of":                          "1of",
		"a and NOT":                    "a and NOT",
	} {
		e, problems := condition.Parse(in)
		if len(problems) > 0 {
			t.Errorf("Parse(%q): problems %v", in, problems)
			continue
		}
		if e.String() != want {
			t.Errorf("Parse(%q) = %q, want %q", in, e, want)
		}
	}
}

func TestParseTree(t *testing.T) {
	got, _ := condition.Parse("not a or (b and all of c*)")
	want := &condition.Or{
		At: condition.Range{Start: 0, End: 26},
		Kids: []condition.Expr{
			&condition.Not{At: condition.Range{Start: 0, End: 5}, Kid: &condition.Name{At: condition.Range{Start: 4, End: 5}, Text: "a"}},
			&condition.And{At: condition.Range{Start: 10, End: 25}, Kids: []condition.Expr{
				&condition.Name{At: condition.Range{Start: 10, End: 11}, Text: "b"},
				&condition.Of{At: condition.Range{Start: 16, End: 25}, All: true, Pattern: "c*", PatternAt: condition.Range{Start: 23, End: 25}},
			}},
		},
	}
	if diff := cmp.Diff(condition.Expr(want), got); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
}

// The wanted problems are written as their codes with the text they point at.
func TestProblems(t *testing.T) {
	for in, want := range map[string][]string{
		"":                     {"condition/empty:"},
		"  ":                   {"condition/empty:  "},
		"a AND b":              {"condition/upper-case:AND"},
		"a Or b":               {"condition/upper-case:Or"},
		"NOT a":                {"condition/upper-case:NOT"},
		"a AND NOT b OR c":     {"condition/upper-case:AND", "condition/upper-case:NOT", "condition/upper-case:OR"},
		"ALL of them":          {"condition/upper-case:ALL"},
		"1 OF them":            {"condition/upper-case:OF"},
		"a && b":               {"condition/operator:&&"},
		"a || b":               {"condition/operator:||"},
		"!a":                   {"condition/operator:!"},
		"a b":                  {"condition/missing-operator:b"},
		"1 them":               {"condition/missing-operator:them"},
		"a not b":              {"condition/missing-operator:not"},
		"and a":                {"condition/missing-operand:and"},
		"a and":                {"condition/missing-operand:and"},
		"a and and b":          {"condition/missing-operand:and"},
		"not":                  {"condition/missing-operand:not"},
		"a or not":             {"condition/missing-operand:not"},
		"()":                   {"condition/empty-group:()"},
		"a and ( )":            {"condition/empty-group:( )"},
		"(a":                   {"condition/parenthesis:("},
		"((a) or b":            {"condition/parenthesis:("},
		"a)":                   {"condition/parenthesis:)"},
		"a) and b":             {"condition/parenthesis:)"},
		"2 of them":            {"condition/quantifier:2"},
		"1 of (a, b)":          {"condition/pattern:(a, b)"},
		"1 of (a or b) and c":  {"condition/pattern:(a or b)"},
		"1 of":                 {"condition/pattern:of"},
		"1 of sel-*":           {"condition/pattern:sel-*"},
		"sel* and b":           {"condition/pattern:sel*"},
		"a, b":                 {"condition/unexpected-character:,"},
		"a.b":                  {"condition/unexpected-character:."},
		"a # b":                {"condition/unexpected-character:#"},
		"ä":                    {"condition/unexpected-character:ä"},
		`"a"`:                  {`condition/unexpected-character:"`, `condition/unexpected-character:"`},
		"a | count() > 5":      {"condition/aggregation:| count() > 5"},
		"a AND b | near c":     {"condition/upper-case:AND", "condition/aggregation:| near c"},
		"| count() > 5 ":       {"condition/aggregation:| count() > 5"},
		"(a and | count() > 5": {"condition/parenthesis:(", "condition/missing-operand:and", "condition/aggregation:| count() > 5"},
	} {
		_, problems := condition.Parse(in)
		var got []string
		for _, p := range problems {
			got = append(got, p.Code+":"+in[p.At.Start:p.At.End])
			if p.Message == "" || p.Hint == "" {
				t.Errorf("Parse(%q): %s has no message or no hint", in, p.Code)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Parse(%q) problems (-want +got):\n%s", in, diff)
		}
	}
}

func TestDepth(t *testing.T) {
	for name, in := range map[string]string{
		"parentheses": strings.Repeat("(", 100_000),
		"balanced":    strings.Repeat("(", 100_000) + "a" + strings.Repeat(")", 100_000),
		"nots":        strings.Repeat("not ", 100_000) + "a",
	} {
		_, problems := condition.Parse(in)
		if len(problems) == 0 || problems[0].Code != "condition/too-deep" || len(problems) > 1 {
			t.Errorf("%s: problems %v, want one condition/too-deep", name, problems)
		}
	}
	if _, problems := condition.Parse(strings.Repeat("(", 150) + "a" + strings.Repeat(")", 150)); len(problems) > 0 {
		t.Errorf("150 parentheses: %v", problems)
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"them", "a", true},
		{"them", "_a", false},
		{"them", "them", true},
		{"sel*", "selection", true},
		{"sel*", "Selection", false},
		{"*", "_a", false},
		{"_*", "_a", true},
		{"*_main", "filter_main", true},
		{"*_main", "filter_main2", false},
		{"a*b*c", "aXbXXbc", true},
		{"a*b*c", "aXc", false},
		{"sel", "sel", true},
		{"sel", "sel2", false},
		{"THEM", "a", false},
		{"**", "", true},
	} {
		if got := (&condition.Of{Pattern: c.pattern}).Matches(c.name); got != c.want {
			t.Errorf("pattern %q matches %q: %v, want %v", c.pattern, c.name, got, c.want)
		}
	}
}

func TestWalk(t *testing.T) {
	e, _ := condition.Parse("not a or (b and 1 of c*)")
	var got []string
	condition.Walk(e, func(e condition.Expr) { got = append(got, e.String()) })
	want := []string{"not a or b and 1 of c*", "not a", "a", "b and 1 of c*", "b", "1 of c*"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("visited (-want +got):\n%s", diff)
	}
	condition.Walk(nil, func(condition.Expr) { t.Error("nil was visited") })
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"a", "not (a or b) and 1 of sel_*", "all of them", "a AND (b", "a | count() > 5", "1 of (a, b)",
		"notsel and NOT", "any of x* or not not y", "(((a)))", "a && !b || c", "ä \xff", "all of of",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		e, problems := condition.Parse(in)
		for _, p := range problems {
			checkRange(t, in, p.At)
		}
		condition.Walk(e, func(e condition.Expr) { checkRange(t, in, e.Range()) })
		if len(problems) > 0 {
			return
		}
		again, problems := condition.Parse(e.String())
		if len(problems) > 0 || again.String() != e.String() {
			t.Fatalf("%q printed as %q is read as %v, problems %v", in, e, again, problems)
		}
		condition.Walk(e, func(e condition.Expr) {
			at := e.Range()
			part, problems := condition.Parse(in[at.Start:at.End])
			if len(problems) > 0 || part.String() != e.String() {
				t.Fatalf("%q: the range of %q holds %q", in, e, in[at.Start:at.End])
			}
		})
	})
}

func checkRange(t *testing.T, in string, at condition.Range) {
	t.Helper()
	if at.Start < 0 || at.Start > at.End || at.End > len(in) {
		t.Fatalf("%q: range %v is outside", in, at)
	}
}

// TestParseEnds tries every row of up to four tokens: whatever stands where,
// the parser comes to an end and says what is wrong within the text. A word
// in upper case after a strange character in a group once kept it for ever.
func TestParseEnds(t *testing.T) {
	words := []string{"a", "and", "AND", "or", "OR", "not", "NOT", "(", ")", "|", `"`, "1", "of", "them", "x*"}
	var try func(text string, left int)
	try = func(text string, left int) {
		_, problems := condition.Parse(text)
		for _, p := range problems {
			checkRange(t, text, p.At)
		}
		for _, w := range words[:len(words)*min(left, 1)] {
			try(text+" "+w, left-1)
		}
	}
	for _, start := range []string{"", "(", "( a", `( a " AND`, "( a | b", "a ) OR ("} {
		try(start, 4)
	}
}
