package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
)

// refuse gives the reason why a value does not fit a leaf, or nil.
func (f *field) refuse(value any, at int) *exception.Exception {
	switch f.Type {
	case Long:
		return refuseLong(value, at)
	case Float:
		return refuseFloat(value, at)
	case Boolean:
		return refuseBoolean(value, at)
	case Date:
		return refuseDate(value, f.Format, at)
	default:
		return refuseText(value, at)
	}
}

func refuseLong(value any, at int) *exception.Exception {
	switch v := value.(type) {
	case json.Number:
		return refuseWhole(v, at)
	case string:
		if v == "" {
			return nil
		}
		n, ok := new(big.Rat).SetString(strings.TrimSpace(v))
		if !ok || strings.ContainsAny(v, "/_xXpP") {
			return exception.BadArgument("For input string: \"" + v + "\"")
		}
		if !fitsLong(n) {
			return exception.BadArgument(fmt.Sprintf("Value [%s] is out of range for a long", v))
		}
		return nil
	default:
		return notNumeric(value, at)
	}
}

func refuseWhole(v json.Number, at int) *exception.Exception {
	n, ok := ratOf(v)
	if ok && fitsLong(n) {
		return nil
	}
	if strings.ContainsAny(string(v), ".eE") {
		return exception.BadArgument(fmt.Sprintf("Value [%s] is out of range for a long", v))
	}
	return exception.New(0, "input_coercion_exception", fmt.Sprintf(
		"Numeric value (%s) out of range of long (%d - %d)%s", v, math.MinInt64, math.MaxInt64, source(at+len(v))))
}

// ratOf reads a number exactly; one with a huge exponent is not read at all,
// since its digits would fill the memory.
func ratOf(v json.Number) (*big.Rat, bool) {
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || math.Abs(f) > 1e40 {
		return nil, false
	}
	if math.Abs(f) < 1e-300 {
		return new(big.Rat), true
	}
	return new(big.Rat).SetString(string(v))
}

func fitsLong(n *big.Rat) bool {
	whole := new(big.Int).Quo(n.Num(), n.Denom())
	return whole.IsInt64()
}

func refuseFloat(value any, at int) *exception.Exception {
	switch v := value.(type) {
	case json.Number:
		return refuseInfinite(string(v))
	case string:
		if v == "" {
			return nil
		}
		if _, err := strconv.ParseFloat(strings.TrimSpace(v), 64); err != nil && !errors.Is(err, strconv.ErrRange) {
			return exception.New(0, "number_format_exception", "For input string: \""+v+"\"")
		}
		return refuseInfinite(strings.TrimSpace(v))
	default:
		return notNumeric(value, at)
	}
}

func refuseInfinite(text string) *exception.Exception {
	f, err := strconv.ParseFloat(text, 32)
	if err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
		return nil
	}
	name := "Infinity"
	switch {
	case math.IsNaN(f):
		name = "NaN"
	case math.IsInf(f, -1):
		name = "-Infinity"
	}
	return exception.BadArgument(fmt.Sprintf("[float] supports only finite values, but got [%s]", name))
}

func refuseBoolean(value any, at int) *exception.Exception {
	switch v := value.(type) {
	case bool:
		return nil
	case string:
		if v == "" || v == "true" || v == "false" {
			return nil
		}
		return exception.BadArgument(fmt.Sprintf("Failed to parse value [%s] as only [true] or [false] are allowed.", v))
	default:
		name, end := token(value, at)
		return exception.New(0, "json_parse_exception", fmt.Sprintf("Current token (%s) not of boolean type%s", name, source(end)))
	}
}

func refuseDate(value any, format Format, at int) *exception.Exception {
	var text string
	switch v := value.(type) {
	case json.Number:
		text = string(v)
	case bool:
		text = strconv.FormatBool(v)
	case string:
		text = v
	default:
		return refuseText(value, at)
	}
	if text == "" {
		return exception.BadArgument("cannot parse empty date")
	}
	if _, ok := ParseDate(text, format); ok {
		return nil
	}
	return BadDate(text, format)
}

// BadDate is the refusal of a text that is no date of that format.
func BadDate(text string, format Format) *exception.Exception {
	return exception.BadArgument(fmt.Sprintf("failed to parse date field [%s] with format [%s]", text, format)).
		Because(exception.New(0, "date_time_parse_exception", "Failed to parse with all enclosed parsers"))
}

func refuseText(value any, at int) *exception.Exception {
	if _, ok := value.(*watcher.Object); !ok {
		return nil
	}
	return exception.New(0, "illegal_state_exception", fmt.Sprintf("Can't get text on a START_OBJECT at 1:%d", at+1))
}

func notNumeric(value any, at int) *exception.Exception {
	name, end := token(value, at)
	return exception.New(0, "json_parse_exception", fmt.Sprintf(
		"Current token (%s) not numeric, can not use numeric value accessors%s", name, source(end)))
}

// token names a value as the server's parser does and says where it ends.
func token(value any, at int) (name string, end int) {
	switch v := value.(type) {
	case bool:
		if v {
			return "VALUE_TRUE", at + len("true")
		}
		return "VALUE_FALSE", at + len("false")
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			return "VALUE_NUMBER_FLOAT", at + len(v)
		}
		return "VALUE_NUMBER_INT", at + len(v)
	case *watcher.Object:
		return "START_OBJECT", at + 1
	default:
		return "VALUE_STRING", at + len(watcher.Encode(value))
	}
}

func source(end int) string {
	return fmt.Sprintf("\n at [Source: (ByteArrayInputStream); line: 1, column: %d]", end+1)
}

// preview writes a value as Java prints it.
func preview(value any) string {
	switch v := value.(type) {
	case *watcher.Object:
		parts := make([]string, len(v.Members))
		for i, m := range v.Members {
			parts[i] = m.Name + "=" + preview(m.Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = preview(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		return v
	case nil:
		return "null"
	default:
		return string(watcher.Encode(v))
	}
}
