package mapping

import (
	"regexp"
	"strconv"
	"sync"
	"time"
)

// Format is the format of a date field, as the mapping shows it.
type Format string

// The two formats that date detection gives to a field.
const (
	ISO   Format = "strict_date_optional_time||epoch_millis"
	Slash Format = "yyyy/MM/dd HH:mm:ss||yyyy/MM/dd||epoch_millis"
)

// Span is the time that a date text stands for: a day, a second or whatever its parts
// say.
type Span struct {
	// From is the first millisecond since 1970, To the last one.
	From, To int64
}

// The expressions are compiled when the first date is looked at, not at each
// start of the program.
var (
	isoDate = expression(`^(-?\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(?:(\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d\d(?::?\d\d)?)?)?)?)?)?$`)
	slashed = expression(`^(\d{4})/(\d\d)/(\d\d)(?: (\d\d):(\d\d):(\d\d))?$`)
	millis  = expression(`^-?\d{1,18}(?:\.\d{1,6})?$`)
)

func expression(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// detectDate tells whether a first text makes its field a date. Pure numbers
// never do.
func detectDate(text string) (Format, bool) {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return "", false
	}
	if _, ok := parseISO(text); ok {
		return ISO, true
	}
	if _, ok := parseSlash(text); ok {
		return Slash, true
	}
	return "", false
}

// ParseDate reads a date in that format.
func ParseDate(text string, format Format) (Span, bool) {
	if format == Slash {
		if s, ok := parseSlash(text); ok {
			return s, true
		}
	} else if s, ok := parseISO(text); ok {
		return s, true
	}
	if !millis().MatchString(text) {
		return Span{}, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return Span{}, false
	}
	return Span{From: int64(f), To: int64(f)}, true
}

func parseSlash(text string) (Span, bool) {
	m := slashed().FindStringSubmatch(text)
	if m == nil {
		return Span{}, false
	}
	return span(m[1:], time.UTC)
}

func parseISO(text string) (Span, bool) {
	m := isoDate().FindStringSubmatch(text)
	if m == nil {
		return Span{}, false
	}
	zone, ok := zoneOf(m[8])
	if !ok {
		return Span{}, false
	}
	s, ok := span(m[1:7], zone)
	if !ok || m[7] == "" {
		return s, ok
	}
	fraction, err := strconv.ParseFloat("0."+m[7], 64)
	if err != nil {
		return Span{}, false
	}
	s.From += int64(fraction * 1000)
	s.To = s.From
	return s, true
}

func zoneOf(text string) (*time.Location, bool) {
	if text == "" || text == "Z" {
		return time.UTC, true
	}
	for _, layout := range []string{"-07:00", "-0700", "-07"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Location(), true
		}
	}
	return nil, false
}

// span makes a time of year, month, day, hour, minute and second, of which
// those that were not given are empty.
func span(parts []string, zone *time.Location) (Span, bool) {
	n := [6]int{0, 1, 1, 0, 0, 0}
	given := 0
	for i := range n {
		if i >= len(parts) || parts[i] == "" {
			break
		}
		v, err := strconv.Atoi(parts[i])
		if err != nil {
			return Span{}, false
		}
		n[i], given = v, i+1
	}
	from := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, zone)
	if from.Year() != n[0] || int(from.Month()) != n[1] || from.Day() != n[2] || n[3] > 23 || n[4] > 59 || n[5] > 59 {
		return Span{}, false
	}
	return Span{From: from.UnixMilli(), To: after(from, given).UnixMilli() - 1}, true
}

// after is the first moment behind a time of which so many parts were given.
func after(t time.Time, given int) time.Time {
	switch given {
	case 1:
		return t.AddDate(1, 0, 0)
	case 2:
		return t.AddDate(0, 1, 0)
	case 3:
		return t.AddDate(0, 0, 1)
	case 4:
		return t.Add(time.Hour)
	case 5:
		return t.Add(time.Minute)
	default:
		return t.Add(time.Second)
	}
}
