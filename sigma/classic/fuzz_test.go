package classic_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/classic"
)

// FuzzConvert: whatever the rule and the configuration, each document gives a
// text or an error; places lie in the file; the same input gives the same
// text; and what is JSON can be read back.
func FuzzConvert(f *testing.F) {
	for _, r := range readRecordings(f) {
		for _, rule := range r.rules {
			f.Add(string(rule.Text), "", "rulecomment")
		}
		for _, c := range r.configs {
			f.Add(ruleOf("s: {EventID: 1, Image: '*x'}\ncondition: s"), string(c.Text), "output=plain")
		}
	}
	f.Fuzz(func(t *testing.T, rule, config, option string) {
		var configs []*classic.Config
		if c, _ := classic.ParseConfig(diag.NewFile("c.yml", []byte(config))); c != nil {
			configs = append(configs, c)
		}
		for _, profile := range classic.Profiles() {
			for _, target := range classic.Targets() {
				checkConvert(t, classic.Options{Target: target, Profile: profile, Configs: configs, BackendOptions: strings.Split(option, "\n")}, diag.NewFile("r.yml", []byte(rule)))
			}
		}
	})
}

func checkConvert(t *testing.T, opt classic.Options, f *diag.File) {
	t.Helper()
	out, ds := classic.Convert(opt, f)
	again, _ := classic.Convert(opt, f)
	if diff := cmp.Diff(out.Text, again.Text); diff != "" {
		t.Fatalf("a second run differs:\n%s", diff)
	}
	for _, d := range ds {
		if d.Code == "" || d.Message == "" || d.Hint == "" {
			t.Errorf("bare diagnostic %+v", d)
		}
		if d.Span.File != nil && !d.Span.IsValid() && d.Span.Start >= 0 {
			t.Errorf("place outside the file: %+v", d)
		}
	}
	if opt.Target == classic.Kibana && strings.HasPrefix(out.Text, "[") && !json.Valid([]byte(out.Text)) && !strings.Contains(out.Text, "Infinity") && !strings.Contains(out.Text, "NaN") {
		t.Errorf("no JSON: %s", out.Text)
	}
}

// TestCorpus: every rule of SigmaHQ gives a text or an error, for all targets
// and profiles.
func TestCorpus(t *testing.T) {
	root := os.Getenv("SIGWATCH_SHARED")
	if root == "" {
		t.Skip("SIGWATCH_SHARED is not set: the corpus is not here")
	}
	var files []*diag.File
	err := filepath.WalkDir(filepath.Join(root, "corpus"), func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasSuffix(path, ".yml") && !strings.Contains(path, "regression") {
			files = append(files, readFile(t, path))
		}
		return err
	})
	if err != nil || len(files) < 2000 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, profile := range classic.Profiles() {
		for _, target := range classic.Targets() {
			out, ds := classic.Convert(classic.Options{Target: target, Profile: profile}, files...)
			have := map[*diag.File]bool{}
			for _, r := range out.Results {
				have[r.File] = true
			}
			for _, d := range ds {
				if d.Severity == diag.Error {
					have[d.Span.File] = true
					if d.Span.Position().Line == 0 && d.Code != "classic/yaml" {
						t.Errorf("no place: %+v", d)
					}
				}
			}
			if len(have) != len(files) {
				t.Errorf("%s %s: %d of %d files gave a text or an error", profile, target, len(have), len(files))
			}
			t.Logf("%s %-13s %4d texts", profile, target, len(out.Results))
		}
	}
}
