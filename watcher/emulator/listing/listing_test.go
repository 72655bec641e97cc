package listing_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
	"github.com/sigwatch/sigwatch/watcher/emulator/listing"
	"github.com/sigwatch/sigwatch/watcher/emulator/mapping"
)

// index is made of metadata texts; the ids are "0", "1", …
func index(t testing.TB, metadata ...string) *listing.Index {
	t.Helper()
	x := &listing.Index{Mapping: mapping.New("metadata"), Version: watcher.Version{Major: 7, Minor: 17, Patch: 6}, UID: "uid", Node: "node"}
	for i, text := range metadata {
		v, err := watcher.ParseJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		id := fmt.Sprint(i)
		if x.Mapping, err = x.Mapping.Add(mapping.Document{ID: id, Value: v}); err != nil {
			t.Fatal(err)
		}
		x.Documents = append(x.Documents, listing.Document{ID: id, SeqNo: int64(i), Metadata: v})
	}
	return x
}

// sample has a field of each type.
func sample(t testing.TB) *listing.Index {
	t.Helper()
	return index(t,
		`{"name":"b","num":10,"f":1.5,"when":"2020-01-01","on":true,"txt":"Quick brown fox","tags":["x","y"]}`,
		`{"name":"a","num":2,"f":2,"when":"2020-02-01T10:00:00Z","on":"false","txt":"lazy dog, quick","o":{"p":"deep"}}`,
		`{"name":"c","num":"7","when":"2020-02-02","txt":"`+strings.Repeat("z", 257)+`","tags":"y"}`,
		`{"num":null,"txt":5}`,
		`{}`,
	)
}

// find gives the ids that a body finds, or the refusal with all its causes.
func find(x *listing.Index, body string) string {
	r, err := listing.Parse([]byte(body))
	if err == nil {
		err = r.Check()
	}
	var result listing.Result
	if err == nil {
		result, err = r.Run(x)
	}
	if err != nil {
		var parts []string
		for e := exception.From(err); e != nil; e = e.CausedBy {
			parts = append(parts, e.Error())
		}
		return strings.Join(parts, " < ")
	}
	var ids []string
	for _, at := range result.Hits {
		ids = append(ids, x.Documents[at].ID)
	}
	return fmt.Sprintf("%d: %s", result.Total, strings.Join(ids, " "))
}

