//go:build unix

package main

import (
	"context"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/sigwatch/sigwatch/catalog"
	"github.com/sigwatch/sigwatch/sigma"
)

// BenchmarkDocs says how many times the work of loading the rules it takes to
// make all pages, loading included: processor time, so that it says the same on
// a busy machine, of the same number of workers, in turn.
func BenchmarkDocs(b *testing.B) {
	rules := corpusProject(b)
	for _, layout := range catalog.Layouts() {
		b.Run(string(layout), func(b *testing.B) {
			makePages(b, layout)
			var loading, pages time.Duration
			n := 0
			for b.Loop() {
				n++
				start := processorTime(b)
				if err := sigma.Each(b.Context(), rules, sigma.LoadOptions{Workers: workers}, func(sigma.LoadedFile) error { return nil }); err != nil {
					b.Fatal(err)
				}
				loaded := processorTime(b)
				makePages(b, layout)
				loading, pages = loading+loaded-start, pages+processorTime(b)-loaded
			}
			b.ReportMetric(float64(pages)/float64(loading), "×load")
			b.ReportMetric(float64(loading.Milliseconds())/float64(n), "load-cpu-ms")
			b.ReportMetric(float64(pages.Milliseconds())/float64(n), "pages-cpu-ms")
		})
	}
}

// processorTime is what the process has used so far.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Skip(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// makePages makes all pages, and writes none.
func makePages(b *testing.B, layout catalog.Layout) {
	b.Helper()
	code := run(context.Background(), []string{"docs", "check", "-q", "--layout", string(layout), "-o", "nowhere"}, stdio{out: io.Discard, err: io.Discard})
	if code != exitFindings {
		b.Fatalf("exit code %d", code)
	}
}
