package main

import (
	"bufio"
	"errors"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/build"
)

// textOf is a query as the pipelines' postprocessing takes it: a clause of the
// Query DSL as JSON.
func textOf(q build.Query) string {
	if q.Form == formDSL {
		return string(watcher.Encode(q.DSL))
	}
	return q.Text
}

// postprocess prints a query as the pipelines' postprocessing leaves it.
func (w *converter) postprocess(r *record, rule *sigma.Rule, q build.Query) {
	text, ds := w.compiler.chain.Postprocess(rule, textOf(q))
	r.found = append(r.found, ds...)
	if !diag.HasErrors(ds) {
		r.query = text
	}
}

// finalized prints what the pipelines' finalizers make of all queries together.
type finalized struct {
	listing
	w       *converter
	queries []string
}

// finalSink gives the text format to the finalizers, where there are any. The
// machine formats keep each query beside its rule.
func (a *app) finalSink(s sink, w *converter, o convertOptions) (sink, error) {
	text, ok := s.(*listing)
	if !ok || len(w.to) == 0 || !w.compiler.chain.HasFinalizers() {
		return s, nil
	}
	if len(o.to) != 1 || queryForms()[o.to[0]] == "" && !isQueryText(o.to[0]) {
		return nil, usageError(errors.New("the finalizers of a pipeline make one text of all queries of one back end"),
			"convert with one back end that prints queries, or with --format ndjson, which has no finalizers")
	}
	return &finalized{listing: *text, w: w}, nil
}

func (f *finalized) write(r *record) {
	if !r.again {
		f.said = nil
	}
	f.diagnose(r.found)
	if r.query != nil {
		f.queries = append(f.queries, string(r.text))
	}
}

func (f *finalized) end() {
	text, ds := f.w.compiler.chain.Finalize(f.queries)
	f.diagnose(ds)
	if diag.HasErrors(ds) {
		f.w.refused = true
		return
	}
	endLine(f.out, text)
}

// endLine prints a text and ends its last line.
func endLine(out *bufio.Writer, text string) {
	_, _ = out.WriteString(text)
	if text != "" && text[len(text)-1] != '\n' {
		_ = out.WriteByte('\n')
	}
}
