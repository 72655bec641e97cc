package watcher_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/watcher"
)

// Texts are looked at eight bytes together: each byte has to be seen at each
// place of them, whatever stands before and after it.
func TestEncodeSeesEachByte(t *testing.T) {
	for _, around := range []string{"a", "\x00", "\"", "\x7f", "é", "\uFFFF"} {
		for before := range 18 {
			for c := range 0x80 {
				text := strings.Repeat(around, before) + string(rune(c)) + strings.Repeat(around, 17-before)
				checkText(t, text)
			}
		}
	}
}

// checkText compares with encoding/json, and sizes with what they are of.
func checkText(t *testing.T, text string) {
	t.Helper()
	got := watcher.Encode(text)
	var back string
	if err := json.Unmarshal(got, &back); err != nil || back != text {
		t.Fatalf("%q is written as %s and read as %q (%v)", text, got, back, err)
	}
	if want := shortest(text); string(got) != want {
		t.Fatalf("%q is written as %s, want %s", text, got, want)
	}
	if size := watcher.Size(text); size != len(got) {
		t.Fatalf("%q: size %d of %s", text, size, got)
	}
}

// shortest is a text in JSON with nothing escaped that need not be.
func shortest(text string) string {
	escapes := map[rune]string{'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`}
	var b strings.Builder
	for _, c := range text {
		switch escaped, is := escapes[c]; {
		case is:
			b.WriteString(escaped)
		case c < ' ':
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	return `"` + b.String() + `"`
}

// What is no UTF-8 becomes a replacement character wherever it stands, and
// what was escaped before it is not written twice.
func TestEncodeMendsText(t *testing.T) {
	for before := range 18 {
		plain := strings.Repeat("\"a", before)
		got := string(watcher.Append([]byte("x"), plain+"\xff\n\xc3(tail of some length"))
		want := "x\"" + strings.Repeat(`\"a`, before) + "\uFFFD\\n\uFFFD(tail of some length\""
		if got != want {
			t.Errorf("%d before: %s, want %s", before, got, want)
		}
	}
}

// Lines are indented alike however deep they are.
func TestEncodeIndentDeep(t *testing.T) {
	const depth = 40
	tree := parse(t, strings.Repeat(`{"a":[`, depth)+"1"+strings.Repeat("]}", depth))
	var want bytes.Buffer
	if err := json.Indent(&want, watcher.Encode(tree), "", "  "); err != nil {
		t.Fatal(err)
	}
	if got := watcher.EncodeIndent(tree); string(got) != want.String() {
		t.Errorf("want %s\ngot %s", &want, got)
	}
}

// An object holds what is put into it, fits the room or not, and shares no
// member with another.
func TestNewObject(t *testing.T) {
	for room := range 10 {
		a, b := watcher.NewObject(room), watcher.NewObject(room)
		if len(a.Members) != 0 || cap(a.Members) < room {
			t.Errorf("room for %d: %d members, room for %d", room, len(a.Members), cap(a.Members))
		}
		want := `{`
		for i := range 12 {
			name := string(rune('a' + i))
			a.Set(name, json.Number("1"))
			b.Set(name, json.Number("2"))
			want += `"` + name + `":1,`
		}
		if got := string(watcher.Encode(a)); got != strings.TrimSuffix(want, ",")+`}` {
			t.Errorf("room for %d: %s", room, got)
		}
	}
}
