package diag

import (
	"bytes"
	"sort"
	"sync"
	"unicode/utf8"
)

// File is a source text with its name as the user knows it. It must not be
// copied; its text must not change.
type File struct {
	// Name is the path as the user gave it, with forward slashes.
	Name string
	// Text is the whole content.
	Text []byte

	lines func() []int
}

// NewFile returns a file of that name and content. The content is not copied.
func NewFile(name string, text []byte) *File {
	f := &File{Name: name, Text: text}
	f.lines = sync.OnceValue(func() []int { return lineStarts(text) })
	return f
}

// Position is a place as people and editors count it: line and column from 1,
// columns in characters (Unicode code points). Zero means unknown.
type Position struct{ Line, Column int }

// Equal reports whether both files have the same name and text.
func (f *File) Equal(other *File) bool {
	if f == nil || other == nil {
		return f == other
	}
	return f == other || f.Name == other.Name && bytes.Equal(f.Text, other.Text)
}

// Position returns the line and column of a byte offset. An offset outside the
// text is moved to its nearest end.
func (f *File) Position(offset int) Position {
	offset = min(max(offset, 0), len(f.Text))
	starts := f.index()
	line := sort.SearchInts(starts, offset+1) - 1
	if line < 0 {
		// Before the first line's start: inside the byte order mark.
		return Position{Line: 1, Column: 1}
	}
	return Position{Line: line + 1, Column: utf8.RuneCount(f.Text[starts[line]:offset]) + 1}
}

// Offset returns the byte offset of a line and column. A line or column
// outside the text is moved to the nearest that there is.
func (f *File) Offset(line, column int) int {
	starts := f.index()
	line = min(max(line, 1), len(starts))
	start, end := starts[line-1], f.lineEnd(line)
	for ; column > 1 && start < end; column-- {
		_, size := utf8.DecodeRune(f.Text[start:end])
		start += size
	}
	return start
}

// Lines returns the number of lines; a text that ends with a line break has an
// empty last one.
func (f *File) Lines() int { return len(f.index()) }

// Line returns the text of a line, counted from 1, without its line break. It
// is empty for a line that there is not.
func (f *File) Line(line int) string {
	starts := f.index()
	if line < 1 || line > len(starts) {
		return ""
	}
	return string(f.Text[starts[line-1]:f.lineEnd(line)])
}

// Span returns the place from start to end in the file.
func (f *File) Span(start, end int) Span { return Span{File: f, Start: start, End: end} }

// Whole returns the span that names the file and no place in it.
func (f *File) Whole() Span { return Span{File: f, Start: -1, End: -1} }

func (f *File) index() []int {
	if f.lines == nil {
		// A File made without NewFile has no place to keep the index.
		return lineStarts(f.Text)
	}
	return f.lines()
}

func (f *File) lineEnd(line int) int {
	starts, end := f.index(), len(f.Text)
	if line < len(starts) {
		end = starts[line]
	}
	for end > starts[line-1] && (f.Text[end-1] == '\n' || f.Text[end-1] == '\r') {
		end--
	}
	return end
}

// lineStarts finds the lines of a text. They end with LF, CR LF or CR, as in
// editors. A byte order mark belongs to no line.
func lineStarts(text []byte) []int {
	first := 0
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		first = 3
	}
	starts := append(make([]int, 0, bytes.Count(text, []byte{'\n'})+1), first)
	if bytes.IndexByte(text, '\r') >= 0 {
		return mixedLineStarts(text, starts)
	}
	for at := first; ; {
		end := bytes.IndexByte(text[at:], '\n')
		if end < 0 {
			return starts
		}
		at += end + 1
		starts = append(starts, at)
	}
}

// mixedLineStarts goes on from the start of the first line, byte by byte.
func mixedLineStarts(text []byte, starts []int) []int {
	for i := starts[0]; i < len(text); i++ {
		switch {
		case text[i] == '\n':
			starts = append(starts, i+1)
		case text[i] == '\r' && (i+1 == len(text) || text[i+1] != '\n'):
			starts = append(starts, i+1)
		}
	}
	return starts
}
