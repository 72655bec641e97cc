package emulator

import (
	"slices"
	"strings"
)

// prepare reads a request's parameters and body and gives what carries it out.
// Between the two the server refuses unknown parameters and unwanted bodies.
type prepare func(e *Emulator, r *request) (action, error)

type action func() (answer, error)

// route is one path of the API with a method.
type route struct {
	method string
	// parts of the path; {name} stands for any.
	parts []string
	// replacement is given where the route is deprecated.
	replacement string
	prepare     prepare
}

func (rt route) path() string { return "/" + strings.Join(rt.parts, "/") }

// warning is the text of the Warning header of a deprecated route.
func (rt route) warning() string {
	if rt.replacement == "" {
		return ""
	}
	return "[" + rt.method + " " + rt.path() + "] is deprecated! Use [" + rt.replacement + "] instead."
}

// call is a route of Watcher without its prefix.
type call struct {
	methods []string
	path    string
	prepare prepare
}

func watcherCalls() []call {
	write := []string{"PUT", "POST"}
	return []call{
		{write, "watch/{id}", (*Emulator).putWatch},
		{[]string{"GET"}, "watch/{id}", (*Emulator).getWatch},
		{[]string{"DELETE"}, "watch/{id}", (*Emulator).deleteWatch},
		{write, "watch/{id}/_ack", (*Emulator).ackWatch},
		{write, "watch/{id}/_ack/{actions}", (*Emulator).ackWatch},
		{write, "watch/{id}/_activate", activate(true)},
		{write, "watch/{id}/_deactivate", activate(false)},
		{write, "watch/{id}/_execute", (*Emulator).executeWatch},
		{write, "watch/_execute", (*Emulator).executeWatch},
		{[]string{"GET"}, "stats", (*Emulator).stats},
		{[]string{"GET"}, "stats/{metric}", (*Emulator).stats},
		{[]string{"POST"}, "_start", manualStop(false)},
		{[]string{"POST"}, "_stop", manualStop(true)},
	}
}

// routeTable is the API of the emulated version.
func (e *Emulator) routeTable() []route {
	var t []route
	add := func(method, path string, p prepare) {
		t = append(t, route{method: method, parts: strings.Split(path, "/"), prepare: p})
	}
	for _, c := range watcherCalls() {
		for _, method := range c.methods {
			t = append(t, e.watcherRoutes(method, c)...)
		}
	}
	if e.version.AtLeast(7, 11) {
		add("GET", "_watcher/_query/watches", (*Emulator).queryWatches)
		add("POST", "_watcher/_query/watches", (*Emulator).queryWatches)
	}
	t = append(t, e.licenseRoutes()...)
	for _, method := range []string{"GET", "HEAD"} {
		t = append(t, route{method: method, prepare: (*Emulator).info})
	}
	add("GET", "_xpack", (*Emulator).xpack)
	add("GET", "_cluster/health", (*Emulator).health)
	add("GET", "_cat/indices", (*Emulator).catIndices)
	t = append(t, e.indexRoutes()...)
	return append(t, e.anyIndexRoutes()...)
}

// watcherRoutes gives the paths of one call by version (watcher-api.md 1).
func (e *Emulator) watcherRoutes(method string, c call) []route {
	plain := route{method: method, parts: strings.Split("_watcher/"+c.path, "/"), prepare: c.prepare}
	xpack := route{method: method, parts: strings.Split("_xpack/watcher/"+c.path, "/"), prepare: c.prepare}
	switch {
	case e.version.AtLeast(9, 0):
		return []route{plain}
	case e.version.AtLeast(8, 0):
		xpack.prepare = compatible(c.prepare)
		return []route{plain, xpack}
	case e.version.AtLeast(7, 0):
		xpack.replacement = method + " " + plain.path()
		return []route{plain, xpack}
	case e.version.AtLeast(6, 6):
		return []route{xpack, plain}
	}
	if strings.HasPrefix(c.path, "_st") {
		plain.method = "PUT"
	}
	plain.replacement = method + " " + xpack.path()
	return []route{xpack, plain}
}

// licenseRoutes: 6.x has its licence under _xpack, later versions beside it.
func (e *Emulator) licenseRoutes() []route {
	var t []route
	for path, p := range map[string]prepare{"": (*Emulator).licenseInfo, "/trial_status": (*Emulator).trialStatus, "/basic_status": (*Emulator).basicStatus} {
		now := route{method: "GET", parts: strings.Split("_license"+path, "/"), prepare: p}
		old := route{method: "GET", parts: strings.Split("_xpack/license"+path, "/"), prepare: p}
		switch {
		case e.version.AtLeast(8, 0):
			t = append(t, now)
			continue
		case e.version.AtLeast(7, 0):
			old.replacement = "GET " + now.path()
		default:
			now.replacement = "GET " + old.path()
		}
		t = append(t, now, old)
	}
	return t
}

// find gives the routes of the path that fits best: at the first part where
// two paths differ, a literal beats a name.
func (e *Emulator) find(parts []string) []route {
	var best []route
	for _, rt := range e.routes {
		if !rt.fits(parts) {
			continue
		}
		switch {
		case len(best) == 0 || slices.Equal(best[0].parts, rt.parts):
			best = append(best, rt)
		case rt.closer(best[0]):
			best = []route{rt}
		}
	}
	return best
}

func (rt route) fits(parts []string) bool {
	if len(rt.parts) != len(parts) {
		return false
	}
	for i, p := range rt.parts {
		if !isName(p) && p != parts[i] {
			return false
		}
	}
	return true
}

func (rt route) closer(other route) bool {
	for i, p := range rt.parts {
		if isName(p) != isName(other.parts[i]) {
			return isName(other.parts[i])
		}
	}
	return false
}

func isName(part string) bool { return strings.HasPrefix(part, "{") }

// names gives the values of the named parts.
func (rt route) names(parts []string) map[string]string {
	out := map[string]string{}
	for i, p := range rt.parts {
		if isName(p) {
			out[strings.Trim(p, "{}")] = parts[i]
		}
	}
	return out
}
