package query

import (
	"math"
	"math/big"
	"strings"
	"time"

	"github.com/sigwatch/sigwatch/sigma"
)

// bounds are the least and the greatest number that a mapping type holds.
type bounds struct{ least, most *big.Rat }

// boundsOf returns the bounds of a numeric mapping type, by default the widest.
func boundsOf(mapping string) bounds {
	power := func(n uint) *big.Rat { return new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), n)) }
	signed := func(bits uint) bounds {
		most := power(bits - 1)
		return bounds{new(big.Rat).Neg(most), most.Sub(most, big.NewRat(1, 1))}
	}
	float := func(most float64) bounds {
		b := bounds{new(big.Rat).SetFloat64(-most), new(big.Rat).SetFloat64(most)}
		return b
	}
	switch mapping {
	case "byte":
		return signed(8)
	case "short":
		return signed(16)
	case "integer":
		return signed(32)
	case "long":
		return signed(64)
	case "unsigned_long":
		most := power(64)
		return bounds{new(big.Rat), most.Sub(most, big.NewRat(1, 1))}
	case "half_float":
		return float(65504)
	case "float":
		return float(3.4028234663852886e38)
	default:
		return float(1.7976931348623157e308)
	}
}

func (b bounds) width() float64 {
	width, _ := new(big.Rat).Sub(b.most, b.least).Float64()
	return width
}

func (b bounds) hold(n *big.Rat) bool { return n.Cmp(b.least) >= 0 && n.Cmp(b.most) <= 0 }

// decimal reads a plain decimal number: no exponent, no other spellings.
func decimal(text string) (*big.Rat, bool) {
	const longest = 400 // the greatest float has 309 digits
	digits := strings.TrimPrefix(text, "-")
	if len(text) > longest || digits == "" || strings.Trim(digits, "0123456789.") != "" ||
		digits[0] == '.' || digits[len(digits)-1] == '.' {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// amount takes numbers, texts that say one, and comparisons with one.
func amount(f Field, v sigma.Value) (sigma.Value, bool) {
	switch v := v.(type) {
	case sigma.Compare:
		n, ok := v.Value.(sigma.Number)
		if !ok {
			return v, false
		}
		r, ok := decimal(n.Text)
		return v, ok && boundsOf(f.Mapping).hold(r) && (f.Mapping != "half_float" || half(r))
	case sigma.Number:
		return number(f, v.Text)
	default:
		text, ok := whole(v)
		if !ok {
			return v, false
		}
		return number(f, text)
	}
}

// half reports whether a half_float holds the number as it is. What is indexed
// is rounded to that type, and the server does not round the bounds of a range:
// 0.1 would not be found by >= 0.1.
func half(r *big.Rat) bool {
	x, exact := r.Float64()
	if x == 0 || math.Abs(x) < 1.0/(1<<14) {
		return x == 0
	}
	digits, _ := math.Frexp(x)
	return exact && digits*(1<<11) == math.Trunc(digits*(1<<11))
}

func number(f Field, text string) (sigma.Value, bool) {
	r, ok := decimal(text)
	switch {
	case !ok || !boundsOf(f.Mapping).hold(r):
		return sigma.Number{Text: text}, false
	case r.IsInt():
		return sigma.Number{Text: r.Num().String()}, true
	default:
		return sigma.Number{Text: text}, f.Type == Float
	}
}

// The least number that is taken for milliseconds since 1970, which is in 1973:
// a smaller one may be a year or seconds.
const leastMillis = 100_000_000_000

// instant takes a time with a zone, whole seconds or fractions, and a number of
// milliseconds. Anything less is taken by the server for a span of time.
func instant(f Field, v sigma.Value) (sigma.Value, bool) {
	switch v := v.(type) {
	case sigma.Compare:
		n, ok := v.Value.(sigma.Number)
		if !ok {
			return v, false
		}
		_, ok = milliseconds(f, n.Text)
		return v, ok && (f.Mapping != nanos || v.Op == ">=" || v.Op == "<")
	case sigma.Number:
		return milliseconds(f, v.Text)
	}
	text, ok := whole(v)
	if !ok {
		return v, false
	}
	if millis(text) {
		return milliseconds(f, text)
	}
	at, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text))
	if err != nil {
		return v, false
	}
	if f.Mapping == nanos {
		return nanosecond(at)
	}
	return textOf(at.UTC().Format("2006-01-02T15:04:05.000Z")), at.Nanosecond()%int(time.Millisecond) == 0 && at.UTC().Year() > 0
}

// nanos is the type of times to the nanosecond. For its sake the server takes a
// number of milliseconds for that whole millisecond (Elasticsearch 8.19.21):
// > and <= then leave out, or take in, what lies within. A moment that the type
// does not hold fails the whole search.
const nanos = "date_nanos"

// milliseconds is a moment that is given as a number.
func milliseconds(f Field, text string) (sigma.Value, bool) {
	if f.Mapping != nanos || !millis(text) {
		return sigma.Number{Text: text}, millis(text)
	}
	r, _ := decimal(text)
	return nanosecond(time.UnixMilli(r.Num().Int64()))
}

// nanosecond writes a moment for a field of that type, which holds the years
// 1970 to 2261.
func nanosecond(at time.Time) (sigma.Value, bool) {
	at = at.UTC()
	return textOf(at.Format("2006-01-02T15:04:05.000000000Z")), !at.Before(time.Unix(0, 0)) && at.Year() < 2262
}

func millis(text string) bool {
	r, ok := decimal(text)
	const most = 253_402_300_800_000 // the year 10000
	return ok && r.IsInt() && r.Cmp(big.NewRat(leastMillis, 1)) >= 0 && r.Cmp(big.NewRat(most, 1)) < 0
}
