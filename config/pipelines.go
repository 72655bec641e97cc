package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/pipeline"
)

// Chain returns the configured pipelines, ready to be applied.
func (c *Config) Chain() (*pipeline.Chain, []diag.Diagnostic) {
	return Pipelines(c.Pipelines, c.Dir)
}

// Pipelines returns the pipelines of those names: built-in ones, or files as
// seen from the folder dir.
func Pipelines(names []Text, dir string) (*pipeline.Chain, []diag.Diagnostic) {
	var ps []*pipeline.Pipeline
	var ds []diag.Diagnostic
	for _, name := range names {
		p, more := onePipeline(name, dir)
		ds = append(ds, more...)
		if p != nil {
			ps = append(ps, p)
		}
	}
	return pipeline.NewChain(ps...), ds
}

func onePipeline(name Text, dir string) (*pipeline.Pipeline, []diag.Diagnostic) {
	if p, ok := pipeline.Builtin(name.Value); ok {
		return p, nil
	}
	text, err := readFile(inFolder(dir, name.Value))
	if err == nil {
		return pipeline.Parse(diag.NewFile(name.Value, text))
	}
	d := diag.Diagnostic{Span: name.Span, Severity: diag.Error, Code: "config/unknown-pipeline"}
	if os.IsNotExist(err) && !strings.ContainsAny(name.Value, `./\`) {
		d.Message = "there is no pipeline " + name.Value + " built in, and no such file"
		d.Hint = unknownHint(name.Value, slices.Clone(pipeline.BuiltinNames()))
	} else {
		d.Message = "the pipeline cannot be read: " + filepath.ToSlash(name.Value) + ": " + reason(err)
		d.Hint = "paths are relative to the configuration's folder"
	}
	return nil, []diag.Diagnostic{d}
}
