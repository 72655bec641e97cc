package elastic_test

import (
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/elastic"
)

func TestRoundTrip(t *testing.T) {
	for _, api := range []string{elastic.Watcher, elastic.XPack} {
		t.Run(api, func(t *testing.T) {
			s := newServer(t)
			c := s.client(t, func(cfg *elastic.Config) { cfg.API = api })
			ctx := t.Context()
			// An id that needs escaping in a path, and each part of one.
			const id = "soc a/b?c#d%2F"
			w := watch(t, owner, id, "<&> Ü")

			if _, there, err := c.Get(ctx, id); err != nil || there {
				t.Fatalf("Get before the put: %v, %v", there, err)
			}
			if err := c.Put(ctx, id, w.Body, false); err != nil {
				t.Fatal(err)
			}
			live, there, err := c.Get(ctx, id)
			if err != nil || !there || live.ID != id || live.Active {
				t.Fatalf("Get after the put: %+v, %v, %v", live, there, err)
			}
			if !watcher.Equal(watcher.Canonical(live.Body), watcher.Canonical(w.Body)) {
				t.Errorf("the body changed on its way:\n%s", cmp.Diff(string(watcher.Encode(w.Body)), string(watcher.Encode(live.Body))))
			}
			if err := c.SetActive(ctx, id, true); err != nil {
				t.Fatal(err)
			}
			if live, _, _ := c.Get(ctx, id); !live.Active {
				t.Error("SetActive did not switch the watch on")
			}
			for range 2 {
				if err := c.Delete(ctx, id); err != nil {
					t.Fatal(err)
				}
			}
			if _, there, err := c.Get(ctx, id); err != nil || there {
				t.Fatalf("Get after the delete: %v, %v", there, err)
			}
			if err := c.SetActive(ctx, id, true); err == nil || !strings.Contains(err.Error(), "document_missing_exception") {
				t.Errorf("SetActive of no watch: %v", err)
			}
			prefix := map[string]string{elastic.Watcher: "/_watcher/watch/", elastic.XPack: "/_xpack/watcher/watch/"}[api]
			for _, l := range s.logged() {
				if _, path, _ := strings.Cut(l, " "); !strings.HasPrefix(path, prefix+"soc%20a%2Fb%3Fc%23d%252F") {
					t.Errorf("request %s does not lie under %s", l, prefix)
				}
			}
		})
	}
}

// The library drops the escapes of a path where the address has one of its own.
func TestAddressWithAPath(t *testing.T) {
	var paths []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.EscapedPath())
		_, _ = w.Write([]byte(`{"_id":"a/b"}`))
	}))
	defer s.Close()
	c, err := elastic.New(elastic.Config{Addresses: []string{s.URL + "/pre%20fix/"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Put(t.Context(), "a/b", &watcher.Object{}, true); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"/pre%20fix/_watcher/watch/a%2Fb"}, paths); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
}

func TestCredentials(t *testing.T) {
	basic := func(user, password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	tests := []struct {
		name   string
		user   string
		change func(*elastic.Config)
		want   string
	}{
		{"none", "", func(*elastic.Config) {}, ""},
		{"basic", "", func(c *elastic.Config) { c.Username, c.Password = "u", "p" }, basic("u", "p")},
		{"key", "", func(c *elastic.Config) { c.APIKey = "aWQ6a2V5" }, "APIKey aWQ6a2V5"},
		{"key in two parts", "", func(c *elastic.Config) { c.APIKey = "id:key" }, "APIKey aWQ6a2V5"},
		{"in the address", "u:p%40@", func(*elastic.Config) {}, basic("u", "p@")},
		{"in the address and apart", "u:p@", func(c *elastic.Config) { c.APIKey = "aWQ6a2V5" }, "APIKey aWQ6a2V5"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("ELASTICSEARCH_URL", "http://env:env@127.0.0.1:1")
			t.Setenv("ELASTIC_CLIENT_APIVERSIONING", "true")
			s := newServer(t)
			var got, kind, agent string
			s.fault = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
				got, kind, agent = r.Header.Get("Authorization"), r.Header.Get("Content-Type"), r.Header.Get("User-Agent")
				return false
			}
			c := s.client(t, func(cfg *elastic.Config) {
				cfg.Addresses = []string{strings.Replace(s.URL, "://", "://"+test.user, 1)}
				cfg.UserAgent = "sigwatch/1"
				test.change(cfg)
			})
			if err := c.Put(t.Context(), "a", watch(t, owner, "a", "x").Body, true); err != nil {
				t.Fatal(err)
			}
			if got != test.want || kind != "application/json" || agent != "sigwatch/1" {
				t.Errorf("got authorization %q, content type %q, agent %q; want %q, application/json, sigwatch/1", got, kind, agent, test.want)
			}
		})
	}
}

