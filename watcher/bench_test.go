package watcher_test

import (
	"testing"

	"github.com/sigwatch/sigwatch/watcher"
)

// exampleWatch is a watch as sigwatch builds them.
const exampleWatch = `{
 "trigger": {"schedule": {"cron": "7 2/5 * * * ?"}},
 "input": {"search": {"request": {"indices": ["winlogbeat-*", "logs-windows.*"], "body": {
  "size": 20, "_source": ["Image", "EventID", "@timestamp"], "sort": ["@timestamp"],
  "query": {"bool": {"filter": [
   {"query_string": {"query": "(EventID:\"11\" AND Image:\"C\\:\\\\WINDOWS\\\\scrcons.exe\")", "lenient": false,
    "analyze_wildcard": false, "default_operator": "OR", "allow_leading_wildcard": true}},
   {"range": {"@timestamp": {"gte": "{{ctx.trigger.scheduled_time}}||-7s", "lt": "{{ctx.trigger.scheduled_time}}||-2s"}}}
  ]}}}}}},
 "condition": {"compare": {"ctx.payload.hits.total": {"gt": 0}}},
 "actions": {"soc-mail": {"email": {"to": ["soc@example.org"], "subject": "[high] title: {{ctx.payload.hits.total}}", "priority": "high",
  "body": {"text": "window {{ctx.trigger.scheduled_time}} {{#ctx.payload.hits.hits}}{{#toJson}}_source{{/toJson}}{{/ctx.payload.hits.hits}}"}}},
  "ticket": {"webhook": {"url": "https://tickets.example.org/new?queue=soc", "method": "POST", "body": "{{#toJson}}ctx.payload{{/toJson}}",
   "auth": {"basic": {"username": "sigwatch", "password": "secret"}}}}},
 "metadata": {"sigwatch": {"schema": "v1", "owner": "soc", "watch": "soc-1", "rule": "1", "file": "rules/a.yml", "tool": "0.1.0",
   "rule_hash": "sha256:aa", "settings_hash": "sha256:bb", "watch_hash": "sha256:cc"},
  "sigma": {"title": "WMI", "level": "high", "tags": ["attack.t1084"]}}
}`

func BenchmarkWritten(b *testing.B) {
	body, err := watcher.ParseObject([]byte(exampleWatch))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := watcher.Written("w", body, watcher.WriteOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	body, err := watcher.ParseObject([]byte(exampleWatch))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		watcher.Hash(body)
	}
}

func BenchmarkParseJSON(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := watcher.ParseJSON([]byte(exampleWatch)); err != nil {
			b.Fatal(err)
		}
	}
}
