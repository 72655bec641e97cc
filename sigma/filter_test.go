package sigma_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// parts reads one rule and the filters out of a text, which has no other
// errors.
func parts(t testing.TB, text string) (*sigma.Rule, []*sigma.Filter) {
	t.Helper()
	out := sigma.ParseFile(diag.NewFile("rule.yml", []byte(text)))
	if len(out.Rules) != 1 || diag.HasErrors(out.Diagnostics) {
		t.Fatalf("%d rules, %v\n%s", len(out.Rules), out.Diagnostics, text)
	}
	return out.Rules[0], out.Filters
}

func filterText(title, section string) string {
	return fmt.Sprintf("---\ntitle: %s\nlogsource: {category: test}\nfilter:\n  rules: any\n  %s\n",
		title, strings.ReplaceAll(section, "\n", "\n  "))
}

func ruleText(detection string) string {
	return fmt.Sprintf("title: Rule\nname: rule\nlogsource: {category: test, product: p}\ndetection:\n  %s\n",
		strings.ReplaceAll(detection, "\n", "\n  "))
}

// TestFilterText shows what becomes of conditions.
func TestFilterText(t *testing.T) {
	not := filterText("F", "flt: {b: x}\ncondition: not flt")
	for name, c := range map[string]struct {
		rule, filters string
		text, expr    string
	}{
		"one": {
			"sel: {a: x}\ncondition: sel", not,
			"(sel) and (not flt)", "sel and not _filter_1_flt",
		},
		"binds": {
			"sel: {a: x}\nsel2: {a: y}\ncondition: sel or sel2", filterText("F", "a: {b: x}\nb: {b: y}\ncondition: a or not b"),
			"(sel or sel2) and (a or not b)", "(sel or sel2) and (_filter_1_a or not _filter_1_b)",
		},
		"two filters": {
			"sel: {a: x}\ncondition: sel", not + not,
			"(sel) and (not flt) and (not flt)", "sel and not _filter_1_flt and not _filter_2_flt",
		},
		"them": {
			"sel: {a: x}\nother: {a: y}\ncondition: all of them", not,
			"(all of them) and (not flt)", "all of them and not _filter_1_flt",
		},
		"underscores": {
			"_sel: {a: x}\n_other: {a: y}\ncondition: 1 of _*", not,
			"(1 of _*) and (not flt)", "(_sel or _other) and not _filter_1_flt",
		},
		"the filter's own": {
			"sel: {a: x}\ncondition: sel", filterText("F", "sel: {b: x}\n_sel: {b: y}\nmore: {b: z}\ncondition: not 1 of them and all of s* and not _sel"),
			"(sel) and (not 1 of them and all of s* and not _sel)",
			"sel and (not (_filter_1_sel or _filter_1_more) and _filter_1_sel and not _filter_1__sel)",
		},
		"taken names": {
			"_filter_1_flt: {a: x}\ncondition: _filter_1_flt", not,
			"(_filter_1_flt) and (not flt)", "_filter_1_flt and not __filter_1_flt",
		},
		"list": {
			"sel: {a: x}\nsel2: {a: y}\ncondition: [sel, sel2]", not,
			"(sel) and (not flt) | (sel2) and (not flt)", "sel and not _filter_1_flt | sel2 and not _filter_1_flt",
		},
	} {
		r, filters := parts(t, ruleText(c.rule)+c.filters)
		got, ds := sigma.ApplyFilters(r, filters)
		var texts, exprs []string
		for _, c := range got.Detection.Conditions {
			texts, exprs = append(texts, c.Text), append(exprs, c.Expr.String())
		}
		if text := strings.Join(texts, " | "); len(ds) > 0 || text != c.text {
			t.Errorf("%s: text %q, want %q, %v", name, text, c.text, ds)
		}
		if expr := strings.Join(exprs, " | "); expr != c.expr {
			t.Errorf("%s: condition %q, want %q", name, expr, c.expr)
		}
		if len(got.Filters) != len(filters) || len(r.Filters) > 0 || len(r.Detection.Conditions[0].Text) >= len(texts[0]) {
			t.Errorf("%s: %d filters noted, and %d at the rule itself", name, len(got.Filters), len(r.Filters))
		}
	}
}

