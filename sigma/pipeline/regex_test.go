package pipeline

import (
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
)

// TestPythonRegex holds what Python's re does with these patterns.
func TestPythonRegex(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		anchor, want  bool
	}{
		{`\w+\.`, "größe.x", anchored, true},
		{`\w+\.`, "a b.c", anchored, false},
		{`b`, "ab", anchored, false},
		{`b`, "ab", anywhere, true},
		{`a|b`, "cb", anchored, false},
		{`a$`, "a\n", anchored, true},
		{`a\Z`, "a\n", anchored, false},
		{`(?m)a$`, "a\nb", anchored, true},
		{`[$]`, "$", anchored, true},
		{`a{,2}b`, "aab", anchored, true},
		{`a{,2}b`, "a{,2}b", anchored, false},
		{`[\w-]+!`, "ä-!", anchored, true},
		{`[]a]+b`, "]ab", anchored, true},
		{`\s\S\d\D`, "\u00a0x٣x", anchored, true},
		{`\\\.`, `\.`, anchored, true},
	} {
		r := &reader{file: diag.NewFile("p.yml", nil)}
		re := r.pattern(&yaml.Node{Kind: yaml.ScalarNode, Line: 1, Column: 1}, c.pattern, c.anchor)
		if len(r.ds) > 0 {
			t.Errorf("%s: %v", c.pattern, r.ds)
		}
		if got := re.MatchString(c.text); got != c.want {
			t.Errorf("%s on %q: got %v, want %v", c.pattern, c.text, got, c.want)
		}
	}
}

func TestRegexRefused(t *testing.T) {
	for _, pattern := range []string{`(a)\1`, `a++`, `(?<=a)b`, `[\W]`, `[[:alpha:]]`, `\`, `\é`} {
		r := &reader{file: diag.NewFile("p.yml", nil)}
		r.pattern(&yaml.Node{Kind: yaml.ScalarNode, Line: 1, Column: 1}, pattern, anywhere)
		if len(r.ds) != 1 || r.ds[0].Code != "pipeline/invalid-regex" {
			t.Errorf("%s: got %v, want one pipeline/invalid-regex", pattern, r.ds)
		}
	}
}
