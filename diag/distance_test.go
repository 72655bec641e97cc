package diag_test

import (
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/diag"
)

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b        string
		limit, want int
	}{
		{"", "", 3, 0},
		{"", "abc", 9, 3},
		{"contain", "contains", 3, 1},
		{"contanis", "contains", 3, 1},
		{"startwiht", "startswith", 5, 2},
		{"kitten", "sitting", 9, 3},
		{"ca", "abc", 9, 3}, // no character is changed twice
		{"größe", "große", 9, 1},
		{"a", "abcdef", 3, 3},
		{"abcdef", "ghijkl", 2, 2},
		{strings.Repeat("a", 64), strings.Repeat("a", 63), 2, 1},
		{strings.Repeat("a", 65), strings.Repeat("a", 64), 2, 2},
	} {
		for _, words := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
			if got := diag.Distance(words[0], words[1], c.limit); got != c.want {
				t.Errorf("%q and %q: %d, want %d", words[0], words[1], got, c.want)
			}
		}
	}
}
