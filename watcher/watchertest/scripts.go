package watchertest

import (
	"fmt"
	"slices"

	"github.com/sigwatch/sigwatch/watcher"
)

func scripts() []script {
	always, seqNo, listing := watcher.Version{}, watcher.Version{Major: 6, Minor: 7}, watcher.Version{Major: 7, Minor: 11}
	return []script{
		{"put and get", always, putAndGet},
		{"written form", always, writtenForm},
		{"put again", always, putAgain},
		{"put replaces", always, putReplaces},
		{"unchanged is untouched", always, unchanged},
		{"activate and deactivate", always, switches},
		{"put switches on", always, putSwitches},
		{"delete", always, deletes},
		{"ack", always, acks},
		{"secrets are hidden", always, secrets},
		{"ids", always, oddIDs},
		{"metadata types", always, metadataTypes},
		{"sequence numbers", seqNo, sequenceNumbers},
		{"conditional put", seqNo, conditionalPut},
		{"list", listing, lists},
		{"list pages", listing, listPages},
		{"list of nothing", listing, listNothing},
		{"list refusals", listing, listRefusals},
		{"bad watches", always, badWatches},
		{"bad requests", always, badRequests},
		{"stats", always, stats},
	}
}

func putAndGet(r *run) {
	id := r.id + "a"
	r.get(id).status(404).has("found", false).has("_id", id)
	r.put(id, watch(nil)).status(201).has("_id", id).has("created", true).has("_version", 1)
	r.get(id).status(200).has("found", true).has("_id", id).has("_version", 1).
		has("status.state.active", true).has("status.version", 1).
		has("status.actions.a.ack.state", "awaits_successful_execution").lacks("status.last_checked").
		has("watch.trigger", obj{"schedule": obj{"cron": "0 0 0 1 1 ? 2099"}})
}

func writtenForm(r *run) {
	id := r.id + "a"
	r.put(id, watch(obj{
		"throttle_period": "15m",
		"input":           obj{"search": obj{"request": obj{"indices": "one, two", "body": obj{"query": obj{"match_all": obj{}}}}}},
		"condition":       obj{"compare": obj{"ctx.payload.hits.total": obj{"GT": 0}}},
		"metadata":        obj{"watchertest": obj{"text": "x"}},
	})).status(201)
	r.get(id).status(200).
		has("watch.throttle_period_in_millis", 900000).lacks("watch.throttle_period").
		has("watch.input.search.request.indices", []string{"one", "two"}).
		has("watch.input.search.request.search_type", "query_then_fetch").
		has("watch.condition", obj{"compare": obj{"ctx.payload.hits.total": obj{"gt": 0}}}).
		has("watch.actions.a.logging", obj{"level": "info", "text": "watchertest"}).
		has("watch.metadata", obj{"watchertest": obj{"text": "x"}})
	// What was got can be put, and comes back the same.
	got := r.get(id)
	r.put(id, at(got.body, "watch")).status(200)
	r.get(id).status(200).has("watch", at(got.body, "watch"))
}

func putAgain(r *run) {
	id := r.id + "a"
	first := r.put(id, watch(nil)).status(201).number("_version")
	r.put(id, watch(nil)).status(200).has("created", false).has("_version", first+1)
	r.call(request{method: "POST", path: r.watchPath(id), body: watch(nil)}).status(200).has("_version", first+2)
}

func putReplaces(r *run) {
	id := r.id + "a"
	r.put(id, watch(obj{"metadata": obj{"watchertest": obj{"text": "x"}}, "throttle_period": "1m"})).status(201)
	r.put(id, obj{"trigger": obj{"schedule": obj{"interval": "24h"}}}).status(200)
	r.get(id).status(200).has("watch", obj{
		"trigger": obj{"schedule": obj{"interval": "24h"}}, "input": obj{"none": obj{}},
		"condition": obj{"always": obj{}}, "actions": obj{},
	}).has("status.actions", obj{})
}

