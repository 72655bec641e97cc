package plan

import "testing"

// BenchmarkComputeInStep is the plan of a whole rule set that needs nothing.
func BenchmarkComputeInStep(b *testing.B) {
	var rules []rule
	for n := range 2200 {
		rules = append(rules, newRule(n))
	}
	in := newWorld(b, rules...).input(b, rules...)
	b.ReportAllocs()
	for b.Loop() {
		if Compute(in).Pending() {
			b.Fatal("not in step")
		}
	}
}
