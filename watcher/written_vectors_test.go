package watcher_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sigwatch/sigwatch/watcher"
)

// shared opens a file of the shared data, or skips the test.
func shared(t *testing.T, parts ...string) []byte {
	t.Helper()
	root := os.Getenv("SIGWATCH_SHARED")
	if root == "" {
		t.Skip("SIGWATCH_SHARED is not set: the shared vectors are not there")
	}
	text, err := os.ReadFile(filepath.Join(append([]string{root}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

type vector struct {
	Version string       `json:"version"`
	Name    string       `json:"test name"`
	Steps   []vectorStep `json:"steps"`
}

type vectorStep struct {
	API    string          `json:"api"`
	Path   string          `json:"path"`
	Body   json.RawMessage `json:"body"`
	Expect struct {
		Status  any                        `json:"status"`
		Matches map[string]json.RawMessage `json:"matches"`
	} `json:"expect"`
}

func vectors(t *testing.T, name string) []vector {
	t.Helper()
	var list []vector
	if err := json.Unmarshal(shared(t, "golden", "watcher", name), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func object(t *testing.T, text []byte) *watcher.Object {
	t.Helper()
	o, err := watcher.ParseObject(text)
	if err != nil {
		t.Fatalf("parse %s: %v", text, err)
	}
	return o
}

func version(t *testing.T, text string) watcher.Version {
	t.Helper()
	v, err := watcher.ParseVersion(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// mustWrite is Written of a body that has to be accepted.
func mustWrite(t *testing.T, body *watcher.Object, opt watcher.WriteOptions) *watcher.Object {
	t.Helper()
	w, err := watcher.Written("w", body, opt)
	if err != nil {
		t.Fatalf("written form of %s: %v", watcher.Encode(body), err)
	}
	return w
}

// refusalOf gives the refusal that an error of Written has to be.
func refusalOf(t *testing.T, err error) *watcher.ParseError {
	t.Helper()
	var refusal *watcher.ParseError
	if !errors.As(err, &refusal) {
		t.Fatalf("error of another kind: %v", err)
	}
	return refusal
}

// same fails unless two trees are equal as data.
func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if !watcher.Equal(want, got) {
		t.Errorf("%s: %s\nwant %s\ngot  %s", what, changes(watcher.Diff(want, got)), watcher.Encode(want), watcher.Encode(got))
	}
}

func changes(list []watcher.Change) string {
	text := ""
	for _, c := range list {
		text += fmt.Sprintf("\n  %s: %v -> %v", c.Path, show(c.Before), show(c.After))
	}
	return text
}

func show(v any) string {
	if _, absent := v.(watcher.Absent); absent {
		return "(absent)"
	}
	return string(watcher.Encode(v))
}

func TestWrittenRoundTrips(t *testing.T) {
	for _, release := range []string{"6.3", "7.17", "9.5"} {
		t.Run(release, func(t *testing.T) {
			list := vectors(t, "roundtrip-"+release+".json")
			pairs := 0
			for _, v := range list {
				t.Run(v.Name, func(t *testing.T) { pairs += roundTrip(t, v) })
			}
			if pairs < 80 {
				t.Errorf("only %d pairs of put and get were compared", pairs)
			}
			t.Logf("%d vectors, %d pairs of put and get", len(list), pairs)
		})
	}
}

// roundTrip compares each get with the put before it. The second put is what
// the get gave, so secrets may be redacted there.
func roundTrip(t *testing.T, v vector) (pairs int) {
	opt := watcher.WriteOptions{Version: version(t, v.Version)}
	var put *watcher.Object
	for _, s := range v.Steps {
		switch s.API {
		case "watcher.put_watch":
			put = object(t, s.Body)
		case "watcher.get_watch":
			if put == nil || s.Expect.Matches["watch"] == nil {
				continue
			}
			want := object(t, s.Expect.Matches["watch"])
			got := mustWrite(t, put, opt)
			same(t, "get", want, watcher.Redact(got, opt.Version))
			same(t, "written again", got, mustWrite(t, got, opt))
			checkCanonical(t, put, got)
			pairs++
			opt.AllowRedacted = true
		}
	}
	return pairs
}

// checkCanonical: wanted and live differ in nothing, and a canonical body is
// its own canonical form.
func checkCanonical(t *testing.T, put, live *watcher.Object) {
	t.Helper()
	want := watcher.Canonical(put)
	same(t, "canonical of the written form", want, watcher.Canonical(live))
	same(t, "canonical of the canonical form", want, watcher.Canonical(want))
	if a, b := watcher.Hash(put), watcher.Hash(live); a != b {
		t.Errorf("hash of put and get: %s and %s", a, b)
	}
}

func TestWrittenRefuses(t *testing.T) {
	for _, release := range []string{"6.3", "7.17", "9.5"} {
		t.Run(release, func(t *testing.T) {
			count := 0
			for _, v := range vectors(t, "errors-"+release+".json") {
				for _, s := range v.Steps {
					if s.API != "watcher.put_watch" || s.Body == nil || !isParseError(v.Name, s) {
						continue
					}
					count++
					t.Run(v.Name, func(t *testing.T) { refuses(t, v, s) })
				}
			}
			if count < 30 {
				t.Errorf("only %d refusals were compared", count)
			}
			t.Logf("%d refusals", count)
		})
	}
}

// isParseError leaves out what is no matter of the document: parameters, ids,
// accounts.
func isParseError(name string, s vectorStep) bool {
	if s.Expect.Status == "2xx" || s.Expect.Matches["error.type"] == nil {
		return false
	}
	switch name {
	case "id with a space", "seq_no alone", "active neither true nor false", "unknown parameter", "unknown parameters",
		"slack with no account set up", "slack with an unknown account", "pagerduty with an unknown account",
		"jira with an unknown account", "hipchat with an unknown account":
		return false
	}
	return string(s.Expect.Matches["error.type"]) != `"action_request_validation_exception"`
}

func refuses(t *testing.T, v vector, s vectorStep) {
	opt := watcher.WriteOptions{Version: version(t, v.Version)}
	_, err := watcher.Written("w", object(t, s.Body), opt)
	var refusal *watcher.ParseError
	if !errors.As(err, &refusal) {
		t.Fatalf("not refused: %s (error %v)", s.Body, err)
	}
	got := map[string]any{
		"status": float64(refusal.Status), "error.type": refusal.Type, "error.reason": refusal.Reason,
		"error.root_cause.0.type": refusal.RootType, "error.root_cause.0.reason": refusal.RootReason,
	}
	for name, raw := range s.Expect.Matches {
		var want any
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s of %s (-want +got):\n%s", name, s.Body, diff)
		}
	}
}
