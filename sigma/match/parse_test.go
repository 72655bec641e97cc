package match_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/sigma/match"
)

func flat(t *testing.T, events []match.Event) string {
	t.Helper()
	var lines []string
	for _, e := range events {
		data, err := e.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(data))
	}
	return strings.Join(lines, "\n")
}

func TestParseEvents(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", " \n", ``},
		{"one", `{"a":1}`, `{"a":1}`},
		{"byte order mark", "\ufeff{\"a\":1}", `{"a":1}`},
		{"ndjson", "{\"a\":1}\r\n\n{\"a\":2}\n", "{\"a\":1}\n{\"a\":2}"},
		{"one after another", "{\n\"a\":1}{\"a\":2}  {\"a\":3}", "{\"a\":1}\n{\"a\":2}\n{\"a\":3}"},
		{"list", `[{"a":1},{"a":2}]`, "{\"a\":1}\n{\"a\":2}"},
		{"flattened", `{"b":{"c":[{"d":1},{"d":"2","e":null}]},"a":[]}`, `{"b.c.d":[1,"2"]}`},
		{"numbers as they are", `{"a":12345678901234567890,"b":1.50,"c":"<"}`, `{"a":12345678901234567890,"b":1.50,"c":"<"}`},
		{
			"windows", `{"Event":{"#attributes":{"xmlns":"x"},
			"System":{"Provider":{"#attributes":{"Name":"P","Guid":"G"}},"EventID":7,"Level":4,"Channel":"C","Computer":"H","Security":null},
			"EventData":{"#attributes":{"Name":"N"},"Source Name":"s","Empty":"","Gone":null,"Id":5}}}`,
			`{"Channel":"C","Computer":"H","Empty":"","EventID":7,"Id":5,"Provider_Name":"P","SourceName":"s"}`,
		},
		{"windows, event id with attributes", `{"Event":{"System":{"EventID":{"#attributes":{"Qualifiers":16384},"#text":7045}}}}`, `{"EventID":7045}`},
		{"windows, event id as a text", `{"Event":{"System":{"EventID":"7045"}}}`, `{"EventID":7045}`},
		{
			"windows, user data", `{"Event":{"System":{"EventID":1},"UserData":{"EventXML":{"#attributes":{"xmlns":"y"},"User Name":"u","Deep":{"#attributes":{"a":"b"},"#text":"d"}}}}}`,
			`{"Deep":"d","EventID":1,"UserName":"u"}`,
		},
		{
			"windows, named data", `{"Event":{"System":{"EventID":1},"EventData":{"Data":[{"#attributes":{"Name":"A"},"#text":"1"},{"#attributes":{"Name":"B"}},{"#attributes":{"Name":"C"},"#text":"3"}]}}}`,
			`{"A":"1","C":"3","EventID":1}`,
		},
		{"windows, unnamed data", `{"Event":{"System":{"EventID":1},"EventData":{"Data":["x",{"#text":"y"}],"Binary":null}}}`, `{"Data":["x","y"],"EventID":1}`},
		{"not windows", `{"Event":{"Name":"x"}}`, `{"Event.Name":"x"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			events, err := match.ParseEvents([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, flat(t, events)); d != "" {
				t.Errorf("events (-want +got):\n%s", d)
			}
		})
	}
}

func TestParseEventsRefuses(t *testing.T) {
	tests := []struct {
		in, want string
		before   int
	}{
		{`{"a":1} x`, "event 2, at byte", 1},
		{`{"a":1}{"b":`, "event 2, at byte", 1},
		{`{"a":1} 5`, "event 2 is not a JSON object", 1},
		{`[{"a":1},[]]`, "event 2 is not a JSON object", 1},
		{`null`, "event 1 is not a JSON object", 0},
		{strings.Repeat(`{"a":`, 20000) + "1", "event 1, at byte", 0},
	}
	for _, tt := range tests {
		events, err := match.ParseEvents([]byte(tt.in))
		if err == nil || !strings.Contains(err.Error(), tt.want) || len(events) != tt.before {
			t.Errorf("%.40s: want %q after %d events, got %v after %d", tt.in, tt.want, tt.before, err, len(events))
		}
	}
}

func TestEvent(t *testing.T) {
	e := match.NewEvent(map[string]any{"b": map[string]any{"c": 1.5}, "a": []any{"x", nil, true}})
	if d := cmp.Diff([]string{"a", "b.c"}, e.Fields()); d != "" {
		t.Errorf("fields (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]any{"x", true}, e.Values("a")); d != "" {
		t.Errorf("values (-want +got):\n%s", d)
	}
	if !e.Has("b") || !e.Has("b.c") || e.Has("c") || e.Has("b.") {
		t.Errorf("wrong fields are there in %v", e)
	}
}

// FuzzParseEvents checks that an event survives being written and read again.
func FuzzParseEvents(f *testing.F) {
	for _, s := range []string{`{"a":1}`, `[{"a":{"b":[1,"x",null,true]}}]`, `{"a.b":1,"a":{"b":2}}`, `{"Event":{"System":{"EventID":1},"EventData":{"a b":"c"}}}`, `{"":{"":1}}`, `{"a":1.0e5}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		events, err := match.ParseEvents([]byte(in))
		if err != nil {
			return
		}
		once := flat(t, events)
		again, err := match.ParseEvents([]byte(once))
		if err != nil {
			t.Fatalf("%q: %v", once, err)
		}
		if d := cmp.Diff(once, flat(t, again)); d != "" && !strings.Contains(once, `"Event`) {
			t.Errorf("%q (-once +again):\n%s", in, d)
		}
	})
}
