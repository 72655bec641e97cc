package listing

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
	"github.com/sigwatch/sigwatch/watcher/emulator/mapping"
)

// rangeClause is a range query, and a term query on numbers and dates.
type rangeClause struct {
	field                      string
	from, to                   any
	includeLower, includeUpper bool
	// format other than the field's own is not known.
	format string
	// exact is set for a term.
	exact bool
}

func (c *rangeClause) take(name string, value any) bool {
	switch name {
	case "gte":
		c.from, c.includeLower = value, true
	case "gt":
		c.from, c.includeLower = value, false
	case "lte":
		c.to, c.includeUpper = value, true
	case "lt":
		c.to, c.includeUpper = value, false
	case "from":
		c.from = value
	case "to":
		c.to = value
	case "include_lower":
		c.includeLower = value == true
	case "include_upper":
		c.includeUpper = value == true
	case "format", "time_zone":
		c.format = textOf(value)
	case "relation":
	default:
		return false
	}
	return true
}

func (c rangeClause) build(x *Index) (matcher, error) {
	kind, ok := x.Mapping.Lookup(c.field)
	switch {
	case c.field == "_id":
		return nil, x.failure("Field [_id] of type [_id] does not support range queries")
	case !ok || kind == mapping.Object:
		return nothing, nil
	}
	switch kind {
	case mapping.Date:
		return c.buildDate(x)
	case mapping.Long, mapping.Float:
		return c.buildNumber(x)
	default:
		return c.buildText(x)
	}
}

func (c rangeClause) buildNumber(x *Index) (matcher, error) {
	from, err := x.bound(c.from)
	if err != nil {
		return nil, err
	}
	to, err := x.bound(c.to)
	if err != nil {
		return nil, err
	}
	return x.any(c.field, func(v any) bool {
		n, ok := x.numeric(c.field, v)
		return ok && above(n, from, c.includeLower) && above(to, n, c.includeUpper)
	}), nil
}

// bound reads a bound of a range over numbers; nil stands for none.
func (x *Index) bound(v any) (*big.Rat, error) {
	if v == nil {
		return nil, nil
	}
	text := textOf(v)
	if n, ok := rational(text); ok {
		return n, nil
	}
	reason := "For input string: \"" + text + "\""
	return nil, x.failure("failed to create query: " + reason).Because(exception.New(0, "number_format_exception", reason))
}

// above tells whether a is greater than b, or equal where that counts. A nil
// stands for no bound.
func above(a, b *big.Rat, equal bool) bool {
	if a == nil || b == nil {
		return true
	}
	d := a.Cmp(b)
	return d > 0 || d == 0 && equal
}

// numeric is a value as its numeric field holds it.
func (x *Index) numeric(field string, v any) (*big.Rat, bool) {
	n, ok := rational(strings.TrimSpace(textOf(v)))
	if !ok {
		return nil, false
	}
	switch kind, _ := x.Mapping.Lookup(field); kind {
	case mapping.Long:
		return new(big.Rat).SetInt(new(big.Int).Quo(n.Num(), n.Denom())), true
	case mapping.Float:
		f, _ := n.Float32()
		return new(big.Rat).SetFloat64(float64(f)), true
	default:
		return n, true
	}
}

func (c rangeClause) buildDate(x *Index) (matcher, error) {
	if c.format != "" {
		return nil, Unsupported("formats and time zones in [range] queries over stored watches")
	}
	from, err := c.date(x, c.from)
	if err != nil {
		return nil, err
	}
	to, err := c.date(x, c.to)
	if err != nil {
		return nil, err
	}
	format := x.Mapping.DateFormat(c.field)
	return x.any(c.field, func(v any) bool {
		s, ok := mapping.ParseDate(textOf(v), format)
		return ok && (from == nil || c.notBefore(s.From, *from)) && (to == nil || c.notAfter(s.From, *to))
	}), nil
}

// notBefore and notAfter round a bound as the server does: "gt 2020-01" means
// after the whole month, "lte 2020-01" up to its end.
func (c rangeClause) notBefore(at int64, bound mapping.Span) bool {
	if c.includeLower {
		return at >= bound.From
	}
	return at > bound.To
}

func (c rangeClause) notAfter(at int64, bound mapping.Span) bool {
	if c.includeUpper {
		return at <= bound.To
	}
	return at < bound.From
}

func (c rangeClause) date(x *Index, v any) (*mapping.Span, error) {
	if v == nil {
		return nil, nil
	}
	text := textOf(v)
	if strings.HasPrefix(text, "now") || strings.Contains(text, "||") {
		return nil, Unsupported("date math in queries over stored watches")
	}
	format := x.Mapping.DateFormat(c.field)
	if s, ok := mapping.ParseDate(text, format); ok {
		return &s, nil
	}
	inner := mapping.BadDate(text, format)
	return nil, exception.New(400, "parse_exception", fmt.Sprintf("%s: [%s]", inner.Reason, inner.Reason)).Because(inner)
}

// buildText compares texts by their bytes.
func (c rangeClause) buildText(x *Index) (matcher, error) {
	from, to := textOf(c.from), textOf(c.to)
	return x.anyText(c.field, func(v string) bool {
		low := c.from == nil || v > from || v == from && c.includeLower
		high := c.to == nil || v < to || v == to && c.includeUpper
		return low && high
	}), nil
}