// TestFilterPlaces checks that what came from a filter is found in its file,
// and what is the rule's in the rule's.
func TestFilterPlaces(t *testing.T) {
	r, _ := parts(t, ruleText("sel: {a: x}\ncondition: sel"))
	filters := sigma.ParseFile(diag.NewFile("filter.yml", []byte(filterText("F", "flt: {b: y}\ncondition: >-\n  not\n  flt")))).Filters
	got, _ := sigma.ApplyFilters(r, filters)
	tree, _ := query.Resolve(got, nil)
	var places []string
	query.Walk(tree.Root, func(m *query.Match) { places = append(places, m.Span.File.Name+" "+m.Span.Text()) })
	if diff := cmp.Diff([]string{"rule.yml x", "filter.yml y"}, places); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
	c := got.Detection.Conditions[0]
	for part, want := range map[string]string{"sel": "rule.yml sel", "flt": "filter.yml flt"} {
		at := strings.Index(c.Text, part)
		if span := c.Source.Sub(at, at+len(part)); span.File.Name+" "+span.Text() != want {
			t.Errorf("%q is found as %s %q, want %q", part, span.File.Name, span.Text(), want)
		}
	}
	if span := c.Source.Sub(0, len(c.Text)); span.File.Name != "rule.yml" || span.Text() != "sel" {
		t.Errorf("the whole condition is found as %q of %s", span.Text(), span.File.Name)
	}
}

// TestFilterHash checks that a rule's hash covers what the filter says, and not
// what it is called.
func TestFilterHash(t *testing.T) {
	hash := func(filters string) string {
		r, fs := parts(t, ruleText("sel: {a: x}\ncondition: sel")+filters)
		got, _ := sigma.ApplyFilters(r, fs)
		return got.Hash()
	}
	one := hash(filterText("F", "flt: {b: x}\ncondition: not flt"))
	if again := hash(filterText("Another title", "flt: {b: x}\ncondition: not   flt")); again != one {
		t.Error("the hash depends on the filter's title or layout")
	}
	for _, other := range []string{"", filterText("F", "flt: {b: y}\ncondition: not flt"), filterText("F", "flt: {b: x}\ncondition: flt")} {
		if hash(other) == one {
			t.Errorf("the hash does not tell the filter from %q", other)
		}
	}
}

func TestAppliesTo(t *testing.T) {
	const id = "11111111-1111-4111-8111-111111111111"
	rule := &sigma.Rule{ID: id, Name: "rule", Title: "Title", LogSource: sigma.LogSource{Category: "c", Product: "p"}}
	for _, c := range []struct {
		source, rules string
		want          bool
	}{
		{"{category: c}", "any", true},
		{"{category: c}", "Any", true},
		{"{category: c, product: p}", "any", true},
		{"{product: p, definition: x}", "any", true},
		{"{category: C}", "any", false},
		{"{category: c, service: s}", "any", false},
		{"{service: s}", "rule", false},
		{"{category: c}", "rule", true},
		{"{category: c}", "Rule", false},
		{"{category: c}", "Title", false},
		{"{category: c}", "[other, rule]", true},
		{"{category: c}", "[other]", false},
		{"{category: c}", "'{11111111-1111-4111-8111-11111111111" + "1}'", true},
		{"{category: c}", strings.ToUpper(id), true},
	} {
		text := fmt.Sprintf("title: F\nlogsource: %s\nfilter: {rules: %s, flt: {a: b}, condition: not flt}\n", c.source, c.rules)
		out := sigma.ParseFile(diag.NewFile("f.yml", []byte(text)))
		if len(out.Filters) != 1 || len(out.Diagnostics) > 0 {
			t.Fatalf("%s: %v", text, out.Diagnostics)
		}
		if got := out.Filters[0].AppliesTo(rule); got != c.want {
			t.Errorf("a filter for %s, %s: %v, want %v", c.source, c.rules, got, c.want)
		}
	}
}

