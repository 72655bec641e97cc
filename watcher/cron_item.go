package watcher

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// cronItem reads one item of a cron field, step by step as Quartz does: its
// positions and its leniency (what follows a finished item is not looked at)
// are part of what the server answers.
type cronItem struct {
	cron  *Cron
	field int
	text  string
	at    int
}

func (i *cronItem) char() (byte, error) {
	if i.at >= len(i.text) {
		return 0, javaError("java.lang.StringIndexOutOfBoundsException: index " + strconv.Itoa(i.at) + ", length " + strconv.Itoa(len(i.text)))
	}
	return i.text[i.at], nil
}

func (i *cronItem) peek() byte {
	if i.at >= len(i.text) {
		return 0
	}
	return i.text[i.at]
}

func (i *cronItem) three() (string, error) {
	if i.at+3 > len(i.text) {
		return "", javaError("java.lang.StringIndexOutOfBoundsException: begin " + strconv.Itoa(i.at) +
			", end " + strconv.Itoa(i.at+3) + ", length " + strconv.Itoa(len(i.text)))
	}
	return i.text[i.at : i.at+3], nil
}

// names reads MON, MON-FRI, MON#2, MONL and the like.
func (i *cronItem) names() error {
	word, err := i.three()
	if err != nil {
		return err
	}
	if i.field != cronMonth && i.field != cronWeekday {
		return cronError("illegal characters [%s] at pos [%d] '", word, i.at)
	}
	from, err := i.named(word)
	if err != nil {
		return err
	}
	end, step := -1, 0
	switch next := i.after(3); {
	case next == '-':
		i.at += 4
		if word, err = i.three(); err != nil {
			return err
		}
		if end, err = i.named(word); err != nil {
			return err
		}
		step = 1
	case next == '#' && i.field == cronWeekday:
		i.at += 4
		if err := i.nth(); err != nil {
			return err
		}
	case next == 'L' && i.field == cronWeekday:
		i.cron.lastOfWeek = true
	}
	return i.cron.add(i.field, from, end, step)
}

func (i *cronItem) after(n int) byte {
	if i.at+n >= len(i.text) {
		return 0
	}
	return i.text[i.at+n]
}

func (i *cronItem) named(word string) (int, error) {
	table, what := monthNames(), "Month"
	if i.field == cronWeekday {
		table, what = weekDays(), "Day-of-Week"
	}
	n := slices.Index(table.short, word)
	if n < 0 {
		return 0, cronError("invalid %s value [%s] at pos [%d]", what, word, i.at)
	}
	return n + 1, nil
}

// nth reads the number after '#', which is all the rest.
func (i *cronItem) nth() error {
	n, err := javaInt(i.text[i.at:])
	if err != nil || n < 1 || n > 5 {
		return cronError("a numeric value between 1 and 5 must follow the '#' option at pos [%d]", i.at)
	}
	i.cron.nth = n
	return nil
}

func (i *cronItem) none() error {
	i.at++
	if i.at+1 < len(i.text) && i.text[i.at] != ' ' && i.text[i.at+1] != '\t' {
		return cronError("illegal character [%c] after '?' at pos [%d]", i.text[i.at], i.at)
	}
	if i.field != cronWeekday && i.field != cronDay {
		return cronError("'?' can only be specified for Day-of-Month or Day-of-Week. at pos [%d]", i.at)
	}
	if i.field == cronWeekday && !i.cron.lastDay {
		days := &i.cron.fields[cronDay]
		if days.empty() {
			return javaError("java.util.NoSuchElementException")
		}
		if days.has(cronNone) && !days.has(cronAll) {
			return cronError("'?' can only be specified for Day-of-Month -OR- Day-of-Week. at pos [%d]", i.at)
		}
	}
	return i.cron.add(i.field, cronNone, -1, 0)
}

// all reads *, */n and /n.
func (i *cronItem) all() error {
	switch {
	case i.text == "*":
		return i.cron.add(i.field, cronAll, -1, 0)
	case i.text[0] == '/' && (len(i.text) == 1 || i.text[1] == ' ' || i.text[1] == '\t'):
		return cronError("'/' must be followed by an integer. at pos [%d]", i.at)
	case i.text[0] == '*':
		i.at++
	}
	if i.peek() != '/' {
		return i.cron.add(i.field, cronAll, -1, 1)
	}
	i.at++
	if i.at >= len(i.text) {
		return cronError("Unexpected end of string. at pos [%d]", i.at)
	}
	step, err := javaInt(i.text[i.at:])
	if err != nil {
		return noInt(i.text[i.at:])
	}
	i.at++
	if step > 10 {
		i.at++
	}
	if err := i.checkStep(step); err != nil {
		return err
	}
	return i.cron.add(i.field, cronAll, -1, step)
}

