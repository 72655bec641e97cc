package catalog

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/sigwatch/sigwatch/diag"
)

// The folders of the pages.
const (
	rulesFolder    = "Detection_Rules"
	needsFolder    = "Data_Needed"
	policiesFolder = "Logging_Policies"
	triggersFolder = "Triggers"
	tacticsFolder  = "Tactics"
)

// markdown is a page while it is written.
type markdown struct{ bytes.Buffer }

// page returns what was written, with one line feed at its end.
func (m *markdown) page() []byte { return append(bytes.TrimRight(m.Bytes(), "\n"), '\n') }

func (m *markdown) line(parts ...string) {
	for _, p := range parts {
		m.WriteString(p)
	}
	m.WriteByte('\n')
}

// block writes lines with an empty one behind them.
func (m *markdown) block(parts ...string) {
	m.line(parts...)
	m.WriteByte('\n')
}

func (m *markdown) row(label, value string) { m.line("| ", label, " | ", value, " |") }

// optional writes a row where there is a value.
func (m *markdown) optional(label, value string) {
	if value != "" {
		m.row(label, value)
	}
}

// items joins the entries of a cell.
func items[T any](of []T, text func(T) string) string {
	out := make([]string, 0, len(of))
	for _, x := range of {
		if one := text(x); one != "" {
			out = append(out, one)
		}
	}
	return strings.Join(out, "<br>")
}

// page writes the page of a rule in the default layout.
func (c *Catalog) page(r *Rule) []byte {
	var m markdown
	m.Grow(4096 + r.size())
	m.block("# ", inline(r.Heading))
	m.refusal(r)
	title := ""
	if shows(r.Title) {
		title = inline(r.Heading)
	}
	m.line("| Title | ", orDash(title), " |")
	m.line("|:--|:--|")
	if r.Broken {
		m.optional("Rule Id", inline(r.ID))
		m.row("File", inline(r.File))
	} else {
		c.about(&m, r)
	}
	m.watchRow(r)
	m.WriteByte('\n')
	m.queries(r)
	m.notes(r)
	return m.page()
}

// size is how long the texts on the page are together.
func (r *Rule) size() int {
	n := len(r.Text) + len(r.Query.Text)
	if r.Watch != nil {
		n += len(r.Watch.Text)
	}
	for _, q := range r.Others {
		n += len(q.Text)
	}
	return n
}

// about writes what the rule says of itself, and what follows from that.
func (c *Catalog) about(m *markdown, r *Rule) {
	m.row("Description", orDash(cellText(r.Description)))
	m.facts(r)
	m.row("ATT&amp;CK Tactic", orDash(items(r.Tactics, tacticText)))
	m.row("ATT&amp;CK Technique", orDash(items(r.Techniques, techniqueText)))
	m.row("Data Needed", orDash(items(r.Needs, func(n *Need) string { return known(cells().needs, n, needText) })))
	m.optional("Logging Policy", items(r.Policies, func(p *Policy) string { return known(cells().policies, p, policyText) }))
	m.row("Trigger", orDash(items(r.Triggers, func(t *Trigger) string { return known(cells().triggers, t, triggerText) })))
	m.optional("Trigger of this rule", items(r.Proofs, proofText))
	m.row("Severity Level", orDash(inline(r.Level)))
	m.row("False Positives", orDash(items(r.FalsePositives, cellText)))
	m.row("Development Status", orDash(inline(r.Status)))
	m.row("References", orDash(items(r.References, reference)))
	m.row("Author", orDash(inline(r.Author)))
	m.optional("Related Rules", c.related(r))
	m.optional("Filters", items(r.Filters, func(f Filter) string { return inline(f.Title) + " (" + inline(f.File) + ")" }))
	m.optional("Other Tags", items(r.OtherTags, inline))
}

// facts are the rows that Atomic Threat Coverage left out.
func (m *markdown) facts(r *Rule) {
	m.optional("Rule Id", inline(r.ID))
	where := inline(r.File)
	if r.Documents > 1 {
		where += fmt.Sprintf(", document %d", r.Document+1)
	}
	m.row("File", where)
	dates := inline(r.Date)
	if r.Modified != "" {
		dates = strings.TrimPrefix(dates+", modified "+inline(r.Modified), ", ")
	}
	m.optional("Date", dates)
	m.optional("License", inline(r.License))
	m.row("Log Source", orDash(inline(r.source())))
	m.optional("Log Source Setup", cellText(r.LogSource.Definition))
}

