package main

import (
	"bufio"
	"encoding/json"
	"fmt"
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
	end()
}

func (a *app) sink(out *bufio.Writer, format string) sink {
	switch format {
	case "ndjson":
		return &lines{out: out}
	case "json":
		return &document{lines: lines{out: out}}
	default:
		return &listing{app: a, out: out}
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
		{Name: "queries", Value: nil},
	}}
	if r.query != nil {
		o.Set("queries", []any{r.query})
	}
	found := []any{}
	for _, d := range r.found {
		found = append(found, diagnosticTree(d))
	}
	o.Set("diagnostics", found)
	return watcher.Encode(o)
}

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

func (l *lines) end() {}

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

func (d *document) end() {
	if d.count == 0 {
		_, _ = d.out.WriteString(`{"schema":"` + convertSchema + `","rules":[`)
	}
	_, _ = d.out.WriteString("\n]}\n")
}

// listing is text: the bare query of a single rule, or each with a heading.
type listing struct {
	app   *app
	out   *bufio.Writer
	first *record
	count int
}

func (l *listing) render(r *record) []byte {
	switch q := r.query.(type) {
	case string:
		return []byte(q)
	case *watcher.Object:
		return watcher.EncodeIndent(q)
	default:
		return nil
	}
}

func (l *listing) write(r *record) {
	if !r.again && len(r.found) > 0 {
		l.app.diagnose(r.found)
	}
	if r.query == nil {
		return
	}
	l.count++
	switch l.count {
	case 1:
		l.first = r
	case 2:
		l.entry(l.first)
		fallthrough
	default:
		_ = l.out.WriteByte('\n')
		l.entry(r)
	}
}

func (l *listing) entry(r *record) {
	title := r.title
	if r.backend != "query_string" {
		title += ", " + r.backend
	}
	_, _ = fmt.Fprintf(l.out, "# %s (%s)\n", title, r.file)
	l.bare(r)
}

func (l *listing) bare(r *record) {
	_, _ = l.out.Write(r.text)
	_ = l.out.WriteByte('\n')
}

func (l *listing) end() {
	if l.count == 1 {
		l.bare(l.first)
	}
}
