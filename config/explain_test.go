package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/sigma"
)

// TestExplain holds what is explained to what reaches the watch.
func TestExplain(t *testing.T) {
	c := mustLoad(t, whole)
	r := &sigma.Rule{Title: "Example", Level: "critical", Tags: []string{"attack.t1059.001"}, LogSource: sigma.LogSource{Product: "windows"}}
	t.Setenv("SIGWATCH_QUERY_FORM", "query_string")
	got := map[string][3]string{}
	actions := []string{}
	for _, x := range c.Explain(r) {
		if x.Setting == "action" {
			actions = append(actions, x.Value+" "+x.Layer)
			continue
		}
		if x.Setting == "index" {
			if x.Value != "winlogbeat-*" || x.Layer != "indices[1]" || x.Span.Position().Line != 9 {
				t.Errorf("the index is explained as %+v, line %d", x, x.Span.Position().Line)
			}
			continue
		}
		got[x.Setting] = [3]string{x.Value, x.Layer, x.Span.Text()}
	}
	want := map[string][3]string{
		"owner":                   {"soc", "owner", "soc"},
		"watch.id":                {"corp-${rule.id}", "watch.id", `"corp-${rule.id}"`},
		"schedule":                {"every 1m", "levels.critical", "{"},
		"window.field":            {"event.ingested", "watch", "event.ingested"},
		"window.lateness":         {"1m", "watch", "1m"},
		"hits":                    {"50", "levels.critical", "50"},
		"pipelines":               {"sysmon", "pipelines", "["},
		"fields":                  {"", "default", ""},
		"query.form":              {"query_string", "environment SIGWATCH_QUERY_FORM", ""},
		"query.case":              {"as-written", "query.case", "as-written"},
		"query.keyword_fields":    {"message, event.original", "query.keyword_fields", "["},
		"query.allow_approximate": {"false", "default", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"soc-mail routes[0]", "boss routes[1]"}, actions); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
	s, ds := c.SettingsFor(r)
	if len(ds) > 0 || s.Schedule.Every != time.Minute || s.Hits != 50 || s.Owner != "soc" || len(s.Actions) != 2 {
		t.Errorf("the watch gets %+v, %v", s, ds)
	}
}

// Nothing that the file does not say is laid at its door, and what nobody sets
// has no layer.
func TestExplainDefaults(t *testing.T) {
	c := mustLoad(t, "rules: [x]\nwatch: {hits: 7}\nindices: [{logsource: {product: linux}, index: [a]}]\n")
	for _, x := range c.Explain(&sigma.Rule{Level: "low", LogSource: sigma.LogSource{Product: "windows"}}) {
		want := "default"
		switch x.Setting {
		case "hits":
			want = "watch"
		case "index", "action":
			want = ""
		}
		if x.Layer != want {
			t.Errorf("%s is said to come from %q, want %q", x.Setting, x.Layer, want)
		}
	}
}

func TestDurationText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		5 * time.Minute: "5m", time.Hour: "1h", 90 * time.Second: "1m30s", 24 * time.Hour: "24h", 0: "0s", 90 * time.Minute: "1h30m", 30 * time.Second: "30s", 10 * time.Minute: "10m",
	} {
		if got := durationText(d); got != want {
			t.Errorf("%v is printed as %q, want %q", d, got, want)
		}
	}
}
