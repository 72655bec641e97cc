package querydsl

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/lucene"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// plainTerm returns what a question asks for where it is a single term that
// the server compares as it is, so that several stand in one terms clause.
// Numbers and booleans are texts there: fields of any type take them.
func plainTerm(m *query.Match) (term string, ok bool) {
	switch m.As.Type {
	case query.Unknown:
		return unknownTerm(m.Value)
	case query.Keyword, query.Wildcard:
		return keywordTerm(m)
	case query.IP, query.Integer, query.Float, query.Boolean:
		return convertedTerm(m.Value)
	default:
		return "", false
	}
}

// convertedTerm takes what the type of a field made of its value.
func convertedTerm(v sigma.Value) (string, bool) {
	switch v := v.(type) {
	case sigma.Number:
		return v.Text, true
	case sigma.Bool:
		return strconv.FormatBool(bool(v)), true
	case sigma.CIDR:
		return v.Network, true
	case sigma.String:
		text, whole := v.Literal()
		return text, whole && lucene.CheckText(v) == nil
	default:
		return "", false
	}
}

// unknownTerm takes what has no letter of two cases, or may stand in a boolean
// or ip field.
func unknownTerm(v sigma.Value) (string, bool) {
	text, ok := convertedTerm(v)
	s, isText := v.(sigma.String)
	if !isText {
		return text, ok
	}
	return text, ok && (!lucene.HasCase(s) || !s.Cased && (text == "true" || text == "false" || isAddress(text)))
}

func keywordTerm(m *query.Match) (string, bool) {
	text, ok := convertedTerm(m.Value)
	s, isText := m.Value.(sigma.String)
	if !ok || !isText {
		return text, ok
	}
	return text, asWritten(m, s) && (text != "" || m.As.Type != query.Wildcard)
}

// asWritten reports whether a text is compared as it is written because the
// field's type or the text sees to its case.
func asWritten(m *query.Match, s sigma.String) bool {
	switch {
	case !lucene.HasCase(s):
		return true
	case m.As.Mixed:
		return false
	case m.As.Lowercase:
		return !s.Cased && lucene.LowersAlike(s)
	default:
		return s.Cased
	}
}

// noteTerm says what a term means where the field's type is not known, and
// what it misses.
func (r *renderer) noteTerm(m *query.Match) {
	r.noteLength(m)
	if m.As.Type != query.Unknown {
		return
	}
	switch v := m.Value.(type) {
	case sigma.CIDR:
		r.note(noteCIDR)
	case sigma.String:
		if lucene.HasCase(v) {
			r.note(notePlain)
		}
	}
}

func (r *renderer) noteLength(m *query.Match) {
	if m.As.IgnoreAbove > 0 {
		r.note(noteIgnored)
	}
}

// terms prints questions of one field that are plain terms as one clause.
func (r *renderer) terms(run []query.Node) clause {
	first := run[0].(*query.Match)
	values := make([]string, len(run))
	for i, kid := range run {
		m := kid.(*query.Match)
		r.noteTerm(m)
		values[i], _ = plainTerm(m)
	}
	return within(first, leafOf(object{{"terms", object{{target(first), values}}}}))
}

func isAddress(t string) bool {
	if strings.Count(t, ":") < 2 {
		return false // IPv4 has no letters
	}
	addr, err := netip.ParseAddr(t)
	return err == nil && addr.Zone() == ""
}
