package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestTables compares the tables of package catalog with what the data gives.
func TestTables(t *testing.T) {
	shared := os.Getenv("SIGWATCH_SHARED")
	if shared == "" {
		t.Skip("SIGWATCH_SHARED is not set: no data to generate from")
	}
	files, err := generate(shared)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", "..", "data", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("data/%s is not what the generator writes: go generate ./catalog", name)
		}
	}
}
