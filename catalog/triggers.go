package catalog

import (
	_ "embed"
	"sync"

	"github.com/sigwatch/sigwatch/sigma"
)

// Trigger is a technique that Atomic Red Team has tests for.
type Trigger struct {
	Technique string
	Tests     []Test
}

// Test is a test of Atomic Red Team.
type Test struct {
	GUID, Name string
	Platforms  []string
	Executor   string
}

// URL is where the tests of the technique are described.
func (t *Trigger) URL() string {
	return "https://github.com/redcanaryco/atomic-red-team/blob/master/atomics/" + t.Technique + "/" + t.Technique + ".md"
}

//go:embed data/triggers.json
var triggerData []byte

// triggers are those of each technique.
var triggers = sync.OnceValue(func() map[string]*Trigger {
	var t struct{ Triggers []*Trigger }
	decodeTable(triggerData, &t)
	out := map[string]*Trigger{}
	for _, x := range t.Triggers {
		out[x.Technique] = x
	}
	return out
})

func triggersOf(techniques []Technique) []*Trigger {
	var out []*Trigger
	for _, t := range techniques {
		if x, ok := triggers()[t.ID]; ok {
			out = append(out, x)
		}
	}
	return out
}

// tests finds a test by its guid.
var tests = sync.OnceValue(func() map[string]Proof {
	out := map[string]Proof{}
	for _, x := range triggers() {
		for _, t := range x.Tests {
			out[t.GUID] = Proof{Trigger: x, Test: t}
		}
	}
	return out
})

// Proof is a test that a rule names as one that triggers it.
type Proof struct {
	Trigger *Trigger
	Test    Test
}

// proofsOf returns the tests that the key simulation of a rule names, as far
// as they are known.
func proofsOf(r *sigma.Rule) []Proof {
	var out []Proof
	for _, c := range r.Custom {
		list, ok := c.Value.([]any)
		if c.Key != "simulation" || !ok {
			continue
		}
		for _, entry := range list {
			of, _ := entry.(map[string]any)
			guid, _ := of["atomic_guid"].(string)
			if p, ok := tests()[guid]; ok {
				out = append(out, p)
			}
		}
	}
	return out
}
