package yamlnode

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
)

// Span returns the place of a node: a scalar that ends in the line where it
// begins, quotes included; of a quoted one that goes on in the next line what
// stands in the first; of anything else the first character. An anchor or a tag
// before a node belongs to it, and is what it begins with then.
//
// Columns are characters for yaml.v3 as for diag. Lines are not quite the same:
// it counts U+0085, U+2028 and U+2029 as line breaks, which editors do not. The
// place is in the file all the same.
func Span(f *diag.File, n *yaml.Node) diag.Span {
	start, line := firstLine(f, n)
	length, ends := scalarLength(line, n)
	if !ends {
		_, length = utf8.DecodeRune(line)
	}
	return f.Span(start, start+length)
}

// FirstLine returns the place of a node as Span does, but the rest of the line
// where that gives the first character.
func FirstLine(f *diag.File, n *yaml.Node) diag.Span {
	start, line := firstLine(f, n)
	length, ends := scalarLength(line, n)
	if !ends {
		length = len(line)
	}
	return f.Span(start, start+length)
}

// firstLine returns where a node begins and the rest of its line from there.
func firstLine(f *diag.File, n *yaml.Node) (start int, line []byte) {
	start = f.Offset(n.Line, n.Column)
	line = f.Text[start:]
	if end := bytes.IndexAny(line, "\r\n"); end >= 0 {
		line = line[:end]
	}
	return start, line
}

// scalarLength says how much of the line a node takes up, if it is a scalar
// whose end can be seen there.
func scalarLength(line []byte, n *yaml.Node) (length int, ends bool) {
	switch {
	case n.Kind != yaml.ScalarNode:
		return 0, false
	case len(line) > 0 && (line[0] == '"' || line[0] == '\''):
		return quotedLength(line), true
	case bytes.HasPrefix(line, []byte(n.Value)):
		return len(n.Value), true
	}
	return 0, false
}

// quotedLength returns the length of the quoted scalar that the line begins
// with, the whole line where it does not end there.
func quotedLength(line []byte) int {
	quote := line[0]
	for i := 1; i < len(line); i++ {
		switch {
		case quote == '"' && line[i] == '\\':
			i++
		case line[i] != quote:
		case quote == '\'' && i+1 < len(line) && line[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return len(line)
}

// grammar returns the messages of yaml.v3's grammar, parserc.go, which counts
// lines from 0 where its scanner, which says much the same, counts from 1.
func grammar() []string {
	return []string{
		"did not find expected <document start>",
		"did not find expected node content",
		"did not find expected key",
		"did not find expected '-' indicator",
		"did not find expected ',' or ']'",
		"did not find expected ',' or '}'",
		"found undefined tag handle",
		"found duplicate %YAML directive",
		"found duplicate %TAG directive",
		"found incompatible YAML document",
	}
}

// Line splits an error of Decode into the line, counted from 1, and the message
// without it. The line is 0 where the error knows none: in the first line, for
// an unknown anchor, for characters that YAML does not allow.
//
// It is where the faulty part begins (the mapping, the list, the quoted text),
// unless that is the first line; then it is where the fault was noticed.
func Line(err error) (line int, message string) {
	message = strings.TrimPrefix(err.Error(), "yaml: ")
	rest, found := strings.CutPrefix(message, "line ")
	number, rest, colon := strings.Cut(rest, ": ")
	line, bad := strconv.Atoi(number)
	if !found || !colon || bad != nil {
		return 0, message
	}
	if slices.Contains(grammar(), rest) {
		line++
	}
	return line, rest
}

// Fault says at which line of the file its YAML is broken and how, for an error
// of Decode: an empty place at the start of the line, or the whole file where
// the error knows no line. What was noticed behind the end of the text is a
// fault of the last line that holds something.
func Fault(f *diag.File, err error) (at diag.Span, message string) {
	line, message := Line(err)
	if line == 0 {
		return f.Whole(), message
	}
	start := f.Offset(line, 1)
	if end := len(bytes.TrimRight(f.Text, " \t\r\n")); start >= end {
		start = f.Offset(f.Position(end-1).Line, 1)
	}
	return f.Span(start, start), message
}