// TestBrokenFilter checks that a rule never goes without a filter that may be
// for it because the filter is wrong, and that other rules do.
func TestBrokenFilter(t *testing.T) {
	const head = "title: F\nlogsource: {category: test}\n"
	for name, c := range map[string]struct {
		text         string
		named, other bool // whether the rule "rule", and another of the log source, are refused
	}{
		"wrong condition":        {head + "filter: {rules: rule, flt: {a: b}, condition: not fit}", true, false},
		"no title":               {"logsource: {category: test}\nfilter: {rules: rule, flt: {a: b}, condition: not flt}", true, false},
		"wrong modifier":         {head + "filter: {rules: [rule], flt: {a|contain: b}, condition: not flt}", true, false},
		"no rules":               {head + "filter: {flt: {a: b}, condition: not flt}", true, true},
		"empty list":             {head + "filter: {rules: [], flt: {a: b}, condition: not flt}", true, true},
		"no text in the list":    {head + "filter: {rules: [x, 5], flt: {a: b}, condition: not flt}", true, true},
		"no map":                 {head + "filter: foo", true, true},
		"another log source":     {"title: F\nlogsource: {category: other}\nfilter: {rules: any, flt: {a: b}, condition: not fit}", false, false},
		"no log source":          {"title: F\nfilter: {rules: rule, flt: {a: b}, condition: not flt}", true, false},
		"log source is no map":   {"title: F\nlogsource: test\nfilter: {rules: any, flt: {a: b}, condition: not flt}", true, true},
		"no YAML":                {head + "filter:\n  rules: [\n  flt: {a: b}\n", true, true},
		"UTF-16 or the like":     {head + "filter: {rules: rule, flt: {a: \xff}, condition: not flt}", true, true},
		"UTF-16":                 {marked("\xff\xfe", head+"filter: {rules: rule, flt: {a: b}, condition: not flt}"), true, true},
		"UTF-16 of a rule":       {marked("\xff\xfe", ruleText("sel: {a: x}\nfilter:\n  b: c\ncondition: sel and not filter")), false, false},
		"action":                 {"action: globl\n" + head + "filter: {rules: rule, flt: {a: b}, condition: not flt}", true, true},
		"too deep":               {head + "filter: {rules: rule, flt: " + strings.Repeat("[", 70) + strings.Repeat("]", 70) + "}", true, true},
		"a correlation as well":  {head + "correlation: {}\nfilter: {rules: rule}", true, true},
		"a rule as well":         {head + "detection: {sel: {a: b}, condition: sel}\nfilter: {flt: {a: b}}", false, false},
		"a rule that is no YAML": {head + "detection:\n  sel: [\nfilter:\n  flt: {a: b}\n", false, false},
	} {
		filters := sigma.ParseFile(diag.NewFile("f.yml", []byte(c.text))).Filters
		r, _ := parts(t, ruleText("sel: {a: x}\ncondition: sel"))
		for kind, want := range map[string]bool{"rule": c.named, "other": c.other} {
			one := *r
			one.Name = kind
			_, ds := sigma.ApplyFilters(&one, filters)
			got := diag.HasErrors(ds)
			if got != want {
				t.Errorf("%s: the rule %q is refused: %v, want %v", name, kind, got, want)
			}
			if got && (ds[0].Code != "sigma/broken-filter" || ds[0].Span.Text() != "Rule" || !strings.Contains(ds[0].Message, "f.yml")) {
				t.Errorf("%s: %v", name, ds)
			}
		}
	}
}

// marked is a text of ASCII in UTF-16, the lower byte first, behind a mark.
func marked(mark, text string) string {
	return mark + strings.Join(strings.Split(text, ""), "\x00") + "\x00"
}

