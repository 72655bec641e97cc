package build

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sigwatch/sigwatch/watcher"
)

// Schedule says when a watch runs. Exactly one of its fields is set.
type Schedule struct {
	// Every is whole seconds that divide an hour, or whole minutes that divide
	// a day. It becomes a cron schedule whose place on the clock is drawn from
	// the watch id, so that thousands of watches do not start together.
	Every time.Duration
	// Cron is Watcher's own cron expression of six or seven fields, in UTC.
	// Nothing says how far apart its runs are, so Window.Length has to.
	Cron string
	// Interval is Watcher's own interval: "90s", "5m", "1h", "1d", "1w". The
	// server counts it from when it loaded the watch, so after a restart some
	// time is searched twice or not at all; Every has no such gaps.
	Interval string
}

// Problem is what is wrong with a setting, and what to do about it.
type Problem struct{ Message, Hint string }

// Error gives message and hint in one line.
func (p *Problem) Error() string {
	if p.Hint == "" {
		return p.Message
	}
	return p.Message + ": " + p.Hint
}

// Validate returns a *Problem where the schedule is none that this package can
// build. A wrong cron expression is found by Build, which asks the grammar of
// Watcher.
func (s Schedule) Validate() error {
	given := 0
	for _, is := range []bool{s.Every != 0, s.Cron != "", s.Interval != ""} {
		if is {
			given++
		}
	}
	switch {
	case given != 1:
		return &Problem{"a schedule is one of every, cron and interval", "give exactly one of them"}
	case s.Every != 0:
		return validEvery(s.Every)
	case s.Interval != "":
		_, err := parseInterval(s.Interval)
		return err
	default:
		return nil
	}
}

// Period is the time between two runs, or 0 where a cron expression rules.
func (s Schedule) Period() time.Duration {
	if s.Interval == "" {
		return s.Every
	}
	d, err := parseInterval(s.Interval)
	if err != nil {
		return 0
	}
	return d
}

// maxCrons bounds the cron expressions that one period may need: 5m needs one,
// 90s two, 45m four.
const maxCrons = 24

const day = 24 * time.Hour

func validEvery(d time.Duration) error {
	if everyFits(d) {
		return nil
	}
	hint := "write {cron: \"…\"} and the window's length"
	switch {
	case d > 0 && d < time.Second:
		hint = "the nearest is 1s"
	case d > 0 && d < day:
		hint = "the nearest that do are " + Duration(nearest(d, -1)) + " and " + Duration(nearest(d, 1))
	}
	shown := Duration(d)
	if d%time.Second != 0 {
		shown = d.String()
	}
	return &Problem{"every " + shown + " does not divide a minute, an hour or a day", hint}
}

func everyFits(d time.Duration) bool {
	return d >= time.Second && d%time.Second == 0 && day%d == 0 && len(crons(d, 0)) > 0
}

// nearest looks for a period that one cron expression can say, downwards or
// upwards of d.
func nearest(d time.Duration, step time.Duration) time.Duration {
	for c := d.Truncate(time.Second) + max(step, 0)*time.Second; c >= time.Second && c <= day; c += step * time.Second {
		if day%c == 0 && len(crons(c, 0)) == 1 {
			return c
		}
	}
	return time.Second
}

// trigger is the schedule in Watcher's grammar.
func (s Schedule) trigger(id string) *watcher.Object {
	switch {
	case s.Cron != "":
		return object("cron", s.Cron)
	case s.Interval != "":
		return object("interval", s.Interval)
	}
	lines := crons(s.Every, offset(id, s.Every))
	if len(lines) == 1 {
		return object("cron", lines[0])
	}
	return object("cron", list(lines))
}

// offset draws a second within the period from the watch id. It depends on
// nothing else, so a watch keeps its place as others come and go.
func offset(id string, period time.Duration) time.Duration {
	sum := sha256.Sum256([]byte(id))
	seconds := uint64(period / time.Second)
	if seconds == 0 {
		return 0
	}
	return time.Duration(binary.BigEndian.Uint64(sum[:8])%seconds) * time.Second
}

