package ruletest

import (
	"fmt"
	"strings"
)

// unknownHint says what could have been meant, or what there is.
func unknownHint(word string, known []string) string {
	if best, ok := nearest(word, known); ok {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return "there is: " + strings.Join(known, ", ")
}

// maxSuggested is the length of the longest word that another is suggested for.
const maxSuggested = 64

// nearest returns the known word that is a slip away from word, if there is
// one.
func nearest(word string, known []string) (string, bool) {
	if len(word) > maxSuggested {
		return "", false
	}
	best, least := "", max(1, len(word)/4)
	for _, k := range known {
		if len(k) > maxSuggested {
			continue
		}
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d <= least && (best == "" || d < least) {
			best, least = k, d
		}
	}
	return best, best != ""
}

// distance counts the letters to add, drop, change or swap with a neighbour.
func distance(a, b string) int {
	before, last := []int(nil), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
