// Package watchertest holds the scripts that every Watcher must pass, the
// emulated one and real ones alike: what a put, a get, a switch, a deletion
// and a listing do, and how wrong ones are refused. They keep the emulator
// honest. They run nothing and touch no watch but those that they make under
// an id prefix of their own; on a real server one thing stays behind, the types
// of the few metadata fields below "watchertest".
package watchertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/sigwatch/sigwatch/watcher"
)

// Server is where the scripts are run.
type Server struct {
	// URL is scheme, host and port.
	URL string
	// Client sends the requests; nil stands for http.DefaultClient.
	Client *http.Client
	// Header goes with every request, such as Authorization.
	Header http.Header
	// Prefix of Watcher's paths; empty stands for "/_watcher".
	Prefix string
}

// Run runs all scripts as subtests. The server must have a licence that
// includes Watcher, and no security or credentials in Header.
func Run(t *testing.T, s Server) {
	t.Helper()
	if s.Client == nil {
		s.Client = http.DefaultClient
	}
	if s.Prefix == "" {
		s.Prefix = "/_watcher"
	}
	for _, sc := range scripts() {
		t.Run(sc.name, func(t *testing.T) {
			r := newRun(t, s)
			if !r.version.AtLeast(sc.since.Major, sc.since.Minor) {
				t.Skipf("Elasticsearch %s does not have this yet", r.version)
			}
			sc.run(r)
		})
	}
}

// script is one script and the version from which it holds.
type script struct {
	name  string
	since watcher.Version
	run   func(*run)
}

// run is one script on its way.
type run struct {
	t       *testing.T
	server  Server
	version watcher.Version
	// id begins every id that the script makes.
	id   string
	made map[string]bool
}

func newRun(t *testing.T, s Server) *run {
	t.Helper()
	r := &run{t: t, server: s, id: "watchertest-" + uuid.NewString()[:8] + "-", made: map[string]bool{}}
	root := r.call(request{method: "GET", path: "/"})
	root.status(200)
	text, _ := at(root.body, "version.number").(string)
	v, err := watcher.ParseVersion(text)
	if err != nil {
		t.Fatalf("GET / names no version: %v\n%s", err, root.raw)
	}
	r.version = v
	t.Cleanup(r.clean)
	return r
}

// clean deletes what the script made, and no more.
func (r *run) clean() {
	for _, id := range slices.Sorted(maps.Keys(r.made)) {
		r.delete(id)
	}
}

// request is a request to the server.
type request struct {
	method, path string
	// body is sent as JSON; raw, where it is not nil, as it is.
	body any
	raw  []byte
	kind string // Content-Type; empty stands for application/json
}

// answer is what came back.
type answer struct {
	t      *testing.T
	what   string
	code   int
	header http.Header
	body   any
	raw    string
}

func (r *run) call(q request) answer {
	r.t.Helper()
	data := q.raw
	if q.body != nil {
		var err error
		if data, err = json.Marshal(q.body); err != nil {
			r.t.Fatal(err)
		}
	}
	// Clean-ups run when the test's own context has ended.
	req, err := http.NewRequest(q.method, r.server.URL+q.path, bytes.NewReader(data))
	if err != nil {
		r.t.Fatal(err)
	}
	maps.Copy(req.Header, r.server.Header)
	if len(data) > 0 || q.kind != "" {
		req.Header.Set("Content-Type", or(q.kind, "application/json"))
	}
	res, err := r.server.Client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		r.t.Fatal(err)
	}
	a := answer{t: r.t, what: q.method + " " + q.path, code: res.StatusCode, header: res.Header, raw: string(text)}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &a.body); err != nil {
			r.t.Fatalf("%s: the answer is no JSON: %v\n%s", a.what, err, text)
		}
	}
	return a
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// watchPath is the path of a watch, its id escaped as one part.
func (r *run) watchPath(id string) string {
	return r.server.Prefix + "/watch/" + url.PathEscape(id)
}

// put puts a watch; the id is remembered for the clean-up.
func (r *run) put(id string, body any, params ...string) answer {
	r.t.Helper()
	r.made[id] = true
	return r.call(request{method: "PUT", path: r.watchPath(id) + query(params), body: body})
}

func query(params []string) string {
	if len(params) == 0 {
		return ""
	}
	return "?" + strings.Join(params, "&")
}

func (r *run) get(id string) answer {
	r.t.Helper()
	return r.call(request{method: "GET", path: r.watchPath(id)})
}

func (r *run) delete(id string) answer {
	r.t.Helper()
	return r.call(request{method: "DELETE", path: r.watchPath(id)})
}

func (r *run) do(id, what string) answer {
	r.t.Helper()
	return r.call(request{method: "PUT", path: r.watchPath(id) + "/" + what})
}

func (r *run) list(body any) answer {
	r.t.Helper()
	return r.call(request{method: "POST", path: "/_watcher/_query/watches", body: body})
}

// obj is a JSON object in a script.
type obj = map[string]any

// watch is a watch that no server ever runs by itself.
func watch(more obj) obj {
	w := obj{
		"trigger": obj{"schedule": obj{"cron": "0 0 0 1 1 ? 2099"}},
		"actions": obj{"a": obj{"logging": obj{"text": "watchertest"}}},
	}
	maps.Copy(w, more)
	return w
}
