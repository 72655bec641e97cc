package sigma

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/sigwatch/sigwatch/diag"
)

// LoadOptions say how files are found and read.
type LoadOptions struct {
	// Root is the folder that the names of files are relative to. Empty leaves
	// them as the paths give them.
	Root string
	// Workers is how many files are read at once; zero means GOMAXPROCS.
	Workers int
	// MaxFileSize is the size of the largest file that is read, in bytes; zero
	// means DefaultMaxFileSize.
	MaxFileSize int64
}

// workers is how many files are read at once.
func (o LoadOptions) workers() int {
	if o.Workers <= 0 {
		return runtime.GOMAXPROCS(0)
	}
	return o.Workers
}

// queued is how many files may wait: for a worker, or for a large one before
// them, while the other workers go on.
const queued = 32

// DefaultMaxFileSize is one MiB. The largest rule of SigmaHQ has 295 kB.
const DefaultMaxFileSize = 1 << 20

// Set is what was loaded.
type Set struct {
	// Files are sorted by name.
	Files []LoadedFile
}

// LoadedFile is a file with what it holds.
type LoadedFile struct {
	// File is never nil; its text is empty where it could not be read.
	File *diag.File
	Parsed
}

// IDLines returns the ids that stand in lines of the file that begin with the
// key id, whether or not the file can be read as YAML. They are in the form of
// a Rule's id. It is for a file with Unread set: what was deployed for these
// rules must be held.
func (f LoadedFile) IDLines() []string {
	var out []string
	for line := range strings.Lines(string(f.File.Text)) {
		if id, ok := uuid(lineValue(strings.TrimLeft(line, " \t-{"), "id")); ok && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// Load reads all files that the paths name: see [Each]. It keeps them in
// memory.
func Load(ctx context.Context, paths []string, opt LoadOptions) (*Set, error) {
	set := &Set{}
	err := Each(ctx, paths, opt, func(f LoadedFile) error {
		set.Files = append(set.Files, f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return set, nil
}

// Each reads all files that the paths name and hands them to visit, sorted by
// name and one at a time. A path is a file, a folder, whose *.yml and *.yaml
// files are taken at any depth, or a glob, in which ** stands for any number of
// folders. Entries of folders that begin with a dot are left out, and so are
// the files that [TestFiles] returns. Symbolic links are followed; a folder or
// file that was seen under another name is not taken again.
//
// A file that cannot be read, or is too large, is handed over with a
// diagnostic, and Unread set. The error is visit's, the context's, or says
// which path does not exist or matches nothing; it is then an fs.ErrNotExist,
// and nothing was visited. At most a few dozen files are in memory.
func Each(ctx context.Context, paths []string, opt LoadOptions, visit func(LoadedFile) error) error {
	found, err := locate(paths, opt.Root, nil)
	if err != nil {
		return err
	}
	return parsing(found, opt).each(ctx, visit)
}

// EachText is [Each] for those who need the files' texts alone: no file is
// parsed.
func EachText(ctx context.Context, paths []string, opt LoadOptions, visit func(LoadedFile) error) error {
	found, err := locate(paths, opt.Root, nil)
	if err != nil {
		return err
	}
	return run{files: found, workers: opt.workers(), reader: func() reading {
		return func(c *candidate) LoadedFile { return c.unparsed(opt.MaxFileSize) }
	}}.each(ctx, visit)
}

// parsing is the run that parses files.
func parsing(files []*candidate, opt LoadOptions) run {
	return run{files: files, workers: opt.workers(), reader: func() reading {
		return func(c *candidate) LoadedFile { return c.load(opt.MaxFileSize) }
	}}
}

// reading reads one file; it is used by one worker.
type reading func(*candidate) LoadedFile

// run reads files with several workers and hands them over in order.
type run struct {
	files   []*candidate
	workers int
	// reader makes what each worker reads with.
	reader func() reading
}

func (r run) each(ctx context.Context, visit func(LoadedFile) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for job := range r.start(ctx) {
		select {
		case f := <-job.done:
			// Many files may be done already when the context ends.
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err := visit(f); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return ctx.Err()
}

// job is a file to read.
type job struct {
	file *candidate
	done chan LoadedFile
}

// start reads the files in the background. The jobs come out in order, each
// before or after its file was read.
func (r run) start(ctx context.Context) <-chan job {
	queue, work := make(chan job, queued), make(chan job, queued)
	go func() {
		defer close(queue)
		defer close(work)
		for _, file := range r.files {
			j := job{file: file, done: make(chan LoadedFile, 1)}
			for _, to := range []chan<- job{queue, work} {
				select {
				case to <- j:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	var running sync.WaitGroup
	for range r.workers {
		running.Go(func() {
			read := r.reader()
			for j := range work {
				j.done <- read(j.file)
			}
		})
	}
	return queue
}

// load reads and parses a file.
func (c *candidate) load(limit int64) LoadedFile {
	f := c.unparsed(limit)
	if !f.Unread {
		f.Parsed = ParseFile(f.File)
	}
	return f
}

// unparsed reads a file.
func (c *candidate) unparsed(limit int64) LoadedFile {
	text, problem := c.text, fault{}
	if c.text = nil; text == nil {
		text, problem = c.read(limit, nil)
	}
	if problem.code != "" {
		return unread(c.name, problem)
	}
	return LoadedFile{File: diag.NewFile(c.name, text)}
}

// unread is a file that cannot be read.
func unread(name string, problem fault) LoadedFile {
	f := diag.NewFile(name, nil)
	return LoadedFile{File: f, Parsed: Parsed{Unread: true, Diagnostics: []diag.Diagnostic{{
		Span: f.Whole(), Severity: diag.Error, Code: problem.code, Message: problem.message, Hint: problem.hint,
	}}}}
}

// read returns the file's text, in the buffer where it is large enough.
func (c *candidate) read(limit int64, buffer []byte) (text []byte, problem fault) {
	if limit <= 0 {
		limit = DefaultMaxFileSize
	}
	if !c.regular {
		if problem := c.check(); problem.code != "" {
			return nil, problem
		}
	}
	f, err := os.Open(c.path)
	if err != nil {
		return nil, unreadableFile(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, unreadableFile(err)
	case info.Size() > limit:
		return nil, tooLarge(limit)
	}
	if int64(cap(buffer)) <= info.Size() {
		buffer = make([]byte, 0, info.Size()+1)
	}
	text, err = readUpTo(f, buffer[:0], limit+1)
	switch {
	case err != nil:
		return nil, unreadableFile(err)
	case int64(len(text)) > limit:
		return nil, tooLarge(limit)
	}
	return text, fault{}
}

// check looks before a file is opened: a named pipe would wait for ever.
func (c *candidate) check() fault {
	if c.err != nil {
		return unreadableFile(c.err)
	}
	info, err := os.Stat(c.path)
	switch {
	case err != nil:
		return unreadableFile(err)
	case !info.Mode().IsRegular():
		return fault{"sigma/unreadable", "this is no regular file", "remove it from the folder"}
	}
	return fault{}
}

// readUpTo reads into buffer, which is large enough unless the file grows.
func readUpTo(r io.Reader, buffer []byte, limit int64) ([]byte, error) {
	r = io.LimitReader(r, limit)
	for {
		n, err := r.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		switch {
		case errors.Is(err, io.EOF):
			return buffer, nil
		case err != nil:
			return nil, err
		case len(buffer) == cap(buffer):
			buffer = append(buffer, 0)[:len(buffer)]
		}
	}
}

func tooLarge(limit int64) fault {
	return fault{"sigma/file-too-large", fmt.Sprintf("the file is larger than %d bytes", limit), "split it into several rules"}
}

// unreadableFile says why, without the path, which stands before it.
func unreadableFile(err error) fault {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		err = at.Err
	}
	return fault{"sigma/unreadable", "the file cannot be read: " + err.Error(), "check that it exists and may be read"}
}

// relative returns the name of a file as it is shown.
func relative(path, root string) string {
	if root != "" {
		if abs, err := filepath.Abs(path); err == nil {
			if base, err := filepath.Abs(root); err == nil {
				if rel, err := filepath.Rel(base, abs); err == nil {
					path = rel
				}
			}
		}
	}
	return filepath.ToSlash(filepath.Clean(path))
}