func (i *cronItem) checkStep(step int) error {
	limits := [...]struct {
		most, named int
		blank       string
	}{{59, 60, ""}, {59, 60, ""}, {23, 24, ""}, {31, 31, " "}, {12, 12, ""}, {7, 7, " "}, {math.MaxInt32, 0, ""}}
	l := limits[i.field]
	if step > l.most {
		return cronError("increment [%d] > %d at pos [%d]%s", step, l.named, i.at, l.blank)
	}
	return nil
}

// last reads L, LW, L-n and L-nW.
func (i *cronItem) last() error {
	i.at++
	switch i.field {
	case cronWeekday:
		return i.cron.add(i.field, 7, 7, 0)
	case cronDay:
		i.cron.lastDay = true
	default:
		return nil
	}
	if i.peek() == '-' {
		i.at++
		n, err := i.digits(0)
		if err != nil {
			return err
		}
		i.cron.lastOffset = n
		if n > 30 {
			return cronError("offset from last day must be <= 30 at pos [%d]", 2)
		}
	}
	if i.peek() == 'W' {
		i.cron.weekday = true
	}
	return nil
}

// digits goes on with a number whose first digits were read already.
func (i *cronItem) digits(begun int) (int, error) {
	if _, err := i.char(); err != nil {
		return 0, err
	}
	var text strings.Builder
	text.WriteString(strconv.Itoa(begun))
	for isDigit(i.peek()) {
		text.WriteString(string(i.peek()))
		i.at++
	}
	n, err := javaInt(text.String())
	if err != nil {
		return 0, noInt(text.String())
	}
	return n, nil
}

// digit reads the one digit that has to be there, and more if there are.
func (i *cronItem) digit() (int, error) {
	c, err := i.char()
	if err != nil {
		return 0, err
	}
	if !isDigit(c) {
		return 0, noInt(string(c))
	}
	i.at++
	if !isDigit(i.peek()) {
		return int(c - '0'), nil
	}
	return i.digits(int(c - '0'))
}

func (i *cronItem) number() error {
	n, err := i.digit()
	if err != nil {
		return err
	}
	c := i.cron
	switch i.peek() {
	case 0:
		return c.add(i.field, n, -1, -1)
	case 'L':
		return i.numberLast(n)
	case 'W':
		return i.numberWeekday(n)
	case '#':
		if i.field != cronWeekday {
			return cronError("'#' option is not valid here. at pos [%d]", i.at)
		}
		i.at++
		if err := i.nth(); err != nil {
			return err
		}
		c.fields[i.field].add(n)
		return nil
	case '-':
		return i.numberRange(n)
	case '/':
		return i.numberStep(n)
	default:
		return c.add(i.field, n, -1, 0)
	}
}

func (i *cronItem) numberLast(n int) error {
	if i.field != cronWeekday {
		return cronError("'L' option is not valid here. at pos [%d]", i.at)
	}
	if n < 1 || n > 7 {
		return cronError("Day-of-Week values must be between 1 and 7")
	}
	i.cron.lastOfWeek = true
	i.cron.fields[i.field].add(n)
	return nil
}

func (i *cronItem) numberWeekday(n int) error {
	if i.field != cronDay {
		return cronError("'W' option is not valid here. at pos [%d]", i.at)
	}
	i.cron.weekday = true
	if n > 31 {
		return cronError("the 'W' option does not make sense with values larger than 31 (max number of days in a month) at pos [%d]", i.at)
	}
	i.cron.fields[i.field].add(n)
	return nil
}

func (i *cronItem) numberRange(n int) error {
	i.at++
	end, err := i.digit()
	if err != nil {
		return err
	}
	if i.peek() != '/' {
		return i.cron.add(i.field, n, end, 1)
	}
	i.at++
	step, err := i.digit()
	if err != nil {
		return err
	}
	return i.cron.add(i.field, n, end, step)
}

func (i *cronItem) numberStep(n int) error {
	i.at++
	begun := i.at
	step, err := i.digit()
	if err != nil {
		return err
	}
	// After one digit nothing may follow, after more anything.
	if c := i.peek(); c != 0 && i.at == begun+1 {
		return cronError("Unexpected character [%c] after '/' at pos [%d]", c, i.at)
	}
	return i.cron.add(i.field, n, -1, step)
}