func TestQueries(t *testing.T) {
	x := sample(t)
	for query, want := range map[string]string{
		`{"match_all":{"boost":2}}`:                        "5: 0 1 2 3 4",
		`{"match_none":{}}`:                                "0: ",
		`{"ids":{"values":["3",1,"none"]}}`:                "2: 1 3",
		`{"ids":{}}`:                                       "0: ",
		`{"term":{"_id":"2"}}`:                             "1: 2",
		`{"terms":{"_id":["2","4"]}}`:                      "2: 2 4",
		`{"term":{"metadata.name":"a"}}`:                   "1: 1",
		`{"term":{"metadata.name.keyword":{"value":"A"}}}`: "0: ",
		`{"term":{"metadata.name.keyword":{"value":"A","case_insensitive":true}}}`:      "1: 1",
		`{"term":{"metadata.txt":"quick"}}`:                                             "2: 0 1",
		`{"term":{"metadata.txt":"Quick"}}`:                                             "0: ",
		`{"term":{"metadata.txt.keyword":"Quick brown fox"}}`:                           "1: 0",
		`{"term":{"metadata.txt.keyword":"` + strings.Repeat("z", 257) + `"}}`:          "0: ",
		`{"term":{"metadata.txt":5}}`:                                                   "1: 3",
		`{"term":{"metadata.num":7}}`:                                                   "1: 2",
		`{"term":{"metadata.num":"7"}}`:                                                 "1: 2",
		`{"term":{"metadata.num":7.5}}`:                                                 "0: ",
		`{"term":{"metadata.f":1.5}}`:                                                   "1: 0",
		`{"term":{"metadata.on":true}}`:                                                 "1: 0",
		`{"term":{"metadata.on":"false"}}`:                                              "1: 1",
		`{"term":{"metadata.when":"2020-02"}}`:                                          "2: 1 2",
		`{"term":{"metadata.o":"deep"}}`:                                                "0: ",
		`{"term":{"metadata.o.p.keyword":"deep"}}`:                                      "1: 1",
		`{"term":{"metadata.tags.keyword":"y"}}`:                                        "2: 0 2",
		`{"term":{"metadata.nosuch":"y"}}`:                                              "0: ",
		`{"term":{"status.state.active":true}}`:                                         "0: ",
		`{"terms":{"metadata.num":[10,"2"]}}`:                                           "2: 0 1",
		`{"terms":{"metadata.num":[]}}`:                                                 "0: ",
		`{"prefix":{"metadata.txt":"qui"}}`:                                             "2: 0 1",
		`{"prefix":{"metadata.txt.keyword":{"value":"quick","case_insensitive":true}}}`: "1: 0",
		`{"wildcard":{"metadata.txt.keyword":"*brown?fox"}}`:                            "1: 0",
		`{"wildcard":{"metadata.txt.keyword":"Quick\\*"}}`:                              "0: ",
		`{"regexp":{"metadata.name.keyword":"[ab]"}}`:                                   "2: 0 1",
		`{"regexp":{"metadata.name.keyword":"a|b"}}`:                                    "2: 0 1",
		`{"exists":{"field":"metadata.on"}}`:                                            "2: 0 1",
		`{"exists":{"field":"metadata.num"}}`:                                           "3: 0 1 2",
		`{"exists":{"field":"metadata.o"}}`:                                             "1: 1",
		`{"exists":{"field":"metadata"}}`:                                               "4: 0 1 2 3",
		`{"exists":{"field":"metadata.txt.keyword"}}`:                                   "3: 0 1 3",
		`{"exists":{"field":"_id"}}`:                                                    "5: 0 1 2 3 4",
		`{"exists":{"field":"trigger"}}`:                                                "0: ",
		`{"range":{"metadata.num":{"gt":2,"lte":"10"}}}`:                                "2: 0 2",
		`{"range":{"metadata.f":{"gte":2}}}`:                                            "1: 1",
		`{"range":{"metadata.when":{"gt":"2020-01"}}}`:                                  "2: 1 2",
		`{"range":{"metadata.when":{"gte":"2020-01","lt":"2020-02-02"}}}`:               "2: 0 1",
		`{"range":{"metadata.when":{"lte":"2020-02-01"}}}`:                              "2: 0 1",
		`{"range":{"metadata.name.keyword":{"gte":"b"}}}`:                               "2: 0 2",
		`{"match":{"metadata.txt":"DOG cat"}}`:                                          "1: 1",
		`{"match":{"metadata.txt":{"query":"quick dog","operator":"and"}}}`:             "1: 1",
		`{"match":{"metadata.num":"7"}}`:                                                "1: 2",
		`{"match_phrase":{"metadata.txt":"brown fox"}}`:                                 "1: 0",
		`{"match_phrase":{"metadata.txt":"fox brown"}}`:                                 "0: ",
		`{"constant_score":{"filter":{"term":{"metadata.num":2}},"boost":1}}`:           "1: 1",
		`{"bool":{}}`: "5: 0 1 2 3 4",
		`{"bool":{"must":{"term":{"metadata.txt":"quick"}},"must_not":[{"term":{"metadata.num":2}}]}}`:                                             "1: 0",
		`{"bool":{"should":[{"term":{"metadata.num":2}},{"term":{"metadata.num":7}}]}}`:                                                            "2: 1 2",
		`{"bool":{"filter":[{"match_all":{}}],"should":[{"term":{"metadata.num":2}}]}}`:                                                            "5: 0 1 2 3 4",
		`{"bool":{"minimum_should_match":2,"should":[{"term":{"metadata.txt":"quick"}},{"term":{"metadata.num":2}},{"term":{"metadata.num":7}}]}}`: "1: 1",
		`{"bool":{"minimum_should_match":"-1","should":[{"term":{"metadata.txt":"quick"}},{"term":{"metadata.num":2}}]}}`:                          "2: 0 1",
		`{"bool":{"minimum_should_match":"100%","should":[{"term":{"metadata.txt":"quick"}},{"term":{"metadata.num":2}}]}}`:                        "1: 1",
	} {
		if got := find(x, `{"query":`+query+`}`); got != want {
			t.Errorf("%s\n got %s\nwant %s", query, got, want)
		}
	}
}

