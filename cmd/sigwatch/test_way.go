package main

import (
	"errors"
	"io/fs"
	"sync"

	"github.com/sigwatch/sigwatch/config"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/pipeline"
	"github.com/sigwatch/sigwatch/sigma/ruletest"
)

// testWay is the way of a rule under test: through the pipelines that a test
// names, to its tree and its query.
type testWay struct {
	configured, plain *compiler
	accept            acceptance

	mu    sync.Mutex
	named map[string]namedWay
}

// namedWay is the compiler for pipelines that a test names, or what is wrong
// with them.
type namedWay struct {
	compiler *compiler
	found    []diag.Diagnostic
}

func newTestWay(c *compiler) *testWay {
	return &testWay{
		configured: c,
		// Without pipelines fields have the names of the rule, of which the
		// pinned types know nothing.
		plain:  newCompiler(c.cfg, pipeline.NewChain(), nil),
		accept: acceptance{c.cfg.Accepted}, named: map[string]namedWay{},
	}
}

// through returns the compiler for some pipelines.
func (w *testWay) through(p ruletest.Pipelines) namedWay {
	switch {
	case p.Configured:
		return namedWay{compiler: w.configured}
	case p.None():
		return namedWay{compiler: w.plain}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	n, ok := w.named[p.Key()]
	if !ok {
		var names []config.Text
		for _, name := range p.Names {
			names = append(names, config.Text{Value: name.Text, Span: name.Span})
		}
		chain, ds := config.Pipelines(names, p.Dir)
		n = namedWay{found: ds}
		if !diag.HasErrors(ds) {
			n.compiler = newCompiler(w.configured.cfg, chain, w.configured.types)
		}
		w.named[p.Key()] = n
	}
	return n
}

// Resolve returns what the pipelines make of a rule.
func (w *testWay) Resolve(r *sigma.Rule, p ruletest.Pipelines) ruletest.Resolved {
	n := w.through(p)
	if n.compiler == nil {
		return ruletest.Resolved{Found: n.found}
	}
	t := n.compiler.translate(byItself(r))
	out := ruletest.Resolved{Rule: t.mapped, Tree: t.tree, Found: t.found}
	if !p.None() {
		out.KeywordFields = w.configured.cfg.Query.KeywordFields
	}
	return out
}

// Translate says a rule as the query of its watch.
func (w *testWay) Translate(r *sigma.Rule, p ruletest.Pipelines) ruletest.Translated {
	n := w.through(p)
	if n.compiler == nil {
		return ruletest.Translated{Found: n.found}
	}
	one := compiled{rule: byItself(r)}
	n.compiler.speak(&one, toQuery)
	return ruletest.Translated{
		Found: one.spoken, Notes: one.query.Notes,
		Accepted: !one.said && w.accept.covers(r.ID, errorCodes(one.spoken)),
	}
}

// byItself is a rule for which no correlation counts: what it finds is worth a
// test, whether or not it gets a watch.
func byItself(r *sigma.Rule) *sigma.Rule {
	own := *r
	own.BaseOf = nil
	return &own
}

// rules are the paths of the configuration, those left out that lead nowhere.
func (w *testWay) rules() []string {
	var out []string
	for _, r := range w.configured.cfg.Rules {
		path := inFolder(w.configured.cfg.Dir, r.Value)
		if _, err := sigma.TestFiles([]string{path}, ""); !errors.Is(err, fs.ErrNotExist) {
			out = append(out, path)
		}
	}
	return out
}
