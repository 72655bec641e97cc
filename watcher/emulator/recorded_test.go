package emulator_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/watcher/emulator"
)

// The recordings of a real 7.17.6 are replayed here step by step. Left out are
// the steps that need what the emulator does not do yet; what a recorded run
// left in the stored watch is put there by hand, so that the steps behind it
// count.

type scenario struct {
	ID    string `json:"id"`
	Node  string `json:"node"`
	Fresh bool   `json:"fresh"`
	Timed bool   `json:"timed"`
	Steps []step `json:"steps"`
}

type step struct {
	Method   string            `json:"method"`
	Path     string            `json:"path"`
	Headers  map[string]string `json:"headers"`
	Body     json.RawMessage   `json:"body"`
	RawBody  *string           `json:"raw_body"`
	Save     map[string]string `json:"save"`
	Response struct {
		Status  int            `json:"status"`
		Headers map[string]any `json:"headers"`
		Body    any            `json:"body"`
	} `json:"response"`
}

// counts are what a theme came to.
type counts struct{ passed, failed, skipped int }

func TestRecorded(t *testing.T) {
	shared := os.Getenv("SIGWATCH_SHARED")
	if shared == "" {
		t.Skip("SIGWATCH_SHARED names no folder with the recordings")
	}
	scenarios := readScenarios(t, filepath.Join(shared, "groundtruth", "watcher", "exchanges.jsonl"))
	// What passed once must go on to pass: the numbers may only grow.
	for _, theme := range []struct {
		name, license string
		passed        int
	}{
		{"life", "trial", 600},
		{"met", "trial", 109},
		{"qry", "trial", 157},
		{"htt", "trial", 342},
		{"sta", "trial", 77},
		{"sch", "trial", 296},
		{"bas", "basic", 52},
	} {
		t.Run(theme.name, func(t *testing.T) {
			r := &replayer{t: t, license: theme.license}
			for _, s := range scenarios {
				if strings.HasPrefix(s.ID, theme.name+"-") {
					r.run(s)
				}
			}
			t.Logf("%s: %d passed, %d failed, %d skipped", theme.name, r.passed, r.failed, r.skipped)
			if r.passed < theme.passed {
				t.Errorf("%s: %d steps passed, %d did before", theme.name, r.passed, theme.passed)
			}
		})
	}
}

func readScenarios(t *testing.T, name string) []scenario {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, f)
	var out []scenario
	in := bufio.NewReader(f)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var s scenario
			if err := json.Unmarshal(line, &s); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			out = append(out, s)
		}
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

type replayer struct {
	counts
	t       *testing.T
	license string
	server  *httptest.Server
	saved   map[string]string
}

func (r *replayer) run(s scenario) {
	if r.server == nil || s.Fresh {
		e, err := emulator.New(emulator.Options{License: r.license})
		if err != nil {
			r.t.Fatal(err)
		}
		r.server = httptest.NewServer(e)
		r.t.Cleanup(func() {
			r.server.Close()
			if err := e.Close(); err != nil {
				r.t.Error(err)
			}
		})
	}
	r.saved = map[string]string{}
	why := left(s)
	for i := range s.Steps {
		st := &s.Steps[i]
		if why != "" {
			r.skipped++
			continue
		}
		if skip := skipped(*st); skip != "" {
			r.skipped++
			r.pretend(*st)
			continue
		}
		r.step(s, i)
	}
	r.clean(s)
}

// left tells why a whole scenario is left out.
func left(s scenario) string {
	for _, st := range s.Steps {
		switch {
		case strings.HasPrefix(st.Path, "/_scripts"):
			return "stored scripts"
		case s.Timed || s.ID == "sta-013":
			return "the scheduler runs watches"
		}
	}
	return ""
}

// skipped tells why a step is left out.
func skipped(st step) string {
	body := string(st.Body)
	media := st.Headers["Content-Type"] + st.Headers["Accept"]
	switch {
	case strings.Contains(media, "cbor") || strings.Contains(media, "smile"):
		return "binary form"
	case strings.Contains(st.Path, "/%zz") || strings.Contains(st.Path, "/watch/%/") || strings.HasSuffix(st.Path, "/watch/%"):
		return "net/http refuses the request line"
	case st.Method == "PEER":
		return "no request"
	case strings.Contains(st.Path, "_execute"):
		return "runs a watch"
	case strings.Contains(st.Path, "/_query/watches") && regexp.MustCompile(`"(query_string|simple_query_string|fuzzy|script)"`).MatchString(body):
		return "full-text query"
	case strings.HasSuffix(st.Path, "/_settings") || strings.Contains(st.Path, "/_settings?"):
		return "index settings"
	case strings.HasPrefix(st.Path, "/_xpack/usage"):
		return "usage"
	}
	return ""
}

