package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// index writes the entry to all pages.
func (c *Catalog) index() []byte {
	var m markdown
	m.block("# Detection rules")
	refused := 0
	for _, r := range c.Rules {
		if r.Refused() {
			refused++
		}
	}
	m.block(counted(len(c.Rules), "rule"), ", ", counted(len(c.Rules)-refused, "watch"), ". Names of techniques are those of ATT&amp;CK ", AttackVersion, ".")
	m.list(c.Rules)
	if refused > 0 {
		m.block("## Refused")
		m.block("These became no watch. Their pages say why.")
		for _, r := range c.Rules {
			if r.Refused() {
				m.line("- ", indexLink(r))
			}
		}
		m.WriteByte('\n')
	}
	m.block("## By tactic")
	for _, t := range c.tactics() {
		m.line("- ", link(inline(t.heading), tacticsFolder+"/"+t.page+".md"), fmt.Sprintf(" (%d)", len(t.rules)))
	}
	m.WriteByte('\n')
	m.block("---")
	m.line(attackNotice)
	return m.page()
}

func indexLink(r *Rule) string {
	return "[" + r.linkText + "](" + rulesFolder + "/" + r.linkPage + ".md)"
}

// list writes the table of all rules. There may be thousands, and hosts show
// no pages beyond some size: only the titles are links.
func (m *markdown) list(rs []*Rule) {
	m.line("| Title | Level | Status | Tactics | Techniques | Data Needed | Watch |")
	m.line("|:--|:--|:--|:--|:--|:--|:--|")
	for _, r := range rs {
		state := "yes"
		if r.Refused() {
			state = "**refused**"
		}
		techniques := items(r.Techniques, func(t Technique) string { return inline(t.ID) })
		wanted := items(r.Needs, func(n *Need) string { return inline(shortNeed(n)) })
		tactics := items(r.Tactics, func(t Tactic) string { return inline(t.Name) })
		m.line(
			"| ", indexLink(r), " | ", orDash(inline(r.Level)), " | ", orDash(inline(r.Status)),
			" | ", orDash(tactics), " | ", orDash(techniques), " | ", orDash(wanted), " | ", state, " |",
		)
	}
	m.WriteByte('\n')
}

// shortNeed is the number of a Data Needed: the rest of its title is long.
func shortNeed(n *Need) string {
	parts := strings.SplitN(n.Title, "_", 3)
	return strings.Join(parts[:min(2, len(parts))], "_")
}

// tacticList are the rules of a tactic.
type tacticList struct {
	heading, page string
	rules         []*Rule
}

// tactics lists the rules of each tactic that has some, in the order of the
// matrix, and those of none.
func (c *Catalog) tactics() []tacticList {
	var all []tacticList
	for _, t := range Tactics() {
		all = append(all, tacticList{heading: t.ID + ": " + t.Name, page: t.Short})
	}
	for _, t := range attack().RetiredTactics {
		all = append(all, tacticList{heading: t.Name + " (retired)", page: t.Short})
	}
	all = append(all, tacticList{heading: "Without a tactic", page: "none"})
	for _, r := range c.Rules {
		for i := range all {
			of := slices.ContainsFunc(r.Tactics, func(t Tactic) bool { return t.Short == all[i].page })
			if of || i == len(all)-1 && len(r.Tactics) == 0 {
				all[i].rules = append(all[i].rules, r)
			}
		}
	}
	return slices.DeleteFunc(all, func(t tacticList) bool { return len(t.rules) == 0 })
}

// text writes the page of a tactic.
func (t tacticList) text() []byte {
	var m markdown
	m.block("# ", inline(t.heading))
	for _, r := range t.rules {
		m.ruleItem(r)
	}
	m.WriteByte('\n')
	m.line(attackNotice)
	return m.page()
}
