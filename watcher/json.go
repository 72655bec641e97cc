package watcher

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// maxDepth is how deep a text may nest where the options name no limit; the
// same number as the server's parser has from 8.10 on.
const maxDepth = 1000

// ParseOptions say how ParseJSON reads a text. The zero value is strict: one
// value and nothing but white space around it.
type ParseOptions struct {
	// Server reads as Elasticsearch does (Jackson): comments, a byte order
	// mark and anything after the closing bracket pass.
	Server bool
	// MaxDepth is how deep objects and lists may nest; 0 stands for 1000.
	MaxDepth int
}

// SyntaxKind tells the kinds of SyntaxError apart.
type SyntaxKind int

const (
	// Malformed is a text that is no JSON.
	Malformed SyntaxKind = iota
	// CutOff is a text that ends too early.
	CutOff
	// Duplicate is an object with two members of one name.
	Duplicate
	// TooDeep is a text that nests deeper than allowed.
	TooDeep
	// Empty is a text with nothing in it.
	Empty
	// Trailing is a strict text with something after its value.
	Trailing
)

// SyntaxError is what is wrong with a JSON text.
type SyntaxError struct {
	Kind SyntaxKind
	// Offset is in bytes, Line and Column (in runes) count from 1; all three
	// say where the offending token or character begins.
	Offset, Line, Column int
	// Message is the server's wording (Jackson) without its position.
	Message string

	// serverColumn is where Jackson says that it stopped, in bytes.
	serverColumn int
}

// Error gives position and message.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// ParseJSON reads one JSON value into *Object, []any, string, json.Number,
// bool and nil. Numbers keep their text, objects the order of their members.
// An object that names a member twice is refused. An error is a *SyntaxError.
func ParseJSON(data []byte, options ...ParseOptions) (any, error) {
	p := &jsonParser{text: data, depth: maxDepth}
	for _, o := range options {
		p.server = o.Server
		if o.MaxDepth > 0 {
			p.depth = o.MaxDepth
		}
	}
	return p.document()
}

// ParseObject is ParseJSON for a text that has to be an object.
func ParseObject(data []byte, options ...ParseOptions) (*Object, error) {
	v, err := ParseJSON(data, options...)
	if err != nil {
		return nil, err
	}
	o, ok := v.(*Object)
	if !ok {
		return nil, fmt.Errorf("expected a JSON object, found %s", kindOf(v))
	}
	return o, nil
}

func kindOf(v any) string {
	switch v.(type) {
	case *Object:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a text"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	default:
		return "null"
	}
}

type jsonParser struct {
	text   []byte
	at     int
	depth  int
	server bool
}

func (p *jsonParser) document() (any, error) {
	if p.server && len(p.text) >= 3 && p.text[0] == 0xEF && p.text[1] == 0xBB && p.text[2] == 0xBF {
		p.at = 3
	}
	v, err := p.value(wantDocument)
	if err != nil {
		return nil, err
	}
	if p.server {
		return v, nil
	}
	if err := p.space(); err != nil {
		return nil, err
	}
	if p.at < len(p.text) {
		return nil, p.fail(Trailing, p.at, "unexpected text after the value")
	}
	return v, nil
}

// wanted is the value that the parser is after: it decides what is said of
// anything else.
type wanted int

const (
	wantDocument wanted = iota
	wantMember
	wantElement
)

func (w wanted) expected() string {
	if w == wantMember {
		return "expected a value"
	}
	return "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
}

func (p *jsonParser) value(want wanted) (any, error) {
	if err := p.space(); err != nil {
		return nil, err
	}
	if p.at >= len(p.text) {
		return nil, p.end(want)
	}
	switch c := p.text[p.at]; {
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '"':
		return p.str()
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$':
		return p.word()
	default:
		return nil, p.unexpected(p.at, want.expected())
	}
}

func (p *jsonParser) end(want wanted) error {
	switch want {
	case wantMember:
		return p.fail(CutOff, len(p.text), "Unexpected end-of-input within/between Object entries")
	case wantElement:
		return p.fail(CutOff, len(p.text), "Unexpected end-of-input within/between Array entries")
	default:
		return p.fail(Empty, len(p.text), "No content to map due to end-of-input")
	}
}

func (p *jsonParser) object() (any, error) {
	start, err := p.open()
	if err != nil {
		return nil, err
	}
	o := &Object{}
	seen := nameSet{}
	for {
		if err := p.space(); err != nil {
			return nil, err
		}
		if p.at >= len(p.text) {
			return nil, p.unclosed("Object", start)
		}
		if p.text[p.at] == '}' && len(o.Members) == 0 {
			break
		}
		if len(o.Members) > 0 {
			if p.text[p.at] == '}' {
				break
			}
			if p.text[p.at] != ',' {
				return nil, p.unexpected(p.at, "was expecting comma to separate Object entries")
			}
			p.at++
		}
		if err := p.member(o, &seen); err != nil {
			return nil, err
		}
	}
	p.at++
	p.depth++
	return o, nil
}

