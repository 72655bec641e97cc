package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGenerated regenerates the built-in pipelines and compares.
func TestGenerated(t *testing.T) {
	data := os.Getenv("SIGWATCH_SHARED")
	if data == "" {
		t.Skip("SIGWATCH_SHARED is not set: the recorded pipelines are not at hand")
	}
	for _, s := range sources() {
		want, err := s.generate(data)
		if err != nil {
			t.Fatalf("generate %s: %v", s.name, err)
		}
		got, err := os.ReadFile(filepath.Join("..", "..", s.name+".yml"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s.yml is stale, run go generate ./sigma/pipeline (-want +got):\n%s", s.name, diff)
		}
	}
}