// step sends one request and compares the answer.
func (r *replayer) step(s scenario, i int) {
	st := s.Steps[i]
	status, header, body := r.send(st)
	var diffs []string
	if status != st.Response.Status {
		diffs = append(diffs, fmt.Sprintf("status: want %d, got %d", st.Response.Status, status))
	}
	diffs = append(diffs, headerDifferences(st.Response.Headers, header)...)
	want, got := read(st.Response.Body, header, body)
	diffs = append(diffs, differences(want, got, "")...)
	for name, path := range st.Save {
		r.saved[name] = fmt.Sprint(lookup(got, path))
	}
	if len(diffs) == 0 {
		r.passed++
		return
	}
	r.failed++
	r.t.Logf("%s step %d %s %s %s\n    %s", s.ID, i, st.Method, st.Path, st.Body, strings.Join(diffs, "\n    "))
}

// read reads both bodies; YAML is compared as data, since the order of members
// does not count.
func read(want any, header http.Header, body []byte) (any, any) {
	kind := header.Get("Content-Type")
	var got any
	if strings.Contains(kind, "json") && json.Unmarshal(body, &got) == nil {
		return want, got
	}
	text, ok := want.(string)
	if !ok || !strings.Contains(kind, "yaml") {
		return want, string(body)
	}
	var a, b any
	if yaml.Unmarshal([]byte(text), &a) != nil || yaml.Unmarshal(body, &b) != nil {
		return want, string(body)
	}
	return a, b
}

