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
	profile   string
	configs   []string // files of sigmac
	options   []string // of the back ends, as sigmac had them
	format    string
	// given are the flags that were on the command line.
	given map[string]bool
}

func convertCommand(a *app) *cobra.Command {
	o := convertOptions{to: []string{"query_string"}, profile: profile2019}
	cmd := &cobra.Command{
		Use:   "convert [PATH…]",
		Short: "Print rules as queries or watches",
		Long: `Prints each rule as a query_string, as a clause of the Query DSL, or as the
watch that would be put. Without paths it takes the rules of the configuration;
with paths it needs no configuration file.

The other back ends are those of the retired converter sigmac. In the profiles
2019 and 2023 their text is sigmac's own, byte for byte, with what is wrong in
it named beside it; in the profile current it is right today.

A rule that cannot be said exactly is refused: the reason goes to stderr (in
json and ndjson it stands beside the rule), the others are printed, and the
exit code is 3.`,
		Example: `  sigwatch convert rules/wmi.yml
  sigwatch convert -p sysmon -p ecs_windows rules/
  sigwatch convert -T watch --format ndjson rules/ > watches.ndjson
  sigwatch convert -T es-qs --profile 2023 --sigmac-config winlogbeat.yml rules/
  sigwatch convert -T splunk --profile current rules/`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			o.given = givenFlags(cmd.Flags())
			return a.convert(cmd.Context(), o)
		},
	}
	convertFlags(cmd.Flags(), &o)
	return cmd
}

func (a *app) convert(ctx context.Context, o convertOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	cfg, err := a.load()
	if err != nil {
		return err
	}
	from := a.source(cfg, o.paths)
	if len(from.paths) == 0 {
		return usageError(errors.New("no rules to convert"), "name files or folders: sigwatch convert rules/")
	}
	w, err := a.converter(cfg, o)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(a.out, 1<<16)
	if w.sink, err = a.finalSink(a.sink(out, o), w, o); err != nil {
		return err
	}
	err = w.run(ctx, from)
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
	// to are the back ends that print compiled rules. Where there are none,
	// there is no compiler: the old profiles know no pipelines.
	to      []string
	accept  acceptance
	watches bool
	seven   sevenOptions
	old     *oldRun
	sink    sink
	refused bool
	// kept are the objects of one document that were printed.
	kept map[object]string
}

func (a *app) converter(cfg *config.Config, o convertOptions) (*converter, error) {
	w := &converter{accept: acceptance{cfg.Accepted}, kept: map[object]string{}}
	if o.profile == profileCurrent {
		w.to = o.to
	} else {
		w.to = slices.DeleteFunc(slices.Clone(o.to), isSeven)
	}
	w.watches = slices.Contains(w.to, "watch") || slices.Contains(w.to, "xpack-watcher")
	var err error
	switch {
	case w.watches:
		w.compiler, err = a.watchCompiler(cfg, o.pipelines)
	case len(w.to) > 0:
		w.compiler, err = a.compiler(cfg, o.pipelines)
	}
	if err != nil {
		return nil, err
	}
	if w.seven, err = readSeven(o); err != nil {
		return nil, err
	}
	w.old, err = a.oldRun(o)
	return w, err
}

// run prints all rules: those of the old profiles at the end, since a run of
// sigmac over many files was one.
func (w *converter) run(ctx context.Context, from source) error {
	err := each(ctx, from, process[sigma.LoadedFile, converted]{work: w.records, consume: w.write})
	if err != nil {
		return err
	}
	for rs := range w.old.outputs() {
		w.judge(rs.records)
		w.sink.old(rs)
	}
	return nil
}

// record is one rule for one back end, as it is printed.
type record struct {
	file, rule, title, backend string
	// profile is that of a back end of sigmac's.
	profile string
	query   any // nil, a text or a watch
	// before stands once before the texts of this back end.
	before string
	// id is what the text is kept under where it goes, at the place of that in
	// the rule.
	id    string
	at    diag.Span
	found []diag.Diagnostic
	// accepted is true where all errors are known that are about no rule.
	accepted bool
	text     []byte
	// again marks a record of the same rule as the one before.
	again bool
}

// converted is a file with its records.
type converted struct {
	file    sigma.LoadedFile
	records []record
}

// records compiles a file. It runs on several workers at once, and does all
// that can be done out of order.
func (w *converter) records(f sigma.LoadedFile) converted {
	out := converted{file: f}
	if len(w.to) == 0 {
		return out
	}
	c := w.compiler.file(f, upTo(w.watches, toTree))
	if len(c.rest) > 0 {
		r := record{file: f.File.Name, backend: w.to[0], profile: profileOf(w.to[0]), found: c.rest}
		r.accepted = !diag.HasErrors(w.accept.unknownOf(c.rest, f.Rejected))
		out.records = append(out.records, r)
	}
	for i := range c.rules {
		for n, backend := range w.to {
			r := w.record(&c.rules[i], backend)
			r.file, r.again = f.File.Name, n > 0
			out.records = append(out.records, r)
		}
	}
	for i := range out.records {
		out.records[i].text = w.sink.render(&out.records[i])
	}
	return out
}

// profileOf is the profile of a back end that prints compiled rules.
func profileOf(backend string) string {
	if isSeven(backend) {
		return profileCurrent
	}
	return ""
}

// queryForms are the back ends that print one form of the query.
func queryForms() map[string]string {
	return map[string]string{"query_string": formQueryString, "dsl": formDSL}
}

// record prints a compiled rule for a back end.
func (w *converter) record(c *compiled, backend string) record {
	r := record{rule: c.rule.ID, title: c.rule.Title, backend: backend, profile: profileOf(backend)}
	form, isQuery := queryForms()[backend]
	switch {
	case isQuery:
		w.queryRecord(&r, c, form)
	case backend == "watch":
		r.found = c.found()
		if !c.refused() {
			r.query, r.id, r.at = c.wanted.Body, c.wanted.ID, nameSpan(c.rule)
		}
	default:
		w.currentRecord(&r, c)
	}
	return r
}

func (w *converter) queryRecord(r *record, c *compiled, form string) {
	r.found = slices.Concat(c.read, c.translation.found)
	if !c.translation.resolved() {
		return
	}
	p := w.compiler.print(c, form)
	q := p.query
	r.found = append(r.found, p.found...)
	switch {
	case p.refused():
	case w.compiler.chain.HasPostprocessing():
		w.postprocess(r, c.rule, q)
	case q.Form == formDSL:
		r.query = q.DSL
	default:
		r.query = q.Text
	}
}

func (w *converter) write(c converted) error {
	w.old.keep(c.file)
	w.once(c.records)
	w.judge(c.records)
	for i := range c.records {
		w.sink.write(&c.records[i])
	}
	return nil
}

// judge notes whether a rule was refused that is not known and accepted.
func (w *converter) judge(rs []record) {
	for i := range rs {
		codes := errorCodes(rs[i].found)
		if rs[i].query == nil && len(codes) > 0 && !rs[i].accepted && !w.accept.covers(rs[i].rule, codes) {
			w.refused = true
		}
	}
}

func configTexts(words []string) []config.Text {
	var out []config.Text
	for _, w := range words {
		out = append(out, config.Text{Value: w})
	}
	return out
}
