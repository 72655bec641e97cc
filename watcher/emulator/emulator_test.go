package emulator_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/watcher/emulator"
)

// line makes an emulator of that line of releases.
func line(t testing.TB, text string) *emulator.Emulator {
	t.Helper()
	v, err := emulator.Line(text)
	if err != nil {
		t.Fatal(err)
	}
	e, err := emulator.New(emulator.Options{Version: v})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// ask sends one request past the network; headers are names and values.
func ask(e http.Handler, method, target, body string, headers ...string) *http.Response {
	path, query, _ := strings.Cut(target, "?")
	r := &http.Request{
		Method: method, URL: &url.URL{Path: path, RawQuery: query}, RequestURI: target, Header: http.Header{},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w.Result()
}

func text(t testing.TB, res *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func closed(t testing.TB, c io.Closer) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

const minimal = `{"trigger":{"schedule":{"interval":"24h"}}}`

// TestRoutes follows the table of routes by version (watcher-api.md 1).
func TestRoutes(t *testing.T) {
	deprecated := func(method, old, now string) string {
		return `"[` + method + " " + old + "] is deprecated! Use [" + method + " " + now + `] instead."`
	}
	for _, c := range []struct {
		line, method, path, body string
		headers                  []string
		status                   int
		warning                  string
	}{
		{line: "6.3", method: "PUT", path: "/_xpack/watcher/watch/w", body: minimal, status: 201},
		{line: "6.3", method: "PUT", path: "/_watcher/watch/w", body: minimal, status: 201, warning: deprecated("PUT", "/_watcher/watch/{id}", "/_xpack/watcher/watch/{id}")},
		{line: "6.3", method: "POST", path: "/_xpack/watcher/_stop", status: 200},
		{line: "6.3", method: "PUT", path: "/_watcher/_stop", status: 200, warning: `"[PUT /_watcher/_stop] is deprecated! Use [POST /_xpack/watcher/_stop] instead."`},
		{line: "6.3", method: "POST", path: "/_watcher/_stop", status: 405},
		{line: "6.3", method: "GET", path: "/_watcher/_query/watches", status: 404},
		{line: "6.8", method: "PUT", path: "/_watcher/watch/w", body: minimal, status: 201},
		{line: "6.8", method: "POST", path: "/_watcher/_stop", status: 200},
		{line: "6.8", method: "GET", path: "/_xpack/license", status: 200},
		{line: "6.8", method: "GET", path: "/_license", status: 200, warning: `"[GET /_license] is deprecated! Use [GET /_xpack/license] instead."`},
		{line: "7.17", method: "PUT", path: "/_watcher/watch/w", body: minimal, status: 201},
		{line: "7.17", method: "PUT", path: "/_xpack/watcher/watch/w", body: minimal, status: 201, warning: deprecated("PUT", "/_xpack/watcher/watch/{id}", "/_watcher/watch/{id}")},
		{line: "7.17", method: "POST", path: "/_watcher/_query/watches", status: 200},
		{line: "7.17", method: "POST", path: "/_xpack/watcher/_query/watches", status: 400},
		{line: "7.10.2", method: "POST", path: "/_watcher/_query/watches", status: 400},
		{line: "7.17", method: "POST", path: "/_watcher/watch/w/_execute", body: "{}", status: 400},
		{line: "8.19", method: "PUT", path: "/_watcher/watch/w", body: minimal, status: 201},
		{line: "8.19", method: "PUT", path: "/_xpack/watcher/watch/w", body: minimal, status: 400},
		{line: "8.19", method: "PUT", path: "/_xpack/watcher/watch/w", body: minimal, headers: []string{"Content-Type", "application/vnd.elasticsearch+json;compatible-with=7"}, status: 201},
		{line: "8.19", method: "GET", path: "/", headers: []string{"Accept", "application/vnd.elasticsearch+json;compatible-with=9"}, status: 400},
		{line: "9.5", method: "PUT", path: "/_xpack/watcher/watch/w", body: minimal, headers: []string{"Content-Type", "application/vnd.elasticsearch+json;compatible-with=7"}, status: 400},
		{line: "9.5", method: "PUT", path: "/_watcher/watch/w", body: minimal, headers: []string{"Content-Type", "application/vnd.elasticsearch+json;compatible-with=8"}, status: 201},
		{line: "6.8", method: "PUT", path: "/_watcher/watch/w", body: minimal, headers: []string{"Content-Type", "application/vnd.elasticsearch+json;compatible-with=7"}, status: 406},
	} {
		res := ask(line(t, c.line), c.method, c.path, c.body, c.headers...)
		got := text(t, res)
		if res.StatusCode != c.status {
			t.Errorf("%s: %s %s: status %d, want %d\n%s", c.line, c.method, c.path, res.StatusCode, c.status, got)
		}
		if w := res.Header.Get("Warning"); c.warning == "" && c.status < 300 && w != "" || !strings.HasSuffix(w, c.warning) {
			t.Errorf("%s: %s %s: Warning %q, want %q", c.line, c.method, c.path, w, c.warning)
		}
	}
}

func TestHeadersByVersion(t *testing.T) {
	for version, want := range map[string][2]string{
		"6.8":  {"", "application/json; charset=UTF-8"},
		"7.13": {"", "application/json; charset=UTF-8"},
		"7.17": {"Elasticsearch", "application/json; charset=UTF-8"},
		"8.19": {"Elasticsearch", "application/json"},
		"9.5":  {"Elasticsearch", "application/json"},
	} {
		for _, path := range []string{"/", "/_watcher/watch/none", "/no/such/path/at/all"} {
			res := ask(line(t, version), "GET", path, "")
			got := [2]string{res.Header.Get("X-Elastic-Product"), res.Header.Get("Content-Type")}
			if got != want {
				t.Errorf("%s: GET %s: %q, want %q", version, path, got, want)
			}
		}
	}
	res := ask(line(t, "8.19"), "GET", "/", "", "Accept", "application/vnd.elasticsearch+json;compatible-with=8")
	if got := res.Header.Get("Content-Type"); got != "application/vnd.elasticsearch+json;compatible-with=8" {
		t.Errorf("the media type that was asked for is not repeated: %q", got)
	}
}

func TestInfo(t *testing.T) {
	for target, want := range map[string]string{
		"/?filter_path=version.number,tagline":                              `{"version":{"number":"7.17.6"},"tagline":"You Know, for Search"}`,
		"/_license?filter_path=license.type,license.status":                 `{"license":{"status":"active","type":"trial"}}`,
		"/_xpack?filter_path=features,license.type,license.mode":            `{"license":{"type":"trial","mode":"trial"},"features":{"watcher":{"available":true,"enabled":true}}}`,
		"/_xpack?categories=features&filter_path=-tagline":                  `{"features":{"watcher":{"available":true,"enabled":true}}}`,
		"/_cluster/health?filter_path=status,timed_out":                     `{"status":"green","timed_out":false}`,
		"/_watcher/stats?filter_path=stats.watcher_state,stats.watch_count": `{"stats":[{"watcher_state":"started","watch_count":0}]}`,
		"/_watcher/stats?filter_path=**.watcher_state&pretty":               "{\n  \"stats\": [\n    {\n      \"watcher_state\": \"started\"\n    }\n  ]\n}\n",
		"/_watcher/stats/current_watches?filter_path=stats.*_watches,-a":    `{"stats":[{"current_watches":[]}]}`,
		"/_watcher/stats?format=yaml&filter_path=manually_stopped":          "---\nmanually_stopped: false\n",
		"/_cat/indices?h=index&format=json":                                 `[]`,
		"/_watcher/watch/none":                                              `{"found":false,"_id":"none"}`,
		"/_watcher/watch/none?filter_path=_id":                              `{"_id":"none"}`,
		"/_watcher/watch/none?foo=1&activ=x":                                `{"error":{"root_cause":[{"type":"illegal_argument_exception","reason":"request [/_watcher/watch/none] contains unrecognized parameters: [activ], [foo]"}],"type":"illegal_argument_exception","reason":"request [/_watcher/watch/none] contains unrecognized parameters: [activ], [foo]"},"status":400}`,
		"/_watcher/watch/none?prety":                                        `{"error":{"root_cause":[{"type":"illegal_argument_exception","reason":"request [/_watcher/watch/none] contains unrecognized parameter: [prety] -> did you mean [pretty]?"}],"type":"illegal_argument_exception","reason":"request [/_watcher/watch/none] contains unrecognized parameter: [prety] -> did you mean [pretty]?"},"status":400}`,
		"/a/b/c/d?x":                                                        `{"error":"no handler found for uri [/a/b/c/d?x] and method [GET]"}`,
		"/_watcher/watch/" + strings.Repeat("x", 5000):                      `{"error":{"root_cause":[{"type":"too_long_frame_exception","reason":"An HTTP line is larger than 4096 bytes."}],"type":"too_long_frame_exception","reason":"An HTTP line is larger than 4096 bytes."},"status":400}`,
	} {
		if d := cmp.Diff(want, text(t, ask(line(t, "7.17"), "GET", target, ""))); d != "" {
			t.Errorf("GET %.80s (-want +got):\n%s", target, d)
		}
	}
}

func TestLicense(t *testing.T) {
	for license, want := range map[string]int{"basic": 403, "trial": 201, "platinum": 201} {
		e, err := emulator.New(emulator.Options{License: license})
		if err != nil {
			t.Fatal(err)
		}
		if got := ask(e, "PUT", "/_watcher/watch/w", minimal).StatusCode; got != want {
			t.Errorf("%s: put gives %d, want %d", license, got, want)
		}
	}
	if _, err := emulator.New(emulator.Options{License: "gratis"}); err == nil {
		t.Error("there is a licence gratis")
	}
}

func TestAccounts(t *testing.T) {
	slack := `{"trigger":{"schedule":{"interval":"24h"}},"actions":{"a":{"slack":{"account":"soc","message":{"text":"x"}}}}}`
	path := filepath.Join(t.TempDir(), "watches.db")
	with, err := emulator.New(emulator.Options{Path: path, Accounts: map[string][]string{"slack": {"other"}}})
	if err != nil {
		t.Fatal(err)
	}
	if res := ask(with, "PUT", "/_watcher/watch/w", slack); res.StatusCode != 201 {
		t.Errorf("with an account that is the default: %d %s", res.StatusCode, text(t, res))
	}
	if err := with.Close(); err != nil {
		t.Fatal(err)
	}
	without, err := emulator.New(emulator.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, without) })
	// A stored watch whose account is gone can no longer be read.
	for _, res := range []*http.Response{ask(without, "PUT", "/_watcher/watch/v", slack), ask(without, "GET", "/_watcher/watch/w", "")} {
		if got := text(t, res); res.StatusCode != 400 || !strings.Contains(got, "no account found for name: [soc]") {
			t.Errorf("without accounts: %d %s", res.StatusCode, got)
		}
	}
	if res := ask(without, "DELETE", "/_watcher/watch/w", ""); res.StatusCode != 200 {
		t.Errorf("the watch cannot be deleted: %d", res.StatusCode)
	}
}

func TestBrokenWatchFailsThePage(t *testing.T) {
	e := line(t, "7.17")
	ask(e, "PUT", "/_watcher/watch/good", minimal)
	if res := ask(e, "PUT", "/.watches/_doc/bad", `{"metadata":{"x":1}}`); res.StatusCode != 201 {
		t.Fatalf("a document put by hand: %s", text(t, res))
	}
	for _, c := range []struct {
		body   string
		status int
	}{{`{}`, 400}, {`{"size":0}`, 200}, {`{"query":{"ids":{"values":["good"]}}}`, 200}} {
		if res := ask(e, "POST", "/_watcher/_query/watches", c.body); res.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", c.body, res.StatusCode, c.status)
		}
	}
	if got := text(t, ask(e, "GET", "/_watcher/watch/bad", "")); !strings.Contains(got, "could not parse watch [bad]. missing required field [trigger]") {
		t.Errorf("get of the broken one: %s", got)
	}
	if got := text(t, ask(e, "GET", "/_watcher/stats?filter_path=stats.watch_count", "")); got != `{"stats":[{"watch_count":1}]}` {
		t.Errorf("the broken watch counts as loaded: %s", got)
	}
}

