package sigma

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// reader reads one rule.
type reader struct {
	*parser
	rule *Rule
	// used are the search identifiers, true for those that a condition names.
	used map[string]bool
	// patterns are the selectors that were looked at, true for those that take
	// in something.
	patterns map[string]bool
}

// field reads the value of one of a rule's keys.
type field func(*reader, pair)

// ruleFields are the keys that section 2 knows. It is never written.
var ruleFields = map[string]field{
	"title": func(r *reader, e pair) { r.title(e.value) },
	"id":    func(r *reader, e pair) { r.id(e.value) },
	"name":  func(r *reader, e pair) { r.rule.Name = r.notEmpty(e.value, "sigma/name", "the name") },
	"taxonomy": func(r *reader, e pair) {
		r.rule.Taxonomy = r.notEmpty(e.value, "sigma/taxonomy", "the taxonomy")
	},
	"related":  func(r *reader, e pair) { r.related(e.value) },
	"level":    func(r *reader, e pair) { r.level(e.value) },
	"status":   func(r *reader, e pair) { r.status(e.value) },
	"tags":     func(r *reader, e pair) { r.tags(e.value) },
	"date":     func(r *reader, e pair) { r.rule.Date = r.date(e.value, "sigma/date", "the date") },
	"modified": func(r *reader, e pair) { r.rule.Modified = r.date(e.value, "sigma/modified", "the modified date") },
	"author":   func(r *reader, e pair) { r.rule.Author, _ = r.text(e.value, "sigma/author", "the author") },
	"license":  func(r *reader, e pair) { r.rule.License, _ = r.text(e.value, "sigma/license", "the license") },
	"description": func(r *reader, e pair) {
		r.rule.Description, _ = r.text(e.value, "sigma/description", "the description")
	},
	"fields":     func(r *reader, e pair) { r.rule.Fields = r.texts(e.value, "sigma/fields", "fields") },
	"references": func(r *reader, e pair) { r.rule.References = r.texts(e.value, "sigma/references", "references") },
	"scope":      func(r *reader, e pair) { r.rule.Scope = r.texts(e.value, "sigma/scope", "scope") },
	"falsepositives": func(r *reader, e pair) {
		r.rule.FalsePositives = r.texts(e.value, "sigma/falsepositives", "falsepositives")
	},
	"logsource": func(r *reader, e pair) { r.logSource(e) },
	"detection": func(r *reader, e pair) { r.detection(e) },
}

// rule reads a rule out of a document, merged with what its collection adds.
func (p *parser) rule(number int, root, merged *yaml.Node) *Rule {
	r := p.reader(number, root)
	entries := p.pairs(merged)
	r.keys(entries, nil)
	r.required(root, entries, "rule", "title", "logsource", "detection")
	return r.rule
}

// reader makes the reader of a document.
func (p *parser) reader(number int, root *yaml.Node) *reader {
	return &reader{
		parser: p, rule: &Rule{File: p.file, Span: p.places.span(root), Document: number},
		used: map[string]bool{}, patterns: map[string]bool{},
	}
}

// keys reads the keys of a document. Some may have a meaning of their own in
// it.
func (r *reader) keys(entries []pair, own map[string]func(pair)) {
	for _, e := range entries {
		if kindOf(e.key) == kindString {
			if read, ok := own[e.key.Value]; ok {
				read(e)
				continue
			}
			if read, ok := ruleFields[e.key.Value]; ok {
				read(r, e)
				continue
			}
		}
		r.rule.Custom = append(r.rule.Custom, Attribute{Key: e.key.Value, Span: r.places.span(e.key), Value: r.plain(e.value)})
	}
}

// required reports which of the keys have to be there and are not. What is what
// the document is.
func (r *reader) required(root *yaml.Node, entries []pair, what string, keys ...string) {
	hints := map[string]string{
		"title":     "add a title that says what the " + what + " finds",
		"logsource": "add the log source, with category, product or service",
		"detection": "add the detection, with search identifiers and a condition",
	}
	for _, key := range keys {
		e, ok := find(entries, key)
		if ok && (key != "title" || kindOf(e.value) != kindNull) {
			continue
		}
		at := r.places.span(root)
		if ok {
			at = r.places.span(e.key)
		} else if len(root.Content) > 0 {
			at = r.places.span(root.Content[0])
		}
		r.fail(at, fault{"sigma/" + key, "the " + what + " has no " + key, hints[key]})
	}
}

// maxTitle is the longest title, in characters.
const maxTitle = 256

func (r *reader) title(n *yaml.Node) {
	text, ok := r.text(n, "sigma/title", "the title")
	if !ok {
		return
	}
	r.rule.Title, r.rule.TitleSpan = text, r.places.span(n)
	if length := utf8.RuneCountInString(text); length > maxTitle {
		r.failNode(n, fault{
			"sigma/title", fmt.Sprintf("the title has %d characters", length),
			fmt.Sprintf("shorten it to %d; the description can say the rest", maxTitle),
		})
	}
}

func (r *reader) id(n *yaml.Node) {
	text, ok := r.text(n, "sigma/id", "the id")
	if !ok {
		return
	}
	r.rule.IDSpan = r.places.span(n)
	if r.rule.ID, ok = uuid(text); !ok {
		r.failNode(n, fault{
			"sigma/id", fmt.Sprintf("the id %q is no UUID", text),
			"give the rule a new one, such as uuidgen prints: 32 hexadecimal digits with dashes",
		})
	}
}

