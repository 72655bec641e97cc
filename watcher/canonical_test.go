package watcher_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/watcher"
)

func versions() []watcher.Version {
	return []watcher.Version{{Major: 6, Minor: 3}, {Major: 7, Minor: 17, Patch: 6}, {Major: 8, Minor: 19}, {Major: 9, Minor: 5}}
}

// Whatever version gave the live body: between it and the wanted one nothing
// is left but what was changed.
func TestCanonicalFoldsVersions(t *testing.T) {
	bodies := []string{
		exampleWatch,
		at("request", `{"indices":"b,a","types":[],"body":{"n":1e3}}`),
		at("request", `{"indices":"a","indices_options":{"expand_wildcards":"all","ignore_unavailable":false}}`),
		at("request", `{"template":{"source":{"a":1.0}}}`),
		at("schedule", `{"weekly":{"on":["tue","mon"],"at":["noon","9:05","17:00","0:30"]}}`),
		at("schedule", `{"cron":["0 0 3 * * ?","0 0 1 * * ?"]}`),
		at("input", `{"search":{"request":{},"extract":["b","a","b"]}}`),
		at("transform", `{"search":{"request":{},"dynamic_name_timezone":"UTC"}}`),
		at("action", `{"webhook":{"url":"http://h/x?y=1","headers":{"Authorization":"x"}}}`),
	}
	for _, text := range bodies {
		wanted := object(t, []byte(text))
		want := watcher.Canonical(wanted)
		for _, v := range versions() {
			w, err := watcher.Written("w", wanted, watcher.WriteOptions{Version: v})
			if err != nil {
				if strings.Contains(text, `"types"`) {
					continue
				}
				t.Fatalf("%v refuses %s: %v", v, text, err)
			}
			live := watcher.Redact(w, v)
			same(t, v.String(), want, watcher.Canonical(live))
		}
	}
}

func TestCanonicalSeesChanges(t *testing.T) {
	pairs := [][2]string{
		{at("request", `{"body":{"a":1}}`), at("request", `{"body":{"a":2}}`)},
		{at("request", `{"indices":"a"}`), at("request", `{"indices":"b"}`)},
		{at("request", `{}`), at("request", `{"rest_total_hits_as_int":false}`)},
		{at("request", `{}`), at("request", `{"indices_options":{"expand_wildcards":"all"}}`)},
		{at("request", `{}`), at("request", `{"types":["x"]}`)},
		{at("schedule", `{"cron":"0 0 1 * * ?"}`), at("schedule", `{"cron":"0 0 2 * * ?"}`)},
		{at("email", `{"to":"a@x"}`), at("email", `{"to":["a@x","b@x"]}`)},
		{at("watch", `"metadata":{"a":1}`), at("watch", `"metadata":{"a":"1"}`)},
		{at("watch", `"throttle_period":"1s"`), at("watch", `"throttle_period":"2s"`)},
		{at("condition", `{"compare":{"p":{"gt":0}}}`), at("condition", `{"compare":{"p":{"gte":0}}}`)},
	}
	for _, p := range pairs {
		a, b := object(t, []byte(p[0])), object(t, []byte(p[1]))
		if watcher.Diff(watcher.Canonical(a), watcher.Canonical(b)) == nil {
			t.Errorf("no difference between %s and %s", p[0], p[1])
		}
		if watcher.Hash(a) == watcher.Hash(b) {
			t.Errorf("one hash for %s and %s", p[0], p[1])
		}
	}
}

// What no server takes is compared as it is.
func TestCanonicalOfWhatIsRefused(t *testing.T) {
	body := object(t, []byte(`{"trigger":{"foo":1.0},"x":[1e2],"metadata":{"sigwatch":{},"a":1},
		"actions":{"a":{"email":{"password":"p"}}}}`))
	want := object(t, []byte(`{"trigger":{"foo":1},"x":[100],"metadata":{"a":1},"actions":{"a":{"email":{"password":"::es_redacted::"}}}}`))
	got := watcher.Canonical(body)
	same(t, "canonical", want, got)
	same(t, "canonical of it", got, watcher.Canonical(got))
	if watcher.Hash(nil) != watcher.Hash(&watcher.Object{}) {
		t.Error("nothing and an empty body have two hashes")
	}
}

func TestHashIgnoresOrderAndSpelling(t *testing.T) {
	a := object(t, []byte(at("watch", `"metadata":{"a":1,"b":[1.0,{"x":1,"y":2}]},"throttle_period":"60s"`)))
	b := object(t, []byte(at("watch", `"throttle_period_in_millis":60000,"metadata":{"b":[1,{"y":2.0,"x":1}],"a":1e0}`)))
	if watcher.Hash(a) != watcher.Hash(b) {
		t.Errorf("%s\n%s", watcher.Encode(watcher.Canonical(a)), watcher.Encode(watcher.Canonical(b)))
	}
	if watcher.Hash(a) != watcher.HashCanonical(watcher.Canonical(a)) {
		t.Error("Hash and HashCanonical differ")
	}
}

// hashedObject has that many members besides two that are there twice, upwards
// or downwards by name, and texts of all lengths.
func hashedObject(members int, upwards bool) *watcher.Object {
	o := &watcher.Object{Members: []watcher.Member{{Name: "twice", Value: "first"}, {Name: "twice", Value: "second"}}}
	for i := range members {
		n := i
		if !upwards {
			n = members - 1 - i
		}
		o.Members = append(o.Members, watcher.Member{
			Name: fmt.Sprintf("m%03d", n), Value: []any{strings.Repeat("x\"y", n*n), json.Number("1.50"), nil, true},
		})
	}
	return o
}

