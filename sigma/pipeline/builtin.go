package pipeline

import (
	"embed"
	"fmt"
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
// "zeek_raw", its name elsewhere, stands for "zeek" too.
func Builtin(name string) (*Pipeline, bool) {
	if name == "zeek_raw" {
		name = "zeek"
	}
	parsed, ok := builtins()[name]
	if !ok {
		return nil, false
	}
	return parsed(), true
}

// BuiltinNames returns the names of the built-in pipelines, sorted.
func BuiltinNames() []string { return keys(builtins()) }

// builtins reads each of the embedded files once, when it is asked for: one
// takes as long as the rest of a small run.
var builtins = sync.OnceValue(func() map[string]func() *Pipeline {
	out := map[string]func() *Pipeline{}
	for _, f := range builtinSources() {
		name := strings.TrimSuffix(path.Base(f.Name), ".yml")
		out[name] = sync.OnceValue(func() *Pipeline {
			p, ds := Parse(f)
			if p == nil {
				panic(fmt.Sprintf("pipeline: %s cannot be read: %v", f.Name, ds))
			}
			p.order = name
			return p
		})
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
