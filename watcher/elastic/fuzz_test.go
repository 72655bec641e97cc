package elastic

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/watcher"
)

func fuzzClient(t testing.TB) *Client {
	t.Helper()
	c, err := New(Config{Addresses: []string{"http://u:geheim@127.0.0.1:1"}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Whatever answers, judge gives an object below 300 and an *Error with a text
// for the rest, and only the agreed statuses are worth another try.
func FuzzErrorAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"error":{"root_cause":[{"type":"parse_exception","reason":"missing required [host]"}],"type":"parse_exception","reason":"could not parse watch [w]"},"status":400}`,
		`{"error":"no handler found for uri [/x/y] and method [GET]"}`,
		`{"found":false,"_id":"w"}`,
		`{"error":{"root_cause":[],"type":null,"reason":7}}`,
		`{"error":[1]}`, `[]`, `null`, ``, `<html>`, "{\"a\":1,\"a\":2}",
	} {
		f.Add(400, seed)
		f.Add(503, seed)
	}
	c := fuzzClient(f)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		a, err := c.judge(call{what: "try"}, status, http.Header{}, []byte(body))
		if err == nil {
			if status >= 300 || a.body == nil {
				t.Fatalf("status %d with %q passed", status, body)
			}
			return
		}
		var e *Error
		if !errors.As(err, &e) || e.Status != status || e.Reason == "" || !strings.HasPrefix(e.Error(), "try: ") {
			t.Fatalf("got %#v", err)
		}
		retried := status == 429 || status == 502 || status == 503 || status == 504
		if e.Temporary() != retried {
			t.Fatalf("status %d: temporary %v", status, e.Temporary())
		}
		if e.Uncertain() && status == 429 {
			t.Fatal("a rejected request is said to may have taken effect")
		}
		if notFound(a) && (status != 404 || strings.Contains(body, "error") && isBroken(e)) {
			t.Fatalf("status %d with %q is taken for a watch that is not there", status, body)
		}
	})
}

// A listing is either read whole, each watch with an id and a body, or refused.
func FuzzListing(f *testing.F) {
	for _, seed := range []string{
		`{"count":1,"watches":[{"_id":"w","watch":{"trigger":{}},"status":{"state":{"active":false}}}]}`,
		`{"count":0,"watches":[]}`, `{"count":"1","watches":[{}]}`, `{"watches":null}`, `{"count":-1,"watches":[7]}`,
		`{"hits":{"total":1,"hits":[{"_id":"w","_source":{"trigger":{},"status":{"state":{"active":true}},"metadata":{"sigwatch":{"owner":"soc"}}}}]}}`,
		`{"hits":{"total":{"value":1},"hits":[{"_id":"w","_source":{}}]}}`,
		`{"hits":{"total":{"value":1.5},"hits":[{"_id":7}]}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		o, err := watcher.ParseObject([]byte(body))
		if err != nil || o == nil {
			return
		}
		list, _ := o.Get("watches")
		watches, err := livesOf(list)
		checkLives(t, watches, err)
		p, err := searchPage(o)
		checkLives(t, p.watches, err)
		if p.count < 0 {
			t.Fatalf("a count of %d", p.count)
		}
	})
}

func checkLives(t *testing.T, watches []watcher.Live, err error) {
	t.Helper()
	if err != nil && len(watches) > 0 {
		t.Fatalf("a refused listing gave %d watches", len(watches))
	}
	for _, l := range watches {
		if l.ID == "" || l.Body == nil {
			t.Fatalf("a watch without id or body: %+v", l)
		}
	}
}