// TestFilterKeys checks that filters are found without parsing, however the key
// is written.
func TestFilterKeys(t *testing.T) {
	const rest = " {rules: any, flt: {a: b}, condition: not flt}"
	for name, c := range map[string]struct {
		text string
		want int
	}{
		"plain":             {"title: F\nlogsource: {category: c}\nfilter:" + rest, 1},
		"first":             {"filter:" + rest + "\ntitle: F\nlogsource: {category: c}\n", 1},
		"after a mark":      {"\ufefffilter:" + rest + "\ntitle: F\nlogsource: {category: c}\n", 1},
		"quoted":            {"title: F\nlogsource: {category: c}\n\"filter\" :" + rest, 1},
		"indented":          {"# comment\n  title: F\n  logsource: {category: c}\n  filter:" + rest, 1},
		"indented after":    {ruleText("sel: {a: x}\ncondition: sel") + "---\n  title: F\n  logsource: {category: c}\n  filter:" + rest, 1},
		"old Mac":           {"title: F\rlogsource: {category: c}\rfilter:" + rest, 1},
		"Windows":           {"title: F\r\nlogsource: {category: c}\r\nfilter:\r\n  rules: any\r\n  flt: {a: b}\r\n  condition: not flt\r\n", 1},
		"braces":            {"{title: F, logsource: {category: c}, filter:" + rest + "}", 1},
		"braces over lines": {"{\n  title: F,\n  logsource: {category: c},\n  filter:" + rest + "\n}", 1},
		"JSON":              {`{"title": "F", "logsource": {"category": "c"}, "filter": {"rules": "any", "flt": {"a": "b"}, "condition": "not flt"}}`, 1},
		"question mark":     {"title: F\nlogsource: {category: c}\n? filter\n:" + rest, 1},
		"tag":               {"title: F\nlogsource: {category: c}\n!!str filter:" + rest, 1},
		"anchor":            {"title: F\nlogsource: {category: c}\n&a filter:" + rest, 1},
		"second":            {ruleText("filter: {a: x}\ncondition: filter") + "---\ntitle: F\nlogsource: {category: c}\nfilter:" + rest, 1},
		"two":               {"title: F\nlogsource: {category: c}\nfilter:" + rest + "\n---\ntitle: F\nlogsource: {category: c}\nfilter:" + rest, 2},
		"escaped":           {"title: F\nlogsource: {category: c}\n\"\\x66ilter\":" + rest, -1},
		"a rule's own":      {ruleText("sel: {a: x}\nfilter:\n  b: c\ncondition: sel and not filter"), 0},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "f.yml"), []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		sources, err := sigma.Open(t.Context(), sigma.Paths{Rules: []string{dir}}, sigma.LoadOptions{Root: dir})
		if err != nil {
			t.Fatal(err)
		}
		// One that is not found that way has to be an error where it is parsed.
		out := sigma.ParseFile(diag.NewFile("f.yml", []byte(c.text)))
		missed := len(out.Filters) != len(sources.Filters)
		if len(sources.Filters) != max(c.want, 0) || missed != (c.want < 0) || missed != diag.HasErrors(out.Diagnostics) {
			t.Errorf("%s: %d filters, want %d; parsed: %d, %v", name, len(sources.Filters), c.want, len(out.Filters), out.Diagnostics)
		}
	}
}

