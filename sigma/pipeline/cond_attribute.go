package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/sigma"
)

// attributeKind says how the values of an attribute compare.
type attributeKind int

const (
	customAttribute attributeKind = iota
	textAttribute
	listAttribute
	dateAttribute
	rankAttribute
)

// attributeKinds are the attributes that every rule can have.
func attributeKinds() map[string]attributeKind {
	return map[string]attributeKind{
		"title": textAttribute, "id": textAttribute, "name": textAttribute, "taxonomy": textAttribute,
		"description": textAttribute, "license": textAttribute, "author": textAttribute,
		"references": listAttribute, "tags": listAttribute, "fields": listAttribute, "falsepositives": listAttribute,
		"date": dateAttribute, "modified": dateAttribute,
		"level": rankAttribute, "status": rankAttribute,
	}
}

// ranks are the values of level and status in rising order.
func ranks(attribute string) []string {
	if attribute == "level" {
		return []string{"informational", "low", "medium", "high", "critical"}
	}
	return []string{"unsupported", "deprecated", "experimental", "test", "stable"}
}

// attributeCond compares an attribute of the rule. What cannot be compared
// refuses the rule, as pySigma does.
type attributeCond struct {
	attribute, value, op string
	kind                 attributeKind
}

func readAttribute(p *params) cond[*sigma.Rule] {
	c := attributeCond{attribute: p.needText("attribute"), value: p.needText("value")}
	c.op = p.choice("op", "eq", "ne", "gte", "gt", "lte", "lt", "in", "not_in")
	c.kind = attributeKinds()[c.attribute]
	if n, ok := p.take("op"); ok && !c.knows(c.op) {
		p.r.errorf(p.r.span(n), "pipeline/wrong-value", c.opHint(), "the attribute %q cannot be compared by %q", c.attribute, c.op)
	}
	if n, ok := p.take("value"); ok {
		c.checkValue(p, n)
	}
	return c
}

func (c attributeCond) knows(op string) bool {
	switch c.kind {
	case textAttribute:
		return op == "eq" || op == "ne"
	case dateAttribute, rankAttribute:
		return op != "in" && op != "not_in"
	default:
		return true
	}
}

func (c attributeCond) opHint() string {
	if c.kind == textAttribute {
		return "write one of: eq, ne"
	}
	return "write one of: eq, ne, gte, gt, lte, lt"
}

func (c attributeCond) checkValue(p *params, n *yaml.Node) {
	switch {
	case c.kind == rankAttribute && !slices.Contains(ranks(c.attribute), strings.ToLower(c.value)):
		p.r.errorf(p.r.span(n), "pipeline/wrong-value", "write one of: "+strings.Join(ranks(c.attribute), ", "),
			"%q is no %s", c.value, c.attribute)
	case c.kind == dateAttribute && !isDate(c.value):
		p.r.errorf(p.r.span(n), "pipeline/wrong-value", "write it as YYYY-MM-DD", "%q is no date", c.value)
	}
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func (c attributeCond) holds(x *run, r *sigma.Rule) bool {
	switch c.kind {
	case listAttribute:
		return c.inList(attributeList(r, c.attribute))
	case rankAttribute:
		list := ranks(c.attribute)
		return c.ordered(x, attributeText(r, c.attribute), func(got string) int {
			return slices.Index(list, got) - slices.Index(list, strings.ToLower(c.value))
		})
	case textAttribute, dateAttribute:
		return c.ordered(x, attributeText(r, c.attribute), func(got string) int { return strings.Compare(got, c.value) })
	default:
		return c.custom(x, r)
	}
}

// ordered compares a value that is there, and refuses the rule without it.
func (c attributeCond) ordered(x *run, got string, compare func(string) int) bool {
	if got == "" {
		x.refuse(x.rule.TitleSpan, "pipeline/rule-attribute",
			fmt.Sprintf("give the rule a %s, or ask for it in another way", c.attribute),
			"the pipeline asks for the rule's %q, and it has none", c.attribute)
		return false
	}
	return orderHolds(compare(got), c.op)
}

func (c attributeCond) inList(list []string) bool {
	switch c.op {
	case "in":
		return slices.Contains(list, c.value)
	case "not_in":
		return !slices.Contains(list, c.value)
	default:
		return c.op == "ne"
	}
}

// custom compares an attribute that the specification does not know. A rule
// without it does not match.
func (c attributeCond) custom(x *run, r *sigma.Rule) bool {
	i := slices.IndexFunc(r.Custom, func(a sigma.Attribute) bool { return a.Key == c.attribute })
	if i < 0 {
		return false
	}
	switch v := r.Custom[i].Value.(type) {
	case string:
		if c.op == "eq" || c.op == "ne" {
			return (v == c.value) == (c.op == "eq")
		}
	case int64:
		return c.number(x, strconv.FormatInt(v, 10), r.Custom[i])
	case float64:
		return c.number(x, strconv.FormatFloat(v, 'g', -1, 64), r.Custom[i])
	case []any:
		return c.inList(texts(v))
	}
	return c.cannot(x, r.Custom[i])
}

func (c attributeCond) number(x *run, got string, a sigma.Attribute) bool {
	order, ok := compareNumbers(got, c.value)
	if !ok || c.op == "in" || c.op == "not_in" {
		return c.cannot(x, a)
	}
	return orderHolds(order, c.op)
}

func (c attributeCond) cannot(x *run, a sigma.Attribute) bool {
	x.refuse(a.Span, "pipeline/rule-attribute", "change the condition of the pipeline, or the rule",
		"the pipeline compares %q with %q by %q, and the rule's value does not allow that", c.attribute, c.value, c.op)
	return false
}

func texts(list []any) []string {
	out := make([]string, 0, len(list))
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func attributeList(r *sigma.Rule, attribute string) []string {
	switch attribute {
	case "references":
		return r.References
	case "tags":
		return r.Tags
	case "fields":
		return r.Fields
	default:
		return r.FalsePositives
	}
}

func attributeText(r *sigma.Rule, attribute string) string {
	switch attribute {
	case "title":
		return r.Title
	case "id":
		return r.ID
	case "name":
		return r.Name
	case "taxonomy":
		return cmp.Or(r.Taxonomy, "sigma")
	case "description":
		return r.Description
	case "license":
		return r.License
	case "author":
		return r.Author
	case "date":
		return r.Date
	case "modified":
		return r.Modified
	case "level":
		return r.Level
	default:
		return r.Status
	}
}
