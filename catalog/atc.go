package catalog

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/classic"
)

// Layout is a form of the pages.
type Layout string

// The layouts.
const (
	// Default is the page made right.
	Default Layout = "default"
	// ATC2019A is the page of Atomic Threat Coverage of 2019-02-13, byte for
	// byte.
	ATC2019A Layout = "atc-2019a"
	// ATC2019B is its page of 2019-03-27 to 2019-05-20, byte for byte.
	ATC2019B Layout = "atc-2019b"
)

// Layouts returns all layouts, the default first.
func Layouts() []Layout { return []Layout{Default, ATC2019A, ATC2019B} }

// block is a query on an old page: under which heading which target stands.
type block struct {
	heading string
	target  classic.Target
}

// blocksA and blocksB are the queries of the old pages. They are never
// written.
var (
	blocksA = []block{{"Kibana query", classic.ESQS}, {"X-Pack Watcher", classic.Watcher}, {"Graylog", classic.Graylog}}
	blocksB = []block{
		{"es-qs", classic.ESQS},
		{"xpack-watcher", classic.Watcher},
		{"graylog", classic.Graylog},
		{"splunk", classic.Splunk},
		{"logpoint", classic.LogPoint},
		{"grep", classic.Grep},
	}
)

func targetsOf(blocks []block) []classic.Target {
	out := make([]classic.Target, len(blocks))
	for i, b := range blocks {
		out[i] = b.target
	}
	return out
}

// OldPage writes the page of a rule file in one of the old layouts, byte for
// byte as Atomic Threat Coverage wrote it, faults included. Where that program
// failed on the rule there is no page, and an error says why; a warning names
// the targets whose block is empty because the rule cannot be said there.
//
// Data Needed stand in the order of their first appearance, for that program's
// own order was another one each time.
func OldPage(f *diag.File, l Layout) ([]byte, []diag.Diagnostic) {
	p := oldPage{file: f, layout: l, source: classic.Read(f)}
	if err := p.read(); err != nil {
		return nil, []diag.Diagnostic{{
			Span: f.Whole(), Severity: diag.Error, Code: "catalog/no-page",
			Message: "Atomic Threat Coverage made no page of this rule: " + err.Error(),
			Hint:    "mend the rule, or use the layout default, which has a page for every rule",
		}}
	}
	blocks := blocksB
	if l == ATC2019A {
		blocks = blocksA
	}
	p.Grow(8<<10 + len(p.text)) // what most pages take
	p.table()
	p.rule()
	var empty []string
	texts := classic.Texts(classic.Options{Profile: classic.Profile2019, March: true}, targetsOf(blocks), p.source)
	for i, b := range blocks {
		text := classic.Block(texts[i])
		if text == "" {
			empty = append(empty, string(b.target))
		}
		p.block(b.heading, text)
	}
	if l == ATC2019B {
		p.WriteString("\n\n")
	}
	if len(empty) == 0 {
		return p.Bytes(), nil
	}
	return p.Bytes(), []diag.Diagnostic{{
		Span: f.Whole(), Severity: diag.Warning, Code: "catalog/empty-block",
		Message: "the page has no text for " + strings.Join(empty, ", "),
		Hint:    "sigwatch convert --profile 2019 -T " + empty[0] + " says why",
	}}
}

// oldPage is an old page while it is written.
type oldPage struct {
	bytes.Buffer
	file   *diag.File
	layout Layout
	source *classic.Source

	first *pythonValue // the first document
	cells [12]cell
	text  string // of the file, with LF
}

// cell is a row of the table: label, value, and the spaces behind it.
type cell struct {
	label, value string
	spaces       int
}

// read computes the rows.
func (p *oldPage) read() error {
	if !utf8.Valid(p.file.Text) {
		return errors.New("it is not UTF-8")
	}
	docs, err := p.documents()
	if err != nil {
		return err
	}
	p.first = docs[0]
	p.text = string(p.file.Text)
	if strings.Contains(p.text, "\r") {
		p.text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(p.text)
	}
	description := p.first.get("description")
	if description == nil || description.kind != pyText {
		return errors.New("it has no description that is a text")
	}
	tags, err := p.tags()
	if err != nil {
		return err
	}
	needs, err := oldNeedsOf(docs, p.layout)
	if err != nil {
		return err
	}
	return p.fill(pythonStrip(description.text), tags, needs)
}