// crons returns the cron expressions that together fire at start and every
// period after it, round the clock; none where cron cannot say it. A field
// "3/5" fires at 3, 8, 13, … up to the end of its minute, hour or day, so what
// one expression repeats has to divide that unit; a period that does not is
// said by several expressions of a longer one.
func crons(period, start time.Duration) []string {
	switch {
	case time.Minute%period == 0:
		return []string{cronAt(start, period)}
	case period%time.Minute != 0:
		return cycle(period, start, lcm(period, time.Minute))
	case time.Hour%period == 0:
		return []string{cronAt(start, period)}
	case period < day:
		return cycle(period, start, lcm(period, time.Hour))
	default:
		return []string{cronAt(start, day)}
	}
}

func cycle(period, start, long time.Duration) []string {
	unit := time.Hour
	if long%time.Hour == 0 && long > time.Hour {
		unit = day
	}
	if unit%long != 0 || long/period > maxCrons {
		return nil
	}
	var out []string
	for at := start; at < start+long; at += period {
		out = append(out, cronAt(at%long, long))
	}
	return out
}

// cronAt is the expression that fires at that time of the period, where the
// period divides a minute, an hour or a day.
func cronAt(at, period time.Duration) string {
	second, minute, hour := int(at/time.Second)%60, int(at/time.Minute)%60, int(at/time.Hour)
	switch {
	case period <= time.Minute:
		return step(second, period, time.Second, 60) + " * * * * ?"
	case period <= time.Hour:
		return fmt.Sprintf("%d %s * * * ?", second, step(minute, period, time.Minute, 60))
	default:
		return fmt.Sprintf("%d %d %s * * ?", second, minute, step(hour, period, time.Hour, 24))
	}
}

func step(first int, period, unit time.Duration, units int) string {
	n := int(period / unit)
	switch n {
	case 1:
		return "*"
	case units:
		return strconv.Itoa(first)
	default:
		return strconv.Itoa(first) + "/" + strconv.Itoa(n)
	}
}

func lcm(a, b time.Duration) time.Duration {
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	return a / x * b
}

// parseInterval reads an interval as Watcher does: whole numbers of s, m, h, d
// or w (spec/watch-document.md 2).
func parseInterval(text string) (time.Duration, error) {
	bad := &Problem{fmt.Sprintf("%q is no interval of Watcher", text), "write a whole number and s, m, h, d or w, as in 5m"}
	if len(text) < 2 {
		return 0, bad
	}
	unit, ok := unitOf(text[len(text)-1])
	n, err := strconv.ParseInt(strings.TrimPrefix(text[:len(text)-1], "+"), 10, 32)
	if !ok || err != nil || n < 1 {
		return 0, bad
	}
	return time.Duration(n) * unit, nil
}

func unitOf(letter byte) (time.Duration, bool) {
	switch letter {
	case 's':
		return time.Second, true
	case 'm':
		return time.Minute, true
	case 'h':
		return time.Hour, true
	case 'd':
		return day, true
	case 'w':
		return 7 * day, true
	default:
		return 0, false
	}
}

// Duration prints whole seconds in the largest unit that holds them evenly, as
// Elasticsearch's date math and Watcher read it: "90s", "7m", "2h", "1d".
func Duration(d time.Duration) string {
	switch {
	case d != 0 && d%day == 0:
		return strconv.FormatInt(int64(d/day), 10) + "d"
	case d != 0 && d%time.Hour == 0:
		return strconv.FormatInt(int64(d/time.Hour), 10) + "h"
	case d != 0 && d%time.Minute == 0:
		return strconv.FormatInt(int64(d/time.Minute), 10) + "m"
	default:
		return strconv.FormatInt(int64(d/time.Second), 10) + "s"
	}
}
