package elastic_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/elastic"
)

// server is a small Watcher over real HTTP, with the semantics that the client
// and the reconciler rely on, and with faults.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	docs    map[string]*doc
	log     []string
	calls   map[string]int
	version string
	// noQuery leaves out the listing call, as before 7.11.
	noQuery bool
	// noSearch forbids searching the index itself.
	noSearch bool
	// fault may answer in the server's place (true), or act before it; n
	// counts the requests of that method and path.
	fault func(w http.ResponseWriter, r *http.Request, n int) bool
	// cut drops the connection after the request took effect.
	cut func(r *http.Request, n int) bool
}

type doc struct {
	id     string
	body   *watcher.Object
	active bool
	acked  bool
	// broken is the error with which every reading of it fails, or empty.
	broken string
}

func newServer(t testing.TB) *server {
	t.Helper()
	s := &server{docs: map[string]*doc{}, calls: map[string]int{}, version: "7.17.6"}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	key := r.Method + " " + r.URL.EscapedPath()
	s.calls[key]++
	s.log = append(s.log, key)
	n, fault, cut := s.calls[key], s.fault, s.cut
	s.mu.Unlock()
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.Header().Set("Content-Type", "application/json")
	if fault != nil && fault(w, r, n) {
		return
	}
	status, answer := s.answer(r)
	if cut != nil && cut(r, n) {
		drop(w)
		return
	}
	w.WriteHeader(status)
	_, _ = w.Write(watcher.Encode(answer))
}

func drop(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

func (s *server) answer(r *http.Request) (int, any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return failure(500, "test", err.Error())
	}
	path := r.URL.EscapedPath()
	switch {
	case path == "/":
		return 200, object(`{"cluster_name":"test","tagline":"You Know, for Search","version":{"number":"` + s.version + `","lucene_version":"8"}}`)
	case path == "/_license":
		return 200, object(`{"license":{"status":"active","type":"trial"}}`)
	case path == "/_watcher/stats" || path == "/_xpack/watcher/stats":
		return 200, object(`{"stats":[{"watcher_state":"started"}]}`)
	case path == "/_watcher/_query/watches" && !s.noQuery:
		return s.query(body)
	case path == "/.watches/_search":
		return s.search(body)
	}
	for _, prefix := range []string{"/_watcher/watch/", "/_xpack/watcher/watch/"} {
		if rest, ok := strings.CutPrefix(path, prefix); ok {
			return s.watch(r, rest, body)
		}
	}
	return 400, object(`{"error":"no handler found for uri [` + path + `] and method [` + r.Method + `]"}`)
}

func (s *server) watch(r *http.Request, rest string, body []byte) (int, any) {
	rest, verb, _ := strings.Cut(rest, "/")
	id, err := url.PathUnescape(rest)
	if err != nil {
		return failure(405, "test", "bad escape")
	}
	d := s.docs[id]
	switch {
	case r.Method == http.MethodGet:
		return s.get(id, d)
	case verb == "_activate" || verb == "_deactivate":
		if d == nil {
			return failure(404, "document_missing_exception", "[_doc]["+id+"]: document missing")
		}
		d.active = verb == "_activate"
		return 200, &watcher.Object{Members: []watcher.Member{{Name: "status", Value: status(d)}}}
	case r.Method == http.MethodDelete:
		delete(s.docs, id)
		return found(d != nil), object(fmt.Sprintf(`{"_id":%q,"_version":2,"found":%v}`, id, d != nil))
	default:
		return s.put(r, id, body)
	}
}

func found(yes bool) int {
	if yes {
		return 200
	}
	return 404
}

func (s *server) get(id string, d *doc) (int, any) {
	switch {
	case d == nil:
		return 404, object(fmt.Sprintf(`{"found":false,"_id":%q}`, id))
	case d.broken != "":
		return brokenAnswer(d)
	default:
		o := entry(d)
		o.Set("found", true)
		return 200, o
	}
}

// brokenAnswer is a 404 where the stored script is gone, else a 400.
func brokenAnswer(d *doc) (int, any) {
	if strings.HasPrefix(d.broken, "unable to find script") {
		return failure(404, "resource_not_found_exception", d.broken)
	}
	return failure(400, "parse_exception", d.broken)
}

