package sigma

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sigwatch/sigwatch/diag"
)

// Paths say which files a run is about.
type Paths struct {
	// Rules are files, folders and globs of rules, and of filters among them.
	Rules []string
	// FiltersOnly are more of them, out of which the filters are taken alone: a
	// run that is narrowed to some rules needs the filters of all.
	FiltersOnly []string
}

// Sources are the files of a run, looked through for what is about the rules of
// other files: filters and correlations.
type Sources struct {
	// Filters are all filters, broken ones among them, in the order of their
	// files' names.
	Filters []*Filter

	opt   LoadOptions
	bases baseRules
	// rules are the files of rules; wrong those others whose filters are wrong.
	rules []*candidate
	wrong []LoadedFile
}

// Open finds all files and looks through them for filters and correlations; only
// those in which one may be are parsed for it. The error is that of [Each]. A
// file that cannot be read at all holds no filter as far as anyone knows, and
// Sources.Files has it, one of FiltersOnly as well, and a path of these that is
// missing.
//
// The files' texts are kept until they are loaded, up to 32 MiB.
func Open(ctx context.Context, paths Paths, opt LoadOptions) (*Sources, error) {
	s := &Sources{opt: opt, bases: baseRules{}}
	if err := s.scanRules(ctx, paths.Rules); err != nil {
		return nil, err
	}
	others, err := paths.others(s.rules, opt.Root)
	if err != nil {
		return nil, err
	}
	if err := s.scanOthers(ctx, others); err != nil {
		return nil, err
	}
	slices.SortStableFunc(s.Filters, func(a, b *Filter) int { return strings.Compare(a.Head.File.Name, b.Head.File.Name) })
	return s, nil
}

// noteWrong keeps what is wrong with the filters of a file, and a file that
// cannot be read: it may have held one.
func (s *Sources) noteWrong(f LoadedFile) {
	if f.Unread && len(f.Filters)+len(f.bases) == 0 {
		s.wrong = append(s.wrong, f)
		return
	}
	var found []diag.Diagnostic
	for _, filter := range f.Filters {
		found = append(found, filter.found...)
	}
	if len(found) > 0 {
		diag.Sort(found)
		s.wrong = append(s.wrong, LoadedFile{File: f.File, Parsed: Parsed{Diagnostics: slices.Compact(found)}})
	}
}

// Pending is a file that was found and is to be loaded.
type Pending struct {
	sources *Sources
	file    *candidate
	wrong   *LoadedFile // in the place of file
}

// Files returns the files of rules, sorted by name. Before them come those files
// of FiltersOnly in whose filters something was found.
func (s *Sources) Files() []Pending {
	out := make([]Pending, 0, len(s.wrong)+len(s.rules))
	for i := range s.wrong {
		out = append(out, Pending{wrong: &s.wrong[i]})
	}
	for _, c := range s.rules {
		out = append(out, Pending{sources: s, file: c})
	}
	return out
}

// Load parses the file as [Each] does, applies the filters to its rules, see
// [ApplyFilters], and notes which of them correlations are about. A rule that a
// broken filter may be for is among the rejected.
// Of a file of FiltersOnly it gives what was found in its filters alone. Several
// files may be loaded at once.
func (p Pending) Load() LoadedFile {
	if p.wrong != nil {
		return *p.wrong
	}
	f := p.file.load(p.sources.opt.MaxFileSize)
	f.apply(p.sources.Filters)
	for _, r := range f.Rules {
		r.BaseOf = p.sources.bases.of(r)
	}
	return f
}

