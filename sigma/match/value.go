package match

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// predicateFunc says whether one value of an event holds.
type predicateFunc func(any) bool

func (p predicateFunc) some(values []any) bool { return slices.ContainsFunc(values, p) }

// predicate is what a value asks of one value of its field.
func predicate(v sigma.Value) (predicateFunc, error) {
	switch v := v.(type) {
	case sigma.String:
		return textPredicate(v)
	case sigma.Number:
		return func(got any) bool { return isNumber(got, v.Text) }, nil
	case sigma.Bool:
		return func(got any) bool { return textOf(got) == strconv.FormatBool(bool(v)) }, nil
	case sigma.Regex:
		return regex(v)
	case sigma.CIDR:
		return network(v)
	case sigma.Compare:
		return comparison(v)
	case sigma.TimePart:
		return timePart(v, func(order int) bool { return order == 0 }), nil
	default:
		return nil, fmt.Errorf("no meaning for a value of type %T", v)
	}
}

// keywordPredicate is what a value without a field asks of any text.
func keywordPredicate(v sigma.Value) (predicateFunc, error) {
	switch v := v.(type) {
	case sigma.String:
		star := []sigma.Part{{Kind: sigma.Any}}
		v.Parts = slices.Concat(star, v.Parts, star)
		return textPredicate(v)
	case sigma.Number:
		return func(got any) bool { return strings.Contains(textOf(got), v.Text) }, nil
	case sigma.Regex:
		return regex(v)
	default:
		return nil, errors.New("only texts, numbers and regular expressions can be looked for without a field")
	}
}

// textOf is what a value of an event says.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	default:
		return fmt.Sprint(v)
	}
}

func textPredicate(s sigma.String) (predicateFunc, error) {
	for _, part := range s.Parts {
		if part.Kind == sigma.Placeholder {
			return nil, fmt.Errorf("the placeholder %%%s%% was not filled in", part.Text)
		}
	}
	p := newPattern(s)
	whole, plain := p.plain()
	return func(got any) bool {
		if p.matches(textOf(got)) {
			return true
		}
		number, ok := got.(json.Number)
		return ok && plain && numeric(whole) && sameNumber(number.String(), whole)
	}, nil
}

// isNumber compares a number with a number, or with a text that says it.
func isNumber(got any, want string) bool {
	if number, ok := got.(json.Number); ok {
		return sameNumber(number.String(), want)
	}
	return textOf(got) == want
}

func sameNumber(a, b string) bool {
	order, ok := compareNumbers(a, b)
	return ok && order == 0
}

// compareNumbers compares integers exactly and everything else as 64-bit
// floats. It is not ok where one of them is no number.
func compareNumbers(a, b string) (order int, ok bool) {
	if !numeric(a) || !numeric(b) {
		return 0, false
	}
	i, errI := strconv.ParseInt(a, 10, 64)
	j, errJ := strconv.ParseInt(b, 10, 64)
	if errI == nil && errJ == nil {
		return cmp.Compare(i, j), true
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX != nil || errY != nil || math.IsNaN(x) || math.IsNaN(y) {
		return 0, false
	}
	return cmp.Compare(x, y), true
}

// numeric reports whether a text is a decimal number: none of the other
// spellings that Go takes for one.
func numeric(s string) bool {
	return s != "" && strings.Trim(s, "0123456789+-.eE") == "" && strings.ContainsAny(s, "0123456789")
}

func network(v sigma.CIDR) (predicateFunc, error) {
	prefix, err := netip.ParsePrefix(v.Network)
	if err != nil {
		return nil, fmt.Errorf("read the network: %w", err)
	}
	return func(got any) bool {
		addr, err := netip.ParseAddr(textOf(got))
		return err == nil && prefix.Contains(addr.WithZone("").Unmap())
	}, nil
}

func comparison(v sigma.Compare) (predicateFunc, error) {
	holds, err := ordering(v.Op)
	if err != nil {
		return nil, err
	}
	switch want := v.Value.(type) {
	case sigma.Number:
		return func(got any) bool {
			order, ok := compareNumbers(textOf(got), want.Text)
			return ok && holds(order)
		}, nil
	case sigma.TimePart:
		return timePart(want, holds), nil
	default:
		return nil, fmt.Errorf("no meaning for a comparison with a %T", want)
	}
}

// ordering says which signs of a comparison an operator means.
func ordering(op sigma.Op) (func(int) bool, error) {
	switch op {
	case "<":
		return func(order int) bool { return order < 0 }, nil
	case "<=":
		return func(order int) bool { return order <= 0 }, nil
	case ">":
		return func(order int) bool { return order > 0 }, nil
	case ">=":
		return func(order int) bool { return order >= 0 }, nil
	default:
		return nil, fmt.Errorf("no meaning for the operator %q", op)
	}
}

func regex(v sigma.Regex) (predicateFunc, error) {
	tree, err := query.ParseRegex(v)
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile(tree.String())
	if err != nil {
		return nil, fmt.Errorf("compile regular expression: %w", err)
	}
	return func(got any) bool { return re.MatchString(textOf(got)) }, nil
}

// fieldRef compares every value of the one field with every value of the
// other, without regard to case.
func fieldRef(field string, v sigma.FieldRef) test {
	return func(e Event) bool {
		return slices.ContainsFunc(e.Values(v.Field), func(other any) bool {
			p := refPattern(textOf(other), v)
			return slices.ContainsFunc(e.Values(field), func(got any) bool {
				return p.matches(textOf(got)) || p.exact && sameNumber(textOf(got), textOf(other))
			})
		})
	}
}
