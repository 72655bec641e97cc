package build

import (
	"fmt"
	"time"

	"github.com/sigwatch/sigwatch/watcher"
)

// Window says which time a run searches. With S, the time that the run was
// scheduled for, it is from S-(length+lateness), included, to S-lateness, not
// included: the windows of consecutive runs touch and do not overlap, so an
// event is found once, and found if it was searchable within lateness.
type Window struct {
	// Field is the field of the event's time; empty is "@timestamp".
	Field string
	// Lateness is how long after its time an event may become searchable, in
	// whole seconds. Each run is that much behind.
	Lateness time.Duration
	// Length is how much time a run searches, in whole seconds; 0 is the
	// schedule's period. A schedule by cron expression needs it.
	Length time.Duration
}

// DefaultField is the time field of ECS and of every Beat.
const DefaultField = "@timestamp"

// scheduledTime is what Watcher puts the scheduled time of a run in place of:
// ISO 8601, UTC, milliseconds. Unlike now it is the same however late the run
// starts (spec/watch-document.md 2.3).
const scheduledTime = "{{ctx.trigger.scheduled_time}}"

// Validate returns a *Problem where the window cannot be searched with that
// schedule, or would leave time out.
func (w Window) Validate(s Schedule) error {
	switch period := s.Period(); {
	case w.Lateness < 0 || w.Length < 0 || w.Lateness%time.Second != 0 || w.Length%time.Second != 0:
		return &Problem{"the window's lateness and length are whole seconds", "write them as in 90s or 2m"}
	case s.Cron != "" && w.Length == 0:
		return &Problem{"a cron schedule needs the window's length", "write window: {length: 1h} with the longest time between two runs"}
	case w.Length != 0 && w.Length < period:
		return &Problem{
			fmt.Sprintf("a window of %s leaves time out between runs every %s", Duration(w.Length), Duration(period)),
			"make the window's length " + Duration(period) + ", or leave it out",
		}
	default:
		return nil
	}
}

func (w Window) field() string {
	if w.Field == "" {
		return DefaultField
	}
	return w.Field
}

// bounds returns how long before the scheduled time the window begins and ends.
func (w Window) bounds(s Schedule) (from, until time.Duration) {
	length := w.Length
	if length == 0 {
		length = s.Period()
	}
	return length + w.Lateness, w.Lateness
}

// clause is the range clause, with now in the scheduled time's place. The
// format is given because the bounds are ISO 8601 whatever format the field's
// mapping asks for.
func (w Window) clause(s Schedule, now string) *watcher.Object {
	from, until := w.bounds(s)
	return object("range", object(w.field(), object(
		"gte", before(now, from),
		"lt", before(now, until),
		"format", "strict_date_optional_time",
	)))
}

func before(now string, d time.Duration) string {
	if d == 0 {
		return now
	}
	return now + "||-" + Duration(d)
}
