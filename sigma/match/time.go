package match

import (
	"cmp"
	"encoding/json"
	"time"

	"github.com/sigwatch/sigwatch/sigma"
)

// timePart compares a part of a timestamp, in UTC, with a number. A value that
// is no timestamp never holds.
func timePart(v sigma.TimePart, holds func(order int) bool) predicateFunc {
	return func(got any) bool {
		t, ok := timestamp(got)
		if !ok {
			return false
		}
		part, known := partOf(t, v.Unit)
		return known && holds(cmp.Compare(part, v.Number))
	}
}

// timestamp reads ISO 8601 with a T or a blank, with or without a zone, a date
// alone, or a number of milliseconds since 1970.
func timestamp(v any) (time.Time, bool) {
	if n, ok := v.(json.Number); ok {
		ms, err := n.Int64()
		return time.UnixMilli(ms).UTC(), err == nil
	}
	text := textOf(v)
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00",
		"2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly,
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// partOf returns the part of that name; a week is that of ISO 8601.
func partOf(t time.Time, unit string) (int64, bool) {
	switch unit {
	case "minute":
		return int64(t.Minute()), true
	case "hour":
		return int64(t.Hour()), true
	case "day":
		return int64(t.Day()), true
	case "week":
		_, week := t.ISOWeek()
		return int64(week), true
	case "month":
		return int64(t.Month()), true
	case "year":
		return int64(t.Year()), true
	default:
		return 0, false
	}
}
