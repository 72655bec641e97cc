package build_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/build"
)

const day = 24 * 60 * 60

// settings are good ones, for tests that change one thing.
func settings() build.Settings {
	return build.Settings{
		Owner:    "soc",
		Schedule: build.Schedule{Every: 5 * time.Minute},
		Window:   build.Window{Lateness: 2 * time.Minute},
		Hits:     20,
		Indices:  []string{"logs-*"},
		Actions:  []build.Action{{ID: "mail", Body: parse(`{"email":{"to":["soc@example.org"]}}`)}},
		Tool:     "test",
		RuleHash: "sha256:00",
	}
}

func parse(text string) *watcher.Object {
	o, err := watcher.ParseObject([]byte(text))
	if err != nil {
		panic(err)
	}
	return o
}

func someQuery() build.Query {
	return build.Query{Form: "query_string", Text: `Image:"x"`, Fields: []string{"Image"}}
}

func rule(id string) *sigma.Rule {
	return &sigma.Rule{ID: id, Title: "A title", Level: "high"}
}

// cronOf is the cron of the watch that a rule gets with that schedule.
func cronOf(t testing.TB, id string, every time.Duration) []string {
	t.Helper()
	s := settings()
	s.Schedule = build.Schedule{Every: every}
	w, ds := build.Build(rule(id), someQuery(), s)
	if w.Body == nil {
		t.Fatalf("every %s was refused: %v", every, ds)
	}
	return crons(at(t, w.Body, "trigger", "schedule", "cron"))
}

func crons(v any) []string {
	if text, ok := v.(string); ok {
		return []string{text}
	}
	var out []string
	for _, e := range v.([]any) {
		out = append(out, e.(string))
	}
	return out
}

// at follows names through objects.
func at(t testing.TB, v any, path ...string) any {
	t.Helper()
	for _, name := range path {
		o, ok := v.(*watcher.Object)
		if !ok {
			t.Fatalf("%s: %T is no object", name, v)
		}
		if v, ok = o.Get(name); !ok {
			t.Fatalf("no %s in %s", name, watcher.Encode(o))
		}
	}
	return v
}

