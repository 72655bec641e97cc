package emulator

import (
	"cmp"
	"slices"
	"strings"
)

// meant gives the server's guess at what a misspelt parameter was to be.
func meant(name string, candidates []string) string {
	type scored struct {
		name  string
		score float64
	}
	var near []scored
	for _, c := range candidates {
		if s := similarity(name, c); s > 0.5 {
			near = append(near, scored{c, s})
		}
	}
	if len(near) == 0 {
		return ""
	}
	slices.SortFunc(near, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), strings.Compare(a.name, b.name))
	})
	names := make([]string, len(near))
	for i, n := range near {
		names[i] = n.name
	}
	if len(names) == 1 {
		return " -> did you mean [" + names[0] + "]?"
	}
	return " -> did you mean any of [" + strings.Join(names, ", ") + "]?"
}

// similarity is Lucene's LevenshteinDistance: 1 for the same, 0 for nothing in
// common.
func similarity(a, b string) float64 {
	x, y := []rune(a), []rune(b)
	longest := max(len(x), len(y))
	if longest == 0 {
		return 1
	}
	// A parameter name may be as long as a request line.
	if longest > 100 {
		return 0
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range x {
		before := row[0]
		row[0] = i + 1
		for j, s := range y {
			change := before
			if r != s {
				change++
			}
			before = row[j+1]
			row[j+1] = min(row[j+1]+1, row[j]+1, change)
		}
	}
	return 1 - float64(row[len(y)])/float64(longest)
}
