package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/sigwatch/sigwatch/config"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// TestTypes reads the field types from where the file says, seen from its own
// folder, or from where the flag says, seen from the working folder.
func TestTypes(t *testing.T) {
	root := t.TempDir()
	t.Chdir(root)
	put(t, "project/sigwatch.yaml", "owner: soc\nfields: pinned/fields.yaml\n")
	put(t, "project/pinned/fields.yaml", "schema: sigwatch/fields/v1\nfields: {a: keyword}\n")
	put(t, "pinned/fields.yaml", "schema: sigwatch/fields/v1\nfields: {a: ip}\n")
	put(t, "bad.yaml", "schema: sigwatch/fields/v1\nfields: {a: keywrd}\n")
	for _, one := range []struct {
		name, flag, want, wrong string
	}{
		{"of the file", "", "keyword", ""},
		{"of the flag", "pinned/fields.yaml", "ip", ""},
		{"missing", "none.yaml", "", "config/unreadable"},
		{"wrong", "bad.yaml", "", "bad.yaml:2:"},
	} {
		t.Run(one.name, func(t *testing.T) {
			types, ds := pinned(t, root, one.flag).Types()
			said := ""
			if len(ds) > 0 {
				said = diag.Printer{}.Sprint(ds[0])
			}
			if one.wrong == "" && len(ds) > 0 || !strings.Contains(said, one.wrong) {
				t.Fatalf("said %q, want %q in it", said, one.wrong)
			}
			if f, _ := types.Of("a"); one.want != "" && f.Type != query.FieldType(one.want) {
				t.Errorf("the field is %q, want %q", f.Type, one.want)
			}
		})
	}
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func pinned(t *testing.T, dir, flag string) *config.Config {
	t.Helper()
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.String("config", "project/sigwatch.yaml", "")
	flags.String("fields", "", "")
	if flag != "" {
		if err := flags.Set("fields", flag); err != nil {
			t.Fatal(err)
		}
	}
	if err := flags.Set("config", "project/sigwatch.yaml"); err != nil {
		t.Fatal(err)
	}
	s, err := config.NewScalars(flags)
	if err != nil {
		t.Fatal(err)
	}
	cfg, ds := config.Load(dir, s)
	if diag.HasErrors(ds) {
		t.Fatal(ds)
	}
	return cfg
}
