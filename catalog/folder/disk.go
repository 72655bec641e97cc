package folder

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"syscall"
)

// This file reads and writes: all of it by the handle of the folder or of a
// subfolder, which no name and no link leads out of. The handle is kept while
// files of one subfolder follow each other, so that a file costs few calls; a
// subfolder that somebody moves meanwhile takes the pages along.

// leave lets the subfolder go.
func (f *Folder) leave() {
	if f.sub != nil {
		_ = f.sub.Close()
	}
	f.sub, f.subName = nil, ""
}

// enter opens the folder that a file lies in. Where there is none it is nil.
func (f *Folder) enter(name string) (*os.Root, error) {
	dir := path.Dir(name)
	switch {
	case f.root == nil || dir == ".":
		return f.root, nil
	case f.sub != nil && f.subName == dir:
		return f.sub, nil
	}
	info, err := f.root.Stat(local(dir))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.IsDir(): // a pipe would be waited for
		return nil, &fs.PathError{Op: "open", Path: dir, Err: syscall.ENOTDIR}
	}
	sub, err := f.root.OpenRoot(local(dir))
	if err != nil {
		return nil, err
	}
	f.leave()
	f.sub, f.subName = sub, dir
	return sub, nil
}

// prepare is enter for a file that is to be written.
func (f *Folder) prepare(name string) (*os.Root, error) {
	in, err := f.enter(name)
	if in != nil || err != nil {
		return in, err
	}
	if err := f.root.MkdirAll(local(path.Dir(name)), 0o755); err != nil {
		return nil, err
	}
	if in, err = f.enter(name); in == nil && err == nil {
		err = fmt.Errorf("open %s: %w", path.Dir(name), fs.ErrNotExist)
	}
	return in, err
}

// stat looks at a file, not at what it may link to. It is nil where there is
// nothing.
func (f *Folder) stat(name string) (*os.Root, fs.FileInfo, error) {
	in, err := f.enter(name)
	if in == nil {
		return nil, nil, err
	}
	info, err := in.Lstat(path.Base(name))
	if errors.Is(err, fs.ErrNotExist) {
		return in, nil, nil
	}
	return in, info, err
}

// read reads a regular file; ok is false where there is nothing at all.
func (f *Folder) read(name string, limit int64) (text []byte, ok bool, err error) {
	in, info, err := f.stat(name)
	switch {
	case err != nil || info == nil:
		return nil, false, err
	case !info.Mode().IsRegular() || info.Size() > limit:
		return nil, true, nil
	}
	text, err = in.ReadFile(path.Base(name))
	return text, true, err
}

// isText reports whether a file is a regular one with that text.
func isText(in *os.Root, info fs.FileInfo, text []byte) (bool, error) {
	if !info.Mode().IsRegular() || info.Size() != int64(len(text)) {
		return false, nil
	}
	have, err := in.ReadFile(info.Name())
	return bytes.Equal(have, text), err
}

// temporary is the name of a file that is being written. The folder belongs to
// one run at a time.
const temporary = ".sigwatch-docs.tmp"

// write writes a file beside its place and moves it there. One that was there
// hands its mode on.
func (f *Folder) write(name string, text []byte, old fs.FileInfo) error {
	if f.options.Dry {
		return nil
	}
	in, err := f.prepare(name)
	if err != nil {
		return err
	}
	file, err := create(in)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil && old != nil && old.Mode().IsRegular() && old.Mode().Perm() != fileMode {
		err = file.Chmod(old.Mode().Perm())
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = in.Rename(temporary, path.Base(name))
	}
	if err != nil {
		_ = in.Remove(temporary)
	}
	return err
}

// fileMode is the mode of new files, before what the user masks.
const fileMode = 0o644

// create begins a file. What a killed run left there is taken away.
func create(in *os.Root) (*os.File, error) {
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	file, err := in.OpenFile(temporary, flags, fileMode)
	if !errors.Is(err, fs.ErrExist) {
		return file, err
	}
	if info, left := in.Lstat(temporary); left != nil || info.IsDir() {
		return nil, err
	}
	if err := in.Remove(temporary); err != nil {
		return nil, err
	}
	return in.OpenFile(temporary, flags, fileMode)
}
