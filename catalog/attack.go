package catalog

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// AttackVersion is the release of ATT&CK for Enterprise that names and ids are
// of.
const AttackVersion = "19.1"

// Tactic is a tactic that a rule's tags name, as it is today.
type Tactic struct {
	// ID is empty for a tactic that is no more and has no one successor.
	ID, Name string
	// Short is the name as tags and the Navigator have it: "lateral-movement".
	Short string
	// TaggedAs is the name that the rule's tag gives it, where that is another.
	TaggedAs string
	// SplitInto are the names of the tactics that it became, where ID is empty.
	SplitInto []string
}

// Technique is a technique or sub-technique that a rule's tags name.
type Technique struct {
	// ID is the id of today, "T1546.003". Where there is none it is the tag's.
	ID, Name string
	// Tactics are the short names of its tactics.
	Tactics []string
	// TaggedAs are the older ids that the rule's tags give it.
	TaggedAs []string
	// Status says what became of the id.
	Status TechniqueStatus
}

// TechniqueStatus is what became of a technique.
type TechniqueStatus int

const (
	// Current is a technique of today.
	Current TechniqueStatus = iota
	// Retired is one that is no more and has no successor.
	Retired
	// Unknown is one that never was.
	Unknown
)

// URL is the technique's page, empty where it has none.
func (t Technique) URL() string {
	if t.Status != Current {
		return ""
	}
	return "https://attack.mitre.org/techniques/" + strings.ReplaceAll(t.ID, ".", "/") + "/"
}

// URL is the tactic's page, empty where it has none.
func (t Tactic) URL() string {
	if t.ID == "" {
		return ""
	}
	return "https://attack.mitre.org/tactics/" + t.ID + "/"
}

//go:embed data/attack.json
var attackData []byte

type attackTactic struct {
	ID, Name  string
	Short     string   `json:"shortname"`
	SplitInto []string `json:"split_into"`
}

type attackTable struct {
	Version        string
	Tactics        []attackTactic
	RetiredTactics []attackTactic `json:"retired_tactics"`
	Techniques     []Technique
	Retired        []struct{ ID, Name, Current string }

	tactic    map[string]attackTactic
	technique map[string]Technique
	successor map[string]string
	gone      map[string]string // names of the retired ones
}

var attack = sync.OnceValue(func() *attackTable {
	t := &attackTable{
		tactic: map[string]attackTactic{}, technique: map[string]Technique{},
		successor: map[string]string{}, gone: map[string]string{},
	}
	decodeTable(attackData, t)
	for _, a := range slices.Concat(t.RetiredTactics, t.Tactics) {
		t.tactic[a.Short] = a
	}
	for _, a := range t.Techniques {
		t.technique[a.ID] = a
	}
	for _, a := range t.Retired {
		t.gone[a.ID] = a.Name
		if a.Current != "" {
			t.successor[a.ID] = a.Current
		}
	}
	return t
})

// Tactics returns the tactics of today in the order of the matrix.
func Tactics() []Tactic {
	var out []Tactic
	for _, t := range attack().Tactics {
		out = append(out, Tactic{ID: t.ID, Name: t.Name, Short: t.Short})
	}
	return out
}

// techniqueTag reports whether a tag names a technique: t1546 or t1546.003.
func techniqueTag(name string) bool {
	number, ok := strings.CutPrefix(name, "t")
	number, sub, dotted := strings.Cut(number, ".")
	return ok && digits(number, 4) && (!dotted || digits(sub, 3))
}

func digits(s string, n int) bool { return len(s) == n && strings.Trim(s, "0123456789") == "" }

// hyphens make the name of a tactic what the table has, however it is written.
var hyphens = strings.NewReplacer("_", "-", " ", "-")

// attackOf sorts the tags of a rule into tactics, techniques and others, each
// once and in the order of the tags.
func attackOf(tags []string) (tactics []Tactic, techniques []Technique, others []string) {
	table := attack()
	var retired []attackTactic
	for _, tag := range tags {
		name, ours := strings.CutPrefix(strings.ToLower(tag), "attack.")
		tactic, isTactic := table.tactic[hyphens.Replace(name)]
		switch {
		case ours && techniqueTag(name):
			techniques = addTechnique(techniques, strings.ToUpper(name))
		case ours && isTactic && len(tactic.SplitInto) > 0:
			retired = append(retired, tactic)
		case ours && isTactic:
			tactics = addTactic(tactics, Tactic{ID: tactic.ID, Name: tactic.Name, Short: tactic.Short})
		case !slices.Contains(others, tag):
			others = append(others, tag)
		}
	}
	for _, r := range retired {
		for _, t := range split(r, techniques) {
			tactics = addTactic(tactics, t)
		}
	}
	return tactics, techniques, others
}

func addTactic(to []Tactic, t Tactic) []Tactic {
	if slices.ContainsFunc(to, func(have Tactic) bool { return have.Short == t.Short }) {
		return to
	}
	return append(to, t)
}

func addTechnique(to []Technique, id string) []Technique {
	t := techniqueOf(id)
	for i := range to {
		if to[i].ID == t.ID {
			for _, old := range t.TaggedAs {
				if !slices.Contains(to[i].TaggedAs, old) {
					to[i].TaggedAs = append(to[i].TaggedAs, old)
				}
			}
			return to
		}
	}
	return append(to, t)
}

// techniqueOf looks an id up, and its successor where it has one.
func techniqueOf(id string) Technique {
	table := attack()
	if t, ok := table.technique[id]; ok {
		return t
	}
	if next, ok := table.successor[id]; ok {
		t := table.technique[next]
		t.TaggedAs = []string{id}
		return t
	}
	if name, ok := table.gone[id]; ok {
		return Technique{ID: id, Name: name, Status: Retired}
	}
	return Technique{ID: id, Status: Unknown}
}

// split resolves a tactic that became several: the techniques of the rule tell
// which of them is meant. Where they do not, it stays what it was, with its
// successors named.
func split(t attackTactic, techniques []Technique) []Tactic {
	table := attack()
	out := Tactic{Name: t.Name, Short: t.Short}
	var meant []Tactic
	for _, short := range t.SplitInto {
		next := table.tactic[short]
		out.SplitInto = append(out.SplitInto, next.Name)
		if slices.ContainsFunc(techniques, func(x Technique) bool { return slices.Contains(x.Tactics, short) }) {
			meant = append(meant, Tactic{ID: next.ID, Name: next.Name, Short: short, TaggedAs: t.Name})
		}
	}
	if len(meant) == 0 {
		return []Tactic{out}
	}
	return meant
}
