package main

import (
	"bufio"
	"encoding/json"
	"strconv"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/watcher"
)

const convertSchema = "sigwatch/convert/v1"

// sink prints records in one of the formats. Only render is called by several
// workers at once. Errors of writing stay in the buffered writer.
type sink interface {
	render(r *record) []byte
	write(r *record)
	// old prints a run of sigmac.
	old(o oldOutput)
	end()
}

func (a *app) sink(out *bufio.Writer, o convertOptions) sink {
	switch o.format {
	case "ndjson":
		return &lines{out: out}
	case "json":
		return &document{lines: lines{out: out}}
	default:
		return &listing{app: a, out: out, alone: len(o.to) == 1, before: map[string]bool{}, remarks: map[remark]bool{}}
	}
}

// lines is ndjson: a line for each rule and back end.
type lines struct{ out *bufio.Writer }

// render prints the record by hand: a watch is a tree that prints itself.
func (l *lines) render(r *record) []byte {
	o := &watcher.Object{Members: []watcher.Member{
		{Name: "schema", Value: convertSchema},
		{Name: "file", Value: r.file},
		{Name: "rule", Value: r.rule},
		{Name: "title", Value: r.title},
		{Name: "backend", Value: r.backend},
	}}
	if r.profile != "" {
		o.Set("profile", r.profile)
	}
	queries, size := queriesOf(r)
	o.Set("queries", queries)
	found := []any{}
	for _, d := range r.found {
		found = append(found, diagnosticTree(d))
	}
	o.Set("diagnostics", found)
	return watcher.Append(make([]byte, 0, size), o)
}

// queriesOf returns what a record holds, and about how many bytes it will need
// when written out.
func queriesOf(r *record) (queries any, size int) {
	switch q := r.query.(type) {
	case nil:
		return nil, usualRecord
	case string:
		return []any{r.before + q}, usualRecord + len(r.before) + len(q) + len(q)/4
	default:
		return []any{q}, usualWatch
	}
}

// What most records need when written out, in bytes: without a query, and with
// a watch.
const (
	usualRecord = 400
	usualWatch  = 4 << 10
)

func diagnosticTree(d diag.Diagnostic) *watcher.Object {
	j := diag.JSON(d)
	return &watcher.Object{Members: []watcher.Member{
		{Name: "code", Value: j.Code},
		{Name: "severity", Value: j.Severity},
		{Name: "line", Value: json.Number(strconv.Itoa(j.Line))},
		{Name: "column", Value: json.Number(strconv.Itoa(j.Column))},
		{Name: "message", Value: j.Message},
		{Name: "hint", Value: j.Hint},
	}}
}

func (l *lines) write(r *record) {
	_, _ = l.out.Write(r.text)
	_ = l.out.WriteByte('\n')
}

func (l *lines) old(o oldOutput) { oldRecords(l, o) }

func (l *lines) end() {}

// oldRecords prints a run of sigmac rule by rule.
func oldRecords(s sink, o oldOutput) {
	for i := range o.records {
		o.records[i].text = s.render(&o.records[i])
		s.write(&o.records[i])
	}
}

// document is json: the same objects in one document, one on each line.
type document struct {
	lines
	count int
}

func (d *document) write(r *record) {
	start := ",\n"
	if d.count == 0 {
		start = `{"schema":"` + convertSchema + "\",\"rules\":[\n"
	}
	d.count++
	_, _ = d.out.WriteString(start)
	_, _ = d.out.Write(r.text)
}

func (d *document) old(o oldOutput) { oldRecords(d, o) }

func (d *document) end() {
	if d.count == 0 {
		_, _ = d.out.WriteString(`{"schema":"` + convertSchema + `","rules":[`)
	}
	_, _ = d.out.WriteString("\n]}\n")
}
