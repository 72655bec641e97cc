package sigma

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
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

// Sources are the files of a run, looked through for filters.
type Sources struct {
	// Filters are all filters, broken ones among them, in the order of their
	// files' names.
	Filters []*Filter

	opt LoadOptions
	// rules are the files of rules; wrong those others whose filters are wrong.
	rules []candidate
	wrong []LoadedFile
}

// Open finds all files and looks through them for filters; only those in which
// one may be are parsed for it. The error is that of [Each]. A file that cannot
// be read at all holds no filter as far as anyone knows, and Sources.Each reports
// it, one of FiltersOnly as well, and a path of these that is missing.
//
// The files' texts are kept until Sources.Each comes to them, up to 32 MiB.
func Open(ctx context.Context, paths Paths, opt LoadOptions) (*Sources, error) {
	rules, err := locate(paths.Rules, opt.Root)
	if err != nil {
		return nil, err
	}
	s := &Sources{opt: opt, rules: rules}
	if err := s.scan(ctx, rules, &atomic.Int64{}, func(LoadedFile) {}); err != nil {
		return nil, err
	}
	others, err := paths.others(rules, opt.Root)
	if err != nil {
		return nil, err
	}
	if err := s.scan(ctx, others, nil, s.noteWrong); err != nil {
		return nil, err
	}
	slices.SortStableFunc(s.Filters, func(a, b *Filter) int { return strings.Compare(a.Head.File.Name, b.Head.File.Name) })
	return s, nil
}

// noteWrong keeps what is wrong with the filters of a file, and a file that
// cannot be read: it may have held one.
func (s *Sources) noteWrong(f LoadedFile) {
	if f.Unread && len(f.Filters) == 0 {
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

// Each parses all files of rules and hands them to visit as [Each] does, with
// the filters applied: see [ApplyFilters]. A rule that a broken filter may be
// for is among the rejected. Before them come those files of FiltersOnly in
// whose filters something was found, with that alone.
func (s *Sources) Each(ctx context.Context, visit func(LoadedFile) error) error {
	for _, f := range s.wrong {
		if err := visit(f); err != nil {
			return err
		}
	}
	r := run{files: s.rules, workers: s.opt.Workers, reader: func() reading {
		return func(c *candidate) LoadedFile {
			f := c.load(s.opt.MaxFileSize)
			f.apply(s.Filters)
			return f
		}
	}}
	return r.each(ctx, visit)
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
func (p Paths) others(rules []candidate, root string) ([]candidate, error) {
	known := make(map[string]bool, len(rules))
	for _, c := range rules {
		known[c.name] = true
	}
	var out []candidate
	for _, path := range p.FiltersOnly {
		// The rules come first, so that a file is known by the name that it has
		// among them.
		all, err := locate(append(slices.Clone(p.Rules), path), root)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			all = []candidate{{name: relative(path, root), path: path, err: err}}
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

// scan takes the filters out of files. It keeps their texts where it is to
// count them.
func (s *Sources) scan(ctx context.Context, files []candidate, kept *atomic.Int64, visit func(LoadedFile)) error {
	r := run{files: files, workers: s.opt.Workers, reader: func() reading {
		return (&scanner{limit: s.opt.MaxFileSize, kept: kept}).read
	}}
	return r.each(ctx, func(f LoadedFile) error {
		s.Filters = append(s.Filters, f.Filters...)
		visit(f)
		return nil
	})
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
	if !mayHoldFilter(text) {
		return LoadedFile{}
	}
	f := diag.NewFile(c.name, bytes.Clone(text))
	out := LoadedFile{File: f, Parsed: ParseFile(f)}
	if len(out.Filters) == 0 {
		return LoadedFile{} // what else is wrong in it is no matter of filters
	}
	return out
}
