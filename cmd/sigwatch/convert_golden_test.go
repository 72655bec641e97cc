package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/sigma/classic"
)

// sigmacRow is one recorded run of sigmac.
type sigmacRow struct {
	Rule     string   `json:"rule"`
	Target   string   `json:"target"`
	Config   string   `json:"config"`
	Options  []string `json:"options"`
	Output   *string  `json:"output"`
	Unstable bool     `json:"unstable"`
}

// args is the command line that asks for the same.
func (r sigmacRow) args(root, folder string, profile classic.Profile) []string {
	args := []string{"convert", "-T", r.Target, "--profile", string(profile)}
	names := strings.FieldsFunc(r.Config, func(c rune) bool { return c == '+' })
	if len(names) == 0 && folder == "final" && r.Target == "logpoint" {
		names = []string{"sysmon", "logpoint-windows"}
	}
	for _, name := range names {
		if !strings.HasPrefix(name, "cases/") {
			name = folder + "/" + name
		}
		args = append(args, "--sigmac-config", filepath.Join(root, "configs", name+".yml"))
	}
	for _, option := range r.Options {
		args = append(args, "-O", option)
	}
	return append(args, filepath.Join(root, "rules", r.Rule))
}

// TestSigmacGolden runs every recorded run of sigmac through the command line:
// the program has to print the same bytes, or to fail where sigmac failed. All
// of them are right, but those whose text was random in sigmac.
func TestSigmacGolden(t *testing.T) {
	root := sharedFolder(t, "golden", "sigmac")
	if testing.Short() {
		t.Skip("10,647 runs are not short")
	}
	manual, err := filepath.Abs(filepath.Join("..", "..", "docs", "classic.md"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	rows := 0
	counts := map[string]map[string]int{}
	for profile, folder := range map[classic.Profile]string{classic.Profile2019: "2019", classic.Profile2023: "final"} {
		files, err := filepath.Glob(filepath.Join(root, folder, "*.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if filepath.Base(file) == "atc-pages.jsonl" {
				continue
			}
			for _, r := range sigmacRows(t, file) {
				if r.Unstable {
					continue
				}
				rows++
				if difference := r.check(t, r.args(root, folder, profile)); difference != "" {
					t.Errorf("%s %s: %s", filepath.Base(file), r.Rule, difference)
					continue
				}
				if counts[r.Target] == nil {
					counts[r.Target] = map[string]int{}
				}
				counts[r.Target][string(profile)]++
			}
		}
	}
	if rows < 10_600 {
		t.Errorf("only %d rows", rows)
	}
	table := "| target | 2019 | 2023 |\n|---|--:|--:|\n"
	for _, target := range sevenTargets() {
		table += fmt.Sprintf("| %s | %d | %d |\n", target, counts[target][profile2019], counts[target][profile2023])
	}
	pageTable(t, manual, "recorded runs of sigmac that are the same", table)
}

func (r sigmacRow) check(t *testing.T, args []string) string {
	t.Helper()
	var out, talk bytes.Buffer
	code := run(t.Context(), args, stdio{out: &out, err: &talk})
	switch {
	case r.Output == nil && code == exitDone:
		return fmt.Sprintf("sigmac failed, and here comes %q", out.String())
	case r.Output == nil:
		return ""
	case code != exitDone:
		return fmt.Sprintf("exit code %d: %s", code, talk.String())
	}
	return cmp.Diff(*r.Output, out.String())
}

func sigmacRows(t *testing.T, file string) []sigmacRow {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close() //nolint:errcheck // only read
	var rows []sigmacRow
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var r sigmacRow
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}
