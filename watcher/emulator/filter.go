package emulator

import (
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
)

// filterPath keeps what the patterns of filter_path name and drops what those
// with a minus in front do.
func filterPath(tree any, patterns string) any {
	var keep, drop [][]string
	for p := range strings.SplitSeq(patterns, ",") {
		p = strings.TrimSpace(p)
		if rest, ok := strings.CutPrefix(p, "-"); ok {
			drop = append(drop, strings.Split(rest, "."))
		} else if p != "" {
			keep = append(keep, strings.Split(p, "."))
		}
	}
	if len(keep) > 0 {
		kept, ok := filterKeep(tree, keep)
		if !ok {
			kept = &watcher.Object{}
		}
		tree = kept
	}
	if len(drop) > 0 {
		tree = filterDrop(tree, drop)
	}
	return tree
}

func filterKeep(v any, patterns [][]string) (any, bool) {
	switch v := v.(type) {
	case *watcher.Object:
		out := &watcher.Object{}
		for _, m := range v.Members {
			rest, whole := advance(patterns, m.Name)
			if whole {
				out.Members = append(out.Members, m)
			} else if kept, ok := filterKeep(m.Value, rest); ok {
				out.Members = append(out.Members, watcher.Member{Name: m.Name, Value: kept})
			}
		}
		return out, len(out.Members) > 0
	case []any:
		var out []any
		for _, item := range v {
			if kept, ok := filterKeep(item, patterns); ok {
				out = append(out, kept)
			}
		}
		return out, len(out) > 0
	default:
		return nil, false
	}
}

func filterDrop(v any, patterns [][]string) any {
	switch v := v.(type) {
	case *watcher.Object:
		out := &watcher.Object{}
		for _, m := range v.Members {
			rest, whole := advance(patterns, m.Name)
			if !whole {
				out.Members = append(out.Members, watcher.Member{Name: m.Name, Value: filterDrop(m.Value, rest)})
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = filterDrop(item, patterns)
		}
		return out
	default:
		return v
	}
}

// advance goes one name down: what is left of the patterns, and whether one of
// them ends here. "**" stands for any number of names.
func advance(patterns [][]string, name string) (rest [][]string, whole bool) {
	for _, p := range patterns {
		if len(p) == 0 {
			continue
		}
		if p[0] == "**" {
			rest = append(rest, p)
			if len(p) == 1 {
				return nil, true
			}
			p = p[1:]
		}
		if !starMatch(p[0], name) {
			continue
		}
		if len(p) == 1 {
			return nil, true
		}
		rest = append(rest, p[1:])
	}
	return rest, false
}

// starMatch tells whether a name fits a pattern in which * stands for any text.
func starMatch(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, parts[0])
	if !ok {
		return false
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		if _, name, ok = strings.Cut(name, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(name, parts[last])
}
