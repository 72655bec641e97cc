package watcher_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/sigwatch/sigwatch/watcher"
)

func TestParseJSONKeepsOrderAndNumbers(t *testing.T) {
	texts := []string{
		`{"b":1,"a":{"z":[1.50,-0,1e3,12345678901234567890],"y":null},"c":true,"":false}`,
		`[]`, `"é\u0000\"\\"`, `-0.5e-7`, `{"a":[[],{}]}`,
	}
	for _, text := range texts {
		v, err := watcher.ParseJSON([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := string(watcher.Encode(v)); got != text {
			t.Errorf("want %s\ngot  %s", text, got)
		}
	}
}

func TestParseJSONRefuses(t *testing.T) {
	tests := []struct {
		text    string
		server  bool
		kind    watcher.SyntaxKind
		at      string // line:column of the fault, in runes
		message string
	}{
		{text: ``, kind: watcher.Empty, at: "1:1"},
		{text: `{`, kind: watcher.CutOff, at: "1:2", message: "expected close marker for Object"},
		{text: `["a",`, kind: watcher.CutOff, at: "1:6"},
		{text: `{"a":}`, kind: watcher.Malformed, at: "1:6", message: "Unexpected character ('}' (code 125)): expected a value"},
		{text: "{\n \"ü\": \"x\",\n \"ü\": 1}", kind: watcher.Duplicate, at: "3:2", message: "Duplicate field 'ü'"},
		{text: `{"a":1,}`, kind: watcher.Malformed, at: "1:8"},
		{text: `[1,]`, kind: watcher.Malformed, at: "1:4"},
		{text: `[1 2]`, kind: watcher.Malformed, at: "1:4"},
		{text: `{} x`, kind: watcher.Trailing, at: "1:4"},
		{text: `/**/{}`, kind: watcher.Malformed, at: "1:1"},
		{text: "\uFEFF{}", kind: watcher.Malformed, at: "1:1"},
		{text: `01`, kind: watcher.Malformed, at: "1:1", message: "Leading zeroes"},
		{text: `1.`, kind: watcher.CutOff, at: "1:3"},
		{text: `-x`, kind: watcher.Malformed, at: "1:2"},
		{text: `1e+`, kind: watcher.CutOff, at: "1:4"},
		{text: `1x`, kind: watcher.Malformed, at: "1:2"},
		{text: `nul`, kind: watcher.Malformed, at: "1:1", message: "Unrecognized token 'nul'"},
		{text: `NaN`, kind: watcher.Malformed, at: "1:1", message: "Non-standard token"},
		{text: "\"a\tb\"", kind: watcher.Malformed, at: "1:3", message: "CTRL-CHAR, code 9"},
		{text: `"\x"`, kind: watcher.Malformed, at: "1:3", message: "Unrecognized character escape 'x'"},
		{text: `"\u12"`, kind: watcher.Malformed, at: "1:6"},
		{text: "\"\xff\"", kind: watcher.Malformed, at: "1:2"},
		{text: `{"a" 1}`, kind: watcher.Malformed, at: "1:6", message: "colon"},
		{text: `{a:1}`, kind: watcher.Malformed, at: "1:2"},
		{text: `/* no end`, server: true, kind: watcher.CutOff, at: "1:10"},
		{text: `/x`, server: true, kind: watcher.Malformed, at: "1:2"},
	}
	for _, tt := range tests {
		_, err := watcher.ParseJSON([]byte(tt.text), watcher.ParseOptions{Server: tt.server})
		var e *watcher.SyntaxError
		if !errors.As(err, &e) {
			t.Errorf("%q: not refused (%v)", tt.text, err)
			continue
		}
		if at := fmt.Sprintf("%d:%d", e.Line, e.Column); e.Kind != tt.kind || at != tt.at || !strings.Contains(e.Message, tt.message) {
			t.Errorf("%q: want kind %d at %s %q\ngot  kind %d at %s %q", tt.text, tt.kind, tt.at, tt.message, e.Kind, at, e.Message)
		}
	}
}

func TestParseJSONServerMode(t *testing.T) {
	text := "\uFEFF/* a */ { // b\n\"a\": /**/ 1 } and so on {"
	v, err := watcher.ParseJSON([]byte(text), watcher.ParseOptions{Server: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(watcher.Encode(v)); got != `{"a":1}` {
		t.Errorf("got %s", got)
	}
}

func TestParseJSONDepth(t *testing.T) {
	deep := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	if _, err := watcher.ParseJSON(deep(1000)); err != nil {
		t.Errorf("1000 levels: %v", err)
	}
	var e *watcher.SyntaxError
	if _, err := watcher.ParseJSON(deep(1001)); !errors.As(err, &e) || e.Kind != watcher.TooDeep {
		t.Errorf("1001 levels: %v", err)
	}
	if _, err := watcher.ParseJSON(deep(4), watcher.ParseOptions{MaxDepth: 3}); err == nil {
		t.Error("4 levels with a limit of 3 are not refused")
	}
}

func TestParseJSONManyMembers(t *testing.T) {
	var text strings.Builder
	text.WriteString("{")
	for i := range 100 {
		fmt.Fprintf(&text, `"k%d":%d,`, i, i)
	}
	if _, err := watcher.ParseJSON([]byte(text.String() + `"z":0}`)); err != nil {
		t.Error(err)
	}
	if _, err := watcher.ParseJSON([]byte(text.String() + `"k50":0}`)); err == nil {
		t.Error("a name given twice among many is not refused")
	}
}

func TestEncode(t *testing.T) {
	o := &watcher.Object{}
	o.Set("a<b>&c", "\u2028\n\x01\xff")
	o.Set("n", json.Number("1e3"))
	if got, want := string(watcher.Encode(o)), "{\"a<b>&c\":\"\u2028\\n\\u0001\uFFFD\",\"n\":1e3}"; got != want {
		t.Errorf("want %s\ngot  %s", want, got)
	}
	if diff := cmp.Diff("{\n  \"x\": [\n    1\n  ],\n  \"y\": {}\n}",
		string(watcher.EncodeIndent(object(t, []byte(`{"x":[1],"y":{}}`))))); diff != "" {
		t.Error(diff)
	}
	text, err := json.Marshal(map[string]any{"o": o})
	if err != nil || !bytes.Contains(text, []byte(`"n":1e3`)) {
		t.Errorf("json.Marshal: %s, %v", text, err)
	}
	var back struct{ O *watcher.Object }
	if err := json.Unmarshal([]byte(`{"O":{"b":1,"a":2}}`), &back); err != nil || string(watcher.Encode(back.O)) != `{"b":1,"a":2}` {
		t.Errorf("json.Unmarshal: %v, %v", back.O, err)
	}
}

// TestEncodeIndent: the indented form is that of encoding/json.
func TestEncodeIndent(t *testing.T) {
	for _, text := range []string{`null`, `true`, `"a\nb"`, `1e3`, `[]`, `{}`, `[[],{},[{}]]`, `{"":{"a":[1,"[,]{:}",null]},"b":[[1,2],{"c":false}]}`, exampleWatch} {
		tree, err := watcher.ParseJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := json.Indent(&want, watcher.Encode(tree), "", "  "); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), string(watcher.EncodeIndent(tree))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	if got := string(watcher.EncodeIndent([]any{(*watcher.Object)(nil)})); got != "[\n  null\n]" {
		t.Errorf("no object: %s", got)
	}
}

// FuzzParseJSON: the strict parser takes what encoding/json takes, but for
// names given twice, broken UTF-8 and too deep texts, and reads the same.
func FuzzParseJSON(f *testing.F) {
	for _, s := range []string{
		exampleWatch, `{"a":[1,2.5e-3,-0,"\ud83d\ude00 \ud800"],"b":{"c":null}}`, `[true,false,null]`, `"\u00e9"`,
		`{"a":1,"a":2}`, ` 1 `, `{"a":}`, `/* c */{}`, "\uFEFF{}", `[[[[]]]]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, _ = watcher.ParseJSON(text, watcher.ParseOptions{Server: true})
		v, err := watcher.ParseJSON(text)
		var e *watcher.SyntaxError
		switch {
		case err == nil:
			sameAsStandard(t, text, v)
		case !errors.As(err, &e):
			t.Fatalf("%q: error of another kind: %v", text, err)
		case e.Kind == watcher.Duplicate || e.Kind == watcher.TooDeep || !utf8.Valid(text):
		case json.Valid(text):
			t.Fatalf("%q refused: %v", text, err)
		}
	})
}

func sameAsStandard(t *testing.T, text []byte, v any) {
	t.Helper()
	want, got := standard(t, text), standard(t, watcher.Encode(v))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%q (-want +got):\n%s", text, diff)
	}
	if size := watcher.Size(v); size != len(watcher.Encode(v)) {
		t.Fatalf("%q: size %d of %s", text, size, watcher.Encode(v))
	}
}

func standard(t *testing.T, text []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("encoding/json refuses %q: %v", text, err)
	}
	return v
}
