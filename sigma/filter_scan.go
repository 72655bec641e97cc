package sigma

import "bytes"

// mayHoldFilter reports whether a document of the text may have the key filter.
// It looks at bytes alone, so that files without a filter need not be parsed to
// know that, and errs on the safe side only: what it is to tell apart is nearly
// always "filter:" deep inside a detection. Its time is linear.
func mayHoldFilter(text []byte) bool { return mayHoldKey(text, "filter") }

// mayHoldKey is mayHoldFilter for any key.
func mayHoldKey(text []byte, key string) bool {
	text = plainBytes(text)
	word := []byte(key)
	lines := lineScan{text: text}
	for at := 0; ; {
		i := bytes.Index(text[at:], word)
		if i < 0 {
			return false
		}
		i += at
		at = i + len(word)
		if !endsKey(text[at:]) {
			continue
		}
		lines.advance(i)
		if !lines.nested(i) {
			return true
		}
	}
}

// plainBytes is a text without its byte order mark. Of UTF-16, which is refused
// where it is parsed, it leaves the characters of ASCII readable.
func plainBytes(text []byte) []byte {
	for _, mark := range []string{"\ufeff", "\xff\xfe", "\xfe\xff"} {
		text = bytes.TrimPrefix(text, []byte(mark))
	}
	if bytes.IndexByte(text[:min(len(text), 4)], 0) < 0 {
		return text
	}
	return bytes.ReplaceAll(text, []byte{0}, nil)
}

// endsKey reports whether the text goes on as after a key: with a colon, behind
// a quote and blanks perhaps, or with the line's end.
func endsKey(after []byte) bool {
	after = bytes.TrimLeft(bytes.TrimLeft(after[:min(len(after), 100)], `"'`), " \t")
	return len(after) == 0 || after[0] == ':' || after[0] == '\r' || after[0] == '\n' || after[0] == '#'
}

// lineScan goes through a text line by line, as far as it has to.
type lineScan struct {
	text []byte
	// line is where the current line begins, at how far it was looked through.
	line, at int
	// rooted is true where the last line that is not indented begins with the
	// letter of a key: indented keys lie inside of that one.
	rooted bool
}

// advance goes to the line of byte i.
func (s *lineScan) advance(i int) {
	for {
		n := bytes.IndexAny(s.text[s.at:i], "\r\n")
		if n < 0 {
			s.at = i
			return
		}
		s.passed(s.text[s.line])
		s.at += n + 1
		s.line = s.at
	}
}

// passed notes what a line begins with. Indented and empty lines and comments
// say nothing.
func (s *lineScan) passed(first byte) {
	switch {
	case bytes.IndexByte([]byte(" \t\r\n#"), first) >= 0:
	default:
		s.rooted = first == '_' || first >= 'a' && first <= 'z' || first >= 'A' && first <= 'Z'
	}
}

// nested reports whether the word at byte i of the current line is no key of a
// document: it lies inside of another key, or it is part of a text.
func (s *lineScan) nested(i int) bool {
	before := bytes.TrimRight(s.text[s.line:i], `"'`)
	switch {
	case len(before) == 0, len(before) > 200:
		return false
	case len(bytes.Trim(before, " ")) == 0:
		return s.rooted
	default:
		// A map between braces, a key with a question mark, an anchor or a tag.
		return !bytes.ContainsAny(before, "{?,&!<-")
	}
}