func (s *server) put(r *http.Request, id string, body []byte) (int, any) {
	tree, err := watcher.ParseObject(body, watcher.ParseOptions{Server: true})
	if err != nil {
		return failure(500, "i_o_exception", "could not parse watch ["+id+"]")
	}
	written, err := watcher.Written(id, tree, watcher.WriteOptions{})
	if err != nil {
		return failure(400, "parse_exception", err.Error())
	}
	created := s.docs[id] == nil
	s.docs[id] = &doc{id: id, body: written, active: r.URL.Query().Get("active") != "false"}
	code := 200
	if created {
		code = 201
	}
	return code, object(fmt.Sprintf(`{"_id":%q,"_version":1,"created":%v}`, id, created))
}

func entry(d *doc) *watcher.Object {
	return &watcher.Object{Members: []watcher.Member{
		{Name: "_id", Value: d.id},
		{Name: "status", Value: status(d)},
		{Name: "watch", Value: watcher.Redact(d.body, watcher.Version{Major: 7, Minor: 17})},
	}}
}

func status(d *doc) *watcher.Object {
	return object(fmt.Sprintf(`{"state":{"active":%v}}`, d.active))
}

func failure(status int, kind, reason string) (int, any) {
	return status, object(fmt.Sprintf(`{"error":{"root_cause":[{"type":%q,"reason":%q}],"type":%q,"reason":%q},"status":%d}`,
		kind, reason, kind, reason, status))
}

func object(text string) *watcher.Object {
	o, err := watcher.ParseObject([]byte(text))
	if err != nil {
		panic(err)
	}
	return o
}

// listing is the part of a listing request that the client may send.
type listing struct {
	Size  int              `json:"size"`
	Query map[string]any   `json:"query"`
	Sort  []map[string]any `json:"sort"`
	After []any            `json:"search_after"`
}

func (s *server) query(body []byte) (int, any) {
	count, docs, fail := s.find(body)
	if fail != nil {
		return failure(400, "search_phase_execution_exception", fail.Error())
	}
	list := []any{}
	for _, d := range docs {
		if d.broken != "" {
			return brokenAnswer(d)
		}
		list = append(list, entry(d))
	}
	return 200, &watcher.Object{Members: []watcher.Member{
		{Name: "count", Value: json.Number(fmt.Sprint(count))}, {Name: "watches", Value: list},
	}}
}

func (s *server) search(body []byte) (int, any) {
	if s.noSearch {
		return failure(403, "security_exception", "action [indices:data/read/search] is unauthorized for user [u]")
	}
	count, docs, fail := s.find(body)
	if fail != nil {
		return failure(400, "search_phase_execution_exception", fail.Error())
	}
	hits := []any{}
	for _, d := range docs {
		source := d.body.Clone()
		source.Set("status", status(d))
		hits = append(hits, &watcher.Object{Members: []watcher.Member{{Name: "_id", Value: d.id}, {Name: "_source", Value: source}}})
	}
	return 200, &watcher.Object{Members: []watcher.Member{{Name: "hits", Value: &watcher.Object{Members: []watcher.Member{
		{Name: "total", Value: object(fmt.Sprintf(`{"value":%d,"relation":"eq"}`, count))}, {Name: "hits", Value: hits},
	}}}}}
}

// find runs the query; only _id and metadata are indexed.
func (s *server) find(body []byte) (int, []*doc, error) {
	var l listing
	if err := json.Unmarshal(body, &l); err != nil {
		return 0, nil, err
	}
	if l.Size > 10000 {
		return 0, nil, fmt.Errorf("result window is too large")
	}
	var hits []*doc
	for _, d := range s.docs {
		yes, err := matches(l.Query, d)
		if err != nil {
			return 0, nil, err
		}
		if yes {
			hits = append(hits, d)
		}
	}
	slices.SortFunc(hits, func(a, b *doc) int { return cmp.Or(cmp.Compare(key(a), key(b)), -cmp.Compare(a.id, b.id)) })
	count := len(hits)
	if len(l.After) == 1 {
		after, _ := l.After[0].(string)
		hits = slices.DeleteFunc(hits, func(d *doc) bool { return key(d) <= after })
	}
	return count, hits[:min(l.Size, len(hits))], nil
}

