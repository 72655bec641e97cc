package catalog_test

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/sigwatch/sigwatch/catalog"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// markdown reads pages as GitHub does, and with some that others have.
func markdown() goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList))
}

// outline is what a page is made of, without its words: kinds of nodes, levels
// of headings, languages of code. Line breaks in cells are left out, for a
// text may have several lines; any other HTML is there.
func outline(page []byte) []string {
	var out []string
	_ = ast.Walk(markdown().Parser().Parse(text.NewReader(page)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			out = append(out, "end")
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text, *ast.String:
			return ast.WalkContinue, nil
		case *ast.Heading:
			out = append(out, fmt.Sprint("heading ", n.Level))
		case *ast.FencedCodeBlock:
			out = append(out, "code "+string(n.Language(page)))
		case *ast.RawHTML:
			if html := string(n.Segments.Value(page)); html != "<br>" {
				out = append(out, "html "+html)
			}
		default:
			out = append(out, n.Kind().String())
		}
		return ast.WalkContinue, nil
	})
	// The ends of texts and line breaks say nothing either.
	return slices.DeleteFunc(out, func(s string) bool { return s == "end" })
}

// ruleOf makes a rule with one text in every place.
func ruleOf(s string) *catalog.Rule {
	f := diag.NewFile("rules/a.yml", []byte(s))
	r := &sigma.Rule{
		File: f, Span: f.Whole(), Title: "t" + s, ID: s + "x", Status: s + "x", Level: s + "x", Description: s + "x", License: s + "x",
		Author: s + "x", Date: s + "x", Modified: s + "x", References: []string{"a " + s, s}, Tags: []string{"z" + s, "attack.t1047", "attack.execution"},
		FalsePositives: []string{s + "x", "x" + s}, Related: []sigma.Related{{ID: s, Type: "x" + s}},
		LogSource: sigma.LogSource{Category: s + "x", Product: s + "x", Service: s + "x", Definition: s + "x"},
	}
	filter := diag.NewFile("f"+s, []byte(s))
	r.Filters = []*sigma.Filter{{Head: &sigma.Rule{Title: "f" + s, File: filter, Span: filter.Whole()}}}
	found := []diag.Diagnostic{
		{Span: f.Whole(), Severity: diag.Warning, Code: "a/b", Message: s, Hint: "x" + s},
		{Span: filter.Whole(), Severity: diag.Warning, Code: "a/b", Message: s},
	}
	return catalog.Describe(catalog.Input{
		Rule: r, Documents: 1, Found: found,
		Query:  catalog.Query{Heading: "q", Language: "text", Text: "q" + s},
		Others: []catalog.Query{{Heading: "o" + s, Language: "sh", Text: s + "x"}, {Heading: "p", Found: []diag.Diagnostic{{Severity: diag.Error, Code: "a/c", Message: s}}}},
		Watch:  &catalog.Watch{ID: s + "x", Schedule: "x" + s, Indices: []string{s}, Actions: []string{s}, Text: "x" + s, Digest: s + "x"},
	})
}

func filesOf(rules ...*catalog.Rule) map[string]string {
	out := map[string]string{}
	for _, f := range catalog.New(rules, catalog.Others{}).Files() {
		out[f.Path] = string(f.Text())
	}
	return out
}

var hostile = []string{
	"plain", "", " ", "\n", "a\nb", "# x", "a\n# b", "a | b", "a \\| b", "\\", "\\\\|", "`", "```\n# out\n```", "````", "~~~\n", "<script>alert(1)</script>",
	"<!-- ", "-->", "</td></table>", "<br>", "[a](javascript:alert(1))", "![a](http://b/c.png)", "javascript:alert(1)", "[x]: http://y", "[^1]", "[^1]: x",
	"http://a.b/c", "www.a.b", "a@b.c", "mailto:a@b.c", "ftp://a.b", "<http://a.b>", "- x", "1. x", "> x", "    x", "\tx", "---", "===", "***", "* * *", "__x__", "~~x~~", "*x*",
	"&lt;script&gt;", "&#124;", "&", "{{ x }}", "{% x %}", "$x$", "$$\nx\n$$", ":+1:", "- [ ] x", "\x00", "\x1b[31m", "\u202ex", "\u2028# x", "\u0085# x", "\r# x", "\v# x",
	"\xff", "\ufeff", "x  \ny", "x\\\ny", ": x\n", "a\n: b", "|:--|:--|", "\n|a|b|\n|--|--|\n|c|d|", "]", "](x)", "a](x)[b", "`a|b`", "http://a.b/`|c`", "\n\n", "http://a.b/)(",
	"title\n---\n", "+++", "%%% x", "::: x", "!!! x", "\\`", "\\\n", "http:// x", "https://u@h/", "<a@b.c>", "https://[::1]/", "//a.b/c", "data:text/html,x", "x\u200bx",
}

