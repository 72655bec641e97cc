package watcher

import (
	"cmp"
	"slices"
	"strings"
)

// dayTime is a time of day: a text, or all combinations of hours and minutes.
type dayTime struct {
	text          string
	hours, minute []int
}

func midnight() dayTime { return dayTime{text: "midnight", hours: []int{0}, minute: []int{0}} }

func (t dayTime) written() any {
	if t.text != "" {
		return t.text
	}
	return &Object{Members: []Member{
		{Name: "hour", Value: intList(t.hours)},
		{Name: "minute", Value: intList(t.minute)},
	}}
}

func (t dayTime) equal(u dayTime) bool {
	return slices.Equal(t.hours, u.hours) && slices.Equal(t.minute, u.minute)
}

// hash is the hash code that the server's sets sort by.
func (t dayTime) hash() int32 { return 31*listHash(t.hours) + listHash(t.minute) }

func listHash(list []int) int32 {
	h := int32(1)
	for _, n := range list {
		h = 31*h + int32(n)
	}
	return h
}

// hashOrder brings a set of times into the order of a Java HashSet: by slot,
// in a slot by arrival.
func hashOrder(times []dayTime) {
	slots := 16
	for 4*len(times) > 3*slots {
		slots *= 2
	}
	slot := func(t dayTime) int {
		h := uint32(t.hash())
		return int(h^h>>16) & (slots - 1)
	}
	slices.SortStableFunc(times, func(a, b dayTime) int { return cmp.Compare(slot(a), slot(b)) })
}

// timeSet is the set of times of a week, month or year object.
type timeSet struct{ times []dayTime }

func (s *timeSet) add(t dayTime) {
	if !slices.ContainsFunc(s.times, t.equal) {
		s.times = append(s.times, t)
	}
}

func (s *timeSet) written(canonical bool) []any {
	if len(s.times) == 0 {
		s.times = []dayTime{{hours: []int{0}, minute: []int{0}}}
	}
	if canonical {
		// Texts are only another way to write hours and minutes here: which
		// of two equal ones stayed says nothing.
		slices.SortFunc(s.times, func(a, b dayTime) int {
			return cmp.Or(slices.Compare(a.hours, b.hours), slices.Compare(a.minute, b.minute))
		})
	} else {
		hashOrder(s.times)
	}
	list := make([]any, len(s.times))
	for i := range s.times {
		list[i] = s.times[i].written()
	}
	return list
}

// dayTimes reads one time or a list of times.
func (r *reader) dayTimes(context, name string, add func(dayTime)) error {
	one := func() error {
		began := r.token
		t, err := r.dayTime()
		if err != nil {
			return wrapParse(err, "%sinvalid time value for field [%s] - [%s]", context, name, began)
		}
		add(t)
		return nil
	}
	if r.token == startArray {
		return r.elements(one)
	}
	return one()
}

func (r *reader) dayTime() (dayTime, error) {
	if text, ok := r.value().(string); ok && r.token == valueString {
		return parseDayTime(text)
	}
	if r.token != startObject {
		return dayTime{}, parseFault("could not parse time. expected string/number value or an object, but found [%s]", r.token)
	}
	var t dayTime
	err := r.eachOr(func(name string) error {
		switch name {
		case "hour":
			return r.numbers(&t.hours, "hour", r.hour)
		case "minute":
			return r.numbers(&t.minute, "minute", r.minute)
		}
		return nil
	}, func() error { return nil })
	if len(t.hours) == 0 {
		t.hours = []int{0}
	}
	if len(t.minute) == 0 {
		t.minute = []int{0}
	}
	return t, err
}

func (r *reader) numbers(list *[]int, what string, read func() (int, error)) error {
	add := func() error {
		n, err := read()
		*list = append(*list, n)
		return err
	}
	switch {
	case r.token.isValue():
		return add()
	case r.token == startArray:
		return r.elements(add)
	default:
		return parseFault("invalid time %s value. expected string/number value or an array of string/number values, but found [%s]", what, r.token)
	}
}

func parseDayTime(text string) (dayTime, error) {
	switch text {
	case "noon":
		return dayTime{text: text, hours: []int{12}, minute: []int{0}}, nil
	case "midnight":
		return midnight(), nil
	}
	hour, minute, found := strings.Cut(text, ":")
	n := len([]rune(hour))
	if !found || minute == "" || strings.Contains(minute, ":") || n != 1 && n != 2 || len([]rune(minute)) != 2 {
		return dayTime{}, parseFault("could not parse time [%s]. time format must be in the form of hh:mm", text)
	}
	h, err := javaInt(hour)
	if err != nil {
		return dayTime{}, parseFault("could not parse time [%s]. time hour [%s] is not a number", text, hour)
	}
	m, err := javaInt(minute)
	if err != nil {
		return dayTime{}, parseFault("could not parse time [%s]. time minute [%s] is not a number", text, minute)
	}
	if err := checkDayTime(text, h, m); err != nil {
		// The server forgets to fill the text in.
		return dayTime{}, wrapAny(err, "could not parse time [{}]")
	}
	return dayTime{text: text, hours: []int{h}, minute: []int{m}}, nil
}

