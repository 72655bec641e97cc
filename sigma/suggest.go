package sigma

import "strings"

// nearest returns the word that is most like the one written, or nothing where
// none is like it. Words that differ in case only are the nearest; among others
// as near, one that begins alike.
func nearest(word string, words []string) string {
	limit := min(3, len(word)/2+1)
	best, least := "", 2*limit
	for _, w := range words {
		if strings.EqualFold(w, word) {
			return w
		}
		cost := 2 * edits(strings.ToLower(word), strings.ToLower(w), limit)
		if word != "" && w != "" && word[0] != w[0] {
			cost++
		}
		if cost < least {
			best, least = w, cost
		}
	}
	return best
}

// maxSuggested is the length of the longest word that another is suggested for.
const maxSuggested = 64

// edits counts insertions, deletions, replacements and swaps of neighbours
// between two words, up to a limit.
func edits(a, b string, limit int) int {
	if len(a) > maxSuggested || len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
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
	return min(limit, last[len(b)])
}
