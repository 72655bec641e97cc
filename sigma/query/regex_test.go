package query_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

func TestParseRegex(t *testing.T) {
	texts := []string{"a", "ab", "a\n", "a\nb", "a\vb", "a b", "aa", "aaa", "]", "-", "{,2}", "s", `\`, "S", "a]b", "", "ſ", "\u212a", "k"}
	tests := []struct {
		name string
		re   sigma.Regex
		want []string
	}{
		{"dollar before the last line break", sigma.Regex{Pattern: "a$"}, []string{"a", "a\n", "aa", "aaa"}},
		{"end", sigma.Regex{Pattern: `a\z`}, []string{"a", "aa", "aaa"}},
		{"dollar of lines", sigma.Regex{Pattern: "a$", MultiLine: true}, []string{"a", "a\n", "a\nb", "aa", "aaa"}},
		{"dollar after m", sigma.Regex{Pattern: "(?m)^b$"}, []string{"a\nb"}},
		{"blank", sigma.Regex{Pattern: `a\sb`}, []string{"a\nb", "a\vb", "a b"}},
		{"blank in a class", sigma.Regex{Pattern: `a[\s]b`}, []string{"a\nb", "a\vb", "a b"}},
		{"blank in a class, and a dash", sigma.Regex{Pattern: `^[\s-x]$`}, []string{"-"}},
		{"no blank", sigma.Regex{Pattern: `a\Sb`}, []string{"a]b"}},
		{"no blank in a class", sigma.Regex{Pattern: `a[\Sq]b`}, []string{"a]b"}},
		{"bracket first in a class", sigma.Regex{Pattern: `^[]\s]$`}, []string{"]"}},
		{"bracket first in a negated class", sigma.Regex{Pattern: `^[^]\s]$`}, []string{"a", "a\n", "-", "s", `\`, "S", "ſ", "\u212a", "k"}},
		{"named class", sigma.Regex{Pattern: `^a[[:space:]]b$`}, []string{"a\nb", "a\vb", "a b"}},
		{"backslash before s", sigma.Regex{Pattern: `^\\$`}, []string{`\`}},
		{"at most", sigma.Regex{Pattern: `^a{,2}$`}, []string{"a", "a\n", "aa", ""}},
		{"at most, in a class", sigma.Regex{Pattern: `^[{,2}]{4}$`}, []string{"{,2}"}},
		{"at most, quoted", sigma.Regex{Pattern: `^\Q{,2}\E$`}, []string{"{,2}"}},
		{"ignore case", sigma.Regex{Pattern: `^S$`, IgnoreCase: true}, []string{"s", "S"}},
		{"ignore case in a class", sigma.Regex{Pattern: `^[a-z]$`, IgnoreCase: true}, []string{"a", "a\n", "s", "S", "k"}},
		{"ignore case in a negated class", sigma.Regex{Pattern: `^[^ks]$`, IgnoreCase: true}, []string{"a", "a\n", "]", "-", `\`}},
		{"ignore case among others", sigma.Regex{Pattern: `^([!\]]|\]|AS*|k)$`, IgnoreCase: true}, []string{"a", "a\n", "]", "k"}},
		{"beyond ascii as written", sigma.Regex{Pattern: "ſ|\u212a"}, []string{"ſ", "\u212a"}},
		{"beyond ascii in a class", sigma.Regex{Pattern: "[\u017e-\u0180]"}, []string{"ſ"}},
		{"dot", sigma.Regex{Pattern: `a.b`}, []string{"a\vb", "a b", "a]b"}},
		{"dot, all", sigma.Regex{Pattern: `a.b`, DotAll: true}, []string{"a\nb", "a\vb", "a b", "a]b"}},
		{"percent signs without expand", sigma.Regex{Pattern: `%a%|ab`}, []string{"ab"}},
		{"percent sign with expand", sigma.Regex{Pattern: `%%|ab|50%`, Expand: true}, []string{"ab"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree, err := query.ParseRegex(tt.re)
			if err != nil {
				t.Fatal(err)
			}
			re := regexp.MustCompile(tree.String())
			var got []string
			for _, text := range texts {
				if re.MatchString(text) {
					got = append(got, text)
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("%s is found in (-want +got):\n%s", tree, d)
			}
		})
	}
}

func TestParseRegexRefuses(t *testing.T) {
	tests := []struct {
		pattern string
		expand  bool
		want    string
	}{
		{"a(?=b)", false, "(?="},
		{"(?<!a)b", false, "(?<"},
		{`(a)\1`, false, `\1`},
		{"a++", false, "++"},
		{"(?>a)", false, "(?>"},
		{"(", false, "missing"},
		{`a\`, false, "trailing"},
		{`[a-\s]`, false, "range"},
		{"a%name%b", true, "%name%"},
		{"a{1001}", false, "{1001}"},
	}
	for _, tt := range tests {
		_, err := query.ParseRegex(sigma.Regex{Pattern: tt.pattern, Expand: tt.expand})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: want an error with %q, got %v", tt.pattern, tt.want, err)
		}
	}
}
