package querydsl_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querydsl"
)

// TestKeywordsOnNode looks for values without a field in a text field.
func TestKeywordsOnNode(t *testing.T) {
	n := realNode(t)
	messages := []string{"foo bar", "Foo, BAR!", "bar foo", "foobar", "x foo-bar y", "wget 4688 x", "Größe", "GRÖSSE größe", "a.b c", "="}
	docs := make([]string, len(messages))
	for i, m := range messages {
		data, err := json.Marshal(map[string]string{"message": m, "other": "foo bar"})
		if err != nil {
			t.Fatal(err)
		}
		docs[i] = string(data)
	}
	n.index("sigwatch-dsl-keywords", keywordType, docs)
	tests := []struct {
		node query.Node
		want string
	}{
		{question("", plain("foo")), "1 2 3 5"},
		{question("", plain("FOO BAR")), "1 2 5"},
		{question("", plain("/foo/bar/")), "1 2 5"},
		{question("", wild("*foo bar*")), "refused"},
		{question("", wild("foo*")), "1 2 3 4 5"},
		{question("", wild("*BAR")), "1 2 3 4 5"},
		{question("", wild("f*r")), "refused"},
		{question("", number("4688")), "6"},
		{question("", plain("GRÖßE")), "7 8"},
		{not(question("", plain("foo"))), "4 6 7 8 9 10"},
		{and(question("", plain("bar")), not(question("", plain("foo bar")))), "3"},
		{question("", sigma.Bool(true)), "refused"},
	}
	for _, tt := range tests {
		q, ds := querydsl.Render(query.Tree{Root: tt.node}, querydsl.Options{KeywordFields: []string{"message"}})
		got := "refused"
		if len(ds) == 0 {
			got = hitList(t, n.search("sigwatch-dsl-keywords", []string{string(q.JSON)})[0], len(docs))
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s %s (-want +got):\n%s", query.Tree{Root: tt.node}, q.JSON, d)
		}
	}
}

func hitList(t *testing.T, a answer, documents int) string {
	t.Helper()
	if a.err != "" {
		t.Fatal(a.err)
	}
	var ids []string
	for id := range documents {
		if a.hits[id+1] {
			ids = append(ids, strconv.Itoa(id+1))
		}
	}
	return strings.Join(ids, " ")
}
