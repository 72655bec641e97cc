package elastic_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/elastic"
)

func idsOf(l watcher.Listing) []string {
	var out []string
	for _, live := range l.Live {
		s := live.ID
		if live.Broken != "" {
			s += " broken, owner " + live.Owner
		}
		out = append(out, s)
	}
	return out
}

func small(n int) func(*elastic.Config) {
	return func(cfg *elastic.Config) { cfg.PageSize = n }
}

// filled holds n watches of ours and one of others.
func filled(t *testing.T, n int) (*server, []string) {
	s := newServer(t)
	var ids []string
	for i := range n {
		id := fmt.Sprintf("soc-%04d", i)
		s.hold(t, watch(t, owner, id, "x"))
		ids = append(ids, id)
	}
	s.hold(t, watch(t, "blue", "blue-1", "theirs"))
	return s, ids
}

func TestPageBoundaries(t *testing.T) {
	for _, oldServer := range []bool{false, true} {
		for n := range 13 {
			t.Run(fmt.Sprintf("%d watches, old server %v", n, oldServer), func(t *testing.T) {
				s, ids := filled(t, n)
				s.noQuery = oldServer
				l, err := s.client(t, small(4)).List(t.Context(), owner, nil)
				if err != nil {
					t.Fatal(err)
				}
				if !l.Complete || l.Total != n+1 {
					t.Errorf("complete %v (%s), total %d; want complete, %d", l.Complete, l.Why, l.Total, n+1)
				}
				if diff := cmp.Diff(ids, idsOf(l)); diff != "" {
					t.Errorf("ids (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestEmptyCluster(t *testing.T) {
	s := newServer(t)
	l, err := s.client(t).List(t.Context(), owner, []string{"soc-1"})
	if err != nil || !l.Complete || l.Total != 0 || len(l.Live) != 0 {
		t.Errorf("got %+v, %v", l, err)
	}
}

func TestForeignAtAWantedID(t *testing.T) {
	s, ids := filled(t, 3)
	s.hold(t, watch(t, "blue", "soc-9999", "theirs"))
	l, err := s.client(t, small(2)).List(t.Context(), owner, append(ids, "soc-9999", "soc-5555", "soc-5556"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(ids, "soc-9999"), idsOf(l)); diff != "" || !l.Complete || l.Total != 5 {
		t.Errorf("complete %v, total %d, ids (-want +got):\n%s", l.Complete, l.Total, diff)
	}
}

// Copies made by hand share a sort key, and others have none.
func TestKeysThatAreNotUnique(t *testing.T) {
	s, ids := filled(t, 5)
	for i := range 3 {
		d := *s.docs["soc-0003"]
		d.id = fmt.Sprintf("soc-copy%d", i)
		s.docs[d.id] = &d
		ids = append(ids, d.id)
	}
	for i := range 2 {
		id := fmt.Sprintf("soc-nokey%d", i)
		s.hold(t, watch(t, owner, id, "x"))
		v, _ := s.docs[id].body.Get("metadata")
		sig, _ := v.(*watcher.Object).Get("sigwatch")
		sig.(*watcher.Object).Delete("watch")
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for size := 5; size <= 12; size++ {
		l, err := s.client(t, small(size)).List(t.Context(), owner, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(ids, idsOf(l)); diff != "" || !l.Complete {
			t.Errorf("pages of %d: complete %v (%s), ids (-want +got):\n%s", size, l.Complete, l.Why, diff)
		}
	}
	// Four of one key on pages of three cannot be told apart: then the listing
	// says so.
	l, err := s.client(t, small(3)).List(t.Context(), owner, nil)
	if err != nil || l.Complete {
		t.Errorf("pages of 3: complete %v, %v", l.Complete, err)
	}
}

func TestIncompleteListings(t *testing.T) {
	tests := []struct {
		name  string
		fault func(s *server) func(http.ResponseWriter, *http.Request, int) bool
		why   string
	}{
		{"a watch is made between the pages", func(s *server) func(http.ResponseWriter, *http.Request, int) bool {
			return func(_ http.ResponseWriter, _ *http.Request, n int) bool {
				if n == 2 {
					s.mu.Lock()
					defer s.mu.Unlock()
					s.hold(t, watch(t, owner, "soc-0000a", "x"))
				}
				return false
			}
		}, "changed from 6 to 7"},
		{"a page holds less than it should", func(*server) func(http.ResponseWriter, *http.Request, int) bool {
			return func(w http.ResponseWriter, r *http.Request, n int) bool {
				return n == 1 && reply(200, "application/json", `{"count":6,"watches":[]}`)(w, r, n)
			}
		}, "the pages hold 0 watches, but the cluster counts 6"},
		{"a page comes twice", func(*server) func(http.ResponseWriter, *http.Request, int) bool {
			page := `{"count":6,"watches":[{"_id":"soc-a","watch":{"metadata":{"sigwatch":{"watch":"soc-a"}}}},{"_id":"soc-b","watch":{"metadata":{"sigwatch":{"watch":"soc-b"}}}}]}`
			return func(w http.ResponseWriter, r *http.Request, n int) bool {
				return n <= 2 && reply(200, "application/json", page)(w, r, n)
			}
		}, `watch "soc-a" was listed twice`},
		{"the total is too small", func(*server) func(http.ResponseWriter, *http.Request, int) bool {
			return func(w http.ResponseWriter, r *http.Request, n int) bool {
				return n == 6 && reply(200, "application/json", `{"count":1,"watches":[]}`)(w, r, n)
			}
		}, "the cluster counts 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, _ := filled(t, 6)
			s.fault = test.fault(s)
			l, err := s.client(t, small(2)).List(t.Context(), owner, nil)
			if err != nil {
				t.Fatal(err)
			}
			if l.Complete || !strings.Contains(l.Why, test.why) {
				t.Errorf("complete %v, why %q; want incomplete, %q", l.Complete, l.Why, test.why)
			}
		})
	}
}

func TestBrokenWatchOnAPage(t *testing.T) {
	named := "could not parse watch [soc-0002]. unexpected field [x]"
	unnamed := "unable to find script [gone] in cluster state"
	misleading := "could not parse watch [soc-0001]. unexpected field [x]"
	tests := []struct {
		name             string
		reason           string
		noSearch, wanted bool
		complete         bool
	}{
		{"named", named, true, false, true},
		{"another is named", misleading, false, false, true},
		{"not named, the index may be searched", unnamed, false, false, true},
		{"not named, nothing may be searched", unnamed, true, true, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, ids := filled(t, 9)
			s.docs["soc-0002"].broken, s.noSearch = test.reason, test.noSearch
			want := slices.Clone(ids)
			want[2] += " broken, owner soc"
			var wanted []string
			if test.wanted {
				wanted = append(slices.Clone(ids), "soc-new")
			}
			l, err := s.client(t, small(4)).List(t.Context(), owner, wanted)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, idsOf(l)); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
			if l.Complete != test.complete || l.Total != 10 {
				t.Errorf("complete %v (%s), total %d; want %v, 10", l.Complete, l.Why, l.Total, test.complete)
			}
		})
	}
}

func TestForeignBrokenWatchAtAWantedID(t *testing.T) {
	for _, noSearch := range []bool{false, true} {
		s, ids := filled(t, 3)
		s.noSearch = noSearch
		s.docs["blue-1"].broken = "no such account"
		l, err := s.client(t).List(t.Context(), owner, append(ids, "blue-1"))
		if err != nil || !l.Complete {
			t.Fatalf("complete %v (%s), %v", l.Complete, l.Why, err)
		}
		for _, live := range l.Live {
			if live.ID == "blue-1" && (live.Broken == "" || live.Owner == owner) {
				t.Errorf("got %+v, want a broken watch that is not ours", live)
			}
		}
	}
}

func TestListingFails(t *testing.T) {
	tests := []struct {
		name  string
		fault func(http.ResponseWriter, *http.Request, int) bool
		want  string
	}{
		{"credentials", reply(401, "application/json", `{"error":{"type":"security_exception","reason":"no"},"status":401}`), "api_key"},
		{"another server", reply(200, "text/html", "<html>"), "is not Elasticsearch"},
		{"another API", reply(200, "application/json", `{"hits":7}`), "no listing of watches"},
		{"our own mistake", reply(400, "application/json", `{"error":{"type":"search_phase_execution_exception","reason":"all shards failed"},"status":400}`), "all shards failed"},
		{"unavailable", reply(503, "application/json", `{"error":{"type":"x","reason":"no master"},"status":503}`), "no master"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, _ := filled(t, 3)
			s.fault = test.fault
			if _, err := s.client(t).List(t.Context(), owner, nil); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

// What the index holds has its secrets in the open: they must not get further.
func TestSearchedIndexShowsNoSecrets(t *testing.T) {
	s := newServer(t)
	s.noQuery = true
	w := watch(t, owner, "soc-1", "x")
	w.Body.Set("input", object(`{"http":{"request":{"url":"http://h/","auth":{"basic":{"username":"u","password":"open sesame"}}}}}`))
	s.hold(t, w)
	l, err := s.client(t).List(t.Context(), owner, nil)
	if err != nil || len(l.Live) != 1 {
		t.Fatalf("%+v, %v", l, err)
	}
	if body := string(watcher.Encode(l.Live[0].Body)); strings.Contains(body, "sesame") || strings.Contains(body, `"status"`) {
		t.Errorf("the live body is %s", body)
	}
}

func TestLogsHoldNeitherBodiesNorSecrets(t *testing.T) {
	s := newServer(t)
	var b bytes.Buffer
	c := s.client(t, func(cfg *elastic.Config) {
		cfg.Logger = slog.New(slog.NewJSONHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))
		cfg.Username, cfg.Password = "u", "geheim"
	})
	w := watch(t, owner, "soc-1", "a text of the body")
	if err := c.Put(t.Context(), w.ID, w.Body, true); err != nil {
		t.Fatal(err)
	}
	if _, err := c.List(t.Context(), owner, nil); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "/_watcher/watch/soc-1") {
		t.Errorf("the log does not name the request: %s", b.String())
	}
	for _, secret := range []string{"geheim", "a text of the body"} {
		if strings.Contains(b.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
