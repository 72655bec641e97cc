package watcher

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
)

func (r *reader) trigger() (*Object, error) {
	if t := r.next(); t != fieldName {
		return nil, parseFault("could not parse trigger for [%s]. expected trigger type string field, but found [%s]", r.id, t)
	}
	kind := r.name()
	if t := r.next(); t != startObject {
		return nil, parseFault("could not parse trigger [%s] for [%s]. expected trigger an object as the trigger body, but found [%s]", kind, r.id, t)
	}
	var body *Object
	var err error
	switch kind {
	case "schedule":
		body, err = r.schedule()
	case "manual":
		body, err = r.manual()
	default:
		err = parseFault("could not parse trigger [%s] for [%s]. unknown trigger type [%s]", kind, r.id, kind)
	}
	if err != nil {
		return nil, err
	}
	if t := r.next(); t != endObject {
		return nil, parseFault("could not parse trigger [%s] for [%s]. expected [END_OBJECT] token, but found [%s]", kind, r.id, t)
	}
	return single(kind, body), nil
}

func (r *reader) manual() (*Object, error) {
	if t := r.next(); t != endObject {
		return nil, parseFault("unable to parse [manual] trigger. expected an empty object, but found an object with [%s]", t)
	}
	return &Object{}, nil
}

// schedule gives the last schedule type of the object, after its time zone.
func (r *reader) schedule() (*Object, error) {
	var kind, zone string
	var value any
	zoned := false
	err := r.eachOr(func(name string) (err error) {
		if r.timezone && name == "timezone" {
			zoned = true
			zone, err = r.scheduleZone()
			return err
		}
		kind = name
		value, err = r.scheduleOf(name)
		return err
	}, func() error {
		return parseFault("could not parse schedule. expected a schedule type field, but found [%s] instead", r.token)
	})
	if err != nil {
		return nil, err
	}
	if kind == "" {
		return nil, parseFault("could not parse schedule. expected a schedule type field, but no fields were found")
	}
	o := NewObject(1)
	if zoned {
		if kind == "interval" {
			return nil, parseFault("could not parse schedule. Timezone is not supported for schedule type [interval]")
		}
		o.Set("timezone", zone)
	}
	o.Set(kind, value)
	return o, nil
}

func (r *reader) scheduleZone() (string, error) {
	text, ok := r.value().(string)
	if !ok {
		return "", parseFault("could not parse schedule. expected a string value for timezone, but found [%s] instead", r.token)
	}
	zone, err := zoneAnyCase(text)
	if err != nil {
		return "", wrapAny(err, "could not parse schedule. invalid timezone [%s]", text)
	}
	return zone, nil
}

func (r *reader) scheduleOf(kind string) (any, error) {
	switch kind {
	case "interval":
		return r.interval()
	case "cron":
		return r.cron()
	case "hourly":
		return r.hourly()
	case "daily":
		return r.daily()
	case "weekly":
		return r.timesList(weekly())
	case "monthly":
		return r.timesList(monthly())
	case "yearly":
		return r.timesList(yearly())
	default:
		return nil, parseFault("could not parse schedule for [%s]. unknown schedule type [%s]", r.id, kind)
	}
}

func (r *reader) interval() (any, error) {
	var text string
	var err error
	switch v := r.value().(type) {
	case json.Number:
		var n int64
		if n, err = r.long(); err == nil {
			text, err = intervalOf(n, "s", 1000)
		}
	case string:
		text, err = parseInterval(v)
	default:
		return nil, parseFault("could not parse [interval] schedule. expected either a numeric value "+
			"(millis) or a string value representing time value (e.g. '5s'), but found [%s]", r.token)
	}
	if err != nil {
		return nil, wrapAny(err, "could not parse schedule: %s", asFault(err).reason)
	}
	return text, nil
}

func parseInterval(text string) (string, error) {
	units := [...]struct {
		suffix, name string
		millis       int64
	}{
		{"s", "seconds", 1000},
		{"m", "minutes", 60_000},
		{"h", "hours", 3_600_000},
		{"d", "days", 86_400_000},
		{"w", "week", 604_800_000},
	}
	for _, u := range units {
		if !strings.HasSuffix(text, u.suffix) {
			continue
		}
		// The server cuts at the first place of the unit's letter.
		number, _, _ := strings.Cut(text, u.suffix)
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return "", parseFault("could not parse [interval] schedule. could not parse [%s] as a [%s] duration", number, u.name)
		}
		return intervalOf(n, u.suffix, u.millis)
	}
	return "", faultf(typeArgument, "could not parse [interval] schedule. unrecognized interval format [%s]", text)
}

