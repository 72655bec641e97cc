package lucene_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/lucene"
)

func TestText(t *testing.T) {
	cased := func(s string) sigma.String {
		v := sigma.ParseString(s)
		v.Cased = true
		return v
	}
	tests := []struct {
		name            string
		text            sigma.String
		clause, slashes string
	}{
		{"letters", sigma.ParseString("aB1"), "[aA][bB]1", "[aA][bB]1"},
		{"cased", cased("aB*"), "aB.*", "aB.*"},
		{"wildcards", sigma.ParseString("*1?"), ".*1.", ".*1."},
		{"wildcards that are text", sigma.ParseString(`\*\?`), `\*\?`, `\*\?`},
		{"operators", sigma.PlainString(`~&@#<>"`), `\~\&\@\#\<\>\"`, `\~\&\@\#\<\>\"`},
		{"letters beyond ascii", sigma.PlainString("üσ"), "[Üü][Σςσ]", "[Üü][Σςσ]"},
		{"k and s stay in ascii", sigma.PlainString("ks"), "[kK][sS]", "[kK][sS]"},
		{"slash", sigma.PlainString("/"), `\/`, `\/`},
		{"backslash at the end", sigma.PlainString(`1\`), `1\\`, `1[\\]`},
		{"nothing", sigma.String{}, "()", "()"},
	}
	for _, tt := range tests {
		e, err := lucene.FromText(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{e.Text(lucene.Clause), e.Text(lucene.Slashes)}
		if d := cmp.Diff([]string{tt.clause, tt.slashes}, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
}

func TestSlashesInClasses(t *testing.T) {
	e, err := lucene.FromRegex(sigma.Regex{Pattern: `^[^/"]\\\z`})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{e.Text(lucene.Clause), e.Text(lucene.Slashes)}
	if d := cmp.Diff([]string{`[^\"/]\\`, `[^\"\/][\\]`}, got); d != "" {
		t.Errorf("expressions (-want +got):\n%s", d)
	}
}

func TestReasons(t *testing.T) {
	for pattern, want := range map[string]lucene.Reason{
		"a(?=b)": lucene.LookAround, "a(?!b)": lucene.LookAround, "(?<=a)b": lucene.LookAround, "(?<!a)b": lucene.LookAround,
		`(a)\1`: lucene.BackReference, `(?P<n>a)\k<n>`: lucene.BackReference,
		"a++": lucene.Possessive, "(?>a)": lucene.Possessive,
		"(": lucene.Syntax, "(?#x)": lucene.Syntax, "a{2000}": lucene.Syntax,
		"a^b": lucene.Border, `a*\bb`: lucene.Border, `a\bb`: lucene.Never, "a[^\\x00-\\x{10FFFF}]": lucene.Never,
		"\xff": lucene.InvalidText,
	} {
		_, err := lucene.FromRegex(sigma.Regex{Pattern: pattern})
		var why *lucene.Error
		if !errors.As(err, &why) || why.Reason != want || why.Text == "" {
			t.Errorf("%q: want %q, got %v", pattern, want, err)
		}
	}
	for want, err := range map[lucene.Reason]error{
		lucene.Placeholder: lucene.CheckText(sigma.String{Parts: []sigma.Part{{Kind: sigma.Placeholder, Text: "p"}}}),
		lucene.InvalidText: lucene.CheckText(sigma.PlainString("\xff")),
	} {
		var why *lucene.Error
		if !errors.As(err, &why) || why.Reason != want {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	_, err := lucene.FromRegex(sigma.Regex{Pattern: "%p%", Expand: true})
	var why *lucene.Error
	if !errors.As(err, &why) || why.Reason != lucene.Placeholder {
		t.Errorf("want a placeholder, got %v", err)
	}
}

func TestExprAnswers(t *testing.T) {
	for pattern, want := range map[string]struct{ anything, empty, folds bool }{
		"":        {anything: true, empty: true, folds: true},
		"(?s).*":  {anything: true, empty: true, folds: true},
		"^$":      {empty: true, folds: true},
		"^a?$":    {empty: true},
		"a":       {},
		"[aA]":    {folds: true},
		"(?i)abc": {folds: true},
		"[a-z]":   {},
		"1|[^a]":  {},
		"ß":       {},
		"[à-þ]":   {},
		"(?i)ü":   {folds: true},
		"[^1]":    {folds: true},
		"[À-þ]x?": {},
	} {
		e, err := lucene.FromRegex(sigma.Regex{Pattern: pattern})
		if err != nil {
			t.Fatal(err)
		}
		if e.Anything() != want.anything || e.Empty() != want.empty || e.FoldsCase() != want.folds {
			t.Errorf("%q: want %+v, got anything %v, empty %v, folds %v", pattern, want, e.Anything(), e.Empty(), e.FoldsCase())
		}
	}
}

func TestFolded(t *testing.T) {
	for pattern, want := range map[string]string{"^a1\\z": "[aA]1", "^[^a-z0]\\z": "[^0]", "^ü+b\\z": "[Üü]+[bB]"} {
		e, err := lucene.FromRegex(sigma.Regex{Pattern: pattern})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, e.Folded().Text(lucene.Clause)); d != "" || !e.Folded().FoldsCase() {
			t.Errorf("%q (-want +got):\n%s", pattern, d)
		}
	}
}

func TestLength(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "ü": 1, "😀": 2, "\xff": 1} {
		if got := lucene.Length(text); got != want {
			t.Errorf("%q: want %d units, got %d", text, want, got)
		}
	}
}

func TestCases(t *testing.T) {
	for text, want := range map[string]struct{ has, wide, lowers bool }{
		"": {lowers: true}, "1-": {lowers: true}, "a": {has: true, lowers: true}, "日本": {lowers: true}, "Ü": {has: true, wide: true, lowers: true},
		"ς": {has: true, wide: true}, "Σ": {has: true, wide: true}, "ǅ": {has: true, wide: true, lowers: true}, "K": {has: true, lowers: true},
		"\u212a": {has: true, wide: true, lowers: true}, "ſ": {has: true, wide: true},
	} {
		s := sigma.PlainString(text)
		if lucene.HasCase(s) != want.has || lucene.HasWideCase(s) != want.wide || lucene.LowersAlike(s) != want.lowers {
			t.Errorf("%q: want %+v, got case %v, wide %v, lowers alike %v", text, want, lucene.HasCase(s), lucene.HasWideCase(s), lucene.LowersAlike(s))
		}
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string]lucene.Keyword{
		"": lucene.NoWord, "*": lucene.NoWord, "={{": lucene.NoWord, "\U0001e900": lucene.NoWord,
		"foo": lucene.Word, "foo.bar": lucene.Word, "*foo*": lucene.Word, "*é": lucene.Word,
		"foo bar": lucene.Phrase, "/foo/": lucene.Phrase, `*\cmd.exe`: lucene.Phrase, "*foo bar*": lucene.Phrase,
		"f*r": lucene.NoPhrase, "foo?": lucene.NoPhrase,
	} {
		words, kind := lucene.Words(sigma.ParseString(text))
		if kind != want {
			t.Errorf("%q: want kind %d, got %d with %q", text, want, kind, words)
		}
	}
}

func TestHeld(t *testing.T) {
	for text, want := range map[string][2]string{
		"": {}, "*": {}, "-": {}, "foo bar": {"foo bar"}, "foo.bar": {"foo.bar"}, "foo*": {"", "foo"}, "*foo*": {"", "foo"}, "*.exe": {}, "f?o*": {"", "f|o"},
		`*\a.exe`: {`\a.exe`}, `*\Temp\x y*.exe`: {`\Temp\x `, "y"}, "ab cd*": {"ab ", "cd"}, "*ab cd": {" cd", "ab"}, "*ab cd ef*": {" cd ", "ab|ef"}, "*a.b c*": {"", "c"}, "ς": {},
	} {
		phrases, parts := lucene.Held(sigma.ParseString(text))
		if d := cmp.Diff(want, [2]string{strings.Join(phrases, "|"), strings.Join(parts, "|")}); d != "" {
			t.Errorf("%q (-want +got):\n%s", text, d)
		}
	}
}

// TestEffort checks that harmless patterns are free, that dear ones are known,
// and that the worst are judged at once.
func TestEffort(t *testing.T) {
	tests := []struct {
		text        string
		least, most int
	}{
		{"*whoami.exe", 0, 0},
		{"a?b?c", 0, 0},
		{"*a" + strings.Repeat("?", 5), 1, lucene.EasyEffort - 1},
		{"*a" + strings.Repeat("?", 11), lucene.EasyEffort, lucene.MostEffort - 1},
		{"*a" + strings.Repeat("?", 14), lucene.MostEffort, lucene.MostEffort},
		{"*" + strings.Repeat("a?", 5000), lucene.MostEffort, lucene.MostEffort},
		{strings.Repeat("*a?b", 2000), lucene.MostEffort, lucene.MostEffort},
	}
	for _, tt := range tests {
		start := time.Now()
		got := lucene.TextEffort(sigma.ParseString(tt.text))
		if got < tt.least || got > tt.most {
			t.Errorf("%.30s: want an effort from %d to %d, got %d", tt.text, tt.least, tt.most, got)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%.30s took %v", tt.text, took)
		}
	}
}
