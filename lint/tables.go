package lint

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/sigwatch/sigwatch/sigma"
)

//go:generate go run ./internal/gen -out data

// attackText is © The MITRE Corporation; its head says on which terms.
//
//go:embed data/attack.txt
var attackText string

//go:embed data/logsources.txt
var sourcesText string

// technique is a technique or tactic of ATT&CK. Next is the id that took its
// place, "-" where it was given up without one, and empty where it is in use.
type technique struct{ name, next string }

// attack are the techniques and tactics by the part of a tag behind the dot.
var attack = sync.OnceValue(func() map[string]technique {
	out := map[string]technique{}
	for line := range tableLines(attackText) {
		cells := append(strings.Split(line, "\t"), "", "")
		if old, ok := out[cells[0]]; !ok || old.next != "" {
			out[cells[0]] = technique{cells[1], cells[2]}
		}
	}
	return out
})

// attackRelease is the release of the table.
var attackRelease = sync.OnceValue(func() string {
	_, rest, _ := strings.Cut(attackText, "release ")
	release, _, _ := strings.Cut(rest, ",")
	return release
})

func tableLines(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			if line = strings.TrimSuffix(line, "\n"); line != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}

// sources are the known log sources.
type sources struct {
	list []sigma.LogSource
	// words are the values of each part.
	words map[string]map[string]bool
}

var knownSources = sync.OnceValue(func() *sources {
	s := &sources{words: map[string]map[string]bool{"category": {}, "product": {}, "service": {}}}
	for line := range tableLines(sourcesText) {
		cells := strings.Fields(line)
		for i, name := range []string{"category", "product", "service"} {
			if cells[i] == "-" {
				cells[i] = ""
				continue
			}
			s.words[name][cells[i]] = true
		}
		s.list = append(s.list, sigma.LogSource{Category: cells[0], Product: cells[1], Service: cells[2]})
	}
	return s
})

// has reports whether the log source is known, whole or less exact than a
// known one. A category may name the service that it is read from as well.
func (s *sources) has(l sigma.LogSource) bool {
	if s.includes(l) {
		return true
	}
	category, service := l, l
	category.Service, service.Category = "", ""
	return l.Category != "" && l.Service != "" && s.includes(category) && s.includes(service)
}

func (s *sources) includes(l sigma.LogSource) bool {
	same := func(got, want string) bool { return got == "" || strings.EqualFold(got, want) }
	for _, k := range s.list {
		if same(l.Category, k.Category) && same(l.Product, k.Product) && same(l.Service, k.Service) {
			return true
		}
	}
	return false
}
