package watcher_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sigwatch/sigwatch/watcher"
)

// The texts of spec/watcher-api.md 3.4: type, reason and the reason of the
// root cause where it is another. All on 7.17 unless a version is named.
func TestRefusals(t *testing.T) {
	const timeValue = "could not parse time value. expected either a string or a null value but found [VALUE_NUMBER] instead"
	const position = "[1:81] "
	tests := []struct{ v, body, typ, reason, root string }{
		{"", `{"foo":1}`, "parse_exception", "could not parse watch [w]. unexpected field [foo]", ""},
		{"", `{}`, "parse_exception", "could not parse watch [w]. missing required field [trigger]", ""},
		{"", `{"trigger":{"foo":{}}}`, "parse_exception", "could not parse trigger [foo] for [w]. unknown trigger type [foo]", ""},
		{"", `{"trigger":{"manual":{"a":1}}}`, "parse_exception", "unable to parse [manual] trigger. expected an empty object, but found an object with [FIELD_NAME]", ""},
		{"", `{"trigger":{"schedule":{"daily":null}}}`, "parse_exception", "could not parse watch [w]. null token", ""},
		{"", `{"trigger":{"schedule":{"daily":[]}}}`, "null_pointer_exception", "fieldName cannot be null", ""},
		{"", at("schedule", `{"interval":"500ms"}`), "parse_exception", "could not parse schedule: could not parse [interval] schedule. could not parse [500m] as a [seconds] duration", "could not parse [interval] schedule. could not parse [500m] as a [seconds] duration"},
		{"", at("schedule", `{"interval":"9223372036854775807s"}`), "parse_exception", "could not parse schedule: interval can't be lower than 1000 ms, but [9223372036854775807s] was specified", ""},
		{"", at("schedule", `{"daily":{"at":"25:00"}}`), "parse_exception", "could not parse [daily] schedule. invalid time value for field [at] - [VALUE_STRING]", "could not parse time [{}]"},
		{"", at("schedule", `{"weekly":{"time":{"hour":24}}}`), "parse_exception", "could not parse [weekly] schedule. invalid weekly times", "invalid time hour value [24] (possible values may be between 0 and 23 incl.)"},
		{"", at("schedule", `{"monthly":{"on":[1,"last_day"]}}`), "illegal_argument_exception", "invalid cron expression [0 0 0 1,L * ?]", ""},
		{"9.5", at("schedule", `{"timezone":"Mars/Base","daily":{}}`), "parse_exception", "could not parse schedule. invalid timezone [Mars/Base]", ""},
		{"9.5", at("schedule", `{"timezone":"UTC","interval":"1h"}`), "parse_exception", "could not parse schedule. Timezone is not supported for schedule type [interval]", ""},
		{"", at("watch", `"throttle_period":5`), "parse_exception", "could not parse watch [w]. failed to parse time value for field [throttle_period]", timeValue},
		{"", at("watch", `"throttle_period":"xs"`), "parse_exception", "could not parse watch [w]. failed to parse time value for field [throttle_period]", "Failed to parse [xs]"},
		{"", at("watch", `"throttle_period":"-1s"`), "illegal_argument_exception", "duration cannot be negative, was given [-1000]", ""},
		{"", at("watch", `"throttle_period_in_millis":true`), "i_o_exception", "could not parse watch [w]", ""},
		{"", at("watch", `"throttle_period_in_millis":1e300`), "i_o_exception", "could not parse watch [w]", ""},
		{"", at("action", `{"logging":{"text":"x"},"throttle_period":5}`), "parse_exception", "could not parse action [w/a]. failed to parse field [throttle_period] as time value", timeValue},
		{"", at("condition", `"always"`), "parse_exception", "could not parse condition for watch [w]. missing required condition type field", ""},
		{"", at("condition", `{"always":{"a":1}}`), "parse_exception", "unable to parse [always] condition for watch [w]. expected an empty object but found [a]", ""},
		{"", at("condition", `{"compare":{"p":{"gt":1,"lt":2}}}`), "parse_exception", "could not parse [compare] condition for watch [w]. expected end of path object, but found [FIELD_NAME] instead", ""},
		{"", at("condition", `{"script":{"sources":"x"}}`), "x_content_parse_exception", "[1:66] [script] unknown field [sources] did you mean [source]?", ""},
		{"6.3", at("condition", `{"script":{"a":"x"}}`), "illegal_argument_exception", "[script] unknown field [a], parser not found", ""},
		{"", at("condition", `{"script":{"source":1}}`), "x_content_parse_exception", "[1:75] [script] source doesn't support values of type: VALUE_NUMBER", ""},
		{"", at("condition", `{"script":{"source":"x","id":"y"}}`), "x_content_parse_exception", "[1:84] [script] failed to parse field [id]", ""},
		{"", at("action", `{"logging":{"text":null}}`), "x_content_parse_exception", position + "[script] Expected START_OBJECT but was: END_OBJECT", ""},
		{"", at("action", `{"webhook":{"port":80}}`), "parse_exception", "could not parse [webhook] action [w/a]. failed parsing http request template", "could not parse http request template. missing required [host] string field"},
		{"", at("http", `{"host":"h","port":80,"method":"patch"}`), "illegal_argument_exception", "unsupported http method [PATCH]", ""},
		{"", at("http", `{"host":["h"]}`), "parse_exception", "could not parse [http] input for watch [w]. failed to parse http request template", "could not parse http request template. unexpected token [START_ARRAY] for field [host]"},
		{"", at("http", `{"url":{}}`), "illegal_state_exception", "Can't get text on a START_OBJECT at 1:77", ""},
		{"", at("request", `{"foo":true}`), "parse_exception", "could not parse [search] input for watch [w]. failed to parse [request]", "could not read search request. unexpected boolean field [foo]"},
		{"6.3", at("request", `{"foo":true}`), "parse_exception", "could not parse [search] input for watch [w]. failed to parse [request]", "could not read search request. unexpected token [VALUE_BOOLEAN]"},
		{"", at("input", `{"search":{"request":{},"dynamic_name_timezone":"UTC"}}`), "illegal_argument_exception", "cannot write xcontent for unknown value of type class java.time.ZoneOffset", ""},
		{"", at("transform", `{"search":{"request":{},"dynamic_name_timezone":"europe/berlin"}}`), "zone_rules_exception", "Unknown time-zone ID: europe/berlin", ""},
		{"6.3", at("input", `{"simple":{"c":12345678901234567890}}`), "illegal_argument_exception", "cannot write xcontent for unknown value of type class java.math.BigInteger", ""},
		{"", at("slack", `{"attachments":{"fields":{"title":"x"}}}`), "parse_exception", "failed to parse [slack] action [w/a]. failed to parse [message] field", "could not parse message attachment field. missing required [value] field"},
		{"", at("email", `{"body":{"md":"x"}}`), "parse_exception", "could not parse email template. unknown field [body.md] field", ""},
		{"", at("email", `{"x":"y"}`), "parse_exception", "could not parse [email] action [w/a]. unexpected string field [x]", ""},
		{"", `{"trigger":`, "i_o_exception", "could not parse watch [w]", ""},
		{"", `{"trigger":{},"trigger":{}}`, "i_o_exception", "could not parse watch [w]", ""},
		{"9.5", `{"trigger":{`, "x_content_e_o_f_exception", "[1:13] Unexpected end of file", ""},
		{"", `[]`, "parse_exception", "could not parse watch [w], unexpected token [END_ARRAY]", ""},
		{"", `"x"`, "parse_exception", "could not parse watch [w]. null token", ""},
		{"", ` `, "parse_exception", "could not parse watch [w]. null token", ""},
	}
	for _, tt := range tests {
		v := watcher.Version{}
		if tt.v != "" {
			v = version(t, tt.v)
		}
		_, err := written("w", tt.body, v)
		if err == nil {
			t.Errorf("%s %s: accepted", tt.v, tt.body)
			continue
		}
		if tt.root == "" {
			tt.root = tt.reason
		}
		refusal := refusalOf(t, err)
		got := []string{refusal.Type, refusal.Reason, refusal.RootReason}
		if diff := cmp.Diff([]string{tt.typ, tt.reason, tt.root}, got); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.v, tt.body, diff)
		}
	}
}