// documents returns the values of the file's documents; the first is a dict.
func (p *oldPage) documents() ([]*pythonValue, error) {
	nodes, err := p.source.Documents()
	if err != nil {
		return nil, err
	}
	var docs []*pythonValue
	for _, n := range nodes {
		v, err := python(n)
		if err != nil {
			return nil, err
		}
		docs = append(docs, v)
	}
	if len(docs) == 0 || docs[0].kind != pyDict {
		return nil, errors.New("it is no map of keys")
	}
	return docs, nil
}

// pythonStrip cuts white space at both ends, as Python knows it.
func pythonStrip(s string) string {
	return strings.TrimFunc(s, func(c rune) bool { return c >= 0x1c && c <= 0x1f || strings.TrimSpace(string(c)) == "" })
}

func (p *oldPage) fill(description string, tags oldTags, needs []string) error {
	var links []string
	for _, n := range needs {
		links = append(links, "["+n+"](../Data_Needed/"+n+".md)")
	}
	p.cells = [12]cell{
		{label: "Title", spaces: 145},
		{label: "Description", value: description, spaces: 139},
		{"ATT&amp;CK Tactic", oldList(tags.tactics), 2},
		{"ATT&amp;CK Technique", oldList(tags.techniques), 29},
		{"Data Needed", oldList(links), 57},
		{"Trigger", " There is no Trigger for this technique yet.", 2},
		{label: "Severity Level", spaces: 145},
		{label: "False Positives", spaces: 66},
		{label: "Development Status", spaces: 144},
		{label: "References", spaces: 58},
		{label: "Author", spaces: 144},
		{"Other Tags", oldList(tags.other), 1},
	}
	if len(tags.triggers) > 0 {
		p.cells[5].value = oldList(tags.triggers)
	}
	var err error
	for at, key := range map[int]string{0: "title", 6: "level", 8: "status", 10: "author"} {
		if v := p.first.get(key); v != nil && err == nil {
			p.cells[at].value, err = v.print()
		}
	}
	link := func(s string) string { return "[" + s + "](" + s + ")" }
	if err == nil {
		p.cells[9].value, err = p.loop("references", link)
	}
	if err == nil {
		p.cells[7].value, err = p.loop("falsepositives", func(s string) string { return s })
	}
	if len(tags.other) == 0 {
		p.cells[11] = cell{}
	}
	return err
}

// loop lists the members of a key's value.
func (p *oldPage) loop(key string, form func(string) string) (string, error) {
	v := p.first.get(key)
	if v == nil {
		return oldList(nil), nil
	}
	members, ok := v.members()
	if !ok {
		return "", fmt.Errorf("its %s are no list", key)
	}
	var out []string
	for _, m := range members {
		text, err := m.print()
		if err != nil {
			return "", err
		}
		out = append(out, form(text))
	}
	return oldList(out), nil
}

func oldList(items []string) string {
	if len(items) == 0 {
		return "<ul></ul>"
	}
	return "<ul><li>" + strings.Join(items, "</li><li>") + "</li></ul>"
}

// oldTags are the rows that come from the tags.
type oldTags struct{ tactics, techniques, triggers, other []string }

var (
	oldTactic    = regexp.MustCompile(`^attack\.[\pL\p{Nd}\p{Nl}\p{No}_](?s:\P{Nd})+$`)
	oldTechnique = regexp.MustCompile(`^attack\.t[0-9]{1,5}$`)
)

func (p *oldPage) tags() (oldTags, error) {
	var out oldTags
	v := p.first.get("tags")
	if !v.truthy() {
		return out, nil
	}
	members, ok := v.members()
	if !ok {
		return out, errors.New("its tags are no list")
	}
	known := oldTables().TacticsB
	if p.layout == ATC2019A {
		known = oldTables().TacticsA
	}
	for _, m := range members {
		if m.kind != pyText {
			return out, errors.New("a tag is no text")
		}
		tactic, ok := known[m.text]
		switch {
		case oldTactic.MatchString(m.text) && ok:
			out.tactics = append(out.tactics, fmt.Sprintf("[%s: %s](https://attack.mitre.org/tactics/%[1]s)", tactic.ID, tactic.Name))
		case oldTactic.MatchString(m.text):
			out.other = append(out.other, m.text)
		case oldTechnique.MatchString(m.text):
			p.technique(&out, strings.ToUpper(m.text[len("attack."):]))
		default:
			out.other = append(out.other, m.text, m.text)
		}
	}
	return out, nil
}

