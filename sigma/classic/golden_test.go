package classic_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/classic"
)

var verbose = flag.Bool("rows", false, "show each golden row that differs")

// shared returns a folder of the shared goldens, which are no part of the
// repository: some are under licences of their own.
func shared(tb testing.TB, part string) string {
	tb.Helper()
	root := os.Getenv("SIGWATCH_SHARED")
	if root == "" {
		tb.Skip("SIGWATCH_SHARED is not set: the recorded runs of sigmac are not here")
	}
	return filepath.Join(root, "golden", part)
}

// row is one recorded run of sigmac.
type row struct {
	Rule     string   `json:"rule"`
	Target   string   `json:"target"`
	Config   string   `json:"config"`
	Options  []string `json:"options"`
	Output   *string  `json:"output"`
	Error    string   `json:"error"`
	Unstable bool     `json:"unstable"`
}

func (r row) id() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s %s", r.Rule, r.Target, r.Config, strings.Join(r.Options, " ")))
}

func readFile(tb testing.TB, path string) *diag.File {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return diag.NewFile(filepath.Base(path), text)
}

// shelf reads configurations and keeps them. Some are broken on purpose.
type shelf struct {
	root string
	got  map[string]*classic.Config
}

func (s *shelf) config(tb testing.TB, name string) (*classic.Config, bool) {
	tb.Helper()
	if c, ok := s.got[name]; ok {
		return c, c != nil
	}
	c, ds := classic.ParseConfig(readFile(tb, filepath.Join(s.root, name+".yml")))
	if diag.HasErrors(ds) != (c == nil) {
		tb.Fatalf("configuration %s: %v, and the diagnostics %v", name, c, ds)
	}
	s.got[name] = c
	return c, c != nil
}

// configs returns the configurations of a row; ok is false where one of them
// is no good.
func (s *shelf) configs(tb testing.TB, r row, folder string) (out []*classic.Config, ok bool) {
	tb.Helper()
	names := strings.FieldsFunc(r.Config, func(c rune) bool { return c == '+' })
	if len(names) == 0 && folder == "final" && r.Target == "logpoint" {
		names = []string{"sysmon", "logpoint-windows"}
	}
	for _, name := range names {
		if !strings.HasPrefix(name, "cases/") {
			name = folder + "/" + name
		}
		c, ok := s.config(tb, name)
		if !ok {
			return nil, false
		}
		out = append(out, c)
	}
	return out, true
}

// recorded are the profiles and the folders of their goldens.
func recorded() map[classic.Profile]string {
	return map[classic.Profile]string{classic.Profile2019: "2019", classic.Profile2023: "final"}
}

// TestGolden holds every recorded run of sigmac against what comes out here:
// the same text, or a refusal where sigmac failed. All of them are right, but
// those whose text was random in sigmac.
func TestGolden(t *testing.T) {
	root := shared(t, "sigmac")
	for profile, folder := range recorded() {
		t.Run(string(profile), func(t *testing.T) {
			s := &shelf{root: filepath.Join(root, "configs"), got: map[string]*classic.Config{}}
			counts := map[string]*count{}
			files, err := filepath.Glob(filepath.Join(root, folder, "*.jsonl"))
			if err != nil || len(files) < 9 {
				t.Fatalf("%d files of goldens, %v", len(files), err)
			}
			for _, file := range files {
				if filepath.Base(file) == "atc-pages.jsonl" {
					continue
				}
				for _, r := range readLines[row](t, file) {
					c := counts[r.Target]
					if c == nil {
						c = &count{}
						counts[r.Target] = c
					}
					c.add(t, r, checkRow(t, s, r, profile))
				}
			}
			for _, target := range slices.Sorted(maps.Keys(counts)) {
				c := counts[target]
				t.Logf("%s %-13s %4d rows right: %4d texts, %3d refusals; %d wrong, %d unstable", profile, target, c.texts+c.refusals, c.texts, c.refusals, c.wrong, c.unstable)
				if floor := floors()[string(profile)+" "+target]; floor == 0 || c.texts+c.refusals < floor {
					t.Errorf("%s %s: %d rows are right, and there were %d", profile, target, c.texts+c.refusals, floor)
				}
			}
		})
	}
}

type count struct{ texts, refusals, wrong, unstable int }

func (c *count) add(t *testing.T, r row, difference string) {
	switch {
	case r.Unstable:
		c.unstable++
	case difference == "" && r.Output != nil:
		c.texts++
	case difference == "":
		c.refusals++
	default:
		c.wrong++
		if c.wrong <= 3 || *verbose {
			t.Errorf("%s: %s", r.id(), difference)
		}
	}
}

// checkRow says how a row differs from what comes out.
func checkRow(t *testing.T, s *shelf, r row, profile classic.Profile) string {
	t.Helper()
	configs, ok := s.configs(t, r, recorded()[profile])
	if !ok {
		if r.Output != nil {
			return "a configuration was refused, and sigmac took it"
		}
		return ""
	}
	f := readFile(t, filepath.Join(filepath.Dir(s.root), "rules", r.Rule))
	out, ds := classic.Convert(classic.Options{Target: classic.Target(r.Target), Profile: profile, Configs: configs, BackendOptions: r.Options}, f)
	failed := diag.HasErrors(ds)
	switch {
	case r.Output == nil && !failed:
		return fmt.Sprintf("sigmac failed with %s, and here comes %q", r.Error, out.Text)
	case r.Output == nil:
		return ""
	case failed:
		return fmt.Sprintf("refused: %s; want %q", firstError(ds), *r.Output)
	}
	return cmp.Diff(*r.Output, out.Text)
}

func firstError(ds []diag.Diagnostic) string {
	for _, d := range ds {
		if d.Severity == diag.Error {
			return d.Span.String() + ": " + d.Message + " (" + d.Code + ")"
		}
	}
	return "no error"
}

// floors are the rows that are right, a profile and target. They may only
// grow.
func floors() map[string]int {
	return map[string]int{
		"2019 es-qs": 1336, "2019 graylog": 535, "2019 grep": 602, "2019 kibana": 351,
		"2019 logpoint": 537, "2019 splunk": 711, "2019 xpack-watcher": 436,
		"2023 es-qs": 1921, "2023 graylog": 781, "2023 grep": 732, "2023 kibana": 424,
		"2023 logpoint": 760, "2023 splunk": 949, "2023 xpack-watcher": 573,
	}
}
