package pipeline

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/diag/yamlnode"
	"github.com/sigwatch/sigwatch/sigma/pipeline/template"
)

// finalItem is a finalizer with its place in the pipeline's file.
type finalItem struct {
	at diag.Span
	do finalizer
}

// finalizer makes something of all queries: of the list, or of the text that
// the finalizer before it made.
type finalizer interface {
	finalize(c *Chain, in output) (string, error)
}

// output is the list of all queries, or one text.
type output struct {
	queries []string
	text    *string
}

// list is what the output is for JSON, YAML and templates.
func (o output) value() any {
	if o.text != nil {
		return *o.text
	}
	return o.queries
}

func finalizers() map[string]func(*params) finalizer {
	return map[string]func(*params) finalizer{
		"concat":   readConcat,
		"json":     func(p *params) finalizer { return toJSON{p.indent()} },
		"nested":   readNestedFinalizers,
		"template": func(p *params) finalizer { return finalTemplate{p.needTemplate("queries", "pipeline", "vars")} },
		"yaml":     func(p *params) finalizer { return toYAML{p.indent()} },
	}
}

// HasFinalizers reports whether the pipelines make something of all queries
// together.
func (c *Chain) HasFinalizers() bool { return c != nil && len(c.finalizers) > 0 }

// Finalize returns what the finalizers make of all queries, in the order in
// which they are given, after their postprocessing. Without finalizers it is
// one query a line. A diagnostic points into the pipeline, and means that there
// is no text.
func (c *Chain) Finalize(queries []string) (string, []diag.Diagnostic) {
	if !c.HasFinalizers() {
		return strings.Join(queries, "\n"), nil
	}
	text, at, err := c.finalize(c.finalizers, output{queries: queries})
	if err != nil {
		return "", []diag.Diagnostic{{
			Span: at, Severity: diag.Error, Code: "pipeline/template-failure",
			Message: "the finalizer fails: " + template.Fault(err), Hint: "change it, or convert fewer rules",
		}}
	}
	return text, nil
}

func (c *Chain) finalize(items []*finalItem, in output) (string, diag.Span, error) {
	for _, it := range items {
		text, err := it.do.finalize(c, in)
		if err == nil && len(text) > template.MaxOutput {
			err = fmt.Errorf("it makes more than %d MiB", template.MaxOutput>>20)
		}
		if err != nil {
			return "", it.at, err
		}
		in = output{text: &text}
	}
	if in.text == nil {
		return strings.Join(in.queries, "\n"), diag.Span{}, nil
	}
	return *in.text, diag.Span{}, nil
}

func (r *reader) finalItems(nodes []*yaml.Node) []*finalItem {
	var out []*finalItem
	for _, n := range nodes {
		if n.Kind != yaml.MappingNode {
			r.wrongType(n, "a finalizer", "a mapping")
			continue
		}
		p := newParams(r, n, "a finalizer")
		out = append(out, &finalItem{at: r.span(n), do: pick(p, "finalizer", finalizers())})
	}
	return out
}

// indent returns an optional number of blanks, 0 where none is given.
func (p *params) indent() int {
	n, ok := p.take("indent")
	if !ok || yamlnode.IsNull(n) {
		return 0
	}
	i, err := strconv.Atoi(n.Value)
	if err != nil || n.Kind != yaml.ScalarNode || i < 0 || i > 16 {
		p.r.wrongType(n, strconv.Quote("indent"), "a number from 0 to 16")
	}
	return i
}

// concat joins the queries.
type concat struct{ separator, prefix, suffix string }

func readConcat(p *params) finalizer {
	return concat{p.text("separator", "\n"), p.text("prefix", ""), p.text("suffix", "")}
}

func (t concat) finalize(_ *Chain, in output) (string, error) {
	if in.text != nil {
		return "", errors.New("concat needs a list, and a finalizer before it has made one text of it")
	}
	bytes := len(t.prefix) + len(t.suffix)
	for _, q := range in.queries {
		if bytes += len(q) + len(t.separator); bytes > template.MaxOutput {
			return "", fmt.Errorf("it makes more than %d MiB", template.MaxOutput>>20)
		}
	}
	return t.prefix + strings.Join(in.queries, t.separator) + t.suffix, nil
}

// toJSON writes the list, or the text, as JSON.
type toJSON struct{ indent int }

func (t toJSON) finalize(_ *Chain, in output) (string, error) {
	out := template.Limited{More: template.MaxOutput - template.MaxText}
	if err := template.WriteJSON(&out, in.value(), strings.Repeat(" ", t.indent)); err != nil {
		return "", err
	}
	return out.String(), nil
}

// toYAML writes the list, or the text, as YAML.
type toYAML struct{ indent int }

func (t toYAML) finalize(_ *Chain, in output) (string, error) {
	out := template.Limited{More: template.MaxOutput - template.MaxText}
	enc := yaml.NewEncoder(&out)
	if t.indent > 1 {
		enc.SetIndent(t.indent)
	}
	if err := enc.Encode(in.value()); err != nil {
		return "", err
	}
	if err := enc.Close(); err != nil {
		return "", err
	}
	return out.String(), nil
}

// finalTemplate makes the output by a template.
type finalTemplate struct{ *template.Template }

func (t finalTemplate) finalize(c *Chain, in output) (string, error) {
	x := &run{vars: c.vars}
	p := x.pipelineData()
	return t.Execute(map[string]any{"queries": in.value(), "pipeline": p, "vars": p["vars"]}, max(len(in.queries), 1))
}

// nestedFinalizers are finalizers inside one.
type nestedFinalizers []*finalItem

func readNestedFinalizers(p *params) finalizer {
	p.need("finalizers")
	return nestedFinalizers(p.r.finalItems(p.list("finalizers")))
}

func (t nestedFinalizers) finalize(c *Chain, in output) (string, error) {
	text, _, err := c.finalize(t, in)
	return text, err
}
