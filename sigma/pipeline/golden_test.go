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

func (r record) queries() []string {
	var out []string
	if json.Unmarshal(r.Queries, &out) != nil {
		return nil
	}
	return out
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
		out = append(out, queries...)
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
		// Not carried out yet, and said so.
		"pipelines/hashes_pipe":                   "pipeline/unsupported-transformation",
		"pipelines/hashes_drop_prefix":            "pipeline/unsupported-transformation",
		"pipelines/hashes_keyword":                "pipeline/unsupported-transformation",
		"pipelines/hashes_num":                    "pipeline/unsupported-transformation",
		"pipelines/hashes_field_to_parse":         "pipeline/unsupported-transformation",
		"pipelines/extract_simple":                "pipeline/unsupported-transformation",
		"pipelines/extract_list":                  "pipeline/unsupported-transformation",
		"pipelines/extract_nomatch":               "pipeline/unsupported-transformation",
		"pipelines/extract_nomatch_preserve":      "pipeline/unsupported-transformation",
		"pipelines/extract_null":                  "pipeline/unsupported-transformation",
		"pipelines/ph_query_expr_mapping":         "pipeline/unsupported-transformation",
		"pipelines/ph_query_expr_keyword_nofield": "pipeline/unsupported-transformation",
		"pipelines/regex_plain":                   "pipeline/unsupported-transformation",
		"pipelines/regex_ignore_case_brackets":    "pipeline/unsupported-transformation",
		"pipelines/regex_default":                 "pipeline/unsupported-transformation",
		"pipelines/pp_embed":                      "pipeline/unsupported-postprocessing",
		"pipelines/pp_simple_template":            "pipeline/unsupported-postprocessing",
		"pipelines/pp_template":                   "pipeline/unsupported-postprocessing",
		"pipelines/pp_template_tags":              "pipeline/unsupported-postprocessing",
		"pipelines/pp_template_json":              "pipeline/unsupported-postprocessing",
		"pipelines/pp_json":                       "pipeline/unsupported-postprocessing",
		"pipelines/pp_replace":                    "pipeline/unsupported-postprocessing",
		"pipelines/pp_two":                        "pipeline/unsupported-postprocessing",
		"pipelines/pp_rule_cond":                  "pipeline/unsupported-postprocessing",
		"pipelines/pp_watcher_by_template":        "pipeline/unsupported-postprocessing",
		"pipelines/fin_concat":                    "pipeline/unsupported-postprocessing",
		"pipelines/fin_concat_sep":                "pipeline/unsupported-postprocessing",
		"pipelines/fin_json_indent":               "pipeline/unsupported-postprocessing",
		"pipelines/fin_yaml":                      "pipeline/unsupported-postprocessing",
		"pipelines/fin_nested":                    "pipeline/unsupported-postprocessing",
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

// TestCorpusWithMends runs the built-in pipelines over the corpus: all that is
// other than pySigma's comes from what was mended.
func TestCorpusWithMends(t *testing.T) {
	mends := strings.NewReplacer(
		"network.direction:true", "network.direction:egress",
		"network.direction:false", "network.direction:ingress",
		"winlog.event_data.Signature:", "file.code_signature.subject_name:",
	)
	builtin := func(name string) *Pipeline {
		p, ok := Builtin(name)
		if !ok {
			t.Fatalf("no pipeline %s", name)
		}
		return p
	}
	bare := bareRules(t)
	counts, chains := map[string]int{}, map[string]*Chain{}
	for _, names := range []string{"sysmon", "ecs_windows", "sysmon+ecs_windows"} {
		chains[names] = chainOf(t, names, builtin)
	}
	for _, r := range records(t, shared(t, "golden", "sigma", "sigmahq-rules.jsonl.gz")) {
		rules, ok := bare[r.Rule]
		if r.Pipeline == "" || r.Error != "" || !ok {
			continue
		}
		got, _ := convertAll(rules, chains[r.Pipeline])
		var mended []string
		for _, q := range r.queries() {
			mended = append(mended, mends.Replace(q))
		}
		switch {
		case slices.Equal(got, r.queries()):
			counts["same"]++
		case slices.Equal(got, mended):
			counts["mended"]++
		default:
			t.Errorf("%s with %s (-want +got):\n%s", r.Rule, r.Pipeline, cmp.Diff(mended, got))
		}
	}
	t.Log(counts)
	if counts["mended"] < 48 {
		t.Errorf("only %d queries were mended, the spec counts 48 of Initiated alone", counts["mended"])
	}
}
