package query_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/condition"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// rule makes a rule of searches and the texts of its conditions.
func rule(t *testing.T, searches []sigma.Search, conditions ...string) *sigma.Rule {
	t.Helper()
	r := &sigma.Rule{}
	r.Detection.Searches = searches
	for _, text := range conditions {
		e, problems := condition.Parse(text)
		if len(problems) > 0 {
			t.Fatalf("condition %q: %v", text, problems)
		}
		r.Detection.Conditions = append(r.Detection.Conditions, sigma.Condition{Text: text, Expr: e})
	}
	return r
}

func text(s string) sigma.Value {
	return sigma.String{Parts: []sigma.Part{{Kind: sigma.Text, Text: s}}}
}

func item(field string, values ...sigma.Value) *sigma.Item {
	it := &sigma.Item{Field: field}
	for _, v := range values {
		it.Values = append(it.Values, sigma.Located{Value: v})
	}
	return it
}

func searches(nodes ...any) []sigma.Search {
	var out []sigma.Search
	for i := 0; i < len(nodes); i += 2 {
		s := sigma.Search{Name: nodes[i].(string)}
		if nodes[i+1] != nil {
			s.Node = nodes[i+1].(sigma.Node)
		}
		out = append(out, s)
	}
	return out
}

func abc() []sigma.Search {
	return searches(
		"a", item("a", text("1")), "b", item("b", text("2")),
		"sel_x", item("x", text("3")), "sel_y", item("y", text("4")),
		"_hidden", item("h", text("5")), "_sel_z", item("z", text("6")),
	)
}

func TestResolveConditions(t *testing.T) {
	tests := []struct {
		name       string
		conditions []string
		want       string
	}{
		{"name", []string{"a"}, `a="1"`},
		{"and", []string{"a and b"}, `(a="1" and b="2")`},
		{"precedence", []string{"a or b and not sel_x"}, `(a="1" or (b="2" and not x="3"))`},
		{"same operators are one", []string{"(a and b) and (sel_x and sel_y)"}, `(a="1" and b="2" and x="3" and y="4")`},
		{"other operators are not", []string{"(a or b) and (sel_x or sel_y)"}, `((a="1" or b="2") and (x="3" or y="4"))`},
		{"not is a border", []string{"a and not (b and sel_x)"}, `(a="1" and not (b="2" and x="3"))`},
		{"not not", []string{"not (not a)"}, `not not a="1"`},
		{"one of", []string{"1 of sel_*"}, `(x="3" or y="4")`},
		{"all of", []string{"all of sel_*"}, `(x="3" and y="4")`},
		{"of one", []string{"1 of *_x"}, `x="3"`},
		{"star in the middle", []string{"1 of s*_*x"}, `x="3"`},
		{"them has no underscores", []string{"1 of them"}, `(a="1" or b="2" or x="3" or y="4")`},
		{"pattern has no underscores", []string{"1 of *"}, `(a="1" or b="2" or x="3" or y="4")`},
		{"underscore by name", []string{"_hidden"}, `h="5"`},
		{"underscore by pattern", []string{"1 of _*"}, `(h="5" or z="6")`},
		{"whole name", []string{"1 of a"}, `a="1"`},
		{"list is or", []string{"a", "b and sel_x"}, `(a="1" or (b="2" and x="3"))`},
		{"not of a selector", []string{"a and not 1 of sel_*"}, `(a="1" and not (x="3" or y="4"))`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree, ds := query.Resolve(rule(t, abc(), tt.conditions...), nil)
			if len(ds) > 0 {
				t.Fatalf("diagnostics: %v", ds)
			}
			if d := cmp.Diff(tt.want, tree.String()); d != "" {
				t.Errorf("tree (-want +got):\n%s", d)
			}
		})
	}
}

