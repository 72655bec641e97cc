package classic_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/classic"
)

// textOptions are runs with and without configurations, in which what one
// target uses up must not be gone for the next.
func textOptions(t *testing.T) []classic.Options {
	t.Helper()
	mapped := config(t, "fieldmappings: {A: {B=1: one, default: other}, Image: [z, a]}\nlogsources: {w: {product: windows, index: [y, b]}}")
	var out []classic.Options
	for _, profile := range classic.Profiles() {
		for _, configs := range [][]*classic.Config{nil, {mapped}} {
			out = append(out, classic.Options{Profile: profile, Configs: configs, March: true})
		}
	}
	return append(out, classic.Options{Profile: "2020"}, classic.Options{Profile: classic.Profile2023, BackendOptions: []string{"http_port=x", "rulecomment"}})
}

// TestTexts: each target has the text that Convert gives it, whatever targets
// were written before from the same reading.
func TestTexts(t *testing.T) {
	var files []*diag.File
	for _, r := range readRecordings(t) {
		files = append(files, slices.Collect(maps.Values(r.rules))...)
	}
	for _, text := range []string{
		ruleOf("s: {A: b}\nr: {A: c}\ncondition: s or r"), ruleOf("s: {A: 1}\nr: {A: 1, B: 2}\ncondition: s or r"), "[",
		"action: global\ntitle: G\nlogsource: {product: windows}\ndetection: {condition: s}\n---\ndetection: {s: {A: b}}\n---\naction: repeat\ndetection: {s: {A: c}}\n",
	} {
		files = append(files, diag.NewFile("r.yml", []byte(text)))
	}
	texts := 0
	for _, opt := range textOptions(t) {
		for _, f := range files {
			for i, got := range classic.Texts(opt, classic.Targets(), classic.Read(f)) {
				opt.Target = classic.Targets()[i]
				want, _ := classic.Convert(opt, f)
				if diff := cmp.Diff(want.Text, got); diff != "" {
					t.Errorf("%s, %s %s (-want +got):\n%s", f.Name, opt.Profile, opt.Target, diff)
				}
				texts += len(got)
			}
		}
	}
	if texts < 100_000 {
		t.Errorf("only %d bytes of texts", texts)
	}
}

// TestAtOnce: files and configurations may be used by several workers at once.
func TestAtOnce(t *testing.T) {
	f := diag.NewFile("r.yml", []byte(ruleOf("s: &s {A: b, Image: '*\\x'}\nr: *s\ncondition: 1 of them")))
	source, options := classic.Read(f), textOptions(t)
	want := make([][]string, len(options))
	for i, opt := range options {
		want[i] = classic.Texts(opt, classic.Targets(), source)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i, opt := range options {
				if diff := cmp.Diff(want[i], classic.Texts(opt, classic.Targets(), source)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
	all.Wait()
}

// TestReplacement: the character that stands for broken ones elsewhere is one
// like all others.
func TestReplacement(t *testing.T) {
	f := diag.NewFile("r.yml", []byte(ruleOf("s: {A: 'x \uFFFD+y'}\ncondition: s")))
	for target, want := range map[classic.Target]string{
		classic.ESQS: "A:\"x\\ \uFFFD\\+y\"", classic.Splunk: "A=\"x \uFFFD+y\"", classic.Grep: "x \uFFFD\\+y", classic.Watcher: `x\\ \ufffd\\+y`,
	} {
		out, _ := classic.Convert(classic.Options{Target: target, Profile: classic.Profile2019}, f)
		if !strings.Contains(out.Text, want) {
			t.Errorf("%s: %q has no %q", target, out.Text, want)
		}
	}
}
