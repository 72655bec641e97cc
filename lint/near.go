package lint

import (
	"maps"
	"slices"
	"strings"
)

// nearest returns the word that is one slip away from a text, or two where it
// is long; else nothing.
func nearest(text string, words map[string]bool) string {
	text = strings.ToLower(text)
	best, least := "", 2
	if len(text) >= 8 {
		least = 3
	}
	if len(text) < 4 {
		return ""
	}
	for _, w := range slices.Sorted(maps.Keys(words)) {
		if d := distance(text, w, least); d < least {
			best, least = w, d
		}
	}
	return best
}

// distance counts the slips between two texts: a letter too many, too few,
// another one, or two that changed places. From limit on it does not count.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	older, old := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range old {
		old[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(old[j]+1, row[j-1]+1, old[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, old = old, row
	}
	return old[len(b)]
}