// TestSearch is how watches are listed before 7.11.
func TestSearch(t *testing.T) {
	e := line(t, "6.8")
	if res := ask(e, "GET", "/.watches/_search", ""); res.StatusCode != 404 {
		t.Errorf("without an index: %d, want 404", res.StatusCode)
	}
	if res := ask(e, "GET", "/.watches/_search?ignore_unavailable=true", ""); res.StatusCode != 200 {
		t.Errorf("without an index, ignored: %d, want 200", res.StatusCode)
	}
	for _, id := range []string{"b", "a", "c"} {
		ask(e, "PUT", "/_watcher/watch/"+id, `{"trigger":{"schedule":{"interval":"24h"}},"metadata":{"owner":"soc","watch":"`+id+`"}}`)
	}
	body := `{"query":{"term":{"metadata.owner.keyword":"soc"}},"sort":[{"metadata.watch.keyword":"asc"}],"_source":["metadata.watch"],"search_after":["a"],"size":1}`
	want := `{"hits":{"total":3,"hits":[{"_index":".watches","_type":"doc","_id":"b","_source":{"metadata":{"watch":"b"}},"sort":["b"]}]}}`
	if d := cmp.Diff(want, text(t, ask(e, "POST", "/.watches/_search?filter_path=hits.total,hits.hits,-hits.hits._score", body))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	got := text(t, ask(line(t, "7.10.2"), "GET", "/.watches/_search?ignore_unavailable=true&size=0&filter_path=hits.total", ""))
	if want := `{"hits":{"total":{"value":0,"relation":"eq"}}}`; got != want {
		t.Errorf("7.10.2: %s, want %s", got, want)
	}
}

func TestOldMergingPut(t *testing.T) {
	for version, want := range map[string]string{"6.3.0": `{"watch":{"metadata":{"a":1,"b":2}}}`, "6.3": `{"watch":{"metadata":{"b":2}}}`} {
		e := line(t, version)
		ask(e, "PUT", "/_watcher/watch/w", `{"trigger":{"schedule":{"interval":"24h"}},"metadata":{"a":1}}`)
		ask(e, "PUT", "/_watcher/watch/w", `{"trigger":{"schedule":{"interval":"24h"}},"metadata":{"b":2}}`)
		if got := text(t, ask(e, "GET", "/_watcher/watch/w?filter_path=watch.metadata", "")); got != want {
			t.Errorf("%s: %s, want %s", version, got, want)
		}
	}
}

func TestCompressedBody(t *testing.T) {
	var body bytes.Buffer
	z := gzip.NewWriter(&body)
	if _, err := z.Write([]byte(minimal)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	e := line(t, "7.17")
	if res := ask(e, "PUT", "/_watcher/watch/w", body.String(), "Content-Encoding", "gzip"); res.StatusCode != 201 {
		t.Errorf("a compressed put: %d %s", res.StatusCode, text(t, res))
	}
	if res := ask(e, "PUT", "/_watcher/watch/w", minimal, "Content-Encoding", "gzip"); res.StatusCode != 400 {
		t.Errorf("a put that is not compressed: %d", res.StatusCode)
	}
}

// endless is a body without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestBodyLimit(t *testing.T) {
	r := httptest.NewRequest("PUT", "/_watcher/watch/w", endless{})
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	line(t, "7.17").ServeHTTP(w, r)
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d, want 413", w.Code)
	}
}

