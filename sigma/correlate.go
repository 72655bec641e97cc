package sigma

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/sigma/condition"
)

// correlationDocument reads a correlation, and refuses it where nothing else
// is wrong with it. It returns what the correlation has in common with rules.
func (p *parser) correlationDocument(number int, root *yaml.Node, entries []pair) *Rule {
	errors := p.errors
	r := p.reader(number, root)
	c := &Correlation{Head: r.rule}
	r.keys(entries, map[string]func(pair){"correlation": func(e pair) { r.correlation(e, c) }})
	r.required(root, entries, "correlation", "title")
	p.out.bases = append(p.out.bases, c.bases()...)
	if p.errors > errors {
		return r.rule
	}
	p.out.Correlations = append(p.out.Correlations, c)
	e, _ := find(entries, "correlation")
	p.failNode(e.key, fault{
		"sigma/correlation", "correlation rules cannot be translated yet",
		"this document gives no watch, and the rules that it is about give none of their own unless it says generate: true",
	})
	return r.rule
}

// correlator reads the section correlation.
type correlator struct {
	*reader
	c *Correlation
	// key is the section's key, entries what stands in it.
	key     *yaml.Node
	entries []pair
	// typed is true where the type is known.
	typed bool
	// named are the rules that the correlation names.
	named map[string]bool
}

func (r *reader) correlation(e pair, c *Correlation) {
	c.Span = r.pairSpan(e)
	if k := kindOf(e.value); k != kindMap {
		r.failNode(e.key, fault{"sigma/correlation-type", fmt.Sprintf("the correlation has to be a map, not %s", k), "give it type, rules, timespan and condition"})
		return
	}
	t := &correlator{reader: r, c: c, key: e.key, entries: r.pairs(e.value), named: map[string]bool{}}
	t.kind()
	t.rules()
	t.groupBy()
	t.timespan()
	t.condition()
	t.aliases()
	t.generate()
	t.others()
}

// get returns what stands behind a key; null counts as absent.
func (t *correlator) get(key string) (*yaml.Node, bool) {
	e, ok := find(t.entries, key)
	return e.value, ok && kindOf(e.value) != kindNull
}

// missing reports a key that has to be there.
func (t *correlator) missing(code, key, hint string) {
	t.failNode(t.key, fault{code, "the correlation has no " + key, hint})
}

func (t *correlator) kind() {
	n, ok := t.get("type")
	if !ok {
		t.missing("sigma/correlation-type", "type", "write one of "+strings.Join(correlationTypes(), ", "))
		return
	}
	t.c.Type = CorrelationType(t.oneOf(n, "sigma/correlation-type", "the type of correlation", correlationTypes()))
	t.typed = t.c.Type != ""
}

// rules reads the rules that are correlated. Where a condition names them they
// need not be given.
func (t *correlator) rules() {
	const code = "sigma/correlation-rules"
	n, ok := t.get("rules")
	switch {
	case !ok && t.extended():
		return
	case !ok:
		t.missing(code, "rules", "write a list of the ids or names of rules")
		return
	case kindOf(n) != kindList && kindOf(n) != kindString:
		t.failNode(n, fault{code, fmt.Sprintf("the rules of a correlation cannot be %s", kindOf(n)), "write a list of ids or names"})
		return
	}
	t.c.Rules, _ = t.references(n, code)
	if kindOf(n) == kindList && len(n.Content) == 0 {
		t.failNode(n, fault{code, "the list of rules is empty", "write the ids or names of rules"})
	}
	for _, ref := range t.c.Rules {
		switch {
		case t.named[ref.Text]:
			t.fail(ref.Span, fault{code, fmt.Sprintf("the rule %q is given twice", ref.Text), "remove one"})
		case ref.isFor(t.rule):
			t.fail(ref.Span, fault{code, "the correlation names itself", "write the rules whose events it is about"})
		}
		t.named[ref.Text] = true
	}
}

