package watcher

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// nameTable knows the words for the days of a week, the months and the days
// of a month, and what the server says to others.
type nameTable struct {
	short  []string // by number from 1; nil where only numbers are written
	long   []string
	extra  map[string]int
	noText string // to an unknown text
	noNum  string // to an unknown number
}

func weekDays() nameTable {
	return nameTable{
		short:  []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"},
		long:   []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"},
		noText: "unknown day of week [%s]",
		noNum:  "unknown day of week number [%d]",
	}
}

func monthNames() nameTable {
	return nameTable{
		short: []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"},
		long: []string{
			"january", "february", "march", "april", "may", "june", "july", "august",
			"september", "october", "november", "december",
		},
		extra:  map[string]int{"first": 1, "last": 12},
		noText: "unknown month [%s]",
		noNum:  "unknown month number [%d]",
	}
}

func monthDays() nameTable {
	return nameTable{
		extra:  map[string]int{"first_day": 1, "last_day": 32},
		noText: "invalid month day value. string value [%s] cannot be",
	}
}

func (t nameTable) number(n int) (int, error) {
	if t.short != nil && (n < 1 || n > len(t.short)) {
		return 0, parseFault(t.noNum, n)
	}
	return n, nil
}

func (t nameTable) text(text string) (int, error) {
	lower := strings.ToLower(text)
	if n, ok := t.extra[lower]; ok {
		return n, nil
	}
	if t.short == nil {
		n, err := javaInt(lower)
		if err != nil {
			return 0, parseFault(t.noText, lower)
		}
		return n, nil
	}
	for i := range t.short {
		if lower == t.long[i] || lower == strings.ToLower(t.short[i]) || lower == strconv.Itoa(i+1) {
			return i + 1, nil
		}
	}
	return 0, parseFault(t.noText, text)
}

// collect adds one number or name, or a list of them, to a set.
func (r *reader) collect(set *[]int, what, item string, table nameTable) error {
	add := func() error {
		n, err := r.calendarValue(item, table)
		if err != nil {
			return err
		}
		if !slices.Contains(*set, n) {
			*set = append(*set, n)
		}
		return nil
	}
	switch {
	case r.token.isValue():
		return add()
	case r.token == startArray:
		return r.elements(add)
	default:
		return parseFault("invalid %s value for [%s] field. expected string/number value or an array of string/number values, but found [%s]", what, r.name(), r.token)
	}
}

func (r *reader) calendarValue(item string, table nameTable) (int, error) {
	switch v := r.value().(type) {
	case string:
		return table.text(v)
	case json.Number:
		n, err := r.int()
		if err != nil {
			return 0, err
		}
		return table.number(int(n))
	default:
		return 0, parseFault("invalid %s value. expected a string or a number value, but found [%s]", item, r.token)
	}
}

// shortNames gives the names of a set of numbers in calendar order.
func shortNames(numbers []int, table nameTable) []any {
	slices.Sort(numbers)
	out := make([]any, len(numbers))
	for i, n := range numbers {
		out[i] = table.short[n-1]
	}
	return out
}

func textList(list []any) []string {
	out := make([]string, 0, len(list))
	for _, e := range list {
		if s, ok := e.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func joinInts(list []int) string {
	texts := make([]string, len(list))
	for i, n := range list {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, ",")
}
