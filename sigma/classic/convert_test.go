package classic_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/classic"
)

// ruleOf returns a rule with that detection, each line of it indented.
func ruleOf(detection string) string {
	return "title: A rule\nid: 0b2c3d4e-0000-4000-8000-000000000001\nlogsource:\n  product: windows\ndetection:\n  " +
		strings.ReplaceAll(strings.TrimSuffix(detection, "\n"), "\n", "\n  ") + "\n"
}

// said returns the diagnostics as "line:column code", errors with a "!".
func said(ds []diag.Diagnostic) []string {
	var out []string
	for _, d := range ds {
		text, _, _ := strings.Cut(d.Span.String(), ".yml:")
		if _, at, ok := strings.Cut(d.Span.String(), ".yml:"); ok {
			text = at
		}
		text += " " + d.Code
		if d.Severity == diag.Error {
			text += "!"
		}
		out = append(out, text)
	}
	return out
}

// TestDefects shows that what the old text gets wrong is named, and that a
// text comes all the same.
func TestDefects(t *testing.T) {
	const watch = "1:8 classic/"
	for name, c := range map[string]struct {
		target    classic.Target
		profile   classic.Profile
		detection string
		options   []string
		want      []string
		// text must be in the output.
		text string
	}{
		"plain":         {classic.ESQS, "2023", "s:\n  A: b\ncondition: s", nil, nil, `A:"b"`},
		"modifier":      {classic.ESQS, "2019", "s:\n  A|contains: b\ncondition: s", nil, []string{"7:5 classic/modifier-ignored"}, `A|contains:"b"`},
		"signs":         {classic.ESQS, "2019", "s:\n  A: <b>\ncondition: s", nil, []string{"7:8 classic/signs-dropped"}, `A:"b"`},
		"branch":        {classic.Splunk, "2019", "s:\n  A: 1\nr:\n  A: 1\n  B: 2\ncondition: s or r", nil, []string{"1:8 classic/branch-lost"}, `(A="1" B="2")`},
		"below not":     {classic.Splunk, "2023", "s:\n  - A: 1\n    B: 2\n  - C: 3\ncondition: not s", nil, []string{"7:5 classic/mixed-below-not"}, `NOT ((A="1" B="2") OR (C="3"))`},
		"case":          {classic.ESQS, "2023", "s:\n  A: b*\ncondition: s", nil, []string{"7:8 classic/case-sensitive"}, `A.keyword:b*`},
		"words 2019":    {classic.ESQS, "2019", "s:\n  - b\ncondition: s", nil, []string{"7:7 classic/keyword-by-chance"}, "b"},
		"words 2023":    {classic.ESQS, "2023", "s:\n  - b\n  - c\ncondition: s", nil, []string{"7:7 classic/keyword-field"}, `\*.keyword:(*b* OR *c*)`},
		"regex":         {classic.ESQS, "2023", "s:\n  A|re: b\ncondition: s", nil, []string{"7:11 classic/case-sensitive", "7:11 classic/regular-expression"}, `A.keyword:/b/`},
		"conditions":    {classic.Splunk, "2023", "s:\n  A: b\ncondition:\n  - s\n  - not s", nil, []string{"10:7 classic/conditions-dropped"}, `A="b"`},
		"no condition":  {classic.ESQS, "2019", "s:\n  A: b\ncondition: 5", nil, []string{"8:14 classic/no-condition"}, ""},
		"no window":     {classic.Splunk, "2023", "s:\n  A: b\ncondition: s | count() > 5", nil, []string{"8:16 classic/no-window"}, "eventstats count as val | search val > 5"},
		"grep":          {classic.Grep, "2019", "s:\n  A: b\\c\ncondition: s | count() > 5", nil, []string{"1:8 classic/grep-case", "7:8 classic/fields-ignored", "7:8 classic/grep-unescaped", "8:16 classic/aggregation-dropped"}, ""},
		"kibana":        {classic.Kibana, "2023", "s:\n  A: b\ncondition: s", nil, []string{"1:8 classic/kibana-format"}, `"_id": "0b2c3d4e-0000-4000-8000-000000000001"`},
		"kibana curl":   {classic.Kibana, "2023", "s:\n  A: b\ncondition: s", []string{"output=curl"}, []string{"1:8 classic/kibana-curl", "1:8 classic/kibana-format"}, "export index_X="},
		"option":        {classic.Splunk, "2023", "s:\n  A: b\ncondition: s", []string{"nonsense", "keyword_field=x"}, []string{" classic/option-ignored", " classic/option-ignored"}, `A="b"`},
		"logpoint":      {classic.LogPoint, "2023", "s:\n  A: b\ncondition: s", nil, []string{" classic/default-configuration"}, `A="b"`},
		"graylog":       {classic.Graylog, "2019", "s:\n  A: b*\ncondition: s", nil, []string{"7:8 classic/wildcard-quoted"}, `A:"b*"`},
		"field lost":    {classic.Splunk, "2023", "s:\n  A|windash|all:\n    - ' -x'\ncondition: s", nil, []string{"1:8 classic/field-lost"}, `(" -x" OR " /x")`},
		"watch 2019":    {classic.Watcher, "2019", "s:\n  A: b\ncondition: s", nil, []string{watch + "id-by-title", watch + "watch-hits-total", watch + "watch-indices", watch + "watch-path", watch + "watch-recipient", watch + "watch-size", watch + "watch-window"}, `_xpack/watcher/watch/A-rule`},
		"watch 2023":    {classic.Watcher, "2023", "s:\n  A: b\ncondition: s | sum(B) > 5", []string{"output=plain"}, []string{watch + "watch-hits-total", watch + "watch-indices", watch + "watch-size", "8:16 classic/function-ignored"}, `"min_doc_count": 6`},
		"watch shell":   {classic.Watcher, "2023", "s:\n  A: b$c\ncondition: s", nil, []string{watch + "shell-expansion", watch + "watch-hits-total", watch + "watch-indices", watch + "watch-size"}, `b$c`},
		"near":          {classic.Watcher, "2023", "s:\n  A: b\ncondition: s | near s", []string{"output=json"}, []string{watch + "watch-hits-total", watch + "watch-indices", watch + "watch-size", "8:16 classic/near-dropped"}, `"not_eq": 0`},
		"known modifer": {classic.ESQS, "2023", "s:\n  A|cased: b\ncondition: s", nil, []string{"7:5 classic/modifier!"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := diag.NewFile("r.yml", []byte(ruleOf(c.detection)))
			out, ds := classic.Convert(classic.Options{Target: c.target, Profile: c.profile, BackendOptions: c.options}, f)
			got := said(ds)
			slices.Sort(got)
			slices.Sort(c.want)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
			if !strings.Contains(out.Text, c.text) {
				t.Errorf("no %q in %q", c.text, out.Text)
			}
			for _, d := range ds {
				if d.Hint == "" || strings.HasSuffix(d.Message, ".") {
					t.Errorf("diagnostic without a hint, or with a full stop: %+v", d)
				}
			}
		})
	}
}

