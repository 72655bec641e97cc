package sigma

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/sigma/condition"
)

// detection reads section 4.
func (r *reader) detection(e pair) {
	d := &r.rule.Detection
	d.Span = r.pairSpan(e)
	if k := kindOf(e.value); k != kindMap {
		r.failNode(e.key, fault{"sigma/detection", fmt.Sprintf("the detection has to be a map, not %s", k), "give it search identifiers and a condition"})
		return
	}
	entries := r.pairs(e.value)
	for _, s := range entries {
		switch {
		case s.key.Value == "condition":
		case s.key.Value == "timeframe" && kindOf(s.value).plain():
			// The old key goes with aggregations; it is no search.
			d.Timeframe = s.value.Value
		default:
			r.search(s)
		}
	}
	if len(entries) == 0 || !slices.ContainsFunc(entries, isSearch) {
		r.failNode(e.key, fault{"sigma/detection", "the detection has no search identifier", "add one, such as selection, with fields and values"})
	}
	r.conditions(e, entries)
}

func isSearch(e pair) bool {
	return e.key.Value != "condition" && (e.key.Value != "timeframe" || !kindOf(e.value).plain())
}

// search reads a search identifier with its definition.
func (r *reader) search(e pair) {
	if kindOf(e.key) == kindNull {
		r.failNode(e.key, fault{"sigma/detection", "a search identifier has no name", "write one before the colon"})
		return
	}
	s := Search{Name: e.key.Value, Span: r.places.span(e.key)}
	s.Node = r.definition(e.value)
	r.rule.Detection.Searches = append(r.rule.Detection.Searches, s)
	r.used[s.Name] = false
}

// definition reads what a search identifier stands for. It returns nil for
// what is wrong and was reported.
func (r *reader) definition(n *yaml.Node) Node {
	switch {
	case kindOf(n) == kindMap:
		return r.allOf(n)
	case kindOf(n) != kindList:
		return r.keywords(n, []*yaml.Node{n})
	case len(n.Content) == 0:
		r.failNode(n, fault{"sigma/empty-search", "the list is empty", "write what to look for"})
		return nil
	case slices.ContainsFunc(n.Content, func(n *yaml.Node) bool { return !kindOf(deref(n)).plain() }):
		return r.anyOf(n)
	}
	values := make([]*yaml.Node, len(n.Content))
	for i, entry := range n.Content {
		values[i] = deref(entry)
	}
	return r.keywords(n, values)
}

func (r *reader) allOf(n *yaml.Node) Node {
	entries := r.pairs(n)
	if len(entries) == 0 {
		r.failNode(n, fault{"sigma/empty-search", "the map is empty", "write a field and its value"})
		return nil
	}
	kids := make([]Node, 0, len(entries))
	for _, e := range entries {
		if item := r.item(e); item != nil {
			kids = append(kids, item)
		}
	}
	if len(entries) == 1 && len(kids) == 1 {
		return kids[0]
	}
	return &AllOf{Span: r.places.span(n), Kids: kids}
}

func (r *reader) anyOf(n *yaml.Node) Node {
	kids := make([]Node, 0, len(n.Content))
	for _, entry := range n.Content {
		if kid := r.definition(deref(entry)); kid != nil {
			kids = append(kids, kid)
		}
	}
	if len(n.Content) == 1 && len(kids) == 1 {
		return kids[0]
	}
	return &AnyOf{Span: r.places.span(n), Kids: kids}
}

// keywords reads values without a field.
func (r *reader) keywords(n *yaml.Node, values []*yaml.Node) Node {
	item := &Item{Span: r.places.span(n)}
	for _, value := range values {
		if v, ok := r.value(value, false); ok {
			item.Values = append(item.Values, Located{Value: v, Span: r.places.span(value)})
		}
	}
	r.checkKeywords(item)
	if len(item.Values) == 0 {
		return nil
	}
	return item
}

// checkKeywords refuses values that say nothing without a field.
func (r *reader) checkKeywords(item *Item) {
	if item.Field != "" {
		return
	}
	for _, v := range item.Values {
		switch v.Value.(type) {
		case String, Number, Regex, Expansion:
		case Null:
			r.fail(v.Span, fault{"sigma/keyword", "there is nothing to look for", "write a value"})
		default:
			r.fail(v.Span, fault{"sigma/keyword", describe(v.Value) + " cannot be looked for without a field", "write a field before it, or put it in quotes"})
		}
	}
}

