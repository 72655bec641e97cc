package condition_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/sigma/condition"
)

func TestAggregation(t *testing.T) {
	for in, want := range map[string]string{
		"a | count() > 5":                        "count() > 5",
		"a|count()>=5":                           "count() >= 5",
		"a | count(Target.User) by Ip-Addr < 10": "count(Target.User) by Ip-Addr < 10",
		"a and not b | count( x ) by y == 0":     "count(x) by y == 0",
		"a | min(x) <= -1.5":                     "min(x) <= -1.5",
		"a | max(x) > 1":                         "max(x) > 1",
		"a | avg(x) by y > 1":                    "avg(x) by y > 1",
		"a | sum(Größe) > 1":                     "sum(Größe) > 1",
		"a | near b":                             "near b",
		"a | near b and c and not d":             "near b and c and not d",
		"a | count(count) by by > 1":             "count(count) by by > 1",
	} {
		_, a, problems := condition.ParseOld(in)
		if len(problems) != 1 || problems[0].Code != "condition/aggregation" || a == nil {
			t.Errorf("ParseOld(%q): %v, problems %v", in, a, problems)
			continue
		}
		if a.String() != want {
			t.Errorf("ParseOld(%q) = %q, want %q", in, a, want)
		}
		if got := in[a.At.Start:a.At.End]; !strings.HasPrefix(got, "|") || !strings.HasSuffix(in, got) {
			t.Errorf("ParseOld(%q) is found as %q", in, got)
		}
	}
}

func TestAggregationTree(t *testing.T) {
	at := func(start, end int) condition.Range { return condition.Range{Start: start, End: end} }
	_, got, _ := condition.ParseOld("a | count(f) by g > 5")
	want := &condition.Aggregation{
		At: at(2, 21), Function: "count",
		Field: condition.Word{Text: "f", At: at(10, 11)}, By: condition.Word{Text: "g", At: at(16, 17)},
		Op: condition.Word{Text: ">", At: at(18, 19)}, Value: condition.Word{Text: "5", At: at(20, 21)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("count (-want +got):\n%s", diff)
	}
	_, got, _ = condition.ParseOld("a | near b and not c")
	want = &condition.Aggregation{At: at(2, 20), Function: "near", Near: []condition.Near{
		{Name: condition.Word{Text: "b", At: at(9, 10)}},
		{Name: condition.Word{Text: "c", At: at(19, 20)}, Not: true},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("near (-want +got):\n%s", diff)
	}
}

// The wanted problems are written as the text that they point at, with the
// message.
func TestAggregationProblems(t *testing.T) {
	for in, want := range map[string]string{
		"a |":                      `|: nothing stands after the pipe`,
		"a | total() > 5":          `total: "total" is no aggregation`,
		"a | COUNT() > 5":          `COUNT: "COUNT" has to be in lower case`,
		"a | count > 5":            `>: parentheses are missing after "count"`,
		"a | count":                `count: parentheses are missing after "count"`,
		"a | count(":               `(: the parenthesis has to be closed after one field`,
		"a | count(x, y) > 5":      `,: the parenthesis has to be closed after one field`,
		"a | count(x y) > 5":       `y: the parenthesis has to be closed after one field`,
		"a | sum() > 5":            `): "sum" needs a field`,
		"a | count() by > 5":       `by: nothing to group by stands after "by"`,
		"a | count() by x, y > 5":  `,: there can be one field to group by`,
		"a | count()":              `): a comparison is missing`,
		"a | count() by x":         `x: a comparison is missing`,
		"a | count() = 5":          `=: "=" is no comparison`,
		"a | count() != 5":         `!=: a comparison is missing`,
		"a | count() > ":           `>: no number stands after ">"`,
		"a | count() > five":       `five: "five" is no number that "count" can give`,
		"a | count() > -1":         `-1: "-1" is no number that "count" can give`,
		"a | count() > 1.5":        `1.5: "1.5" is no number that "count" can give`,
		"a | avg(x) > 1.":          `1.: "1." is no number that "avg" can give`,
		"a | count() > 5 and b":    `and: nothing can follow the aggregation, and here stands "and"`,
		"a | count() > 5 | near b": `|: nothing can follow the aggregation, and here stands "|"`,
		"a | near":                 `near: near needs a search identifier here`,
		"a | near not b":           `b: nothing can follow the aggregation, and here stands "b"`,
		"a | near b and":           `and: near needs a search identifier here`,
		"a | near b or c":          `or: nothing can follow the aggregation, and here stands "or"`,
		"a | near b within 5m":     `within: nothing can follow the aggregation, and here stands "within"`,
		"a | near b, c":            `,: nothing can follow the aggregation, and here stands ","`,
	} {
		_, a, problems := condition.ParseOld(in)
		if a != nil || len(problems) != 1 {
			t.Errorf("ParseOld(%q): %v, problems %v; want one problem", in, a, problems)
			continue
		}
		p := problems[0]
		if got := in[p.At.Start:p.At.End] + ": " + p.Message; got != want || p.Code != "condition/aggregation-syntax" || p.Hint == "" {
			t.Errorf("ParseOld(%q):\n got %s (%s)\nwant %s", in, got, p.Code, want)
		}
	}
}

// FuzzAggregation checks that an aggregation that is printed is read again as
// the same one, and that all places lie in the text.
func FuzzAggregation(f *testing.F) {
	for _, seed := range []string{
		"count() > 5", "count(a) by b >= 10", "near b and not c", "sum(x) < -1.5", "count(", "max(ä)==1", "near (", "count() by x, y > 1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		in := "a | " + text
		_, a, problems := condition.ParseOld(in)
		for _, p := range problems {
			checkRange(t, in, p.At)
		}
		if len(problems) == 0 || (a == nil) != (problems[0].Code != "condition/aggregation") {
			t.Fatalf("%q: %v, problems %v", in, a, problems)
		}
		if a == nil {
			return
		}
		for _, w := range append([]condition.Word{a.Field, a.By, a.Op, a.Value}, names(a)...) {
			if w.Text != "" && in[w.At.Start:w.At.End] != w.Text {
				t.Fatalf("%q: %q is found as %q", in, w.Text, in[w.At.Start:w.At.End])
			}
		}
		_, again, _ := condition.ParseOld("a | " + a.String())
		if again == nil || again.String() != a.String() {
			t.Fatalf("%q printed as %q is read as %v", in, a, again)
		}
	})
}

func names(a *condition.Aggregation) []condition.Word {
	var out []condition.Word
	for _, n := range a.Near {
		out = append(out, n.Name)
	}
	return out
}
