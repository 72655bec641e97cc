package diag_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
)

// sample has what is hard to say: a name with blanks and signs, characters of
// two UTF-16 units, findings over several lines and without a place.
func sample() []diag.Diagnostic {
	text := "title: 😀 bad\nb: |\n  x\n  y\n\ntitle: 😀 bad\n"
	f := diag.NewFile("rules/a b%,:é#.yml", []byte(text))
	at := func(s string) diag.Span {
		i := strings.Index(text, s)
		return f.Span(i, i+len(s))
	}
	return []diag.Diagnostic{
		{Span: at("bad"), Severity: diag.Error, Code: "a/bad", Message: "100% wrong: a,b", Hint: "one\ntwo"},
		{Span: at("|\n  x\n  y\n"), Severity: diag.Warning, Code: "a/block", Message: "m"},
		{Span: f.Span(strings.LastIndex(text, "bad"), len(text)-1), Severity: diag.Info, Code: "a/bad", Message: "m"},
		{Span: at("bad"), LineOnly: true, Code: "a/line", Message: "::error::x\r\x1b"},
		{Span: f.Whole(), Code: "a/file", Message: "m"},
		{Code: "a/none", Severity: diag.Error, Message: "m"},
	}
}

func TestGitHub(t *testing.T) {
	var b bytes.Buffer
	err := diag.GitHub{Name: func(s string) string { return "sub/" + s }}.Print(&b, sample())
	const file = "file=sub/rules/a b%25%2C%3Aé#.yml"
	want := "::error " + file + ",line=1,endLine=1,col=10,endColumn=12,title=a/bad::100%25 wrong: a,b%0Aone%0Atwo\n" +
		"::warning " + file + ",line=2,endLine=4,title=a/block::m\n" +
		"::notice " + file + ",line=6,endLine=6,col=10,endColumn=12,title=a/bad::m\n" +
		"::notice " + file + ",line=1,endLine=1,title=a/line::::error::x\ufffd\ufffd\n" +
		"::notice " + file + ",title=a/file::m\n" +
		"::error title=a/none::m\n"
	if diff := cmp.Diff(want, b.String()); diff != "" || err != nil {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
}

// FuzzGitHub checks that no text ends the command or begins another one.
func FuzzGitHub(f *testing.F) {
	f.Add("a::b", "x\n::error::y", "z,w:%0A")
	f.Fuzz(func(t *testing.T, name, message, hint string) {
		var b bytes.Buffer
		d := diag.Diagnostic{Span: diag.NewFile(name, nil).Whole(), Code: "a/b", Message: message, Hint: hint}
		if err := (diag.GitHub{}).Print(&b, []diag.Diagnostic{d}); err != nil {
			t.Fatal(err)
		}
		line := b.String()
		properties, _, ok := strings.Cut(strings.TrimPrefix(line, "::notice "), "::")
		if !ok || strings.ContainsAny(strings.TrimSuffix(line, "\n"), "\r\n") || !strings.HasSuffix(properties, "title=a/b") {
			t.Fatalf("%q", line)
		}
	})
}

// log is what the test reads of a SARIF log.
type log struct {
	Schema  string `json:"$schema"`
	Version string
	Runs    []struct {
		ColumnKind string
		Tool       struct {
			Driver struct {
				Name, Version, InformationURI string
				Rules                         []struct {
					ID, HelpURI            string
					ShortDescription, Help struct{ Text string }
					DefaultConfiguration   struct{ Level string }
				}
			}
		}
		Results []struct {
			RuleID, Level string
			RuleIndex     int
			Message       struct{ Text string }
			Locations     []struct {
				PhysicalLocation struct {
					ArtifactLocation struct{ URI string }
					Region           map[string]int
				}
			}
			PartialFingerprints map[string]string
		}
	}
}

func sarif(t *testing.T, ds []diag.Diagnostic) log {
	t.Helper()
	var b bytes.Buffer
	s := diag.SARIF{Tool: "sigwatch", Version: "v1", Home: "https://example.org/x", Pages: "https://example.org/x/docs/"}
	if err := s.Write(&b, ds); err != nil {
		t.Fatal(err)
	}
	var out log
	if err := json.Unmarshal(b.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSARIF holds a log to what the schema of 2.1.0 and GitHub code scanning
// demand: one run with a named driver, rules with descriptions and absolute
// help addresses, results that point at their rule, have a message, a place
// and a fingerprint; relative, percent-encoded artifact addresses; regions
// that begin at 1 and do not end before they begin.
func TestSARIF(t *testing.T) {
	ds := sample()
	l := sarif(t, ds)
	if l.Version != "2.1.0" || !strings.HasSuffix(l.Schema, "sarif-schema-2.1.0.json") || len(l.Runs) != 1 {
		t.Fatalf("version %q, schema %q, %d runs", l.Version, l.Schema, len(l.Runs))
	}
	run := l.Runs[0]
	if run.Tool.Driver.Name != "sigwatch" || run.ColumnKind != "utf16CodeUnits" || len(run.Results) != len(ds)-1 {
		t.Errorf("driver %+v, column kind %q, %d results", run.Tool.Driver, run.ColumnKind, len(run.Results))
	}
	for _, r := range run.Tool.Driver.Rules {
		help, err := url.Parse(r.HelpURI)
		if err != nil || !help.IsAbs() || r.ID == "" || r.ShortDescription.Text == "" || r.Help.Text == "" || !level(r.DefaultConfiguration.Level) {
			t.Errorf("rule %+v", r)
		}
	}
	prints := map[string]bool{}
	var regions []map[string]int
	for i, r := range run.Results {
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID || r.Message.Text == "" || !level(r.Level) || len(r.Locations) != 1 {
			t.Errorf("result %d: %+v", i, r)
		}
		place := r.Locations[0].PhysicalLocation
		if got, want := place.ArtifactLocation.URI, "rules/a%20b%25,:%C3%A9%23.yml"; got != want {
			t.Errorf("address %q, want %q", got, want)
		}
		at := place.Region
		if at["startLine"] < 1 || at["endLine"] > 0 && (at["endLine"] < at["startLine"] || at["startColumn"] < 1 || at["endLine"] == at["startLine"] && at["endColumn"] < at["startColumn"]) {
			t.Errorf("region %v", at)
		}
		regions = append(regions, at)
		p := r.PartialFingerprints["primaryLocationLineHash"]
		if !regexp.MustCompile(`^[0-9a-f]{16}:[0-9]+$`).MatchString(p) || prints[p] {
			t.Errorf("fingerprint %q is none, or not the only one", p)
		}
		prints[p] = true
	}
	want := []map[string]int{
		{"startLine": 1, "startColumn": 11, "endLine": 1, "endColumn": 14},
		{"startLine": 2, "startColumn": 4, "endLine": 4, "endColumn": 4},
		{"startLine": 6, "startColumn": 11, "endLine": 6, "endColumn": 14},
		{"startLine": 1},
		{"startLine": 1},
	}
	if diff := cmp.Diff(want, regions); diff != "" {
		t.Errorf("regions (-want +got):\n%s", diff)
	}
}

func level(s string) bool { return s == "error" || s == "warning" || s == "note" }

// A finding is known again when lines were added above it, and the same in
// another file is another one.
func TestFingerprints(t *testing.T) {
	of := func(name, text string) string {
		f := diag.NewFile(name, []byte(text))
		i := strings.Index(text, "bad")
		return sarif(t, []diag.Diagnostic{{Span: f.Span(i, i+3), Code: "a/b", Message: "m"}}).Runs[0].Results[0].PartialFingerprints["primaryLocationLineHash"]
	}
	one := of("f", "x: bad\n")
	if moved := of("f", "# more\n\n  x:  bad\n"); moved != one {
		t.Errorf("moved: %s, before %s", moved, one)
	}
	for _, other := range []string{of("g", "x: bad\n"), of("f", "y: bad\n")} {
		if other == one {
			t.Errorf("another finding has the fingerprint %s", one)
		}
	}
}

// An empty log says that all is well: its lists are there.
func TestEmptySARIF(t *testing.T) {
	var b bytes.Buffer
	if err := (diag.SARIF{Tool: "sigwatch"}).Write(&b, nil); err != nil || !strings.Contains(b.String(), `"results": []`) || !strings.Contains(b.String(), `"rules": []`) {
		t.Errorf("error %v, log %s", err, b.String())
	}
}
