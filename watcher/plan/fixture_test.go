package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/watcher"
)

const owner = "soc"

// rule is a rule as the fixtures know it: enough to build a watch of it.
type rule struct {
	id, title, file, query, subject string
	active                          *bool
}

func newRule(n int) rule {
	return rule{
		id:    fmt.Sprintf("%08x-0000-4000-8000-000000000000", n),
		title: fmt.Sprintf("Rule %d", n),
		file:  fmt.Sprintf("rules/r%02d.yml", n),
		query: fmt.Sprintf(`(EventID:"%d" AND CommandLine:*mimikatz*)`, n), subject: "[high]",
	}
}

func (r rule) watch() string { return owner + "-" + r.id }

func (r rule) wanted(t testing.TB) watcher.Wanted { return r.wantedBy(t, owner) }

func (r rule) wantedBy(t testing.TB, who string) watcher.Wanted {
	t.Helper()
	w := watcher.Wanted{
		ID: who + "-" + r.id, Active: r.active,
		Rule:   watcher.RuleRef{ID: r.id, Title: r.title, File: r.file},
		Hashes: watcher.Hashes{Rule: "sha256:rule " + r.query, Settings: "sha256:settings " + r.subject},
	}
	w.Body = r.body(t)
	written, err := watcher.Written(w.ID, w.Body, watcher.WriteOptions{})
	if err != nil {
		t.Fatalf("the fixture's watch is none: %v", err)
	}
	w.Hashes.Watch = watcher.Hash(written)
	w.Body.Set("metadata", parse(t, fmt.Sprintf(`{"sigma": {"title": %s}, "sigwatch": {"schema": "v1", "owner": %s,
		"watch": %s, "rule": %s, "file": %s, "tool": "0.1.0", "rule_hash": %s, "settings_hash": %s, "watch_hash": %s}}`,
		quoted(r.title), quoted(who), quoted(w.ID), quoted(r.id), quoted(r.file),
		quoted(w.Hashes.Rule), quoted(w.Hashes.Settings), quoted(w.Hashes.Watch))))
	return w
}

func (r rule) body(t testing.TB) *watcher.Object {
	t.Helper()
	return parse(t, fmt.Sprintf(`{
		"trigger": {"schedule": {"cron": "2 0/5 * * * ?"}},
		"input": {"search": {"request": {"indices": ["logs-*"], "body": {"size": 20,
			"query": {"bool": {"filter": [{"query_string": {"query": %s, "lenient": false}}]}}}}}},
		"condition": {"compare": {"ctx.payload.hits.total": {"gt": 0}}},
		"actions": {
			"soc-mail": {"email": {"to": ["soc@example.org"], "subject": %s, "body": {"text": %s}}},
			"ticket": {"webhook": {"scheme": "https", "host": "tickets.example.org", "port": 443, "method": "post",
				"auth": {"basic": {"username": "sigwatch", "password": "open sesame"}}}}},
		"metadata": {"sigma": {"title": %s}}}`, quoted(r.query), quoted(r.subject),
		quoted("first line\nsecond line of "+r.title+"\nthird line\n"), quoted(r.title)))
}

// quoted is s as a JSON text.
func quoted(s string) string { return string(watcher.Encode(s)) }

func parse(t testing.TB, text string) *watcher.Object {
	t.Helper()
	o, err := watcher.ParseObject([]byte(text))
	if err != nil {
		t.Fatalf("parse fixture: %v", err)
	}
	return o
}

// deployed is what a server gives back for a watch that was put.
func deployed(t testing.TB, w watcher.Wanted, active bool) watcher.Live {
	t.Helper()
	written, err := watcher.Written(w.ID, w.Body, watcher.WriteOptions{})
	if err != nil {
		t.Fatalf("watch %s: %v", w.ID, err)
	}
	return watcher.Live{
		ID: w.ID, Active: active,
		Body: watcher.Redact(written, watcher.Version{Major: 7, Minor: 17, Patch: 6}),
	}
}

// world is a cluster for the tests: ids and what is there.
type world map[string]watcher.Live

// input is a complete listing of the world against the rules.
func (w world) input(t testing.TB, rules ...rule) Input {
	t.Helper()
	in := Input{Owner: owner, Complete: true, Limits: Limits{MaxDeletes: 10}}
	for _, r := range rules {
		in.Wanted = append(in.Wanted, r.wanted(t))
	}
	for _, l := range w {
		// As the listing does: ours, and others at a wanted id.
		if readMark(l.Body).owner == owner || l.Body == nil || isWanted(in, l.ID) {
			in.Live = append(in.Live, l)
		}
	}
	in.Total = len(w)
	return in
}

func isWanted(in Input, id string) bool {
	for _, w := range in.Wanted {
		if w.ID == id {
			return true
		}
	}
	return false
}

// apply does to the world what a server would do for the plan.
func (w world) apply(t testing.TB, p Plan) {
	t.Helper()
	if p.Guard != nil {
		return
	}
	for _, c := range p.Changes {
		switch c.Action {
		case Create, Update:
			w[c.Watch] = deployed(t, *c.Wanted, c.Active)
		case Activate, Deactivate:
			l := w[c.Watch]
			l.Active = c.Action == Activate
			w[c.Watch] = l
		case Delete:
			delete(w, c.Watch)
		default:
		}
	}
}

func newWorld(t testing.TB, rules ...rule) world {
	t.Helper()
	w := world{}
	for _, r := range rules {
		w[r.watch()] = deployed(t, r.wanted(t), true)
	}
	return w
}

// edit changes a watch by hand.
func (w world) edit(t testing.TB, id string, change func(body *watcher.Object)) {
	t.Helper()
	l, ok := w[id]
	if !ok {
		t.Fatalf("no watch %s", id)
	}
	l.Body = l.Body.Clone()
	change(l.Body)
	w[id] = l
}

func (w world) switchOff(id string) {
	l := w[id]
	l.Active = false
	w[id] = l
}

// sketch is a plan's changes as short texts: action, watch or file, cause, code.
func sketch(p Plan) []string {
	var out []string
	for _, c := range p.Changes {
		s := string(c.Action) + " " + strings.TrimSuffix(subject(&c), "-0000-4000-8000-000000000000")
		for _, more := range []string{string(c.Cause), c.Code} {
			if more != "" {
				s += " " + more
			}
		}
		out = append(out, s)
	}
	return out
}

func setMark(name, value string) func(*watcher.Object) {
	return func(body *watcher.Object) { member(member(body, "metadata"), "sigwatch").Set(name, value) }
}

func setSubject(subject string) func(*watcher.Object) {
	return func(body *watcher.Object) {
		member(member(member(body, "actions"), "soc-mail"), "email").Set("subject", subject)
	}
}
