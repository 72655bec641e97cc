package watcher_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sigwatch/sigwatch/watcher"
)

func TestEqual(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":[1,2]}`, `{"b":[1.0,2e0],"a":1}`, true},
		{`[1,2]`, `[2,1]`, false},
		{`{"a":1}`, `{"a":1,"b":null}`, false},
		{`{"a":null}`, `{"b":null}`, false},
		{`100`, `1e2`, true},
		{`0.10`, `1e-1`, true},
		{`-0`, `0`, true},
		{`0e5`, `0`, true},
		{`12345678901234567890`, `12345678901234567891`, false},
		{`1e400`, `10e399`, true},
		{`1`, `"1"`, false},
		{`null`, `false`, false},
		{`{}`, `[]`, false},
		{`""`, `""`, true},
		{`1e99999999999999999999`, `10e99999999999999999998`, true},
	}
	for _, tt := range tests {
		a, b := parse(t, tt.a), parse(t, tt.b)
		if got := watcher.Equal(a, b); got != tt.want {
			t.Errorf("Equal(%s, %s) = %t", tt.a, tt.b, got)
		}
		if got := watcher.Equal(b, a); got != tt.want {
			t.Errorf("Equal(%s, %s) = %t", tt.b, tt.a, got)
		}
		if got := watcher.Diff(a, b) == nil; got != tt.want {
			t.Errorf("Diff(%s, %s) finds nothing: %t", tt.a, tt.b, got)
		}
	}
}

func parse(t *testing.T, text string) any {
	t.Helper()
	v, err := watcher.ParseJSON([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestDiff(t *testing.T) {
	before := parse(t, `{"actions":{"soc-mail":{"email":{"to":["a","b"],"subject":"x"}},"old":{}},
		"condition":{"compare":{"ctx.payload.n":{"gt":1}}},"m":null,"":1}`)
	after := parse(t, `{"condition":{"compare":{"ctx.payload.n":{"gt":2.0}}},"new [x]":{"a":1},
		"actions":{"soc-mail":{"email":{"subject":"x","to":["c","b","d"]}}},"m":false,"":1}`)
	want := []string{
		`actions.soc-mail.email.to[0]: "a" -> "c"`,
		`actions.soc-mail.email.to[2]: (absent) -> "d"`,
		`actions.old: {} -> (absent)`,
		`condition.compare["ctx.payload.n"].gt: 1 -> 2.0`,
		`m: null -> false`,
		`["new [x]"]: (absent) -> {"a":1}`,
	}
	var got []string
	for _, c := range watcher.Diff(before, after) {
		got = append(got, c.Path+": "+show(c.Before)+" -> "+show(c.After))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCloneSharesNothing(t *testing.T) {
	a := object(t, []byte(`{"a":{"b":[{"c":1}]}}`))
	b := a.Clone()
	inner, _ := b.Get("a")
	list, _ := inner.(*watcher.Object).Get("b")
	list.([]any)[0].(*watcher.Object).Set("c", json.Number("2"))
	if got := string(watcher.Encode(a)); got != `{"a":{"b":[{"c":1}]}}` {
		t.Errorf("the original became %s", got)
	}
	if (*watcher.Object)(nil).Clone() != nil {
		t.Error("a clone of nothing is something")
	}
}

func TestVersion(t *testing.T) {
	tests := map[string]watcher.Version{
		"7.17.6":          {Major: 7, Minor: 17, Patch: 6},
		"8":               {Major: 8},
		"8.19.1-SNAPSHOT": {Major: 8, Minor: 19, Patch: 1},
	}
	for text, want := range tests {
		if got, err := watcher.ParseVersion(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", "7.", "1.2.3.4", "-7", "7.x"} {
		if v, err := watcher.ParseVersion(text); err == nil {
			t.Errorf("%q is taken as %v", text, v)
		}
	}
	a, b := watcher.Version{Major: 7, Minor: 17}, watcher.Version{Major: 8}
	if a.Compare(b) >= 0 || b.Compare(a) <= 0 || a.Compare(a) != 0 || !b.AtLeast(7, 99) || a.AtLeast(7, 18) || a.String() != "7.17.0" {
		t.Error("versions do not compare")
	}
}
