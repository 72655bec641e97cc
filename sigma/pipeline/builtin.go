package pipeline

import (
	"embed"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/sigwatch/sigwatch/diag"
)

//go:generate go run ./builtin/internal/gen -out builtin

//go:embed builtin/*.yml
var builtinFiles embed.FS

// Builtin returns the pipeline that comes with sigwatch under that name. Where
// it comes from, and what was mended in it, stands in builtin/README.md.
func Builtin(name string) (*Pipeline, bool) {
	p, ok := builtins()[name]
	return p, ok
}

// BuiltinNames returns the names that Builtin knows, sorted.
func BuiltinNames() []string { return keys(builtins()) }

// builtins reads the embedded files once.
var builtins = sync.OnceValue(func() map[string]*Pipeline {
	out := map[string]*Pipeline{}
	for _, f := range builtinSources() {
		if p, ds := Parse(f); !diag.HasErrors(ds) {
			out[strings.TrimSuffix(path.Base(f.Name), ".yml")] = p
		}
	}
	return out
})

// builtinSources returns the embedded files, sorted by name.
func builtinSources() []*diag.File {
	var out []*diag.File
	entries, _ := builtinFiles.ReadDir("builtin")
	for _, e := range entries {
		text, err := builtinFiles.ReadFile("builtin/" + e.Name())
		if err == nil {
			out = append(out, diag.NewFile("builtin/"+e.Name(), text))
		}
	}
	slices.SortFunc(out, func(a, b *diag.File) int { return strings.Compare(a.Name, b.Name) })
	return out
}