// key is the sort key; watches without one come last.
func key(d *doc) string {
	if k := meta(d, "watch"); k != "" {
		return k
	}
	return "\xff"
}

func meta(d *doc, name string) string {
	v, _ := d.body.Get("metadata")
	m, _ := v.(*watcher.Object)
	if m == nil {
		return ""
	}
	v, _ = m.Get("sigwatch")
	sig, _ := v.(*watcher.Object)
	if sig == nil {
		return ""
	}
	v, _ = sig.Get(name)
	text, _ := v.(string)
	return text
}

func matches(query map[string]any, d *doc) (bool, error) {
	for kind, detail := range query {
		m, _ := detail.(map[string]any)
		switch kind {
		case "match_all":
			return true, nil
		case "term":
			return m["metadata.sigwatch.owner.keyword"] == meta(d, "owner"), nil
		case "ids":
			values, _ := m["values"].([]any)
			return slices.Contains(values, any(d.id)), nil
		case "bool":
			return matchesBool(m, d)
		default:
			return false, fmt.Errorf("unknown query [%s]", kind)
		}
	}
	return false, fmt.Errorf("query malformed, empty clause found")
}

func matchesBool(m map[string]any, d *doc) (bool, error) {
	for occur, want := range map[string]bool{"filter": true, "must_not": false} {
		clauses, _ := m[occur].([]any)
		for _, c := range clauses {
			q, _ := c.(map[string]any)
			yes, err := matches(q, d)
			if err != nil || yes != want {
				return false, err
			}
		}
	}
	return true, nil
}

// set changes the server between requests.
func (s *server) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *server) logged() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

func (s *server) count(request string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[request]
}

// stored is what the server holds.
func (s *server) stored() map[string]doc {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]doc{}
	for id, d := range s.docs {
		out[id] = *d
	}
	return out
}

func (s *server) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log, s.calls = nil, map[string]int{}
}

// requests counts what was asked, listing and reading and writing apart.
func (s *server) requests() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]int{}
	for _, l := range s.log {
		method, path, _ := strings.Cut(l, " ")
		if strings.HasSuffix(path, "/_query/watches") || strings.HasSuffix(path, "/_search") {
			method = "list"
		}
		out[method]++
	}
	return out
}

func (s *server) client(t testing.TB, change ...func(*elastic.Config)) *elastic.Client {
	t.Helper()
	cfg := elastic.Config{Addresses: []string{s.URL}, Backoff: func(int) time.Duration { return 0 }}
	for _, c := range change {
		c(&cfg)
	}
	c, err := elastic.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const owner = "soc"

// watch is a body that says that text and bears the owner's mark.
func watch(t testing.TB, who, id, text string) watcher.Wanted {
	t.Helper()
	body := object(fmt.Sprintf(`{"trigger":{"schedule":{"interval":"5m"}},"input":{"simple":{"a":"b"}},"condition":{"always":{}},
		"actions":{"log":{"logging":{"text":%q}}}}`, text))
	w := watcher.Wanted{
		ID: id, Body: body, Rule: watcher.RuleRef{ID: "rule-" + id, Title: "T", File: "rules/" + id + ".yml"},
		Hashes: watcher.Hashes{Rule: "sha256:" + text, Settings: "sha256:s", Watch: watcher.Hash(body)},
	}
	body.Set("metadata", object(fmt.Sprintf(`{"sigwatch":{"schema":"v1","owner":%q,"watch":%q,"rule":%q,"file":%q,"tool":"0",
		"rule_hash":%q,"settings_hash":%q,"watch_hash":%q}}`, who, id, w.Rule.ID, w.Rule.File,
		w.Hashes.Rule, w.Hashes.Settings, w.Hashes.Watch)))
	return w
}

// hold stores watches without a request.
func (s *server) hold(t testing.TB, ws ...watcher.Wanted) {
	t.Helper()
	for _, w := range ws {
		body, err := watcher.Written(w.ID, w.Body, watcher.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		s.docs[w.ID] = &doc{id: w.ID, body: body, active: true}
	}
}
