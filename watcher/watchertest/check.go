package watchertest

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// status ends the test where the status is another.
func (a answer) status(want int) answer {
	a.t.Helper()
	if a.code != want {
		a.t.Fatalf("%s: status %d, want %d\n%s", a.what, a.code, want, a.raw)
	}
	return a
}

// has compares one value, by its dotted path.
func (a answer) has(path string, want any) answer {
	a.t.Helper()
	if got := at(a.body, path); !same(got, want) {
		a.t.Errorf("%s: %s is %s, want %s\n%s", a.what, path, show(got), show(want), a.raw)
	}
	return a
}

// lacks checks that there is nothing at a path.
func (a answer) lacks(path string) answer {
	a.t.Helper()
	if got := at(a.body, path); got != nil {
		a.t.Errorf("%s: %s is %s, want nothing", a.what, path, show(got))
	}
	return a
}

// number gives a number at a path.
func (a answer) number(path string) int {
	a.t.Helper()
	f, ok := at(a.body, path).(float64)
	if !ok {
		a.t.Fatalf("%s: no number at %s\n%s", a.what, path, a.raw)
	}
	return int(f)
}

// refused checks status, type and a part of the reason of an error.
func (a answer) refused(status int, kind, reason string) {
	a.t.Helper()
	a.status(status)
	a.has("status", float64(status))
	if got, _ := at(a.body, "error.type").(string); got != kind {
		a.t.Errorf("%s: error.type is %q, want %q\n%s", a.what, got, kind, a.raw)
	}
	if got, _ := at(a.body, "error.reason").(string); !strings.Contains(got, reason) {
		a.t.Errorf("%s: error.reason is %q, want %q in it", a.what, got, reason)
	}
	if at(a.body, "error.root_cause.0.type") == nil {
		a.t.Errorf("%s: the error has no root cause\n%s", a.what, a.raw)
	}
}

// ids gives the ids of a listing.
func (a answer) ids() []string {
	a.t.Helper()
	list, ok := at(a.body, "watches").([]any)
	if !ok {
		a.t.Fatalf("%s: no list of watches\n%s", a.what, a.raw)
	}
	ids := []string{}
	for _, w := range list {
		id, _ := at(w, "_id").(string)
		ids = append(ids, id)
	}
	return ids
}

// at gives what lies at a dotted path, or nil.
func at(v any, path string) any {
	for part := range strings.SplitSeq(path, ".") {
		switch here := v.(type) {
		case map[string]any:
			v = here[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(here) {
				return nil
			}
			v = here[i]
		default:
			return nil
		}
	}
	return v
}

// same compares by value; whole numbers in scripts are ints.
func same(got, want any) bool {
	return reflect.DeepEqual(plain(got), plain(want))
}

func plain(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case map[string]any:
		out := map[string]any{}
		for name, value := range v {
			out[name] = plain(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	case []string:
		out := make([]any, len(v))
		for i := range v {
			out[i] = v[i]
		}
		return out
	default:
		return v
	}
}

func show(v any) string { return fmt.Sprintf("%#v", v) }
