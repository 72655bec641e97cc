package sigma

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
)

// places turns the lines and columns of yaml.v3, counted in characters, into
// offsets and spans. It remembers the last one, since nodes come in order and
// a line may be very long.
type places struct {
	file *diag.File
	// starts are the lines where the text has line breaks that YAML knows and
	// editors do not, otherwise nil.
	starts []int

	line, column, at int
}

func newPlaces(f *diag.File) *places {
	p := &places{file: f}
	for _, odd := range []string{"\u0085", "\u2028", "\u2029"} {
		if bytes.Contains(f.Text, []byte(odd)) {
			p.starts = yamlLines(f.Text)
			break
		}
	}
	return p
}

// yamlLines finds the lines as YAML 1.1 counts them.
func yamlLines(text []byte) []int {
	start := len(text) - len(bytes.TrimPrefix(text, []byte("\ufeff")))
	starts := []int{start}
	for i := start; i < len(text); {
		size, _ := lineBreak(text[i:])
		if size == 0 {
			i++
			continue
		}
		i += size
		starts = append(starts, i)
	}
	return starts
}

// lineBreak returns the length of the line break in front of the text, 0 for
// none, and what it becomes in a scalar's value.
func lineBreak(text []byte) (size int, value string) {
	switch {
	case len(text) == 0:
		return 0, ""
	case text[0] == '\n':
		return 1, "\n"
	case text[0] == '\r':
		if len(text) > 1 && text[1] == '\n' {
			return 2, "\n"
		}
		return 1, "\n"
	case text[0] == 0xC2 && len(text) > 1 && text[1] == 0x85:
		return 2, "\n"
	case text[0] == 0xE2 && len(text) > 2 && text[1] == 0x80 && (text[2] == 0xA8 || text[2] == 0xA9):
		return 3, string(text[:3])
	}
	return 0, ""
}

// start returns the offset where a node begins, its anchor and tag included.
func (p *places) start(n *yaml.Node) int {
	if n.Line == 0 {
		return 0
	}
	line, column := n.Line, n.Column
	if line != p.line || column < p.column {
		p.line, p.column, p.at = line, 1, p.lineStart(line)
	}
	text := p.file.Text
	for p.column < column && p.at < len(text) {
		if text[p.at] < utf8.RuneSelf {
			p.at++
		} else {
			_, size := utf8.DecodeRune(text[p.at:])
			p.at += size
		}
		p.column++
	}
	return p.at
}

func (p *places) lineStart(line int) int {
	if p.starts == nil {
		return p.file.Offset(line, 1)
	}
	return p.starts[min(max(line, 1), len(p.starts))-1]
}

// lineOf returns the number of the line that an offset is in, as YAML counts.
func (p *places) lineOf(offset int) int {
	if p.starts == nil {
		return p.file.Position(offset).Line
	}
	return max(1, sort.SearchInts(p.starts, offset+1))
}

// span returns the place of a node: a scalar with its quotes, a map or list
// up to the end of its last entry. An alias is its own place.
func (p *places) span(n *yaml.Node) diag.Span {
	start := p.start(n)
	return p.file.Span(start, max(start, p.end(n)))
}

func (p *places) end(n *yaml.Node) int {
	for len(n.Content) > 0 {
		n = n.Content[len(n.Content)-1]
	}
	start := p.start(n)
	switch n.Kind {
	case yaml.ScalarNode:
		return scalarEnd(p.file.Text, p.content(n, start), n)
	case yaml.AliasNode:
		return min(start+1+len(n.Value), len(p.file.Text))
	case yaml.MappingNode, yaml.SequenceNode:
		return min(p.content(n, start)+2, len(p.file.Text))
	default:
		return start
	}
}

// content returns where a node's text begins: behind its anchor and tag.
func (p *places) content(n *yaml.Node, start int) int {
	text := p.file.Text
	for start < len(text) && (text[start] == '&' || text[start] == '!') {
		word := start
		start = propertyEnd(text, start)
		if n.Kind == yaml.ScalarNode && n.Value == "" && n.Style&^yaml.TaggedStyle == 0 {
			// Nothing follows: the next word is another node's.
			return max(word, start)
		}
		start = skipBlank(text, start)
	}
	return start
}

// propertyEnd returns where an anchor or a tag ends, as yaml.v3 reads them: the
// text may begin right behind an anchor, as in "&a?s", and a comma is part of a
// tag, as in "!, d".
func propertyEnd(text []byte, start int) int {
	part := func(c byte) bool { return strings.IndexByte(" \t\r\n{}", c) < 0 }
	if text[start] == '&' {
		part = func(c byte) bool {
			return c == '_' || c == '-' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
		}
	}
	end := start + 1
	for end < len(text) && part(text[end]) {
		end++
	}
	return end
}

// skipBlank passes over white space, line breaks and comments.
func skipBlank(text []byte, i int) int {
	for i < len(text) {
		switch text[i] {
		case ' ', '\t', '\r', '\n':
			i++
		case '#':
			for i < len(text) && text[i] != '\n' && text[i] != '\r' {
				i++
			}
		default:
			return i
		}
	}
	return i
}

// source returns the map from a scalar's value to its place.
func (p *places) source(n *yaml.Node) *Source {
	start := p.content(n, p.start(n))
	end := scalarEnd(p.file.Text, start, n)
	return &Source{Span: p.file.Span(start, max(start, end)), value: n.Value, style: styleOf(n)}
}