func unchanged(r *run) {
	id := r.id + "a"
	r.put(id, watch(nil)).status(201)
	first := r.get(id).status(200)
	if r.version.AtLeast(7, 11) {
		r.list(obj{"query": obj{"ids": obj{"values": []string{id}}}}).status(200).has("count", 1)
	}
	r.get(id).status(200).has("_version", at(first.body, "_version")).has("watch", at(first.body, "watch")).
		has("status", at(first.body, "status"))
}

func switches(r *run) {
	id := r.id + "a"
	version := r.put(id, watch(nil)).status(201).number("_version")
	r.do(id, "_deactivate").status(200).has("status.state.active", false).has("status.version", version+1)
	r.get(id).status(200).has("status.state.active", false).has("_version", version+1)
	// A switch that changes nothing writes all the same.
	r.do(id, "_deactivate").status(200).has("status.state.active", false).has("status.version", version+2)
	r.do(id, "_activate").status(200).has("status.state.active", true).has("status.version", version+3)
	r.get(id).status(200).has("status.state.active", true).has("watch.actions.a.logging.text", "watchertest")
	r.do(r.id+"none", "_activate").refused(404, "document_missing_exception", "document missing")
	r.do(r.id+"none", "_deactivate").refused(404, "document_missing_exception", "document missing")
}

func putSwitches(r *run) {
	id := r.id + "a"
	r.put(id, watch(nil), "active=false").status(201)
	r.get(id).status(200).has("status.state.active", false)
	r.put(id, watch(nil)).status(200)
	r.get(id).status(200).has("status.state.active", true)
}

func deletes(r *run) {
	id := r.id + "a"
	version := r.put(id, watch(nil)).status(201).number("_version")
	r.delete(id).status(200).has("found", true).has("_id", id).has("_version", version+1)
	r.get(id).status(404).has("found", false)
	r.delete(id).status(404).has("found", false).has("_version", version+2)
	r.put(id, watch(nil)).status(201).has("created", true).has("_version", version+3)
	if r.version.AtLeast(7, 11) {
		r.delete(id).status(200)
		r.list(obj{"query": obj{"ids": obj{"values": []string{id}}}}).status(200).has("count", 0)
	}
}

func acks(r *run) {
	id := r.id + "a"
	version := r.put(id, watch(nil)).status(201).number("_version")
	// Nothing ran, so nothing can be acked, and nothing is written.
	r.do(id, "_ack").status(200).has("status.actions.a.ack.state", "awaits_successful_execution")
	r.do(id, "_ack/a").status(200)
	r.do(id, "_ack/nosuch").status(200)
	r.get(id).status(200).has("_version", version)
	r.do(r.id+"none", "_ack").refused(404, "resource_not_found_exception", "does not exist")
	r.do(id, "_ack/a%20b").refused(400, "action_request_validation_exception", "action id [a b] contains whitespace")
}

func secrets(r *run) {
	id := r.id + "a"
	webhook := func(password string) obj {
		return obj{"w": obj{"webhook": obj{
			"host": "127.0.0.1", "port": 9, "auth": obj{"basic": obj{"username": "u", "password": password}},
		}}}
	}
	r.put(id, watch(obj{"actions": webhook("watchertest-secret")})).status(201)
	r.get(id).status(200).has("watch.actions.w.webhook.auth.basic", obj{"username": "u", "password": "::es_redacted::"})
	r.put(id, watch(obj{"actions": webhook("::es_redacted::")})).
		refused(400, "parse_exception", "could not parse [webhook] action ["+id+"/w]")
	r.get(id).status(200).has("_version", 1)
}

func oddIDs(r *run) {
	for _, tail := range []string{"UPPER", "a.b", "a/b", "a b", "a+b", "ü", "漢", "a#b", "a?b", "a%b", "a&b=c", "a*", `a"b`, "a\\b", "a<b>"} {
		id := r.id + tail
		if tail == "a b" {
			r.put(id, watch(nil)).refused(400, "action_request_validation_exception", "watch id contains whitespace")
			delete(r.made, id)
			continue
		}
		r.put(id, watch(nil)).status(201).has("_id", id)
		r.get(id).status(200).has("_id", id)
		r.delete(id).status(200).has("_id", id).has("found", true)
	}
}

