// Package nodetest is for the tests of the back ends: it asks a real
// Elasticsearch what a query finds, and compares that with what the rule means.
//
// A test that needs a server takes it from SIGWATCH_ES_URL, one that needs the
// corpus of rules from SIGWATCH_SHARED, and is skipped, saying so, where it is
// not set. Nothing but tests imports the package.
package nodetest

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

// Node is a real Elasticsearch.
type Node struct {
	t   testing.TB
	url string
}

// New returns the server that SIGWATCH_ES_URL names, and skips the test where
// it names none.
func New(t testing.TB) Node {
	t.Helper()
	url := os.Getenv("SIGWATCH_ES_URL")
	if url == "" {
		t.Skip("SIGWATCH_ES_URL is not set: nothing is checked against a real Elasticsearch")
	}
	return Node{t, strings.TrimSuffix(url, "/")}
}

// For returns the node for a subtest.
func (n Node) For(t testing.TB) Node { return Node{t, n.url} }

func (n Node) call(method, path string, body []byte) (map[string]any, int) {
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

func (n Node) must(method, path string, body []byte) map[string]any {
	n.t.Helper()
	answer, status := n.call(method, path, body)
	if status >= http.StatusMultipleChoices {
		n.t.Fatalf("%s %s: %d %.2000v", method, path, status, answer)
	}
	return answer
}

// Index makes an index and fills it; the documents' ids count from 1. It is
// deleted when the test ends, and before, if it is left over.
func (n Node) Index(name string, m Mapping, docs []string) {
	n.t.Helper()
	_, _ = n.call(http.MethodDelete, "/"+name, nil)
	n.must(http.MethodPut, "/"+name, m.body())
	n.t.Cleanup(func() { n.delete(name) })
	for start := 0; start < len(docs); start += 500 {
		var bulk bytes.Buffer
		for i, doc := range docs[start:min(start+500, len(docs))] {
			fmt.Fprintf(&bulk, "{\"index\":{\"_id\":\"%d\"}}\n%s\n", start+i+1, doc)
		}
		if answer := n.must(http.MethodPost, "/"+name+"/_bulk?refresh=true", bulk.Bytes()); answer["errors"] != false {
			n.t.Fatalf("bulk: %.3000v", answer)
		}
	}
}

// delete works after the test's context has ended.
func (n Node) delete(index string) {
	req, err := http.NewRequest(http.MethodDelete, n.url+"/"+index, nil)
	if err != nil {
		return
	}
	if resp, err := http.DefaultClient.Do(req); err == nil {
		_ = resp.Body.Close()
	}
}

// Answer is what one search found, or why it failed.
type Answer struct {
	// Hits are the ids of the documents.
	Hits map[int]bool
	// Err is the server's error, or empty.
	Err string
}

// Search asks an index each of the clauses, in the form in which a watch asks.
func (n Node) Search(index string, clauses []string) []Answer {
	n.t.Helper()
	out := make([]Answer, 0, len(clauses))
	for len(clauses) > 0 {
		some := clauses[:min(len(clauses), 100)]
		clauses = clauses[len(some):]
		var body bytes.Buffer
		for _, q := range some {
			body.WriteString("{}\n" + `{"size":10000,"_source":false,"query":{"bool":{"filter":[` + q + "]}}}\n")
		}
		responses, _ := n.must(http.MethodPost, "/"+index+"/_msearch?max_concurrent_searches=2", body.Bytes())["responses"].([]any)
		for _, r := range responses {
			out = append(out, readAnswer(r))
		}
	}
	return out
}

func readAnswer(response any) Answer {
	r, _ := response.(map[string]any)
	if r["error"] != nil {
		reason, _ := json.Marshal(r["error"])
		return Answer{Err: string(reason)}
	}
	shards, _ := r["_shards"].(map[string]any)
	if failed, _ := shards["failed"].(float64); failed > 0 || shards == nil {
		reason, _ := json.Marshal(shards)
		return Answer{Err: "failed shards: " + string(reason)}
	}
	a := Answer{Hits: map[int]bool{}}
	outer, _ := r["hits"].(map[string]any)
	hits, _ := outer["hits"].([]any)
	for _, hit := range hits {
		id, _ := hit.(map[string]any)["_id"].(string)
		number, _ := strconv.Atoi(id)
		a.Hits[number] = true
	}
	return a
}

// QueryString is the clause of a query_string in the form in which a watch
// asks.
func QueryString(text string) string {
	q, err := json.Marshal(text)
	if err != nil {
		panic("nodetest: " + err.Error())
	}
	return `{"query_string":{"query":` + string(q) + `,"lenient":false,"analyze_wildcard":false,"default_operator":"OR","allow_leading_wildcard":true}}`
}