// TestOpen checks where filters are taken from, that they are applied, and what
// is said of them.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	named := func(name string) string {
		return strings.Replace(ruleText("sel: {a: x}\ncondition: sel"), "name: rule", "name: "+name, 1)
	}
	put("rules/b.yml", named("one")+"---\n"+named("two")+filterText("In rules", "flt: {b: x}\ncondition: not flt"))
	put("rules/c.yml", strings.Replace(filterText("Broken in rules", "flt: {b: x}\ncondition: not fit"), "any", "two", 1))
	put("more/a.yml", filterText("More", "flt: {c: x}\ncondition: not flt"))
	put("more/d.yml", "title: Wrong\nlevel: x\n"+strings.Replace(filterText("Broken in more", "flt: {b: x}\ncondition: not fit"), "any", "three", 1))
	put("more/e.yml", "just text")
	if err := os.Symlink("nowhere", filepath.Join(dir, "more", "l.yml")); err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	paths := sigma.Paths{Rules: []string{in("rules")}, FiltersOnly: []string{in("more"), in("rules"), in("nowhere"), in("no*.yml")}}
	sources, err := sigma.Open(t.Context(), paths, sigma.LoadOptions{Root: dir})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range sources.Filters {
		got = append(got, fmt.Sprint(f.Head.File.Name, " ", f.Head.Title, " ", f.Broken))
	}
	for range 2 { // the second time the files are read anew
		for _, file := range sources.Files() {
			f := file.Load()
			got = append(got, f.File.Name)
			for _, r := range f.Rules {
				got = append(got, r.Name+": "+r.Detection.Conditions[0].Text)
			}
			for _, r := range f.Rejected {
				got = append(got, fmt.Sprint(r.Name, " rejected, document ", r.Document))
			}
			for _, d := range f.Diagnostics {
				got = append(got, fmt.Sprint(d.Position().Line, " ", d.Code))
			}
		}
	}
	files := []string{
		"more/d.yml", "9 sigma/unknown-search",
		"more/l.yml", "0 sigma/unreadable",
		"nowhere", "0 sigma/unreadable", "no*.yml", "0 sigma/unreadable",
		"rules/b.yml", "one: (sel) and (not flt) and (not flt)", "two rejected, document 1", "8 sigma/broken-filter",
		"rules/c.yml", "7 sigma/unknown-search",
	}
	want := slices.Concat([]string{
		"more/a.yml More false", "more/d.yml Broken in more true", "rules/b.yml In rules false", "rules/c.yml Broken in rules true",
	}, files, files)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("filters and files (-want +got):\n%s", diff)
	}
	if _, err := sigma.Open(t.Context(), sigma.Paths{Rules: []string{in("nowhere")}}, sigma.LoadOptions{}); err == nil {
		t.Error("a folder of rules that is not there is no error")
	}
}