// apply applies filters to the file's rules.
func (f *LoadedFile) apply(filters []*Filter) {
	if len(filters) == 0 {
		return
	}
	rules := f.Rules
	f.Rules = nil
	rejected := len(f.Rejected)
	for _, r := range rules {
		filtered, found := ApplyFilters(r, filters)
		if !diag.HasErrors(found) {
			f.Rules = append(f.Rules, filtered)
			continue
		}
		f.Rejected = append(f.Rejected, Rejected{ID: r.ID, Title: r.Title, Name: r.Name, Document: r.Document, Span: r.Span, Rule: r})
		f.Diagnostics = append(f.Diagnostics, found...)
	}
	if len(f.Rejected) > rejected {
		slices.SortStableFunc(f.Rejected, func(a, b Rejected) int { return a.Document - b.Document })
		diag.Sort(f.Diagnostics)
	}
}

// others returns the files that are there for their filters alone.
func (p Paths) others(rules []*candidate, root string) ([]*candidate, error) {
	known := make(map[string]bool, len(rules))
	for _, c := range rules {
		known[c.name] = true
	}
	var out []*candidate
	for _, path := range p.FiltersOnly {
		// The rules come first, so that a file is known by the name that it has
		// among them.
		all, err := locate(append(slices.Clone(p.Rules), path), root, nil)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			all = []*candidate{{name: relative(path, root), path: path, err: err}}
		case err != nil:
			return nil, err
		}
		for _, c := range all {
			if !known[c.name] {
				known[c.name] = true
				out = append(out, c)
			}
		}
	}
	return out, nil
}

// scanRules finds the files of rules, and takes the filters out of each while it
// looks for the others. It keeps their texts.
func (s *Sources) scanRules(ctx context.Context, paths []string) error {
	found, kept := make(chan *candidate, queued), &atomic.Int64{}
	var running sync.WaitGroup
	var lock sync.Mutex
	for range s.opt.workers() {
		running.Go(func() {
			scan := &scanner{limit: s.opt.MaxFileSize, kept: kept}
			for c := range found {
				f := scan.read(c)
				if len(f.Filters)+len(f.bases) == 0 {
					continue
				}
				lock.Lock()
				s.take(f)
				lock.Unlock()
			}
		})
	}
	var err error
	s.rules, err = locate(paths, s.opt.Root, func(c *candidate) {
		if ctx.Err() == nil {
			found <- c
		}
	})
	close(found)
	running.Wait()
	return cmp.Or(err, ctx.Err())
}

// scanOthers takes the filters out of files that hold no rules of this run.
func (s *Sources) scanOthers(ctx context.Context, files []*candidate) error {
	r := run{files: files, workers: s.opt.workers(), reader: func() reading {
		return (&scanner{limit: s.opt.MaxFileSize}).read
	}}
	return r.each(ctx, func(f LoadedFile) error {
		s.take(f)
		s.noteWrong(f)
		return nil
	})
}

// take keeps what a file says about the rules of others.
func (s *Sources) take(f LoadedFile) {
	s.Filters = append(s.Filters, f.Filters...)
	s.bases.add(f.bases)
}

// maxKept is how much text is kept, in bytes.
const maxKept = 32 << 20

// scanner reads files, and parses those in which there may be a filter.
type scanner struct {
	limit  int64
	kept   *atomic.Int64 // nil keeps nothing
	buffer []byte
}

// read returns nothing for a file in which no filter can be, and what is wrong
// with one that cannot be read.
func (s *scanner) read(c *candidate) LoadedFile {
	keep := s.kept != nil && s.kept.Load() < maxKept
	if keep {
		s.buffer = nil
	}
	text, problem := c.read(s.limit, s.buffer)
	if problem.code != "" {
		return unread(c.name, problem)
	}
	if keep {
		c.text = text
		s.kept.Add(int64(len(text)))
	} else {
		s.buffer = text
	}
	if !mayHoldFilter(text) && !mayHoldKey(text, "correlation") {
		return LoadedFile{}
	}
	f := diag.NewFile(c.name, bytes.Clone(text))
	out := LoadedFile{File: f, Parsed: ParseFile(f)}
	if len(out.Filters)+len(out.bases) == 0 {
		return LoadedFile{} // what else is wrong in it is no matter of other files
	}
	return out
}