// TestHostileTexts: whatever a rule says, its page is made of the same parts.
func TestHostileTexts(t *testing.T) {
	for _, s := range hostile {
		checkHostile(t, s)
	}
}

// TestHostileFileNames: whatever a rule's file is called, its page has a name
// that links lead to, and the same parts.
func TestHostileFileNames(t *testing.T) {
	of := func(name string) (page, index string, files map[string]string) {
		r := &sigma.Rule{Title: "x", File: diag.NewFile("r/"+name+".yml", []byte("title: x\n"))}
		files = filesOf(catalog.Describe(catalog.Input{Rule: r, Documents: 1}))
		for name, text := range files {
			if strings.HasPrefix(name, "Detection_Rules/") {
				page = text
			}
		}
		return page, files["index.md"], files
	}
	page, index, _ := of("plain")
	for _, s := range append(slices.Clone(hostile), strings.Repeat("ä", 300), "../../x", "a/../../b", ".", "..", "...", "CON", "x.", "x ") {
		gotPage, gotIndex, files := of(s)
		if diff := cmp.Diff(outline([]byte(page)), outline([]byte(gotPage))); diff != "" {
			t.Errorf("%q changes the page (-plain +hostile):\n%s", s, diff)
		}
		if diff := cmp.Diff(outline([]byte(index)), outline([]byte(gotIndex))); diff != "" {
			t.Errorf("%q changes the index (-plain +hostile):\n%s", s, diff)
		}
		for _, dead := range deadLinks(files) {
			t.Errorf("%q: dead link: %s", s, dead)
		}
	}
}

func checkHostile(t *testing.T, s string) {
	t.Helper()
	// A reference that is a web address is a link, and so it is on the plain
	// page.
	plain := "plain"
	if slices.ContainsFunc(linksOf([]byte(filesOf(ruleOf(s))["Detection_Rules/a.md"])), func(l string) bool {
		return strings.HasPrefix(l, "http") && !strings.HasPrefix(l, "https://attack.mitre.org/")
	}) {
		plain = "http://plain"
	}
	if plain == "plain" && strings.TrimSpace(s) == "" {
		plain = s // rows without a value are not there
	}
	want, got := filesOf(ruleOf(plain)), filesOf(ruleOf(s))
	for _, name := range []string{"Detection_Rules/a.md", "index.md", "Triggers/T1047.md"} {
		if diff := cmp.Diff(outline([]byte(want[name])), outline([]byte(got[name]))); diff != "" {
			t.Errorf("%q changes %s (-plain +hostile):\n%s\n%s", s, name, diff, got[name])
		}
	}
	for _, link := range linksOf([]byte(got["Detection_Rules/a.md"])) {
		if u, err := url.Parse(link); err != nil || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
			t.Errorf("%q makes the link %q", s, link)
		}
	}
	if code := codeOf([]byte(got["Detection_Rules/a.md"]), "text"); code != shownCode("q"+s) {
		t.Errorf("%q stands as code %q", s, code)
	}
}

// shownCode is what a text is as code: lines end with a line feed, and what
// no Markdown can hold is replaced.
func shownCode(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\x00", "�").Replace(strings.ToValidUTF8(s, "�"))
	if !strings.HasSuffix(s, "\n") {
		s += "\n"
	}
	return s
}

