package watcher_test

import (
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/watcher"
)

// row is one line of the written form: what is put at a place, what a get
// gives back there, and for which versions (all where none is named).
type row struct {
	put, get string
	versions string
}

// at makes a whole watch of the value of one part.
func at(part, value string) string {
	watch := map[string]string{
		"watch":     `{"trigger":{"schedule":{"interval":"1h"}},%}`,
		"schedule":  `{"trigger":{"schedule":%}}`,
		"input":     `{"trigger":{"schedule":{"interval":"1h"}},"input":%}`,
		"request":   `{"trigger":{"schedule":{"interval":"1h"}},"input":{"search":{"request":%}}}`,
		"http":      `{"trigger":{"schedule":{"interval":"1h"}},"input":{"http":{"request":%}}}`,
		"condition": `{"trigger":{"schedule":{"interval":"1h"}},"condition":%}`,
		"transform": `{"trigger":{"schedule":{"interval":"1h"}},"transform":%}`,
		"action":    `{"trigger":{"schedule":{"interval":"1h"}},"actions":{"a":%}}`,
		"email":     `{"trigger":{"schedule":{"interval":"1h"}},"actions":{"a":{"email":%}}}`,
		"slack":     `{"trigger":{"schedule":{"interval":"1h"}},"actions":{"a":{"slack":{"message":%}}}}`,
	}[part]
	return strings.Replace(watch, "%", value, 1)
}

// place finds the part in a written watch.
func place(t *testing.T, part string, w *watcher.Object) any {
	t.Helper()
	path := map[string][]string{
		"watch": nil, "schedule": {"trigger", "schedule"}, "input": {"input"}, "request": {"input", "search", "request"},
		"http": {"input", "http", "request"}, "condition": {"condition"}, "transform": {"transform"},
		"action": {"actions", "a"}, "email": {"actions", "a", "email"}, "slack": {"actions", "a", "slack", "message"},
	}[part]
	var v any = w
	for _, name := range path {
		o, ok := v.(*watcher.Object)
		if !ok {
			t.Fatalf("no %v in %s", path, watcher.Encode(w))
		}
		v, _ = o.Get(name)
	}
	return v
}