// TestRefusals shows that bad input is refused at its place.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"yaml":        {"a: [", "r.yml"},
		"list":        {"- a", "1:1 classic/document!"},
		"detection":   {"title: x", "1:8 classic/rule!"},
		"condition":   {"title: x\ndetection:\n  a: {b: c}\n", "3:3 classic/rule!"},
		"token":       {ruleOf("s: {A: b}\ncondition: s §"), "7:16 classic/condition!"},
		"split name":  {ruleOf("notepad: {A: b}\ncondition: notepad"), "7:17 classic/condition!"},
		"repeat":      {"action: repeat\ntitle: x\n", "1:1 classic/document!"},
		"boolean":     {ruleOf("s: {A: yes}\ncondition: s"), "6:10 classic/value!"},
		"text":        {ruleOf("s: b\ncondition: s"), "6:6 classic/definition!"},
		"empty":       {ruleOf("s: {}\ncondition: s"), "1:8 classic/empty!"},
		"aggregation": {ruleOf("s: {A: b}\ncondition: s | count() > 5"), "7:16 classic/not-supported!"},
		"self":        {"a: &x [*x]\n", "1:4 classic/yaml!"},
		"log source":  {"title: x\nlogsource: y\ndetection: {s: {A: b}, condition: s}\n", "2:12 classic/log-source!"},
	} {
		t.Run(name, func(t *testing.T) {
			out, ds := classic.Convert(classic.Options{Target: classic.ESQS, Profile: classic.Profile2023}, diag.NewFile("r.yml", []byte(c.text)))
			got := said(ds)
			if len(got) != 1 || !strings.HasPrefix(got[0], c.want) || out.Text != "" || len(out.Results) > 0 {
				t.Errorf("got %q, want %q; text %q", got, c.want, out.Text)
			}
		})
	}
}

