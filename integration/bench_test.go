package integration

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// BenchmarkConvert runs convert over the rule corpus beside the floor, a
// program that only decodes the same files, both as whole processes and in
// turn. It reports the median of the ratios, pair by pair.
func BenchmarkConvert(b *testing.B) {
	shared := os.Getenv("SIGWATCH_SHARED")
	if shared == "" {
		b.Skip("SKIPPED: SIGWATCH_SHARED is not set, so there is no rule corpus")
	}
	program, err := binary()
	if err != nil {
		b.Fatalf("build: %v", err)
	}
	floor := filepath.Join(b.TempDir(), "floor")
	if out, err := exec.Command("go", "build", "-o", floor, "./floor").CombinedOutput(); err != nil {
		b.Fatalf("build the floor: %v\n%s", err, out)
	}
	rules := filepath.Join(shared, "corpus", "sigmahq", "rules")
	for name, args := range map[string][]string{
		"queries": {"convert", "-p", "sysmon", "-p", "ecs_windows", "--format", "ndjson", rules},
		"watches": {"convert", "-T", "watch", "--format", "ndjson", rules},
	} {
		b.Run(name, func(b *testing.B) { paired(b, []string{floor, rules}, append([]string{program}, args...)) })
	}
}

// paired runs both commands in turn.
func paired(b *testing.B, floor, program []string) {
	b.Helper()
	var ratios, ours, theirs, peaks []float64
	for b.Loop() {
		took, peak := wholeProcess(b, program[0], program[1:]...)
		least, _ := wholeProcess(b, floor[0], floor[1:]...)
		ratios = append(ratios, float64(took)/float64(least))
		ours, theirs = append(ours, took.Seconds()), append(theirs, least.Seconds())
		peaks = append(peaks, peak)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(ratios), "×floor")
	b.ReportMetric(median(ours), "s")
	b.ReportMetric(median(theirs), "s(floor)")
	b.ReportMetric(median(peaks), "MiB")
}

// BenchmarkCold converts one rule, from the start of the process to its end.
func BenchmarkCold(b *testing.B) {
	program, err := binary()
	if err != nil {
		b.Fatalf("build: %v", err)
	}
	rule, err := filepath.Abs("../rules/seeds/wmi_persistence.yml")
	if err != nil {
		b.Fatal(err)
	}
	for name, args := range map[string][]string{
		"bare":      {"convert", rule},
		"pipelines": {"convert", "-p", "sysmon", "-p", "ecs_windows", rule},
	} {
		b.Run(name, func(b *testing.B) {
			var took []float64
			for b.Loop() {
				t, _ := wholeProcess(b, program, args...)
				took = append(took, t.Seconds()*1000)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(took), "ms")
		})
	}
}

// wholeProcess gives the wall time and the peak memory, in MiB, of a run. Some
// rules of the corpus are refused, so exit code 3 is a good one.
func wholeProcess(b *testing.B, name string, args ...string) (time.Duration, float64) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), name, args...)
	cmd.Dir = b.TempDir()
	begun := time.Now()
	err := cmd.Run()
	took := time.Since(begun)
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() != 3) {
		b.Fatalf("%s: %v", name, err)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return took, 0
	}
	return took, float64(usage.Maxrss) / 1024
}

func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	return values[len(values)/2]
}