// The hashes stand in the metadata of watches, so they may never change. These
// are of objects that are sorted in each of the ways there are and are
// hashed in one piece and in many.
func TestHashStays(t *testing.T) {
	want := map[int]string{
		0:  "sha256:267bacbdc6da84935459987e6148e7746a8d58d526387da9dd7972d6506c33fb",
		3:  "sha256:19b8877fd111f25346318cd3ac37e06f6bbb2cec711bb3e76af9caff8feb93bf",
		14: "sha256:9d31f327d191e02a4af78e5f764331b09557631ecca7a060faf153c35d003c5c",
		15: "sha256:62a82b6cb3377b8caed39480889d8ea683bc1755701c044e301c4b2427f95b60",
		60: "sha256:4bbf58882ba5249b98d3b6371aebae6b9ade5719be81170bdb71ac2bffbfa302",
	}
	for members, hash := range want {
		for _, upwards := range []bool{true, false} {
			if got := watcher.HashCanonical(hashedObject(members, upwards)); got != hash {
				t.Errorf("%d members: %s, want %s", members, got, hash)
			}
		}
	}
}

// Free content may be shared on the way to a hash, so neither the body nor
// what was taken of it before may change by another hash being made.
func TestHashLeavesTheBody(t *testing.T) {
	body := object(t, []byte(at("watch", `"metadata":{"a":{"n":1.50},"sigwatch":{"x":1},"b":[{"password":"p"}]},
		"input":{"simple":{"http":{"request":{"auth":{"basic":{"password":"p"}}}}}}`)))
	before := string(watcher.Encode(body))
	canonical := watcher.Canonical(body)
	shown := string(watcher.Encode(canonical))
	for _, v := range versions() {
		if _, err := watcher.WrittenHash("w", body, watcher.WriteOptions{Version: v}); err != nil {
			t.Fatal(err)
		}
	}
	watcher.Hash(canonical)
	if after := string(watcher.Encode(body)); after != before {
		t.Errorf("the body became %s", after)
	}
	if after := string(watcher.Encode(canonical)); after != shown {
		t.Errorf("the canonical form became %s, was %s", after, shown)
	}
	if !strings.Contains(before, "sigwatch") || strings.Contains(shown, "sigwatch") {
		t.Errorf("the mark is in the wrong form: %s, %s", before, shown)
	}
}

// What Written gives shares nothing with the put.
func TestWrittenSharesNothing(t *testing.T) {
	body := object(t, []byte(at("watch", `"metadata":{"a":{"b":[{"c":1}]}}`)))
	before := string(watcher.Encode(body))
	w := mustWrite(t, body, watcher.WriteOptions{})
	spoil(w)
	if after := string(watcher.Encode(body)); after != before {
		t.Errorf("the body became %s", after)
	}
}

// spoil changes all of a tree.
func spoil(v any) {
	switch v := v.(type) {
	case *watcher.Object:
		for i := range v.Members {
			spoil(v.Members[i].Value)
			v.Members[i].Value = "spoilt"
		}
	case []any:
		for i := range v {
			spoil(v[i])
			v[i] = "spoilt"
		}
	}
}

func seedBodies() []string {
	seeds := []string{exampleWatch, secretWatch, `{}`, `{"trigger":{"schedule":{"daily":[]}},"input":"x"}`}
	for part, list := range rows() {
		for _, r := range list {
			seeds = append(seeds, at(part, r.put))
		}
	}
	return seeds
}

// FuzzWritten: what is written is stable, needs no more than the put had, and
// differs from it in nothing that Canonical does not fold.
func FuzzWritten(f *testing.F) {
	for _, s := range seedBodies() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := watcher.ParseJSON(text, watcher.ParseOptions{Server: true})
		body, ok := v.(*watcher.Object)
		if err != nil || !ok {
			return
		}
		before := string(watcher.Encode(body))
		canonical := watcher.Canonical(body)
		same(t, "canonical of the canonical form", canonical, watcher.Canonical(canonical))
		for _, v := range versions() {
			checkWritten(t, body, v, canonical)
		}
		if after := string(watcher.Encode(body)); after != before {
			t.Fatalf("%s became %s", before, after)
		}
	})
}

func checkWritten(t *testing.T, body *watcher.Object, v watcher.Version, canonical *watcher.Object) {
	t.Helper()
	opt := watcher.WriteOptions{Version: v, AllowRedacted: true}
	w, err := watcher.Written("w", body, opt)
	hash, refusal := watcher.WrittenHash("w", body, opt)
	if err != nil {
		if want := refusalOf(t, err); refusal == nil || refusal.Error() != want.Error() {
			t.Fatalf("%v is refused by WrittenHash with %v", want, refusal)
		}
		return
	}
	if want := watcher.Hash(w); refusal != nil || hash != want {
		t.Fatalf("hash of the written form %s, WrittenHash %s (%v)", want, hash, refusal)
	}
	text := watcher.Encode(w)
	again, err := watcher.Written("w", w, opt)
	switch {
	case err == nil:
		same(t, v.String()+" written again", w, again)
	case unreadable(v, string(text)):
	default:
		t.Fatalf("%v refuses what it wrote, %s: %v", v, text, err)
	}
	if !ambiguous(string(watcher.Encode(body))) {
		same(t, v.String()+" canonical", canonical, watcher.Canonical(w))
	}
}

// unreadable: what the server itself writes and then cannot read (nulls for
// what a pagerduty event or a slack button lacks, rounded intervals of 6.x).
func unreadable(v watcher.Version, text string) bool {
	return strings.Contains(text, ":null") || v.Major < 7 && strings.Contains(text, `"interval"`)
}

// ambiguous: what versions read in different ways, so that the put alone does
// not tell what it means.
func ambiguous(text string) bool {
	return strings.Contains(text, ";") || strings.Contains(text, `"interval"`) && strings.Contains(text, "reporting")
}