func TestConfigurationsThatCannotWork(t *testing.T) {
	tests := []struct {
		cfg  elastic.Config
		want string
	}{
		{elastic.Config{}, "no address"},
		{elastic.Config{Addresses: []string{"http://ok:9200", "es1:9200"}}, "address 2"},
		{elastic.Config{Addresses: []string{"https://u:geheim@[bad"}}, "address 1"},
		{elastic.Config{Addresses: []string{"http://a"}, API: "rest"}, `unknown API "rest"`},
		{elastic.Config{Addresses: []string{"http://a"}, CA: []byte("no pem")}, "no certificate"},
	}
	for _, test := range tests {
		_, err := elastic.New(test.cfg)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("New(%v): got %v, want an error with %q and no password", test.cfg.Addresses, err, test.want)
		}
	}
}

// reply answers everything with that.
func reply(status int, kind, body string) func(http.ResponseWriter, *http.Request, int) bool {
	return func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
		return true
	}
}

// stall lets the client wait until it goes away. Only with the body read does
// the server notice that it does.
func stall(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func TestErrorTexts(t *testing.T) {
	const (
		js   = "application/json"
		html = "text/html"
	)
	security := func(reason, more string) string {
		return fmt.Sprintf(`{"error":{"root_cause":[{"type":"security_exception","reason":%q%s}],"type":"security_exception","reason":%q%s},"status":403}`,
			reason, more, reason, more)
	}
	tests := []struct {
		name      string
		fault     func(http.ResponseWriter, *http.Request, int) bool
		want      []string
		temporary bool
		uncertain bool
	}{
		{
			"credentials", reply(401, js, `{"error":{"type":"security_exception","reason":"missing authentication credentials for REST request [/x]"},"status":401}`),
			[]string{`put watch "a": 401 security_exception: missing authentication credentials`, "api_key"},
			false, false,
		},
		{
			"privilege", reply(403, js, security("action [cluster:admin/xpack/watcher/watch/put] is unauthorized for user [u]", "")),
			[]string{"is unauthorized for user [u]", "manage_watcher"},
			false, false,
		},
		{
			"licence", reply(403, js, security("current license is non-compliant for [watcher]", `,"license.expired.feature":"watcher"`)),
			[]string{"licence does not include Watcher", "trial"},
			false, false,
		},
		{"busy", reply(429, js, `{"error":{"type":"es_rejected_execution_exception","reason":"rejected"},"status":429}`), []string{"429 es_rejected_execution_exception: rejected"}, true, false},
		{"unavailable", reply(503, js, `{"error":{"type":"unavailable_shards_exception","reason":"primary shard is not active"},"status":503}`), []string{"503 unavailable_shards_exception"}, true, true},
		{
			"root cause", reply(400, js, `{"error":{"root_cause":[{"type":"parse_exception","reason":"missing required [host]"}],"type":"parse_exception","reason":"could not parse"},"status":400}`),
			[]string{"could not parse: missing required [host]"},
			false, false,
		},
		{"no Watcher", reply(400, js, `{"error":"no handler found for uri [/_watcher/watch/a] and method [PUT]"}`), []string{"no handler found", "no Watcher here"}, false, false},
		{"no Watcher, 7.x", reply(400, js, `{"error":{"type":"invalid_index_name_exception","reason":"must not start with '_'"},"status":400}`), []string{"no Watcher here"}, false, false},
		{"another server", reply(200, html, "<html>Welcome to nginx!</html>"), []string{"is not Elasticsearch", "text/html", "target's url"}, false, true},
		{"another server's 404", reply(404, html, "<html>404</html>"), []string{"is not Elasticsearch", "404"}, false, true},
		{"another service with JSON", reply(200, js, `{"ok":true}`), []string{"is not Elasticsearch"}, false, true},
		{"a list", reply(200, js, `[]`), []string{"is not Elasticsearch"}, false, true},
		{"a cut answer", reply(200, js, `{"_id":"a`), []string{"is not Elasticsearch"}, false, true},
		{"a proxy", reply(502, html, "<html>"), []string{"502", "proxy"}, true, true},
		{"a proxy that wants a login", reply(401, html, "<html>"), []string{"401", "proxy"}, false, true},
		{"a redirect", func(w http.ResponseWriter, r *http.Request, _ int) bool {
			http.Redirect(w, r, "https://elsewhere.example.org/", http.StatusMovedPermanently)
			return true
		}, []string{"redirected to https://elsewhere.example.org/"}, false, true},
		{"a cut connection", func(w http.ResponseWriter, _ *http.Request, _ int) bool { drop(w); return true }, []string{"connection to http://127.0.0.1", "lost"}, true, true},
		{"too slow", func(_ http.ResponseWriter, r *http.Request, _ int) bool { stall(r); return true }, []string{"no answer from http://127.0.0.1", "within 100ms"}, true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			s.fault = test.fault
			c := s.client(t, func(cfg *elastic.Config) {
				cfg.Timeout = 5 * time.Second
				if test.name == "too slow" {
					cfg.Timeout = 100 * time.Millisecond
				}
			})
			err := c.Put(t.Context(), "a", watch(t, owner, "a", "x").Body, true)
			var e *elastic.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *elastic.Error", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want it to hold %q", err, want)
				}
			}
			if e.Temporary() != test.temporary || e.Uncertain() != test.uncertain {
				t.Errorf("temporary %v, uncertain %v; want %v, %v", e.Temporary(), e.Uncertain(), test.temporary, test.uncertain)
			}
			if n := len(s.logged()); n != 1 {
				t.Errorf("a write was sent %d times, want once", n)
			}
		})
	}
}

func TestNothingListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	c, err := elastic.New(elastic.Config{Addresses: []string{"http://u:geheim@" + address}, Backoff: func(int) time.Duration { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Check(t.Context())
	var e *elastic.Error
	if !errors.As(err, &e) || !e.Temporary() || e.Uncertain() {
		t.Fatalf("got %v, want a temporary *elastic.Error that is certain", err)
	}
	if got := err.Error(); !strings.Contains(got, "connection refused: nothing listens at http://"+address) || strings.Contains(got, "geheim") {
		t.Errorf("got %q", got)
	}
}

func TestTLS(t *testing.T) {
	s := httptest.NewTLSServer(&server{docs: map[string]*doc{}, calls: map[string]int{}, version: "8.19.0"})
	defer s.Close()
	plain := newServer(t)
	right := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	tests := []struct {
		name string
		cfg  elastic.Config
		want string
	}{
		{"right CA", elastic.Config{Addresses: []string{s.URL}, CA: right}, ""},
		{"no CA", elastic.Config{Addresses: []string{s.URL}}, `"ca:"`},
		{"another name", elastic.Config{Addresses: []string{strings.Replace(s.URL, "127.0.0.1", "localhost", 1)}, CA: right}, "another name"},
		{"https to http", elastic.Config{Addresses: []string{strings.Replace(plain.URL, "http:", "https:", 1)}}, "does not speak https"},
		{"http to https", elastic.Config{Addresses: []string{strings.Replace(s.URL, "https:", "http:", 1)}}, "is not Elasticsearch"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.cfg.Backoff = func(int) time.Duration { return 0 }
			c, err := elastic.New(test.cfg)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Check(t.Context())
			if test.want == "" {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			var e *elastic.Error
			if !errors.As(err, &e) || e.Temporary() || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want a lasting error with %q", err, test.want)
			}
		})
	}
}

func TestReadsAreTriedAgain(t *testing.T) {
	s := newServer(t)
	s.hold(t, watch(t, owner, "soc-1", "x"))
	s.fault = func(w http.ResponseWriter, r *http.Request, n int) bool {
		switch n {
		case 1:
			return reply(429, "application/json", `{"error":{"type":"circuit_breaking_exception","reason":"x"},"status":429}`)(w, r, n)
		case 2:
			return reply(503, "text/html", "<html>")(w, r, n)
		case 3:
			drop(w)
			return true
		}
		return false
	}
	c := s.client(t)
	if _, there, err := c.Get(t.Context(), "soc-1"); err != nil || !there {
		t.Fatalf("Get: %v, %v", there, err)
	}
	if n := s.count("GET /_watcher/watch/soc-1"); n != 4 {
		t.Errorf("the watch was read %d times, want 4", n)
	}

	s.reset()
	s.set(func() { s.fault = reply(503, "text/html", "<html>") })
	if _, _, err := c.Get(t.Context(), "soc-1"); err == nil {
		t.Error("Get succeeded")
	}
	if n := len(s.logged()); n != 4 {
		t.Errorf("the watch was read %d times before giving up, want 4", n)
	}
}

func TestSecondAddressIsUsed(t *testing.T) {
	s := newServer(t)
	c := s.client(t, func(cfg *elastic.Config) { cfg.Addresses = []string{"http://127.0.0.1:1", s.URL} })
	for range 4 {
		if _, _, err := c.Get(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCancelled(t *testing.T) {
	s := newServer(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("interrupt")
	s.fault = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		cancel(cause)
		stall(r)
		return true
	}
	if _, err := s.client(t).List(ctx, owner, nil); !errors.Is(err, cause) {
		t.Errorf("got %v, want the cause of the end", err)
	}
	if n := len(s.logged()); n != 1 {
		t.Errorf("%d requests were sent, want one", n)
	}
}

func TestBrokenWatchIsThere(t *testing.T) {
	for _, reason := range []string{"could not parse watch [soc-1]. unexpected field [x]", "unable to find script [gone] in cluster state"} {
		s := newServer(t)
		s.hold(t, watch(t, owner, "soc-1", "x"))
		s.docs["soc-1"].broken, s.docs["soc-1"].active = reason, false
		live, there, err := s.client(t).Get(t.Context(), "soc-1")
		if err != nil || !there || live.Body != nil || live.Broken != reason || live.Active || live.Owner != owner {
			t.Errorf("Get: %+v, %v, %v", live, there, err)
		}
		s.set(func() { s.noSearch = true })
		live, there, err = s.client(t).Get(t.Context(), "soc-1")
		if err != nil || !there || !live.Active || live.Owner != "" {
			t.Errorf("Get without the right to search: %+v, %v, %v", live, there, err)
		}
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name    string
		answers map[string]func(http.ResponseWriter, *http.Request, int) bool
		want    elastic.Info
		err     string
	}{
		{"well", nil, elastic.Info{Licence: "trial", LicenceStatus: "active", WatcherState: "started"}, ""},
		{
			"basic", answers("/_license", 200, `{"license":{"status":"active","type":"basic"}}`),
			elastic.Info{Licence: "basic", LicenceStatus: "active", WatcherState: "started", Warnings: []string{"the cluster's licence is basic, which does not include Watcher: watches can neither be written nor act"}},
			"",
		},
		{
			"expired", answers("/_license", 200, `{"license":{"status":"expired","type":"gold"}}`),
			elastic.Info{Licence: "gold", LicenceStatus: "expired", WatcherState: "started", Warnings: []string{"the cluster's gold licence is expired: Watcher refuses to work"}},
			"",
		},
		{"licence not to be seen", answers("/_license", 403, `{"error":{"type":"security_exception","reason":"no"},"status":403}`), elastic.Info{WatcherState: "started"}, ""},
		{
			"stopped", answers("/_watcher/stats", 200, `{"stats":[{"watcher_state":"started"},{"watcher_state":"stopped"}]}`),
			elastic.Info{Licence: "trial", LicenceStatus: "active", WatcherState: "stopped", Warnings: []string{"Watcher is stopped: watches are written, but none runs"}},
			"",
		},
		{"no Watcher", answers("/_watcher/stats", 400, `{"error":"no handler found for uri [/_watcher/stats] and method [GET]"}`), elastic.Info{}, "no Watcher here"},
		{"OpenSearch", answers("/", 200, `{"version":{"number":"2.11.0","distribution":"opensearch","lucene_version":"9"},"tagline":"The OpenSearch Project: https://opensearch.org/"}`), elastic.Info{}, "OpenSearch, which has no Watcher"},
		{"serverless", answers("/", 200, `{"version":{"number":"8.11.0","build_flavor":"serverless","lucene_version":"9"},"tagline":"You Know, for Search"}`), elastic.Info{}, "serverless"},
		{"something else", answers("/", 200, `{"message":"hello"}`), elastic.Info{}, ""},
		{"too old", answers("/", 200, `{"version":{"number":"5.6.1","lucene_version":"6"},"tagline":"You Know, for Search"}`), elastic.Info{}, "too old"},
		{"wrong credentials", answers("/", 401, `{"error":{"type":"security_exception","reason":"no"},"status":401}`), elastic.Info{}, "api_key"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			s.fault = func(w http.ResponseWriter, r *http.Request, n int) bool {
				answer, ok := test.answers[r.URL.Path]
				return ok && answer(w, r, n)
			}
			got, err := s.client(t).Check(t.Context())
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("got %v, want an error with %q", err, test.err)
				}
				return
			}
			if test.name == "something else" {
				// The header is there all the same, so this is a strange Elasticsearch.
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			test.want.Product, test.want.VersionText, test.want.Cluster = "Elasticsearch", "7.17.6", "test"
			test.want.Version = watcher.Version{Major: 7, Minor: 17, Patch: 6}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("info (-want +got):\n%s", diff)
			}
		})
	}
}

func answers(path string, status int, body string) map[string]func(http.ResponseWriter, *http.Request, int) bool {
	return map[string]func(http.ResponseWriter, *http.Request, int) bool{path: reply(status, "application/json", body)}
}

func TestAnotherJSONServer(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"message":"hello"}`))
	}))
	defer s.Close()
	c, err := elastic.New(elastic.Config{Addresses: []string{s.URL}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "is not Elasticsearch") {
		t.Errorf("got %v", err)
	}
}
