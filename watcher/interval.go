package watcher

import (
	"strconv"
	"strings"
)

// timeUnit is a unit of the server's TimeValue.
type timeUnit struct {
	suffix string
	nanos  int64
}

func timeUnits() []timeUnit {
	const second = 1_000_000_000
	return []timeUnit{
		{"nanos", 1},
		{"micros", 1000},
		{"ms", 1_000_000},
		{"s", second},
		{"m", 60 * second},
		{"h", 3600 * second},
		{"d", 86400 * second},
	}
}

// reportingInterval reads the interval of a reporting attachment: whole
// numbers with a unit.
func (a *action) reportingInterval() (string, error) {
	text, _ := a.value().(string)
	lower := strings.ToLower(strings.TrimSpace(text))
	for _, u := range timeUnits() {
		number, ok := strings.CutSuffix(lower, u.suffix)
		if !ok || number != "" && !isDigit(number[len(number)-1]) {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil {
			break
		}
		if a.noNegative && n < -1 {
			return "", faultf(typeArgument, "duration cannot be negative, was given [%d]", n)
		}
		if a.roundInterval {
			return roundedInterval(n, u), nil
		}
		return strconv.FormatInt(n, 10) + u.suffix, nil
	}
	switch {
	case lower == "-1":
		return "-1", nil
	case lower != "" && strings.Trim(lower, "0") == "":
		return "0nanos", nil
	case a.canonical:
		return text, nil
	}
	return "", faultf(typeArgument, "failed to parse setting [attachment.reporting.interval] with value [%s] as a time value: unit is missing or unrecognized", text)
}

// roundedInterval is TimeValue.toString: the largest unit that fits, with one
// decimal cut off, which 6.x then cannot read.
func roundedInterval(n int64, u timeUnit) string {
	nanos := n * u.nanos
	if nanos == 0 {
		return "0s"
	}
	units := timeUnits()
	unit := units[0]
	for _, u := range units {
		if nanos >= u.nanos {
			unit = u
		}
	}
	tenths := nanos * 10 / unit.nanos
	if nanos > 1<<59 {
		tenths = nanos / unit.nanos * 10
	}
	text := strconv.FormatInt(tenths/10, 10)
	if tenths%10 != 0 {
		text += "." + strconv.FormatInt(tenths%10, 10)
	}
	return text + unit.suffix
}