// conditions reads the condition, or the list of them.
func (r *reader) conditions(detection pair, entries []pair) {
	e, ok := find(entries, "condition")
	if !ok {
		r.failNode(detection.key, fault{"sigma/condition", "the detection has no condition", "add one, such as condition: selection"})
		return
	}
	list := []*yaml.Node{e.value}
	if kindOf(e.value) == kindList {
		list = list[:0]
		for _, entry := range e.value.Content {
			list = append(list, deref(entry))
		}
	}
	if len(list) == 0 || kindOf(e.value) == kindNull {
		r.failNode(e.key, fault{"sigma/condition", "the condition is empty", "name the search identifiers that have to match"})
		return
	}
	good := true
	for _, n := range list {
		good = r.condition(n) && good
	}
	if good {
		r.unused()
	}
	r.timeframe(entries, good)
}

// timeframe checks the old key: only an aggregation can do anything with it.
func (r *reader) timeframe(entries []pair, good bool) {
	d := r.rule.Detection
	if d.Timeframe == "" {
		return
	}
	e, _ := find(entries, "timeframe")
	switch aggregated := slices.ContainsFunc(d.Conditions, func(c Condition) bool { return c.Aggregation != nil }); {
	case aggregated:
		r.timespan(e.value)
	case good:
		r.warn(r.places.span(e.key), fault{"sigma/timeframe", "the time frame has no effect without an aggregation", "remove it, or write a correlation rule"})
	}
}

// condition reads one condition, and says whether it is good.
func (r *reader) condition(n *yaml.Node) bool {
	if k := kindOf(n); k != kindString {
		r.failNode(n, fault{"sigma/condition", fmt.Sprintf("the condition has to be a text, not %s", k), quoteHint(k)})
		return false
	}
	source := r.places.source(n)
	places := source.follow()
	expr, aggregation, problems := condition.ParseOld(n.Value)
	for _, problem := range problems[:min(len(problems), maxProblems)] {
		r.fail(places.sub(problem.At.Start, problem.At.End), fault{problem.Code, problem.Message, problem.Hint})
	}
	before := r.errors
	condition.Walk(expr, func(e condition.Expr) {
		if r.errors <= before+maxProblems {
			r.known(places, e)
		}
	})
	if aggregation != nil {
		for _, near := range aggregation.Near {
			r.known(places, &condition.Name{At: near.Name.At, Text: near.Name.Text})
		}
	}
	r.rule.Detection.Conditions = append(r.rule.Detection.Conditions, Condition{Text: n.Value, Expr: expr, Aggregation: aggregation, Source: source})
	return len(problems) == 0 && r.errors == before
}

// known checks that what a condition names is defined, and notes it as used.
func (r *reader) known(places *followed, e condition.Expr) {
	switch e := e.(type) {
	case *condition.Name:
		if _, ok := r.used[e.Text]; ok {
			r.used[e.Text] = true
			return
		}
		r.fail(places.sub(e.At.Start, e.At.End), fault{"sigma/unknown-search", fmt.Sprintf("unknown search identifier %q", e.Text), r.searchHint(e.Text)})
	case *condition.Of:
		if !r.selects(e) {
			r.fail(places.sub(e.At.Start, e.At.End), fault{"sigma/selector-without-match", fmt.Sprintf("no search identifier matches %q", e.Pattern), r.patternHint(e.Pattern)})
		}
	}
}

// selects notes what a selector takes in, and says whether it is anything.
func (r *reader) selects(e *condition.Of) bool {
	matched, seen := r.patterns[e.Pattern]
	if seen {
		return matched
	}
	for _, s := range r.rule.Detection.Searches {
		if e.Matches(s.Name) {
			r.used[s.Name], matched = true, true
		}
	}
	r.patterns[e.Pattern] = matched
	return matched
}

// maxHints bounds the work that goes into suggestions.
const maxHints = 100

func (r *reader) searchHint(name string) string {
	names := make([]string, 0, maxHints)
	for _, s := range r.rule.Detection.Searches[:min(len(r.rule.Detection.Searches), maxHints)] {
		names = append(names, s.Name)
	}
	if near := nearest(name, names); near != "" && r.errors < maxProblems {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "define it in the detection"
}

func (r *reader) patternHint(pattern string) string {
	switch {
	case strings.EqualFold(pattern, "them") && pattern != "them":
		return `did you mean "them"?`
	case pattern == "them":
		return "add a search identifier to the detection; those that begin with _ are left out"
	}
	return "name search identifiers that the detection defines"
}

// unused warns of searches that no condition names.
func (r *reader) unused() {
	for _, s := range r.rule.Detection.Searches {
		if !r.used[s.Name] {
			r.warn(s.Span, fault{"sigma/unused-search", fmt.Sprintf("no condition uses the search identifier %q", s.Name), "use it in the condition, or remove it"})
		}
	}
}
