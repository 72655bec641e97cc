package catalog_test

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"github.com/sigwatch/sigwatch/catalog"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// linkTexts returns what the links to other pages say, by their address.
func linkTexts(page string) map[string]string {
	out := map[string]string{}
	source := []byte(page)
	_ = ast.Walk(markdown().Parser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if l, ok := n.(*ast.Link); ok && entering {
			var b strings.Builder
			for kid := l.FirstChild(); kid != nil; kid = kid.NextSibling() {
				if t, ok := kid.(*ast.Text); ok {
					b.Write(t.Segment.Value(source))
				}
			}
			out[string(l.Destination)] = b.String()
		}
		return ast.WalkContinue, nil
	})
	return out
}

// TestTitlesWithoutLetters: a title that shows nothing leaves no heading empty
// and no link without a text: the page's name stands in its place.
func TestTitlesWithoutLetters(t *testing.T) {
	for _, title := range []string{"", " ", "\u00a0", "\u3000\t", "\u200c\u200d", "\u3164", "\u115f\u1160", "\uffa0", "\u2800", "\n"} {
		r := catalog.Describe(catalog.Input{Documents: 1, Rule: &sigma.Rule{Title: title, Tags: []string{"attack.execution"}, File: diag.NewFile("r/odd.yml", nil)}})
		files := filesOf(r)
		for _, name := range []string{"index.md", "Tactics/execution.md"} {
			want := path.Join(strings.Repeat("../", strings.Count(name, "/")), "Detection_Rules/odd.md")
			if got := linkTexts(files[name])[want]; got != "odd" {
				t.Errorf("%q: %s links to the page as %q", title, name, got)
			}
		}
		page := files["Detection_Rules/odd.md"]
		if !strings.HasPrefix(page, "# odd\n") || !strings.Contains(page, "\n| Title | – |\n") {
			t.Errorf("%q: the page begins with %.40q", title, page)
		}
	}
	page := filesOf(catalog.Describe(catalog.Input{Rule: &sigma.Rule{Title: "***", File: diag.NewFile("r/odd.yml", nil)}}))["Detection_Rules/odd.md"]
	if !strings.HasPrefix(page, `# \*\*\*`+"\n") {
		t.Errorf("a title of signs became %.40q", page)
	}
}

// TestTitleX: no title makes a box to tick.
func TestTitleX(t *testing.T) {
	for _, title := range []string{"x", "X", "[x]", "[ ] a"} {
		files := filesOf(catalog.Describe(catalog.Input{Rule: &sigma.Rule{Title: title, File: diag.NewFile("r/odd.yml", nil)}}))
		for _, name := range []string{"index.md", "Tactics/none.md"} {
			if parts := outline([]byte(files[name])); slices.Contains(parts, "TaskCheckBox") || !slices.Contains(parts, "Link") {
				t.Errorf("%q: %s is made of %v", title, name, parts)
			}
		}
	}
}

// TestLongTitles: what is no title any more does not fill heading and lists;
// the rule itself stands there in full.
func TestLongTitles(t *testing.T) {
	title := strings.Repeat("ä", 5000)
	f := diag.NewFile("r/long.yml", []byte("title: "+title+"\n"))
	files := filesOf(catalog.Broken(f, sigma.Rejected{Title: title}, 1, nil))
	shown := strings.Repeat("ä", 256) + "…"
	if page := files["Detection_Rules/long.md"]; !strings.HasPrefix(page, "# "+shown+"\n") || strings.Count(page, title) != 1 {
		t.Errorf("the page begins with %.700q", page)
	}
	if got := linkTexts(files["index.md"])["Detection_Rules/long.md"]; got != shown {
		t.Errorf("the index links to it as %.700q", got)
	}
}