func metadataTypes(r *run) {
	number, text := r.id+"number", r.id+"text"
	meta := func(v any) obj { return watch(obj{"metadata": obj{"watchertest": obj{"number": v}}}) }
	kind := "mapper_parsing_exception"
	if r.version.AtLeast(8, 9) { // by elastic/elasticsearch's DocumentParsingException
		kind = "document_parsing_exception"
	}
	r.put(number, meta(1)).status(201)
	r.put(text, meta("many")).refused(400, kind, "failed to parse field [metadata.watchertest.number] of type [long]")
	r.get(text).status(404)
	r.put(number, meta("many")).refused(400, kind, "failed to parse field")
	r.get(number).status(200).has("_version", 1).has("watch.metadata.watchertest.number", 1)
	r.put(text, meta("3")).status(201)
	r.get(text).status(200).has("watch.metadata.watchertest.number", "3")
}

func sequenceNumbers(r *run) {
	id := r.id + "a"
	first := r.put(id, watch(nil)).status(201).has("_primary_term", 1).number("_seq_no")
	second := r.put(id, watch(nil)).status(200).number("_seq_no")
	if second <= first {
		r.t.Errorf("the second put has _seq_no %d, the first %d", second, first)
	}
	r.get(id).status(200).has("_seq_no", second).has("_primary_term", 1)
}

func conditionalPut(r *run) {
	id := r.id + "a"
	r.put(id, watch(nil), "if_seq_no=0", "if_primary_term=1").refused(404, "document_missing_exception", "document missing")
	put := r.put(id, watch(obj{"metadata": obj{"watchertest": obj{"text": "old", "kept": "x"}}})).status(201)
	params := []string{fmt.Sprintf("if_seq_no=%d", put.number("_seq_no")), fmt.Sprintf("if_primary_term=%d", put.number("_primary_term"))}
	body := watch(obj{"actions": obj{"b": obj{"logging": obj{"text": "b"}}}, "metadata": obj{"watchertest": obj{"text": "new"}}})
	r.put(id, body, params...).status(200).has("created", false)
	r.get(id).status(200).has("watch.metadata", obj{"watchertest": obj{"text": "new", "kept": "x"}}).
		has("watch.actions.a.logging.text", "watchertest").has("watch.actions.b.logging.text", "b")
	r.put(id, body, params...).refused(409, "version_conflict_engine_exception", "version conflict")
	r.put(id, body, params[0]).refused(400, "action_request_validation_exception", "ifSeqNo is set, but primary term is [0]")
	r.put(id, body, params[1]).refused(400, "action_request_validation_exception", "ifSeqNo is unassigned, but primary term is [1]")
	if r.version.AtLeast(7, 0) {
		r.put(id, body, "version=1").refused(500, "unsupported_operation_exception", "update requests do not support versioning")
	}
}

// labelled puts watches that a listing can find by their run.
func (r *run) labelled(n int) []string {
	var ids []string
	for i := range n {
		id := fmt.Sprintf("%s%02d", r.id, i)
		group := []string{"even", "odd"}[i%2]
		r.put(id, watch(obj{"metadata": obj{"watchertest": obj{"run": r.id, "watch": id, "group": group, "number": i}}})).status(201)
		ids = append(ids, id)
	}
	return ids
}

// byWatch sorts by the field that repeats the id.
func byWatch() []any {
	return []any{obj{"metadata.watchertest.watch.keyword": obj{"order": "asc", "unmapped_type": "keyword"}}}
}

func (r *run) find(more ...any) obj {
	filter := append([]any{obj{"term": obj{"metadata.watchertest.run.keyword": r.id}}}, more...)
	return obj{"query": obj{"bool": obj{"filter": filter}}, "sort": byWatch(), "size": 100}
}

