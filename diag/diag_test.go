package diag_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
)

func TestPosition(t *testing.T) {
	f := diag.NewFile("f", []byte("\ufeffab\nä€c\r\n\rx\n"))
	for offset, want := range map[int]diag.Position{
		-1: {Line: 1, Column: 1}, 0: {Line: 1, Column: 1}, 3: {Line: 1, Column: 1}, 4: {Line: 1, Column: 2}, 5: {Line: 1, Column: 3},
		6: {Line: 2, Column: 1}, 8: {Line: 2, Column: 2}, 11: {Line: 2, Column: 3}, 12: {Line: 2, Column: 4},
		14: {Line: 3, Column: 1}, 15: {Line: 4, Column: 1}, 17: {Line: 5, Column: 1}, 99: {Line: 5, Column: 1},
	} {
		if got := f.Position(offset); got != want {
			t.Errorf("Position(%d) = %v, want %v", offset, got, want)
		}
	}
	for at, want := range map[diag.Position]int{
		{Line: 1, Column: 1}: 3, {Line: 2, Column: 3}: 11, {Line: 2, Column: 99}: 12, {Line: 0, Column: 0}: 3, {Line: 99, Column: 1}: 17, {Line: 4, Column: 2}: 16,
	} {
		if got := f.Offset(at.Line, at.Column); got != want {
			t.Errorf("Offset(%v) = %d, want %d", at, got, want)
		}
	}
	if got := []string{f.Line(0), f.Line(1), f.Line(2), f.Line(3), f.Line(4), f.Line(5), f.Line(6)}; !cmp.Equal(got, []string{"", "ab", "ä€c", "", "x", "", ""}) || f.Lines() != 5 {
		t.Errorf("lines %q, %d of them", got, f.Lines())
	}
}

// Every start of a character has a position, and that leads back to it.
func FuzzPosition(f *testing.F) {
	for _, seed := range []string{"", "a\nb", "\ufeffä\r\n€", "\r\r\n", "\xff\xfe\n", "a\tb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := diag.NewFile("f", []byte(text))
		for i := range text {
			if text[i] == '\n' || text[i] == '\r' || strings.HasPrefix(text, "\ufeff") && i < 3 {
				continue
			}
			at := file.Position(i)
			if got := file.Offset(at.Line, at.Column); got != i {
				t.Fatalf("%q: offset %d is at %v, and that is offset %d", text, i, at, got)
			}
		}
	})
}

func TestFileConcurrently(t *testing.T) {
	f := diag.NewFile("f", []byte(strings.Repeat("line\n", 1000)))
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			if got := f.Position(5 * i * 100).Line; got != i*100+1 {
				t.Errorf("line %d, want %d", got, i*100+1)
			}
		})
	}
	group.Wait()
}

