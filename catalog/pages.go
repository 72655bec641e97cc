package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// File is a file of the output.
type File struct {
	// Path is relative to the output folder, with slashes.
	Path string
	// Shared files tell of several rules: a run over some rules knows only a
	// part of what stands there.
	Shared bool
	// Text writes the file's text, the same each time. It may be called by
	// several workers at once, each for another file.
	Text func() []byte
}

// Files returns the files of the default layout: a page a rule, the pages that
// they link to, and the index.
func (c *Catalog) Files() []File {
	files := []File{{Path: "index.md", Shared: true, Text: c.index}}
	for _, r := range c.Rules {
		files = append(files, File{Path: rulesFolder + "/" + r.Page + ".md", Text: func() []byte { return c.page(r) }})
	}
	for _, t := range c.tactics() {
		files = append(files, File{tacticsFolder + "/" + t.page + ".md", true, t.text})
	}
	users := c.users()
	for _, n := range c.Needs {
		files = append(files, File{needsFolder + "/" + n.Page() + ".md", true, func() []byte { return n.page(users.needs[n]) }})
	}
	for _, p := range c.Policies {
		files = append(files, File{policiesFolder + "/" + p.Title + ".md", true, func() []byte { return p.page(c.Needs) }})
	}
	for _, t := range c.Triggers {
		files = append(files, File{triggersFolder + "/" + t.Technique + ".md", true, func() []byte { return t.page(users.triggers[t]) }})
	}
	return files
}

// OldPath is where the page of a rule with that file name lies, in the old
// layouts and in the default one.
func OldPath(name string) string { return rulesFolder + "/" + name }

// users are the rules that need something.
type users struct {
	needs    map[*Need][]*Rule
	triggers map[*Trigger][]*Rule
}

func (c *Catalog) users() users {
	u := users{map[*Need][]*Rule{}, map[*Trigger][]*Rule{}}
	for _, r := range c.Rules {
		for _, n := range r.Needs {
			u.needs[n] = append(u.needs[n], r)
		}
		all := slices.Clone(r.Triggers)
		for _, p := range r.Proofs {
			if !slices.Contains(all, p.Trigger) {
				all = append(all, p.Trigger)
			}
		}
		for _, t := range all {
			u.triggers[t] = append(u.triggers[t], r)
		}
	}
	return u
}

// ruleItem writes an item that links to a rule's page.
func (m *markdown) ruleItem(r *Rule) {
	m.line("- [", r.linkText, "](../", rulesFolder, "/", r.linkPage, ".md)")
}

func (m *markdown) rules(heading string, rs []*Rule) {
	if len(rs) == 0 {
		return
	}
	m.block("## ", heading)
	for _, r := range rs {
		m.ruleItem(r)
	}
	m.WriteByte('\n')
}

// page writes the page of a Data Needed.
func (n *Need) page(rs []*Rule) []byte {
	var m markdown
	m.block("# ", inline(n.Title))
	m.line("| Title | ", inline(n.Title), " |")
	m.line("|:--|:--|")
	m.row("Description", orDash(cellText(n.Description)))
	m.row("Platform", orDash(inline(n.Platform)))
	m.row("Type", orDash(inline(n.Type)))
	m.row("Channel", orDash(inline(n.Channel)))
	m.optional("Provider", inline(n.Provider))
	if n.EventID > 0 {
		m.row("Event Id", fmt.Sprint(n.EventID))
	}
	var known []string
	for _, title := range n.Policies {
		if _, ok := policies()[title]; ok {
			known = append(known, title)
		}
	}
	m.row("Logging Policy", orDash(items(known, func(title string) string {
		return link(inline(title), "../"+policiesFolder+"/"+pathLink(title)+".md")
	})))
	m.row("References", orDash(items(n.References, reference)))
	m.row("Fields", orDash(inline(strings.Join(n.Fields, ", "))))
	m.WriteByte('\n')
	m.rules("Rules that need it", rs)
	m.block("From atc-data of the ATC project, Apache License 2.0.")
	return m.page()
}

// page writes the page of a logging policy.
func (p *Policy) page(all []*Need) []byte {
	var m markdown
	m.block("# ", inline(p.Title))
	m.line("| Title | ", inline(p.Title), " |")
	m.line("|:--|:--|")
	m.row("Description", orDash(cellText(p.Description)))
	m.row("Default", orDash(inline(p.Default)))
	m.row("Event Volume", orDash(inline(p.Volume)))
	m.row("References", orDash(items(p.References, reference)))
	m.row("Data Needed", orDash(items(all, func(n *Need) string {
		if !slices.Contains(n.Policies, p.Title) {
			return ""
		}
		return link(inline(n.Title), "../"+needsFolder+"/"+pathLink(n.Page())+".md")
	})))
	m.WriteByte('\n')
	m.block("## Configuration")
	m.prose(p.Configuration)
	m.block("From atc-data of the ATC project, Apache License 2.0.")
	return m.page()
}

// page writes the page of a technique that there are tests for.
func (t *Trigger) page(rs []*Rule) []byte {
	var m markdown
	technique := techniqueOf(t.Technique)
	m.block("# ", inline(t.Technique+": "+technique.Name))
	m.block(link("ATT&amp;CK", technique.URL()), " · ", link("tests of Atomic Red Team", t.URL()))
	m.line("| Test | Platforms | Executor | GUID |")
	m.line("|:--|:--|:--|:--|")
	for _, x := range t.Tests {
		m.line("| ", inline(x.Name), " | ", orDash(inline(strings.Join(x.Platforms, ", "))), " | ", orDash(inline(x.Executor)), " | ", orDash(inline(x.GUID)), " |")
	}
	m.WriteByte('\n')
	m.rules("Rules that it should trigger", rs)
	m.block("Tests: © Red Canary, Inc., MIT License. ", attackNotice)
	return m.page()
}

// attackNotice has to stand where names of ATT&CK do.
const attackNotice = "ATT&amp;CK: © The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation."

// prose writes a text of lines with code between fences.
func (m *markdown) prose(text string) {
	if !strings.Contains(text, "```") && strings.ContainsAny(text, "{=") {
		text = "```\n" + text + "\n```"
	}
	for i, part := range strings.Split(text, "```") {
		part = strings.Trim(part, "\n")
		switch {
		case strings.TrimSpace(part) == "":
		case i%2 == 1:
			m.code("", part)
		default:
			// As items: a line may begin with whatever it likes.
			for line := range strings.Lines(part) {
				if line = inline(strings.TrimLeft(line, "-* ")); line != "" {
					m.line("- ", line)
				}
			}
			m.WriteByte('\n')
		}
	}
}
