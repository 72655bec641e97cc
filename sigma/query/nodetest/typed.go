package nodetest

import (
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/condition"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// Typed resolves a tree once more, with types, as if it were a rule's.
func Typed(tree query.Tree, types *query.Types) (query.Tree, []diag.Diagnostic) {
	r := &sigma.Rule{Detection: sigma.Detection{
		Searches:   []sigma.Search{{Name: "s", Node: detection(tree.Root)}},
		Conditions: []sigma.Condition{{Text: "s", Expr: &condition.Name{Text: "s"}}},
	}}
	typed, ds := query.Resolve(r, types)
	errs := ds[:0]
	for _, d := range ds {
		if d.Severity == diag.Error {
			errs = append(errs, d)
		}
	}
	return query.Tree{Root: typed.Root, Types: types}, errs
}

func detection(n query.Node) sigma.Node {
	switch n := n.(type) {
	case *query.And:
		return &sigma.AllOf{Kids: detections(n.Kids)}
	case *query.Or:
		return &sigma.AnyOf{Kids: detections(n.Kids)}
	case *query.Not:
		return &sigma.Not{Kid: detection(n.Kid)}
	case *query.Match:
		return &sigma.Item{Field: n.Field, Values: []sigma.Located{{Value: n.Value}}}
	default:
		panic("nodetest: unknown node")
	}
}

func detections(kids []query.Node) []sigma.Node {
	out := make([]sigma.Node, len(kids))
	for i, kid := range kids {
		out[i] = detection(kid)
	}
	return out
}
