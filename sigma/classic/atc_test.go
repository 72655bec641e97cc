package classic_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/classic"
)

func TestBlock(t *testing.T) {
	for _, c := range []struct{ output, want string }{
		{"", ""},
		{"\n", ""},
		{"a", ""},
		{"abc\n", "abc"},
		{"A:\"\\\\b\"\n", `A:"\\\\b"`},
		{"grep -P '^a\\b'\n", `grep -P '^a\\b'`},
		{"it's \"x\"\n", `it\'s "x"`},
		{"ä\t\r€\x7f\n", `\xc3\xa4\t\r\xe2\x82\xac\x7f`},
		{"a\nb\n\n", `a\nb\n`},
		{"two", "t"},
	} {
		if got := classic.Block(c.output); got != c.want {
			t.Errorf("Block(%q) = %q, want %q", c.output, got, c.want)
		}
	}
}

// readLines decodes a file of JSON lines.
func readLines[T any](tb testing.TB, file string) []T {
	tb.Helper()
	in, err := os.Open(file)
	if err != nil {
		tb.Fatal(err)
	}
	defer in.Close() //nolint:errcheck // only read
	var out []T
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			tb.Fatal(err)
		}
		out = append(out, v)
	}
	if err := lines.Err(); err != nil {
		tb.Fatal(err)
	}
	if len(out) == 0 {
		tb.Fatalf("%s is empty", file)
	}
	return out
}

func TestBlockGolden(t *testing.T) {
	for _, p := range readLines[struct{ Stdout, ATC string }](t, filepath.Join(shared(t, "sigmac"), "atc-escape.jsonl")) {
		if got := classic.Block(p.Stdout); got != p.ATC {
			t.Errorf("Block(%q) = %q, want %q", p.Stdout, got, p.ATC)
		}
	}
}

// seedRun is how Atomic Threat Coverage called sigmac: no configuration, and
// what cannot be written is left out.
func seedRun(target string, f *diag.File, march bool) string {
	out, _ := classic.Convert(classic.Options{Target: classic.Target(target), Profile: classic.Profile2019, March: march}, f)
	return out.Text
}

// TestPages holds the blocks of 128 pages of Atomic Threat Coverage.
func TestPages(t *testing.T) {
	type page struct {
		Page     string            `json:"page"`
		RuleText string            `json:"rule_text"`
		Blocks   map[string]string `json:"blocks"`
	}
	blocks := 0
	for _, p := range readLines[page](t, filepath.Join(shared(t, "sigmac"), "2019", "atc-pages.jsonl")) {
		for target, want := range p.Blocks {
			blocks++
			for _, march := range []bool{false, true} {
				got := classic.Block(seedRun(target, diag.NewFile(p.Page, []byte(p.RuleText)), march))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s, %s, March %v (-want +got):\n%s", p.Page, target, march, diff)
				}
			}
		}
	}
	if blocks < 600 {
		t.Errorf("only %d blocks", blocks)
	}
	t.Logf("%d blocks", blocks)
}

// TestSeeds holds both seeds and the edge cases, the raw outputs and the
// blocks of the pages.
func TestSeeds(t *testing.T) {
	root := shared(t, "seeds")
	seen := 0
	for _, pattern := range []string{"*/raw/*.txt", "edge/*/raw-*/*.txt"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			seen++
			checkSeed(t, file)
		}
	}
	if seen != 9+7*9 {
		t.Errorf("%d outputs, want %d", seen, 9+7*9)
	}
}

func checkSeed(t *testing.T, file string) {
	t.Helper()
	folder := filepath.Dir(filepath.Dir(file))
	target := strings.TrimSuffix(filepath.Base(file), ".txt")
	got := seedRun(target, readFile(t, filepath.Join(folder, "rule.yml")), true)
	if diff := cmp.Diff(string(readFile(t, file).Text), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
	block := filepath.Join(folder, "blocks", filepath.Base(file))
	if _, err := os.Stat(block); err != nil {
		return
	}
	if diff := cmp.Diff(string(readFile(t, block).Text), classic.Block(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", block, diff)
	}
}
