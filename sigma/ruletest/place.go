package ruletest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/match"
)

// maxEvents is the size of the largest file of events that is read, in bytes.
const maxEvents = 32 << 20

// place is where the names in a file of tests lead from. Tests come with a pull
// request like rules do, and what they read may end up in a log: no name leads
// out of the project, by dots or by symbolic links.
type place struct {
	path string // of the file of tests
	root string
}

// read reads a file that the tests name.
func (p place) read(name string, limit int64) ([]byte, error) {
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return nil, errors.New("the path is absolute")
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(p.path))
	if err != nil {
		return nil, cause(err)
	}
	if filepath.IsLocal(name) {
		return readBelow(dir, name, limit)
	}
	root, err := filepath.EvalSymlinks(p.root)
	if err != nil {
		return nil, cause(err)
	}
	local, err := below(root, filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	return readBelow(root, local, limit)
}

// below returns the path as seen from a folder that it lies in.
func below(root, path string) (string, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", err
	}
	local, err := filepath.Rel(root, path)
	if err != nil || !filepath.IsLocal(local) {
		return "", errors.New("the path leads out of the project")
	}
	return local, nil
}

func readBelow(dir, name string, limit int64) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, cause(err)
	}
	defer func() { _ = root.Close() }()
	// A named pipe would wait for ever.
	switch info, err := root.Stat(name); {
	case err != nil:
		return nil, cause(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no regular file")
	case info.Size() > limit:
		return nil, tooLarge(limit)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, cause(err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = tooLarge(limit)
	}
	return data, cause(err)
}

func tooLarge(limit int64) error { return fmt.Errorf("it is larger than %d MiB", limit>>20) }

// cause is the error without the path, which is said beside it.
func cause(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	return err
}

// Load reads the tests of a file that was found beside rules. Root is the
// folder that names in it may not lead out of.
func Load(found sigma.TestFile, root string) *Suite {
	f, err := readSuite(found)
	if err != nil {
		r := reader{file: f}
		r.report(f.Whole(), "ruletest/unreadable", "check that it exists and may be read", "the tests cannot be read: %v", err)
		return &Suite{File: f, Diagnostics: r.ds}
	}
	return Parse(f, Origin{Path: found.Path, Root: root})
}

// events returns the events of a case.
func (c *Case) events() ([]match.Event, error) {
	var out []match.Event
	for _, s := range c.sources {
		events, err := c.from.events(s)
		if err != nil {
			return nil, err
		}
		out = append(out, events...)
	}
	return out, nil
}

func (p place) events(s source) ([]match.Event, error) {
	data, name := s.json, "the event in line "+fmt.Sprint(s.span.Position().Line)
	if s.file != "" {
		name = s.file
		var err error
		if data, err = p.read(s.file, maxEvents); err != nil {
			return nil, fmt.Errorf("%s cannot be read: %w", s.file, err)
		}
	}
	events, err := match.ParseEvents(data)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(events) == 0:
		return nil, fmt.Errorf("%s holds no event", name)
	}
	return events, nil
}

func readSuite(found sigma.TestFile) (*diag.File, error) {
	data, err := readFile(found.Path, sigma.DefaultMaxFileSize)
	return diag.NewFile(found.Name, data), err
}

// readFile reads a file wherever it lies.
func readFile(path string, limit int64) ([]byte, error) {
	// The folder's own links are followed: only the names in a file may not
	// lead elsewhere.
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, cause(err)
	}
	return readBelow(filepath.Dir(real), filepath.Base(real), limit)
}
