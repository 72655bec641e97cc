package ruletest

import (
	"fmt"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
)

// unknownHint says what could have been meant, or what there is.
func unknownHint(word string, known []string) string {
	if best, ok := nearest(word, known); ok {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return "there is: " + strings.Join(known, ", ")
}

// nearest returns the known word that is a slip away from word, if there is
// one.
func nearest(word string, known []string) (string, bool) {
	best, least := "", max(1, len(word)/4)
	for _, k := range known {
		if d := diag.Distance(strings.ToLower(word), strings.ToLower(k), least+1); d <= least && (best == "" || d < least) {
			best, least = k, d
		}
	}
	return best, best != ""
}