func lists(r *run) {
	ids := r.labelled(5)
	r.list(r.find()).status(200).has("count", 5).
		has("watches.0._id", ids[0]).has("watches.0.watch.metadata.watchertest.number", 0).
		has("watches.0.status.state.active", true).has("watches.0.status.version", -1).
		has("watches.0._primary_term", 1).lacks("watches.0._version")
	for name, c := range map[string]struct {
		query any
		want  []string
	}{
		"term":     {obj{"term": obj{"metadata.watchertest.group.keyword": "odd"}}, []string{ids[1], ids[3]}},
		"terms":    {obj{"terms": obj{"metadata.watchertest.number": []int{0, 4}}}, []string{ids[0], ids[4]}},
		"ids":      {obj{"ids": obj{"values": []string{ids[2], "nosuch"}}}, []string{ids[2]}},
		"id terms": {obj{"terms": obj{"_id": []string{ids[2], ids[3]}}}, []string{ids[2], ids[3]}},
		"prefix":   {obj{"prefix": obj{"metadata.watchertest.watch.keyword": r.id + "0"}}, ids},
		"wildcard": {obj{"wildcard": obj{"metadata.watchertest.watch.keyword": "*-03"}}, []string{ids[3]}},
		"range":    {obj{"range": obj{"metadata.watchertest.number": obj{"gt": 2}}}, []string{ids[3], ids[4]}},
		"exists":   {obj{"exists": obj{"field": "metadata.watchertest.group"}}, ids},
		"none":     {obj{"exists": obj{"field": "metadata.watchertest.nosuch"}}, []string{}},
		"status":   {obj{"term": obj{"status.state.active": true}}, []string{}},
		"not":      {obj{"bool": obj{"must_not": []any{obj{"term": obj{"metadata.watchertest.group.keyword": "odd"}}}}}, []string{ids[0], ids[2], ids[4]}},
	} {
		a := r.list(r.find(c.query)).status(200).has("count", len(c.want))
		if got := a.ids(); !slices.Equal(got, c.want) {
			r.t.Errorf("%s: found %v, want %v", name, got, c.want)
		}
	}
}

func listPages(r *run) {
	ids := r.labelled(7)
	var got []string
	body := r.find()
	body["size"] = 3
	for range 4 {
		page := r.list(body).status(200).has("count", 7).ids()
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
		body["search_after"] = []any{page[len(page)-1]}
	}
	if !slices.Equal(got, ids) {
		r.t.Errorf("search_after: %v, want %v", got, ids)
	}
	body = r.find()
	body["from"], body["size"] = 5, 3
	if got := r.list(body).status(200).has("count", 7).ids(); !slices.Equal(got, ids[5:]) {
		r.t.Errorf("from 5: %v, want %v", got, ids[5:])
	}
	body["from"], body["size"] = 0, 0
	r.list(body).status(200).has("count", 7).has("watches", []any{})
}

func listNothing(r *run) {
	r.list(r.find()).status(200).has("count", 0).has("watches", []any{})
}

func listRefusals(r *run) {
	r.put(r.id+"a", watch(nil)).status(201)
	r.list(obj{"from": 9999, "size": 2}).refused(400, "search_phase_execution_exception", "all shards failed")
	r.list(obj{"size": -1}).refused(400, "illegal_argument_exception", "[size] parameter cannot be negative, found [-1]")
	r.list(obj{"from": -1}).refused(400, "illegal_argument_exception", "[from] parameter cannot be negative")
	r.list(obj{"query": obj{"nosuch": obj{}}}).refused(400, "x_content_parse_exception", "failed to parse field [query]")
	r.list(obj{"sort": []any{obj{"metadata.watchertest.nosuch": obj{"order": "asc"}}}}).
		refused(400, "search_phase_execution_exception", "all shards failed")
	r.list(obj{"sort": []any{"_id"}}).refused(400, "x_content_parse_exception", "failed to parse field [sort]")
	r.call(request{method: "GET", path: "/_watcher/_query/watches?size=1"}).
		refused(400, "illegal_argument_exception", "contains unrecognized parameter: [size]")
}
