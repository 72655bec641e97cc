package watcher_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sigwatch/sigwatch/watcher"
)

// exchange is a line of the recorded exchanges with a real 7.17.6.
type exchange struct {
	ID    string         `json:"id"`
	Node  string         `json:"node"`
	Steps []exchangeStep `json:"steps"`
}

type exchangeStep struct {
	Method   string          `json:"method"`
	Path     string          `json:"path"`
	Body     json.RawMessage `json:"body"`
	RawBody  *string         `json:"raw_body"`
	Headers  map[string]any  `json:"headers"`
	Response struct {
		Status int             `json:"status"`
		Body   json.RawMessage `json:"body"`
	} `json:"response"`
}

// notTheDocuments are refusals that no reading of the body alone can tell.
func notTheDocuments(answer string) (reason string, ok bool) {
	kinds := []struct{ pattern, reason string }{
		{`"type":"(action_request_validation_exception|unsupported_operation_exception)"`, "parameters"},
		{`"type":"(version_conflict_engine_exception|document_missing_exception|index_not_found_exception)"`, "the store"},
		{`"type":"(mapper_parsing_exception|security_exception|content_type_header_exception)"`, "mapping, rights, headers"},
		{`object field (cannot contain|starting or ending)`, "mapping"},
		{`"type":"(script_exception|general_script_exception)"`, "scripts are not compiled here"},
		{`unable to find script|script_lang not supported`, "scripts are not compiled here"},
		{`no accounts? (of type|found)`, "accounts"},
		{`unrecognized parameter|as only \[true\] or \[false\]|sequence numbers must be`, "parameters"},
		{`is too long, must be no longer than`, "ids"},
		{`Content-Type header|no handler found|Incorrect HTTP method|does not support having a body`, "the HTTP surface"},
		{`"type":"null_pointer_exception".*Authentication.password`, "a merging put, tested by itself"},
	}
	for _, k := range kinds {
		if regexp.MustCompile(k.pattern).MatchString(answer) {
			return k.reason, true
		}
	}
	return "", false
}