func rows() map[string][]row {
	const types, total = `"types":[]`, `"rest_total_hits_as_int":true`
	request := func(rest, members string) string {
		return `{"search_type":"query_then_fetch","indices":["a"]` + rest + members + `}`
	}
	http := func(members string) string {
		return `{"scheme":"http","host":"h","port":80,"method":"get","params":{},"headers":{}` + members + `}`
	}
	return map[string][]row{
		"schedule": {
			{`{"interval":"+5m"}`, `{"interval":"5m"}`, ""},
			{`{"interval":"60s"}`, `{"interval":"60s"}`, ""},
			{`{"cron":"0 0 12 ? * mon-fri"}`, `{"cron":"0 0 12 ? * MON-FRI"}`, ""},
			{`{"cron":["0 0 9 ? * b*","0 0 8 * * ?"]}`, ``, ""},
			{`{"cron":["0 5 0 * * ?","0 1 0 * * ?"]}`, `{"cron":["0 1 0 * * ?","0 5 0 * * ?"]}`, ""},
			{`{"hourly":{}}`, `{"hourly":{"minute":[0]}}`, ""},
			{`{"hourly":{"minute":"30"}}`, `{"hourly":{"minute":[30]}}`, ""},
			{`{"daily":{"at":"17:00"}}`, `{"daily":{"at":["17:00"]}}`, ""},
			{`{"daily":{"at":["9:05","noon"]}}`, `{"daily":{"at":["9:05","noon"]}}`, ""},
			{`{"daily":{"at":{"hour":[0,12],"minute":30,"x":1}}}`, `{"daily":{"at":[{"hour":[0,12],"minute":[30]}]}}`, ""},
			{`{"weekly":[]}`, `{"weekly":[{"on":["MON"],"at":[{"hour":[0],"minute":[0]}]}]}`, ""},
			{`{"weekly":{"on":["fri",2,"1"],"x":1}}`, `{"weekly":[{"on":["SUN","MON","FRI"],"at":[{"hour":[0],"minute":[0]}]}]}`, ""},
			{`{"monthly":[{"on":3},{"on":[2,1],"at":"noon"}]}`, `{"monthly":[{"on":[3],"at":[{"hour":[0],"minute":[0]}]},{"on":[1,2],"at":["noon"]}]}`, ""},
			{`{"monthly":{"on":["last_day",1]}}`, ``, ""},
			{`{"yearly":{}}`, `{"yearly":[{"in":["JAN"],"on":[1],"at":[{"hour":[0],"minute":[0]}]}]}`, ""},
			{`{"yearly":{"month":["last","first"],"day":2,"time":"noon"}}`, `{"yearly":[{"in":["JAN","DEC"],"on":[2],"at":["noon"]}]}`, ""},
			{`{"timezone":"europe/paris","daily":{}}`, `{"timezone":"Europe/Paris","daily":{"at":["midnight"]}}`, "8.18 9.5"},
			{`{"daily":{},"timezone":"+1"}`, `{"timezone":"+01:00","daily":{"at":["midnight"]}}`, "9.5"},
			{`{"timezone":"UTC","daily":{}}`, ``, "6.3 7.17 8.17"},
		},
		"watch": {
			{`"throttle_period":"-1"`, ``, ""},
			{`"throttle_period_in_millis":-1`, `{"trigger":{"schedule":{"interval":"1h"}},"input":{"none":{}},"condition":{"always":{}},"throttle_period_in_millis":-1,"actions":{}}`, ""},
			{`"throttle_period_in_millis":-5`, ``, "7.17 9.5"},
			{`"throttle_period":"0.5S"`, `{"trigger":{"schedule":{"interval":"1h"}},"input":{"none":{}},"condition":{"always":{}},"throttle_period_in_millis":500,"actions":{}}`, ""},
			{`"metadata":5,"actions":{"a":null,"b":[],"c":7}`, `{"trigger":{"schedule":{"interval":"1h"}},"input":{"none":{}},"condition":{"always":{}},"actions":{},"metadata":{}}`, ""},
			{`"metadata":{"n":1e3,"m":1.50,"big":1e10,"small":1e-5,"zero":-0,"l":[{"a":{}}]}`, `{"trigger":{"schedule":{"interval":"1h"}},"input":{"none":{}},"condition":{"always":{}},"actions":{},"metadata":{"n":1000.0,"m":1.5,"big":1.0E10,"small":1.0E-5,"zero":0,"l":[{"a":{}}]}}`, ""},
			{`"_status":{},"_version":1`, `{"trigger":{"schedule":{"interval":"1h"}},"input":{"none":{}},"condition":{"always":{}},"actions":{}}`, "6.3 6.8"},
			{`"_status":{}`, ``, "7.17 9.5"},
		},
		"input": {
			{`{"simple":{"a":1},"none":{}}`, `{"none":{}}`, ""},
			{`{"chain":{"inputs":[{"x":{"transform":{"script":"1"}}},{"y":{"none":{}}}]}}`, `{"chain":{"inputs":[{"x":{"transform":{"script":{"source":"1","lang":"painless"}}}},{"y":{"none":{}}}]}}`, ""},
			{`{"search":{"request":{},"extract":[]}}`, `{"search":{"request":{"search_type":"query_then_fetch","indices":[],"rest_total_hits_as_int":true},"extract":[]}}`, "7.17"},
			{`{"search":{"request":{},"dynamic_name_timezone":"Europe/Berlin"}}`, ``, "7.17 9.5"},
			{`{"http":{"request":{"host":"h","port":80},"response_content_type":"plain"}}`, ``, ""},
			{`{"http":{"request":{"host":"h","port":80},"response_content_type":"TEXT","extract":["a"]}}`, ``, ""},
		},
		"request": {
			{`{"indices":"a"}`, request(`,`+types, ``), "6.3"},
			{`{"indices":"a"}`, request(`,`+total, ``), "7.17 8.19 9.5"},
			{`{"indices":["a"],"types":"x, y"}`, request(`,"types":["x","y"],`+total, ``), "7.17"},
			{`{"indices":["a"],"types":[]}`, request(`,`+total, ``), "7.17 8.19"},
			{`{"indices":["a"],"types":[]}`, ``, "9.5"},
			{`{"indices":["a"],"types":["x"]}`, ``, "8.19 9.5"},
			{`{"indices":"a b, c"}`, `{"search_type":"query_then_fetch","indices":["ab","c"],"rest_total_hits_as_int":true}`, "7.17"},
			{`{"indices":["a, b"]}`, `{"search_type":"query_then_fetch","indices":["a, b"],"rest_total_hits_as_int":true}`, "7.17"},
			{`{"indices":""}`, `{"search_type":"query_then_fetch","indices":[],"rest_total_hits_as_int":true}`, "7.17"},
			{`{"indices":"a","rest_total_hits_as_int":true}`, ``, "6.3"},
			{`{"indices":"a","indices_options":{"expand_wildcards":["closed","open"]}}`, request(`,`+total, `,"indices_options":{"expand_wildcards":["open","closed"],"ignore_unavailable":true,"allow_no_indices":true,"ignore_throttled":false}`), "7.17 9.5"},
			{`{"indices":"a","indices_options":{"expand_wildcards":["closed"]}}`, ``, "6.3"},
			{`{"indices":"a","indices_options":{"ignore_throttled":true}}`, request(`,`+total, `,"indices_options":{"expand_wildcards":["open"],"ignore_unavailable":true,"allow_no_indices":true,"ignore_throttled":true}`), "7.17"},
			{`{"indices":"a","template":{"source":{"a":1},"params":{}}}`, request(`,`+total, `,"template":{"source":{"a":1},"lang":"mustache","options":{"content_type":"application/json;charset=utf-8"}}`), "9.5"},
			{`{"indices":"a","template":{"inline":"x"}}`, request(`,`+total, `,"template":{"source":"x","lang":"mustache"}`), "7.17"},
			{`{"indices":"a","template":"x"}`, ``, ""},
		},
		"http": {
			{`{"url":"http://h"}`, http(``), ""},
			{`{"url":"HTTPS://h/a%20b?x=1","method":"POST"}`, `{"scheme":"https","host":"h","port":443,"method":"post","path":"/a b","params":{"x":"1"},"headers":{}}`, ""},
			{`{"host":"h","port":80,"read_timeout":"500ms","connection_timeout":"3s"}`, http(`,"connection_timeout_in_millis":3000,"read_timeout_millis":500`), ""},
			{`{"host":"h","port":80,"proxy":{"host":"p","port":3128,"scheme":"HTTPS","x":1}}`, http(`,"proxy":{"host":"p","port":3128,"scheme":"https"}`), ""},
			{`{"host":"h","port":80,"auth":{"basic":{"username":"u"}}}`, http(`,"auth":{"basic":{"username":"u"}}`), ""},
			{`{"host":"h","port":80,"path":{"id":"t","params":{"a":1}}}`, `{"scheme":"http","host":"h","port":80,"method":"get","path":{"id":"t","params":{"a":1}},"params":{},"headers":{}}`, ""},
			{`{"host":"h","port":80,"params":{"a":5}}`, ``, ""},
			{`{"host":"h","port":80,"body":{"a":1}}`, ``, ""},
			{`{"host":"h","port":0}`, ``, ""},
			{`{"url":"http://a_b/"}`, ``, ""},
			{`{"url":"/x"}`, ``, ""},
			{`{"host":"h","port":80,"proxy":{"host":"p","port":65535}}`, ``, ""},
		},
		"condition": {
			{`{"compare":{"p":{"NOT_EQ":{"a":[1.0]}}}}`, `{"compare":{"p":{"not_eq":{"a":[1.0]}}}}`, ""},
			{`{"compare":{"p":{"gt":null}}}`, `{"compare":{"p":{"gt":null}}}`, ""},
			{`{"array_compare":{"p":{"path":"x","GT":{"quantifier":"All","value":1}}}}`, `{"array_compare":{"p":{"path":"x","gt":{"value":1,"quantifier":"all"}}}}`, ""},
			{`{"array_compare":{"p":{"gt":{"value":{}}}}}`, ``, ""},
			{`{"array_compare":{"p":{}}}`, ``, ""},
			{`{"compare":{}}`, ``, ""},
			{`{"script":"x"}`, `{"script":{"source":"x","lang":"painless"}}`, ""},
			{`{"script":{"id":"x","options":{},"params":{"a":1}}}`, `{"script":{"id":"x","params":{"a":1}}}`, ""},
			{`{"script":{"stored":"x"}}`, `{"script":{"id":"x"}}`, ""},
			{`{"script":{"source":"x","options":{"a":"b"}}}`, ``, ""},
			{`{"script":{"id":"x","lang":"painless"}}`, ``, ""},
			{`{"never":{},"always":{}}`, `{"always":{}}`, ""},
		},
		"transform": {
			{`{"chain":[]}`, `{"chain":[]}`, ""},
			{`{"search":{"request":{},"timeout":"1m","dynamic_name_timezone":"+1"}}`, `{"search":{"request":{"search_type":"query_then_fetch","indices":[],"rest_total_hits_as_int":true},"timeout_in_millis":60000,"dynamic_name_timezone":"+01:00"}}`, "7.17 9.5"},
			{`{"search":{"request":{},"dynamic_name_timezone":"europe/berlin"}}`, ``, "7.17 9.5 6.3"},
		},
		"action": {
			{`{"foreach":"","max_iterations":3,"logging":{"text":"x"}}`, `{"logging":{"level":"info","text":"x"}}`, "7.17"},
			{`{"foreach":"p","logging":{"text":"x"}}`, ``, "6.3"},
			{`{"throttle_period":"1h","condition":{"never":{}},"transform":{},"logging":{"text":"x","level":"WARN","category":"c"}}`, `{"throttle_period_in_millis":3600000,"condition":{"never":{}},"logging":{"category":"c","level":"warn","text":"x"}}`, ""},
			{`{"index":{"index":"i","doc_type":"d","refresh":""}}`, `{"index":{"index":"i","doc_type":"d","refresh":"true"}}`, "6.3 7.17"},
			{`{"index":{"index":"i","doc_type":"d"}}`, ``, "8.19 9.5"},
			{`{"index":{"index":"i","op_type":"CREATE"}}`, `{"index":{"index":"i","op_type":"CREATE"}}`, "7.17 9.5"},
			{`{"index":{"index":"i","op_type":"create"}}`, ``, "6.3"},
			{`{"jira":{}}`, `{"jira":{"fields":{}}}`, ""},
			{`{"pagerduty":{"description":"d","account":"a","attach_payload":false,"context":[{"type":"LINK","href":"h"},{"type":"image","src":"s","alt":{"id":"t"}}]}}`, `{"pagerduty":{"description":"d","attach_payload":false,"account":"a","contexts":[{"type":"link","href":"h"},{"type":"image","src":"s","alt":{"id":"t"}}]}}`, ""},
			{`{"pagerduty":{"description":"d","contexts":[{"type":"link"}]}}`, ``, ""},
			{`{"pagerduty":{"description":"d","contexts":[{"type":"image","src":"s","text":"t"}]}}`, ``, ""},
			{`{"hipchat":{"message":{"body":"b","room":"r","format":"HTML","notify":true}}}`, `{"hipchat":{"message":{"room":["r"],"body":"b","format":"html","notify":true}}}`, "6.3"},
			{`{"hipchat":{"message":{"body":"b"}}}`, ``, "7.17 9.5"},
		},
		"email": {
			{`{"profile":"std"}`, `{"profile":"standard"}`, ""},
			{`{"to":"a@x,b@x","body":"t","priority":"{{x}}"}`, `{"profile":"standard","priority":"{{x}}","to":["a@x,b@x"],"body":{"text":"t"}}`, ""},
			{`{"to":[]}`, `{"profile":"standard","to":[]}`, ""},
			{`{"attach_data":true}`, `{"profile":"standard","attach_data":{"format":"yaml"}}`, ""},
			{`{"attach_data":{"format":"JSON"}}`, `{"profile":"standard","attach_data":{"format":"json"}}`, ""},
			{`{"attach_data":null,"body":null}`, `{"profile":"standard"}`, ""},
			{`{"attachments":{"r":{"reporting":{"url":"u","interval":"66s","inline":"false","auth":{"basic":{"username":"u"}}}}}}`, `{"profile":"standard","attachments":{"r":{"reporting":{"url":"u","interval":"66s","auth":{"basic":{"username":"u"}}}}}}`, "7.17 9.5"},
			{`{"attachments":{"r":{"reporting":{"url":"u","interval":"2m","inline":true}}}}`, `{"profile":"standard","attachments":{"r":{"reporting":{"url":"u","interval":"2m","inline":true}}}}`, ""},
			{`{"to":"root"}`, ``, "7.17 9.5"},
			{`{"to":"root"}`, `{"profile":"standard","to":["root"]}`, "6.3"},
			{`{"to":"Some One <a@example.org>, b@example.org"}`, `{"profile":"standard","to":["Some One <a@example.org>, b@example.org"]}`, ""},
			{`{"profile":"x"}`, ``, ""},
			{`{"user":"u"}`, ``, ""},
			{`{"attachments":{"r":{"x":{}}}}`, ``, ""},
			{`{"attachments":{"r":{"reporting":{"url":"u","interval":"1.1m"}}}}`, ``, ""},
		},
		"slack": {
			{`{"attachments":[{"title":"t","actions":[{"name":"n","style":"s","type":"button","text":"x","url":"u"}],"fields":[]}]}`, `{"attachments":[{"title":"t","fields":[],"actions":[{"name":"n","style":"s","type":"button","text":"x","url":"u"}]}]}`, ""},
			{`{"attachments":{"author_link":"x"}}`, ``, ""},
			{`{"dynamic_attachments":{"list_path":"p"}}`, ``, ""},
			{`{"to":[],"attachments":[]}`, `{}`, ""},
		},
	}
}