func TestSort(t *testing.T) {
	x := sample(t)
	for body, want := range map[string]string{
		`"sort":[{"metadata.num":{"order":"asc"}}]`:                                                        "1 2 0 3 4",
		`"sort":[{"metadata.num":{"order":"desc"}}]`:                                                       "0 2 1 3 4",
		`"sort":[{"metadata.num":{"missing":"_first"}}]`:                                                   "3 4 1 2 0",
		`"sort":{"metadata.name.keyword":{"order":"desc"}}`:                                                "2 0 1 3 4",
		`"sort":[{"metadata.tags.keyword":{}},{"_id":{"order":"desc"}}]`:                                   "0 2 4 3 1",
		`"sort":[{"metadata.tags.keyword":{"order":"desc"}},{"_id":{"order":"asc"}}]`:                      "0 2 1 3 4",
		`"sort":[{"metadata.on":{"order":"asc"}}]`:                                                         "1 0 2 3 4",
		`"sort":[{"metadata.when":{"order":"desc","format":"yyyy"}}]`:                                      "2 1 0 3 4",
		`"sort":[{"metadata.nosuch":{"unmapped_type":"keyword"}}]`:                                         "0 1 2 3 4",
		`"sort":[{"_seq_no":{"order":"desc"}}],"size":2`:                                                   "4 3",
		`"sort":[{"_doc":{"order":"asc"}}],"from":1,"size":2`:                                              "1 2",
		`"sort":[{"_id":{"order":"asc"}}],"search_after":["1"],"size":2`:                                   "2 3",
		`"sort":[{"metadata.num":{"order":"asc"}}],"search_after":[2]`:                                     "2 0 3 4",
		`"sort":[{"metadata.num":{"order":"asc"}},{"_id":{"order":"desc"}}],"search_after":[null,"4"]`:     "3",
		`"sort":[{"metadata.when":{"order":"asc"}}],"search_after":[1580551200000]`:                        "2 3 4",
		`"sort":[{"metadata.when":{"order":"asc"}}],"search_after":["2020-02-01T10:00:00Z"]`:               "2 3 4",
		`"sort":[{"metadata.name.keyword":{"order":"asc"}}],"search_after":["c"]`:                          "3 4",
		`"sort":[{"metadata.name.keyword":{"order":"asc"}}],"search_after":["zzz"],"size":1,"foo":{"a":1}`: "3",
	} {
		if got := find(x, "{"+body+"}"); got != "5: "+want {
			t.Errorf("%s\n got %s\nwant 5: %s", body, got, want)
		}
	}
}

// TestRefusals goes beyond the recordings, which TestRecorded of the emulator
// replays.
func TestRefusals(t *testing.T) {
	x := sample(t)
	const shards = "search_phase_execution_exception: all shards failed"
	for body, want := range map[string]string{
		`{"query":{"bool":{"must":[{"nosuch":{}}]}}}`:           "x_content_parse_exception: [1:37] [query_watches_request] failed to parse field [query] < x_content_parse_exception: [1:37] [bool] failed to parse field [must] < parsing_exception: unknown query [nosuch] < named_object_not_found_exception: [1:37] unknown field [nosuch]",
		`{"query":{"bool":{"must_nt":[]}}}`:                     "x_content_parse_exception: [1:29] [query_watches_request] failed to parse field [query] < x_content_parse_exception: [1:19] [bool] unknown field [must_nt]",
		`{"query":{"term":{"a":[1]}}}`:                          "x_content_parse_exception: [1:23] [query_watches_request] failed to parse field [query] < parsing_exception: [term] query does not support array of values",
		`{"query":{"term":{"a":{"value":1,"b":2}}}}`:            "x_content_parse_exception: [1:38] [query_watches_request] failed to parse field [query] < parsing_exception: [term] query does not support [b]",
		`{"query":{"exists":{}}}`:                               "x_content_parse_exception: [1:21] [query_watches_request] failed to parse field [query] < parsing_exception: [exists] must be provided with a [field]",
		`{"query":{"query_string":{"query":"a"}}}`:              "x_content_parse_exception: [1:26] [query_watches_request] failed to parse field [query] < unsupported_operation_exception: the emulated Watcher does not know [query_string] queries over stored watches",
		`{"query":{"regexp":{"metadata.name.keyword":"a~b"}}}`:  "unsupported_operation_exception: the emulated Watcher does not know this [regexp] query over stored watches",
		`{"query":{"range":{"metadata.when":{"gt":"now-1d"}}}}`: "unsupported_operation_exception: the emulated Watcher does not know date math in queries over stored watches",
		`{"query":{"prefix":{"metadata.num":"1"}}}`:             shards,
		`{"query":{"term":{"metadata.on":"maybe"}}}`:            shards,
		`{"query":{"range":{"metadata.num":{"gt":"x"}}}}`:       shards,
		`{"query":{"term":{"metadata.when":"x"}}}`:              shards,
		`{"search_after":["x"]}`:                                shards + " < illegal_argument_exception: Sort must contain at least one field. < illegal_argument_exception: Sort must contain at least one field.",
		`{"sort":[{"_id":{}}],"search_after":["x",1]}`:          shards + " < illegal_argument_exception: search_after has 2 value(s) but sort has 1. < illegal_argument_exception: search_after has 2 value(s) but sort has 1.",
		`{"sort":[{"metadata.num":{}}],"search_after":["x"]}`:   shards + " < illegal_argument_exception: Failed to parse search_after value for field [metadata.num]. < illegal_argument_exception: Failed to parse search_after value for field [metadata.num].",
		`{"sort":[{"_id":{}}],"search_after":["x"],"from":1}`:   shards,
		`{"search_after":[]}`:                                   "x_content_parse_exception: [1:18] [query_watches_request] failed to parse field [search_after] < illegal_argument_exception: Values must contains at least one value.",
		"{\n  \"size\": {}\n}":                                  "x_content_parse_exception: [2:11] [query_watches_request] size doesn't support values of type: START_OBJECT",
		"/* c */ {\"size\": -3} trailing":                       "illegal_argument_exception: [size] parameter cannot be negative, found [-3]",
		`{"size":1,"size":2}`:                                   "json_parse_exception: Duplicate field 'size'\n at [Source: (org.elasticsearch.common.io.stream.ByteBufferStreamInput); line: 1, column: 17]",
	} {
		if d := cmp.Diff(want, find(x, body)); d != "" {
			t.Errorf("%s (-want +got):\n%s", body, d)
		}
	}
}

