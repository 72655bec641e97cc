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
	s := spl{r}
	var search, where []query.Node
	for _, n := range conjuncts(in.Tree.Root) {
		if every(n, s.searchable) {
			search = append(search, n)
		} else {
			where = append(where, n)
		}
	}
	text := "*"
	if len(search) > 0 {
		text = boolean{leaf: s.search, not: func(t string) string { return "(NOT " + t + ")" }}.top(search)
	}
	if len(where) > 0 {
		// A test of a missing field gives null, and NOT null is null as well:
		// if() takes that for false.
		text += " | where " + boolean{leaf: s.where, not: func(t string) string { return "if(" + t + ",1,0)=0" }}.top(where)
	}
	r.add(r.at, unmeasured)
	return Output{Text: text}
}

type spl struct{ *report }

// searchable reports whether the search language can say the question. A star
// within a text it can say, but Splunk's manual warns of what it then finds:
// the index is asked first, and holds a text in pieces.
func (s spl) searchable(m *query.Match) bool {
	if modifiesSearch(m.Field) {
		return false
	}
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
func outsideSearch(c rune) bool { return c == '*' || c == '`' || isControl(c) }

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
func (s spl) search(m *query.Match) string {
	field := "_raw"
	if m.Field != "" {
		field = s.searchField(m)
	}
	switch v := m.Value.(type) {
	case sigma.String:
		if f, ok := sound(v); !ok {
			s.add(m.Span, f)
		}
		if m.Field == "" {
			v = contains(v)
		}
		if anything(v) {
			return field + "=*"
		}
		return field + "=" + quoted(plainWith(v, "*", ""))
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

func (s spl) searchField(m *query.Match) string {
	if !s.goodField(m, "\"'`\\*") {
		return ""
	}
	if isPlainName(m.Field) {
		return m.Field
	}
	return `"` + m.Field + `"`
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

// doubleQuotes escapes a text for double quotes.
var doubleQuotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// quoted puts a text into double quotes.
func quoted(s string) string { return `"` + doubleQuotes.Replace(s) + `"` }

func boolText(v sigma.Bool) string {
	if v {
		return "true"
	}
	return "false"
}

// plainWith returns a text with a target's words for the wildcards.
func plainWith(s sigma.String, star, one string) string {
	var b strings.Builder
	for _, part := range s.Parts {
		switch part.Kind {
		case sigma.Any:
			b.WriteString(star)
		case sigma.One:
			b.WriteString(one)
		default:
			b.WriteString(part.Text)
		}
	}
	return b.String()
}
