package watchertest

import "strings"

func badWatches(r *run) {
	id := r.id + "bad"
	for name, c := range map[string]struct {
		body   any
		reason string
	}{
		"unknown field":     {watch(obj{"foo": 1}), "could not parse watch [" + id + "]. unexpected field [foo]"},
		"no trigger":        {obj{"actions": obj{}}, "could not parse watch [" + id + "]. missing required field [trigger]"},
		"unknown schedule":  {obj{"trigger": obj{"schedule": obj{"foo": 1}}}, "unknown schedule type [foo]"},
		"empty schedule":    {obj{"trigger": obj{"schedule": obj{}}}, "expected a schedule type field, but no fields were found"},
		"short interval":    {obj{"trigger": obj{"schedule": obj{"interval": 0}}}, "interval can't be lower than 1000 ms"},
		"bad cron":          {obj{"trigger": obj{"schedule": obj{"cron": "nonsense"}}}, "could not parse [cron] schedule"},
		"unknown input":     {watch(obj{"input": obj{"foo": obj{}}}), "unknown input type [foo]"},
		"unknown condition": {watch(obj{"condition": obj{"foo": obj{}}}), "unknown condition type [foo]"},
		"unknown action":    {watch(obj{"actions": obj{"a": obj{"foo": obj{}}}}), "unknown action type [foo]"},
		"no action type":    {watch(obj{"actions": obj{"a": obj{}}}), "missing action type"},
	} {
		a := r.call(request{method: "PUT", path: r.watchPath(id), body: c.body})
		if a.code != 400 {
			r.t.Errorf("%s: status %d, want 400\n%s", name, a.code, a.raw)
			continue
		}
		a.refused(400, "parse_exception", c.reason)
	}
	r.get(id).status(404)
}

func badRequests(r *run) {
	id := r.id + "bad"
	path := r.watchPath(id)
	r.call(request{method: "PUT", path: path + "?foo=1", body: watch(nil)}).
		refused(400, "illegal_argument_exception", "contains unrecognized parameter: [foo]")
	r.call(request{method: "PUT", path: path + "?active=maybe", body: watch(nil)}).
		refused(400, "illegal_argument_exception", "Failed to parse value [maybe] as only [true] or [false] are allowed.")
	r.call(request{method: "PUT", path: path, raw: []byte("{}"), kind: "text/plain"}).status(406).
		has("error", "Content-Type header [text/plain] is not supported").has("status", 406)
	r.call(request{method: "DELETE", path: path, body: obj{"a": 1}}).
		refused(400, "illegal_argument_exception", "does not support having a body")
	malformed := r.call(request{method: "PUT", path: path, raw: []byte(`{"trigger":`)})
	if malformed.code != 400 && malformed.code != 500 {
		r.t.Errorf("malformed JSON: status %d, want 400 or 500", malformed.code)
	}
	wrong := r.call(request{method: "PATCH", path: path}).status(405)
	for _, method := range []string{"GET", "PUT", "POST", "DELETE"} {
		if !strings.Contains(wrong.header.Get("Allow"), method) {
			r.t.Errorf("Allow is %q, want %s in it", wrong.header.Get("Allow"), method)
		}
	}
	r.call(request{method: "GET", path: path + "/_nosuch/at/all"}).status(400)
	if r.version.AtLeast(6, 4) {
		r.call(request{method: "PUT", path: path}).
			refused(400, "action_request_validation_exception", "request body is missing")
	}
	r.get(id).status(404)
}

func stats(r *run) {
	r.put(r.id+"a", watch(nil)).status(201)
	a := r.call(request{method: "GET", path: r.server.Prefix + "/stats"}).status(200)
	for _, path := range []string{"cluster_name", "_nodes.total", "stats.0.node_id", "stats.0.watcher_state"} {
		if at(a.body, path) == nil {
			r.t.Errorf("%s: nothing at %s\n%s", a.what, path, a.raw)
		}
	}
	warned := a.header.Get("Warning") != ""
	if want := r.server.Prefix == "/_xpack/watcher" && r.version.Major == 7; warned != want {
		r.t.Errorf("%s: warned %v, want %v", a.what, warned, want)
	}
	if product := a.header.Get("X-Elastic-Product"); (product == "Elasticsearch") != r.version.AtLeast(7, 14) {
		r.t.Errorf("%s: X-Elastic-Product is %q", a.what, product)
	}
}
