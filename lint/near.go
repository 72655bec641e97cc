package lint

import (
	"maps"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
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
		if d := diag.Distance(text, w, least); d < least {
			best, least = w, d
		}
	}
	return best
}