func TestNewerServersDoNotSortByID(t *testing.T) {
	x := sample(t)
	x.Version = watcher.Version{Major: 8, Minor: 19}
	if got := find(x, `{"sort":[{"_id":{"order":"asc"}}]}`); !strings.Contains(got, "Fielddata access on the _id field is disallowed") {
		t.Errorf("got %s", got)
	}
}

func TestParseSearch(t *testing.T) {
	x := sample(t)
	s, err := listing.ParseSearch([]byte(`{"sort":["_id",{"metadata.num":"desc"}],"_source":["metadata"],"size":2,"track_total_hits":true}`))
	if err != nil {
		t.Fatal(err)
	}
	result, err := s.Run(x)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]int{0, 1}, result.Hits); d != "" {
		t.Errorf("hits (-want +got):\n%s", d)
	}
	if d := cmp.Diff(any([]any{"metadata"}), s.Source); d != "" {
		t.Errorf("_source (-want +got):\n%s", d)
	}
	if _, err := listing.ParseSearch([]byte(`{"aggs":{}}`)); err == nil || !strings.Contains(err.Error(), "unknown key for a START_OBJECT in [aggs]") {
		t.Errorf("aggs: %v", err)
	}
}

// FuzzParse reads any body: what is read answers with a page that is no larger
// than asked for and with hits that add up, and what is refused is refused with
// a status of the 400s (or the 500 that search_after beside from has).
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"query":{"bool":{"must":[{"term":{"metadata.num":1}}],"minimum_should_match":"-30%"}},"sort":[{"_id":{"order":"desc"}}],"search_after":["a"]}`,
		`{"query":{"range":{"metadata.when":{"gte":"2020","lt":1e9}}},"from":1,"size":2}`,
		`{"query":{"wildcard":{"metadata.txt.keyword":"*\\*?[a]"}}}`,
		`{"query":{"terms":{"metadata.num":[1,null,"x",1e400]}}}`,
		`{"query":{"regexp":{"metadata.name":"(a|b)*"}}}`,
		"\xEF\xBB\xBF/* c */{\"size\":\"3\"}//",
		`{"sort":[5]}`, `[]`, `{`, `{"query":{}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		x := sample(t)
		r, err := listing.Parse(body)
		if err == nil {
			err = r.Check()
		}
		var result listing.Result
		if err == nil {
			result, err = r.Run(x)
		}
		if err != nil {
			e := exception.From(err)
			if e.Status != 400 && e.Root == nil {
				t.Fatalf("%s: status %d: %v", body, e.Status, err)
			}
			if len(watcher.Encode(e.Body())) == 0 {
				t.Fatalf("%s: the refusal has no body", body)
			}
			return
		}
		if len(result.Hits) > r.Size || len(result.Hits) > result.Total || result.Total > len(x.Documents) {
			t.Fatalf("%s: %d hits of %d, asked for %d", body, len(result.Hits), result.Total, r.Size)
		}
	})
}
