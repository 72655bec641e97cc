package watcher

import (
	"strconv"
	"strings"
)

// Cron is a cron expression of Watcher's (Quartz style: second, minute, hour,
// day of month, month, day of week and, if given, year). Times are UTC.
type Cron struct {
	text   string
	fields [7]cronSet

	lastDay    bool // L: the last day of the month
	lastOffset int  // L-n: so many days before it
	weekday    bool // W: the weekday nearest to the day
	lastOfWeek bool // nL: the last such day of the month
	nth        int  // n#k: the k-th such day of the month
}

const (
	cronSecond = iota
	cronMinute
	cronHour
	cronDay
	cronMonth
	cronWeekday
	cronYear
)

// Values of Quartz that stand for "*" and "?".
const (
	cronAll  = 99
	cronNone = 98
)

// maxCronYear bounds the years that are kept: none after it is looked for.
const maxCronYear = 2999

// cronSet is a set of numbers of one field: bits for the small ones, ranges
// for years.
type cronSet struct {
	bits   [2]uint64
	ranges []cronRange
}

type cronRange struct{ from, to, step int }

func (s *cronSet) add(n int) {
	if n < 128 {
		s.bits[n/64] |= 1 << (n % 64)
	} else {
		s.ranges = append(s.ranges, cronRange{from: n, to: n, step: 1})
	}
}

func (s *cronSet) has(n int) bool {
	if n < 128 {
		return s.bits[n/64]&(1<<(n%64)) != 0
	}
	for _, r := range s.ranges {
		if n >= r.from && n <= r.to && (n-r.from)%r.step == 0 {
			return true
		}
	}
	return false
}

func (s *cronSet) empty() bool { return s.bits == [2]uint64{} && len(s.ranges) == 0 }

// ParseCron reads a cron expression as the server does, with all that it lets
// pass (watch-document.md 2.1). The error is worded as the server's.
func ParseCron(text string) (*Cron, error) {
	c := &Cron{}
	if err := c.parse(text); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Cron) parse(text string) error {
	c.text = strings.ToUpper(text)
	if err := c.build(); err != nil {
		return &fault{
			typ: typeArgument, reason: "invalid cron expression [" + text + "]",
			cause: faultf(typeArgument, "illegal cron expression format [%s]", err.Error()),
		}
	}
	return nil
}

// String gives the expression as the server writes it: in upper case.
func (c *Cron) String() string { return c.text }

// javaError is an exception as Java's toString gives it.
type javaError string

// Error gives the exception.
func (e javaError) Error() string { return string(e) }

func cronError(format string, args ...any) error {
	return javaError("java.lang.IllegalArgumentException: " + faultf("", format, args...).reason)
}

func noInt(text string) error {
	return javaError("java.lang.NumberFormatException: For input string: " + strconv.Quote(text))
}

func (c *Cron) build() error {
	field := cronSecond
	for text := range strings.FieldsFuncSeq(c.text, func(r rune) bool { return r == ' ' || r == '\t' }) {
		if field > cronYear {
			break
		}
		if err := c.field(field, strings.TrimFunc(text, func(r rune) bool { return r <= ' ' })); err != nil {
			return err
		}
		field++
	}
	if field <= cronWeekday {
		return cronError("unexpected end of expression at pos [%d].", len([]rune(c.text)))
	}
	if field <= cronYear {
		if err := c.item(cronYear, "*"); err != nil {
			return err
		}
	}
	if c.fields[cronDay].has(cronNone) == c.fields[cronWeekday].has(cronNone) {
		return cronError("support for specifying both a day-of-week AND a day-of-month parameter is not implemented.")
	}
	return nil
}

func (c *Cron) field(field int, text string) error {
	list := len(text) > 1 && strings.Contains(text, ",") && strings.Contains(text, "L")
	switch {
	case field == cronDay && list:
		return cronError("support for specifying 'L' and 'LW' with other days of the month is not implemented")
	case field == cronWeekday && list:
		return cronError("support for specifying 'L' with other days of the week is not implemented")
	case field == cronWeekday && strings.Count(text, "#") > 1:
		return cronError(`support for specifying multiple "nth" days is not implemented.`)
	}
	for item := range strings.SplitSeq(text, ",") {
		if item == "" {
			continue
		}
		if err := c.item(field, item); err != nil {
			return err
		}
	}
	return nil
}

// item reads one item of a field's list.
func (c *Cron) item(field int, text string) error {
	i := cronItem{cron: c, field: field, text: text}
	switch ch := text[0]; {
	case ch >= 'A' && ch <= 'Z' && !isLastItem(text):
		return i.names()
	case ch == '?':
		return i.none()
	case ch == '*' || ch == '/':
		return i.all()
	case ch == 'L':
		return i.last()
	case isDigit(ch):
		return i.number()
	default:
		r := []rune(text)[0]
		return cronError("Unexpected character [%c] at pos [0] ", r)
	}
}

// isLastItem tells L, LW and L-n with or without W from names.
func isLastItem(text string) bool {
	if text == "L" || text == "LW" {
		return true
	}
	rest, ok := strings.CutPrefix(text, "L-")
	return ok && strings.TrimLeft(strings.TrimSuffix(rest, "W"), "0123456789") == ""
}

// add adds val to end by step; a step of 0 or -1 adds the one value.
func (c *Cron) add(field, val, end, step int) error {
	if err := checkCron(field, val, end); err != nil {
		return err
	}
	set := &c.fields[field]
	if (step == 0 || step == -1) && val != cronAll {
		set.add(val)
		return nil
	}
	low, high := cronBounds(field)
	if val == cronAll {
		if step <= 0 {
			step = 1
			set.add(cronAll)
		}
		val = low
	}
	if end == -1 {
		end = high
	}
	return set.fill(field, cronRange{from: val, to: end, step: step})
}

// fill adds a range; one that ends before it begins goes over the top.
func (s *cronSet) fill(field int, r cronRange) error {
	wrap := 0
	if r.to < r.from {
		if field == cronYear {
			return cronError("Start year must be less than stop year")
		}
		_, high := cronBounds(field)
		wrap = high
		if field <= cronHour {
			wrap++
		}
		r.to += wrap
	}
	r.step = max(r.step, 1)
	if field == cronYear {
		s.ranges = append(s.ranges, r)
		return nil
	}
	for n := r.from; n <= r.to; n += r.step {
		v := n
		if wrap > 0 {
			if v %= wrap; v == 0 && field > cronHour {
				v = wrap
			}
		}
		s.add(v)
	}
	return nil
}

func cronBounds(field int) (low, high int) {
	bounds := [...][2]int{{0, 59}, {0, 59}, {0, 23}, {1, 31}, {1, 12}, {1, 7}, {1970, maxCronYear}}
	return bounds[field][0], bounds[field][1]
}

func checkCron(field, val, end int) error {
	low, high := cronBounds(field)
	bad := (val < low || val > high || end > high) && val != cronAll
	switch field {
	case cronSecond, cronMinute:
		if bad {
			return cronError("Minute and Second values must be between 0 and 59")
		}
	case cronHour:
		if bad {
			return cronError("Hour values must be between 0 and 23")
		}
	case cronDay:
		if bad && val != cronNone {
			return cronError("Day of month values must be between 1 and 31")
		}
	case cronMonth:
		if bad {
			return cronError("Month values must be between 1 and 12")
		}
	case cronWeekday:
		if bad && val != cronNone {
			return cronError("Day-of-Week values must be between 1 and 7")
		}
	}
	return nil
}