// TestOptions shows that bad options are refused before any rule is read.
func TestOptions(t *testing.T) {
	for name, c := range map[string]struct {
		opt  classic.Options
		want string
	}{
		"target":      {classic.Options{Target: "qradar", Profile: "2019"}, "classic/target"},
		"profile":     {classic.Options{Target: "grep", Profile: "2021"}, "classic/profile"},
		"output":      {classic.Options{Target: "kibana", Profile: "2019", BackendOptions: []string{"output=x"}}, "classic/option"},
		"watcher_url": {classic.Options{Target: "xpack-watcher", Profile: "2023", BackendOptions: []string{"watcher_url=x"}}, "classic/option"},
		"http_port":   {classic.Options{Target: "xpack-watcher", Profile: "2023", BackendOptions: []string{"http_port=x"}}, "classic/option"},
		"for another": {classic.Options{Target: "grep", Profile: "2023", Configs: []*classic.Config{config(t, "backends: [qradar]")}}, "classic/config-target"},
		"order":       {classic.Options{Target: "grep", Profile: "2023", Configs: []*classic.Config{config(t, "order: 2"), config(t, "order: 2")}}, "classic/config-order"},
	} {
		t.Run(name, func(t *testing.T) {
			_, ds := classic.Convert(c.opt, diag.NewFile("r.yml", []byte("[")))
			if len(ds) != 1 || ds[0].Code != c.want || ds[0].Severity != diag.Error {
				t.Errorf("got %v, want %s", ds, c.want)
			}
		})
	}
}

func config(t *testing.T, text string) *classic.Config {
	t.Helper()
	c, ds := classic.ParseConfig(diag.NewFile("c.yml", []byte(text)))
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	return c
}

func TestParseConfig(t *testing.T) {
	for text, want := range map[string]string{
		"title: x":                   "",
		"":                           "c.yml classic/config!",
		"- x":                        "c.yml classic/config!",
		"fieldmappings: x":           "1:16 classic/config!",
		"fieldmappings: {A: 5}":      "1:20 classic/config!",
		"fieldmappings: {A: []}":     "1:20 classic/config!",
		"fieldmappings: {A: {b: c}}": "1:21 classic/config!",
		"fieldmappings: {A: {b=c: d, default: [e, f]}}": "",
		"logsources: {a: {index: x}}":                   "1:14 classic/config!",
		"logsources: {a: {product: [x]}}":               "1:27 classic/config!",
		"logsources: {a: {product: x, conditions: y}}":  "1:42 classic/config!",
		"logsources: [a]":                               "1:13 classic/config!",
		"defaultindex: {a: b}":                          "1:15 classic/config!",
		"a: *b":                                         "c.yml classic/yaml!",
	} {
		c, ds := classic.ParseConfig(diag.NewFile("c.yml", []byte(text)))
		if got := strings.Join(said(ds), ", "); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		if (c == nil) != (want != "") {
			t.Errorf("%q: configuration %v beside %v", text, c, ds)
		}
	}
}

// TestRun shows what a run over several files keeps: the ids, and one
// document of saved searches; and that one bad file costs only itself.
func TestRun(t *testing.T) {
	one, bad, two := diag.NewFile("1.yml", []byte(ruleOf("s: {A: b}\ncondition: s"))), diag.NewFile("2.yml", []byte("[")), diag.NewFile("3.yml", []byte(ruleOf("s: {A: c}\ncondition: s")))
	out, ds := classic.Convert(classic.Options{Target: classic.Kibana, Profile: classic.Profile2019}, one, bad, two)
	var searches []struct {
		ID string `json:"_id"`
	}
	if err := json.Unmarshal([]byte(out.Text), &searches); err != nil {
		t.Fatal(err)
	}
	if len(searches) != 2 || searches[0].ID != "A-rule" || searches[1].ID != "A-rule-2" {
		t.Errorf("saved searches %v", searches)
	}
	if len(out.Results) != 2 || out.Results[1].File != two || !diag.HasErrors(ds) {
		t.Errorf("results %v, diagnostics %v", out.Results, ds)
	}
	out, _ = classic.Convert(classic.Options{Target: classic.Watcher, Profile: classic.Profile2023}, one, two)
	if n := strings.Count(out.Text, "/_watcher/watch/0b2c3d4e-0000-4000-8000-000000000001"); n != 2 || !strings.Contains(out.Text, "000000000001-2 <<EOF\n") || !strings.HasSuffix(out.Text, "\nEOF\n\n") {
		t.Errorf("watches %q", out.Text)
	}
}

// TestRandomOrder shows what had no fixed order in sigmac: it has one here,
// and that is said.
func TestRandomOrder(t *testing.T) {
	c := config(t, "fieldmappings: {A: [z, a]}\nlogsources: {w: {product: windows, index: [y, b]}}")
	f := diag.NewFile("r.yml", []byte(ruleOf("s: {A: b}\ncondition: s")))
	for target, want := range map[classic.Target]string{
		classic.Splunk: `(index="y" OR index="b")`, classic.ESQS: `(z:"b" OR a:"b")`, classic.Watcher: "\"y\",\n          \"b\"",
	} {
		out, ds := classic.Convert(classic.Options{Target: target, Profile: classic.Profile2019, Configs: []*classic.Config{c}}, f)
		if !strings.Contains(out.Text, want) || !slices.ContainsFunc(ds, func(d diag.Diagnostic) bool { return d.Code == "classic/random-order" }) {
			t.Errorf("%s: %s %v", target, out.Text, ds)
		}
	}
}

