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
// folders. Entries of folders that begin with a dot are left out. Symbolic
// links are followed; a folder or file that was seen under another name is not
// taken again.
//
// A file that cannot be read, or is too large, is handed over with a
// diagnostic, and Unread set. The error is visit's, the context's, or says
// which path does not exist or matches nothing; it is then an fs.ErrNotExist,
// and nothing was visited. At most a few files for each worker are in memory.
func Each(ctx context.Context, paths []string, opt LoadOptions, visit func(LoadedFile) error) error {
	found, err := locate(paths, opt.Root)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	queue := startWorkers(ctx, found, opt)
	for job := range queue {
		select {
		case f := <-job.done:
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
	candidate
	done chan LoadedFile
}

// startWorkers reads the files in the background. The jobs come out in order,
// each before or after its file was read.
func startWorkers(ctx context.Context, found []candidate, opt LoadOptions) <-chan job {
	workers := opt.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	queue, work := make(chan job, 2*workers), make(chan job)
	go func() {
		defer close(queue)
		defer close(work)
		for _, c := range found {
			j := job{candidate: c, done: make(chan LoadedFile, 1)}
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
	for range workers {
		running.Go(func() {
			for j := range work {
				j.done <- j.load(opt.MaxFileSize)
			}
		})
	}
	return queue
}

// load reads and parses a file.
func (c candidate) load(limit int64) LoadedFile {
	if limit <= 0 {
		limit = DefaultMaxFileSize
	}
	text, problem := c.read(limit)
	f := diag.NewFile(c.name, text)
	if problem.code == "" {
		return LoadedFile{File: f, Parsed: ParseFile(f)}
	}
	return LoadedFile{File: f, Parsed: Parsed{Unread: true, Diagnostics: []diag.Diagnostic{{
		Span: f.Whole(), Severity: diag.Error, Code: problem.code, Message: problem.message, Hint: problem.hint,
	}}}}
}

func (c candidate) read(limit int64) (text []byte, problem fault) {
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
	text, err = readUpTo(f, make([]byte, 0, info.Size()+1), limit+1)
	switch {
	case err != nil:
		return nil, unreadableFile(err)
	case int64(len(text)) > limit:
		return nil, tooLarge(limit)
	}
	return text, fault{}
}

// check looks before a file is opened: a named pipe would wait for ever.
func (c candidate) check() fault {
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
