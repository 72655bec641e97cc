package build_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/build"
)

// The hash of the settings stands in the metadata of watches, so it may never
// change: with another one every watch would be put anew.
func TestSettingsHashStays(t *testing.T) {
	off := false
	all := build.Settings{
		Owner: "soc", IDTemplate: "corp-${rule.id}", Number: 2, Hits: 20, Active: &off,
		Schedule: build.Schedule{Every: 90 * time.Second, Cron: "0 0 1 * * ?", Interval: "5m"},
		Window:   build.Window{Field: "event.created", Lateness: 2 * time.Minute, Length: time.Hour},
		Indices:  []string{"logs-*", `a"b\c`}, Form: "dsl", Case: "insensitive", KeywordFields: []string{"message", "ü"},
		FieldTypes: []string{"a=keyword", "b=text"}, AllowApproximate: true, Version: watcher.Version{Major: 8, Minor: 19},
		Actions: []build.Action{
			{ID: "none"},
			{ID: "hook", Body: parse(`{"webhook":{"headers":[{"Authorization":"s"},{"x":1.50}],"auth":{"basic":{"PassWord":{"a":1},"n":null}}}}`)},
		},
	}
	tests := []struct {
		name string
		set  build.Settings
		want string
	}{
		{"none", build.Settings{}, "sha256:6f5f2d92843b4a2b85496a6b46742823d50fbb0dd8152281b169673175c0588a"},
		{"some", settings(), "sha256:d697c9d4ef7a7a8003d4c2a1f5ba55bcaae02e0423df9435558cf11438399163"},
		{"all", all, "sha256:496c39ae25bb18d2d22ace677964eb52a74e20ab36598d4bf0b1ae44cb5abd02"},
	}
	for _, tt := range tests {
		if got := build.SettingsHash(tt.set); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	hook, _ := all.Actions[1].Body.Get("webhook")
	if text := string(watcher.Encode(hook)); !strings.Contains(text, `"s"`) || !strings.Contains(text, `"PassWord":{"a":1}`) {
		t.Errorf("the secrets were taken out of the settings themselves: %s", text)
	}
}

// What is written with six bytes a byte counts with six.
func TestSizeOfEscapes(t *testing.T) {
	q := someQuery()
	q.Text = strings.Repeat("\x01", 22<<10)
	if _, ds := build.Build(rule("x"), q, settings()); len(ds) != 1 || ds[0].Code != "build/large-watch" {
		t.Errorf("%v", said(ds))
	}
}

// One line is left as it is; everything else is made one.
func TestOneLineTitles(t *testing.T) {
	for title, want := range map[string]string{
		"one two": "one two", " one": "one", "one ": "one", "one  two": "one two", "one\ttwo\r\nBcc: x": "one two Bcc: x",
		"one\x7ftwo": "one two", "é\u2028ü": "é ü", " ": "", "": "",
	} {
		r := rule("x")
		r.Title = title
		w, _ := build.Build(r, someQuery(), settings())
		got := at(t, w.Body, "actions", "mail", "email", "subject").(string)
		if want := "[high] " + want + ": {{ctx.payload.hits.total}} found"; got != want {
			t.Errorf("%q: subject %q, want %q", title, got, want)
		}
	}
}
