package querydsl_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/query/nodetest"
	"github.com/sigwatch/sigwatch/sigma/querydsl"
)

// TestKeywordsOnNode looks for values without a field in a text field.
func TestKeywordsOnNode(t *testing.T) {
	n := nodetest.New(t)
	messages := []string{"foo bar", "Foo, BAR!", "bar foo", "foobar", "x foo-bar y", "wget 4688 x", "Größe", "GRÖSSE größe", "a.b c", "="}
	docs := make([]string, len(messages))
	for i, m := range messages {
		data, err := json.Marshal(map[string]string{"message": m, "other": "foo bar"})
		if err != nil {
			t.Fatal(err)
		}
		docs[i] = string(data)
	}
	n.Index("sigwatch-dsl-keywords", nodetest.Keyword(), docs)
	tests := []struct {
		node query.Node
		want string
	}{
		{question("", plain("foo")), "1 2 3 4 5"},
		{question("", plain("FOO BAR")), "1 2 5"},
		{question("", plain("/foo/bar/")), "1 2 5"},
		{question("", wild("*foo bar*")), "1 2 5"},
		{question("", wild("foo*")), "1 2 3 4 5"},
		{question("", wild("*BAR")), "1 2 3 4 5"},
		{question("", wild("f*r")), "refused"},
		{question("", number("4688")), "6"},
		{question("", plain("GRÖßE")), "7 8"},
		{not(question("", plain("foo"))), "6 7 8 9 10"},
		{and(question("", plain("bar")), not(question("", plain("foo bar")))), "3 4"},
		{question("", sigma.Bool(true)), "refused"},
	}
	for _, tt := range tests {
		q, ds := querydsl.Render(query.Tree{Root: tt.node}, querydsl.Options{KeywordFields: []string{"message"}})
		got := "refused"
		if len(ds) == 0 {
			got = hitList(t, n.Search("sigwatch-dsl-keywords", []string{string(q.JSON)})[0], len(docs))
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s %s (-want +got):\n%s", query.Tree{Root: tt.node}, q.JSON, d)
		}
	}
}

// TestKeywordPatternHeld checks that a keyword with wildcards inside, which may
// begin and end within a word, is not asked for its first and last words as
// whole ones.
func TestKeywordPatternHeld(t *testing.T) {
	for _, tt := range []struct{ pattern, want string }{
		{"foo-*bazz", `{"bool":{"must":[{"wildcard":{"message":{"value":"*foo*","case_insensitive":true}}},{"wildcard":{"message":{"value":"*bazz*","case_insensitive":true}}}]}}`},
		{"*foo-*bazz*", `{"bool":{"must":[{"wildcard":{"message":{"value":"*foo*","case_insensitive":true}}},{"wildcard":{"message":{"value":"*bazz*","case_insensitive":true}}}]}}`},
	} {
		q, ds := querydsl.Render(query.Tree{Root: question("", wild(tt.pattern))}, querydsl.Options{KeywordFields: []string{"message"}, AllowApproximate: true})
		if d := cmp.Diff(tt.want, string(q.JSON)); d != "" || len(ds) > 0 {
			t.Errorf("%s: %v (-want +got):\n%s", tt.pattern, ds, d)
		}
	}
}

func hitList(t *testing.T, a nodetest.Answer, documents int) string {
	t.Helper()
	if a.Err != "" {
		t.Fatal(a.Err)
	}
	var ids []string
	for id := range documents {
		if a.Hits[id+1] {
			ids = append(ids, strconv.Itoa(id+1))
		}
	}
	return strings.Join(ids, " ")
}
