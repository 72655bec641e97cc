package current_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestGrepLongLines: grep gives up at a line that takes it too many attempts,
// and reads none of the lines behind it. A long command line or script must
// not be such a line, whatever of the values stands in it, and how often.
func TestGrepLongLines(t *testing.T) {
	requireGrep(t)
	for name, c := range map[string]struct{ detection, part, hit string }{
		"stars":          {"s: {A: '*mimi*katz*dump*'}", "mimi katz ", "mimi katz dump"},
		"one character":  {"s: {A: '*mi?i*ka?z*du?p*'}", "mimi katz ", "mimi katz dump"},
		"many parts":     {"s: {A: '*a*b*c*d*e*f*g*h*i*'}", "a b c d e f g h ", "abcdefghi"},
		"to the end":     {"s: {A: '*mimi*katz*dump'}", "mimi katz dump ", "mimi katz dump"},
		"cased":          {"s: {A|cased: '*mimi*katz*dump*'}", "mimi katz ", "mimi katz dump"},
		"letters":        {"s: {A: '*ä*ö*ü*'}", "äÖ", "äöü"},
		"keyword":        {"s: ['mimi*katz*dump']", "mimi katz ", "mimi katz dump"},
		"several":        {"s: {A|contains|all: [mimi, katz, dump]}", "mimi katz ", "mimi katz dump"},
		"two questions":  {"s: {A: '*mimi*'}\nt: {A: '*mimi*katz*x*'}\ncondition: s and t", "mimi katz ", "mimi katz x"},
		"regex":          {"s: {A|re: '.*dump.*'}", "mimi katz ", "mimi katz dump"},
		"regex, at once": {"s: {A|re: '.+dump.+x'}", "mimi katz ", "mimi katz dump xx"},
		"regex, parts":   {"s: {A|re: 'mimi.*katz.*dump.*x'}", "mimi katz dump ", "mimi katz dump x"},
		"regex, lines":   {`s: {A|re|s: 'mimi.*katz.*dump.*x'}`, "mimi katz dump ", "mimi katz dump x"},
		"regex, last":    {`s: {A|re: '(mim[ix].+katz.*\s+(?:dumps|y+z))'}`, "mimi katz ", "mimi  katz xx dumps"},
		"regex, grouped": {"s: {A|re: '(.*mimi)'}", "katz ", "mimi"},
	} {
		for _, option := range []string{"lines=text", "lines=json"} {
			t.Run(name+", "+option, func(t *testing.T) {
				text, _ := render(t, "grep", c.detection, option)
				long := strings.Repeat(c.part, 32_000/len(c.part)) + "."
				lines := []string{eventLine(t, option, long), eventLine(t, option, c.hit)}
				if name == "to the end" && option == "lines=text" {
					lines[0] = strings.ReplaceAll(lines[0], "dump", "")
				}
				if got := fmt.Sprint(grepped(t, text, lines)); got != "[2]" {
					t.Errorf("finds %s", got)
				}
			})
		}
	}
}

// eventLine is a value as a line of text, or as that of a field.
func eventLine(t *testing.T, option, value string) string {
	t.Helper()
	if option == "lines=text" {
		return value
	}
	text, err := json.Marshal(map[string]any{"x": 1, "A": value})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestGrepParts: the first place of a part is not always the best one, and
// then the others are tried as well.
func TestGrepParts(t *testing.T) {
	requireGrep(t)
	for _, c := range []struct{ pattern, value string }{
		{"ab?.*b", "ab"},
		{"(?:a|ab).*b", "ab"},
		{`a\s.*k`, "a a\nk"},
		{`a[^x].*k`, "ab a\nk"},
		{`(?s)a.(?-s).*k`, "ab a\nk"},
		{`a.*b(?s:.*)k`, "a b\nk"},
		{"a.*b.*k", "a\nb\nab k"},
		{"a.+b", "aab"},
		{"^a.*b", "a\nab"},
		{"a.*b$", "abab\n"},
		{"^.*a.*b", "xab"},
	} {
		for _, option := range []string{"lines=text", "lines=json"} {
			if option == "lines=text" && strings.ContainsAny(c.pattern+c.value, "^$\n") {
				continue
			}
			text, ds := render(t, "grep", "s: {A|re: '"+c.pattern+"'}", option)
			lines := []string{eventLine(t, option, c.value)}
			want := 0
			if regexp.MustCompile(strings.ReplaceAll(c.pattern, "$", `\n?\z`)).MatchString(c.value) {
				want = 1
			}
			if got := len(grepped(t, text, lines)); got != want {
				t.Errorf("%s, %s: finds %d of %q, want %d (%v)\n%s", c.pattern, option, got, c.value, want, ds, text)
			}
		}
	}
}
