package integration

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/query/nodetest"
)

var updateManual = flag.Bool("update", false, "rewrite the table of the manual")

// cell is one way to index the events and to ask for them.
type cell struct {
	mapping mapping
	pinned  bool
	form    string
	approx  bool
}

// mapping is how texts are indexed. The other JSON types are what a server
// makes of them: numbers are long.
type mapping struct {
	name string
	// text is the mapping of every text.
	text map[string]any
	// pin is what the file with field types says of every text.
	pin string
	// ecs renames the fields of the events.
	ecs bool
}

func keywordMapping() mapping {
	return mapping{name: "keyword", text: map[string]any{"type": "keyword"}, pin: "keyword"}
}

func mappings() []mapping {
	return []mapping{
		keywordMapping(),
		{
			name: "keyword, lower-cased",
			text: map[string]any{"type": "keyword", "normalizer": "lower"},
			pin:  "{type: keyword, normalizer: lowercase}",
		},
		{
			name: "text with a keyword sub-field",
			text: map[string]any{"type": "text", "fields": map[string]any{"keyword": map[string]any{"type": "keyword"}}},
			pin:  "{type: text, keyword: .keyword}",
		},
		{name: "text alone", text: map[string]any{"type": "text"}, pin: "text"},
	}
}

// cells are the rows of the table.
func cells() []cell {
	var out []cell
	forms := []string{"dsl", "query_string", "auto"}
	for _, m := range mappings() {
		for _, form := range forms {
			if strings.HasPrefix(m.name, "keyword") {
				out = append(out, cell{mapping: m, form: form})
			}
			out = append(out, cell{mapping: m, form: form, pinned: true})
			if m.name == "text alone" {
				out = append(out, cell{mapping: m, form: form, pinned: true, approx: true})
			}
		}
	}
	out = append(out, cell{mapping: ecsMapping(), form: "auto"})
	for _, m := range append(mappings(), ecsMapping()) {
		out = append(out, cell{mapping: m, form: pySigma})
	}
	return out
}

// pySigma is the form of the reference's own texts, for comparison.
const pySigma = "pySigma"

func (c cell) types() string {
	switch {
	case c.form == pySigma:
		return "–"
	case c.approx:
		return "pinned, `--allow-approximate`"
	case c.pinned:
		return "pinned"
	default:
		return "unknown"
	}
}

func (c cell) String() string { return c.mapping.name + ", types " + c.types() + ", " + c.form }

// sample is a rule with the events of its regression test.
type sample struct {
	rule   *sigma.Rule
	path   string
	name   string // the path within the corpus
	mean   *match.Matcher
	events []int // of all the events, those of this rule
}

// samples are all rules of the corpus that have a regression test.
type samples struct {
	rules  []sample
	events []match.Event
}

func readSamples(t *testing.T) samples {
	t.Helper()
	root := nodetest.SigmaHQ(t)
	var all samples
	for _, r := range nodetest.Regressions(t) {
		tree, ds := query.Resolve(r.Rule, nil)
		if len(ds) > 0 {
			t.Fatalf("%s: %v", r.Path, ds)
		}
		mean, err := match.Compile(tree, match.Options{})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.FromSlash(r.Rule.File.Name)
		name, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		s := sample{rule: r.Rule, path: path, name: filepath.ToSlash(name), mean: mean}
		for _, e := range r.Events {
			s.events = append(s.events, len(all.events))
			all.events = append(all.events, e)
		}
		all.rules = append(all.rules, s)
	}
	return all
}

// indexAll puts all events into an index, numbered.
func (s server) indexAll(t *testing.T, name string, m mapping, events []match.Event) {
	t.Helper()
	status, answer := s.call(t, http.MethodPut, "/"+name, map[string]any{
		"settings": map[string]any{
			"number_of_shards": 1, "number_of_replicas": 0, "index.mapping.total_fields.limit": 5000,
			"analysis": map[string]any{"normalizer": map[string]any{"lower": map[string]any{"type": "custom", "filter": []string{"lowercase"}}}},
		},
		"mappings": map[string]any{
			"date_detection":    false,
			"dynamic_templates": []any{map[string]any{"texts": map[string]any{"match_mapping_type": "string", "mapping": m.text}}},
		},
	})
	if status != http.StatusOK {
		t.Fatalf("create index: %d %v", status, answer)
	}
	var bulk bytes.Buffer
	for i, e := range events {
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if m.ecs {
			data = toECS(t, data)
		}
		fmt.Fprintf(&bulk, `{"index":{"_id":"%d"}}`+"\n%s\n", i, data)
	}
	var done struct{ Errors bool }
	s.post(t, "/"+name+"/_bulk?refresh=true", &bulk, &done)
	if done.Errors {
		t.Fatalf("%s: not all events could be indexed", name)
	}
}

