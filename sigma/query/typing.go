package query

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// typed says a question in terms of the field's type: what the type takes
// another form of is rewritten into it where that means the same, and what the
// type can never hold is reported. It returns nil where it reported an error.
func (s *resolver) typed(m *Match) Node {
	if s.types == nil || m.Field == "" {
		return m
	}
	f, pinned := s.types.Of(m.Field)
	m.As = f
	if !pinned {
		s.unpinned(m)
		return m
	}
	if f.Refused != "" {
		s.report(m.FieldSpan, problem{
			code:    "query/field-type",
			message: "the field " + strconv.Quote(m.Field) + " cannot be asked for exactly: " + f.Refused,
			hint:    "ask for another field, or index it as keyword, wildcard or text and pin it so",
		})
		return nil
	}
	return s.fitted(m)
}

// unpinned warns once of each field that the pinned types do not know.
func (s *resolver) unpinned(m *Match) {
	if s.strange[m.Field] {
		return
	}
	if s.strange == nil {
		s.strange = map[string]bool{}
	}
	s.strange[m.Field] = true
	hint := "pin it, or give it its name in the index in a pipeline"
	if names := s.types.near.names(m.Field); len(names) > 0 {
		hint = `did you mean "` + strings.Join(names, `" or "`) + `"?`
	}
	s.found = append(s.found, diag.Diagnostic{
		Span: m.FieldSpan, Severity: diag.Warning, Code: "query/unpinned-field",
		Message: "the field " + strconv.Quote(m.Field) + " is not among the pinned field types: it never matches where no index has it",
		Hint:    hint,
	})
}

// fitted leaves the values that no type holds to who prints them: whether a
// field is there, parts of a timestamp, other fields, placeholders.
func (s *resolver) fitted(m *Match) Node {
	switch v := m.Value.(type) {
	case sigma.Null, sigma.Exists:
		return m
	case sigma.FieldRef, sigma.TimePart:
		return s.held(m, m.As.Type != Object)
	case sigma.Compare:
		if _, part := v.Value.(sigma.TimePart); part {
			return s.held(m, m.As.Type != Object)
		}
	case sigma.String:
		if slices.ContainsFunc(v.Parts, func(p sigma.Part) bool { return p.Kind == sigma.Placeholder }) {
			return m
		}
	}
	switch m.As.Type {
	case Keyword, Wildcard:
		return s.keyword(m)
	case Text:
		return s.held(m, !ordered(m.Value))
	case Object:
		return s.held(m, false)
	default:
		return s.exact(m)
	}
}

// exact takes over what the type of a field without texts takes.
func (s *resolver) exact(m *Match) Node {
	value, ok := m.Value, false
	if text, isText := value.(sigma.String); isText && everything(text) {
		value, ok = sigma.Exists(true), true
	} else {
		value, ok = converted(m.As, value)
	}
	m.Value = value
	return s.held(m, ok)
}

// held reports a value that the field's type cannot hold.
func (s *resolver) held(m *Match, ok bool) Node {
	if ok {
		return m
	}
	hint := map[FieldType]string{
		Keyword: "a comparison goes by characters there, and this network has no pattern: index the field as a number or ip",
		Text:    "index the field as a number or ip",
		IP:      "an ip field takes addresses, networks (cidr) and beginnings that end in a dot (10.*)",
		Integer: "it takes whole numbers within its range, and comparisons with numbers",
		Float:   "it takes numbers within its range, and comparisons with them",
		Date:    "it takes whole times with a zone, 2024-01-31T12:00:00Z, and milliseconds since 1970",
		Boolean: "it takes true and false",
		Object:  "ask for a field within it; of the object itself only whether it is there",
	}
	kind := m.As.Type
	if kind == Wildcard {
		kind = Keyword
	}
	s.report(m.Span, problem{
		code:    "query/value-type",
		message: "the field " + strconv.Quote(m.Field) + " is of type " + m.As.mappingName() + " and never holds this value",
		hint:    hint[kind],
	})
	return nil
}

func (f Field) mappingName() string {
	if f.Mapping != "" {
		return f.Mapping
	}
	return string(f.Type)
}

