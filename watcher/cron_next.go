package watcher

import "time"

// Next gives the first time after that one at which the expression fires, in
// UTC and whole seconds, or false where it never will within a hundred years.
func (c *Cron) Next(after time.Time) (time.Time, bool) {
	t := after.UTC().Truncate(time.Second).Add(time.Second)
	const years = 100
	last := t.Year() + years
	for day := dateOf(t); day.Year() <= last; day = day.AddDate(0, 0, 1) {
		if !c.onYear(day.Year()) {
			day = time.Date(day.Year(), time.December, 31, 0, 0, 0, 0, time.UTC)
			continue
		}
		if !c.fields[cronMonth].has(int(day.Month())) || !c.onDay(day) {
			continue
		}
		if next, ok := c.onTime(day, t); ok {
			return next, true
		}
	}
	return time.Time{}, false
}

func dateOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func (c *Cron) onYear(year int) bool {
	return c.fields[cronYear].has(year)
}

func (c *Cron) onDay(day time.Time) bool {
	if c.fields[cronWeekday].has(cronNone) {
		return c.onDayOfMonth(day)
	}
	return c.onDayOfWeek(day)
}

func (c *Cron) onDayOfMonth(day time.Time) bool {
	length := monthLength(day)
	switch {
	case c.lastDay && c.weekday:
		return day.Day() == nearestWeekday(day, length-c.lastOffset)
	case c.lastDay:
		return day.Day() == length-c.lastOffset
	case c.weekday:
		// Of several days the server looks at the first only.
		return day.Day() == nearestWeekday(day, c.fields[cronDay].first())
	default:
		return c.fields[cronDay].has(day.Day())
	}
}

func (c *Cron) onDayOfWeek(day time.Time) bool {
	week := int(day.Weekday()) + 1
	switch {
	case c.lastOfWeek:
		return week == c.fields[cronWeekday].first() && day.Day()+7 > monthLength(day)
	case c.nth > 0:
		return week == c.fields[cronWeekday].first() && (day.Day()+6)/7 == c.nth
	default:
		return c.fields[cronWeekday].has(week)
	}
}

func monthLength(day time.Time) int {
	return time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// nearestWeekday never leaves the month.
func nearestWeekday(month time.Time, day int) int {
	length := monthLength(month)
	if day < 1 || day > length {
		return 0
	}
	switch time.Date(month.Year(), month.Month(), day, 0, 0, 0, 0, time.UTC).Weekday() {
	case time.Saturday:
		if day == 1 {
			return 3
		}
		return day - 1
	case time.Sunday:
		if day == length {
			return day - 2
		}
		return day + 1
	default:
		return day
	}
}

// first gives the smallest number of a set of days.
func (s *cronSet) first() int {
	for n := range cronAll {
		if s.has(n) {
			return n
		}
	}
	return cronAll
}

// onTime gives the first time of that day that is not before t.
func (c *Cron) onTime(day, t time.Time) (time.Time, bool) {
	for _, h := range c.fields[cronHour].sorted(23) {
		hour := day.Add(time.Duration(h) * time.Hour)
		if hour.Add(time.Hour).Before(t) {
			continue
		}
		for _, m := range c.fields[cronMinute].sorted(59) {
			minute := hour.Add(time.Duration(m) * time.Minute)
			if minute.Add(time.Minute).Before(t) {
				continue
			}
			for _, s := range c.fields[cronSecond].sorted(59) {
				if next := minute.Add(time.Duration(s) * time.Second); !next.Before(t) {
					return next, true
				}
			}
		}
	}
	return time.Time{}, false
}

func (s *cronSet) sorted(most int) []int {
	list := make([]int, 0, most+1)
	for n := range most + 1 {
		if s.has(n) {
			list = append(list, n)
		}
	}
	return list
}