func checkDayTime(text string, hour, minute int) error {
	if hour < 0 || hour > 23 {
		return faultf(typeArgument, "invalid time [%s]. invalid time hour value [%d]. time hours must be between 0 and 23 incl.", text, hour)
	}
	if minute < 0 || minute > 59 {
		return faultf(typeArgument, "invalid time [%s]. invalid time minute value [%d]. time minutes must be between 0 and 59 incl.", text, minute)
	}
	return nil
}

// timesKind is one of the three schedules made of objects with days and times.
type timesKind struct {
	schedule, plural, noun string
	read                   func(*reader) (any, error)
}

func weekly() timesKind {
	return timesKind{schedule: "weekly", plural: "weekly", noun: "week", read: (*reader).weekTimes}
}

func monthly() timesKind {
	return timesKind{schedule: "monthly", plural: "month", noun: "month", read: (*reader).monthTimes}
}

func yearly() timesKind {
	return timesKind{schedule: "yearly", plural: "year", noun: "year", read: (*reader).yearTimes}
}

// timesList reads a week, month or year object or a list of them; what comes
// back is always a list.
func (r *reader) timesList(k timesKind) (any, error) {
	var list []any
	one := func() error {
		var v any
		err := error(parseFault("could not parse %s times. expected an object, but found [%s]", k.noun, r.token))
		if r.token == startObject {
			v, err = k.read(r)
		}
		if err != nil {
			return wrapParse(err, "could not parse [%s] schedule. invalid %s times", k.schedule, k.plural)
		}
		list = append(list, v)
		return nil
	}
	var err error
	switch r.token {
	case startObject:
		err = one()
	case startArray:
		err = r.elements(one)
	default:
		err = parseFault("could not parse [%s] schedule. expected either an object or an array of objects "+
			"representing %s times, but found [%s] instead", k.schedule, k.plural, r.token)
	}
	if err != nil || len(list) > 0 {
		return list, err
	}
	// An empty list is one object with the defaults.
	empty := &reader{cursor: cursor{root: &Object{}}, grammar: r.grammar}
	empty.next()
	v, err := k.read(empty)
	return []any{v}, err
}

// calendar is what week, month and year objects have in common.
type calendar struct {
	days, months []int
	times        timeSet
}

func (r *reader) weekTimes() (any, error) {
	c := calendar{}
	err := r.calendar(&c, func(name string) error {
		if name == "on" {
			return r.collect(&c.days, "week day", "weekly day", weekDays())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(c.days) == 0 {
		c.days = []int{2}
	}
	return &Object{Members: []Member{
		{Name: "on", Value: shortNames(c.days, weekDays())},
		{Name: "at", Value: c.times.written(r.canonical)},
	}}, nil
}

func (r *reader) monthTimes() (any, error) {
	c := calendar{}
	err := r.calendar(&c, func(name string) error {
		if name == "on" {
			return r.collect(&c.days, "month day", "month day", monthDays())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := c.checkDays("*"); err != nil {
		return nil, err
	}
	return &Object{Members: []Member{
		{Name: "on", Value: intList(c.days)},
		{Name: "at", Value: c.times.written(r.canonical)},
	}}, nil
}

func (r *reader) yearTimes() (any, error) {
	c := calendar{}
	err := r.calendar(&c, func(name string) error {
		switch name {
		case "in":
			return r.collect(&c.months, "year month", "year month", monthNames())
		case "on":
			return r.collect(&c.days, "year day", "month day", monthDays())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(c.months) == 0 {
		c.months = []int{1}
	}
	names := shortNames(c.months, monthNames())
	if err := c.checkDays(strings.Join(textList(names), ",")); err != nil {
		return nil, err
	}
	return &Object{Members: []Member{
		{Name: "in", Value: names},
		{Name: "on", Value: intList(c.days)},
		{Name: "at", Value: c.times.written(r.canonical)},
	}}, nil
}

// calendar reads such an object, old names as the new ones; members that no
// one asks for are read over.
func (r *reader) calendar(c *calendar, read func(name string) error) error {
	return r.each(func(name string) error {
		switch name {
		case "at", "time":
			return r.dayTimes("", name, c.times.add)
		case "day":
			return read("on")
		case "month":
			return read("in")
		default:
			return read(name)
		}
	})
}

// checkDays sorts the days of a month and makes sure that the server's cron
// can say them: the last one (32) only by itself.
func (c *calendar) checkDays(months string) error {
	if len(c.days) == 0 {
		c.days = []int{1}
	}
	slices.Sort(c.days)
	for _, d := range c.days {
		if d < 1 || d > 32 {
			return faultf(typeArgument, "invalid month day [%d]", d)
		}
	}
	if len(c.days) == 1 || c.days[len(c.days)-1] != 32 {
		return nil
	}
	if len(c.times.times) == 0 {
		c.times.add(dayTime{hours: []int{0}, minute: []int{0}})
	}
	hashOrder(c.times.times)
	t := c.times.times[0]
	days := strings.ReplaceAll(joinInts(c.days), "32", "L")
	_, err := ParseCron("0 " + joinInts(t.minute) + " " + joinInts(t.hours) + " " + days + " " + months + " ?")
	if err != nil {
		return asFault(err)
	}
	return nil
}
