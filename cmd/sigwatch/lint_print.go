package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/sigwatch/sigwatch/config"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

const (
	lintSchema    = "sigwatch/lint/v1"
	explainSchema = "sigwatch/explain/v1"
)

// findings is the result of lint as JSON.
type findings struct {
	Schema      string        `json:"schema"`
	Summary     counts        `json:"summary"`
	Diagnostics []diag.Record `json:"diagnostics"`
}

type counts struct {
	Files    int `json:"files"`
	Rules    int `json:"rules"`
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
	Infos    int `json:"infos"`
}

func tally(ds []diag.Diagnostic) counts {
	var n counts
	for _, d := range ds {
		switch d.Severity {
		case diag.Error:
			n.Errors++
		case diag.Warning:
			n.Warnings++
		default:
			n.Infos++
		}
	}
	return n
}

func writeFindings(w io.Writer, ds []diag.Diagnostic, l *linter) error {
	out := findings{Schema: lintSchema, Summary: tally(ds), Diagnostics: []diag.Record{}}
	out.Summary.Files, out.Summary.Rules = l.files, l.set.Rules
	for _, d := range ds {
		out.Diagnostics = append(out.Diagnostics, diag.JSON(d))
	}
	return writeJSON(w, out)
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// explained is a rule with where its settings come from.
type explained struct {
	Schema   string    `json:"schema"`
	File     string    `json:"file"`
	Rule     string    `json:"rule"`
	Title    string    `json:"title"`
	Settings []setting `json:"settings"`
}

type setting struct {
	Setting string `json:"setting"`
	Value   string `json:"value"`
	Layer   string `json:"layer"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
}

// explainRule prints which layer set what for the watch of a rule.
func (a *app) explainRule(ctx context.Context, o lintOptions) error {
	if o.format != "text" && o.format != "json" {
		return usageError(fmt.Errorf("--explain has no format %s", o.format), "use text or json")
	}
	cfg, err := a.load()
	if err != nil {
		return err
	}
	var found []explained
	err = sigma.Each(ctx, a.explainable(cfg, o), sigma.LoadOptions{Root: cfg.Dir, Workers: workers}, func(f sigma.LoadedFile) error {
		for _, r := range f.Rules {
			if a.means(cfg, o.explain, r) {
				found = append(found, explain(cfg, r))
			}
		}
		return nil
	})
	if err != nil {
		return loadFailure(err, len(o.paths) > 0 || isFile(inFolder(a.dir, o.explain)))
	}
	if len(found) == 0 {
		return usageError(fmt.Errorf("no rule is %q", o.explain), "name a rule by its id, its title or its file; lint says whether it can be read")
	}
	return a.printExplained(o.format, found)
}

// explainable are the files to look for the rule in: it may be one itself.
func (a *app) explainable(cfg *config.Config, o lintOptions) []string {
	if path := inFolder(a.dir, o.explain); isFile(path) {
		return []string{path}
	}
	return a.source(cfg, o.paths).paths
}

// means tells whether a rule is the one that a text names.
func (a *app) means(cfg *config.Config, text string, r *sigma.Rule) bool {
	return isFile(inFolder(a.dir, text)) || strings.EqualFold(text, r.ID) || strings.EqualFold(text, r.Title) || cfg.File != nil && text == r.File.Name
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

func explain(cfg *config.Config, r *sigma.Rule) explained {
	out := explained{Schema: explainSchema, File: r.File.Name, Rule: r.ID, Title: r.Title, Settings: []setting{}}
	for _, x := range cfg.Explain(r) {
		s := setting{Setting: x.Setting, Value: x.Value, Layer: x.Layer}
		if at := x.Span.Position(); at.Line > 0 {
			s.File, s.Line = x.Span.File.Name, at.Line
		}
		out.Settings = append(out.Settings, s)
	}
	return out
}

func (a *app) printExplained(format string, found []explained) error {
	var err error
	for _, x := range found {
		if format == "json" {
			err = errors.Join(err, writeJSON(a.out, x))
			continue
		}
		err = errors.Join(err, x.print(a.out))
	}
	if err != nil {
		return &failure{code: exitCluster, err: fmt.Errorf("write the settings: %w", err)}
	}
	return nil
}

func (x explained) print(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s\n", x.File, x.Title) //nolint:errcheck // Flush returns it
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range x.Settings {
		value, layer := s.Value, s.Layer
		if value == "" {
			value = "-"
		}
		if layer == "" {
			layer = "nothing sets it"
		}
		if s.Line > 0 {
			layer = fmt.Sprintf("%s (%s:%d)", layer, s.File, s.Line)
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\n", s.Setting, value, layer) //nolint:errcheck // Flush returns it
	}
	return t.Flush()
}
