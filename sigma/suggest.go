package sigma

import (
	"strings"

	"github.com/sigwatch/sigwatch/diag"
)

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
		cost := 2 * diag.Distance(strings.ToLower(word), strings.ToLower(w), limit)
		if word != "" && w != "" && word[0] != w[0] {
			cost++
		}
		if cost < least {
			best, least = w, cost
		}
	}
	return best
}