// keyword keeps all but what goes by numbers. A network is a pattern of texts.
func (s *resolver) keyword(m *Match) Node {
	switch v := m.Value.(type) {
	case sigma.CIDR:
		pattern, ok := networkPattern(v.Network)
		m.Value = sigma.Regex{Pattern: pattern, IgnoreCase: true}
		return s.held(m, ok)
	case sigma.String:
		s.fits(m, v)
	}
	return s.held(m, !ordered(m.Value))
}

// fits warns of a text that is longer than what is indexed.
func (s *resolver) fits(m *Match, v sigma.String) {
	if m.As.IgnoreAbove == 0 {
		return
	}
	length := 0
	for _, part := range v.Parts {
		switch part.Kind {
		case sigma.Text:
			length += len(utf16.Encode([]rune(part.Text)))
		case sigma.One:
			length++
		default:
		}
	}
	if length > m.As.IgnoreAbove {
		s.found = append(s.found, diag.Diagnostic{
			Span: m.Span, Severity: diag.Warning, Code: "query/longer-than-indexed",
			Message: "values of more than " + strconv.Itoa(m.As.IgnoreAbove) + " characters are not indexed in the field " + strconv.Quote(m.Field) + ": this one is never found",
			Hint:    "raise ignore_above in the mapping, or look for a shorter part",
		})
	}
}

// ordered reports whether a value is compared by its place in an order.
func ordered(v sigma.Value) bool {
	switch v.(type) {
	case sigma.Compare, sigma.CIDR:
		return true
	default:
		return false
	}
}

// everything reports whether a text holds for every value that is there.
func everything(s sigma.String) bool {
	return len(s.Parts) > 0 && !slices.ContainsFunc(s.Parts, func(p sigma.Part) bool { return p.Kind != sigma.Any })
}

// converted is the value as the type of a field that holds no texts has it. It
// is not ok where the type cannot hold it.
func converted(f Field, v sigma.Value) (sigma.Value, bool) {
	switch f.Type {
	case IP:
		return address(v)
	case Integer, Float:
		return amount(f, v)
	case Date:
		return instant(f, v)
	case Boolean:
		return truth(v)
	default:
		return v, false
	}
}

// whole is a text without wildcards.
func whole(v sigma.Value) (string, bool) {
	s, ok := v.(sigma.String)
	switch {
	case !ok || len(s.Parts) > 1:
		return "", false
	case len(s.Parts) == 0:
		return "", true
	default:
		return s.Parts[0].Text, s.Parts[0].Kind == sigma.Text
	}
}

func textOf(s string) sigma.String { return sigma.String{Parts: []sigma.Part{{Text: s}}} }

func truth(v sigma.Value) (sigma.Value, bool) {
	if _, ok := v.(sigma.Bool); ok {
		return v, true
	}
	text, ok := whole(v)
	if !ok || !strings.EqualFold(text, "true") && !strings.EqualFold(text, "false") {
		return v, false
	}
	if s := v.(sigma.String); s.Cased && strings.ToLower(text) != text {
		return v, false
	}
	return sigma.Bool(strings.EqualFold(text, "true")), true
}

// address takes addresses, networks, and the beginning of an address that is a
// network: 10.* is 10.0.0.0/8.
func address(v sigma.Value) (sigma.Value, bool) {
	switch v := v.(type) {
	case sigma.CIDR:
		// The server refuses networks of IPv4 addresses in their form for IPv6.
		prefix, err := netip.ParsePrefix(v.Network)
		return v, err == nil && !prefix.Addr().Is4In6()
	case sigma.String:
		if text, ok := whole(v); ok {
			addr, err := netip.ParseAddr(text)
			if err != nil || addr.Zone() != "" {
				return v, false
			}
			return textOf(addr.Unmap().String()), true
		}
		if len(v.Parts) == 2 && v.Parts[0].Kind == sigma.Text && v.Parts[1].Kind == sigma.Any {
			network, ok := networkOf(v.Parts[0].Text)
			return sigma.CIDR{Network: network}, ok
		}
	}
	return v, false
}