func (r *replayer) send(st step) (int, http.Header, []byte) {
	r.t.Helper()
	var body io.Reader
	header := http.Header{}
	for k, v := range st.Headers {
		header.Set(k, r.fill(v))
	}
	switch {
	case st.RawBody != nil:
		body = strings.NewReader(r.fill(*st.RawBody))
	case st.Body != nil:
		body = strings.NewReader(r.fill(pythonJSON(r.t, st.Body)))
		if header.Get("Content-Type") == "" {
			header.Set("Content-Type", "application/json")
		}
	}
	u, err := url.Parse(r.server.URL)
	if err != nil {
		r.t.Fatal(err)
	}
	path, query, _ := strings.Cut(r.fill(st.Path), "?")
	u.Opaque, u.RawQuery = path, query
	if strings.HasPrefix(path, "//") {
		u.Opaque = "//" + u.Host + path
	}
	req := &http.Request{Method: st.Method, URL: u, Host: u.Host, Header: header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	if body != nil {
		data, err := io.ReadAll(body)
		if err != nil {
			r.t.Fatal(err)
		}
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	}
	res, err := r.server.Client().Transport.RoundTrip(req.WithContext(r.t.Context()))
	if err != nil {
		r.t.Logf("%s %s: %v", st.Method, st.Path, err)
		return 0, http.Header{}, nil
	}
	defer closed(r.t, res.Body)
	data, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return res.StatusCode, res.Header, data
}

func (r *replayer) fill(text string) string {
	for name, value := range r.saved {
		text = strings.ReplaceAll(text, "${"+name+"}", value)
	}
	return text
}

// pretend writes into the stored watch what a recorded run left there.
func (r *replayer) pretend(st step) {
	record, ok := lookup(st.Response.Body, "watch_record").(map[string]any)
	if !ok || record["exception"] != nil || !strings.Contains(string(st.Body), `"record_execution": true`) &&
		!strings.Contains(string(st.Body), `"record_execution":true`) && !strings.Contains(st.Path, "record_execution=true") {
		return
	}
	id := strings.Split(strings.Split(st.Path, "?")[0], "/")[3]
	path := "/.watches/_doc/" + id
	_, _, stored := r.send(step{Method: "GET", Path: path})
	var doc struct {
		Source map[string]any `json:"_source"`
	}
	if err := json.Unmarshal(stored, &doc); err != nil || doc.Source == nil {
		return
	}
	doc.Source["status"] = record["status"]
	data, err := json.Marshal(doc.Source)
	if err != nil {
		r.t.Fatal(err)
	}
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	r.send(step{Method: "PUT", Path: path, Body: bytes.ReplaceAll(data, []byte(`\u003ctime\u003e`), []byte(now))})
}

// clean removes what a scenario made, as the recording did.
func (r *replayer) clean(s scenario) {
	var ids []string
	for _, st := range s.Steps {
		parts := strings.Split(strings.Split(st.Path, "?")[0], "/")
		if len(parts) > 3 && parts[2] == "watch" && parts[3] != "_execute" && !strings.Contains(parts[3], "%z") && parts[3] != "%" {
			ids = append(ids, parts[3])
		}
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		r.send(step{Method: "DELETE", Path: "/_watcher/watch/" + id})
	}
	r.send(step{Method: "POST", Path: "/_watcher/_start"})
}

func headerDifferences(want map[string]any, got http.Header) []string {
	var out []string
	for name, w := range want {
		g := strings.Join(got[http.CanonicalHeaderKey(name)], "\n")
		text := fmt.Sprint(w)
		if list, ok := w.([]any); ok {
			var parts []string
			for _, p := range list {
				parts = append(parts, fmt.Sprint(p))
			}
			text = strings.Join(parts, "\n")
		}
		if !alike(text, g) {
			out = append(out, fmt.Sprintf("header %s: want %q, got %q", name, text, g))
		}
	}
	if g := got.Values("Warning"); want["warning"] == nil && len(g) > 0 {
		out = append(out, fmt.Sprintf("header warning: want none, got %q", g))
	}
	return out
}

var placeholder = regexp.MustCompile(`<(?:time|id|uid|node|duration|seq|unstable)>`)

func differences(want, got any, path string) []string {
	if text, ok := want.(string); ok && (text == "<unstable>" || placeholder.FindString(text) == text && text != "" && scalar(got)) {
		return nil
	}
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			break
		}
		return objectDifferences(w, g, path)
	case []any:
		g, ok := got.([]any)
		if !ok {
			break
		}
		if len(w) != len(g) {
			return []string{fmt.Sprintf("%s: want %d elements, got %d", path, len(w), len(g))}
		}
		var out []string
		for i := range w {
			out = append(out, differences(w[i], g[i], fmt.Sprintf("%s[%d]", path, i))...)
		}
		return out
	case string:
		if g, ok := got.(string); ok && alike(w, g) {
			return nil
		}
	default:
		if want == got {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s: want %s, got %s", path, short(want), short(got))}
}

func objectDifferences(want, got map[string]any, path string) []string {
	var out []string
	for name, w := range want {
		g, ok := got[name]
		switch {
		case ok:
			out = append(out, differences(w, g, path+"."+name)...)
		case w != "<unstable>":
			out = append(out, fmt.Sprintf("%s.%s: want %s, got nothing", path, name, short(w)))
		}
	}
	for name, g := range got {
		if _, ok := want[name]; !ok {
			out = append(out, fmt.Sprintf("%s.%s: want nothing, got %s", path, name, short(g)))
		}
	}
	slices.Sort(out)
	return out
}

func scalar(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

// alike compares texts, placeholders standing for anything.
func alike(want, got string) bool {
	if want == got {
		return true
	}
	parts := placeholder.Split(want, -1)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	exp := regexp.MustCompile("(?s)^" + strings.Join(parts, ".*?") + "$")
	return exp.MatchString(got)
}

func short(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(data) > 300 {
		return string(data[:300]) + "…"
	}
	return string(data)
}

func lookup(v any, path string) any {
	for part := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(at) {
				return nil
			}
			v = at[i]
		default:
			return nil
		}
	}
	return v
}

// pythonJSON spaces JSON out as the tool did that recorded: the positions in
// refusals are places in that text.
func pythonJSON(t *testing.T, raw []byte) string {
	t.Helper()
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	inText, escaped := false, false
	for _, r := range compact.String() {
		out.WriteRune(r)
		switch {
		case escaped:
			escaped = false
		case inText && r == '\\':
			escaped = true
		case r == '"':
			inText = !inText
		case !inText && (r == ',' || r == ':'):
			out.WriteByte(' ')
		}
	}
	return unescape(out.String())
}

// unescape writes \u escapes as the characters that they stand for, other than
// those that JSON needs.
func unescape(text string) string {
	return regexp.MustCompile(`(\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\u[0-9a-f]{4})`).ReplaceAllStringFunc(text, func(e string) string {
		var s string
		if err := json.Unmarshal([]byte(`"`+e+`"`), &s); err != nil || s < " " || s == "\uFFFD" || s == `"` || s == `\` {
			return e
		}
		return s
	})
}
