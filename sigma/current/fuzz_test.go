package current_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/current"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querystring"
	"github.com/sigwatch/sigwatch/watcher"
)

// treesOf are rules that say a text in every way.
func treesOf(text string) []query.Tree {
	valid := strings.ToValidUTF8(text, "?")
	rule := &sigma.Rule{Title: valid, Description: valid, ID: valid}
	var out []query.Tree
	for _, m := range []query.Match{
		{Field: "f", Value: sigma.PlainString(text)},
		{Field: "f", Value: sigma.ParseString(text)},
		{Field: "f", Value: sigma.String{Parts: sigma.PlainString(text).Parts, Cased: true}},
		{Value: sigma.ParseString(text)},
		{Field: text, Value: sigma.PlainString("x")},
		{Field: text, Value: sigma.Null{}},
		{Field: "f", Value: sigma.Regex{Pattern: text}},
		{Field: "f", Value: sigma.Regex{Pattern: text, IgnoreCase: true, DotAll: true}},
		{Field: "f", Value: sigma.FieldRef{Field: text}},
	} {
		if m.Field == "" && text == "" {
			continue
		}
		end := &query.Match{Field: "end", Value: sigma.PlainString("end")}
		out = append(out, query.Tree{Rule: rule, Root: &query.And{Kids: []query.Node{&query.Not{Kid: &m}, end}}})
	}
	return out
}

// FuzzRender: whatever a value, a field or a title says, it stays in its
// place: the readers of the tests find the same structure around it, a shell
// takes the command of grep for one command with one pattern, and JSON is JSON.
func FuzzRender(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	for _, text := range []string{`a\*b?c*`, `^a(?=b)`, `[^"]*`, "(?i)x", `\`, `\\`, `x\" OR "y`, `' OR 'x'='x`, "`m`", "$a$", "a) OR (b", "\xff", "a\\`b", `\Q`, "[[:alpha:]]", `(?P<x>y)`, `\x{10ffff}`, "ä"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 200 {
			return
		}
		for _, tree := range treesOf(text) {
			for _, target := range current.Targets() {
				checkRendered(t, target, tree)
			}
		}
	})
}

func checkRendered(t *testing.T, target current.Target, tree query.Tree) {
	t.Helper()
	in := current.Input{Tree: tree, QueryString: querystring.Options{KeywordFields: []string{"message"}}, Watch: watchOf("soc-x", tree.Rule.Title)}
	out, ds := current.Render(target, in)
	if diag.HasErrors(ds) {
		if out.String() != "" {
			t.Errorf("%s: a text beside an error: %q", target, out)
		}
		return
	}
	if utf8.ValidString(tree.String()) && !utf8.ValidString(out.String()) {
		t.Errorf("%s: no UTF-8: %q", target, out)
	}
	switch target {
	case current.Kibana:
		checkLines(t, out)
	case current.Splunk:
		if strings.ContainsAny(out.Text, "`\n\r") {
			t.Errorf("%q", out.Text)
		}
		splShape(t, out.Text)
	case current.LogPoint:
		p := &lpReader{splReader{tb: t, text: out.Text}}
		p.and()
		if p.space(); p.at < len(p.text) {
			p.fail("something is left")
		}
	case current.Grep:
		oneArgument(t, out.Text)
	case current.Watcher:
		oneDocument(t, out, in.Watch.Body)
	case current.ESQS, current.Graylog:
		// Their text is the query_string's, which has its own properties.
	}
}

// checkLines reads the lines of saved objects.
func checkLines(t *testing.T, out current.Output) {
	t.Helper()
	if strings.Count(out.Before, "\n") != 1 || strings.Count(out.Text, "\n") != 1 {
		t.Errorf("more than a line each: %q", out)
	}
	for line := range strings.Lines(out.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
}

// splShape reads the marks of SPL outside of quotes: what a value says must
// add none.
func splShape(t *testing.T, text string) {
	t.Helper()
	depth, pipes := 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"', '\'':
			p := &splReader{tb: t, text: text, at: i + 1}
			p.inQuotes(c)
			i = p.at - 1
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			pipes++
		case '[', ']', ';', '{', '}':
			t.Errorf("the sign %q outside of quotes: %s", c, text)
		}
		if depth < 0 {
			t.Errorf("a parenthesis too many: %s", text)
		}
	}
	if depth != 0 || pipes > 1 {
		t.Errorf("%d open parentheses, %d pipes: %s", depth, pipes, text)
	}
}

// oneArgument reads a command line as a shell does: its last word is one
// quoted text.
func oneArgument(t *testing.T, text string) {
	t.Helper()
	const head = "LC_ALL=C grep -a -P -i '"
	rest, ok := strings.CutPrefix(text, head)
	rest, closed := strings.CutSuffix(rest, "'")
	if !ok || !closed || strings.Contains(strings.ReplaceAll(rest, `'\''`, ""), "'") {
		t.Errorf("not one command with one argument: %s", text)
	}
	for _, c := range []byte(text) {
		if c < ' ' || c == 0x7f {
			t.Errorf("a control character: %q", text)
			break
		}
	}
}

// oneDocument reads a script as a shell does: everything between the marks is
// the watch.
func oneDocument(t *testing.T, out current.Output, body *watcher.Object) {
	t.Helper()
	first, rest, _ := strings.Cut(strings.TrimPrefix(out.Text, "\n"), "\n")
	_, mark, ok := strings.Cut(first, " <<'")
	mark = strings.TrimSuffix(mark, "'")
	document, after, closed := strings.Cut(rest, "\n"+mark+"\n")
	if !ok || !closed || after != "" || document != string(watcher.EncodeIndent(body)) || !strings.HasPrefix(first, "put '") {
		t.Errorf("the watch does not stand alone in its document: %q", out.Text)
	}
}

// FuzzGrep: what is not refused is a good expression, and finds what it is to
// find.
func FuzzGrep(f *testing.F) {
	requireGrep(f)
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 100 || strings.ContainsAny(text, "\n\x00") {
			return
		}
		tree := query.Tree{Rule: &sigma.Rule{}, Root: &query.Match{Field: "f", Value: sigma.PlainString(text)}}
		out, ds := current.Render(current.Grep, current.Input{Tree: tree})
		if diag.HasErrors(ds) {
			t.Fatal(ds)
		}
		cmd := exec.Command("sh", "-c", out.Text)
		cmd.Stdin = strings.NewReader("before " + text + " after\n")
		if got, err := cmd.CombinedOutput(); err != nil || string(got) != "before "+text+" after\n" {
			t.Errorf("%s finds %q: %v", out.Text, got, err)
		}
	})
}

// TestShellReads lets a real shell read commands and scripts of hostile rules
// without carrying them out.
func TestShellReads(t *testing.T) {
	for _, text := range hostile {
		for _, tree := range treesOf(strings.ReplaceAll(text, "\x00", "")) {
			for _, target := range []current.Target{current.Grep, current.Watcher} {
				out, ds := current.Render(target, current.Input{Tree: tree, Watch: watchOf("soc-x", text)})
				if diag.HasErrors(ds) {
					continue
				}
				cmd := exec.Command("sh", "-n")
				cmd.Stdin = strings.NewReader(out.String())
				if got, err := cmd.CombinedOutput(); err != nil || len(got) > 0 {
					t.Errorf("%s: %v: %s\n%s", target, err, got, out)
				}
			}
		}
	}
}
