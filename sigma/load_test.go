package sigma_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// minimal is a rule of that title.
func minimal(title string) string {
	return "title: " + title + "\nlogsource: {category: test}\ndetection:\n  sel: {a: b}\n  condition: sel\n"
}

// folder writes files below a new folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func symlink(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Skip(err)
	}
}

// loaded returns name and titles of what was loaded, one line a file.
func loaded(t *testing.T, dir string, paths ...string) []string {
	t.Helper()
	for i := range paths {
		paths[i] = filepath.Join(dir, paths[i])
	}
	set, err := sigma.Load(t.Context(), paths, sigma.LoadOptions{Root: dir, Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range set.Files {
		line := f.File.Name
		for _, r := range f.Rules {
			line += " " + r.Title
		}
		for _, d := range f.Diagnostics {
			line += " " + d.Code
		}
		out = append(out, line)
	}
	return out
}

func TestLoad(t *testing.T) {
	dir := folder(t, map[string]string{
		"rules/b.yml":        minimal("b"),
		"rules/a.yaml":       minimal("a"),
		"rules/win/c.YML":    minimal("c"),
		"rules/win/x/d.yml":  minimal("d"),
		"rules/README.md":    "no rule",
		"rules/.git/e.yml":   minimal("e"),
		"rules/.f.yml":       minimal("f"),
		"other/g.yml":        minimal("g"),
		"other/named.txt":    minimal("h"),
		"empty/README.md":    "no rule",
		"outside/target.yml": minimal("t"),
	})
	symlink(t, "../outside/target.yml", filepath.Join(dir, "other/link.yml"))
	symlink(t, "..", filepath.Join(dir, "rules/win/loop"))
	symlink(t, "nowhere.yml", filepath.Join(dir, "other/broken.yml"))
	symlink(t, "../other", filepath.Join(dir, "empty/there"))
	all := []string{"rules/a.yaml a", "rules/b.yml b", "rules/win/c.YML c", "rules/win/x/d.yml d"}
	other := []string{"other/broken.yml sigma/unreadable", "other/g.yml g", "other/link.yml t"}
	for name, c := range map[string]struct{ paths, want []string }{
		"folder":             {[]string{"rules"}, all},
		"folder twice":       {[]string{"rules", "rules/win", "rules/b.yml"}, all},
		"broken link":        {[]string{"other"}, other},
		"file by name":       {[]string{"other/named.txt"}, []string{"other/named.txt h"}},
		"linked folder":      {[]string{"empty"}, []string{"empty/there/broken.yml sigma/unreadable", "empty/there/g.yml g", "empty/there/link.yml t"}},
		"glob":               {[]string{"rules/*.yml"}, all[1:2]},
		"folder with a loop": {[]string{"rules/w*"}, []string{all[2], "rules/win/loop/a.yaml a", "rules/win/loop/b.yml b", all[3]}},
		"glob at any depth":  {[]string{"rules/**/*.yml"}, []string{all[1], all[3]}},
		"glob of everything": {[]string{"rules/**"}, all},
		"real names win":     {[]string{"rules/win", "other/g.yml", "rules"}, append([]string{"other/g.yml g"}, all...)},
	} {
		if diff := cmp.Diff(c.want, loaded(t, dir, c.paths...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestLoadNothing(t *testing.T) {
	dir := folder(t, map[string]string{"empty/README.md": "no rule"})
	if got := loaded(t, dir, "empty"); got != nil {
		t.Errorf("an empty folder gave %v", got)
	}
	for _, path := range []string{"gone", "gone/*.yml", "empty/*.yml", "empty/[", "empty/**/*.yml"} {
		_, err := sigma.Load(t.Context(), []string{filepath.Join(dir, path)}, sigma.LoadOptions{})
		if err == nil || path != "empty/[" && !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want one that names it", path, err)
		}
	}
}

func TestLoadUnread(t *testing.T) {
	dir := folder(t, map[string]string{"large.yml": minimal(strings.Repeat("x", 200)), "good.yml": minimal("good")})
	set, err := sigma.Load(t.Context(), []string{dir}, sigma.LoadOptions{Root: dir, MaxFileSize: 150})
	if err != nil {
		t.Fatal(err)
	}
	good, large := set.Files[0], set.Files[1]
	if len(good.Rules) != 1 || good.Unread {
		t.Errorf("the good file: %+v", good)
	}
	if !large.Unread || len(large.Diagnostics) != 1 || large.Diagnostics[0].Code != "sigma/file-too-large" {
		t.Errorf("the large file: %+v", large)
	}
	if got := (diag.Printer{}).Sprint(large.Diagnostics[0]); !strings.HasPrefix(got, "large.yml: error: ") {
		t.Errorf("printed as %q", got)
	}
}

func TestIDLines(t *testing.T) {
	const id = "11111111-1111-4111-8111-111111111111"
	text := "title: 'x'y\nid: '" + strings.ToUpper(id) + "' # old\nids: 22222222-2222-4222-8222-222222222222\nid: no\n---\n" +
		"  \"id\" : 33333333333343338333333333333333\r\nid: " + id + "\n\xff"
	f := sigma.LoadedFile{File: diag.NewFile("f", []byte(text))}
	want := []string{id, "33333333-3333-4333-8333-333333333333"}
	if diff := cmp.Diff(want, f.IDLines()); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}

func TestEachStops(t *testing.T) {
	files := map[string]string{}
	for name := range strings.SplitSeq("abcdefghijklmnopqrstuvwxyz", "") {
		files[name+".yml"] = minimal(name)
	}
	dir := folder(t, files)
	stop := errors.New("stop")
	n := 0
	err := sigma.Each(t.Context(), []string{dir}, sigma.LoadOptions{}, func(sigma.LoadedFile) error {
		if n++; n == 3 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || n != 3 {
		t.Errorf("visited %d files, error %v; want 3 and visit's error", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	n = 0
	err = sigma.Each(ctx, []string{dir}, sigma.LoadOptions{}, func(sigma.LoadedFile) error {
		n++
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) || n != 1 {
		t.Errorf("visited %d files, error %v; want 1 and context.Canceled", n, err)
	}
}

// TestCorpus reads all rules of SigmaHQ. The 39 that are refused are those that
// pySigma refuses as well.
func TestCorpus(t *testing.T) {
	dir := filepath.Join(shared(t), "corpus/sigmahq")
	got := map[string]int{}
	err := sigma.Each(t.Context(), corpusPaths(dir), sigma.LoadOptions{Root: dir}, func(f sigma.LoadedFile) error {
		key := fmt.Sprintf("%s: %d rules, %d rejected", folderKind(f.File.Name), len(f.Rules), len(f.Rejected))
		var last string
		for _, d := range f.Diagnostics {
			if d.Code != last {
				key += ", " + d.Severity.String() + " " + d.Code
			}
			last = d.Code
		}
		got[key]++
		checkRules(t, f.Parsed)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{
		"supported: 1 rules, 0 rejected":                                2646,
		"unsupported: 1 rules, 0 rejected":                              19,
		"unsupported: 1 rules, 0 rejected, warning sigma/timeframe":     2,
		"unsupported: 2 rules, 0 rejected":                              1,
		"unsupported: 0 rules, 1 rejected, error condition/aggregation": 36,
		"unsupported: 0 rules, 1 rejected, error sigma/unknown-search, error condition/missing-operator, error condition/unexpected-character": 3,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules and refused (-want +got):\n%s", diff)
	}
}

func folderKind(name string) string {
	if strings.HasPrefix(name, "unsupported/") {
		return "unsupported"
	}
	return "supported"
}

func corpusPaths(dir string) []string {
	var out []string
	for _, name := range []string{"rules", "rules-compliance", "rules-emerging-threats", "rules-placeholder", "rules-threat-hunting", "unsupported"} {
		out = append(out, filepath.Join(dir, name))
	}
	return out
}

// checkRules checks what holds for every rule: it has what a rule needs, and
// all places lie in its file.
func checkRules(t *testing.T, p sigma.Parsed) {
	t.Helper()
	for _, r := range p.Rules {
		if len(r.Detection.Conditions) == 0 || len(r.Detection.Searches) == 0 {
			t.Errorf("%s: %q has no conditions or no searches", r.File.Name, r.Title)
		}
		checkSpans(t, r.Span, r.Detection.Span, r.LogSource.Span)
		for _, s := range r.Detection.Searches {
			checkSpans(t, s.Span)
			checkNode(t, s.Node)
		}
		for _, c := range r.Detection.Conditions {
			if c.Expr == nil {
				t.Errorf("%s: the condition %q has no tree", r.File.Name, c.Text)
			}
			checkSpans(t, c.Source.Span, c.Source.Sub(0, len(c.Text)))
		}
	}
	for _, d := range p.Diagnostics {
		if d.Span.File == nil || d.Span.Start >= 0 && !d.Span.IsValid() {
			t.Errorf("%s: the place %v is outside of the file", d.Code, d.Span)
		}
		if d.Message == "" || d.Hint == "" {
			t.Errorf("%s has no message or no hint", d.Code)
		}
	}
}

func checkNode(t *testing.T, n sigma.Node) {
	t.Helper()
	checkSpans(t, n.At())
	switch n := n.(type) {
	case *sigma.AllOf:
		for _, kid := range n.Kids {
			checkNode(t, kid)
		}
	case *sigma.AnyOf:
		for _, kid := range n.Kids {
			checkNode(t, kid)
		}
	case *sigma.Item:
		if len(n.Values) == 0 {
			t.Errorf("%v: an item without a value", n.Span)
		}
		for _, v := range n.Values {
			checkSpans(t, v.Span)
		}
		if n.FieldSpan.IsValid() && n.Field != "" && !strings.Contains(n.FieldSpan.Text(), n.Field) && !strings.ContainsAny(n.FieldSpan.Text(), "\\'\n") {
			t.Errorf("the field %q is found as %q", n.Field, n.FieldSpan.Text())
		}
	}
}

func checkSpans(t *testing.T, spans ...diag.Span) {
	t.Helper()
	for _, s := range spans {
		if !s.IsValid() {
			t.Errorf("a place is outside of its file: %d to %d", s.Start, s.End)
		}
	}
}

// BenchmarkCorpus reads SigmaHQ's rules, and beside it only decodes them into
// nodes with as many workers: "x-floor" is the ratio of the two, of the best
// run each, since other work on the machine only ever adds.
func BenchmarkCorpus(b *testing.B) {
	dir := filepath.Join(shared(b), "corpus/sigmahq/rules")
	floor, whole := time.Hour, time.Hour
	for b.Loop() {
		start := time.Now()
		decodeOnly(b, dir)
		floor = min(floor, time.Since(start))
		start = time.Now()
		loadAll(b, dir)
		whole = min(whole, time.Since(start))
	}
	b.ReportMetric(float64(whole)/float64(floor), "x-floor")
	b.ReportMetric(float64(floor.Milliseconds()), "floor-ms")
}

func loadAll(b *testing.B, dir string) {
	sources, err := sigma.Open(b.Context(), sigma.Paths{Rules: []string{dir}}, sigma.LoadOptions{Workers: 2})
	if err != nil {
		b.Fatal(err)
	}
	files := make(chan sigma.Pending)
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for file := range files {
				file.Load()
			}
		})
	}
	for _, file := range sources.Files() {
		files <- file
	}
	close(files)
	workers.Wait()
}

func decodeOnly(b *testing.B, dir string) {
	paths := make(chan string)
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for path := range paths {
				text, err := os.ReadFile(path)
				if err != nil {
					b.Error(err)
				}
				d := yaml.NewDecoder(bytes.NewReader(text))
				for err == nil {
					var n yaml.Node
					err = d.Decode(&n)
				}
				if !errors.Is(err, io.EOF) {
					b.Error(err)
				}
			}
		})
	}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".yml" {
			paths <- path
		}
		return err
	})
	close(paths)
	workers.Wait()
	if err != nil {
		b.Fatal(err)
	}
}
