package pipeline

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
)

// ruleConditions are the conditions on a rule (section 2, "Rule conditions").
func ruleConditions() condKind[*sigma.Rule] {
	return condKind[*sigma.Rule]{"rule", map[string]func(*params) cond[*sigma.Rule]{
		"logsource":                 readLogSource,
		"contains_detection_item":   readContainsItem,
		"contains_field":            readContainsField,
		"processing_item_applied":   readRuleApplied,
		"processing_state":          readState[*sigma.Rule],
		"is_sigma_rule":             func(*params) cond[*sigma.Rule] { return constant(true) },
		"is_sigma_correlation_rule": func(*params) cond[*sigma.Rule] { return constant(false) },
		"rule_attribute":            readAttribute,
		"tag":                       readTag,
	}}
}

// itemConditions are the conditions on a detection item.
func itemConditions() condKind[*sigma.Item] {
	return condKind[*sigma.Item]{"detection_item", map[string]func(*params) cond[*sigma.Item]{
		"match_string":            readMatchString,
		"match_value":             readMatchValue,
		"contains_wildcard":       readContainsWildcard,
		"is_null":                 readIsNull,
		"processing_item_applied": readItemApplied,
		"processing_state":        readState[*sigma.Item],
	}}
}

// fieldConditions are the conditions on a field name.
func fieldConditions() condKind[subject] {
	return condKind[subject]{"field_name", map[string]func(*params) cond[subject]{
		"include_fields":          func(p *params) cond[subject] { return readFields(p) },
		"exclude_fields":          func(p *params) cond[subject] { return excludeFields{readFields(p)} },
		"processing_item_applied": readFieldApplied,
		"processing_state":        readState[subject],
	}}
}

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func sorted(s []string) []string {
	slices.Sort(s)
	return s
}

// appliedID reads the id of a condition processing_item_applied and notes it
// for checkIDs.
func appliedID(p *params) string {
	id := p.needText("processing_item_id")
	if n, ok := p.take("processing_item_id"); ok && id != "" {
		p.r.asked = append(p.r.asked, reference{id, p.r.span(n)})
	}
	return id
}

// stateCond compares the state that set_state left. Without a state of that
// key no comparison holds.
type stateCond[S any] struct {
	key, op string
	val     sigma.Value
}

func readState[S any](p *params) cond[S] {
	return stateCond[S]{
		key: p.needText("key"),
		val: p.needLiteral("val"),
		op:  p.choice("op", "eq", "ne", "gte", "gt", "lte", "lt"),
	}
}

func (c stateCond[S]) holds(x *run, _ S) bool {
	state, ok := x.state[c.key]
	if !ok {
		return false
	}
	if c.op == "eq" || c.op == "ne" {
		return equalValues(state, c.val) == (c.op == "eq")
	}
	order, ok := compareValues(state, c.val)
	return ok && orderHolds(order, c.op)
}

// orderHolds reads the result of a comparison as the operators of conditions do.
func orderHolds(order int, op string) bool {
	switch op {
	case "eq":
		return order == 0
	case "ne":
		return order != 0
	case "gte":
		return order >= 0
	case "gt":
		return order > 0
	case "lte":
		return order <= 0
	default:
		return order < 0
	}
}

// compareValues orders two numbers or two texts; other pairs have no order.
func compareValues(a, b sigma.Value) (int, bool) {
	switch a := a.(type) {
	case sigma.Number:
		b, ok := b.(sigma.Number)
		if !ok {
			return 0, false
		}
		return compareNumbers(a.Text, b.Text)
	case sigma.String:
		b, ok := b.(sigma.String)
		return strings.Compare(a.Plain(), b.Plain()), ok
	default:
		return 0, false
	}
}

func compareNumbers(a, b string) (int, bool) {
	x, errA := strconv.ParseFloat(a, 64)
	y, errB := strconv.ParseFloat(b, 64)
	return cmp.Compare(x, y), errA == nil && errB == nil
}

// equalValues reports whether two values are of the same kind and the same.
func equalValues(a, b sigma.Value) bool {
	switch a := a.(type) {
	case sigma.String:
		b, ok := b.(sigma.String)
		return ok && a.Cased == b.Cased && slices.Equal(a.Parts, b.Parts)
	case sigma.Number:
		b, ok := b.(sigma.Number)
		if !ok {
			return false
		}
		order, ok := compareNumbers(a.Text, b.Text)
		return a == b || ok && order == 0
	case sigma.Expansion:
		b, ok := b.(sigma.Expansion)
		return ok && slices.EqualFunc(a, b, equalValues)
	case sigma.Compare:
		b, ok := b.(sigma.Compare)
		return ok && a.Op == b.Op && equalValues(a.Value, b.Value)
	default:
		return a == b
	}
}