func tacticText(t Tactic) string {
	switch {
	case t.ID == "":
		return inline(t.Name) + ", which is now " + inline(strings.Join(t.SplitInto, " or "))
	case t.TaggedAs != "":
		return link(t.ID+": "+inline(t.Name), t.URL()) + " (tagged " + inline(t.TaggedAs) + ")"
	default:
		return link(t.ID+": "+inline(t.Name), t.URL())
	}
}

func techniqueText(t Technique) string {
	switch t.Status {
	case Retired:
		return inline(t.ID) + ": " + inline(t.Name) + " (retired from ATT&amp;CK, no successor)"
	case Unknown:
		return inline(t.ID) + " (unknown to ATT&amp;CK " + AttackVersion + ")"
	case Current:
	}
	text, ok := cells().techniques[t.ID]
	if !ok {
		text = techniqueLink(t)
	}
	if len(t.TaggedAs) > 0 {
		text += " (tagged " + inline(strings.Join(t.TaggedAs, ", ")) + ")"
	}
	return text
}

// cellTexts are what stands in the cells of rules for that which our tables
// know: many rules have the same.
type cellTexts struct {
	needs      map[*Need]string
	policies   map[*Policy]string
	triggers   map[*Trigger]string
	techniques map[string]string // of the current ones, by id
}

var cells = sync.OnceValue(func() *cellTexts {
	out := &cellTexts{map[*Need]string{}, map[*Policy]string{}, map[*Trigger]string{}, map[string]string{}}
	for _, n := range needs() {
		out.needs[n] = needText(n)
	}
	for _, p := range policies() {
		out.policies[p] = policyText(p)
	}
	for _, t := range triggers() {
		out.triggers[t] = triggerText(t)
	}
	for id, t := range attack().technique {
		out.techniques[id] = techniqueLink(t)
	}
	return out
})

func known[K comparable](texts map[K]string, key K, text func(K) string) string {
	if known, ok := texts[key]; ok {
		return known
	}
	return text(key)
}

func techniqueLink(t Technique) string { return link(inline(t.ID)+": "+inline(t.Name), t.URL()) }

func policyText(p *Policy) string {
	return link(inline(p.Title), "../"+policiesFolder+"/"+pathLink(p.Title)+".md")
}

func needText(n *Need) string {
	text := link(inline(n.Title), "../"+needsFolder+"/"+pathLink(n.Page())+".md")
	switch {
	case n.EventID > 0 && n.Channel != "":
		return text + fmt.Sprintf(" (%s, event %d)", inline(n.Channel), n.EventID)
	case n.Channel != "":
		return text + " (" + inline(n.Channel) + ")"
	default:
		return text
	}
}

func triggerText(t *Trigger) string {
	return link(inline(t.Technique+": "+techniqueOf(t.Technique).Name), triggerPage("../", t)) + " (" + counted(len(t.Tests), "test") + ")"
}

func triggerPage(up string, t *Trigger) string {
	return up + triggersFolder + "/" + pathLink(t.Technique) + ".md"
}

func proofText(p Proof) string {
	return link(inline(p.Test.Name), triggerPage("../", p.Trigger)) + " (" + inline(p.Trigger.Technique) + ", " + inline(p.Test.GUID) + ")"
}

func counted(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "ch"):
		what += "e"
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (c *Catalog) related(r *Rule) string {
	var out []string
	for _, x := range r.Related {
		text := inline(x.ID)
		if other, ok := c.ByID[x.ID]; ok && other != r {
			text = link(inline(other.Label), pathLink(other.Page)+".md")
		}
		out = append(out, inline(x.Type)+": "+text)
	}
	return strings.Join(out, "<br>")
}

// watchRow says what is deployed.
func (m *markdown) watchRow(r *Rule) {
	if r.Watch == nil {
		m.row("Watch", "none: the rule was refused")
		return
	}
	w := r.Watch
	m.WriteString("| Watch | ")
	m.WriteString(inline(w.ID))
	for _, part := range [...][2]string{
		{"schedule: ", w.Schedule},
		{"indices: ", strings.Join(w.Indices, ", ")},
		{"actions: ", strings.Join(w.Actions, ", ")},
		{"hash: ", w.Digest},
	} {
		if part[1] != "" {
			m.WriteString("<br>")
			m.WriteString(part[0])
			m.WriteString(inline(part[1]))
		}
	}
	m.line(" |")
}