func TestClosed(t *testing.T) {
	e, err := emulator.New(emulator.Options{Path: filepath.Join(t.TempDir(), "watches.db")})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	res := ask(e, "PUT", "/_watcher/watch/w", minimal)
	if got := text(t, res); res.StatusCode != 500 || !strings.Contains(got, "the store is closed") {
		t.Errorf("a put after Close: %d %s", res.StatusCode, got)
	}
}

// TestTogether lets many clients write, switch, delete and list the same few
// watches. Whatever the order, each answer is one of a real server's, and the
// numbers of a watch only grow.
func TestTogether(t *testing.T) {
	e, err := emulator.New(emulator.Options{Path: filepath.Join(t.TempDir(), "watches.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, e) })
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			last := 0
			for i := range 30 {
				path := "/_watcher/watch/w" + string(rune('0'+i%3))
				var res *http.Response
				switch i % 5 {
				case 0, 1:
					res = ask(e, "PUT", path, minimal)
				case 2:
					res = ask(e, "PUT", path+"/_deactivate", "")
				case 3:
					res = ask(e, "POST", "/_watcher/_query/watches", `{"sort":[{"_id":{"order":"asc"}}]}`)
				case 4:
					res = ask(e, "DELETE", path, "")
				}
				if res.StatusCode >= 500 || res.StatusCode == 400 {
					t.Errorf("step %d: %d %s", i, res.StatusCode, text(t, res))
				}
				var got struct {
					SeqNo *int `json:"_seq_no"`
				}
				if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
					t.Error(err)
				}
				if got.SeqNo != nil {
					if *got.SeqNo < last {
						t.Errorf("sequence number %d after %d", *got.SeqNo, last)
					}
					last = *got.SeqNo
				}
			}
		})
	}
	wg.Wait()
}