// written reads and writes a text as a put does.
func written(id, text string, v watcher.Version) (*watcher.Object, error) {
	body, err := watcher.ParseWatch(id, []byte(text), v)
	if err != nil {
		return nil, err
	}
	return watcher.Written(id, body, watcher.WriteOptions{Version: v, Source: []byte(text)})
}

func TestRefusalAsAnswer(t *testing.T) {
	_, err := written("w", "{\n \"a\": 1,\n \"a\": 2}", watcher.Version{})
	want := `{"error":{"root_cause":[{"type":"i_o_exception","reason":"could not parse watch [w]"}],` +
		`"type":"i_o_exception","reason":"could not parse watch [w]","caused_by":{"type":"json_parse_exception",` +
		`"reason":"Duplicate field 'a'\n at [Source: (org.elasticsearch.common.io.stream.ByteBufferStreamInput); line: 3, column: 5]"}},"status":500}`
	if diff := cmp.Diff(want, string(watcher.Encode(refusalOf(t, err).Object()))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("i_o_exception: could not parse watch [w]", err.Error()); diff != "" {
		t.Error(diff)
	}
	body := object(t, []byte(at("email", `{"user":"u"}`)))
	_, err = watcher.Written("w", body, watcher.WriteOptions{})
	suppressed := refusalOf(t, err).Cause.Object()
	if _, ok := suppressed.Get("suppressed"); !ok {
		t.Errorf("no suppressed exception in %s", watcher.Encode(suppressed))
	}
}

func TestParseObjectWantsAnObject(t *testing.T) {
	for text, want := range map[string]string{
		`[]`: "a list", `"x"`: "a text", `1`: "a number", `true`: "true or false", `null`: "null",
	} {
		if _, err := watcher.ParseObject([]byte(text)); err == nil || err.Error() != "expected a JSON object, found "+want {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := watcher.ParseObject([]byte(`{"a":`)); err == nil || err.Error() != "line 1, column 6: Unexpected end-of-input within/between Object entries" {
		t.Errorf("%v", err)
	}
}
