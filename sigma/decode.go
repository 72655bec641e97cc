package sigma

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/diag/yamlnode"
)

// document is one document of a file, as it was decoded.
type document struct {
	// root is nil for a document that is not there.
	root *yaml.Node
	// broken is true where the text is no YAML; it is then kept.
	broken bool
	text   diag.Span
}

// readable checks what yaml.v3 would refuse without a place, or read in an
// encoding of its own.
func (p *parser) readable() bool {
	text := p.file.Text
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		p.unreadable(p.file.Whole(), "the file is UTF-16")
		return false
	}
	for at := 0; at < len(text); {
		if c := text[at]; c >= ' ' && c < 0x7F || c == '\n' {
			at++
			continue
		}
		r, size := utf8.DecodeRune(text[at:])
		switch {
		case r == utf8.RuneError && size == 1:
			p.unreadable(p.file.Span(at, at+1), fmt.Sprintf("the byte %#02x is not UTF-8", text[at]))
			return false
		case notYAML(r):
			p.unreadable(p.file.Span(at, at+size), "the file has a control character, which YAML does not allow")
			return false
		}
		at += size
	}
	return true
}

// notYAML reports whether a character cannot stand in a YAML file.
func notYAML(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7F ||
		r >= 0x80 && r < 0xA0 && r != 0x85 || r == 0xFFFE || r == 0xFFFF
}

func (p *parser) unreadable(at diag.Span, message string) {
	p.out.Unread = true
	p.fail(at, fault{"sigma/encoding", message, "save the file as UTF-8 text"})
}

// decode reads the documents. Where one is broken it goes on with the next, as
// far as "---" shows where that begins.
func (p *parser) decode() []document {
	docs, err := decodeAll(p.file.Text)
	if err == nil {
		return docs
	}
	docs = nil
	for _, part := range p.parts() {
		text := p.file.Text[part.Start:part.End]
		found, err := decodeAll(text)
		skipped := p.places.lineOf(part.Start) - 1
		for i := range found {
			shift(found[i].root, skipped)
		}
		docs = append(docs, found...)
		if err == nil {
			continue
		}
		p.broken(err, skipped)
		docs = append(docs, document{broken: true, text: part})
		if bytes.Contains(text, []byte("action")) {
			// It may have said what the next ones are to be merged with.
			break
		}
	}
	return docs
}

// shift moves a node and all below it down by some lines.
func shift(n *yaml.Node, lines int) {
	if n == nil {
		return
	}
	n.Line += lines
	for _, kid := range n.Content {
		shift(kid, lines)
	}
}

// decodeAll decodes the documents up to the first error.
func decodeAll(text []byte) ([]document, error) {
	nodes, err := yamlnode.Decode(text)
	docs := make([]document, len(nodes))
	for i, n := range nodes {
		docs[i].root = n.Content[0]
	}
	return docs, err
}

// parts cuts the file before each line that begins a document.
func (p *parser) parts() []diag.Span {
	text := p.file.Text
	var out []diag.Span
	start := 0
	for i := 0; i < len(text); {
		if i > start && documentStart(text[i:]) {
			out = append(out, p.file.Span(start, i))
			start = i
		}
		next := bytes.IndexAny(text[i:], "\r\n")
		if next < 0 {
			break
		}
		i += next + 1
	}
	return append(out, p.file.Span(start, len(text)))
}

func documentStart(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("---"))
	return ok && (len(rest) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0)
}

// broken reports a YAML error at the line that yaml.v3 names, if it does.
func (p *parser) broken(err error, skipped int) {
	at := p.file.Whole()
	line, message := yamlnode.Line(err)
	if line > 0 {
		start := p.places.lineStart(line + skipped)
		at = p.file.Span(start, start)
	}
	p.report(diag.Diagnostic{
		Span: at, Severity: diag.Error, Code: "sigma/yaml", LineOnly: at.IsValid(),
		Message: "not valid YAML: " + message, Hint: yamlHint(message),
	})
}

func yamlHint(message string) string {
	switch {
	case strings.Contains(message, "cannot start any token"):
		return "tabs cannot indent, and a value that begins with %, @ or ` needs quotes"
	case strings.Contains(message, "mapping values are not allowed"):
		return "a value with a colon and a blank needs quotes; or is the line indented too far?"
	case strings.Contains(message, "did not find expected key"):
		return "look for a line that is indented differently, or a quote that is closed too early, from this line on"
	case strings.Contains(message, "unknown anchor"), strings.Contains(message, "alphabetic or numeric character"):
		return "a value that begins with * or & needs quotes"
	case strings.Contains(message, "could not find expected ':'"):
		return "a colon is missing, or a quote is never closed"
	case strings.Contains(message, "unknown escape"):
		return "in double quotes a backslash is written twice; in single quotes it stands for itself"
	}
	return "check indentation and quotes"
}

// guess reads id and title out of the lines of a document that is no YAML.
func (d document) guess(number int) Rejected {
	text := d.text.Text()
	r := Rejected{Document: number, Span: d.text}
	r.ID, _ = uuid(lineValue(text, "id"))
	r.Title, r.Name = lineValue(text, "title"), lineValue(text, "name")
	return r
}

// isFilter guesses whether a document that is no YAML was to be a filter.
func (d document) isFilter() bool {
	text := []byte(d.text.Text())
	return mayHoldFilter(text) && !bytes.Contains(append([]byte("\n"), text...), []byte("\ndetection:"))
}

// lineValue returns what stands behind a key at the beginning of a line.
func lineValue(text, key string) string {
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.Trim(strings.TrimRight(name, " \t"), `"'`) != key {
			continue
		}
		value, _, _ = strings.Cut(value, " #")
		return strings.Trim(value, "\"' \t\r\n")
	}
	return ""
}