// technique adds a technique and its trigger. The layout of February printed
// the pair of name and id as Python does, and linked to a tactic.
func (p *oldPage) technique(out *oldTags, id string) {
	name, known := oldTables().Techniques[id]
	shown, section, trigger := name, "techniques", ""
	if !known {
		shown = "None"
	}
	if p.layout == ATC2019A {
		section = "tactics"
		pair := "None"
		if known {
			pair = reprText(name)
		}
		pair = "(" + pair + ", '" + id + "')"
		trigger = "[" + pair + "](../Triggers/" + pair + ".md)"
	} else {
		trigger = "[" + id + ": " + shown + "](../Triggers/" + id + ".md)"
	}
	out.techniques = append(out.techniques, "["+id+": "+shown+"](https://attack.mitre.org/"+section+"/"+id+")")
	out.triggers = append(out.triggers, trigger)
}

func (p *oldPage) write(parts ...string) {
	for _, part := range parts {
		p.WriteString(part)
	}
}

// table writes the rows.
func (p *oldPage) table() {
	for i, c := range p.cells {
		if c.label == "" {
			break // no other tags
		}
		p.write("| ", c.label, strings.Repeat(" ", max(20-len(c.label), 0)), " | ", c.value, strings.Repeat(" ", c.spaces), "|")
		// A space too many was left behind the last row.
		p.WriteString(map[bool]string{true: " ", false: "\n"}[i == len(p.cells)-1])
		if i == 0 {
			p.WriteString("|:" + strings.Repeat("-", 21) + "|:" + strings.Repeat("-", 156) + "|\n")
		}
	}
	p.WriteString("\n\n## Detection Rules\n\n")
}

// rule writes the rule file.
func (p *oldPage) rule() {
	p.write("### Sigma rule\n\n```\n", p.text, "\n```\n")
	if p.layout == ATC2019A {
		p.WriteString("\n\n\n")
		return
	}
	p.WriteString("\n\n\n\n")
}

// block writes a query.
func (p *oldPage) block(heading, text string) {
	if p.layout == ATC2019B {
		p.write("\n### ", heading, "\n    \n```\n", text, "\n```\n\n")
		return
	}
	if heading != blocksA[0].heading {
		p.WriteString("\n\n")
	}
	if text == "" {
		p.WriteString("\n")
		return
	}
	p.write("\n\n### ", heading, "\n\n```\n", text, "\n```\n\n")
}

// oldName is the name of an old page: the rule file's with its last extension
// replaced.
func oldName(f *diag.File) string {
	base := path.Base(f.Name)
	ext := path.Ext(base)
	if strings.Trim(strings.TrimSuffix(base, ext), ".") == "" {
		ext = "" // as Python: leading dots begin no extension
	}
	return strings.TrimSuffix(base, ext) + ".md"
}

//go:embed data/atc2019.json
var oldData []byte

// oldData2019 is what the old pages were made of.
type oldData2019 struct {
	Words      map[string]string
	TacticsA   map[string]oldName2019 `json:"tactics_a"`
	TacticsB   map[string]oldName2019 `json:"tactics_b"`
	Techniques map[string]string
	NeedsA     []oldNeed `json:"needs_a"`
	NeedsB     []oldNeed `json:"needs_b"`
}

type oldName2019 struct{ ID, Name string }

// oldNeed is a Data Needed of 2019.
type oldNeed struct {
	Title, Platform, Channel string
	Fields                   []string
}

var oldTables = sync.OnceValue(func() *oldData2019 {
	out := &oldData2019{}
	decodeTable(oldData, out)
	return out
})

// decodeTable decodes embedded data, which a test has decoded before.
func decodeTable(text []byte, into any) {
	if err := json.Unmarshal(text, into); err != nil {
		panic(fmt.Sprintf("the embedded data of the catalogue is damaged: %v", err))
	}
}
