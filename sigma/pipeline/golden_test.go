package pipeline

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// record is a recorded conversion by pySigma.
type record struct {
	ID       string          `json:"id"`
	Rule     string          `json:"rule"`
	Group    string          `json:"group"`
	YAML     string          `json:"yaml"`
	Pipeline string          `json:"pipeline"`
	Text     string          `json:"pipeline_yaml"`
	Queries  json.RawMessage `json:"queries"`
	Error    string          `json:"error_class"`
}

// queries are those that pySigma printed, or the one text of its finalizers.
func (r record) queries() []string {
	var out []string
	var text *string
	if json.Unmarshal(r.Queries, &out) == nil {
		return out
	}
	if json.Unmarshal(r.Queries, &text) == nil && text != nil {
		return []string{*text}
	}
	return nil
}

func shared(t testing.TB, path ...string) string {
	t.Helper()
	root := os.Getenv("SIGWATCH_SHARED")
	if root == "" {
		t.Skip("SIGWATCH_SHARED is not set: the recorded cases are not at hand")
	}
	return filepath.Join(append([]string{root}, path...)...)
}

func records(t testing.TB, path string) []record {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	var out []record
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var r record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	return out
}

// recorded reads the shipped pipelines as pySigma has them, without our mends.
func recorded(t testing.TB, name string) *Pipeline {
	t.Helper()
	path := shared(t, "data", "sigma", "pipeline-"+name+".json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, ds := Parse(diag.NewFile(name, text))
	if p == nil {
		t.Fatalf("%s: %v", name, ds)
	}
	return p
}

// convert parses a rule, applies the chain and prints it.
func convert(rule string, c *Chain) ([]string, []diag.Diagnostic) {
	rules, ds := sigma.Parse(diag.NewFile("rule.yml", []byte(rule)))
	if diag.HasErrors(ds) {
		return nil, ds
	}
	out, ads := convertAll(rules, c)
	return out, append(ds, ads...)
}

func convertAll(rules []*sigma.Rule, c *Chain) ([]string, []diag.Diagnostic) {
	out, ds := []string{}, []diag.Diagnostic(nil)
	for _, r := range rules {
		got, ads := c.Apply(r)
		if ds = append(ds, ads...); diag.HasErrors(ads) {
			return nil, ds
		}
		queries, err := lucene(got)
		if err != nil {
			return nil, append(ds, diag.Diagnostic{Severity: diag.Error, Code: "test", Message: err.Error()})
		}
		for _, q := range queries {
			text, ads := c.Postprocess(r, q)
			if ds = append(ds, ads...); diag.HasErrors(ads) {
				return nil, ds
			}
			out = append(out, text)
		}
	}
	if c.HasFinalizers() {
		text, ads := c.Finalize(out)
		return []string{text}, append(ds, ads...)
	}
	return out, ds
}

// pipelineDivergences are the cases where we do not what pySigma did, with the
// text that we print (or the code that we refuse with) and the reason.
func pipelineDivergences() map[string]string {
	return map[string]string{
		// The copies of a negated item: neither field has the value.
		"pipelines/map_neq_many": "NOT (x:a OR y:a)",
		// A number among keywords is looked for inside the message, like texts.
		"pipelines/map_keyword": "message:(*kw1* OR *k*w* OR *5*)",
		// One target is no list, and one kid is no list either.
		"pipelines/map_many_one":         `Image:*\\cmd.exe AND (a.x:(*foo* OR *bar*)) AND EventID:1`,
		"pipelines/drop_in_list_of_maps": "fieldA:a",
		// The rule would ask for nothing: refused, not left out in silence.
		"pipelines/drop_all": "pipeline/nothing-left",
		// One of the placeholder's values is enough, under all too.
		"pipelines/ph_value_contains_all": "fieldA:(*v1* OR *v2*) AND fieldA:*z*",
		// A link that is no link is a mistake in the pipeline.
		"pipelines/rc_op_unknown": "pipeline/wrong-value",
		// So is a type that there is not.
		"pipelines/convert_bad": "pipeline/wrong-value",
		// A regular expression of a whole value says so: in Sigma it is looked
		// for anywhere.
		"pipelines/regex_plain":                `fieldA:/(?s)^Ab1\.c.*d.e\/f$/`,
		"pipelines/regex_ignore_case_brackets": `fieldA:/(?s)^[aA][bB]1\.[cC].*[dD].[eE]\/[fF]$/`,
		"pipelines/regex_default":              `fieldA:/(?s)^.*[aA][bB].*$/ OR fieldA:/(?s)^.*$/`,
		// A pipeline for another system has other names of fields.
		"pipelines/allowed_backends": "pipeline/other-backend",
		// Raw text of a target goes past case, field types and NOT.
		"pipelines/ph_query_expr_mapping":         "pipeline/unsupported-transformation",
		"pipelines/ph_query_expr_keyword_nofield": "pipeline/unsupported-transformation",
		// It fails to load there, and works here.
		"pipelines/pp_nest": `<(Image:*\\cmd.exe AND (CommandLine:(*foo* OR *bar*)) AND EventID:1)>`,
		// The Query DSL is a text here, as every query.
		"pipelines/pp_embed_dsl": `aImage:*\\cmd.exe AND (CommandLine:(*foo* OR *bar*)) AND EventID:1`,
		// Templates for Jinja; TestTemplatesLikeJinja has the same ones for
		// text/template, with the same results.
		"pipelines/pp_template":            "pipeline/jinja",
		"pipelines/pp_template_tags":       "pipeline/jinja",
		"pipelines/pp_template_json":       "pipeline/jinja",
		"pipelines/pp_watcher_by_template": "pipeline/jinja",
	}
}

// TestTemplatesLikeJinja writes the recorded Jinja templates for text/template:
// the results are the same.
func TestTemplatesLikeJinja(t *testing.T) {
	rewritten := map[string]*strings.Replacer{
		"pipelines/pp_template":            strings.NewReplacer("rule.title", ".rule.title", "{{ query", "{{ .query", "pipeline.vars", ".pipeline.vars"),
		"pipelines/pp_template_tags":       strings.NewReplacer("{% for t in rule.tags %}", "{{ range .rule.tags }}", "{{ t.namespace }}-{{ t.name }};", `{{ . | replace "." "-" }};`, "{% endfor %}", "{{ end }}", "{{ rule.level.name }}", "{{ upper .rule.level }}"),
		"pipelines/pp_template_json":       strings.NewReplacer("query", ".query"),
		"pipelines/pp_watcher_by_template": strings.NewReplacer("{{ pipeline", "{{ .pipeline", "{{ query", "{{ .query", "{{ rule", "{{ .rule"),
	}
	for _, r := range records(t, shared(t, "golden", "sigma", "cases.jsonl")) {
		words, ok := rewritten[r.ID]
		if !ok {
			continue
		}
		delete(rewritten, r.ID)
		p, ds := Parse(diag.NewFile("pipeline.yml", []byte(words.Replace(r.Text))))
		got, rds := convert(r.YAML, NewChain(p))
		if diff := cmp.Diff(r.queries(), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s%v%v", r.ID, diff, ds, rds)
		}
	}
	if len(rewritten) > 0 {
		t.Errorf("not recorded: %v", rewritten)
	}
}

// TestRecordedPipelines compares with the recorded cases of pySigma: what it
// converts, we convert to the same, and what it refuses, we refuse.
func TestRecordedPipelines(t *testing.T) {
	diverging := pipelineDivergences()
	seen := 0
	for _, r := range records(t, shared(t, "golden", "sigma", "cases.jsonl")) {
		if r.Group != "pipelines" {
			continue
		}
		seen++
		p, ds := Parse(diag.NewFile("pipeline.yml", []byte(r.Text)))
		var got []string
		if p != nil {
			var rds []diag.Diagnostic
			got, rds = convert(r.YAML, NewChain(p))
			ds = append(ds, rds...)
		}
		outcome := strings.Join(got, " ### ")
		if got == nil {
			outcome = firstError(ds)
		}
		want := strings.Join(r.queries(), " ### ")
		if text, ok := diverging[r.ID]; ok {
			if outcome != text {
				t.Errorf("%s diverges otherwise than written:\n got %s\nwant %s", r.ID, outcome, text)
			}
			delete(diverging, r.ID)
			continue
		}
		switch {
		case r.Error != "" && got != nil:
			t.Errorf("%s: pySigma refuses (%s), we print %s", r.ID, r.Error, outcome)
		case r.Error == "" && outcome != want:
			t.Errorf("%s:\n got %s\nwant %s", r.ID, outcome, want)
		}
	}
	for id := range diverging {
		t.Errorf("divergence of %s is listed, but there is no such case", id)
	}
	if seen < 180 {
		t.Errorf("only %d cases seen", seen)
	}
}

func firstError(ds []diag.Diagnostic) string {
	for _, d := range ds {
		if d.Severity == diag.Error {
			if d.Code == "test" {
				return d.Message
			}
			return d.Code
		}
	}
	return "no error"
}

// chainOf makes the chain that a record names.
func chainOf(t testing.TB, names string, find func(string) *Pipeline) *Chain {
	t.Helper()
	if names == "" {
		return nil
	}
	var ps []*Pipeline
	for name := range strings.SplitSeq(names, "+") {
		ps = append(ps, find(name))
	}
	return NewChain(ps...)
}

// TestShippedPipelines runs all shipped pipelines, read from the recorded data
// as they are, over the small cases.
func TestShippedPipelines(t *testing.T) {
	seen := 0
	for _, r := range records(t, shared(t, "golden", "sigma", "cases.jsonl")) {
		if r.Group != "shipped_pipelines" {
			continue
		}
		seen++
		c := chainOf(t, r.Pipeline, func(name string) *Pipeline { return recorded(t, name) })
		got, ds := convert(r.YAML, c)
		want := r.queries()
		if r.ID == "shipped_pipelines/k8s_empty_apigroup" {
			// A list of one kid is that kid, without parentheses.
			want = []string{"kubernetes.audit.kind:Event AND kubernetes.audit.verb:get"}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s%v", r.ID, diff, ds)
		}
	}
	if seen < 90 {
		t.Errorf("only %d cases seen", seen)
	}
}

// TestCorpus runs the shipped pipelines over whole rules of SigmaHQ. Rules
// that print otherwise already without a pipeline say nothing about pipelines
// and are counted.
func TestCorpus(t *testing.T) {
	t.Parallel()
	bare := bareRules(t)
	for _, name := range []string{"sigmahq-rules.jsonl.gz", "sigmahq-rules-other-pipelines.jsonl.gz"} {
		t.Run(name, func(t *testing.T) {
			chains := map[string]*Chain{}
			same, unlike, skipped := 0, 0, 0
			for _, r := range records(t, shared(t, "golden", "sigma", name)) {
				if r.Pipeline == "" || r.Error != "" {
					continue
				}
				c, ok := chains[r.Pipeline]
				if !ok {
					c = chainOf(t, r.Pipeline, func(name string) *Pipeline { return recorded(t, name) })
					chains[r.Pipeline] = c
				}
				rules, ok := bare[r.Rule]
				if !ok {
					skipped++
					continue
				}
				got, ds := convertAll(rules, c)
				if slices.Equal(got, r.queries()) {
					same++
					continue
				}
				if unlike++; unlike < 6 {
					t.Errorf("%s with %s (-want +got):\n%s%v", r.Rule, r.Pipeline, cmp.Diff(r.queries(), got), ds)
				}
			}
			t.Logf("%d the same, %d unlike, %d that print otherwise without a pipeline", same, unlike, skipped)
			if same < 5000 {
				t.Errorf("only %d are the same", same)
			}
		})
	}
}

// bareRules returns the rules that print as pySigma prints them when there is
// no pipeline.
func bareRules(t *testing.T) map[string][]*sigma.Rule {
	t.Helper()
	out := map[string][]*sigma.Rule{}
	for _, r := range records(t, shared(t, "golden", "sigma", "sigmahq-rules.jsonl.gz")) {
		if r.Pipeline != "" || r.Error != "" {
			continue
		}
		text, err := os.ReadFile(shared(t, "corpus", "sigmahq", filepath.FromSlash(r.Rule)))
		if err != nil {
			t.Fatal(err)
		}
		rules, _ := sigma.Parse(diag.NewFile(r.Rule, text))
		if got, _ := convertAll(rules, nil); slices.Equal(got, r.queries()) {
			out[r.Rule] = rules
		}
	}
	return out
}

// mends are the texts that differ from pySigma's because of a mend, by pipeline.
func mends() map[string]*strings.Replacer {
	ecs := []string{
		"network.direction:true", "network.direction:egress",
		"network.direction:false", "network.direction:ingress",
		"winlog.event_data.Signature:", "file.code_signature.subject_name:",
		"process.parent.name", "process.parent.executable",
	}
	zeek := strings.NewReplacer(
		`zeek.\*.path:`, "zeek.smb_files.path:",
		"zeek.x509.certificate.sub\\ \\ #\\ why\\ did\\ Elastic\\ beats\\ do\\ this:", "zeek.x509.certificate.sub:",
	)
	return map[string]*strings.Replacer{
		"ecs_windows": strings.NewReplacer(ecs...), "sysmon+ecs_windows": strings.NewReplacer(ecs...),
		"windows-audit+ecs_windows": strings.NewReplacer(ecs...), "ecs_zeek_beats": zeek, "ecs_zeek_corelight": zeek,
	}
}

// TestCorpusWithMends runs the built-in pipelines over the corpus: all that is
// other than pySigma's comes from what was mended.
func TestCorpusWithMends(t *testing.T) {
	t.Parallel()
	bare, mends, counts, chains := bareRules(t), mends(), map[string]int{}, map[string]*Chain{}
	for _, file := range []string{"sigmahq-rules.jsonl.gz", "sigmahq-rules-other-pipelines.jsonl.gz"} {
		for _, r := range records(t, shared(t, "golden", "sigma", file)) {
			rules, ok := bare[r.Rule]
			if r.Pipeline == "" || r.Error != "" || !ok {
				continue
			}
			if chains[r.Pipeline] == nil {
				chains[r.Pipeline] = chainOf(t, r.Pipeline, func(name string) *Pipeline { p, _ := Builtin(name); return p })
			}
			got, _ := convertAll(rules, chains[r.Pipeline])
			var mended []string
			for _, q := range r.queries() {
				if m := mends[r.Pipeline]; m != nil {
					q = m.Replace(q)
				}
				mended = append(mended, q)
			}
			switch {
			case slices.Equal(got, r.queries()):
				counts[r.Pipeline+" same"]++
			case slices.Equal(got, mended):
				counts[r.Pipeline+" mended"]++
			default:
				t.Errorf("%s with %s (-want +got):\n%s", r.Rule, r.Pipeline, cmp.Diff(mended, got))
			}
		}
	}
	t.Log(counts)
	for name, least := range map[string]int{"ecs_windows": 24, "sysmon+ecs_windows": 24, "windows-audit+ecs_windows": 250, "ecs_zeek_beats": 5} {
		if counts[name+" mended"] < least {
			t.Errorf("%s: only %d queries were mended", name, counts[name+" mended"])
		}
	}
}
