package classic

import (
	"regexp"
	"strings"
	"testing"
)

// FuzzMatchName: plain patterns match what the regular expression matches.
func FuzzMatchName(f *testing.F) {
	for _, seed := range [][2]string{{"sel*", "selection"}, {"*a*b", "ab"}, {"a", "ab"}, {"", ""}, {"**", "x"}, {"a*a", "a"}, {"a.b", "axb"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		re, err := regexp.Compile(`^(?:` + strings.ReplaceAll(pattern, "*", ".*") + `)$`)
		if want := err == nil && re.MatchString(name); matchName(pattern, name) != want {
			t.Fatalf("matchName(%q, %q) is not %v", pattern, name, want)
		}
	})
}