// TestMarch shows grep before it protected single quotes.
func TestMarch(t *testing.T) {
	f := diag.NewFile("r.yml", []byte(ruleOf("s: {A: it's}\ncondition: s")))
	for march, want := range map[bool]string{true: "grep -P '^it's'\n", false: `grep -P '^it'"'"'s'` + "\n"} {
		out, ds := classic.Convert(classic.Options{Target: classic.Grep, Profile: classic.Profile2019, March: march}, f)
		if named := slices.ContainsFunc(ds, func(d diag.Diagnostic) bool { return d.Code == "classic/grep-quote" }); out.Text != want || named != march {
			t.Errorf("March %v: %q, want %q; %v", march, out.Text, want, said(ds))
		}
	}
}

// TestDefaultSpent shows the fault of 2019 that a default name serves once in
// a run, and that it is gone in 2023.
func TestDefaultSpent(t *testing.T) {
	c := config(t, "fieldmappings: {A: {B=1: one, default: other}}")
	f := diag.NewFile("r.yml", []byte(ruleOf("s: {A: b}\nr: {A: c}\ncondition: s or r")))
	for profile, want := range map[classic.Profile]string{
		classic.Profile2019: "(other=\"b\" OR A=\"c\")\n", classic.Profile2023: "(other=\"b\" OR other=\"c\")\n",
	} {
		out, ds := classic.Convert(classic.Options{Target: classic.Splunk, Profile: profile, Configs: []*classic.Config{c}}, f)
		if out.Text != want {
			t.Errorf("%s: %q, want %q", profile, out.Text, want)
		}
		if spent := slices.ContainsFunc(ds, func(d diag.Diagnostic) bool { return d.Code == "classic/default-spent" }); spent != (profile == classic.Profile2019) {
			t.Errorf("%s: %v", profile, ds)
		}
	}
}

// orAll joins many definitions.
func orAll(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " or s%d", i)
	}
	return b.String()
}

// lists returns lists of lists, each twice in the next one.
func lists(n int) string {
	out := "a0: &a0 [x, y]\n"
	for i := 1; i <= n; i++ {
		out += fmt.Sprintf("a%d: &a%d [*a%d, *a%d]\n", i, i, i-1, i-1)
	}
	return out
}

// TestHostile shows that small input cannot make much work: it is refused, or
// done with quickly.
func TestHostile(t *testing.T) {
	bomb, definitions := "a0: &a0 {x: y}\n", ""
	for i := 1; i < 40; i++ {
		bomb += fmt.Sprintf("a%d: &a%d {a: *a%d, b: *a%d}\n", i, i, i-1, i-1)
	}
	for i := range 1000 {
		definitions += fmt.Sprintf("s%d: {A%d: b}\n", i, i)
	}
	many := strings.Repeat("s and ", 990) + "s"
	for name, text := range map[string]string{
		"parentheses":   ruleOf("s: {A: b}\ncondition: " + strings.Repeat("(", 10000) + "s" + strings.Repeat(")", 10000)),
		"chain":         ruleOf("s: {A: b}\ncondition: " + many),
		"them":          ruleOf("s: {A: b}\nr: {B: c}\ncondition: " + strings.Repeat("1 of them or ", 600) + "s"),
		"long":          ruleOf("s: {A: b}\ncondition: " + strings.Repeat("s or ", 100000) + "s"),
		"definitions":   ruleOf(definitions + "condition: " + strings.Repeat("1 of them and ", 24) + "s1"),
		"different":     ruleOf(definitions + "condition: s0" + orAll(900)),
		"keywords":      ruleOf("s: [a, b, c]\ncondition: " + many),
		"windash":       ruleOf("s:\n  A|windash: '" + strings.Repeat(" -a", 60) + "'\ncondition: s"),
		"deep":          "a: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"bomb":          bomb + "title: x\nlogsource: {}\ndetection: {s: {A: b}, condition: s}\ntags: *a39\n",
		"bomb below":    bomb + "title: x\nlogsource: {}\ndetection: {s: *a39, condition: s}\n",
		"bomb of lists": lists(30) + "title: x\nlogsource: {}\ndetection: {s: {A: *a30}, condition: s}\n",
		"repeats":       bomb + "title: x\nlogsource: {}\ndetection: {s: {A: b}, condition: s}\n---\naction: repeat\ntitle: y\n",
	} {
		for _, target := range classic.Targets() {
			for _, profile := range classic.Profiles() {
				out, _ := classic.Convert(classic.Options{Target: target, Profile: profile}, diag.NewFile("r.yml", []byte(text)))
				if len(out.Text) > 32<<20 {
					t.Errorf("%s, %s, %s: %d bytes", name, target, profile, len(out.Text))
				}
			}
		}
	}
}
