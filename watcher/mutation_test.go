package watcher_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/sigwatch/sigwatch/watcher"
)

// mutator makes watches that are nearly right: parts of the seeds put in one
// another's place, dropped, doubled and replaced by values of other kinds.
type mutator struct {
	*rand.Rand
	parts []any
}

func newMutator(t *testing.T, seed uint64) *mutator {
	m := &mutator{Rand: rand.New(rand.NewPCG(seed, 1))}
	for _, text := range seedBodies() {
		m.collect(object(t, []byte(text)))
	}
	m.parts = append(m.parts, nil, true, "", "x", json.Number("-1"), json.Number("1.50"), json.Number("12345678901234567890"),
		[]any{}, &watcher.Object{}, "::es_redacted::", "{{x}}")
	return m
}

func (m *mutator) collect(v any) {
	m.parts = append(m.parts, v)
	switch v := v.(type) {
	case *watcher.Object:
		for _, e := range v.Members {
			m.collect(e.Value)
		}
	case []any:
		for _, e := range v {
			m.collect(e)
		}
	}
}

func (m *mutator) part() any { return watcher.Clone(m.parts[m.IntN(len(m.parts))]) }

// mutate changes about one place in twenty.
func (m *mutator) mutate(v any) any {
	if m.IntN(20) == 0 {
		return m.part()
	}
	switch v := v.(type) {
	case *watcher.Object:
		for i := range v.Members {
			v.Members[i].Value = m.mutate(v.Members[i].Value)
		}
		if n := len(v.Members); n > 0 && m.IntN(20) == 0 {
			v.Delete(v.Members[m.IntN(n)].Name)
		}
		if o, ok := m.part().(*watcher.Object); ok && m.IntN(20) == 0 && len(o.Members) > 0 {
			e := o.Members[m.IntN(len(o.Members))]
			v.Set(e.Name, e.Value)
		}
	case []any:
		for i := range v {
			v[i] = m.mutate(v[i])
		}
		if m.IntN(20) == 0 {
			return append(v, m.part())
		}
	}
	return v
}

func TestWrittenMutations(t *testing.T) {
	const rounds = 6000
	m := newMutator(t, 2026)
	seeds := seedBodies()
	accepted := 0
	for i := range rounds {
		body, ok := m.mutate(object(t, []byte(seeds[i%len(seeds)]))).(*watcher.Object)
		if !ok {
			continue
		}
		canonical := watcher.Canonical(body)
		same(t, "canonical of the canonical form", canonical, watcher.Canonical(canonical))
		for _, v := range versions() {
			checkWritten(t, body, v, canonical)
			if _, err := watcher.Written("w", body, watcher.WriteOptions{Version: v}); err == nil {
				accepted++
			}
		}
		if t.Failed() {
			t.Fatalf("round %d: %s", i, watcher.Encode(body))
		}
	}
	if accepted < rounds {
		t.Errorf("only %d of %d bodies were accepted: the test does not test", accepted, 4*rounds)
	}
}
