package integration

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// queries gives the query of each rule, by the rule's id.
func (c cell) queries(t *testing.T, all samples) map[string]asked {
	t.Helper()
	if c.form == pySigma {
		return c.recorded(t, all)
	}
	return c.convert(t, all)
}

// recorded gives the texts that pySigma 1.5 with its Elasticsearch backend makes
// of the rules, as its dsl_lucene format sends them.
func (c cell) recorded(t *testing.T, all samples) map[string]asked {
	t.Helper()
	ids := map[string]string{}
	for _, s := range all.rules {
		ids[s.name] = s.rule.ID
	}
	pipeline := ""
	if c.mapping.ecs {
		pipeline = "sysmon+ecs_windows"
	}
	out := map[string]asked{}
	for _, row := range readRecorded(t) {
		if id, ok := ids[row.Rule]; ok && row.Pipeline == pipeline {
			out[id] = asked{clause: luceneClause(t, row.Queries), refusal: row.Error}
		}
	}
	return out
}

// recordedRow is a line of the golden; a pipeline of null is none.
type recordedRow struct {
	Rule, Pipeline, Error string
	Queries               []string
}

func readRecorded(t *testing.T) []recordedRow {
	t.Helper()
	f, err := os.Open(filepath.Join(os.Getenv("SIGWATCH_SHARED"), "golden", "sigma", "sigmahq-rules.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	text, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []recordedRow
	for dec := json.NewDecoder(text); ; {
		var row recordedRow
		err := dec.Decode(&row)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
}

// luceneClause is nil where there are no queries.
func luceneClause(t *testing.T, queries []string) json.RawMessage {
	t.Helper()
	if len(queries) == 0 {
		return nil
	}
	var should []map[string]any
	for _, q := range queries {
		should = append(should, map[string]any{"query_string": map[string]any{"query": q, "analyze_wildcard": true}})
	}
	clause, err := json.Marshal(map[string]any{"bool": map[string]any{"should": should}})
	if err != nil {
		t.Fatal(err)
	}
	return clause
}