func TestSpan(t *testing.T) {
	f, other := diag.NewFile("f", []byte("0123456789")), diag.NewFile("g", []byte("x"))
	a, b, none := f.Span(2, 4), f.Span(6, 7), diag.Span{}
	for name, c := range map[string]struct{ got, want diag.Span }{
		"union":           {a.Union(b), f.Span(2, 7)},
		"union back":      {b.Union(a), f.Span(2, 7)},
		"with none":       {a.Union(none), a},
		"none with":       {none.Union(a), a},
		"with another":    {a.Union(other.Span(0, 1)), a},
		"with whole file": {a.Union(f.Whole()), a},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	if a.Text() != "23" || a.String() != "f:1:3" || none.String() != "" || f.Whole().String() != "f" || none.Text() != "" {
		t.Errorf("texts %q %q %q %q", a.Text(), a, none, f.Whole())
	}
	for _, s := range []diag.Span{none, f.Whole(), f.Span(3, 2), f.Span(0, 11)} {
		if s.IsValid() || s.Position() != (diag.Position{}) {
			t.Errorf("%d to %d is taken for a place", s.Start, s.End)
		}
	}
}

func TestSort(t *testing.T) {
	f, g := diag.NewFile("f", []byte("abc")), diag.NewFile("g", []byte("abc"))
	ds := []diag.Diagnostic{
		{Span: g.Span(0, 1), Code: "a"},
		{Span: f.Span(2, 3), Code: "a"},
		{Span: f.Span(1, 2), Code: "b"},
		{Span: f.Span(1, 3), Code: "a", Message: "y"},
		{Span: f.Span(1, 2), Code: "a", Message: "x", Severity: diag.Warning},
		{Span: f.Whole(), Code: "z"},
		{Code: "q"},
	}
	diag.Sort(ds)
	var got []string
	for _, d := range ds {
		got = append(got, d.Span.String()+" "+d.Code+d.Message)
	}
	want := []string{" q", "f z", "f:1:2 ax", "f:1:2 ay", "f:1:2 b", "f:1:3 a", "g:1:1 a"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if worst, ok := diag.WorstOf(ds[:3]); worst != diag.Warning || !ok {
		t.Errorf("worst %v, %v", worst, ok)
	}
	if _, ok := diag.WorstOf(nil); ok || diag.HasErrors(ds) {
		t.Error("there is something grave in nothing")
	}
}

func TestPrint(t *testing.T) {
	text := "title: x\n    CommandLine|contain: mimikatz\n\ta\tb: \"c\n  d\"\n日本: 語\nesc: \x1b[31m\n" + strings.Repeat("a", 300) + "bad" + strings.Repeat("z", 300) + "\n"
	f := diag.NewFile("rules/dump.yml", []byte(text))
	at := func(s string) diag.Span {
		i := strings.Index(text, s)
		return f.Span(i, i+len(s))
	}
	for name, c := range map[string]struct {
		d    diag.Diagnostic
		want string
	}{
		"caret and hint": {
			diag.Diagnostic{Span: at("contain"), Severity: diag.Error, Code: "sigma/unknown-modifier", Message: `unknown modifier "contain"`, Hint: `did you mean "contains"?`},
			"rules/dump.yml:2:17: error: unknown modifier \"contain\" (sigma/unknown-modifier)\n" +
				"2 |     CommandLine|contain: mimikatz\n" +
				"                    ^^^^^^^ did you mean \"contains\"?\n",
		},
		"no hint": {
			diag.Diagnostic{Span: at("title"), Severity: diag.Warning, Code: "a/b", Message: "m"},
			"rules/dump.yml:1:1: warning: m (a/b)\n1 | title: x\n    ^^^^^\n",
		},
		"several lines, tabs, hint of two lines": {
			diag.Diagnostic{Span: at("\"c\n  d\""), Code: "a/b", Message: "m", Hint: "one\ntwo"},
			"rules/dump.yml:3:7: info: m (a/b)\n3 | \ta\tb: \"c\n    \t \t   ^^ one\n    two\n",
		},
		"wide characters": {
			diag.Diagnostic{Span: at("語"), Code: "a/b", Message: "m"},
			"rules/dump.yml:5:5: info: m (a/b)\n5 | 日本: 語\n          ^^\n",
		},
		"control characters": {
			diag.Diagnostic{Span: at("esc"), Code: "a/b", Message: "m\x1b"},
			"rules/dump.yml:6:1: info: m\ufffd (a/b)\n6 | esc: \ufffd[31m\n    ^^^\n",
		},
		"empty span at the end": {
			diag.Diagnostic{Span: f.Span(len(text), len(text)), Code: "a/b", Message: "m", Hint: "h"},
			"rules/dump.yml:8:1: info: m (a/b)\n8 | \n    ^ h\n",
		},
		"line only": {
			diag.Diagnostic{Span: at("title"), LineOnly: true, Severity: diag.Error, Code: "a/b", Message: "m", Hint: "h"},
			"rules/dump.yml:1: error: m (a/b)\n1 | title: x\n    h\n",
		},
		"file only": {diag.Diagnostic{Span: f.Whole(), Code: "a/b", Message: "m", Hint: "h"}, "rules/dump.yml: info: m (a/b)\nh\n"},
		"no place":  {diag.Diagnostic{Code: "a/b", Message: "m"}, "info: m (a/b)\n"},
	} {
		if diff := cmp.Diff(c.want, (diag.Printer{}).Sprint(c.d)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	lines := strings.Split((diag.Printer{Width: 60}).Sprint(diag.Diagnostic{Span: at("bad")}), "\n")
	if i := strings.Index(lines[2], "^^^"); i < 0 || string([]rune(lines[1])[i:i+3]) != "bad" || len(lines[1]) > 80 {
		t.Errorf("a long line is cut to:\n%s\n%s", lines[1], lines[2])
	}
}

func TestPrintColor(t *testing.T) {
	f := diag.NewFile("f", []byte("abc"))
	var b strings.Builder
	err := diag.Printer{Color: true}.Print(&b, []diag.Diagnostic{{Span: f.Span(1, 2), Severity: diag.Error, Code: "a/b", Message: "m", Hint: "h"}})
	want := "\x1b[1mf:1:2:\x1b[0m \x1b[1;31merror:\x1b[0m m (a/b)\n\x1b[2m1 | \x1b[0mabc\n     \x1b[1;31m^\x1b[0m h\n"
	if diff := cmp.Diff(want, b.String()); diff != "" || err != nil {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
}

func TestJSON(t *testing.T) {
	f := diag.NewFile("f", []byte("ä\nb"))
	for want, d := range map[string]diag.Diagnostic{
		`{"file":"f","code":"a/b","severity":"error","line":2,"column":1,"message":"m","hint":"h"}`:  {Span: f.Span(3, 4), Severity: diag.Error, Code: "a/b", Message: "m", Hint: "h"},
		`{"file":"f","code":"a/b","severity":"warning","line":2,"column":0,"message":"m","hint":""}`: {Span: f.Span(3, 4), LineOnly: true, Severity: diag.Warning, Code: "a/b", Message: "m"},
		`{"code":"a/b","severity":"info","line":0,"column":0,"message":"m","hint":""}`:               {Code: "a/b", Message: "m"},
	} {
		got, err := json.Marshal(diag.JSON(d))
		if err != nil || string(got) != want {
			t.Errorf("got %s, error %v; want %s", got, err, want)
		}
	}
}
