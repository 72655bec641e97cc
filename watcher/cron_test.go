package watcher_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sigwatch/sigwatch/watcher"
)

func TestParseCron(t *testing.T) {
	good := []string{
		"0 0 12 * * ?", "0 0 0 ? * MON-FRI", "0/5 * * ? * *", "0 0 0 L * ?", "0 0 0 LW * ?", "0 0 0 15W * ?", "0 0 0 L-3 * ?",
		"0 0 0 ? * 6L", "0 0 0 ? * FRIL", "0 0 0 ? * 6#3", "0 0 0 ? * fri#3", "0 0 22-2 * * ?", "0 0 0 ? NOV-FEB MON",
		"0 0 0 1 JAN ? 2030", "0 0 0 1 JAN ? 2030-2040/2", "0 0 0 1,15W * ?", "0 0 0 1 1 ? 1969", "0 0 0 1 1 ? 2300",
		"0 0 0 * * ? 2030 more", "1.5 * * * * ?", "0\t0 0 * * ?", "0 0 0 1/05 * ?", "*/0 * * * * ?", "0 0 0 ? * L",
	}
	for _, text := range good {
		c, err := watcher.ParseCron(text)
		if err != nil {
			t.Errorf("%q is refused: %v", text, err)
		} else if c.String() != strings.ToUpper(text) {
			t.Errorf("%q is written %q", text, c.String())
		}
	}
	bad := []string{
		"", "* * * * *", "0 0 0 * * *", "0 0 0 ? * ?", "60 * * * * ?", "0 60 * * * ?", "0 0 24 * * ?", "0 0 0 32 * ?", "0 0 0 0 * ?",
		"0 0 0 1 13 ?", "0 0 0 ? * 8", "0 0 0 ? * FOO", "0 0 0 1 FOO ?", "0 0 0 1,L * ?", "0 0 0 ? * 2#1,3#2", "0 0 0 ? * 6#6",
		"0 0 0 L-31 * ?", "0 0 0 W * ?", "@hourly", "0 */60 * * * ?", "0 0 */24 * * ?", "0 0 0 ? * MON-", "0 0 0 ? ? MON",
		"0 0 0 1 1 ? 2040-2030", "0 0 0 1L * ?", "0 0 0 ? * 1W", "0 5#1 0 * * ?", "/ * * * * ?", "5- * * * * ?", "5/ * * * * ?",
		"0 0 0 L- * ?", "0 0 0 99999999999 * ?", "ä * * * * ?", "0 0 0 , * ?",
	}
	for _, text := range bad {
		if _, err := watcher.ParseCron(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestCronNext(t *testing.T) {
	tests := []struct{ cron, after, want string }{
		{"0 0 12 * * ?", "2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z"},
		{"0 0 12 * * ?", "2026-03-01T11:59:59.5Z", "2026-03-01T12:00:00Z"},
		{"7 2/5 * * * ?", "2026-03-01T00:57:07Z", "2026-03-01T01:02:07Z"},
		{"2/5 * * * * ?", "2026-03-01T23:59:57Z", "2026-03-02T00:00:02Z"},
		{"0 30 8 ? * MON-FRI", "2026-03-06T08:30:00Z", "2026-03-09T08:30:00Z"},
		{"0 0 0 L * ?", "2028-02-01T00:00:00Z", "2028-02-29T00:00:00Z"},
		{"0 0 0 L-3 * ?", "2026-02-01T00:00:00Z", "2026-02-25T00:00:00Z"},
		{"0 0 0 LW * ?", "2026-05-01T00:00:00Z", "2026-05-29T00:00:00Z"},
		{"0 0 0 15W * ?", "2026-08-01T00:00:00Z", "2026-08-14T00:00:00Z"},
		{"0 0 0 1W * ?", "2026-07-31T12:00:00Z", "2026-08-03T00:00:00Z"},
		{"0 0 0 ? * 6L", "2026-03-01T00:00:00Z", "2026-03-27T00:00:00Z"},
		{"0 0 0 ? * 6#3", "2026-03-01T00:00:00Z", "2026-03-20T00:00:00Z"},
		{"0 0 0 ? * MON#5", "2026-04-01T00:00:00Z", "2026-06-29T00:00:00Z"},
		{"0 0 0 29 2 ?", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"},
		{"0 0 22-2 * * ?", "2026-03-01T03:00:00Z", "2026-03-01T22:00:00Z"},
		{"0 0 0 ? NOV-FEB SUN", "2026-03-01T00:00:00Z", "2026-11-01T00:00:00Z"},
		{"0 0 0 1 1 ? 2030", "2026-03-01T00:00:00Z", "2030-01-01T00:00:00Z"},
		{"0 0 0 1 1 ? 2028/3", "2029-03-01T00:00:00Z", "2031-01-01T00:00:00Z"},
		{"0 0 0 1 1 ? 1969", "2026-03-01T00:00:00Z", ""},
		{"0 0 0 30 2 ?", "2026-03-01T00:00:00Z", ""},
		{"0 0 0 ? * 7", "2026-03-01T00:00:00+02:00", "2026-03-07T00:00:00Z"},
	}
	for _, tt := range tests {
		c, err := watcher.ParseCron(tt.cron)
		if err != nil {
			t.Fatal(err)
		}
		after, err := time.Parse(time.RFC3339, tt.after)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if next, ok := c.Next(after); ok {
			got = next.Format(time.RFC3339)
		}
		if got != tt.want {
			t.Errorf("%s after %s: want %s, got %s", tt.cron, tt.after, tt.want, got)
		}
	}
}

// FuzzCron: no text brings the parser down, what is refused is worded as the
// server words it, and each next time is later than the one before.
func FuzzCron(f *testing.F) {
	for _, s := range []string{"0 0 12 * * ?", "0 0 0 L-3W * ?", "*/5 1-3/2 22-2 ? NOV-FEB MON#3 2030/2", "0 0 0 ? * 6L", "@hourly", "0 0 0 1,15W * ?"} {
		f.Add(s)
	}
	start := time.Date(2026, 2, 28, 23, 59, 59, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := watcher.ParseCron(text)
		if err != nil {
			if !strings.Contains(err.Error(), "invalid cron expression ["+text+"]") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		again, err := watcher.ParseCron(c.String())
		if err != nil && strings.ToUpper(c.String()) == c.String() {
			t.Fatalf("%q is written %q, which is refused: %v", text, c, err)
		}
		at := start
		for range 3 {
			next, ok := c.Next(at)
			if !ok {
				break
			}
			if !next.After(at) {
				t.Fatalf("%q: %v does not come after %v", text, next, at)
			}
			if same, ok := again.Next(at); !ok || !same.Equal(next) {
				t.Fatalf("%q: written again it fires at %v instead of %v", text, same, next)
			}
			at = next
		}
	})
}
