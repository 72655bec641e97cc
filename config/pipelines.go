package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

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
	type read struct {
		pipeline *pipeline.Pipeline
		found    []diag.Diagnostic
	}
	all := make([]read, len(names))
	var reading sync.WaitGroup
	for i, name := range names {
		reading.Go(func() { all[i].pipeline, all[i].found = onePipeline(name, dir) })
	}
	reading.Wait()
	var ps []*pipeline.Pipeline
	var ds []diag.Diagnostic
	for _, one := range all {
		ds = append(ds, one.found...)
		if one.pipeline != nil {
			ps = append(ps, one.pipeline)
		}
	}
	return pipeline.NewChain(ps...), ds
}

func onePipeline(name Text, dir string) (*pipeline.Pipeline, []diag.Diagnostic) {
	if p, ok := pipeline.Builtin(name.Value); ok {
		return p, nil
	}
	path := inFolder(dir, name.Value)
	text, err := readFile(path)
	if err == nil {
		from, done := folderOf(path, dir)
		defer done()
		return pipeline.ParseIn(diag.NewFile(name.Value, text), from)
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

// folderOf is the project as a pipeline sees it, which may read value files in
// it: the configuration's folder where the pipeline lies in that, else the
// pipeline's own. An os.Root keeps symbolic links from leading out.
func folderOf(path, dir string) (pipeline.Folder, func()) {
	if dir == "" {
		dir = "."
	}
	inside, err := filepath.Rel(dir, path)
	if err != nil || !filepath.IsLocal(inside) {
		dir, inside = filepath.Dir(path), filepath.Base(path)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return pipeline.Folder{}, func() {}
	}
	return pipeline.Folder{Files: root.FS(), Dir: filepath.ToSlash(filepath.Dir(inside))}, func() {
		root.Close() //nolint:errcheck,gosec // nothing was written
	}
}
