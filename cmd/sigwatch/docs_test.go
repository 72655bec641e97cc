package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedCommands runs the command lines that the pages show with what
// they print.
func TestDocumentedCommands(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	pages, err := filepath.Glob("docs/commands/*.md")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("(?s)```console\n\\$ sigwatch ([^\n]+)\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			tried++
			var out, talk bytes.Buffer
			code := run(t.Context(), strings.Fields(m[1]), stdio{out: &out, err: &talk})
			if code != exitDone || out.String() != m[2] {
				t.Errorf("%s: sigwatch %s: exit code %d, prints\n%s\nbut the page says\n%s", page, m[1], code, out.String(), m[2])
			}
		}
	}
	if tried == 0 {
		t.Error("no page shows a command with what it prints")
	}
}
