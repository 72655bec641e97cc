package current_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/current"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// TestCorpusGrepLong lets grep read long lines of what a rule looks for, over
// and over: it must not give up, since it would not read what stands behind.
// The rules are those with regular expressions and those with many values, and
// some of the others.
func TestCorpusGrepLong(t *testing.T) {
	requireGrep(t)
	if testing.Short() {
		t.Skip("hundreds of runs of grep are not short")
	}
	// The expressions of these have several .* around parts whose length varies.
	knotty := []string{
		"e54f5149-6ba3-49cf-b153-070d24679126", "9c14c9fa-1a63-4a64-8e57-d19280559490", "82b66143-53ee-4369-ab02-de2c70cd6352",
	}
	trees, _ := corpus(t)
	for _, option := range []string{"lines=text", "lines=json"} {
		dir := t.TempDir()
		var script strings.Builder
		tried := 0
		for i, tree := range trees {
			leaves, expressions := 0, 0
			query.Walk(tree.Root, func(m *query.Match) {
				leaves++
				if _, ok := m.Value.(sigma.Regex); ok {
					expressions++
				}
			})
			text, ds := renderTree(t, current.Grep, tree, option)
			if diag.HasErrors(ds) || slices.Contains(knotty, tree.Rule.ID) || expressions == 0 && leaves < 60 && i%15 > 0 {
				continue
			}
			tried++
			file := filepath.Join(dir, fmt.Sprint(i))
			if err := os.WriteFile(file, []byte(longLines(t, tree, option)), 0o600); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&script, "%s -c %s >/dev/null; [ $? -lt 2 ] || echo %s\n", text, file, tree.Rule.ID)
		}
		cmd := exec.Command("sh", "-s")
		cmd.Stdin = strings.NewReader(script.String())
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v: %.2000s", option, err, out)
		}
		t.Logf("%s: %d rules", option, tried)
		if tried < 200 {
			t.Error("too little was tried")
		}
	}
}

// longLines are lines of 32,000 characters, the longest command line that
// Windows takes: the values of a rule in turn, and some of them alone.
func longLines(t *testing.T, tree query.Tree, option string) string {
	t.Helper()
	var values []string
	query.Walk(tree.Root, func(m *query.Match) {
		if v, ok := m.Value.(sigma.String); ok && len(values) < 40 {
			values = append(values, strings.ReplaceAll(v.Plain(), "*", ""))
		}
		if v, ok := m.Value.(sigma.Regex); ok {
			values = append(values, v.Pattern)
		}
	})
	units := append(values[:min(len(values), 4):min(len(values), 4)], strings.Join(values, " "), "a", " ", `\`, "a b=c;")
	var b strings.Builder
	for _, unit := range units {
		unit = strings.ReplaceAll(unit+" ", "\n", " ")
		line := strings.ToValidUTF8(strings.Repeat(unit, 32_000/len(unit)+1)[:32_000], "")
		if option == "lines=json" {
			object := map[string]any{}
			for _, name := range tree.Fields()[:min(len(tree.Fields()), 6)] {
				object[name] = line
			}
			text, err := json.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			line = string(text)
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}
