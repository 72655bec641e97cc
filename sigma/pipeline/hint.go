package pipeline

import (
	"fmt"

	"github.com/sigwatch/sigwatch/diag"
)

// didYouMean returns a hint that names the known word nearest to a mistyped
// one, or nothing.
func didYouMean(word string, known []string) string {
	best, least := "", 1+len(word)/3
	for _, k := range known {
		if d := diag.Distance(word, k, least+1); d < least || (d == least && best == "") {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}