// TestBaseRules checks which rules give no results of their own: those that a
// correlation is about, of another file too and of one that is there for its
// filters, unless one of them says otherwise.
func TestBaseRules(t *testing.T) {
	dir := t.TempDir()
	const id = "1f6f0d3c-0000-4000-8000-000000000001"
	correlation := func(title, rest string) string {
		return "title: " + title + "\ncorrelation:\n  type: event_count\n  group-by: [u]\n  timespan: 5m\n  condition: {gte: 10}\n" + rest
	}
	rule := func(name string) string {
		return strings.Replace(ruleText("sel: {a: x}\ncondition: sel"), "name: rule", "name: "+name, 1)
	}
	for name, text := range map[string]string{
		"rules/a.yml": rule("one") + "---\n" + rule("two") + "---\n" + strings.Replace(rule("three"), "name: three", "name: three\nid: "+id, 1) +
			"---\n" + rule("four") + "---\n" + rule("five") + "---\n" + rule("six"),
		"rules/b.yml": correlation("B", "  rules: [one, two]\n"),
		"rules/c.yml": correlation("C", "  rules: ["+strings.ToUpper(id)+"]\n"),
		"rules/d.yml": correlation("D", "  rules: [two]\n  generate: true\n"),
		"rules/e.yml": "title: E\ncorrelation: {type: temporal, timespan: 5m, condition: four and five}\n",
		"more/f.yml":  correlation("F", "  rules: [six]\n  unknown: key\n"),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	paths := sigma.Paths{Rules: []string{filepath.Join(dir, "rules")}, FiltersOnly: []string{filepath.Join(dir, "more")}}
	sources, err := sigma.Open(t.Context(), paths, sigma.LoadOptions{Root: dir})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, file := range sources.Files() {
		for _, r := range file.Load().Rules {
			got[r.Name] = ""
			for _, d := range r.WithoutResults() {
				got[r.Name] += d.Code + " " + r.BaseOf.Title
			}
		}
	}
	want := map[string]string{
		"one": "sigma/base-rule B", "two": "", "three": "sigma/base-rule C",
		"four": "sigma/base-rule E", "five": "sigma/base-rule E", "six": "sigma/base-rule F",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("base rules (-want +got):\n%s", diff)
	}
}

// TestFilterMeaning joins random rules with random filters: the result holds for
// the events for which the rule and each of the filters hold.
func TestFilterMeaning(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	names := []string{"a", "b", "_a", "_b", "_filter_1_a", "them"}
	for range 500 {
		rule := randomSearches(random, names) + "\ncondition: " + randomCondition(random, 3)
		text := ruleText(rule)
		filters := []string{}
		for range random.IntN(3) {
			filters = append(filters, randomSearches(random, names)+"\ncondition: "+randomCondition(random, 3))
			text += filterText("F", filters[len(filters)-1])
		}
		r, fs := parts(t, text)
		joined, ds := sigma.ApplyFilters(r, fs)
		if len(ds) > 0 || len(fs) != len(filters) {
			t.Fatalf("%v\n%s", ds, text)
		}
		whole, all := matcher(t, joined), []*match.Matcher{matcher(t, r)}
		for _, f := range filters {
			one, _ := parts(t, ruleText(f))
			all = append(all, matcher(t, one))
		}
		for bits := range 1 << len(names) {
			event := map[string]any{}
			for i, name := range names {
				event[name] = fmt.Sprint(bits >> i & 1)
			}
			want := true
			for _, one := range all {
				want = want && one.Match(match.NewEvent(event))
			}
			if got := whole.Match(match.NewEvent(event)); got != want {
				t.Fatalf("%v: %v, want %v\n%s", event, got, want, text)
			}
		}
	}
}

// randomSearches defines all of the names, each as a field that is 1 and has a
// random one of the names.
func randomSearches(random *rand.Rand, names []string) string {
	var out []string
	for _, i := range random.Perm(len(names)) {
		out = append(out, fmt.Sprintf("%s: {%s: 1}", names[i], names[random.IntN(len(names))]))
	}
	return strings.Join(out, "\n")
}

func randomCondition(random *rand.Rand, depth int) string {
	leaves := []string{"a", "b", "_a", "_b", "_filter_1_a", "1 of them", "all of them", "1 of _*", "all of _f*", "all of _*", "1 of *a", "1 of a*"}
	if depth == 0 || random.IntN(4) == 0 {
		return leaves[random.IntN(len(leaves))]
	}
	switch random.IntN(3) {
	case 0:
		return "not " + randomCondition(random, depth-1)
	case 1:
		return "(" + randomCondition(random, depth-1) + " and " + randomCondition(random, depth-1) + ")"
	default:
		return "(" + randomCondition(random, depth-1) + " or " + randomCondition(random, depth-1) + ")"
	}
}

func matcher(t *testing.T, r *sigma.Rule) *match.Matcher {
	t.Helper()
	tree, ds := query.Resolve(r, nil)
	if len(ds) > 0 {
		t.Fatalf("%v", ds)
	}
	m, err := match.Compile(tree, match.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// FuzzFilter applies whatever filters a text holds to whatever rules it holds.
// What was right before can be resolved still, and all places lie in the file.
func FuzzFilter(f *testing.F) {
	f.Add(ruleText("sel: {a: x}\ncondition: sel") + filterText("F", "flt: {b: x}\ncondition: not flt"))
	f.Add(ruleText("_sel: {a: x}\ncondition: [1 of _*, _sel]") + filterText("F", "a b: {b: x}\n_c: [x, y]\ncondition: not 1 of them and not all of _*"))
	f.Add("filter: {rules: any}\n---\nfilter: [\n")
	for _, name := range []string{"filters", "collections"} {
		text, err := os.ReadFile("testdata/bad/" + name + ".yml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		out := sigma.ParseFile(diag.NewFile("f", []byte(text)))
		for _, r := range out.Rules {
			joined, ds := sigma.ApplyFilters(r, out.Filters)
			for _, d := range ds {
				if d.Span.Start >= 0 && !d.Span.IsValid() {
					t.Fatalf("%v: a place outside of the file", d)
				}
			}
			_, before := query.Resolve(r, nil)
			_, after := query.Resolve(joined, nil)
			if !diag.HasErrors(before) && diag.HasErrors(after) && after[0].Code != "query/too-many-values" && after[0].Code != "query/too-deep" {
				t.Fatalf("filtered, the rule cannot be resolved: %v", after)
			}
			for _, c := range joined.Detection.Conditions {
				checkSpans(t, c.Source.Sub(0, len(c.Text)))
				for i := range c.Text {
					checkSpans(t, c.Source.Sub(i, i+1))
				}
			}
		}
	})
}
