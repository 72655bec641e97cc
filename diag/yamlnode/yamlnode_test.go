package yamlnode

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// read decodes a text that has to be YAML and returns what its documents hold.
func read(t *testing.T, text string) []*yaml.Node {
	t.Helper()
	docs, err := Decode([]byte(text))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	var roots []*yaml.Node
	for _, doc := range docs {
		if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
			t.Fatalf("%q: a document of kind %d with %d nodes", text, doc.Kind, len(doc.Content))
		}
		roots = append(roots, doc.Content[0])
	}
	return roots
}

func TestDecode(t *testing.T) {
	for text, want := range map[string][]string{
		"":                          nil,
		"# nothing\n\n":             nil,
		"\ufeff":                    nil,
		"a: b\n":                    {"a mapping"},
		"\ufeff- a\n":               {"a list"},
		"---\n---\n":                {"nothing", "nothing"},
		"a\n---\n# none\n---\n1\n":  {"a text", "nothing", "a number"},
		"a: &x 1\n...\n---\n- *x\n": {"a mapping", "a list"},
	} {
		var got []string
		for _, root := range read(t, text) {
			got = append(got, KindName(root))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestDecodeKeepsWhatComesBeforeTheError(t *testing.T) {
	docs, err := Decode([]byte("a: 1\n---\nb: 2\n---\nc: [\n---\nd: 4\n"))
	if len(docs) != 2 || err == nil || docs[1].Content[0].Content[0].Value != "b" {
		t.Errorf("got %d documents and %v, want two and an error", len(docs), err)
	}
}

// A panic of the parser is an error of the document that it happens in.
func TestDecodeRecovers(t *testing.T) {
	calls := 0
	docs, err := decodeAll(func(to any) error {
		if calls++; calls == 2 {
			panic("attempted to parse unknown event")
		}
		*to.(*yaml.Node) = yaml.Node{Kind: yaml.DocumentNode, Line: 7}
		return nil
	})
	if len(docs) != 1 || docs[0].Line != 7 || err == nil {
		t.Fatalf("got %v and %v, want one document and an error", docs, err)
	}
	if line, message := Line(err); line != 0 || message != "attempted to parse unknown event" {
		t.Errorf("got line %d, %q", line, message)
	}
}

func TestKindName(t *testing.T) {
	for text, want := range map[string]string{
		"a: b": "a mapping", "[]": "a list", "!mine {}": "a mapping",
		"~": "nothing", "NULL": "nothing", "!!null x": "nothing", "---": "nothing", `"~"`: "a text", "!!str": "a text", "! 5": "a number",
		"x": "a text", `"5"`: "a text", "|\n  5": "a text",
		"5": "a number", "0x1F": "a number", "-1.5e3": "a number", ".inf": "a number",
		"true": "true or false", "FALSE": "true or false", "yes": "a text",
		"2024-05-06": "a date", "2024-05-06T07:08:09Z": "a date", `"2024-05-06"`: "a text",
		"!mine x": "a value with a tag of its own", "!!binary eA==": "a value with a tag of its own",
	} {
		root := read(t, text)[0]
		if got := KindName(root); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
		if got := IsNull(root); got != (want == "nothing") {
			t.Errorf("%q: null is %v", text, got)
		}
	}
}

// An alias is what it stands for, and one that is part of that ends as well.
func TestAliases(t *testing.T) {
	want := []string{"nothing", "nothing", "a mapping", "a mapping", "a list"}
	var got []string
	for _, n := range read(t, "[&a , *a, &b {c: d}, *b, &e [*e]]")[0].Content {
		got = append(got, KindName(n))
		if IsNull(n) != (KindName(n) == "nothing") {
			t.Errorf("%s: null is %v", KindName(n), IsNull(n))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLine(t *testing.T) {
	for text, want := range map[string]struct {
		line    int
		message string
	}{
		"yaml: line 3: did not find expected key":                             {4, "did not find expected key"},
		"yaml: line 3: did not find expected alphabetic or numeric character": {3, "did not find expected alphabetic or numeric character"},
		"yaml: line 3: found character that cannot start any token":           {3, "found character that cannot start any token"},
		"yaml: unknown anchor 'a' referenced":                                 {0, "unknown anchor 'a' referenced"},
		"yaml: line x: y":                                                     {0, "line x: y"},
		"yaml: line 99999999999999999999: did not find expected key":          {0, "line 99999999999999999999: did not find expected key"},
		"something else": {0, "something else"},
		"line 5 is bad":  {0, "line 5 is bad"},
		"yaml: " + strings.Repeat("x", 10) + "line 5: did not find expected key": {0, strings.Repeat("x", 10) + "line 5: did not find expected key"},
	} {
		line, message := Line(errors.New(text))
		if line != want.line || message != want.message {
			t.Errorf("%q: got %d, %q, want %d, %q", text, line, message, want.line, want.message)
		}
	}
}
