package mapping

import (
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
)

// Values gives the leaves that a document holds under a path below the mapped
// object, in their order: lists are opened, a key with dots counts as a path,
// nulls are left out.
func (m *Mapping) Values(document any, path string) []any {
	if path == m.root {
		return leaves(nil, document)
	}
	rest, ok := strings.CutPrefix(path, m.root+".")
	if !ok {
		return nil
	}
	return walk(nil, document, rest)
}

func walk(out []any, at any, path string) []any {
	switch v := at.(type) {
	case []any:
		for _, e := range v {
			out = walk(out, e, path)
		}
	case *watcher.Object:
		for i := range v.Members {
			name := strings.TrimRight(v.Members[i].Name, ".")
			if name == path {
				out = flat(out, v.Members[i].Value)
			} else if rest, ok := strings.CutPrefix(path, name+"."); ok {
				out = walk(out, v.Members[i].Value, rest)
			}
		}
	}
	return out
}

// flat opens lists; an object is no leaf and gives nothing.
func flat(out []any, v any) []any {
	switch v := v.(type) {
	case nil, *watcher.Object:
		return out
	case []any:
		for _, e := range v {
			out = flat(out, e)
		}
		return out
	default:
		return append(out, v)
	}
}

func leaves(out []any, v any) []any {
	switch v := v.(type) {
	case *watcher.Object:
		for i := range v.Members {
			out = leaves(out, v.Members[i].Value)
		}
		return out
	case []any:
		for _, e := range v {
			out = leaves(out, e)
		}
		return out
	case nil:
		return out
	default:
		return append(out, v)
	}
}

// Under tells whether a document holds any value at or below a path.
func (m *Mapping) Under(document any, path string) bool {
	if path == m.root {
		return len(leaves(nil, document)) > 0
	}
	rest, ok := strings.CutPrefix(path, m.root+".")
	return ok && under(document, rest)
}

func under(at any, path string) bool {
	switch v := at.(type) {
	case []any:
		for _, e := range v {
			if under(e, path) {
				return true
			}
		}
	case *watcher.Object:
		for i := range v.Members {
			name := v.Members[i].Name
			rest, deeper := strings.CutPrefix(path, name+".")
			switch {
			case (name == path || strings.HasPrefix(name, path+".")) && len(leaves(nil, v.Members[i].Value)) > 0:
				return true
			case deeper && under(v.Members[i].Value, rest):
				return true
			}
		}
	}
	return false
}
