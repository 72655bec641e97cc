package lint

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// fact is what the comparison of all rules needs of one.
type fact struct {
	id, title     string
	idAt, titleAt diag.Span
	meaning       [16]byte
	hasMeaning    bool
	number        int // of the document in its file
	retired       bool
	replaces      []string // ids of rules that this one stands for
}

func factOf(r *sigma.Rule, tree query.Tree) fact {
	f := fact{
		id: r.ID, title: strings.ToLower(strings.Join(strings.Fields(r.Title), " ")),
		idAt: r.IDSpan, titleAt: titlePlace(r), number: r.Document,
		retired: r.Status == "deprecated" || r.Status == "unsupported",
	}
	for _, related := range r.Related {
		switch related.Type {
		case "obsolete", "merged", "renamed":
			f.replaces = append(f.replaces, related.ID)
		}
	}
	if tree.Root == nil {
		return f
	}
	f.hasMeaning = true
	l := r.LogSource
	text := strings.ToLower(l.Category+"\x00"+l.Product+"\x00"+l.Service) + "\x00" + meaning(tree.Root)
	sum := sha256.Sum256([]byte(text))
	f.meaning = [16]byte(sum[:16])
	return f
}

// same: the order of what stands beside each other, what stands twice, and the
// case of texts.
func meaning(n query.Node) string {
	switch n := n.(type) {
	case *query.And:
		return "and(" + meanings(n.Kids) + ")"
	case *query.Or:
		return "or(" + meanings(n.Kids) + ")"
	case *query.Not:
		return "not(" + meaning(n.Kid) + ")"
	case *query.Match:
		return question(n)
	}
	panic("lint: unknown node")
}

func meanings(kids []query.Node) string {
	out := make([]string, len(kids))
	for i, kid := range kids {
		out[i] = meaning(kid)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ",")
}

func question(m *query.Match) string {
	if s, ok := m.Value.(sigma.String); ok {
		if p, ok := newPattern(s); ok {
			return fmt.Sprintf("%q=%v%q", m.Field, p.cased, p.key())
		}
	}
	return fmt.Sprintf("%q=%T%#v", m.Field, m.Value, m.Value)
}

// compared holds the findings that only show over all rules.
func compared(facts []fact) []diag.Diagnostic {
	return slices.Concat(sameID(facts), sameTitle(facts), sameMeaning(facts), replaced(facts))
}

// groups gathers the facts that share a key, in the order of the files; facts
// with an empty key are left out.
func groups[K comparable](facts []fact, key func(*fact) (K, bool)) [][]*fact {
	places := map[K]int{}
	var out [][]*fact
	for i := range facts {
		k, ok := key(&facts[i])
		if !ok {
			continue
		}
		at, seen := places[k]
		if !seen {
			places[k], at = len(out), len(out)
			out = append(out, nil)
		}
		out[at] = append(out[at], &facts[i])
	}
	return slices.DeleteFunc(out, func(g []*fact) bool { return len(g) < 2 })
}

// sameID finds ids that stand in two files. Documents of one file may share
// one.
func sameID(facts []fact) []diag.Diagnostic {
	var ds []diag.Diagnostic
	for _, g := range groups(facts, func(f *fact) (string, bool) { return f.id, f.id != "" }) {
		for _, f := range g {
			other := elsewhere(g, f)
			if other == nil {
				continue
			}
			ds = append(ds, diag.Diagnostic{
				Span: f.idAt, Severity: diag.Error, Code: "lint/duplicate-id",
				Message: "the id is given to two rules: both ask for one watch, and neither gets it",
				Hint:    "give one a new id; the other is " + other.titleAt.String(),
			})
		}
	}
	return ds
}

// elsewhere returns a fact of the group that stands in another file.
func elsewhere(g []*fact, f *fact) *fact {
	for _, other := range g {
		if other.titleAt.File != f.titleAt.File {
			return other
		}
	}
	return nil
}

func sameTitle(facts []fact) []diag.Diagnostic {
	var ds []diag.Diagnostic
	for _, g := range groups(facts, func(f *fact) (string, bool) { return f.title, f.title != "" }) {
		for _, f := range g[1:] {
			// The documents of a collection may share one title, written once.
			if f.titleAt == g[0].titleAt || f.id != "" && f.id == g[0].id {
				continue
			}
			ds = append(ds, diag.Diagnostic{
				Span: f.titleAt, Severity: diag.Warning, Code: "lint/duplicate-title",
				Message: "another rule has the same title: nobody can tell their mails apart",
				Hint:    "say what is special about this one; the other is " + g[0].titleAt.String(),
			})
		}
	}
	return ds
}

func sameMeaning(facts []fact) []diag.Diagnostic {
	var ds []diag.Diagnostic
	key := func(f *fact) ([16]byte, bool) { return f.meaning, f.hasMeaning && !f.retired }
	for _, g := range groups(facts, key) {
		for _, f := range g[1:] {
			if f.id != "" && f.id == g[0].id && f.titleAt.File != g[0].titleAt.File {
				continue
			}
			ds = append(ds, diag.Diagnostic{
				Span: f.titleAt, Severity: diag.Warning, Code: "lint/same-detection",
				Message: "another rule of the same log source asks for exactly the same: each event is mailed twice",
				Hint:    "remove one; the other is " + g[0].titleAt.String(),
			})
		}
	}
	return ds
}

// replaced finds rules that another one says it stands for.
func replaced(facts []fact) []diag.Diagnostic {
	by := map[string]*fact{}
	for i := range facts {
		for _, id := range facts[i].replaces {
			by[id] = &facts[i]
		}
	}
	var ds []diag.Diagnostic
	for _, f := range facts {
		if other := by[f.id]; f.id != "" && other != nil && other.id != f.id && !f.retired {
			ds = append(ds, diag.Diagnostic{
				Span: f.idAt, Severity: diag.Warning, Code: "lint/replaced-rule",
				Message: "another rule says that it took the place of this one: both become watches",
				Hint:    "remove this one; the other is " + other.titleAt.String(),
			})
		}
	}
	return ds
}

// byPlace orders facts as their files and documents stand.
func byPlace(a, b fact) int {
	return cmp.Or(strings.Compare(fileName(a.titleAt), fileName(b.titleAt)), cmp.Compare(a.number, b.number))
}

func fileName(at diag.Span) string {
	if at.File == nil {
		return ""
	}
	return at.File.Name
}

// letters reports whether a text has one.
func letters(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) }