// post sends lines of JSON.
func (s server) post(t *testing.T, path string, body *bytes.Buffer, answer any) {
	t.Helper()
	response, err := http.Post(s.url+path, "application/x-ndjson", body)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		t.Fatal(err)
	}
}

// asked is what the program made of a rule.
type asked struct {
	clause  json.RawMessage // nil where the rule was refused
	refusal string
}

// convert has the program make the watches of all rules, and gives the query
// of each by the rule's id.
func (c cell) convert(t *testing.T, all samples) map[string]asked {
	t.Helper()
	p := newProject(t)
	args := []string{"convert", "-T", "watch", "--format", "ndjson", "--form", c.form}
	if c.pinned {
		p.write(t, "fields.yaml", "schema: sigwatch/fields/v1\nfields:\n  EventID: long\n  \"*\": "+c.mapping.pin+"\n")
		args = append(args, "--fields", "fields.yaml")
	}
	if c.approx {
		args = append(args, "--allow-approximate")
	}
	if c.mapping.ecs {
		args = append(args, "-p", "sysmon", "-p", "ecs_windows")
	}
	for _, s := range all.rules {
		args = append(args, s.path)
	}
	r := p.run(t, args...)
	if r.code != 0 && r.code != 3 {
		t.Fatalf("%s: exit code %d\n%s", c, r.code, r.stderr)
	}
	return readClauses(t, r.stdout)
}

func readClauses(t *testing.T, lines string) map[string]asked {
	t.Helper()
	out := map[string]asked{}
	for line := range strings.Lines(lines) {
		var row struct {
			Rule    string
			Queries []struct {
				Input struct {
					Search struct {
						Request struct {
							Body struct {
								Query struct {
									Bool struct{ Filter []json.RawMessage }
								}
							}
						}
					}
				}
			}
			Diagnostics []struct{ Code, Severity, Message string }
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		a := asked{}
		for _, q := range row.Queries {
			a.clause = q.Input.Search.Request.Body.Query.Bool.Filter[0]
		}
		for _, d := range row.Diagnostics {
			if d.Severity == "error" {
				a.refusal = d.Code + ": " + d.Message
			}
		}
		out[row.Rule] = a
	}
	return out
}

// multiSearch asks all clauses at once; an answer is the numbers of the events
// found, or the server's reason.
func (s server) multiSearch(t *testing.T, index string, clauses []json.RawMessage) []found {
	t.Helper()
	var body bytes.Buffer
	for _, clause := range clauses {
		fmt.Fprintf(&body, "{\"index\":%q}\n{\"size\":1000,\"_source\":false,\"query\":%s}\n", index, clause)
	}
	var answer struct {
		Responses []struct {
			Error json.RawMessage
			Hits  struct {
				Hits []struct {
					ID int `json:"_id,string"`
				}
			}
		}
	}
	s.post(t, "/_msearch", &body, &answer)
	if len(answer.Responses) != len(clauses) {
		t.Fatalf("%d answers for %d searches", len(answer.Responses), len(clauses))
	}
	out := make([]found, len(clauses))
	for i, r := range answer.Responses {
		out[i].failure = string(r.Error)
		for _, hit := range r.Hits.Hits {
			out[i].events = append(out[i].events, hit.ID)
		}
	}
	return out
}

// asker asks one index, and the same clause only once: the forms have most of
// their clauses in common.
type asker struct {
	server
	index string
	known map[string]found
}

func (a asker) all(t *testing.T, clauses []json.RawMessage) []found {
	t.Helper()
	var unknown []json.RawMessage
	for _, clause := range clauses {
		if _, ok := a.known[string(clause)]; !ok {
			unknown = append(unknown, clause)
			a.known[string(clause)] = found{}
		}
	}
	if len(unknown) > 0 {
		for i, f := range a.multiSearch(t, a.index, unknown) {
			a.known[string(unknown[i])] = f
		}
	}
	out := make([]found, len(clauses))
	for i, clause := range clauses {
		out[i] = a.known[string(clause)]
	}
	return out
}

type found struct {
	events  []int
	failure string
}

// counts is a row of the table.
type counts struct{ found, refused, script, missed int }

func versions() []string { return []string{"7.17.29", "8.19.21"} }

// TestRegression asks a real server for the events of all regression tests of
// the corpus, in every way the table of the manual has, and holds the table to
// what was found.
func TestRegression(t *testing.T) {
	all := readSamples(t)
	if len(all.rules) != 135 {
		t.Fatalf("%d rules with a regression test, want 135", len(all.rules))
	}
	table := map[string]string{}
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			node := startRealNode(t, version)
			for i, m := range append(mappings(), ecsMapping()) {
				index := fmt.Sprintf("regression-%d", i)
				node.indexAll(t, index, m, all.events)
				asks := asker{node, index, map[string]found{}}
				for _, c := range cells() {
					if c.mapping.name == m.name {
						c.record(t, table, version, c.measure(t, asks, all))
					}
				}
			}
		})
	}
	if !t.Failed() && len(table) > 0 {
		holdManual(t, table)
	}
}

