package elastic_test

import (
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/elastic"
	"github.com/sigwatch/sigwatch/watcher/emulator"
	"github.com/sigwatch/sigwatch/watcher/plan"
)

// The emulator answers as servers of each line do: the same syncs must work
// against all of them.
func TestSyncAgainstEveryLine(t *testing.T) {
	tests := []struct {
		version watcher.Version
		apis    []string
	}{
		{watcher.Version{Major: 6, Minor: 8}, []string{elastic.Watcher, elastic.XPack}},
		{watcher.Version{Major: 7, Minor: 10}, []string{elastic.Watcher, elastic.XPack}},
		{watcher.Version{Major: 7, Minor: 17, Patch: 6}, []string{elastic.Watcher, elastic.XPack}},
		{watcher.Version{Major: 8, Minor: 19}, []string{elastic.Watcher}},
		{watcher.Version{Major: 9, Minor: 5}, []string{elastic.Watcher}},
	}
	for _, test := range tests {
		for _, api := range test.apis {
			t.Run(test.version.String()+" "+api, func(t *testing.T) { syncEmulator(t, test.version, api) })
		}
	}
}

func syncEmulator(t *testing.T, version watcher.Version, api string) {
	e, err := emulator.New(emulator.Options{Version: version})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	s := httptest.NewServer(e)
	defer s.Close()
	c, err := elastic.New(elastic.Config{Addresses: []string{s.URL}, API: api, PageSize: 3})
	if err != nil {
		t.Fatal(err)
	}
	info, err := c.Check(t.Context())
	if err != nil || info.Version != version || info.Product != "Elasticsearch" {
		t.Fatalf("Check: %+v, %v", info, err)
	}
	ws := many(t, 10)
	step := func(name string, in plan.Input, want plan.Summary) {
		t.Helper()
		p := syncOnce(t, c, in)
		want.Rules = want.Create + want.Update + want.Unchanged + want.Held
		if diff := cmp.Diff(want, p.Summary); diff != "" || p.Incomplete != "" {
			t.Errorf("%s: incomplete %q, summary (-want +got):\n%s", name, p.Incomplete, diff)
		}
	}
	step("first", input(ws...), plan.Summary{Create: 10})
	step("again", input(ws...), plan.Summary{Unchanged: 10})
	if err := c.SetActive(t.Context(), ws[1].ID, false); err != nil {
		t.Fatal(err)
	}
	if err := c.Put(t.Context(), ws[2].ID, watch(t, owner, ws[2].ID, "by hand").Body, true); err != nil {
		t.Fatal(err)
	}
	if err := c.Put(t.Context(), "soc-new", watch(t, "blue", "soc-new", "theirs").Body, true); err != nil {
		t.Fatal(err)
	}
	changed := append(ws[:9:9], watch(t, owner, "soc-new", "x"))
	changed[1] = watch(t, owner, ws[1].ID, "changed")
	step("changed", input(changed...), plan.Summary{Update: 2, Unchanged: 7, Held: 1, Delete: 1, Foreign: 1})
	step("after it", input(changed...), plan.Summary{Unchanged: 9, Held: 1, Foreign: 1})
	if live, _, err := c.Get(t.Context(), ws[1].ID); err != nil || live.Active {
		t.Errorf("the switched-off watch is active: %v, %v", live.Active, err)
	}
}