// seconds are the seconds of a day at which cron expressions fire; read from
// the expressions alone, as Quartz means them.
func seconds(t testing.TB, lines []string) []int {
	t.Helper()
	var out []int
	for _, line := range lines {
		f := strings.Fields(line)
		if len(f) != 6 || strings.Join(f[3:], " ") != "* * ?" {
			t.Fatalf("cron %q is not one of every day", line)
		}
		for _, h := range field(t, f[2], 24) {
			for _, m := range field(t, f[1], 60) {
				for _, s := range field(t, f[0], 60) {
					out = append(out, h*3600+m*60+s)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

func field(t testing.TB, text string, units int) []int {
	t.Helper()
	from, by, stepped := strings.Cut(text, "/")
	first, step := 0, 1
	var err, err2 error
	if from != "*" {
		first, err = strconv.Atoi(from)
	}
	if stepped {
		step, err2 = strconv.Atoi(by)
	}
	if err != nil || err2 != nil || first >= units || step < 1 {
		t.Fatalf("field %q", text)
	}
	if from != "*" && !stepped {
		return []int{first}
	}
	var out []int
	for i := first; i < units; i += step {
		out = append(out, i)
	}
	return out
}

// TestEveryFiresEvenly: whatever every is accepted, two runs are exactly that
// far apart, over midnight as well.
func TestEveryFiresEvenly(t *testing.T) {
	accepted := 0
	for n := 1; n <= day; n++ {
		every := time.Duration(n) * time.Second
		if day%n != 0 && n%97 != 0 {
			continue // a sample of those that cannot be is enough
		}
		if (build.Schedule{Every: every}).Validate() != nil {
			continue
		}
		accepted++
		for i := range 2 {
			lines := cronOf(t, fmt.Sprint("rule-", i), every)
			fires := seconds(t, lines)
			if len(fires) != day/n {
				t.Fatalf("every %s: %v fires %d times a day, want %d", every, lines, len(fires), day/n)
			}
			for j := range fires {
				next := fires[(j+1)%len(fires)]
				if j+1 == len(fires) {
					next += day
				}
				if next-fires[j] != n {
					t.Fatalf("every %s: %v fires at %d and then at %d", every, lines, fires[j], next)
				}
			}
		}
	}
	if accepted < 60 {
		t.Errorf("only %d periods are accepted", accepted)
	}
}

func TestEveryForms(t *testing.T) {
	for every, want := range map[time.Duration]string{
		time.Second:      "* * * * * ?",
		10 * time.Second: "S/10 * * * * ?",
		time.Minute:      "S * * * * ?",
		5 * time.Minute:  "S M/5 * * * ?",
		time.Hour:        "S M * * * ?",
		6 * time.Hour:    "S M H/6 * * ?",
		24 * time.Hour:   "S M H * * ?",
	} {
		got := cronOf(t, "5f1abf38-3a7b-4a2f-9c5e-0c5d2a3b4c5d", every)
		if len(got) != 1 || !sameForm(got[0], want) {
			t.Errorf("every %s is %q, want the form %q", every, got, want)
		}
	}
	if n := len(cronOf(t, "x", 90*time.Second)); n != 2 {
		t.Errorf("90s takes %d expressions, want 2", n)
	}
	if n := len(cronOf(t, "x", 45*time.Minute)); n != 4 {
		t.Errorf("45m takes %d expressions, want 4", n)
	}
}

func sameForm(got, form string) bool {
	g, f := strings.Fields(got), strings.Fields(form)
	if len(g) != len(f) {
		return false
	}
	for i := range g {
		_, gotStep, _ := strings.Cut(g[i], "/")
		first, step, _ := strings.Cut(f[i], "/")
		if strings.Trim(first, "SMH") == "" && gotStep != step || strings.Trim(first, "SMH") != "" && g[i] != f[i] {
			return false
		}
	}
	return true
}

// TestSpread: 3,000 watches load each second and each minute about alike.
func TestSpread(t *testing.T) {
	for _, every := range []time.Duration{5 * time.Minute, 24 * time.Hour} {
		period := int(every / time.Second)
		starts := make([]int, 0, 3000)
		for i := range 3000 {
			starts = append(starts, seconds(t, cronOf(t, fmt.Sprintf("%08x-0000-4000-8000-%012x", i*7919, i), every))[0])
		}
		for _, cells := range []int{60, min(period/60, 60)} {
			if cells < 2 {
				continue
			}
			chi := chiSquare(starts, period, cells)
			// 0.001 of even draws are above; both sides: suspiciously even is
			// no fault here.
			if limit := float64(cells-1) + 3.1*sqrt(2*float64(cells-1)) + 6; chi > limit {
				t.Errorf("every %s over %d cells: chi-square %.0f is above %.0f", every, cells, chi, limit)
			}
		}
	}
}

func chiSquare(starts []int, period, cells int) float64 {
	counts := make([]float64, cells)
	for _, s := range starts {
		counts[s%period*cells/period]++
	}
	want := float64(len(starts)) / float64(cells)
	chi := 0.0
	for _, c := range counts {
		chi += (c - want) * (c - want) / want
	}
	return chi
}

func sqrt(x float64) float64 {
	r := x
	for range 40 {
		r = (r + x/r) / 2
	}
	return r
}

func TestScheduleRefusals(t *testing.T) {
	for _, c := range []struct {
		name string
		s    build.Schedule
		want string
	}{
		{"none", build.Schedule{}, "a schedule is one of every, cron and interval: give exactly one of them"},
		{"two", build.Schedule{Every: time.Minute, Cron: "0 * * * * ?"}, "a schedule is one of every, cron and interval: give exactly one of them"},
		{"seven", build.Schedule{Every: 7 * time.Minute}, "every 7m does not divide a minute, an hour or a day: the nearest that do are 6m and 10m"},
		{"25m", build.Schedule{Every: 25 * time.Minute}, "every 25m does not divide a minute, an hour or a day: the nearest that do are 20m and 30m"},
		{"5h", build.Schedule{Every: 5 * time.Hour}, "every 5h does not divide a minute, an hour or a day: the nearest that do are 4h and 6h"},
		{"7s", build.Schedule{Every: 7 * time.Second}, "every 7s does not divide a minute, an hour or a day: the nearest that do are 6s and 10s"},
		{"half", build.Schedule{Every: 1500 * time.Millisecond}, "every 1.5s does not divide a minute, an hour or a day: the nearest that do are 1s and 2s"},
		{"less", build.Schedule{Every: time.Millisecond}, "every 1ms does not divide a minute, an hour or a day: the nearest is 1s"},
		{"week", build.Schedule{Every: 7 * 24 * time.Hour}, `every 7d does not divide a minute, an hour or a day: write {cron: "…"} and the window's length`},
		{"negative", build.Schedule{Every: -time.Minute}, `every -1m does not divide a minute, an hour or a day: write {cron: "…"} and the window's length`},
		{"ms", build.Schedule{Interval: "500ms"}, `"500ms" is no interval of Watcher: write a whole number and s, m, h, d or w, as in 5m`},
		{"upper", build.Schedule{Interval: "1H"}, `"1H" is no interval of Watcher: write a whole number and s, m, h, d or w, as in 5m`},
		{"zero", build.Schedule{Interval: "0s"}, `"0s" is no interval of Watcher: write a whole number and s, m, h, d or w, as in 5m`},
		{"bare", build.Schedule{Interval: "1"}, `"1" is no interval of Watcher: write a whole number and s, m, h, d or w, as in 5m`},
	} {
		err := c.s.Validate()
		if err == nil {
			t.Errorf("%s: %+v is accepted", c.name, c.s)
			continue
		}
		if diff := cmp.Diff(c.want, err.Error()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestWindow: windows touch and do not overlap, whatever schedule.
func TestWindow(t *testing.T) {
	for _, c := range []struct {
		name    string
		s       build.Schedule
		w       build.Window
		gte, lt string
	}{
		{"every", build.Schedule{Every: 5 * time.Minute}, build.Window{Lateness: 2 * time.Minute}, "||-7m", "||-2m"},
		{"seconds", build.Schedule{Every: 5 * time.Second}, build.Window{Lateness: 2 * time.Second}, "||-7s", "||-2s"},
		{"mixed", build.Schedule{Every: time.Minute}, build.Window{Lateness: 30 * time.Second}, "||-90s", "||-30s"},
		{"punctual", build.Schedule{Every: time.Hour}, build.Window{}, "||-1h", ""},
		{"interval", build.Schedule{Interval: "1d"}, build.Window{Lateness: time.Hour}, "||-25h", "||-1h"},
		{"weeks", build.Schedule{Interval: "2w"}, build.Window{}, "||-14d", ""},
		{"cron", build.Schedule{Cron: "0 0 8 ? * MON-FRI"}, build.Window{Lateness: time.Minute, Length: 72 * time.Hour}, "||-4321m", "||-1m"},
		{"longer", build.Schedule{Every: time.Minute}, build.Window{Length: time.Hour}, "||-1h", ""},
	} {
		s := settings()
		s.Schedule, s.Window = c.s, c.w
		s.Window.Field = "event.ingested"
		w, ds := build.Build(rule("x"), someQuery(), s)
		if w.Body == nil {
			t.Errorf("%s: refused: %v", c.name, ds)
			continue
		}
		filter := at(t, w.Body, "input", "search", "request", "body", "query", "bool", "filter").([]any)
		const now = "{{ctx.trigger.scheduled_time}}"
		want := `{"range":{"event.ingested":{"gte":"` + now + c.gte + `","lt":"` + now + c.lt + `","format":"strict_date_optional_time"}}}`
		if diff := cmp.Diff(want, string(watcher.Encode(filter[1]))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