// FuzzRequest sends any request: the emulator never panics, answers in JSON
// (where it is not asked for another form), with the status in the body where
// there is an error, and with one of the server's own kinds of 500 if any.
func FuzzRequest(f *testing.F) {
	for _, seed := range [][3]string{
		{"PUT", "/_watcher/watch/w", minimal},
		{"PUT", "/_watcher/watch/w?if_seq_no=0&if_primary_term=1", `{"trigger":{"schedule":{"cron":"0 0 * * * ?"}},"metadata":{"a.b":1}}`},
		{"PUT", "/_watcher/watch/w?version=1", minimal},
		{"POST", "/_xpack/watcher/watch/a%2Fb", minimal},
		{"GET", "/_watcher/watch/%zz?filter_path=**.a,-b*", ""},
		{"DELETE", "//_watcher//watch/../w/", ""},
		{"PUT", "/_watcher/watch/w/_ack/a,b", ""},
		{"POST", "/_watcher/_query/watches", `{"query":{"term":{"metadata.a.b":1}},"sort":[{"_id":{"order":"asc"}}]}`},
		{"GET", "/_watcher/_query/watches?source={}&source_content_type=application/json", ""},
		{"POST", "/.watches/_search?_source=metadata&size=2", `{"query":{"match_all":{}}}`},
		{"PUT", "/.watches/_doc/x", `{"status":{"state":1,"actions":[]},"actions":{"a":null}}`},
		{"FOO", "/_watcher/stats/_all", ""},
		{"PUT", "/_watcher/watch/w", `{"trigger":`},
	} {
		f.Add(seed[0], seed[1], []byte(seed[2]), false)
		f.Add(seed[0], seed[1], []byte(seed[2]), true)
	}
	f.Fuzz(func(t *testing.T, method, target string, body []byte, yaml bool) {
		if !strings.HasPrefix(target, "/") || strings.ContainsAny(target, " \r\n\x00") || method == "" {
			return
		}
		e := line(t, "7.17")
		ask(e, "PUT", "/_watcher/watch/w", minimal)
		kind := "application/json"
		if yaml {
			kind = "application/yaml"
		}
		res := ask(e, method, target, string(body), "Content-Type", kind, "Accept", "application/json")
		got := text(t, res)
		if strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain") || strings.Contains(target, "format=") {
			return
		}
		var answer any
		if err := json.Unmarshal([]byte(got), &answer); err != nil {
			t.Fatalf("%s %s: the answer is no JSON: %v\n%s", method, target, err, got)
		}
		if res.StatusCode < 500 {
			return
		}
		for _, known := range []string{"i_o_exception", "unsupported_operation_exception", "illegal_state_exception", "null_pointer_exception", "search_exception", "zone_rules_exception", "date_time_exception"} {
			if strings.Contains(got, known) {
				return
			}
		}
		t.Fatalf("%s %s: %d %s", method, target, res.StatusCode, got)
	})
}
