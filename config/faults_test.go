package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
)

// loadText loads a configuration that stands alone in a folder.
func loadText(t testing.TB, text string) (*Config, []diag.Diagnostic) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, FileName), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(dir, scalars(t))
}

func scalars(t testing.TB) *Scalars {
	t.Helper()
	s, err := NewScalars(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// expected reads the faults that the comments of a file announce.
func expected(text string) []string {
	var out []string
	number := 0
	for line := range strings.Lines(text) {
		number++
		for _, m := range regexp.MustCompile(`# (ERROR|WARNING) ([^#\n]+)`).FindAllStringSubmatch(line, -1) {
			out = append(out, fmt.Sprintf("%d: %s: %s", number, strings.ToLower(m[1]), strings.TrimSpace(m[2])))
		}
	}
	slices.Sort(out)
	return out
}

// TestFaults: each wrong line is named, with its place, and nothing else is.
func TestFaults(t *testing.T) {
	files, err := filepath.Glob("testdata/faults/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, ds := loadText(t, string(text))
			want := expected(string(text))
			var got []string
			for _, d := range ds {
				line := fmt.Sprintf("%d: %s: %s", d.Position().Line, d.Severity, d.Message)
				// The comments hold the beginning or a part of the message.
				for _, w := range want {
					prefix, part, _ := strings.Cut(w, ": ")
					severity, part, _ := strings.Cut(part, ": ")
					if strings.HasPrefix(line, prefix+": "+severity+": ") && strings.Contains(d.Message, part) {
						line = w
					}
				}
				got = append(got, line)
				if d.Code == "" || d.Severity == diag.Error && d.Message == "" {
					t.Errorf("%+v has no code or message", d)
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnknownKeySuggests(t *testing.T) {
	_, ds := loadText(t, "targts: {}\n")
	want := []string{`did you mean "targets"?`}
	var got []string
	for _, d := range ds {
		got = append(got, d.Hint)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSecondDocument(t *testing.T) {
	_, ds := loadText(t, "owner: soc\n---\nowner: red\n")
	if len(ds) != 1 || ds[0].Code != "config/syntax" || ds[0].Position().Line != 2 {
		t.Errorf("got %v, want config/syntax in line 2", ds)
	}
}

// An alias that holds itself, or a bomb of aliases, ends in a diagnostic.
func TestAliasBomb(t *testing.T) {
	bomb := "rules:\n  - &a [x, x, x, x, x, x, x, x, x, x]\n"
	names := "abcdefghijk"
	for i := 1; i < len(names); i++ {
		bomb += fmt.Sprintf("  - &%c [%s]\n", names[i], strings.TrimSuffix(strings.Repeat("*"+names[i-1:i]+", ", 10), ", "))
	}
	for _, text := range []string{bomb, "actions:\n  a: {email: {to: [x@example.org], body: *b, text: &b [*b]}}\n", "actions:\n  a: {email: {to: &b [*b]}}\n"} {
		_, ds := loadText(t, text)
		if !diag.HasErrors(ds) {
			t.Errorf("no error for %.40q", text)
		}
		if len(ds) > 200 {
			t.Errorf("%d diagnostics for %.40q", len(ds), text)
		}
	}
}

func TestNoSecretIsShown(t *testing.T) {
	_, ds := loadText(t, "targets:\n  a: {url: \"https://u:hunter22@es\", api_key: geheim99, bogus: 1}\n  b:\n    url: https://es\n    api_key: |\n      zwei\n      zeilen77\n")
	text := ""
	for _, d := range ds {
		text += diag.Printer{}.Sprint(d)
	}
	for _, secret := range []string{"hunter22", "geheim99", "zeilen77"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is shown:\n%s", secret, text)
		}
	}
	if len(ds) < 3 {
		t.Errorf("got %d diagnostics, want 3 or more:\n%s", len(ds), text)
	}
}
