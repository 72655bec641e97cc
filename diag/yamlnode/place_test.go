package yamlnode

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
)

// leaves returns the nodes of a tree in file order but its mappings and lists,
// and of those the empty ones.
func leaves(n *yaml.Node) []*yaml.Node {
	if len(n.Content) == 0 {
		return []*yaml.Node{n}
	}
	var out []*yaml.Node
	for _, kid := range n.Content {
		out = append(out, leaves(kid)...)
	}
	return out
}

// Each row has a text, and of each scalar, alias and empty collection in it
// what Span and, where it differs, FirstLine name.
func TestPlaces(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"plain":                 {"a: b c # d\n", []string{"a", "b c"}},
		"double quotes":         {`"a b": "c \" d\\" # e`, []string{`"a b"`, `"c \" d\\"`}},
		"single quotes":         {`'a': 'it''s' # e`, []string{`'a'`, `'it''s'`}},
		"quotes in quotes":      {`['"', "'", '''']`, []string{`'"'`, `"'"`, `''''`}},
		"empty texts":           {`['', ""]`, []string{`''`, `""`}},
		"escapes":               {`"\u0041\x42": x`, []string{`"\u0041\x42"`, "x"}},
		"nothing":               {"a:\nb: ~\n", []string{"a", "", "b", "~"}},
		"plain, several lines":  {"a: one\n  two\n", []string{"a", "o|one"}},
		"quoted, several lines": {"a: \"one\n  two\"\nb: 'x\n  y'\n", []string{"a", `"one`, "b", "'x"}},
		"literal":               {"a: |-\n  one\nb: >\n  two\n", []string{"a", "||-", "b", ">"}},
		"collections":           {"a: {}\nb: [] # none\n", []string{"a", "{|{}", "b", "[|[] # none"}},
		"anchors and aliases":   {"a: &x y\nb: *x\n", []string{"a", "&|&x y", "b", "*|*x"}},
		"tags":                  {"!!str a: !mine \"b\"\n", []string{"!|!!str a: !mine \"b\"", "!|!mine \"b\""}},
		"CR LF":                 {"a: 'b\r\n  c'\r\nd: e\r\nf: []\r\n", []string{"a", "'b", "d", "e", "f", "[|[]"}},
		"CR":                    {"a: 'b\r  c'\rd: one\r  two\r", []string{"a", "'b", "d", "o|one"}},
		"not ASCII":             {"ключ: \"ä€\" # ß\n日本: [ü, 語, {}]\n", []string{"ключ", `"ä€"`, "日本", "ü", "語", "{|{}]"}},
		"not ASCII, cut":        {"a: äb\n  c\n", []string{"a", "ä|äb"}},
		"byte order mark":       {"\ufeffa: b\n", []string{"a", "b"}},
		"tabs":                  {"a:\tb\t# c\n", []string{"a", "b"}},
		"keys":                  {"? a\n: b\n<<: {c: d}\n", []string{"a", "b", "<<", "c", "d"}},
		"second document":       {"a\n--- b\n---\n'c'\n", []string{"a", "b", "'c'"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := diag.NewFile("f.yml", []byte(c.text))
			var got []string
			for _, root := range read(t, c.text) {
				for _, n := range leaves(root) {
					short, long := Span(f, n).Text(), FirstLine(f, n).Text()
					if short != long {
						short += "|" + long
					}
					got = append(got, short)
				}
			}
			// "||" begins a literal, whose first character is the separator.
			want := strings.ReplaceAll(strings.Join(c.want, "\n"), "||-", "|||-")
			if diff := cmp.Diff(want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("places (-want +got):\n%s", diff)
			}
		})
	}
}

