package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
)

// maxOther bounds a value file or template. pySigma takes as much.
const maxOther = 10 << 20

// other reads a file that the pipeline names at n. What keeps it from being
// read is reported there.
func (r *reader) other(n *yaml.Node, name string) (*diag.File, bool) {
	text, err := r.from.read(name)
	if err != nil {
		r.errorf(r.span(n), "pipeline/other-file", fileHint(err), "the file %q cannot be read: %s", name, fileFault(err))
		return nil, false
	}
	r.read = append(r.read, text)
	return diag.NewFile(path.Join(path.Dir(r.file.Name), name), bytes.TrimPrefix(text, []byte("\ufeff"))), true
}

var (
	errNoFolder = errors.New("no other files can be read here")
	errOutside  = errors.New("it lies outside of the project")
	errKind     = errors.New("it is no file")
	errLarge    = fmt.Errorf("it is larger than %d MiB", maxOther>>20)
	errNotUTF8  = errors.New("it is not UTF-8")
)

// read returns the text of a file, seen from the folder of the pipeline.
func (d Folder) read(name string) ([]byte, error) {
	switch full := path.Join(d.Dir, name); {
	case d.Files == nil:
		return nil, errNoFolder
	case path.IsAbs(name) || strings.ContainsAny(name, `\:`) || !fs.ValidPath(full):
		return nil, errOutside
	default:
		return readBounded(d.Files, full)
	}
}

// readBounded asks what a thing is before it opens it: opening a pipe waits
// for the other end.
func readBounded(files fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(files, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errKind
	case info.Size() > maxOther:
		return nil, errLarge
	}
	text, err := fs.ReadFile(files, name)
	switch {
	case err != nil:
		return nil, err
	case len(text) > maxOther:
		return nil, errLarge
	case !utf8.Valid(text):
		return nil, errNotUTF8
	}
	return text, nil
}

// fileFault leaves out the path, which the machine would have another one of.
func fileFault(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "there is no such file"
	}
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err.Error()
	}
	return err.Error()
}

func fileHint(err error) string {
	switch {
	case errors.Is(err, errNoFolder):
		return "name the pipeline as a file"
	case errors.Is(err, errNotUTF8):
		return "save it as UTF-8"
	case errors.Is(err, errLarge):
		return "split it"
	default:
		return "paths are relative to the pipeline's folder, and stay inside of the project"
	}
}