func exchanges(t *testing.T) []exchange {
	t.Helper()
	var list []exchange
	lines := bufio.NewScanner(bytes.NewReader(shared(t, "groundtruth", "watcher", "exchanges.jsonl")))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var e exchange
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// recorded counts what was compared, by theme.
type recorded struct {
	*testing.T
	accepted, refused, gets, inline int
	excused                         map[string]int
	stored                          map[string]*watcher.Object
}

func TestRecordedExchanges(t *testing.T) {
	r := &recorded{T: t, excused: map[string]int{}}
	for _, e := range exchanges(t) {
		if e.Node == "basic" {
			continue
		}
		t.Run(e.ID, func(t *testing.T) {
			r.T = t
			r.stored = map[string]*watcher.Object{}
			for i, s := range e.Steps {
				r.step(i, s)
			}
		})
	}
	r.T = t
	t.Logf("puts accepted %d, refused %d, gets %d, inline refusals %d, not the document's: %v",
		r.accepted, r.refused, r.gets, r.inline, r.excused)
	if r.accepted < 450 || r.refused < 160 || r.gets < 450 || r.inline < 70 {
		t.Error("fewer exchanges were compared than there are")
	}
}

func (r *recorded) step(i int, s exchangeStep) {
	path, query, _ := strings.Cut(s.Path, "?")
	path = strings.TrimPrefix(path, "/_xpack")
	id, ok := strings.CutPrefix(strings.TrimPrefix(path, "/_watcher"), "/watcher/watch/")
	if !ok {
		id, ok = strings.CutPrefix(path, "/_watcher/watch/")
	}
	id, err := url.PathUnescape(id)
	switch {
	case !ok || err != nil || s.notJSON():
	case id == "_execute" || strings.HasSuffix(path, "/_execute"):
		r.execute(i, s)
	case strings.Contains(strings.Trim(path, "/"), "/_"+"execute"), strings.Count(path, "/") != 3:
	case s.Method == "PUT" || s.Method == "POST":
		r.put(i, id, query, s)
	case s.Method == "DELETE":
		delete(r.stored, id)
	case s.Method == "GET":
		r.get(i, id, s)
	}
}

// notJSON: bodies in YAML, and answers that came out different each time.
func (s exchangeStep) notJSON() bool {
	kind, _ := s.Headers["Content-Type"].(string)
	return strings.Contains(kind, "yaml") || string(s.Response.Body) == `"<unstable>"`
}

// sent gives the text that was sent, laid out as the recorder lays it out,
// and what it says.
func (r *recorded) sent(s exchangeStep) ([]byte, *watcher.Object, error) {
	var text []byte
	switch {
	case s.RawBody != nil:
		text = []byte(*s.RawBody)
	case s.Body != nil:
		v, err := watcher.ParseJSON(s.Body)
		if err != nil {
			r.Fatal(err)
		}
		text = spaced(nil, v)
	}
	body, err := watcher.ParseWatch("w", text, watcher.Version{})
	return text, body, err
}

// spaced is the layout of Python's json.dumps.
func spaced(out []byte, v any) []byte {
	switch v := v.(type) {
	case *watcher.Object:
		out = append(out, '{')
		for i, m := range v.Members {
			if i > 0 {
				out = append(out, ", "...)
			}
			out = append(append(out, watcher.Encode(m.Name)...), ": "...)
			out = spaced(out, m.Value)
		}
		return append(out, '}')
	case []any:
		out = append(out, '[')
		for i, e := range v {
			if i > 0 {
				out = append(out, ", "...)
			}
			out = spaced(out, e)
		}
		return append(out, ']')
	default:
		return append(out, watcher.Encode(v)...)
	}
}

func (r *recorded) put(i int, id, query string, s exchangeStep) {
	text, body, err := r.sent(s)
	opt := watcher.WriteOptions{Version: watcher.Version{Major: 7, Minor: 17, Patch: 6}, Source: text}
	merge := strings.Contains(query, "if_seq_no") || strings.Contains(query, "version=")
	opt.Merge = merge
	var w *watcher.Object
	if err == nil {
		w, err = watcher.Written(id, body, opt)
	} else {
		_, err = watcher.ParseWatch(id, text, opt.Version)
	}
	if s.Response.Status == 200 || s.Response.Status == 201 {
		if err != nil {
			r.Errorf("step %d: the server took %s, here: %v", i, text, err)
			return
		}
		r.accepted++
		r.stored[id] = w
		if merge {
			// A merge keeps parts of what was stored: the emulator's matter.
			delete(r.stored, id)
		}
		checkCanonical(r.T, body, w)
		return
	}
	if why, ok := notTheDocuments(compact(s.Response.Body)); ok {
		r.excused[why]++
		return
	}
	r.refusal(i, s, err)
	r.refused++
}

func compact(raw json.RawMessage) string {
	var out bytes.Buffer
	if json.Compact(&out, raw) != nil {
		return string(raw)
	}
	return out.String()
}

// refusal compares the whole answer.
func (r *recorded) refusal(i int, s exchangeStep, err error) {
	var refusal *watcher.ParseError
	if !errors.As(err, &refusal) {
		r.Errorf("step %d: the server refused %s%s\n%s\nhere: %v", i, s.Body, raw(s), s.Response.Body, err)
		return
	}
	want := object(r.T, s.Response.Body)
	if diff := cmp.Diff(string(watcher.EncodeIndent(want)), string(watcher.EncodeIndent(refusal.Object()))); diff != "" {
		r.Errorf("step %d: answer to %s%s (-want +got):\n%s", i, s.Body, raw(s), diff)
	}
}

func raw(s exchangeStep) string {
	if s.RawBody == nil {
		return ""
	}
	return *s.RawBody
}

func (r *recorded) get(i int, id string, s exchangeStep) {
	var answer struct {
		Found bool            `json:"found"`
		Watch json.RawMessage `json:"watch"`
	}
	if s.Response.Status != 200 || json.Unmarshal(s.Response.Body, &answer) != nil || answer.Watch == nil {
		return
	}
	if w, ok := r.stored[id]; ok {
		r.gets++
		same(r.T, "step "+string(watcher.Encode(json.Number(itoa(i)))), object(r.T, answer.Watch),
			watcher.Redact(w, watcher.Version{Major: 7, Minor: 17}))
		if diff := cmp.Diff(frame(object(r.T, answer.Watch)), frame(w)); diff != "" {
			r.Errorf("step %d: order of members (-want +got):\n%s", i, diff)
		}
	}
}

// frame gives the names of all members in their order, but for objects whose
// order the server does not keep.
func frame(v any) []string {
	var names []string
	switch v := v.(type) {
	case *watcher.Object:
		for _, m := range v.Members {
			names = append(names, m.Name)
			switch m.Name {
			case "metadata", "simple", "params", "headers", "fields":
			default:
				names = append(names, frame(m.Value)...)
			}
		}
	case []any:
		for _, e := range v {
			names = append(names, frame(e)...)
		}
	}
	return names
}

func itoa(i int) string {
	text, _ := json.Marshal(i)
	return string(text)
}

// execute compares the refusals of inline watches.
func (r *recorded) execute(i int, s exchangeStep) {
	if s.Body == nil {
		return
	}
	body, err := watcher.ParseObject(s.Body)
	if err != nil {
		return
	}
	v, _ := body.Get("watch")
	inline, ok := v.(*watcher.Object)
	if !ok {
		return
	}
	_, err = watcher.Written("_inlined_", inline, watcher.WriteOptions{Version: watcher.Version{Major: 7, Minor: 17, Patch: 6}})
	answer := compact(s.Response.Body)
	switch {
	case s.Response.Status == 200 && err != nil:
		r.Errorf("step %d: the server ran %s, here: %v", i, s.Body, err)
	case s.Response.Status == 200:
	case err == nil:
		// Refused, but not for the watch: for the run, or for the request.
	default:
		if why, ok := notTheDocuments(answer); ok {
			r.excused[why]++
			return
		}
		r.inline++
		r.refusal(i, s, err)
	}
}
