package pipeline

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// FuzzEasy: what is read the short way is what a rule would have made of it.
func FuzzEasy(f *testing.F) {
	for _, text := range []string{
		"EventID: 1", "EventID: [1, 255]", "a.b_c: Windows PowerShell/Operational-x", "c: [a b, yes]", "c: No", "c: 007", "c: 1_000",
		"c: x*", "c: '%x%'", "c|re: abc", "c: []", "c: ~", "c: 2020-01-01", "c: y", "c: !!str 12", "c: 0x1F", "c: !!int ''", "c: \"ab\"", "c: 123456789012345678901",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil || len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode || len(doc.Content[0].Content) < 2 {
			return
		}
		r := &reader{file: diag.NewFile("x", []byte(text))}
		kv := pair{key: doc.Content[0].Content[0], value: doc.Content[0].Content[1]}
		got, ok := r.easy(kv)
		if !ok {
			return
		}
		want, ok := r.defineAsRule(kv)
		if !ok {
			t.Fatalf("%q is read the short way, and is no definition: %v", text, r.ds)
		}
		if d := cmp.Diff(want, sigma.Node(got), cmpopts.IgnoreTypes(diag.Span{})); d != "" {
			t.Errorf("%q (-rule +short):\n%s", text, d)
		}
	})
}

// TestBuiltinsAreEasy: the short way is there for the built-in pipelines.
func TestBuiltinsAreEasy(t *testing.T) {
	r := &reader{file: diag.NewFile("x", nil)}
	for _, text := range []string{"EventID: 1", "winlog.channel: Microsoft-Windows-Sysmon/Operational"} {
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatal(err)
		}
		if _, ok := r.easy(pair{key: doc.Content[0].Content[0], value: doc.Content[0].Content[1]}); !ok {
			t.Errorf("%q is not read the short way", text)
		}
	}
}
