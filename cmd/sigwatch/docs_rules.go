package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/catalog"
	"github.com/sigwatch/sigwatch/config"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/plan"
)

// documented are the models of a run.
type documented struct {
	rules []*catalog.Rule
	// others are the rules of the configuration that the run's paths do not
	// name: no page takes the name of one of theirs.
	others []*catalog.Rule
	asked  *gathered
}

// described is what became of a file.
type described struct {
	file  compiledFile
	rules []*catalog.Rule
}

// document makes the models of all rules.
func (b *docsBuilder) document(ctx context.Context, c *compiler) (*documented, error) {
	chosen, err := b.chosen(ctx)
	if err != nil {
		return nil, err
	}
	d, out := &describer{compiler: c}, &documented{asked: &gathered{codes: map[string][]string{}, seen: map[string]bool{}}}
	err = each(ctx, b.from, process[sigma.LoadedFile, described]{
		work: d.file,
		consume: func(f described) error {
			if b.narrowed() && !chosen[f.file.File.Name] {
				b.notChosen(f.file)
				return nil
			}
			out.rules = append(out.rules, f.rules...)
			out.asked.file(f.file)
			return nil
		},
	})
	if err == nil && b.narrowed() {
		err = b.known(ctx, d, chosen, out)
	}
	return out, err
}

func (b *docsBuilder) narrowed() bool { return len(b.paths) > 0 }

// chosen are the names of the files that the paths of the command line name.
func (b *docsBuilder) chosen(ctx context.Context) (map[string]bool, error) {
	names := map[string]bool{}
	if !b.narrowed() {
		return names, nil
	}
	return names, b.eachText(ctx, b.from.paths, func(f sigma.LoadedFile) error {
		names[f.File.Name] = true
		return nil
	})
}

func (b *docsBuilder) eachText(ctx context.Context, paths []string, visit func(sigma.LoadedFile) error) error {
	return sigma.EachText(ctx, paths, sigma.LoadOptions{Root: b.from.root, Workers: workers}, visit)
}

// notChosen says what is wrong with a file that is there for its filters.
func (b *docsBuilder) notChosen(f compiledFile) {
	for _, d := range f.rest {
		if d.Severity == diag.Error {
			b.refused = true
			b.found = append(b.found, d)
		}
	}
}

// known adds the other rules of the configuration. They are read and not
// translated.
func (b *docsBuilder) known(ctx context.Context, d *describer, chosen map[string]bool, out *documented) error {
	paths, err := b.present(ctx)
	if err != nil {
		return err
	}
	return each(ctx, source{paths: paths, root: b.from.root}, process[sigma.LoadedFile, described]{
		work: func(f sigma.LoadedFile) described {
			if chosen[f.File.Name] {
				return described{}
			}
			return d.stub(f)
		},
		consume: func(f described) error {
			if f.file.File != nil {
				out.others = append(out.others, f.rules...)
				out.asked.file(f.file)
			}
			return nil
		},
	})
}

// present are the paths of the configuration that name something. One that does
// not is a fault of a run over all rules.
func (b *docsBuilder) present(ctx context.Context) ([]string, error) {
	var out []string
	found := errors.New("found")
	for _, p := range b.from.filters {
		err := b.eachText(ctx, []string{p}, func(sigma.LoadedFile) error { return found })
		switch {
		case errors.Is(err, found):
			out = append(out, p)
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	return out, nil
}

// stub makes the models of rules that are only known of: as if none could be
// translated.
func (d *describer) stub(f sigma.LoadedFile) described {
	for _, r := range f.Rules {
		f.Rejected = append(f.Rejected, sigma.Rejected{ID: r.ID, Title: r.Title, Name: r.Name, Document: r.Document, Span: r.Span, Rule: r})
	}
	f.Rules = nil
	return d.file(f)
}

// hold takes the watches from the rules that ask for one and the same: a sync
// writes none of them.
func (d *documented) hold(cfg *config.Config) {
	p := plan.Compute(plan.Input{Owner: cfg.Owner, Wanted: d.asked.wanted, Held: d.asked.held, Narrowed: true})
	why := map[string]plan.Change{}
	for _, c := range p.Changes {
		if c.Action == plan.Hold && c.Wanted != nil {
			why[c.Watch+"\n"+c.Rule.File] = c
		}
	}
	for _, r := range d.rules {
		if r.Watch == nil {
			continue
		}
		c, held := why[r.Watch.ID+"\n"+r.File]
		if !held {
			continue
		}
		r.Found = append(slices.Clone(r.Found), diag.Diagnostic{
			Span: diag.NewFile(r.File, nil).Whole(), Severity: diag.Error, Code: c.Code,
			Message: fmt.Sprintf("watch %s is held: %s", c.Watch, c.Reason),
			Hint:    "give each rule an id of its own",
		})
		r.Watch = nil
	}
}

// judge says why rules were refused.
func (b *docsBuilder) judge(rules []*catalog.Rule) {
	for _, r := range rules {
		if !r.Refused() || b.accept.covers(r.ID, errorCodes(r.Found)) {
			continue
		}
		b.refused = true
		b.found = append(b.found, slices.DeleteFunc(slices.Clone(r.Found), func(d diag.Diagnostic) bool { return d.Severity != diag.Error })...)
	}
}

// oldNames gives the files of a run, and those of the configuration before them,
// the names of their old pages.
type oldNames struct {
	names catalog.OldNames
	given map[string]oldName
}

type oldName struct {
	name  string
	found []diag.Diagnostic
}

func (o *oldNames) of(f *diag.File) oldName {
	if have, ok := o.given[f.Name]; ok {
		return have
	}
	var out oldName
	out.name, out.found = o.names.Name(f)
	o.given[f.Name] = out
	return out
}

// oldNames are the names of the old pages. With paths they are those that the
// rules have among all others.
func (b *docsBuilder) oldNames(ctx context.Context) (*oldNames, error) {
	o := &oldNames{given: map[string]oldName{}}
	if !b.narrowed() {
		return o, nil
	}
	paths, err := b.present(ctx)
	if err != nil || len(paths) == 0 {
		return o, err
	}
	return o, b.eachText(ctx, paths, func(f sigma.LoadedFile) error {
		o.of(f.File)
		return nil
	})
}

// there reports whether the folder has a page of ours already.
func (b *docsBuilder) there() func(path string) bool {
	before := b.to.Before()
	return func(path string) bool {
		_, found := slices.BinarySearchFunc(before, path, strings.Compare)
		return found
	}
}

// bare is what a plan asks of a watch, without the watch itself.
func bare(w watcher.Wanted) watcher.Wanted {
	if w.Body != nil {
		w.Body = &watcher.Object{}
	}
	return w
}
