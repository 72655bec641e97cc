package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/sigwatch/sigwatch/config"
	"github.com/sigwatch/sigwatch/diag"
)

// load reads the configuration and says its warnings.
func (a *app) load() (*config.Config, error) {
	cfg, ds := config.Load(a.dir, a.scalars)
	if diag.HasErrors(ds) {
		return nil, &misconfigured{found: ds}
	}
	a.diagnose(ds)
	return cfg, nil
}

// minimal is what a configuration needs at least.
const minimal = `a minimal sigwatch.yaml:

  owner: soc
  rules: [rules]
  indices:
    - index: [logs-*]
  actions:
    soc-mail: {email: {to: [soc@example.org]}}
  routes:
    - actions: [soc-mail]
  targets:
    local: {url: "embedded:"}
`

// deployable reads a configuration that watches can be made of.
func (a *app) deployable() (*config.Config, error) {
	cfg, err := a.load()
	if err != nil {
		return nil, err
	}
	ds := cfg.Deployable()
	switch {
	case cfg.File == nil:
		return nil, &misconfigured{found: ds, hint: minimal}
	case len(ds) > 0:
		return nil, &misconfigured{found: ds}
	default:
		return cfg, nil
	}
}

// compiler makes the compiler of a run. Pipelines of the command line stand in
// place of the configured ones.
func (a *app) compiler(cfg *config.Config, pipelines []string) (*compiler, error) {
	chain, ds := cfg.Chain()
	if len(pipelines) > 0 {
		chain, ds = config.Pipelines(configTexts(pipelines), a.dir)
	}
	if diag.HasErrors(ds) {
		return nil, &misconfigured{found: ds}
	}
	types, more := cfg.Types()
	if diag.HasErrors(more) {
		return nil, &misconfigured{found: more}
	}
	a.diagnose(append(ds, more...))
	return newCompiler(cfg, chain, types), nil
}

// watchCompiler makes the compiler of a run that makes watches.
func (a *app) watchCompiler(cfg *config.Config, pipelines []string) (*compiler, error) {
	c, err := a.compiler(cfg, pipelines)
	if err != nil || !c.chain.HasPostprocessing() {
		return c, err
	}
	d := diag.Diagnostic{
		Severity: diag.Error, Code: "config/postprocessing",
		Message: "a pipeline has postprocessing, which changes the text of a query after it was checked: no watch is made of that",
		Hint:    "keep such a pipeline for sigwatch convert, or say what it adds as a transformation",
	}
	if len(pipelines) == 0 && len(cfg.Pipelines) > 0 {
		d.Span = cfg.Pipelines[0].Span
	}
	return nil, &misconfigured{found: []diag.Diagnostic{d}}
}

// source returns the paths of the command line, else those of the
// configuration. The names of rules are relative to the configuration's
// folder either way, so that they do not depend on where one stands.
func (a *app) source(cfg *config.Config, paths []string) source {
	from := source{root: cfg.Dir}
	for _, p := range paths {
		from.paths = append(from.paths, inFolder(a.dir, p))
	}
	var configured []string
	for _, r := range cfg.Rules {
		configured = append(configured, inFolder(cfg.Dir, r.Value))
	}
	if len(paths) > 0 {
		// The filters of all rules are for these as well.
		from.filters = configured
		return from
	}
	from.paths = configured
	return from
}

func inFolder(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, filepath.FromSlash(path))
}

// loadFailure is an error of reading rules: the command line's or the
// configuration's fault, or an interruption.
func loadFailure(err error, narrowed bool) error {
	switch {
	case errors.Is(err, context.Canceled):
		return &failure{code: exitCluster, err: errors.New("interrupted")}
	case narrowed:
		return usageError(err, "name rule files, folders or patterns")
	default:
		return &failure{code: exitConfig, err: err, hint: "look at rules: in the configuration"}
	}
}