func codeOf(page []byte, language string) string {
	var b strings.Builder
	_ = ast.Walk(markdown().Parser().Parse(text.NewReader(page)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if code, ok := n.(*ast.FencedCodeBlock); ok && entering && string(code.Language(page)) == language {
			b.Write(code.Lines().Value(page))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

func linksOf(page []byte) []string {
	var out []string
	_ = ast.Walk(markdown().Parser().Parse(text.NewReader(page)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Link:
			if entering {
				out = append(out, string(n.Destination))
			}
		case *ast.Image:
			out = append(out, "image:"+string(n.Destination))
		case *ast.AutoLink:
			out = append(out, "auto:"+string(n.URL(page)))
		}
		return ast.WalkContinue, nil
	})
	return out
}

func FuzzPage(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkHostile(t, s) })
}

// deadLinks returns the relative links of files that lead nowhere.
func deadLinks(files map[string]string) []string {
	var out []string
	for name, page := range files {
		for _, link := range linksOf([]byte(page)) {
			u, err := url.Parse(link)
			if err == nil && u.Scheme != "" {
				continue
			}
			if err != nil || files[path.Join(path.Dir(name), u.Path)] == "" {
				out = append(out, name+" → "+link)
			}
		}
	}
	return out
}

// TestLinksAndHTML: every page that a page links to is there, and there is no
// HTML but line breaks, on the pages of the tables as well: this rule stands
// for all techniques and all events.
func TestLinksAndHTML(t *testing.T) {
	var rules []*catalog.Rule
	for service := range map[string]bool{"security": true, "system": true, "sysmon": true, "powershell": true, "wmi": true, "auditd": true, "signinlogs": true, "auditlogs": true} {
		for _, product := range []string{"windows", "linux", "azure"} {
			r := &sigma.Rule{Title: product + service, LogSource: sigma.LogSource{Product: product, Service: service}, File: diag.NewFile("r/("+product+") "+service+".yml", nil)}
			var ids []sigma.Located
			for id := range 9000 {
				ids = append(ids, sigma.Located{Value: sigma.Number{Text: fmt.Sprint(id)}})
			}
			r.Detection.Searches = []sigma.Search{{Name: "s", Node: &sigma.Item{Field: "EventID", Values: ids}}}
			if product == "linux" {
				r.Detection.Searches = []sigma.Search{{Name: "s", Node: &sigma.Item{Field: "type", Values: ids}}}
			}
			for n := 1000; n < 1700; n++ {
				r.Tags = append(r.Tags, fmt.Sprintf("attack.t%d", n), fmt.Sprintf("attack.t%d.00%d", n, n%10))
			}
			rules = append(rules, catalog.Describe(catalog.Input{Rule: r, Documents: 1}))
		}
	}
	files := filesOf(rules...)
	if len(files) < 300 {
		t.Errorf("only %d files", len(files))
	}
	for _, dead := range deadLinks(files) {
		t.Errorf("dead link: %s", dead)
	}
	for name, page := range files {
		for _, part := range outline([]byte(page)) {
			if strings.HasPrefix(part, "html") || part == "HTMLBlock" {
				t.Errorf("%s: %s", name, part)
			}
		}
	}
}

// TestReferences: what is a plain web address becomes a link, and nothing
// else does.
func TestReferences(t *testing.T) {
	for s, want := range map[string]string{
		"https://a.example/b?c=d&e=f#g":       "https://a.example/b?c=d&e=f#g",
		" http://a.example ":                  "http://a.example",
		"https://a.example/(b)|c\"":           "https://a.example/%28b%29%7Cc%22",
		"https://a.example/ä":                 "https://a.example/%C3%A4",
		"javascript:alert(1)":                 "",
		"JavaScript://a.example/%0aalert":     "",
		"data:text/html,x":                    "",
		"https://good.example@evil.example/":  "",
		"https://":                            "",
		"https://a.example/ and more":         "",
		"https://a.example/\u202egpj":         "",
		"//a.example/x":                       "",
		"../../x":                             "",
		"see https://a.example":               "",
		"http://a-1.example./b/../~c;d,e:@!*": "http://a-1.example./b/../~c;d,e:@!*",
		"HTTPS://A.example/b":                 "HTTPS://A.example/b",
		"https://a.example?b#c":               "https://a.example?b#c",
		"https://a.example:8443/b":            "https://a.example:8443/b",
		"https://a.example/%20b":              "https://a.example/%20b",
		"https://a.example/%zz":               "",
		"https://.-./b":                       "",
		"https:///b":                          "",
		"https://a_b.example/":                "",
		"//a.example/b":                       "",
	} {
		r := catalog.Describe(catalog.Input{Rule: &sigma.Rule{Title: "x", References: []string{s}, File: diag.NewFile("a.yml", nil)}})
		got := linksOf([]byte(filesOf(r)["Detection_Rules/a.md"]))
		if want == "" && len(got) > 0 || want != "" && (len(got) != 1 || strings.ReplaceAll(got[0], "&amp;", "&") != want) {
			t.Errorf("%q: links %q, want %q", s, got, want)
		}
	}
}
