package querydsl_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
)

// node is a real Elasticsearch.
type node struct {
	t   *testing.T
	url string
}

// realNode returns the server that SIGWATCH_ES_URL names, and skips the test
// where it names none.
func realNode(t *testing.T) node {
	t.Helper()
	url := os.Getenv("SIGWATCH_ES_URL")
	if url == "" {
		t.Skip("SIGWATCH_ES_URL is not set: nothing is checked against a real Elasticsearch")
	}
	return node{t, strings.TrimSuffix(url, "/")}
}

func (n node) call(method, path string, body []byte) (map[string]any, int) {
	n.t.Helper()
	req, err := http.NewRequestWithContext(n.t.Context(), method, n.url+path, bytes.NewReader(body))
	if err != nil {
		n.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		n.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	var answer map[string]any
	if err := json.Unmarshal(data, &answer); err != nil {
		n.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, data)
	}
	return answer, resp.StatusCode
}

func (n node) must(method, path string, body []byte) map[string]any {
	n.t.Helper()
	answer, status := n.call(method, path, body)
	if status >= 300 {
		n.t.Fatalf("%s %s: %d %.2000v", method, path, status, answer)
	}
	return answer
}

// The ways to index texts.
const (
	keywordType = `{"type":"keyword"}`
	loweredType = `{"type":"keyword","normalizer":"lower"}`
)

// index makes an index and fills it; the documents' ids count from 1. Values
// are mapped as textType says; fields that end in _ip are addresses, those
// that end in _n numbers, those that end in _b booleans, message is text.
func (n node) index(name, textType string, docs []string) {
	n.t.Helper()
	settings := `{"settings":{"number_of_shards":1,"number_of_replicas":0,
		"mapping":{"total_fields":{"limit":20000}},
		"analysis":{"normalizer":{"lower":{"type":"custom","filter":["lowercase"]}}}},
		"mappings":{"date_detection":false,"dynamic_templates":[
			{"addresses":{"match":"*_ip","mapping":{"type":"ip"}}},
			{"numbers":{"match":"*_n","mapping":{"type":"double"}}},
			{"booleans":{"match":"*_b","mapping":{"type":"boolean"}}},
			{"texts":{"match":"*","match_mapping_type":"*","unmatch":"message","mapping":` + textType + `}}],
		"properties":{"message":{"type":"text"}}}}`
	if strings.HasSuffix(name, "-objects") {
		settings = strings.Replace(settings, `"match_mapping_type":"*"`, `"match_mapping_type":"string"`, 1)
	}
	_, _ = n.call("DELETE", "/"+name, nil)
	n.must("PUT", "/"+name, []byte(settings))
	n.t.Cleanup(func() {
		req, err := http.NewRequest("DELETE", n.url+"/"+name, nil)
		if err != nil {
			return
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
		}
	})
	var bulk bytes.Buffer
	for i, doc := range docs {
		fmt.Fprintf(&bulk, "{\"index\":{\"_id\":\"%d\"}}\n%s\n", i+1, doc)
	}
	if answer := n.must("POST", "/"+name+"/_bulk?refresh=true", bulk.Bytes()); answer["errors"] != false {
		n.t.Fatalf("bulk: %.3000v", answer)
	}
}

// answer is what one search found, or why it failed.
type answer struct {
	hits map[int]bool
	err  string
}

// search runs many searches on an index, in the form in which a watch asks.
func (n node) search(index string, queries []string) []answer {
	n.t.Helper()
	var out []answer
	for len(queries) > 0 {
		some := queries[:min(len(queries), 100)]
		queries = queries[len(some):]
		var body bytes.Buffer
		for _, q := range some {
			body.WriteString("{}\n" + `{"size":1000,"_source":false,"query":{"bool":{"filter":[` + q + "]}}}\n")
		}
		for _, r := range n.must("POST", "/"+index+"/_msearch?max_concurrent_searches=2", body.Bytes())["responses"].([]any) {
			out = append(out, readAnswer(r.(map[string]any)))
		}
	}
	return out
}

func readAnswer(r map[string]any) answer {
	if r["error"] != nil {
		reason, _ := json.Marshal(r["error"])
		return answer{err: string(reason)}
	}
	if failed := r["_shards"].(map[string]any)["failed"].(float64); failed > 0 {
		return answer{err: fmt.Sprintf("%v shards failed", failed)}
	}
	a := answer{hits: map[int]bool{}}
	for _, hit := range r["hits"].(map[string]any)["hits"].([]any) {
		id, _ := strconv.Atoi(hit.(map[string]any)["_id"].(string))
		a.hits[id] = true
	}
	return a
}

// queryString is the clause of a query_string in the form in which a watch asks.
func queryString(text string) string {
	q, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return `{"query_string":{"query":` + string(q) + `,"lenient":false,"analyze_wildcard":false,"default_operator":"OR","allow_leading_wildcard":true}}`
}
