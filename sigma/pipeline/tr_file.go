package pipeline

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/diag/yamlnode"
	"github.com/sigwatch/sigwatch/sigma"
)

// valueFile says how the values of a file_placeholders are read.
type valueFile struct {
	format string
	filter *regexp.Regexp
	// column is the name of one, and index its number, from 0, or -1.
	column string
	index  int
	header bool
	path   jqPath
}

// readFilePlaceholders reads the values at once: a pipeline is the same each
// time that it is applied.
func readFilePlaceholders(p *params) transformation {
	t := p.placeholders()
	t.fixed = []sigma.String{}
	v := valueFile{
		format: p.choice("format", "plaintext", "csv", "json", "yaml"),
		header: p.flagOr("csv_has_header", true),
	}
	if n, ok := p.take("filter"); ok && !yamlnode.IsNull(n) {
		v.filter = p.needPattern("filter", anywhere)
	}
	v.column, v.index = p.column("csv_column")
	v.path = p.jq("jq_expression")
	v.check(p)
	n, ok := p.need("path")
	if !ok {
		return t
	}
	name, ok := p.scalar(n, "path")
	if !ok {
		return t
	}
	f, ok := p.r.other(n, name)
	if !ok {
		return t
	}
	values, at, err := v.values(f)
	if err != nil {
		p.r.errorf(at, "pipeline/value-file", "", "the values of the file cannot be used: %v", err)
		return t
	}
	t.fixed = p.filtered(n, values, v.filter)
	return t
}

// check says which parameters a format needs.
func (v valueFile) check(p *params) {
	missing := func(key string) {
		p.r.errorf(p.r.span(p.n), "pipeline/missing-parameter", "", "the format %s needs %q", v.format, key)
	}
	switch {
	case v.format == "csv" && v.column == "":
		missing("csv_column")
	case (v.format == "json" || v.format == "yaml") && v.path == nil:
		missing("jq_expression")
	case v.format == "csv" && !v.header && v.index < 0:
		n, _ := p.take("csv_column")
		p.r.errorf(p.r.span(n), "pipeline/wrong-value", "write its number, from 0", "without a header the column %q has no name", v.column)
	}
}

// filtered keeps what the filter finds something in, and reports a file of
// which nothing is left: a rule would lose all that it looks for. Blank values
// are left out, since under contains they would match every event.
func (p *params) filtered(n *yaml.Node, values []string, filter *regexp.Regexp) []sigma.String {
	out := []sigma.String{}
	for _, v := range values {
		if strings.TrimSpace(v) != "" && (filter == nil || filter.MatchString(v)) {
			out = append(out, sigma.ParseString(v))
		}
	}
	if len(out) == 0 {
		p.r.errorf(p.r.span(n), "pipeline/value-file", "write values into it, or take the item out", "the file gives no values")
	}
	return out
}

// values returns the values, or what is wrong and where in the file.
func (v valueFile) values(f *diag.File) ([]string, diag.Span, error) {
	switch v.format {
	case "csv":
		return v.cells(f)
	case "json":
		return v.fromJSON(f)
	case "yaml":
		return v.fromYAML(f)
	default:
		return textLines(string(f.Text)), f.Whole(), nil
	}
}

func textLines(text string) []string {
	var out []string
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		out = append(out, strings.TrimSpace(line))
	}
	return out
}

// column reads the name or number of a column.
func (p *params) column(key string) (name string, index int) {
	n, ok := p.take(key)
	if !ok || yamlnode.IsNull(n) {
		return "", -1
	}
	name, _ = p.scalar(n, key)
	if i, err := strconv.ParseUint(name, 10, 16); err == nil && n.ShortTag() == "!!int" {
		return name, int(i)
	}
	return name, -1
}

func (v valueFile) cells(f *diag.File) ([]string, diag.Span, error) {
	in := csv.NewReader(bytes.NewReader(f.Text))
	in.FieldsPerRecord, in.LazyQuotes, in.ReuseRecord = -1, true, true
	column := v.index
	var out []string
	for first := true; ; first = false {
		row, err := in.Read()
		switch {
		case errors.Is(err, io.EOF):
			return out, f.Whole(), nil
		case err != nil:
			line, _ := in.FieldPos(0)
			return nil, f.Span(f.Offset(line, 1), f.Offset(line, 1)), err
		case first && v.header && v.index < 0:
			if column = slices.Index(row, v.column); column < 0 {
				return nil, f.Span(0, 0), fmt.Errorf("there is no column %q among %q", v.column, row)
			}
		case first && v.header:
		case column < len(row):
			out = append(out, row[column])
		}
	}
}

func (v valueFile) fromJSON(f *diag.File) ([]string, diag.Span, error) {
	dec := json.NewDecoder(bytes.NewReader(f.Text))
	dec.UseNumber()
	var data any
	if err := dec.Decode(&data); err != nil {
		at := int(dec.InputOffset())
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			at = int(syntax.Offset) - 1
		}
		return nil, f.Span(max(at, 0), max(at, 0)), err
	}
	if dec.More() {
		at := int(dec.InputOffset())
		return nil, f.Span(at, at), errors.New("something comes after the end")
	}
	return v.selected(f, data)
}

// fromYAML reads the file as a pipeline is read, with the same limits.
func (v valueFile) fromYAML(f *diag.File) ([]string, diag.Span, error) {
	r := &reader{file: f}
	root, err := r.decode()
	switch {
	case errors.Is(err, errSecond):
		return nil, f.Whole(), err
	case err != nil:
		at, text := yamlnode.Fault(f, err)
		return nil, at, errors.New("yaml: " + text)
	case root == nil:
		return nil, f.Whole(), nil
	case !r.bounded(root):
		return nil, r.ds[0].Span, errors.New(r.ds[0].Message)
	}
	return v.selected(f, templateData(root))
}

func (v valueFile) selected(f *diag.File, data any) ([]string, diag.Span, error) {
	found, err := v.path.find(data)
	if err != nil {
		return nil, f.Whole(), err
	}
	var out []string
	for _, d := range found {
		switch d.(type) {
		case nil:
		case map[string]any, []any:
			return nil, f.Whole(), fmt.Errorf("%s selects a list or a mapping: add [] to select what is in it", v.path)
		default:
			out = append(out, fmt.Sprint(d))
		}
	}
	return out, f.Whole(), nil
}
