package sigma_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// correlation reads the one correlation of a text, which has no error but that
// it is one.
func correlation(t *testing.T, section string) *sigma.Correlation {
	t.Helper()
	text := "title: C\nname: c\nlevel: high\ncorrelation:\n  " + strings.ReplaceAll(section, "\n", "\n  ") + "\n"
	out := sigma.ParseFile(diag.NewFile("c.yml", []byte(text)))
	codes := []string{}
	for _, d := range out.Diagnostics {
		codes = append(codes, d.Code)
	}
	if len(out.Correlations) != 1 || !slices.Equal(codes, []string{"sigma/correlation"}) {
		t.Fatalf("%d correlations, %v\n%s", len(out.Correlations), out.Diagnostics, text)
	}
	if r := out.Rejected; len(r) != 1 || r[0].Title != "C" || r[0].Name != "c" {
		t.Fatalf("rejected %v", r)
	}
	return out.Correlations[0]
}

func TestCorrelation(t *testing.T) {
	const id = "11111111-1111-4111-8111-111111111111"
	refs := func(names ...string) (out []sigma.Reference) {
		for _, name := range names {
			out = append(out, sigma.Reference{Text: name})
		}
		return out
	}
	names := func(texts ...string) (out []sigma.Name) {
		for _, text := range texts {
			out = append(out, sigma.Name{Text: text})
		}
		return out
	}
	bound := func(op, value string) sigma.Bound { return sigma.Bound{Op: op, Value: sigma.Number{Text: value}} }
	for section, want := range map[string]sigma.Correlation{
		"type: EVENT_COUNT\nrules: base\ntimespan: 5m\ngroup-by: User\ncondition: {gte: '010'}\ngenerate: yes": {
			Type: sigma.EventCount, Rules: refs("base"), GroupBy: names("User"), Timespan: sigma.Timespan{Count: 5, Unit: 'm'},
			Bounds: []sigma.Bound{bound("gte", "10")}, Generate: true,
		},
		"type: value_count\nrules: ['{" + strings.ToUpper(id) + "}', b]\ntimespan: 1M\ncondition: {lt: 10, gt: 5, field: [a, b]}": {
			Type: sigma.ValueCount, Rules: refs(id, "b"), Timespan: sigma.Timespan{Count: 1, Unit: 'M'},
			Bounds: []sigma.Bound{bound("gt", "5"), bound("lt", "10")}, Fields: names("a", "b"),
		},
		"type: value_percentile\nrules: a\ntimespan: 7d\ncondition: {neq: -1.50, field: x, percentile: 95}": {
			Type: sigma.ValuePercentile, Rules: refs("a"), Timespan: sigma.Timespan{Count: 7, Unit: 'd'},
			Bounds: []sigma.Bound{bound("neq", "-1.5")}, Fields: names("x"), Percentile: 95,
		},
		"type: temporal\nrules: [a, b]\ntimespan: 10s\naliases: {ip: {a: src, b: dst}}\ngroup-by: [ip]": {
			Type: sigma.Temporal, Rules: refs("a", "b"), Timespan: sigma.Timespan{Count: 10, Unit: 's'}, GroupBy: names("ip"),
			Bounds: []sigma.Bound{bound("gte", "2")},
			Aliases: []sigma.Alias{{Name: sigma.Name{Text: "ip"}, Fields: []sigma.AliasField{
				{Rule: refs("a")[0], Field: names("src")[0]}, {Rule: refs("b")[0], Field: names("dst")[0]},
			}}},
		},
		"type: temporal_ordered\ntimespan: 2w\ncondition: a and not (b or a)\naliases: {ip: {b: dst}}": {
			Type: sigma.TemporalOrdered, Rules: refs("a", "b"), Timespan: sigma.Timespan{Count: 2, Unit: 'w'},
			Aliases: []sigma.Alias{{Name: sigma.Name{Text: "ip"}, Fields: []sigma.AliasField{{Rule: refs("b")[0], Field: names("dst")[0]}}}},
		},
	} {
		got := correlation(t, section)
		opts := cmp.Options{
			cmpopts.IgnoreTypes(diag.Span{}), cmpopts.EquateEmpty(),
			cmpopts.IgnoreFields(sigma.Correlation{}, "Head", "Expr", "Source"),
		}
		if diff := cmp.Diff(want, *got, opts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", section, diff)
		}
		if got.Head.Level != "high" || got.Span.File == nil || got.Rules[0].Span.File == nil {
			t.Errorf("%s: the head is %+v", section, got.Head)
		}
		if strings.Contains(section, "a and not") && (got.Expr.String() != "a and not (b or a)" || got.Source.Sub(0, 1).Text() != "a") {
			t.Errorf("%s: the condition is %v", section, got.Expr)
		}
	}
}

func TestTimespan(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"5s": 5 * time.Second, "05m": 5 * time.Minute, "24h": 24 * time.Hour, "7d": 7 * 24 * time.Hour, "2w": 14 * 24 * time.Hour,
		"1M": 2629746 * time.Second, "1y": 31556952 * time.Second,
	} {
		got := correlation(t, "type: temporal\nrules: a\ntimespan: "+text).Timespan
		if got.Duration() != want || got.Span.Text() != text || got.String() != strings.TrimPrefix(text, "0") {
			t.Errorf("%s: %v of %v, found as %q", text, got, got.Duration(), got.Span.Text())
		}
	}
	for text, hint := range map[string]string{
		"5 m": `did you mean "5m"?`, "5min": `did you mean "5m"?`, "5 hours": `did you mean "5h"?`, "-5m": "write a whole number",
		"1.5h": "write a whole number", "m": "write a whole number", "5": "write a whole number", "5x": "write a whole number",
		"5D": "write a whole number", "99999999999999999999s": "write a shorter one", "'00m'": "write a number above zero",
	} {
		out := sigma.ParseFile(diag.NewFile("c.yml", []byte("title: C\ncorrelation:\n  type: temporal\n  rules: a\n  timespan: "+text+"\n")))
		if ds := out.Diagnostics; len(ds) != 1 || ds[0].Code != "sigma/timespan" || !strings.HasPrefix(ds[0].Hint, hint) || ds[0].Span.Text() != text {
			t.Errorf("%s: %v", text, out.Diagnostics)
		}
	}
}

