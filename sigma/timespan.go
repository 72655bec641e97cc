package sigma

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
)

// Timespan is how far the events of a correlation may lie apart: a number and a
// unit, "5m".
type Timespan struct {
	// Count is a whole number above zero.
	Count int64
	// Unit is one of s, m, h, d, w, M and y: second to week, month and year.
	Unit byte
	Span diag.Span
}

// Duration returns the time span's length. A month is the twelfth part of a
// year of 365.2425 days, as pySigma has it. Both are in seconds a whole number.
func (t Timespan) Duration() time.Duration {
	return time.Duration(t.Count) * unitLength(t.Unit)
}

// String returns the time span as it is written.
func (t Timespan) String() string { return fmt.Sprintf("%d%c", t.Count, t.Unit) }

// unitLength returns 0 for what is no unit.
func unitLength(unit byte) time.Duration {
	const day = 24 * time.Hour
	switch unit {
	case 's':
		return time.Second
	case 'm':
		return time.Minute
	case 'h':
		return time.Hour
	case 'd':
		return day
	case 'w':
		return 7 * day
	case 'M':
		return 2629746 * time.Second
	case 'y':
		return 12 * 2629746 * time.Second
	}
	return 0
}

// maxTimespan is the longest time span, which a Duration can hold.
const maxTimespan = 200 * 366 * 24 * time.Hour

// timespan reads a time span, and reports what is wrong with it.
func (p *parser) timespan(n *yaml.Node) Timespan {
	t := Timespan{Span: p.places.span(n)}
	bad := func(message, hint string) Timespan {
		p.failNode(n, fault{"sigma/timespan", message, hint})
		return Timespan{}
	}
	text := n.Value
	if k := kindOf(n); k == kindMap || k == kindList || k == kindNull || text == "" {
		return bad("the time span is empty or no text", "write a number and a unit, such as 5m")
	}
	number, unit := text[:len(text)-1], text[len(text)-1]
	count, ok := new(big.Int).SetString(number, 10)
	switch {
	case !madeOf(number, digits) || !ok || unitLength(unit) == 0:
		return bad(fmt.Sprintf("%q is no time span", text), timespanHint(text))
	case count.Sign() == 0:
		return bad("no two events lie in a time span of nothing", "write a number above zero")
	case !count.IsInt64() || count.Int64() > int64(maxTimespan/unitLength(unit)):
		return bad(fmt.Sprintf("the time span %q is longer than %d years", text, 200), "write a shorter one")
	}
	t.Count, t.Unit = count.Int64(), unit
	return t
}

func timespanHint(text string) string {
	number := strings.TrimRight(text, " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	word := strings.TrimSpace(text[len(number):])
	units := "write a whole number and s, m, h, d, w, M (month) or y without a blank, such as 5m"
	switch {
	case !madeOf(number, digits) || word == "":
		return units
	case unitLength(word[0]) != 0:
		return fmt.Sprintf("did you mean %q?", number+word[:1])
	}
	return units
}