// notEmpty returns a text that has to say something if it is there.
func (r *reader) notEmpty(n *yaml.Node, code, what string) string {
	text, ok := r.text(n, code, what)
	if ok && text == "" {
		r.failNode(n, fault{code, what + " is empty", "write one, or remove the key"})
	}
	return text
}

// oneOf returns a text, in lower case, that has to be one of the words.
func (r *reader) oneOf(n *yaml.Node, code, what string, words []string) string {
	text, ok := r.text(n, code, what)
	if !ok {
		return ""
	}
	word := strings.ToLower(text)
	if slices.Contains(words, word) {
		return word
	}
	hint := "it is one of " + strings.Join(words, ", ")
	if near := nearest(word, words); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	r.failNode(n, fault{code, fmt.Sprintf("%q is no %s", text, strings.TrimPrefix(what, "the ")), hint})
	return ""
}

func (r *reader) level(n *yaml.Node) {
	r.rule.Level = r.oneOf(n, "sigma/level", "the level", []string{"informational", "low", "medium", "high", "critical"})
	r.rule.LevelSpan = r.places.span(n)
}

func (r *reader) status(n *yaml.Node) {
	r.rule.Status = r.oneOf(n, "sigma/status", "the status", []string{"unsupported", "deprecated", "experimental", "test", "stable"})
}

func (r *reader) tags(n *yaml.Node) {
	for _, entry := range r.list(n, "sigma/tag", "tags") {
		tag, ok := r.text(entry, "sigma/tag", "a tag")
		switch {
		case ok && strings.Contains(tag, "."):
			r.rule.Tags = append(r.rule.Tags, tag)
		case ok:
			r.failNode(entry, fault{"sigma/tag", fmt.Sprintf("the tag %q has no namespace", tag), "write namespace.name, such as attack.t1059"})
		case kindOf(entry) == kindNull:
			r.failNode(entry, fault{"sigma/tag", "a tag is empty", "write it, or remove the dash"})
		}
	}
}

// date reads a YAML date, YYYY-MM-DD or YYYY/M/D.
func (r *reader) date(n *yaml.Node, code, what string) string {
	k := kindOf(n)
	if k == kindNull {
		return ""
	}
	text := n.Value
	if k == kindTime && len(text) > 10 {
		text, _, _ = strings.Cut(strings.NewReplacer("t", " ", "T", " ", "\t", " ").Replace(text), " ")
		if day, err := time.Parse("2006-1-2", text); err == nil {
			return day.Format(time.DateOnly)
		}
	}
	if k == kindString || k == kindTime {
		if day, err := time.Parse(time.DateOnly, text); err == nil && usualYear(day) {
			return text
		}
		if day, err := time.Parse("2006/1/2", text); err == nil && usualYear(day) {
			return day.Format(time.DateOnly)
		}
	}
	r.failNode(n, fault{code, fmt.Sprintf("%s is no day of the calendar", what), "write it as YYYY-MM-DD"})
	return ""
}

func usualYear(day time.Time) bool { return day.Year() >= 1000 && day.Year() < 4000 }

// relations are the types of related, in the specification's order.
func relations() []string {
	return []string{"derived", "obsolete", "merged", "renamed", "similar", "correlation"}
}

func (r *reader) related(n *yaml.Node) {
	for _, entry := range r.list(n, "sigma/related", "related") {
		if kindOf(entry) != kindMap {
			r.failNode(entry, fault{"sigma/related", fmt.Sprintf("an entry of related is %s", kindOf(entry)), "write a map with id and type"})
			continue
		}
		r.relation(entry)
	}
}

func (r *reader) relation(entry *yaml.Node) {
	entries := r.pairs(entry)
	id, hasID := find(entries, "id")
	kind, hasType := find(entries, "type")
	if !hasID || !hasType {
		r.failNode(entry, fault{"sigma/related", "an entry of related needs both id and type", "add what is missing"})
		return
	}
	text, ok := r.text(id.value, "sigma/related", "the related id")
	canonical, isUUID := uuid(text)
	if ok && !isUUID {
		r.failNode(id.value, fault{"sigma/related", fmt.Sprintf("the related id %q is no UUID", text), "write the other rule's id"})
	}
	if !ok && kindOf(id.value) == kindNull || kindOf(kind.value) == kindNull {
		r.failNode(entry, fault{"sigma/related", "an entry of related needs both id and type", "add what is missing"})
		return
	}
	relation := r.oneOf(kind.value, "sigma/related", "the type of relation", relations())
	if isUUID && relation != "" {
		r.rule.Related = append(r.rule.Related, Related{ID: canonical, Type: relation})
	}
}

// logSource reads section 3.
func (r *reader) logSource(e pair) {
	at := r.pairSpan(e)
	r.rule.LogSource.Span = at
	if k := kindOf(e.value); k != kindMap {
		r.failNode(e.key, fault{"sigma/logsource", fmt.Sprintf("the log source has to be a map, not %s", k), "give it category, product or service"})
		return
	}
	source := &r.rule.LogSource
	given := false
	for _, e := range r.pairs(e.value) {
		var part *string
		switch e.key.Value {
		case "category":
			part = &source.Category
		case "product":
			part = &source.Product
		case "service":
			part = &source.Service
		case "definition":
			source.Definition = e.value.Value
			continue
		default:
			continue
		}
		if text, ok := r.text(e.value, "sigma/logsource", "the "+e.key.Value); ok {
			*part = text
		}
		given = given || kindOf(e.value) != kindNull
	}
	if !given {
		r.fail(r.places.span(e.key), fault{"sigma/logsource", "the log source says nothing", "give it category, product or service"})
	}
}