func intervalOf(n int64, unit string, millis int64) (string, error) {
	text := strconv.FormatInt(n, 10) + unit
	// Too large a number overflows as it does in Java.
	if n*millis < 1000 {
		return "", faultf(typeArgument, "interval can't be lower than 1000 ms, but [%s] was specified", text)
	}
	return text, nil
}

func (r *reader) cron() (any, error) {
	switch r.token {
	case valueString:
		text, err := writtenCron(r.value().(string))
		if err != nil {
			return nil, wrapAny(err, "could not parse [cron] schedule")
		}
		return text, nil
	case startArray:
		return r.cronList()
	default:
		return nil, parseFault("could not parse [cron] schedule. expected either a cron string value or an array "+
			"of cron string values, but found [%s]", r.token)
	}
}

func (r *reader) cronList() (any, error) {
	var texts []string
	err := r.elements(func() error {
		text, ok := r.value().(string)
		if !ok {
			return parseFault("could not parse [cron] schedule. expected a string value in the cron array but found [%s]", r.token)
		}
		texts = append(texts, text)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(texts) == 0 {
		return nil, parseFault("could not parse [cron] schedule. no cron expression found in cron array")
	}
	for i := range texts {
		text, err := writtenCron(texts[i])
		if err != nil {
			return nil, wrapAny(err, "could not parse [cron] schedule")
		}
		texts[i] = text
	}
	slices.Sort(texts)
	if len(texts) == 1 {
		return texts[0], nil
	}
	return anyList(texts), nil
}

func writtenCron(text string) (string, error) {
	var c Cron
	if err := c.parse(text); err != nil {
		return "", asFault(err)
	}
	return c.String(), nil
}

func anyList[T any](list []T) []any {
	out := make([]any, len(list))
	for i := range list {
		out[i] = list[i]
	}
	return out
}

func (r *reader) hourly() (any, error) {
	var minutes []int
	err := r.eachOr(func(name string) error {
		if name != "minute" {
			return parseFault("could not parse [hourly] schedule. unexpected field [%s]", name)
		}
		return r.hourlyMinutes(&minutes)
	}, func() error {
		return parseFault("could not parse [hourly] schedule. unexpected token [%s]", r.token)
	})
	if err != nil {
		return nil, err
	}
	if len(minutes) == 0 {
		minutes = []int{0}
	}
	return single("minute", intList(minutes)), nil
}

func (r *reader) hourlyMinutes(minutes *[]int) error {
	add := func() error {
		m, err := r.minute()
		if err != nil {
			return wrapParse(err, "could not parse [hourly] schedule. invalid value for [minute]")
		}
		*minutes = append(*minutes, m)
		return nil
	}
	switch {
	case r.token.isValue():
		return add()
	case r.token == startArray:
		return r.elements(add)
	default:
		return parseFault("could not parse [hourly] schedule. invalid value for [minute]. "+
			"expected either string/value or an array of string/number values, but found [%s]", r.token)
	}
}

func (r *reader) daily() (any, error) {
	var times []dayTime
	err := r.each(func(name string) error {
		if name != "at" {
			return parseFault("could not parse [daily] schedule. unexpected field [%s]", name)
		}
		return r.dayTimes("could not parse [daily] schedule. ", name, func(t dayTime) { times = append(times, t) })
	})
	if err != nil {
		return nil, err
	}
	if len(times) == 0 {
		times = []dayTime{midnight()}
	}
	list := make([]any, len(times))
	for i := range times {
		list[i] = times[i].written()
	}
	return single("at", list), nil
}

func intList(list []int) []any {
	out := make([]any, len(list))
	for i, n := range list {
		out[i] = jsonInt(n)
	}
	return out
}

// small reads a number or text between 0 and a limit.
func (r *reader) small(what string, limit int, otherwise string) (int, error) {
	var n int
	switch v := r.value().(type) {
	case json.Number:
		i, err := r.int()
		if err != nil {
			return 0, err
		}
		n = int(i)
	case string:
		i, err := javaInt(v)
		if err != nil {
			return 0, parseFault("invalid time %s value [%s]", what, v)
		}
		n = i
	default:
		return 0, parseFault("%s value. expected string/number value, but found [%s]", otherwise, r.token)
	}
	if n < 0 || n > limit {
		return 0, parseFault("invalid time %s value [%d] (possible values may be between 0 and %d incl.)", what, n, limit)
	}
	return n, nil
}

func (r *reader) hour() (int, error) { return r.small("hour", 23, "invalid hour") }

func (r *reader) minute() (int, error) { return r.small("minute", 59, "invalid time minute") }

// javaInt is Integer.parseInt.
func javaInt(text string) (int, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < math.MinInt32 || n > math.MaxInt32 {
		return 0, faultf(typeNumberFormat, "For input string: %q", text)
	}
	return int(n), nil
}