// extended reports whether the condition is a text, which names rules.
func (t *correlator) extended() bool {
	n, ok := t.get("condition")
	return ok && kindOf(n) == kindString
}

// names reads a text or a list of them. Numbers are taken as they are written.
func (t *correlator) names(n *yaml.Node, code, what string) []Name {
	list := []*yaml.Node{n}
	if kindOf(n) == kindList {
		list = t.list(n, code, what)
	}
	var out []Name
	for _, entry := range list {
		switch k := kindOf(entry); {
		case k == kindMap || k == kindList || k == kindNull || entry.Value == "":
			t.failNode(entry, fault{code, fmt.Sprintf("%s has to be a field's name or a list of them", what), "write a text"})
		default:
			out = append(out, Name{entry.Value, t.places.span(entry)})
		}
	}
	return out
}

func (t *correlator) groupBy() {
	if n, ok := t.get("group-by"); ok {
		t.c.GroupBy = t.names(n, "sigma/group-by", "group-by")
	}
}

func (t *correlator) timespan() {
	n, ok := t.get("timespan")
	if !ok {
		t.missing("sigma/timespan", "timespan", "write a number and a unit, such as timespan: 5m")
		return
	}
	t.c.Timespan = t.reader.timespan(n)
}

// condition reads what has to hold. A temporal correlation without one asks
// for all of its rules.
func (t *correlator) condition() {
	const code = "sigma/correlation-condition"
	n, ok := t.get("condition")
	switch {
	case !ok && t.c.Type.temporal():
		t.c.Bounds = []Bound{{Op: "gte", Value: Number{fmt.Sprint(len(t.c.Rules))}, Span: t.places.span(t.key)}}
	case !ok && t.typed:
		t.missing(code, "condition", "write one, such as condition: {gte: 10}")
	case !ok:
	case kindOf(n) == kindMap:
		t.bounds(n)
	case kindOf(n) != kindString:
		t.failNode(n, fault{code, fmt.Sprintf("the condition of a correlation cannot be %s", kindOf(n)), "write a map such as {gte: 10}"})
	case t.typed && !t.c.Type.temporal():
		t.failNode(n, fault{code, fmt.Sprintf("a condition of %s has to be a map", t.c.Type), "write a map such as {gte: 10}; only temporal correlations name rules here"})
	default:
		t.expression(n)
	}
}

// expression reads a condition over the names of rules.
func (t *correlator) expression(n *yaml.Node) {
	t.c.Source = t.places.source(n)
	places := t.c.Source.follow()
	expr, problems := condition.Parse(n.Value)
	for _, problem := range problems[:min(len(problems), maxProblems)] {
		t.fail(places.sub(problem.At.Start, problem.At.End), fault{problem.Code, problem.Message, problem.Hint})
	}
	t.c.Expr = expr
	used := map[string]bool{}
	given := len(t.c.Rules) > 0
	condition.Walk(expr, func(e condition.Expr) {
		at := places.sub(e.Range().Start, e.Range().End)
		switch e := e.(type) {
		case *condition.Of:
			t.fail(at, fault{"sigma/correlation-condition", "a correlation's condition cannot have selectors", `join the rules' names by "and" and "or"`})
		case *condition.Name:
			if used[e.Text] {
				return
			}
			used[e.Text] = true
			if !given {
				t.c.Rules = append(t.c.Rules, Reference{e.Text, at})
				t.named[e.Text] = true
			} else if !t.named[e.Text] {
				t.fail(at, fault{"sigma/correlation-condition", fmt.Sprintf("the rule %q is not among the correlation's rules", e.Text), "add it to rules"})
			}
		}
	})
	for _, ref := range t.c.Rules {
		if given && len(problems) == 0 && !used[ref.Text] {
			t.fail(ref.Span, fault{"sigma/correlation-condition", fmt.Sprintf("the condition does not name the rule %q", ref.Text), "use it in the condition, or remove it from rules"})
		}
	}
}

