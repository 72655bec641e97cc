package sigma_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// TestGoldenResolved compares the resolved trees with pySigma's: what is asked
// is the same, whatever the layout of the rule. Cases in which a rule asks
// nothing that can be resolved are those of the divergences.
func TestGoldenResolved(t *testing.T) {
	known, same := divergences(t), 0
	for _, c := range goldenCases(t) {
		if _, diverges := known[c.ID]; diverges || len(c.AST) == 0 {
			continue
		}
		want, _ := normal(c.AST).([]any)
		rules, _ := goldenRules(c)
		if len(rules) != len(want) {
			t.Errorf("%s: %d rules, want %d", c.ID, len(rules), len(want))
			continue
		}
		for i, r := range rules {
			tree, ds := query.Resolve(r, nil)
			if diag.HasErrors(ds) {
				t.Errorf("%s: %v", c.ID, ds)
				continue
			}
			conditions, _ := want[i].([]any)
			if diff := cmp.Diff(flat(map[string]any{"or": conditions}), flat(normal(mustJSON(resolvedTree(tree.Root))))); diff != "" {
				t.Errorf("%s (-want +got):\n%s\n%s", c.ID, c.YAML, diff)
			}
			same++
		}
	}
	if same < 700 {
		t.Errorf("only %d trees were compared", same)
	}
	t.Logf("%d resolved trees are the same", same)
}

// resolvedTree renders a tree in the form of the goldens.
func resolvedTree(n query.Node) any {
	each := func(kids []query.Node) []any {
		var out []any
		for _, kid := range kids {
			out = append(out, resolvedTree(kid))
		}
		return out
	}
	switch n := n.(type) {
	case *query.And:
		return map[string]any{"and": each(n.Kids)}
	case *query.Or:
		return map[string]any{"or": each(n.Kids)}
	case *query.Not:
		return map[string]any{"not": []any{resolvedTree(n.Kid)}}
	case *query.Match:
		if n.Field == "" {
			return map[string]any{"keyword": valueTree(n.Value)}
		}
		return map[string]any{"field": n.Field, "value": valueTree(n.Value)}
	}
	return nil
}

// flat takes groups within groups of their kind apart, and expansions into
// alternatives: that says the same.
func flat(v any) any {
	n, _ := v.(map[string]any)
	for _, op := range []string{"and", "or"} {
		kids, ok := n[op].([]any)
		if !ok {
			continue
		}
		var out []any
		for _, kid := range kids {
			kid = flat(kid)
			if inner, ok := kid.(map[string]any)[op].([]any); ok {
				out = append(out, inner...)
				continue
			}
			out = append(out, kid)
		}
		return group(op, out)
	}
	if kids, ok := n["not"].([]any); ok {
		return map[string]any{"not": []any{flat(kids[0])}}
	}
	return flatLeaf(n)
}

func flatLeaf(n map[string]any) any {
	key := "value"
	if _, keyword := n["keyword"]; keyword {
		key = "keyword"
	}
	value, _ := n[key].(map[string]any)
	members, ok := value["values"].([]any)
	if !ok {
		return n
	}
	var out []any
	for _, member := range members {
		leaf := map[string]any{key: member}
		if field, ok := n["field"]; ok {
			leaf["field"] = field
		}
		out = append(out, flat(leaf))
	}
	return flat(map[string]any{"or": out})
}
