package build

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode"

	"github.com/sigwatch/sigwatch/diag"
)

// Names lists what ${…} may name in the texts of an action.
func Names() []string {
	return []string{
		"rule.author", "rule.date", "rule.description", "rule.falsepositives",
		"rule.file", "rule.id", "rule.level", "rule.modified", "rule.name",
		"rule.references", "rule.status", "rule.tags", "rule.title", "watch.id",
	}
}

// Unrated is the level's name in texts where a rule gives none; its mail has
// normal priority.
const Unrated = "unrated"

// value is what ${…} stands for in this watch. Most texts name one or two.
func (b *builder) value(name string) (value string, known bool) {
	r := b.rule
	switch name {
	case "rule.author":
		return r.Author, true
	case "rule.date":
		return r.Date, true
	case "rule.description":
		return r.Description, true
	case "rule.falsepositives":
		return strings.Join(r.FalsePositives, ", "), true
	case "rule.file":
		return fileName(r), true
	case "rule.id":
		return r.ID, true
	case "rule.level":
		return cmp.Or(r.Level, Unrated), true
	case "rule.modified":
		return r.Modified, true
	case "rule.name":
		return r.Name, true
	case "rule.references":
		return strings.Join(r.References, ", "), true
	case "rule.status":
		return r.Status, true
	case "rule.tags":
		return strings.Join(r.Tags, ", "), true
	case "rule.title":
		return r.Title, true
	case "watch.id":
		return b.id, true
	default:
		return "", false
	}
}

// pieces cuts a text at its ${…}: the texts at even places are plain, those at
// odd ones are names. An unclosed ${ is plain.
func pieces(text string) []string {
	out := make([]string, 0, 2*strings.Count(text, "${")+1)
	for {
		plain, rest, found := strings.Cut(text, "${")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return append(out, text)
		}
		out = append(out, plain, name)
		text = after
	}
}

// fill puts values in the place of ${…}. What is put in is not looked at again.
func fill(text string, value func(name string) (string, bool)) string {
	var b strings.Builder
	for i, piece := range pieces(text) {
		if i%2 == 0 {
			b.WriteString(piece)
			continue
		}
		if v, ok := value(piece); ok {
			b.WriteString(v)
		}
	}
	return b.String()
}

// kind says how a rule's text has to be put into a text of an action.
type kind int

const (
	line  kind = iota // one line: a subject, an address
	block             // plain text of several lines
	markup
)

// text fills in the ${…} of a mustache template. What the rules say reads in
// the rendered text exactly as they say it, whatever braces it has.
func (b *builder) text(template string, k kind, at diag.Span) string {
	if !strings.Contains(template, "${") {
		return template
	}
	if why := misplaced(template); why != "" {
		b.report(diag.Diagnostic{
			Span: at, Severity: diag.Error, Code: "build/misplaced-name", Message: why,
			Hint: "a rule's text must not become part of a template: put ${…} outside of {{…}}",
		})
		return template
	}
	out := make([]byte, 0, 2*len(template))
	for i, piece := range pieces(template) {
		if i%2 == 0 {
			out = append(out, piece...)
			continue
		}
		v, ok := b.value(piece)
		if !ok {
			b.report(unknownName(at, piece, Names()))
		}
		// A brace that stands before the text is a plain one, and goes with
		// it, lest it make a tag of the braces that keep it plain.
		bare := bytes.TrimRight(out, "{")
		out = append(bare, plain(string(out[len(bare):])+k.fit(v))...)
	}
	return keepStart(template, string(out))
}

// fit brings a rule's text into the form of the text around it.
func (k kind) fit(v string) string {
	switch k {
	case line:
		return oneLine(v)
	case markup:
		return html.EscapeString(v)
	default:
		return v
	}
}

// misplaced says why ${…} cannot be filled in where it stands in a template:
// inside a tag it would be a name or an end of the tag, and after a change of
// delimiters nobody knows which braces count.
func misplaced(template string) string {
	if strings.Contains(template, "{{=") {
		return "${…} cannot be filled in where the delimiters of mustache are changed"
	}
	for at := range template {
		before, here := template[:at], template[at:]
		switch {
		case !strings.HasPrefix(here, "${"):
		case inside(before, "{{", "}}"):
			return "${…} stands inside of a tag of mustache"
		case inside(before, "{{#toJson", "{{/toJson"), inside(before, "{{#join", "{{/join"):
			return "${…} stands where toJson or join expects a name"
		}
	}
	return ""
}

func inside(before, open, closed string) bool {
	return strings.LastIndex(before, open) > strings.LastIndex(before, closed)
}

// plain makes a text that mustache renders as v. Braces are plain between
// other delimiters, which are changed for nothing but the braces, so that
// nothing of v can be taken for those. A single brace counts at the ends of v,
// where the template may add another (recorded: mus-014; mustache.java changes
// delimiters alike in 6.3 and 9.5).
func plain(v string) string {
	if !strings.Contains(v, "{") {
		return v
	}
	var b strings.Builder
	for i := 0; i < len(v); {
		n := len(v[i:]) - len(strings.TrimLeft(v[i:], "{"))
		switch {
		case n > 1 || n == 1 && (i == 0 || i+n == len(v)):
			b.WriteString("{{=<% %>=}}" + v[i:i+n] + "<%={{ }}=%>")
		default:
			n = max(n, 1)
			b.WriteString(v[i : i+n])
		}
		i += n
	}
	return b.String()
}

// oneLine makes one line of a text: blanks for line breaks and other control
// characters, so that a title can add no header to a mail.
func oneLine(v string) string {
	if isOneLine(v) {
		return v
	}
	return strings.Join(strings.FieldsFunc(v, func(c rune) bool {
		return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' || c == ' '
	}), " ")
}

// isOneLine tells texts that oneLine leaves alone: visible ASCII with single
// blanks between the words.
func isOneLine(v string) bool {
	blank := true
	for i := range len(v) {
		switch c := v[i]; {
		case c < ' ' || c > '~' || c == ' ' && blank:
			return false
		default:
			blank = c == ' '
		}
	}
	return !blank || v == ""
}

// keepStart keeps a rule's text at the start of a template from being taken
// for a content type, which Watcher reads there ("__json__::",
// spec/watch-document.md 8).
func keepStart(template, filled string) string {
	if strings.HasPrefix(filled, "_") && strings.HasPrefix(template, "${") ||
		strings.HasPrefix(filled, "__") && strings.HasPrefix(template, "_${") {
		return "{{! }}" + filled
	}
	return filled
}

func unknownName(at diag.Span, name string, known []string) diag.Diagnostic {
	return diag.Diagnostic{
		Span: at, Severity: diag.Error, Code: "build/unknown-name",
		Message: fmt.Sprintf("nothing is known by the name ${%s}", name),
		Hint:    "the names are " + strings.Join(slices.Sorted(slices.Values(known)), ", "),
	}
}
