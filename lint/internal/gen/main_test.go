package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGenerated regenerates the tables and compares.
func TestGenerated(t *testing.T) {
	data := os.Getenv("SIGWATCH_SHARED")
	if data == "" {
		t.Skip("SIGWATCH_SHARED is not set: the recorded data is not at hand")
	}
	for _, one := range tables() {
		want, err := one.generate(filepath.Join(data, "data"))
		if err != nil {
			t.Fatalf("generate %s: %v", one.name, err)
		}
		got, err := os.ReadFile(filepath.Join("..", "..", "data", one.name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is stale, run go generate ./lint (-want +got):\n%s", one.name, diff)
		}
	}
}
