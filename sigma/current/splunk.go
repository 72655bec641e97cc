package current

import (
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// splunk writes SPL: what the search language can say as a search, the rest in
// a where clause behind it. In a search, texts compare without regard to case,
// "*" is the only wildcard and cannot be escaped; where has regular
// expressions, comparisons and networks.
func splunk(in Input, r *report) Output {
	s := spl{report: r}
	var search, where []query.Node
	for _, n := range conjuncts(in.Tree.Root) {
		if every(n, s.searchable) {
			search = append(search, n)
		} else {
			where = append(where, n)
		}
	}
	var text strings.Builder
	text.Grow(usualSize)
	if len(search) > 0 {
		boolean{leaf: s.search, not: "(NOT ", end: ")"}.top(&text, search)
	} else {
		text.WriteByte('*')
	}
	if len(where) > 0 {
		// A test of a missing field gives null, and NOT null is null as well:
		// if() takes that for false.
		text.WriteString(" | where ")
		leaf := func(b *strings.Builder, m *query.Match) { b.WriteString(s.where(m)) }
		boolean{leaf: leaf, not: "if(", end: ",1,0)=0"}.top(&text, where)
	}
	r.add(r.at, unmeasured)
	return Output{Text: text.String()}
}

type spl struct {
	*report
	last lastField
	// searched is the last field that a search takes for a field.
	searched string
}

// searchable reports whether the search language can say the question. A star
// within a text it can say, but Splunk's manual warns of what it then finds:
// the index is asked first, and holds a text in pieces.
func (s *spl) searchable(m *query.Match) bool {
	if m.Field != s.searched && modifiesSearch(m.Field) {
		return false
	}
	s.searched = m.Field
	switch v := m.Value.(type) {
	case sigma.String:
		return !v.Cased && !v.Has(sigma.One) && !bare(v).Has(sigma.Any) && !textHas(v, outsideSearch)
	case sigma.Number, sigma.Bool:
		return true
	case sigma.Null, sigma.Exists:
		return m.Field != ""
	default:
		return false
	}
}

// outsideSearch are the characters that a quoted text of a search cannot hold
// as themselves: stars are wildcards, back-quotes call macros.
// It is never written.
var outsideSearch = charsetOf(func(c rune) bool { return c == '*' || c == '`' || isControl(c) })

// modifiesSearch reports whether a search takes the name for more than a
// field: for the span of time, or for a search that is kept elsewhere.
func modifiesSearch(field string) bool {
	switch strings.ToLower(field) {
	case "earliest", "latest", "_index_earliest", "_index_latest", "index_earliest", "index_latest",
		"earliest_time", "latest_time", "starttime", "endtime", "starttimeu", "endtimeu", "timeformat", "now",
		"startdaysago", "enddaysago", "starthoursago", "endhoursago", "startminutesago", "endminutesago",
		"startmonthsago", "endmonthsago", "searchtimespandays", "searchtimespanhours", "searchtimespanminutes", "searchtimespanmonths",
		"daysago", "hoursago", "minutesago", "monthsago",
		"eventtype", "eventtypetag", "tag", "hosttag", "savedsearch", "savedsplunk",
		"index", "splunk_server", "splunk_server_group", "_time", "_raw":
		return true
	}
	return strings.HasPrefix(field, "tag::")
}

// search writes a question of the search language.
func (s *spl) search(b *strings.Builder, m *query.Match) {
	field := "_raw"
	if m.Field != "" {
		field = s.searchField(m)
	}
	v, ok := m.Value.(sigma.String)
	if !ok {
		b.WriteString(s.searchOther(m, field))
		return
	}
	if f, ok := sound(v); !ok {
		s.add(m.Span, f)
	}
	if m.Field == "" {
		v = contains(v)
	}
	b.WriteString(field)
	if anything(v) {
		b.WriteString("=*")
		return
	}
	b.WriteString(`="`)
	writeQuoted(b, v)
	b.WriteByte('"')
}

// searchOther writes a question that asks for no text.
func (s *spl) searchOther(m *query.Match, field string) string {
	switch v := m.Value.(type) {
	case sigma.Number:
		if m.Field == "" {
			return field + `="*` + v.Text + `*"`
		}
		return field + "=" + v.Text
	case sigma.Bool:
		if m.Field == "" {
			s.add(m.Span, keywordValue)
		}
		return field + "=" + quoted(boolText(v))
	case sigma.Null:
		return "(NOT " + field + "=*)"
	case sigma.Exists:
		if v {
			return field + "=*"
		}
		return "(NOT " + field + "=*)"
	default:
		panic("current: a question that no search can say")
	}
}

func (s *spl) searchField(m *query.Match) string {
	if m.Field == s.last.name {
		return s.last.text
	}
	if !s.goodField(m, "\"'`\\*") {
		return ""
	}
	text := m.Field
	if !isPlainName(text) {
		text = `"` + text + `"`
	}
	s.last = lastField{m.Field, text}
	return text
}

// isPlainName reports whether a name needs no quotes.
func isPlainName(name string) bool {
	switch strings.ToUpper(name) {
	case "AND", "OR", "NOT", "IN", "XOR", "LIKE", "WHERE", "BY", "AS":
		return false
	}
	for i, c := range name {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '.') {
			return false
		}
	}
	return true
}

// quoted puts a text into double quotes.
func quoted(s string) string {
	var b strings.Builder
	b.Grow(len(s) + len(s)/8 + 2)
	b.WriteByte('"')
	writeEscaped(&b, s)
	b.WriteByte('"')
	return b.String()
}

// writeQuoted writes a text with its stars so that it can stand between double
// quotes.
func writeQuoted(b *strings.Builder, s sigma.String) {
	for i := range s.Parts {
		switch part := &s.Parts[i]; part.Kind {
		case sigma.Any:
			b.WriteByte('*')
		case sigma.One:
		default:
			writeEscaped(b, part.Text)
		}
	}
}

// writeEscaped writes a backslash before backslashes and double quotes.
func writeEscaped(b *strings.Builder, text string) {
	written := 0
	for i := range len(text) {
		if text[i] == '\\' || text[i] == '"' {
			b.WriteString(text[written:i])
			b.WriteByte('\\')
			written = i
		}
	}
	b.WriteString(text[written:])
}

func boolText(v sigma.Bool) string {
	if v {
		return "true"
	}
	return "false"
}
