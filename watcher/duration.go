package watcher

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// duration reads a text such as "1.5h" as whole milliseconds; null is not
// given. It is the server's WatcherDateTimeUtils.parseTimeValue.
func (r *reader) duration(setting string) (millis any, given bool, err error) {
	switch v := r.value().(type) {
	case string:
		n, err := r.durationText(v, setting)
		if err != nil {
			return nil, false, wrapParse(err, "failed to parse time unit")
		}
		return json.Number(strconv.FormatInt(n, 10)), true, nil
	case nil:
		if r.token == valueNull {
			return nil, false, nil
		}
	}
	return nil, false, parseFault("could not parse time value. expected either a string or a null value but found [%s] instead", r.token)
}

func (r *reader) durationText(text, setting string) (int64, error) {
	lower := strings.ToLower(strings.TrimSpace(text))
	n, err := durationMillis(lower, text, setting)
	if err != nil {
		return 0, err
	}
	if err := r.checkMillis(n); err != nil {
		return 0, err
	}
	if n < 0 {
		return 0, parseFault("could not parse time value [%s]. Time value cannot be negative.", text)
	}
	return n, nil
}

func durationMillis(lower, text, setting string) (int64, error) {
	units := [...]struct {
		suffix  string
		factors []float64
	}{
		{"ms", nil},
		{"s", []float64{1000}},
		{"m", []float64{60, 1000}},
		{"h", []float64{60, 60, 1000}},
		{"d", []float64{24, 60, 60, 1000}},
		{"w", []float64{7, 24, 60, 60, 1000}},
	}
	for _, u := range units {
		number, ok := strings.CutSuffix(lower, u.suffix)
		if !ok {
			continue
		}
		f, err := parseDouble(number)
		if err != nil {
			return 0, &fault{typ: typeParse, reason: "Failed to parse [" + text + "]", cause: asFault(err)}
		}
		for _, factor := range u.factors {
			f *= factor
		}
		return toLong(f), nil
	}
	switch lower {
	case "-1":
		return -1, nil
	case "0":
		return 0, nil
	}
	return 0, parseFault("Failed to parse setting [%s] with value [%s] as a time value: unit is missing or unrecognized", setting, text)
}

// parseDouble is Double.parseDouble on a lower case text.
func parseDouble(text string) (float64, error) {
	t := strings.TrimSpace(text)
	if t == "" {
		return 0, faultf(typeNumberFormat, "empty String")
	}
	if n := len(t) - 1; n > 0 && (t[n] == 'd' || t[n] == 'f') && !strings.HasPrefix(t, "0x") {
		t = t[:n]
	}
	f, err := strconv.ParseFloat(t, 64)
	if strings.ContainsAny(t, "_ni") || err != nil && !math.IsInf(f, 0) {
		return 0, faultf(typeNumberFormat, "For input string: %q", text)
	}
	return f, nil
}

// toLong is Java's cast of a double to a long.
func toLong(f float64) int64 {
	switch {
	case math.IsNaN(f):
		return 0
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	default:
		return int64(f)
	}
}

// millis reads a number of milliseconds under its own key.
func (r *reader) millis() (any, error) {
	n, err := r.long()
	if err != nil {
		return nil, err
	}
	if err := r.checkMillis(n); err != nil {
		return nil, err
	}
	return json.Number(strconv.FormatInt(n, 10)), nil
}

func (r *reader) checkMillis(n int64) error {
	if r.noNegative && n < -1 {
		return faultf(typeArgument, "duration cannot be negative, was given [%d]", n)
	}
	return nil
}

// setDuration puts a duration under its written key; null takes nothing away.
func (r *reader) setDuration(f *form, key, setting string) error {
	n, given, err := r.duration(setting)
	if err != nil {
		return err
	}
	if given {
		f.set(key, n)
	} else {
		f.unset(key)
	}
	return nil
}

func (r *reader) setMillis(f *form, key string) error {
	n, err := r.millis()
	if err != nil {
		return err
	}
	f.set(key, n)
	return nil
}