// bounds reads a condition that is a map.
func (t *correlator) bounds(n *yaml.Node) {
	var field, percentile *yaml.Node
	for _, e := range t.pairs(n) {
		switch key := e.key.Value; key {
		case "lt", "lte", "gt", "gte", "eq", "neq":
			t.bound(key, e.value)
		case "field":
			field = e.value
		case "percentile":
			percentile = e.value
		default:
			t.failNode(e.key, fault{"sigma/correlation-condition", fmt.Sprintf("%q is nothing that a correlation's condition has", key), "it has one of lt, lte, gt, gte, eq and neq, and field and percentile"})
		}
	}
	t.fields(field)
	t.percentile(percentile)
	t.checkBounds(n)
}

func (t *correlator) bound(op string, n *yaml.Node) {
	text := n.Value
	switch kindOf(n) {
	case kindInt, kindFloat:
		text, _ = numberText(n.Value)
	case kindString:
		if !madeOf(text, digits) {
			text = ""
		} else {
			text = trimZeros(text)
		}
	default:
		text = ""
	}
	b := Bound{Op: op, Value: Number{text}, Span: t.places.span(n)}
	// A bound that is wrong counts as one, so that none is said to be missing.
	t.c.Bounds = append(t.c.Bounds, b)
	switch {
	case text == "":
		t.failNode(n, fault{"sigma/correlation-condition", fmt.Sprintf("%q is no number", n.Value), "write a whole number"})
	case t.typed && t.c.Type.counts() && (strings.Contains(text, ".") || strings.HasPrefix(text, "-")):
		t.failNode(n, fault{"sigma/correlation-condition", fmt.Sprintf("a count is never %s", text), "write a whole number"})
	}
}

// checkBounds wants one bound, or a lower and an upper one that leave room.
func (t *correlator) checkBounds(n *yaml.Node) {
	const code = "sigma/correlation-condition"
	bad := func(message, hint string) { t.failNode(n, fault{code, message, hint}) }
	switch bounds := t.c.Bounds; len(bounds) {
	case 0:
		bad("the condition compares with nothing", "write one of lt, lte, gt, gte, eq and neq with a number")
	case 1:
	case 2:
		slices.SortFunc(bounds, func(a, b Bound) int { return strings.Compare(a.Op, b.Op) })
		low, high := bounds[0], bounds[1]
		if low.Op[0] != 'g' || high.Op[0] != 'l' {
			bad(fmt.Sprintf("%q and %q do not make a range", low.Op, high.Op), "write one of them, or a range such as {gte: 5, lt: 10}")
		} else if empty(low, high) {
			bad(fmt.Sprintf("nothing is %s %s and %s %s", low.Op, low.Value.Text, high.Op, high.Value.Text), "write a range that something can lie in")
		}
	default:
		bad("the condition has more than two comparisons", "write one, or a range such as {gte: 5, lt: 10}")
	}
}

// empty reports whether no number lies between the two bounds.
func empty(low, high Bound) bool {
	a, ok := new(big.Rat).SetString(low.Value.Text)
	b, good := new(big.Rat).SetString(high.Value.Text)
	if !ok || !good {
		return false
	}
	order := a.Cmp(b)
	return order > 0 || order == 0 && (low.Op == "gt" || high.Op == "lt")
}

// fields reads what a value_… type is about.
func (t *correlator) fields(n *yaml.Node) {
	const code = "sigma/correlation-field"
	kind := t.c.Type
	switch {
	case kindOrNull(n) == kindNull:
		if kind.ofValues() {
			t.missing(code, "field in its condition", fmt.Sprintf("write the field that %s is about: condition: {field: …}", kind))
		}
		return
	case t.typed && !kind.ofValues():
		t.warn(t.places.span(n), fault{code, fmt.Sprintf("the field has no effect in %s", kind), "remove it, or use a value_… type"})
	}
	t.c.Fields = t.names(n, code, "field")
	if t.typed && kind != ValueCount && len(t.c.Fields) > 1 {
		t.failNode(n, fault{code, fmt.Sprintf("%s takes one field", kind), "write one, or a correlation for each"})
	}
}

