package classic

import (
	"math/big"
	"strings"
)

// watchAggregation is an aggregation as a watch has it. A nil one is none.
type watchAggregation struct {
	field, group string
	operator     string
	limit        *big.Int
}

// aggregation reads the aggregation of a search. The function is ignored: a
// fault of the old tool.
func (w *watches) aggregation(s *search) (*watchAggregation, error) {
	if s.agg == nil {
		return nil, nil
	}
	if s.agg.near {
		w.run.log.note(nearDropped(), s.agg.at)
		return nil, nil
	}
	limit, ok := pythonInt(s.agg.value)
	if !ok {
		return nil, refuseAt(s.agg.at, "classic/condition", quote(s.agg.value)+" is no whole number")
	}
	a := &watchAggregation{s.agg.field, s.agg.group, s.agg.operator, limit}
	if a.operator == "==" && (a.field != "" || a.group != "") {
		return nil, refuseAt(s.agg.at, "classic/not-supported", `the old tool cannot write "==" with a field or a group here`)
	}
	if s.agg.function != "count" {
		w.run.log.note(functionIgnored(s.agg.function), s.agg.at)
	}
	if !w.run.is2019() {
		return a, nil
	}
	for _, field := range []*string{&a.field, &a.group} {
		if *field != "" {
			*field += ".keyword"
		}
	}
	return a, nil
}

// pythonInt reads a number as Python's int does.
func pythonInt(s string) (*big.Int, bool) {
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || len(s) > 1000 || strings.Contains(digits, "__") || strings.HasPrefix(digits, "_") || strings.HasSuffix(digits, "_") {
		return nil, false
	}
	return new(big.Int).SetString(strings.TrimPrefix(strings.ReplaceAll(s, "_", ""), "+"), 10)
}

// compare is what the number of hits is held against.
func (a *watchAggregation) compare() object {
	if a == nil || a.operator == "==" {
		return object{{"not_eq", verbatim("0")}}
	}
	name := map[string]string{">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}[a.operator]
	return object{{name, verbatim(a.limit.String())}}
}

// path is where the number of hits stands in the answer.
func (a *watchAggregation) path() string {
	if a == nil || a.field == "" && a.group == "" {
		return "ctx.payload.hits.total"
	}
	path := "ctx.payload.aggregations."
	if a.group != "" {
		path += "by.buckets.0."
	}
	if a.field != "" {
		path += "agg.buckets.0."
	}
	return path + "doc_count"
}

// aggs are the aggregations of the search, or nil.
func (a *watchAggregation) aggs() any {
	if a == nil || a.field == "" && a.group == "" {
		return nil
	}
	var inner any
	if a.field != "" {
		inner = object{{"agg", object{{"terms", a.terms(a.field)}}}}
	}
	if a.group == "" {
		return inner
	}
	by := object{{"terms", a.terms(a.group)}}
	if inner != nil {
		by = append(by, member{"aggs", inner})
	}
	return object{{"by", by}}
}

func (a *watchAggregation) terms(field string) object {
	order, least := "desc", new(big.Int).Set(a.limit)
	switch a.operator {
	case ">":
		least.Add(least, big.NewInt(1))
	case ">=":
	default:
		order, least = "asc", nil
	}
	out := object{
		{"field", field},
		{"size", verbatim("10")},
		{"order", object{{"_count", order}}},
	}
	if least != nil {
		out = append(out, member{"min_doc_count", verbatim(least.String())})
	}
	return out
}

// mail is the part of a mail's body that lists buckets.
func (a *watchAggregation) mail() string {
	var lists []string
	if a.field != "" {
		lists = append(lists, "agg.buckets")
	}
	if a.group != "" {
		lists = append(lists, "by.buckets")
	}
	lists[0] = "aggregations." + lists[0]
	var open, closing []string
	for i, list := range lists {
		open = append(open, "{{#"+list+"}}\n"+strings.Repeat("--", i)+" {{key}} {{doc_count}}\n")
		closing = append([]string{"{{/" + list + "}}\n"}, closing...)
	}
	return "Hits:\n" + strings.Join(open, "\n") + strings.Join(closing, "\n")
}
