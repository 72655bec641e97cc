// Package folder keeps the files of an output folder in step with those that
// are wanted. It writes only what differs, each file at once or not at all, and
// removes only files that it wrote itself and nobody changed since: a manifest
// in the folder says which. It never reads or writes outside the folder,
// whatever names and links stand there.
//
// It does not know what the files are about.
package folder

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// ManifestName is the name of the file that says which files are ours.
const ManifestName = ".sigwatch-docs.json"

// schema is the form of the manifest.
const schema = "sigwatch/docs-manifest/v1"

// maxManifest is the size of the largest manifest that is read, in bytes.
const maxManifest = 64 << 20

// Action is what happens to a file.
type Action string

// The actions.
const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
	// Foreign is a file that is wanted and there, with another text, and was
	// not written by us: it is left.
	Foreign Action = "foreign"
	// Changed is a file that is not wanted any more, and was changed by hand
	// since we wrote it: it is left.
	Changed Action = "changed"
	// Left is a file of ours that this run knows nothing of.
	Left Action = "left"
)

// Change is what happens, or would happen, to one file.
type Change struct {
	Path   string `json:"path"`
	Action Action `json:"action"`
}

// Options say what may be done.
type Options struct {
	// Dry finds out and writes nothing.
	Dry bool
	// Overwrite takes files over that others wrote.
	Overwrite bool
}

// Folder is an output folder. It is not safe for use by several goroutines.
type Folder struct {
	options Options
	root    *os.Root // nil where there is no folder yet and none is made
	// sub is the subfolder that was used last, subName its name: files come
	// folder by folder.
	sub     *os.Root
	subName string
	before  manifest
	// folded finds the files of before by their folded names, once asked for.
	folded map[string][]string
	wanted map[string]string
	// Changes are what happened so far, in order; Unchanged is how many files
	// were right already.
	Changes   []Change
	Unchanged int
}

// manifest says which files are ours, each with the hash of its text.
type manifest struct {
	Schema string            `json:"schema"`
	Label  string            `json:"layout"`
	Files  map[string]string `json:"files"`
}

// Open opens a folder; it is made unless the run is dry.
func Open(dir string, o Options) (*Folder, error) {
	f := &Folder{options: o, wanted: map[string]string{}, before: manifest{Files: map[string]string{}}}
	if !o.Dry {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	root, err := os.OpenRoot(dir)
	if o.Dry && errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	f.root = root
	if err := f.readManifest(); err != nil {
		_ = root.Close()
		return nil, err
	}
	return f, nil
}

// Close lets the folder go.
func (f *Folder) Close() error {
	f.leave()
	if f.root == nil {
		return nil
	}
	return f.root.Close()
}

// Label is what the last run called the whole; empty where there was none.
func (f *Folder) Label() string { return f.before.Label }

// Before returns the files of ours that were there before, sorted.
func (f *Folder) Before() []string { return slices.Sorted(maps.Keys(f.before.Files)) }

func (f *Folder) readManifest() error {
	text, ok, err := f.read(ManifestName, maxManifest)
	if err != nil || !ok {
		return err
	}
	if err := json.Unmarshal(text, &f.before); err != nil || f.before.Schema != schema {
		return fmt.Errorf("%s is no manifest of this program", ManifestName)
	}
	if f.before.Files == nil {
		f.before.Files = map[string]string{}
	}
	return nil
}

func local(name string) string { return filepath.FromSlash(name) }

// fits reports whether a name stays in the folder and is no name of our own.
func fits(name string) bool {
	return name != "." && name == path.Clean(name) && filepath.IsLocal(local(name)) && !strings.ContainsAny(name, "\\\x00") &&
		!strings.EqualFold(name, ManifestName) && !strings.EqualFold(path.Base(name), temporary)
}

// maxFile is the size of the largest file that is removed, in bytes.
const maxFile = 256 << 20

// Put makes a file have that text.
func (f *Folder) Put(name string, text []byte) error {
	if !fits(name) {
		return fmt.Errorf("%q is no name for a file in the folder", name)
	}
	if _, twice := f.wanted[name]; twice {
		return fmt.Errorf("%q was written already", name)
	}
	in, info, err := f.stat(name)
	if err != nil {
		return err
	}
	action := Create
	if info != nil {
		same, err := isText(in, info, text)
		switch {
		case err != nil:
			return err
		case same:
			f.wanted[name] = f.hash(text)
			f.Unchanged++
			return nil
		case !info.Mode().IsRegular(), !f.ours(name, info) && !f.options.Overwrite:
			f.change(name, Foreign)
			return nil
		}
		action = Update
	}
	if err := f.write(name, text, info); err != nil {
		return err
	}
	f.change(name, action)
	f.wanted[name] = f.hash(text)
	return nil
}

// Keep leaves a file as it is if it is there, and is Put otherwise.
func (f *Folder) Keep(name string, text []byte) error {
	if sum, ours := f.before.Files[name]; ours && fits(name) {
		if _, info, err := f.stat(name); err != nil || info != nil {
			f.wanted[name] = sum
			return err
		}
	}
	return f.Put(name, text)
}

func (f *Folder) change(name string, a Action) { f.Changes = append(f.Changes, Change{name, a}) }

func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// hash is what the manifest says of a text. A dry run writes none.
func (f *Folder) hash(text []byte) string {
	if f.options.Dry {
		return ""
	}
	return hash(text)
}

// Others are the files of ours that are not wanted so far, sorted.
func (f *Folder) Others() []string {
	var out []string
	for name := range f.before.Files {
		if _, wanted := f.wanted[name]; !wanted {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Finish deals with the files of ours that are not wanted any more, and writes
// the manifest. Where all is true everything that is wanted was put, and they
// are removed; else they are left, and stay ours.
func (f *Folder) Finish(label string, all bool) error {
	for _, name := range f.Others() {
		if !all {
			f.wanted[name] = f.before.Files[name]
			f.change(name, Left)
		}
	}
	if err := f.removeOthers(); err != nil || f.options.Dry {
		return err
	}
	text, err := json.MarshalIndent(manifest{schema, label, f.wanted}, "", " ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	in, info, err := f.stat(ManifestName)
	if err != nil {
		return err
	}
	if info != nil {
		if same, err := isText(in, info, text); same || err != nil {
			return err
		}
	}
	return f.write(ManifestName, text, info)
}

// Stale reports whether the folder is not as it should be: whether a file was,
// or in a dry run would be, written or removed, or could not be.
func (f *Folder) Stale() bool {
	return slices.ContainsFunc(f.Changes, func(c Change) bool { return c.Action != Changed && c.Action != Left })
}
