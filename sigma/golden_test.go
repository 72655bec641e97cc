package sigma_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/condition"
)

// shared returns the folder with recorded data, or skips.
func shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("SIGWATCH_SHARED")
	if dir == "" {
		t.Skip("SIGWATCH_SHARED names no folder with recorded data")
	}
	return dir
}

// goldenCase is one recorded answer of pySigma.
type goldenCase struct {
	ID         string          `json:"id"`
	Group      string          `json:"group"`
	YAML       string          `json:"yaml"`
	AST        json.RawMessage `json:"ast"`
	ErrorClass *string         `json:"error_class"`
}

func goldenCases(t *testing.T) []goldenCase {
	t.Helper()
	f, err := os.Open(filepath.Join(shared(t), "golden/sigma/cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var out []goldenCase
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var c goldenCase
		if err := json.Unmarshal(scanner.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// divergences reads the cases where we are knowingly not as pySigma is.
func divergences(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/divergences.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(text)) {
		id, reason, ok := strings.Cut(strings.TrimSpace(line), ": ")
		switch {
		case line == "\n" || strings.HasPrefix(line, "#"):
		case !ok || reason == "":
			t.Errorf("divergence %q has no reason", line)
		default:
			out[id] = reason
		}
	}
	return out
}

// TestGolden compares what we read with what pySigma read: the trees of the
// rules, or that there is an error.
func TestGolden(t *testing.T) {
	known := divergences(t)
	counts := map[string]int{}
	for _, c := range goldenCases(t) {
		diff := compareGolden(c)
		_, listed := known[c.ID]
		delete(known, c.ID)
		switch {
		case diff == "" && listed:
			t.Errorf("%s: listed as a divergence, but agrees", c.ID)
		case diff != "" && !listed:
			t.Errorf("%s diverges:\n%s\n%s", c.ID, c.YAML, diff)
		case diff != "":
			counts["diverge as listed"]++
		case len(c.AST) > 0:
			counts["agree on the tree"]++
		case c.ErrorClass != nil:
			counts["agree on an error"]++
		default:
			counts["agree that there is a rule"]++
		}
	}
	for id := range known {
		t.Errorf("%s: listed as a divergence, but there is no such case", id)
	}
	t.Log(counts)
}

// compareGolden says where we differ. Errors that pySigma only finds when it
// converts do not count: there the trees are compared. That it cannot convert
// correlations is no error of the document, and for us neither.
func compareGolden(c goldenCase) string {
	rules, ds := goldenRules(c)
	failed := diag.HasErrors(ds)
	var text strings.Builder
	_ = diag.Printer{}.Print(&text, ds)
	switch {
	case len(c.AST) == 0 && c.ErrorClass != nil && !laterError(c.Group):
		if !failed {
			return "pySigma says " + *c.ErrorClass + ", we say nothing"
		}
		return ""
	case len(c.AST) == 0:
		if failed {
			return "unexpected: " + text.String()
		}
		return ""
	case failed:
		return "unexpected: " + text.String()
	}
	got := []any{}
	for _, r := range rules {
		got = append(got, ruleTree(r))
	}
	return cmp.Diff(normal(c.AST), normal(mustJSON(got)))
}

// goldenRules reads a case as a run would: filters are applied, and references
// looked up.
func goldenRules(c goldenCase) ([]*sigma.Rule, []diag.Diagnostic) {
	out := sigma.ParseFile(diag.NewFile(c.ID, []byte(c.YAML)))
	var references sigma.References
	references.Add(out)
	ds := slices.Concat(out.Diagnostics, references.Check())
	var rules []*sigma.Rule
	for _, r := range out.Rules {
		filtered, more := sigma.ApplyFilters(r, out.Filters)
		rules, ds = append(rules, filtered), append(ds, more...)
	}
	return rules, slices.DeleteFunc(ds, func(d diag.Diagnostic) bool { return d.Code == "sigma/correlation" })
}

// laterError reports whether the errors of a group are about pipelines.
func laterError(group string) bool { return group == "pipelines" || group == "shipped_pipelines" }

func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

// normal decodes JSON with numbers compared by their value.
func normal(data []byte) any {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		panic(err)
	}
	return exact(v)
}

func exact(v any) any {
	switch v := v.(type) {
	case json.Number:
		r, _ := new(big.Rat).SetString(v.String())
		return r.RatString()
	case []any:
		for i := range v {
			v[i] = exact(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = exact(v[k])
		}
	}
	return v
}

// ruleTree renders a rule in the form of the goldens: one tree a condition.
func ruleTree(r *sigma.Rule) []any {
	out := []any{}
	for _, c := range r.Detection.Conditions {
		out = append(out, exprTree(r, c.Expr))
	}
	return out
}

func exprTree(r *sigma.Rule, e condition.Expr) any {
	switch e := e.(type) {
	case *condition.And:
		return map[string]any{"and": exprTrees(r, e.Kids)}
	case *condition.Or:
		return map[string]any{"or": exprTrees(r, e.Kids)}
	case *condition.Not:
		return map[string]any{"not": exprTrees(r, []condition.Expr{e.Kid})}
	case *condition.Name:
		return searchTrees(r, func(name string) bool { return name == e.Text }, "or")
	case *condition.Of:
		return searchTrees(r, e.Matches, map[bool]string{false: "or", true: "and"}[e.All])
	}
	return nil
}

func exprTrees(r *sigma.Rule, kids []condition.Expr) []any {
	var out []any
	for _, kid := range kids {
		out = append(out, exprTree(r, kid))
	}
	return out
}

func searchTrees(r *sigma.Rule, match func(string) bool, operator string) any {
	var out []any
	for _, s := range r.Detection.Searches {
		if match(s.Name) {
			out = append(out, nodeTree(s.Node))
		}
	}
	return group(operator, out)
}

func group(operator string, kids []any) any {
	if len(kids) == 1 {
		return kids[0]
	}
	return map[string]any{operator: kids}
}

func nodeTree(n sigma.Node) any {
	switch n := n.(type) {
	case *sigma.AllOf:
		return group("and", nodeTrees(n.Kids))
	case *sigma.AnyOf:
		return group("or", nodeTrees(n.Kids))
	case *sigma.Not:
		return map[string]any{"not": []any{nodeTree(n.Kid)}}
	case *sigma.Item:
		return itemTree(n)
	}
	return nil
}

func nodeTrees(kids []sigma.Node) []any {
	var out []any
	for _, kid := range kids {
		out = append(out, nodeTree(kid))
	}
	return out
}

func itemTree(i *sigma.Item) any {
	var leaves []any
	for _, v := range i.Values {
		leaf := map[string]any{"keyword": valueTree(v.Value)}
		if i.Field != "" {
			leaf = map[string]any{"field": i.Field, "value": valueTree(v.Value)}
		}
		leaves = append(leaves, leaf)
	}
	tree := group(map[bool]string{false: "or", true: "and"}[i.All], leaves)
	if i.Negated {
		tree = map[string]any{"not": []any{tree}}
	}
	return tree
}

func valueTree(v sigma.Value) any {
	switch v := v.(type) {
	case sigma.String:
		return stringTree(v)
	case sigma.Number:
		return map[string]any{"type": "number", "number": json.Number(v.Text)}
	case sigma.Bool:
		return map[string]any{"type": "bool", "bool": bool(v)}
	case sigma.Null:
		return map[string]any{"type": "null"}
	case sigma.Regex:
		return regexTree(v)
	case sigma.CIDR:
		return map[string]any{"type": "cidr", "cidr": v.Network}
	case sigma.Compare:
		op := map[sigma.Op]string{"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}[v.Op]
		return map[string]any{"type": "compare", "op": op, "number": valueTree(v.Value)}
	case sigma.TimePart:
		return map[string]any{"type": "timestamp_part", "part": v.Unit, "number": v.Number}
	case sigma.Exists:
		return map[string]any{"type": "exists", "exists": bool(v)}
	case sigma.FieldRef:
		return map[string]any{"type": "fieldref", "field": v.Field, "startswith": v.StartsWith, "endswith": v.EndsWith}
	case sigma.Expansion:
		values := []any{}
		for _, member := range v {
			values = append(values, valueTree(member))
		}
		return map[string]any{"type": "expansion", "values": values}
	}
	return nil
}

func regexTree(v sigma.Regex) any {
	flags := []any{}
	for _, f := range []struct {
		set  bool
		name string
	}{{v.IgnoreCase, "i"}, {v.MultiLine, "m"}, {v.DotAll, "s"}} {
		if f.set {
			flags = append(flags, f.name)
		}
	}
	return map[string]any{"type": "regex", "pattern": v.Pattern, "flags": flags}
}

func stringTree(s sigma.String) any {
	parts := []any{}
	for _, p := range s.Parts {
		switch p.Kind {
		case sigma.Any:
			parts = append(parts, map[string]any{"wildcard": "*"})
		case sigma.One:
			parts = append(parts, map[string]any{"wildcard": "?"})
		case sigma.Placeholder:
			parts = append(parts, map[string]any{"placeholder": p.Text})
		default:
			parts = append(parts, p.Text)
		}
	}
	name := "string"
	if s.Cased {
		name = "cased_string"
	}
	return map[string]any{"type": name, "parts": parts}
}