// TestReferences checks what documents say of each other. The wanted findings
// are written as the text that they point at, with their code.
func TestReferences(t *testing.T) {
	broken := "---\ntitle: Broken\nname: broken\nid: 11111111-1111-4111-8111-111111111111\n"
	correlation := func(name, rules string) string {
		return "---\ntitle: C\nname: " + name + "\ncorrelation: {type: temporal, rules: " + rules + ", timespan: 5m}\n"
	}
	filter := func(source, rules string) string {
		return "---\ntitle: F\nlogsource: " + source + "\nfilter: {rules: " + rules + ", flt: {a: b}, condition: not flt}\n"
	}
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"known":                    {broken + correlation("c", "[rule, broken, 11111111111141118111111111111111]"), nil},
		"unknown":                  {correlation("c", "[rule, Rule, other]"), []string{"Rule error sigma/unknown-rule", "other error sigma/unknown-rule"}},
		"chain":                    {correlation("c", "rule") + correlation("d", "[c, rule]"), nil},
		"circle":                   {correlation("c", "[e, rule]") + correlation("d", "c") + correlation("e", "d"), []string{"e error sigma/circular-rules", "c error sigma/circular-rules", "d error sigma/circular-rules"}},
		"unknown in a filter":      {broken + filter("{category: test}", "[rule, x, broken]"), []string{"x warning sigma/unknown-rule"}},
		"another log source":       {broken + filter("{category: other}", "[rule, broken]"), []string{"rule warning sigma/useless-filter"}},
		"no rule has the source":   {filter("{category: other}", "any"), []string{"logsource: {category: other warning sigma/useless-filter"}},
		"a rejected rule may":      {broken + filter("{category: other}", "any"), nil},
		"some rule has the source": {filter("{product: p}", "any"), nil},
		"a broken filter":          {"---\ntitle: F\nlogsource: {category: other}\nfilter: {rules: x}\n", nil},
		"a file that is unread":    {correlation("c", "x") + filter("{category: other}", "[x]") + filter("{category: other}", "any") + "---\na: [\n", nil},
	} {
		var references sigma.References
		var got []string
		references.Add(sigma.ParseFile(diag.NewFile("r.yml", []byte(ruleText("sel: {a: x}\ncondition: sel")+c.text))))
		for _, d := range references.Check() {
			got = append(got, d.Span.Text()+" "+d.Severity.String()+" "+d.Code)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestCorrelationGolden reads the recorded correlations, which pySigma reads
// without an error.
func TestCorrelationGolden(t *testing.T) {
	paths, _ := filepath.Glob(filepath.Join(shared(t), "golden/sigma/correlations/*.yml"))
	if len(paths) < 25 {
		t.Fatalf("only %d files", len(paths))
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out := sigma.ParseFile(diag.NewFile(filepath.Base(path), text))
		var references sigma.References
		references.Add(out)
		ds := append(references.Check(), out.Diagnostics...)
		ds = slices.DeleteFunc(ds, func(d diag.Diagnostic) bool { return d.Code == "sigma/correlation" })
		if len(ds) > 0 || len(out.Correlations) != strings.Count(string(text), "\ncorrelation:") {
			t.Errorf("%s: %d correlations, %v", path, len(out.Correlations), ds)
		}
	}
}

// FuzzCorrelation reads whatever stands in a correlation. One without an error
// has all that it needs, and its places lie in the file.
func FuzzCorrelation(f *testing.F) {
	text, err := os.ReadFile("testdata/bad/correlations.yml")
	if err != nil {
		f.Fatal(err)
	}
	for document := range strings.SplitSeq(string(text), "---\n") {
		if _, section, ok := strings.Cut(document, "correlation:"); ok {
			f.Add(section)
		}
	}
	f.Add("\n  type: temporal\n  timespan: 5m\n  condition: a and (b or not c)\n  aliases: {x: {a: b}}\n")
	f.Add(" {type: value_avg, rules: [a, b], timespan: 1y, group-by: x, condition: {gt: -1.5, lte: 0x10, field: f}}")
	f.Fuzz(func(t *testing.T, section string) {
		out := sigma.ParseFile(diag.NewFile("f", []byte("title: C\ncorrelation:"+section)))
		for _, d := range out.Diagnostics {
			if d.Span.Start >= 0 && !d.Span.IsValid() || d.Message == "" || d.Hint == "" {
				t.Fatalf("%v: a place outside of the file, or nothing said", d)
			}
		}
		var references sigma.References
		references.Add(out)
		references.Check()
		for _, c := range out.Correlations {
			if c.Type == "" || len(c.Rules) == 0 || c.Timespan.Duration() <= 0 || (len(c.Bounds) == 0) == (c.Expr == nil) {
				t.Fatalf("a correlation without an error lacks something: %+v", c)
			}
			checkSpans(t, c.Span, c.Timespan.Span)
			for _, ref := range c.Rules {
				checkSpans(t, ref.Span)
			}
			for _, b := range c.Bounds {
				checkSpans(t, b.Span)
				if b.Value.Text == "" {
					t.Fatal("a bound without a number")
				}
			}
		}
	})
}
