package classic_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/classic"
)

// recording is a file of rules and of what sigmac made of them.
type recording struct {
	rules   map[string]*diag.File
	configs map[string]*diag.File
	texts   []txtar.File
}

func readRecordings(tb testing.TB) map[string]recording {
	tb.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no recordings: %v", err)
	}
	out := map[string]recording{}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(file), ".txtar")] = sortOut(archive)
	}
	return out
}

func sortOut(archive *txtar.Archive) recording {
	r := recording{rules: map[string]*diag.File{}, configs: map[string]*diag.File{}}
	for _, part := range archive.Files {
		rule, isRule := strings.CutSuffix(part.Name, ".yml")
		config, isConfig := strings.CutPrefix(part.Name, "configs/")
		switch {
		case isRule:
			r.rules[rule] = diag.NewFile(part.Name, part.Data)
		case isConfig:
			r.configs[config] = diag.NewFile(part.Name, part.Data)
		default:
			r.texts = append(r.texts, part)
		}
	}
	return r
}

// TestRecorded holds what comes out against what sigmac wrote for small rules
// that show one feature each.
func TestRecorded(t *testing.T) {
	for name, r := range readRecordings(t) {
		t.Run(name, func(t *testing.T) {
			if len(r.texts) < 50 && name != "option" {
				t.Errorf("only %d texts", len(r.texts))
			}
			for _, text := range r.texts {
				checkRecorded(t, r, text)
			}
		})
	}
}

func checkRecorded(t *testing.T, r recording, text txtar.File) {
	t.Helper()
	key, refused := strings.CutSuffix(text.Name, " refused")
	words := strings.Split(key, " ")
	opt := classic.Options{Profile: classic.Profile(words[1]), Target: classic.Target(words[2])}
	for _, option := range words[4:] {
		opt.BackendOptions = append(opt.BackendOptions, strings.ReplaceAll(option, "%20", " "))
	}
	if words[3] != "-" {
		c, ds := classic.ParseConfig(r.configs[words[3]])
		if diag.HasErrors(ds) {
			if !refused {
				t.Errorf("%s: %s", text.Name, firstError(ds))
			}
			return
		}
		opt.Configs = append(opt.Configs, c)
	}
	out, ds := classic.Convert(opt, r.rules[words[0]])
	switch {
	case refused != diag.HasErrors(ds):
		t.Errorf("%s: %s; got %q", text.Name, firstError(ds), out.Text)
	case !refused:
		if diff := cmp.Diff(string(text.Data), out.Text); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text.Name, diff)
		}
	}
}