// record puts a row into the table. Of our own forms there is one row: the
// servers have to agree.
func (c cell) record(t *testing.T, table map[string]string, version, row string) {
	t.Helper()
	key := c.String()
	if c.form == pySigma {
		key += version
	}
	if seen, ok := table[key]; ok && seen != row {
		t.Errorf("%s: the servers differ: %s and %s", c, seen, row)
	}
	table[key] = row
}

func ecsMapping() mapping {
	m := keywordMapping()
	m.name, m.ecs = "keyword, ECS names", true
	return m
}

func (c cell) measure(t *testing.T, asks asker, all samples) string {
	t.Helper()
	queries := c.queries(t, all)
	var n counts
	var clauses []json.RawMessage
	var whose []sample
	for _, s := range all.rules {
		a, ok := queries[s.rule.ID]
		switch {
		case !ok:
			t.Errorf("%s: %s: the program said nothing of the rule", c, s.path)
		case a.clause == nil:
			n.refused++
			t.Logf("%s: %s is refused: %s", c, filepath.Base(s.path), a.refusal)
		case bytes.Contains(a.clause, []byte(`"script"`)):
			checkScript(t, a.clause)
			n.script++
		default:
			clauses, whose = append(clauses, a.clause), append(whose, s)
		}
	}
	for i, f := range asks.all(t, clauses) {
		switch {
		case c.form == pySigma:
			n.count(all.gives(whose[i], f.events))
			continue
		case f.failure != "":
			t.Errorf("%s: %s: the server refuses %.300s: %.500s", c, whose[i].path, clauses[i], f.failure)
			continue
		}
		c.compare(t, all, whose[i], f.events, &n)
	}
	return fmt.Sprintf("%d | %d | %d | %d", n.found, n.refused, n.script, n.missed)
}

// gives tells whether all events of the rule's regression test that it means
// are among those found.
func (all samples) gives(s sample, got []int) bool {
	return !slices.ContainsFunc(s.events, func(e int) bool {
		return s.mean.Match(all.events[e]) && !slices.Contains(got, e)
	})
}

func (n *counts) count(found bool) {
	if found {
		n.found++
	} else {
		n.missed++
	}
}

// compare counts the rule as found where the server gave all of its events,
// and as missed where it did not. In exact forms it has to give just the events
// that the rule means.
func (c cell) compare(t *testing.T, all samples, s sample, got []int, n *counts) {
	t.Helper()
	whole := all.gives(s, got)
	n.count(whole)
	if !whole {
		t.Errorf("%s: %s is not found", c, s.path)
	}
	if c.approx || c.mapping.ecs {
		return
	}
	for e := range all.events {
		if s.mean.Match(all.events[e]) != slices.Contains(got, e) {
			t.Errorf("%s: %s: event %d: the server says %v", c, s.path, e, slices.Contains(got, e))
		}
	}
}

// checkScript looks at the form of a script clause, which the server at hand
// has no language for.
func checkScript(t *testing.T, clause []byte) {
	t.Helper()
	for _, want := range []string{`"lang":"painless"`, `"params"`, `doc`} {
		if !bytes.Contains(clause, []byte(want)) {
			t.Errorf("the script clause has no %s: %s", want, clause)
		}
	}
}
