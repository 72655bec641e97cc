package pipeline

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sigwatch/sigwatch/diag/yamlnode"
)

// jqPath is a path through JSON data in jq's words: .a, ."a b", .["a"], .[0],
// .[] and steps after one another, with | between them or not. It is all of jq
// that is here: its functions can run for ever.
type jqPath []jqStep

// jqStep takes one step: into a mapping by key, into a list by number, or to
// each of the members.
type jqStep struct {
	key      string
	index    int
	each, at bool
}

var jqToken = regexp.MustCompile(`^(?:\.?\[\s*(?:(-?\d{1,9})|("(?:[^"\\]|\\.)*")|)\s*\]|\.([A-Za-z_][A-Za-z_0-9]*)|\.("(?:[^"\\]|\\.)*"))\??`)

// jq reads an optional path.
func (p *params) jq(key string) jqPath {
	n, ok := p.take(key)
	if !ok || yamlnode.IsNull(n) {
		return nil
	}
	text, ok := p.scalar(n, key)
	if !ok {
		return nil
	}
	out, ok := parseJQ(text)
	if !ok {
		p.r.errorf(p.r.span(n), "pipeline/wrong-value", "write a path, such as .items[].name",
			"%q is more of jq than can be read here", text)
	}
	return out
}

func parseJQ(text string) (jqPath, bool) {
	out := jqPath{}
	for pipe := range strings.SplitSeq(text, "|") {
		if pipe = strings.TrimSpace(pipe); pipe == "." {
			continue
		}
		if pipe == "" {
			return out, false
		}
		for pipe != "" {
			m := jqToken.FindStringSubmatch(pipe)
			if m == nil || len(out) >= maxDepth {
				return out, false
			}
			step, ok := jqStepOf(m)
			if !ok {
				return out, false
			}
			out, pipe = append(out, step), pipe[len(m[0]):]
		}
	}
	return out, true
}

func jqStepOf(m []string) (jqStep, bool) {
	quoted := m[2] + m[4]
	switch {
	case m[1] != "":
		i, err := strconv.Atoi(m[1])
		return jqStep{index: i, at: true}, err == nil
	case quoted != "":
		key, err := strconv.Unquote(quoted)
		return jqStep{key: key}, err == nil
	case m[3] != "":
		return jqStep{key: m[3]}, true
	default:
		return jqStep{each: true}, true
	}
}

// find returns what the path leads to, members of mappings in the order of
// their keys.
func (p jqPath) find(data any) ([]any, error) {
	found := []any{data}
	for i, step := range p {
		var next []any
		for _, d := range found {
			more, err := step.take(d)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p[:i+1], err)
			}
			next = append(next, more...)
		}
		found = next
	}
	return found, nil
}

func (s jqStep) take(data any) ([]any, error) {
	switch data := data.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		if s.each {
			var out []any
			for _, key := range slices.Sorted(maps.Keys(data)) {
				out = append(out, data[key])
			}
			return out, nil
		}
		if !s.at {
			return []any{data[s.key]}, nil
		}
		return nil, fmt.Errorf("a mapping has no number %d", s.index)
	case []any:
		return s.inList(data)
	default:
		return nil, fmt.Errorf("there is nothing inside of a single value")
	}
}

func (s jqStep) inList(data []any) ([]any, error) {
	switch {
	case s.each:
		return data, nil
	case !s.at:
		return nil, fmt.Errorf("a list has no key %q: write [] to go through it", s.key)
	}
	i := s.index
	if i < 0 {
		i += len(data)
	}
	if i < 0 || i >= len(data) {
		return nil, nil
	}
	return data[i : i+1], nil
}

// String returns the path in one spelling.
func (p jqPath) String() string {
	var b strings.Builder
	for _, s := range p {
		switch {
		case s.each:
			b.WriteString("[]")
		case s.at:
			fmt.Fprintf(&b, "[%d]", s.index)
		default:
			fmt.Fprintf(&b, ".%s", s.key)
		}
	}
	if b.Len() == 0 {
		return "."
	}
	return b.String()
}
