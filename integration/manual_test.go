package integration

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

const (
	manual     = "../docs/matching.md"
	tableBegin = "<!-- regression: measured by TestRegression -->\n"
	tableEnd   = "<!-- end of regression -->\n"
)

// holdManual compares the table of the manual with what was measured, or writes
// it anew.
func holdManual(t *testing.T, measured map[string]string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("| fields indexed as | types | form | found | refused | script | missed |\n|---|---|---|--:|--:|--:|--:|\n")
	for _, c := range cells() {
		if c.form != pySigma {
			fmt.Fprintf(&b, "| %s | %s | `%s` | %s |\n", c.mapping.name, c.types(), c.form, measured[c.String()])
			continue
		}
		for _, version := range versions() {
			fmt.Fprintf(&b, "| %s | %s | %s, %s | %s |\n", c.mapping.name, c.types(), c.form, version, measured[c.String()+version])
		}
	}
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(text), tableBegin)
	old, after, ended := strings.Cut(rest, tableEnd)
	if !begun || !ended {
		t.Fatalf("%s has no place for the table", manual)
	}
	switch {
	case old == b.String():
	case *updateManual:
		if err := os.WriteFile(manual, []byte(before+tableBegin+b.String()+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s says\n%s\nand measured was\n%s", manual, old, b.String())
	}
}