// refusal says at the top that nothing is deployed.
func (m *markdown) refusal(r *Rule) {
	if !r.Refused() {
		return
	}
	m.line("> **This rule was refused: it became no watch.** One that was deployed before stays as it was.")
	for _, d := range r.Found {
		if d.Severity == diag.Error {
			m.line(">")
			m.line("> ", finding(d, r.File))
		}
	}
	m.WriteByte('\n')
}

// finding writes a diagnostic in one line, on the page of a rule out of that
// file.
func finding(d diag.Diagnostic, file string) string {
	text := "**" + d.Severity.String() + "** "
	if at := d.Position(); at.Line > 0 {
		text += "in "
		if d.Span.File.Name != file { // a filter's
			text += inline(d.Span.File.Name) + ", "
		}
		text += fmt.Sprintf("line %d", at.Line)
		if at.Column > 0 {
			text += fmt.Sprintf(", column %d", at.Column)
		}
	}
	text = strings.TrimSuffix(text, " ") + ": " + inline(d.Message) + " (" + inline(d.Code) + ")"
	if d.Hint != "" {
		text += " – " + inline(d.Hint)
	}
	return text
}

// queries writes the rule, its queries and its watch.
func (m *markdown) queries(r *Rule) {
	m.block("## Detection Rules")
	m.block("### Sigma rule")
	if r.Text == "" {
		m.block("The file could not be read.")
	} else {
		m.code("yaml", r.Text)
	}
	for _, f := range r.Filters {
		m.block("### Filter: ", inline(abridged(f.Title)))
		m.code("yaml", f.Text)
	}
	if r.Query.Heading != "" {
		m.query(r.Query, r)
	}
	if r.Watch != nil {
		m.block("### X-Pack Watcher")
		m.block("The watch as it is put to Elasticsearch:")
		m.code("json", r.Watch.Text)
	}
	for _, q := range r.Others {
		m.query(q, r)
	}
}

// query writes a query of a rule.
func (m *markdown) query(q Query, r *Rule) {
	m.block("### ", inline(q.Heading))
	switch {
	case q.Text != "":
		m.code(q.Language, q.Text)
	case len(q.Found) == 0 && r.Refused():
		m.block("There is none: the reasons stand at the top.")
	default:
		m.block("This rule cannot be said here.")
	}
	m.findings(q.Found, r.File)
}

func isInfo(d diag.Diagnostic) bool { return d.Severity == diag.Info }

// findings writes diagnostics as a list, but for the remarks.
func (m *markdown) findings(ds []diag.Diagnostic, file string) {
	some := false
	for _, d := range ds {
		if !isInfo(d) {
			some = true
			m.line("- ", finding(d, file))
		}
	}
	if some {
		m.WriteByte('\n')
	}
}

// notes writes what else was found. Remarks that several queries share stand
// once.
func (m *markdown) notes(r *Rule) {
	var lines []string
	for _, d := range r.Found {
		if !r.Refused() || d.Severity != diag.Error {
			lines = append(lines, finding(d, r.File))
		}
	}
	remarks := r.Query.remarks(nil)
	for i := range r.Others {
		remarks = r.Others[i].remarks(remarks)
	}
	for _, x := range remarks {
		d := *x.finding
		d.Span = diag.Span{}
		lines = append(lines, inline(strings.Join(x.headings, ", "))+": "+finding(d, r.File))
	}
	if len(lines) == 0 {
		return
	}
	m.block("## Translation notes")
	for _, l := range lines {
		m.line("- ", l)
	}
	m.WriteByte('\n')
}

// remark is a remark with the headings of the queries that it is about.
type remark struct {
	finding  *diag.Diagnostic
	headings []string
}

// remarks adds the query's remarks to those of others.
func (q *Query) remarks(to []remark) []remark {
	for i := range q.Found {
		d := &q.Found[i]
		if !isInfo(*d) {
			continue
		}
		at := slices.IndexFunc(to, func(x remark) bool { return x.finding.Code == d.Code && x.finding.Message == d.Message })
		switch {
		case at < 0:
			to = append(to, remark{d, []string{q.Heading}})
		case !slices.Contains(to[at].headings, q.Heading):
			to[at].headings = append(to[at].headings, q.Heading)
		}
	}
	return to
}
