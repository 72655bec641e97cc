package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sigwatch/sigwatch/config"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

type convertOptions struct {
	paths     []string
	to        []string
	pipelines []string
	format    string
}

func convertCommand(a *app) *cobra.Command {
	o := convertOptions{to: []string{"query_string"}}
	cmd := &cobra.Command{
		Use:   "convert [PATH…]",
		Short: "Print rules as queries or watches",
		Long: `Prints each rule as a query_string, or as the watch that would be put. Without
paths it takes the rules of the configuration; with paths it needs no
configuration file.

A rule that cannot be said exactly is refused: the reason goes to stderr (in
json and ndjson it stands beside the rule), the others are printed, and the
exit code is 3.`,
		Example: `  sigwatch convert rules/wmi.yml
  sigwatch convert -p sysmon -p ecs_windows rules/
  sigwatch convert -T watch --format ndjson rules/ > watches.ndjson`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			return a.convert(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.VarP(choices(&o.to, "query_string", "watch"), "to", "T", "the back end: query_string or watch; may come again")
	f.StringArrayVarP(&o.pipelines, "pipeline", "p", nil, "a `PIPELINE`, built in or a file, in place of the configured ones; may come again")
	f.Var(choice(new("auto"), "auto", "query_string"), "form", "the form of the query: auto or query_string")
	f.Var(choice(new("insensitive"), "insensitive", "as-written"), "case", "how letters compare: insensitive or as-written")
	formatFlag(f, &o.format, "text", "json", "ndjson")
	return cmd
}

func (a *app) convert(ctx context.Context, o convertOptions) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	c, err := a.compiler(cfg, o.pipelines)
	if err != nil {
		return err
	}
	from := a.source(cfg, o.paths)
	if len(from.paths) == 0 {
		return usageError(errors.New("no rules to convert"), "name files or folders: sigwatch convert rules/")
	}
	out := bufio.NewWriterSize(a.out, 1<<16)
	w := &converter{
		compiler: c, to: o.to, accept: acceptance{cfg.Accepted},
		watches: slices.Contains(o.to, "watch"), sink: a.sink(out, o.format),
	}
	err = each(ctx, from, process[sigma.LoadedFile, []record]{work: w.records, consume: w.write})
	w.sink.end()
	if flushed := out.Flush(); err == nil && flushed != nil {
		return &failure{code: exitCluster, err: fmt.Errorf("write the result: %w", flushed)}
	}
	switch {
	case err != nil:
		return loadFailure(err, len(o.paths) > 0)
	case w.refused:
		return end(exitRefused)
	default:
		return nil
	}
}

// converter makes records of rules.
type converter struct {
	compiler *compiler
	to       []string
	accept   acceptance
	watches  bool
	sink     sink
	refused  bool
}

// record is one rule for one back end, as it is printed.
type record struct {
	file, rule, title, backend string
	query                      any // nil, a text or a watch
	found                      []diag.Diagnostic
	text                       []byte
	// again marks a record of the same rule as the one before.
	again bool
}

// records compiles a file. It runs on several workers at once, and does all
// that can be done out of order.
func (w *converter) records(f sigma.LoadedFile) []record {
	c := w.compiler.file(f, w.watches)
	var out []record
	if len(c.rest) > 0 {
		out = append(out, record{file: f.File.Name, backend: w.to[0], found: c.rest})
	}
	for i := range c.rules {
		for n, backend := range w.to {
			r := newRecord(&c.rules[i], backend)
			r.file, r.again = f.File.Name, n > 0
			out = append(out, r)
		}
	}
	for i := range out {
		out[i].text = w.sink.render(&out[i])
	}
	return out
}

func newRecord(c *compiled, backend string) record {
	r := record{rule: c.rule.ID, title: c.rule.Title, backend: backend}
	if backend == "watch" {
		r.found = c.found()
		if !c.refused() {
			r.query = c.wanted.Body
		}
		return r
	}
	r.found = slices.Concat(c.read, c.spoken)
	if c.said {
		r.query = c.query.Text
	}
	return r
}

func (w *converter) write(rs []record) error {
	for i := range rs {
		r := &rs[i]
		codes := errorCodes(r.found)
		if r.query == nil && len(codes) > 0 && !w.accept.covers(r.rule, codes) {
			w.refused = true
		}
		w.sink.write(r)
	}
	return nil
}

func configTexts(words []string) []config.Text {
	var out []config.Text
	for _, w := range words {
		out = append(out, config.Text{Value: w})
	}
	return out
}
