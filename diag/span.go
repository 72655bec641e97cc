package diag

// Span is a half-open range of bytes in a file. The zero Span is no place.
type Span struct {
	File       *File
	Start, End int
}

// IsValid reports whether the span names a place in a file.
func (s Span) IsValid() bool {
	return s.File != nil && s.Start >= 0 && s.Start <= s.End && s.End <= len(s.File.Text)
}

// Union returns the smallest span that holds both. A span that names no place,
// or one in another file, adds nothing.
func (s Span) Union(other Span) Span {
	switch {
	case !s.IsValid():
		return other
	case !other.IsValid() || other.File != s.File:
		return s
	}
	return Span{File: s.File, Start: min(s.Start, other.Start), End: max(s.End, other.End)}
}

// Position returns where the span starts, and zeros where it names no place.
func (s Span) Position() Position {
	if !s.IsValid() {
		return Position{}
	}
	return s.File.Position(s.Start)
}

// Text returns the bytes of the file that the span names, as text.
func (s Span) Text() string {
	if !s.IsValid() {
		return ""
	}
	return string(s.File.Text[s.Start:s.End])
}

// String returns the place as it is printed, "file:line:column".
func (s Span) String() string { return place(Diagnostic{Span: s}) }