func TestResolveDetections(t *testing.T) {
	all := item("f", text("1"), text("2"))
	all.All = true
	neq := item("f", text("1"), text("2"))
	neq.Negated = true
	allNeq := item("f", text("1"), text("2"))
	allNeq.All, allNeq.Negated = true, true
	spread := item("f", sigma.Expansion{text("1"), text("2")}, sigma.Expansion{text("3"), text("4")})
	spread.All = true
	nested := item("f", sigma.Expansion{text("1"), sigma.Expansion{text("2"), text("3")}})
	tests := []struct {
		name string
		node sigma.Node
		want string
	}{
		{"values are alternatives", item("f", text("1"), text("2")), `(f="1" or f="2")`},
		{"all", all, `(f="1" and f="2")`},
		{"neq is around the whole", neq, `not (f="1" or f="2")`},
		{"neq around all", allNeq, `not (f="1" and f="2")`},
		{"all of expansions", spread, `((f="1" or f="2") and (f="3" or f="4"))`},
		{"expansion in expansion", nested, `(f="1" or f="2" or f="3")`},
		{"keyword", item("", text("1")), `_="1"`},
		{"map in map", &sigma.AllOf{Kids: []sigma.Node{item("f", text("1")), &sigma.AllOf{Kids: []sigma.Node{item("g", text("2")), item("h", text("3"))}}}}, `(f="1" and g="2" and h="3")`},
		{"list of maps", &sigma.AnyOf{Kids: []sigma.Node{item("f", text("1")), &sigma.AllOf{Kids: []sigma.Node{item("g", text("2")), item("h", text("3"))}}}}, `(f="1" or (g="2" and h="3"))`},
		{"field mapped to two, negated", &sigma.Not{Kid: &sigma.AnyOf{Kids: []sigma.Node{item("f", text("1")), item("g", text("1"))}}}, `not (f="1" or g="1")`},
		{"list of one", &sigma.AnyOf{Kids: []sigma.Node{item("f", text("1"))}}, `f="1"`},
		{"all kinds", &sigma.AllOf{Kids: []sigma.Node{
			item("f", sigma.String{}),
			item("f", sigma.String{Parts: []sigma.Part{{Kind: sigma.Any}, {Text: `\a"`}, {Kind: sigma.One}, {Kind: sigma.Placeholder, Text: "p"}}, Cased: true}),
			item("f", sigma.Number{Text: "-1.5"}), item("f", sigma.Bool(true)), item("f", sigma.Null{}),
			item("f", sigma.Exists(false)), item("f", sigma.CIDR{Network: "10.0.0.0/8"}),
			item("f", sigma.Compare{Op: ">=", Value: sigma.Number{Text: "5"}}),
			item("f", sigma.Compare{Op: "<", Value: sigma.TimePart{Unit: "hour", Number: 8}}),
			item("f", sigma.TimePart{Unit: "day", Number: 1}),
			item("f", sigma.Regex{Pattern: "a+", IgnoreCase: true, MultiLine: true, DotAll: true}),
			item("f", sigma.FieldRef{Field: "g", StartsWith: true, EndsWith: true}),
		}}, `(f="" and f=cased *"\\a\""?%p% and f=-1.5 and f=true and f=null and f exists false and f in 10.0.0.0/8 and f >= 5 and f < hour(8) and f=day(1) and f=/a+/ims and f=*field(g)*)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree, ds := query.Resolve(rule(t, searches("s", tt.node), "s"), nil)
			if len(ds) > 0 {
				t.Fatalf("diagnostics: %v", ds)
			}
			if d := cmp.Diff(tt.want, tree.String()); d != "" {
				t.Errorf("tree (-want +got):\n%s", d)
			}
		})
	}
}

func TestResolveLeavesTheRuleAlone(t *testing.T) {
	r := rule(t, abc(), "(a and b) and (sel_x or 1 of sel_*)", "a")
	before, _ := query.Resolve(r, nil)
	after, _ := query.Resolve(r, nil)
	if d := cmp.Diff(before.String(), after.String()); d != "" {
		t.Errorf("second resolution differs (-first +second):\n%s", d)
	}
}

func codes(ds []diag.Diagnostic) []string {
	var out []string
	for _, d := range ds {
		if d.Severity != diag.Error || d.Hint == "" {
			out = append(out, "not an error with a hint:")
		}
		out = append(out, d.Code)
	}
	return out
}

func TestResolveRefuses(t *testing.T) {
	deep := sigma.Node(item("f", text("1")))
	for range 300 {
		deep = &sigma.AnyOf{Kids: []sigma.Node{deep}}
	}
	many := &sigma.Item{Field: "f"}
	for range 101 {
		many.Values = append(many.Values, sigma.Located{Value: text("1")})
	}
	tests := []struct {
		name       string
		searches   []sigma.Search
		conditions []string
		want       []string
	}{
		{"unknown name", abc(), []string{"a and nope"}, []string{"query/unknown-detection"}},
		{"no match", abc(), []string{"a and 1 of nope*"}, []string{"query/empty-selector"}},
		{"no match, negated", abc(), []string{"a and not all of nope*"}, []string{"query/empty-selector"}},
		{"them of none", searches("_a", item("f", text("1"))), []string{"1 of them"}, []string{"query/empty-selector"}},
		{"all problems", abc(), []string{"nope1 or nope2", "1 of no*"}, []string{"query/empty-selector", "query/unknown-detection", "query/unknown-detection"}},
		{"no condition", abc(), nil, []string{"query/no-condition"}},
		{"emptied map", searches("s", &sigma.AllOf{}), []string{"s"}, []string{"query/empty-detection"}},
		{"emptied list beside another", searches("s", &sigma.AnyOf{}, "a", item("a", text("1"))), []string{"a and not s"}, []string{"query/empty-detection"}},
		{"emptied search", searches("s", nil), []string{"s"}, []string{"query/empty-detection"}},
		{"no values", searches("s", item("f")), []string{"s"}, []string{"query/empty-detection"}},
		{"empty expansion", searches("s", item("f", sigma.Expansion{})), []string{"s"}, []string{"query/empty-detection"}},
		{"too deep", searches("s", deep), []string{"s"}, []string{"query/too-deep"}},
		{"too many", searches("s", many), []string{"s" + strings.Repeat(" or s", 200)}, []string{"query/too-many-values"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree, ds := query.Resolve(rule(t, tt.searches, tt.conditions...), nil)
			if d := cmp.Diff(tt.want, codes(ds)); d != "" {
				t.Errorf("codes (-want +got):\n%s", d)
			}
			if tree.Root != nil || tree.String() != "" {
				t.Errorf("a tree in spite of errors: %s", tree)
			}
		})
	}
}

func TestResolveUnreadCondition(t *testing.T) {
	r := rule(t, abc(), "a")
	r.Detection.Conditions = append(r.Detection.Conditions, sigma.Condition{Text: "a and ("})
	tree, ds := query.Resolve(r, nil)
	if d := cmp.Diff([]string{"query/no-condition"}, codes(ds)); d != "" || tree.Root != nil {
		t.Errorf("tree %v, codes (-want +got):\n%s", tree, d)
	}
}

func TestFields(t *testing.T) {
	r := rule(t, searches(
		"s", &sigma.AllOf{Kids: []sigma.Node{item("b", text("1")), item("", text("k")), item("a", text("2"))}},
		"n", item("b", sigma.Null{}), "m", item("c", sigma.Null{}),
	), "s and not (n or m)")
	tree, _ := query.Resolve(r, query.NewTypes(map[string]query.Field{"a": {Type: query.Keyword}}))
	if d := cmp.Diff([]string{"b", "a", "c"}, tree.Fields()); d != "" {
		t.Errorf("fields (-want +got):\n%s", d)
	}
	types := map[string]query.FieldType{}
	query.Walk(tree.Root, func(m *query.Match) { types[m.Field] = m.As.Type })
	if d := cmp.Diff(map[string]query.FieldType{"b": "", "": "", "a": query.Keyword, "c": ""}, types); d != "" {
		t.Errorf("types (-want +got):\n%s", d)
	}
	if got := (query.Tree{}).Fields(); got != nil {
		t.Errorf("fields of no tree: %v", got)
	}
}