func (t *correlator) percentile(n *yaml.Node) {
	const code = "sigma/correlation-condition"
	switch {
	case kindOrNull(n) == kindNull:
		if t.c.Type == ValuePercentile {
			t.missing(code, "percentile in its condition", "write one between 0 and 100: condition: {percentile: 95, …}")
		}
		return
	case t.typed && t.c.Type != ValuePercentile:
		t.failNode(n, fault{code, fmt.Sprintf("%s has no percentile", t.c.Type), "remove it, or use value_percentile"})
		return
	}
	text := n.Value
	if _, err := fmt.Sscanf(text, "%d", &t.c.Percentile); err != nil || !madeOf(text, digits) || t.c.Percentile > 100 {
		t.failNode(n, fault{code, fmt.Sprintf("%q is no percentile", text), "write a whole number between 0 and 100"})
	}
}

// aliases reads names for fields that rules call otherwise.
func (t *correlator) aliases() {
	const code = "sigma/aliases"
	n, ok := t.get("aliases")
	if !ok {
		return
	}
	if kindOf(n) != kindMap {
		t.failNode(n, fault{code, fmt.Sprintf("aliases has to be a map, not %s", kindOf(n)), "write alias: {rule: field}"})
		return
	}
	for _, e := range t.pairs(n) {
		alias := Alias{Name: Name{e.key.Value, t.places.span(e.key)}}
		if kindOf(e.value) != kindMap {
			t.failNode(e.value, fault{code, fmt.Sprintf("the alias %q has to be a map, not %s", e.key.Value, kindOf(e.value)), "write for each rule which field it is: {rule: field}"})
			continue
		}
		for _, f := range t.pairs(e.value) {
			t.aliasField(&alias, f)
		}
		t.c.Aliases = append(t.c.Aliases, alias)
	}
}

func (t *correlator) aliasField(alias *Alias, f pair) {
	const code = "sigma/aliases"
	ref := Reference{f.key.Value, t.places.span(f.key)}
	if id, ok := uuid(ref.Text); ok {
		ref.Text = id
	}
	if !t.named[ref.Text] && len(t.named) > 0 {
		t.fail(ref.Span, fault{code, fmt.Sprintf("the alias names the rule %q, which is not among the correlation's rules", ref.Text), "write it as it stands in rules"})
	}
	if text, ok := t.text(f.value, code, "a field's name"); ok {
		alias.Fields = append(alias.Fields, AliasField{ref, Name{text, t.places.span(f.value)}})
	} else if kindOf(f.value) == kindNull {
		t.failNode(f.key, fault{code, "the alias has no field for this rule", "write the field's name"})
	}
}

func (t *correlator) generate() {
	n, ok := t.get("generate")
	if !ok {
		return
	}
	if k := kindOf(n); k != kindBool {
		t.failNode(n, fault{"sigma/generate", fmt.Sprintf("generate is true or false, not %s", k), "write true, or remove it"})
		return
	}
	t.c.Generate = boolOf(n.Value)
}

// others refuses what is not known: a misspelled key would be lost in silence.
func (t *correlator) others() {
	known := []string{"type", "rules", "group-by", "timespan", "condition", "aliases", "generate"}
	for _, e := range t.entries {
		if slices.Contains(known, e.key.Value) {
			continue
		}
		hint := "it has " + strings.Join(known, ", ")
		if near := nearest(e.key.Value, known); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		t.failNode(e.key, fault{"sigma/correlation-key", fmt.Sprintf("%q is nothing that a correlation has", e.key.Value), hint})
	}
}
