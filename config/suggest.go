package config

import (
	"fmt"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
)

// unknownHint says what could have been meant, or what there is.
func unknownHint(word string, known []string) string {
	if best, ok := Nearest(word, known); ok {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return "there is: " + strings.Join(known, ", ")
}

// Nearest returns the known word that is a slip away from word, if there is
// one.
func Nearest(word string, known []string) (string, bool) {
	best, least := "", 1+len(word)/3
	for _, k := range known {
		if d := diag.Distance(strings.ToLower(word), k, least+1); d <= least && (best == "" || d < least) {
			best, least = k, d
		}
	}
	return best, best != ""
}