func (p *jsonParser) member(o *Object, seen *nameSet) error {
	if err := p.space(); err != nil {
		return err
	}
	if p.at >= len(p.text) {
		return p.fail(CutOff, p.at, "Unexpected end-of-input within/between Object entries")
	}
	if p.text[p.at] != '"' {
		return p.unexpected(p.at, "was expecting double-quote to start field name")
	}
	start := p.at
	name, err := p.str()
	if err != nil {
		return err
	}
	if seen.twice(o, name) {
		e := p.fail(Duplicate, start, fmt.Sprintf("Duplicate field '%s'", name))
		return p.stoppedAt(e, p.at)
	}
	if err := p.space(); err != nil {
		return err
	}
	if p.at >= len(p.text) {
		return p.fail(CutOff, p.at, "Unexpected end-of-input within/between Object entries")
	}
	if p.text[p.at] != ':' {
		return p.unexpected(p.at, "was expecting a colon to separate field name and value")
	}
	p.at++
	v, err := p.value(wantMember)
	if err != nil {
		return err
	}
	o.Members = append(o.Members, Member{Name: name, Value: v})
	return nil
}

// nameSet finds doubles: by looking through small objects, by a map in large
// ones.
type nameSet struct{ names map[string]struct{} }

func (s *nameSet) twice(o *Object, name string) bool {
	const small = 16
	if len(o.Members) < small {
		_, there := o.Get(name)
		return there
	}
	if s.names == nil {
		s.names = make(map[string]struct{}, 2*small)
		for i := range o.Members {
			s.names[o.Members[i].Name] = struct{}{}
		}
	}
	if _, there := s.names[name]; there {
		return true
	}
	s.names[name] = struct{}{}
	return false
}

func (p *jsonParser) array() (any, error) {
	start, err := p.open()
	if err != nil {
		return nil, err
	}
	list := []any{}
	for {
		if err := p.space(); err != nil {
			return nil, err
		}
		if p.at >= len(p.text) {
			return nil, p.unclosed("Array", start)
		}
		if p.text[p.at] == ']' {
			break
		}
		if len(list) > 0 {
			if p.text[p.at] != ',' {
				return nil, p.unexpected(p.at, "was expecting comma to separate Array entries")
			}
			p.at++
		}
		v, err := p.value(wantElement)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	p.at++
	p.depth++
	return list, nil
}

func (p *jsonParser) open() (int, error) {
	if p.depth == 0 {
		return 0, p.fail(TooDeep, p.at, "Document nesting depth exceeds the maximum allowed")
	}
	p.depth--
	p.at++
	return p.at - 1, nil
}

// space passes white space and, as the server does, comments.
func (p *jsonParser) space() error {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		case '/':
			if !p.server {
				return nil
			}
			if err := p.comment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

func (p *jsonParser) comment() error {
	start := p.at
	if p.at+1 >= len(p.text) {
		return p.fail(CutOff, len(p.text), "Unexpected end-of-input in a comment")
	}
	switch p.text[p.at+1] {
	case '/':
		for p.at < len(p.text) && p.text[p.at] != '\n' && p.text[p.at] != '\r' {
			p.at++
		}
		return nil
	case '*':
		for p.at += 2; p.at+1 < len(p.text); p.at++ {
			if p.text[p.at] == '*' && p.text[p.at+1] == '/' {
				p.at += 2
				return nil
			}
		}
		return p.fail(CutOff, len(p.text), "Unexpected end-of-input in a comment")
	default:
		return p.unexpected(start+1, "was expecting either '*' or '/' for a comment")
	}
}

func (p *jsonParser) word() (any, error) {
	start, end := p.at, p.at
	for end < len(p.text) && isWord(p.text[end]) {
		end++
	}
	word := string(p.text[start:end])
	p.at = end
	switch word {
	case "null":
		return nil, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "NaN", "Infinity", "INF":
		e := p.fail(Malformed, start, fmt.Sprintf("Non-standard token '%s': enable JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS to allow", word))
		return nil, p.stoppedAt(e, end)
	default:
		e := p.fail(Malformed, start, fmt.Sprintf("Unrecognized token '%s': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", word))
		return nil, p.stoppedAt(e, end)
	}
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$'
}

func (p *jsonParser) unclosed(what string, start int) error {
	line, column := p.place(start, true)
	return p.fail(CutOff, len(p.text), fmt.Sprintf(
		"Unexpected end-of-input: expected close marker for %s (start marker at [Source: (%s); line: %d, column: %d])",
		what, jacksonSource, line, column))
}

// jacksonSource is what Elasticsearch reads from, as its messages name it.
const jacksonSource = "org.elasticsearch.common.io.stream.ByteBufferStreamInput"

func (p *jsonParser) unexpected(at int, after string) error {
	c, _ := utf8.DecodeRune(p.text[at:])
	return p.fail(Malformed, at, fmt.Sprintf("Unexpected character ('%c' (code %d)): %s", c, c, after))
}

func (p *jsonParser) fail(kind SyntaxKind, at int, message string) *SyntaxError {
	e := &SyntaxError{Kind: kind, Offset: at, Message: message}
	e.Line, e.Column = p.place(at, false)
	stop := at
	if kind != CutOff {
		stop++
	}
	_, e.serverColumn = p.place(min(stop, len(p.text)), true)
	return e
}

func (p *jsonParser) stoppedAt(e *SyntaxError, at int) *SyntaxError {
	_, e.serverColumn = p.place(min(at, len(p.text)), true)
	return e
}

// place gives line and column from 1, the column in bytes or in runes.
func (p *jsonParser) place(at int, bytes bool) (line, column int) {
	line, start := 1, 0
	for i := range at {
		if p.text[i] == '\n' {
			line, start = line+1, i+1
		}
	}
	if bytes {
		return line, at - start + 1
	}
	return line, utf8.RuneCount(p.text[start:at]) + 1
}
