package sigma

import "strings"

// ParseString reads a text as Sigma writes it, with wildcards and backslashes
// (section 6). It never fails.
func ParseString(s string) String {
	if strings.IndexByte(s, '*') < 0 && strings.IndexByte(s, '?') < 0 && !strings.Contains(s, `\\`) {
		// A lone backslash before anything else is kept.
		return PlainString(s)
	}
	b := builder{}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '*':
			b.special(Part{Kind: Any})
		case c == '?':
			b.special(Part{Kind: One})
		case c == '\\' && i+1 < len(s) && (s[i+1] == '*' || s[i+1] == '?' || s[i+1] == '\\'):
			i++
			b.text.WriteByte(s[i])
		default:
			b.text.WriteByte(c)
		}
	}
	return String{Parts: b.done()}
}

// PlainString returns a String that is that text, without wildcards.
func PlainString(s string) String {
	if s == "" {
		return String{}
	}
	return String{Parts: []Part{{Kind: Text, Text: s}}}
}

// Plain returns the string's plain form (section 6): wildcards as themselves,
// * and ? of the text behind a backslash, placeholders between percent signs.
// Backslashes are not doubled, so that ParseString does not always undo it.
func (s String) Plain() string {
	escape := strings.NewReplacer("*", `\*`, "?", `\?`)
	var b strings.Builder
	for _, p := range s.Parts {
		switch p.Kind {
		case Any:
			b.WriteByte('*')
		case One:
			b.WriteByte('?')
		case Placeholder:
			b.WriteString("%" + p.Text + "%")
		default:
			b.WriteString(escape.Replace(p.Text))
		}
	}
	return b.String()
}

// Has reports whether the string has a part of that kind.
func (s String) Has(kind PartKind) bool {
	for _, p := range s.Parts {
		if p.Kind == kind {
			return true
		}
	}
	return false
}

// HasWildcards reports whether the string holds * or ? as wildcards.
func (s String) HasWildcards() bool { return s.Has(Any) || s.Has(One) }

// Literal returns the text of a string that is nothing but text, and false for
// one with wildcards or placeholders.
func (s String) Literal() (string, bool) {
	switch {
	case len(s.Parts) == 0:
		return "", true
	case len(s.Parts) == 1 && s.Parts[0].Kind == Text:
		return s.Parts[0].Text, true
	}
	return "", false
}

// builder puts parts together: text grows until a special part comes.
type builder struct {
	parts []Part
	text  strings.Builder
}

func (b *builder) special(p Part) {
	b.flush()
	b.parts = append(b.parts, p)
}

func (b *builder) flush() {
	if b.text.Len() > 0 {
		b.parts = append(b.parts, Part{Kind: Text, Text: b.text.String()})
		b.text.Reset()
	}
}

func (b *builder) done() []Part {
	b.flush()
	return b.parts
}

// join returns the parts as a String, with neighbouring texts made one and
// empty texts left out.
func join(parts []Part, cased bool) String {
	b := builder{}
	for _, p := range parts {
		if p.Kind == Text {
			b.text.WriteString(p.Text)
			continue
		}
		b.special(p)
	}
	return String{Parts: b.done(), Cased: cased}
}