// A full collection is where its first entry begins, or its bracket.
func TestPlaceOfCollection(t *testing.T) {
	text := "a:\n  - b: 1\n    c: [d,\n       e]\n"
	f := diag.NewFile("f.yml", []byte(text))
	root := read(t, text)[0]
	list := root.Content[1]
	entry := list.Content[0]
	for n, want := range map[*yaml.Node][2]string{
		root: {"a", "a:"}, list: {"-", "- b: 1"}, entry: {"b", "b: 1"}, entry.Content[3]: {"[", "[d,"},
	} {
		if got := [2]string{Span(f, n).Text(), FirstLine(f, n).Text()}; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// The comment stands where the fault is said to be; the first text of a row is
// a part of the message.
func TestFault(t *testing.T) {
	for name, c := range map[string]struct{ message, text string }{
		// The scanner's.
		"tab":               {"cannot start any token", "a: 1\nb:\n\t- c # HERE\nd: 2\n"},
		"star":              {"did not find expected alphabetic or numeric", "a: 1\nb: * # HERE\nc: 2\n"},
		"colon":             {"mapping values are not allowed", "a: 1\nb: c: d # HERE\ne: 2\n"},
		"unclosed quote":    {"unexpected end of stream", "a: 1\nb: 'c # HERE\nd: 2\n"},
		"escape":            {"unknown escape", "a: 1\nb: \"\\q\" # HERE\nc: 2\n"},
		"no colon":          {"could not find expected ':'", "a: 1\nb # HERE\nc: 2\n"},
		"second document":   {"cannot start any token", "a: 1\n---\nb: 2\nc: @ # HERE\nd: 3\n"},
		"lines of CR LF":    {"cannot start any token", "a: 1\r\nb: @ # HERE\r\nc: 2\r\n"},
		"not ASCII":         {"cannot start any token", "\ufeffä: 1\n\"€\": @ # HERE\n"},
		"tab in a literal":  {"tab character where an indentation", "a: 1\nb: | # HERE\n\tc\n"},
		"a tag's bracket":   {"did not find the expected '>'", "a: 1\nb: !<x # HERE\n"},
		"indentation of 0":  {"indentation indicator equal to 0", "a: 1\nb: |0 # HERE\n c\n"},
		"the quote's start": {"unexpected end of stream", "a: 1\nb:\n  - \"c # HERE\n\n\n"},
		// The grammar's.
		"key":                {"did not find expected key", "a: 1\nb:\n  c: 2\n d: 3 # HERE\n"},
		"key, farther in":    {"did not find expected key", "a:\n  b: # HERE\n    c: 2\n   d: 3\n"},
		"indicator":          {"did not find expected '-' indicator", "a: 1\nb:\n  - c # HERE\n  d: 2\n"},
		"bracket":            {"did not find expected ',' or ']'", "a: 1\nb: [c: 2 # HERE\nd: 3\n"},
		"brace":              {"did not find expected ',' or '}'", "a: 1\nb: {c: 2 # HERE\nd: 3\n"},
		"node":               {"did not find expected node content", "a: 1\nb: [c, d\n ,, e] # HERE\nf: 2\n"},
		"document":           {"did not find expected <document start>", "a: 1\n...\nb: 2 # HERE\nc: 3\n"},
		"tag handle":         {"undefined tag handle", "a: 1\nb: !c!d 2 # HERE\ne: 3\n"},
		"version":            {"incompatible YAML", "a: 1\n...\n%YAML 2.0 # HERE\n---\nb: 2\n"},
		"two versions":       {"duplicate %YAML", "a: 1\n...\n%YAML 1.1\n%YAML 1.1 # HERE\n---\nb: 2\n"},
		"two handles":        {"duplicate %TAG", "a: 1\n...\n%TAG !b! x\n%TAG !b! y # HERE\n---\nc: 2\n"},
		"end of the file":    {"did not find expected node content", "a: 1\nb: [ # HERE\n"},
		"end, without break": {"did not find expected node content", "a: 1\nb: [ # HERE"},
		"end, many breaks":   {"did not find expected node content", "a: 1\nb: [ # HERE\n\n  \n\t\r\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decode([]byte(c.text))
			if err == nil {
				t.Fatal("it is YAML")
			}
			f := diag.NewFile("f.yml", []byte(c.text))
			at, message := Fault(f, err)
			line := f.Line(at.Position().Line)
			if !at.IsValid() || at.Start != at.End || at.Position().Column != 1 || !strings.Contains(line, "# HERE") {
				t.Errorf("it is at %v, in %q: %v", at, line, err)
			}
			if !strings.Contains(message, c.message) || strings.HasPrefix(message, "yaml: ") || strings.HasPrefix(message, "line ") {
				t.Errorf("the message is %q, want %q", message, c.message)
			}
		})
	}
}

// What yaml.v3 gives no line for is a fault of the whole file.
func TestFaultWithoutLine(t *testing.T) {
	for text, want := range map[string]string{
		"a: *b\n":    "unknown anchor 'b' referenced",
		"a: \x01\n":  "control characters are not allowed",
		"a: \xff\n":  "invalid leading UTF-8 octet",
		"a: @\n":     "found character that cannot start any token",
		"%YAML 2\n-": "did not find expected digit or '.' character",
	} {
		f := diag.NewFile("f.yml", []byte(text))
		_, err := Decode(f.Text)
		if err == nil {
			t.Errorf("%q is YAML", text)
			continue
		}
		if at, message := Fault(f, err); at != f.Whole() || message != want {
			t.Errorf("%q: got %v, %q, want %q for the whole file", text, at, message, want)
		}
	}
}

// Whatever the text, nothing panics, each place lies in the file and on a
// character's border, and so does the line of the error.
func FuzzPlaces(f *testing.F) {
	for _, seed := range []string{
		"", "\ufeff", "a: b\n", "a: [\n\n", "\ufeffä: 'it''s'\r\n---\r\n- \"\\\"\r\n  b\"\r- &x !t |-\n  c\n- *x\n",
		"a: \u2028b\n\u2028c: \u0085'd\n", "\xff\xfea\x00:\x00 \x001\x00", "? {a: &b [*b]}\n: <<\n", "a: 1\n...\n%YAML 2.0\n---\n", "- - - #\n\n #\n - a", "'",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file := diag.NewFile("f.yml", text)
		docs, err := Decode(text)
		for _, doc := range docs {
			if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
				t.Fatalf("a document of kind %d with %d nodes", doc.Kind, len(doc.Content))
			}
			checkPlaces(t, file, doc)
		}
		if err == nil {
			return
		}
		at, message := Fault(file, err)
		if message == "" || strings.HasPrefix(message, "yaml: ") {
			t.Errorf("%v: the message is %q", err, message)
		}
		if line, _ := Line(err); line == 0 && at != file.Whole() || line > 0 && (!at.IsValid() || file.Offset(at.Position().Line, 1) != at.Start) {
			t.Errorf("%v: the place is %+v", err, at)
		}
	})
}

// onBorders reports whether no end of a span lies within a character.
func onBorders(text []byte, at diag.Span) bool {
	return !utf8.Valid(text) || utf8.ValidString(at.Text())
}

func checkPlaces(t *testing.T, f *diag.File, n *yaml.Node) {
	short, long := Span(f, n), FirstLine(f, n)
	if !short.IsValid() || !long.IsValid() || short.Start != long.Start || short.End > long.End {
		t.Errorf("%s in line %d: %+v, its first line %+v", KindName(n), n.Line, short, long)
	}
	if n.Kind != yaml.DocumentNode && IsNull(n) != (KindName(n) == "nothing") {
		t.Errorf("%q is %s, and null %v", n.Value, KindName(n), IsNull(n))
	}
	if strings.ContainsAny(long.Text(), "\r\n") || !onBorders(f.Text, short) {
		t.Errorf("%q goes on behind its line, or cuts a character", long.Text())
	}
	for _, kid := range n.Content {
		checkPlaces(t, f, kid)
	}
}
