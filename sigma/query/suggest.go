package query

import (
	"maps"
	"slices"
	"strings"
)

// suggester finds the pinned name that was meant by one that is not.
type suggester struct {
	same map[string]string   // by all letters and digits, in small letters
	tail map[string][]string // by the last part of the name
	head map[string][]string // by all parts but the last
}

func newSuggester(fields map[string]Field) *suggester {
	s := &suggester{same: map[string]string{}, tail: map[string][]string{}, head: map[string][]string{}}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		head, tail := cutLast(name)
		if _, known := s.same[squeezed(name)]; !known {
			s.same[squeezed(name)] = name
		}
		s.tail[squeezed(tail)] = append(s.tail[squeezed(tail)], name)
		s.head[strings.ToLower(head)] = append(s.head[strings.ToLower(head)], name)
	}
	return s
}

// squeezed is a name by which spellings that mean the same are the same:
// process.command_line, Process.CommandLine.
func squeezed(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("._- ", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

func cutLast(name string) (head, tail string) {
	i := strings.LastIndexByte(name, '.')
	return name[:max(i, 0)], name[i+1:]
}

// mostSuggested is the most names of one hint.
const mostSuggested = 3

// names returns what could have been meant, the likeliest first: another
// spelling, a slip in the last part or before it, the name with its prefix.
func (s *suggester) names(wrong string) []string {
	if name, ok := s.same[squeezed(wrong)]; ok {
		return []string{name}
	}
	head, tail := cutLast(wrong)
	alike := s.tail[squeezed(tail)]
	for _, names := range [][]string{s.head[strings.ToLower(head)], alike} {
		for _, name := range names {
			if slip(strings.ToLower(name), strings.ToLower(wrong)) {
				return []string{name}
			}
		}
	}
	exact := slices.DeleteFunc(slices.Clone(alike), func(name string) bool { return !strings.HasSuffix(name, "."+tail) })
	if len(exact) > 0 {
		alike = exact
	}
	if head != "" && len(alike) > mostSuggested {
		return nil // a tail such as "name" says nothing
	}
	return alike[:min(len(alike), mostSuggested)]
}

// slip reports whether two names differ by one letter that is missing, one too
// many or another one, or by two neighbours that were swapped.
func slip(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	switch {
	case len(a) == len(b)+1:
		return a[i+1:] == b[i:]
	case len(a) != len(b) || i == len(a):
		return false
	case a[i+1:] == b[i+1:]:
		return true
	default:
		return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	}
}