// TestWrittenRows goes through the rows of spec/watch-written-form.md. An
// empty get means that the put is refused.
func TestWrittenRows(t *testing.T) {
	count := 0
	for part, list := range rows() {
		for _, r := range list {
			versions := strings.Fields(r.versions)
			if len(versions) == 0 {
				versions = []string{"6.3", "7.17", "8.19", "9.5"}
			}
			for _, v := range versions {
				count++
				t.Run(part+" "+v+" "+r.put, func(t *testing.T) { checkRow(t, part, v, r) })
			}
		}
	}
	t.Logf("%d rows", count)
}

func checkRow(t *testing.T, part, v string, r row) {
	body := object(t, []byte(at(part, r.put)))
	before := string(watcher.Encode(body))
	opt := watcher.WriteOptions{Version: version(t, v)}
	w, err := watcher.Written("w", body, opt)
	if after := string(watcher.Encode(body)); after != before {
		t.Errorf("the body was changed into %s", after)
	}
	if r.get == "" {
		if err == nil {
			t.Errorf("accepted, and written %s", watcher.Encode(w))
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := string(watcher.Encode(place(t, part, w))); got != r.get {
		t.Errorf("want %s\ngot  %s", r.get, got)
	}
	same(t, "written again", w, mustWrite(t, w, opt))
	checkCanonical(t, body, w)
}
