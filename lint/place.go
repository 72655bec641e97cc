package lint

import (
	"bytes"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// keyPlace is the place of a top-level key of a rule, else of its title. Rules
// carry the places of what the compiler needs; for the rest it is enough to
// look for a line that begins with the key.
func keyPlace(r *sigma.Rule, key string) diag.Span {
	if start, _ := section(r, key); start >= 0 {
		return r.File.Span(start, start+len(key))
	}
	return titlePlace(r)
}

func titlePlace(r *sigma.Rule) diag.Span {
	if r.TitleSpan.IsValid() {
		return r.TitleSpan
	}
	return r.Span
}

// entryPlace is the place of a text in what a top-level key holds, else that
// of the key.
func entryPlace(r *sigma.Rule, key, text string) diag.Span {
	start, end := section(r, key)
	if start < 0 || text == "" {
		return titlePlace(r)
	}
	for at := start + len(key) + 1; at < end; {
		i := bytes.Index(r.File.Text[at:end], []byte(text))
		if i < 0 {
			break
		}
		at += i
		if !joined(r.File.Text, at-1) && !joined(r.File.Text, at+len(text)) {
			return r.File.Span(at, at+len(text))
		}
		at += len(text)
	}
	return r.File.Span(start, start+len(key))
}

// joined reports whether there is a character that makes a longer word.
func joined(text []byte, at int) bool {
	if at < 0 || at >= len(text) {
		return false
	}
	c := text[at]
	return c == '.' || c == '-' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// section returns where a key stands and where the next one does, or -1. What
// a collection hands on stands in an earlier document.
func section(r *sigma.Rule, key string) (start, end int) {
	if !r.Span.IsValid() {
		return -1, -1
	}
	start, end = sectionIn(r.File.Text, key, r.Span.Start, r.Span.End)
	if start < 0 && r.TitleSpan.IsValid() && r.TitleSpan.Start < r.Span.Start {
		return sectionIn(r.File.Text, key, 0, r.Span.Start)
	}
	return start, end
}

func sectionIn(text []byte, key string, from, to int) (start, end int) {
	start, end = -1, to
	for at := lineStart(text, from); at < to; at = nextLine(text, at) {
		line := text[at:]
		switch {
		case start >= 0 && len(line) > 0 && beginsKey(line[0]):
			return start, at
		case start < 0 && bytes.HasPrefix(line, []byte(key)) && len(line) > len(key) && line[len(key)] == ':':
			start = at
		}
	}
	return start, end
}

func beginsKey(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '"' || c == '\''
}

func lineStart(text []byte, at int) int { return bytes.LastIndexByte(text[:at], '\n') + 1 }

func nextLine(text []byte, at int) int {
	if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(text)
}
