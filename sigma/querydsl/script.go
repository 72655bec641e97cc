package querydsl

import (
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// Scripts ask what no other clause can: for the values of two fields at once,
// or for a part of a date. They read doc values, which fields of type text do
// not have. A rule's words are parameters and never part of a script's text,
// so that a server compiles each script once; nor does a text have two braces
// side by side, which Watcher would take for a template. Fields that an index
// does not know, and documents without a value, never hold.

// overValues is a script that compares each value a of one field with each
// value b of another.
func overValues(holds string) string {
	return "if (!doc.containsKey(params.field) || !doc.containsKey(params.other)) { return false; } " +
		"for (def a : doc[params.field]) { for (def b : doc[params.other]) { " + holds + " } } return false;"
}

// texts puts two values into s and t.
const texts = "String s = a.toString(); String t = b.toString(); "

// comparison is what two values' families are compared by.
func comparison(kind family, v sigma.FieldRef) string {
	open := v.StartsWith || v.EndsWith
	switch {
	case kind == numbers && !open:
		return "if (a == b) { return true; }"
	case kind == dates && !open:
		return "if (a.toInstant().equals(b.toInstant())) { return true; }"
	case v.StartsWith && v.EndsWith:
		return texts + "for (int i = 0; i + t.length() <= s.length(); i++) { if (s.substring(i, i + t.length()).equalsIgnoreCase(t)) { return true; } }"
	case v.StartsWith:
		return texts + "if (s.length() >= t.length() && s.substring(0, t.length()).equalsIgnoreCase(t)) { return true; }"
	case v.EndsWith:
		return texts + "if (s.length() >= t.length() && s.substring(s.length() - t.length()).equalsIgnoreCase(t)) { return true; }"
	default:
		return texts + "if (s.equalsIgnoreCase(t)) { return true; }"
	}
}

// family is a kind of values that are compared with one another.
type family int

const (
	incomparable family = iota
	wholeTexts
	numbers
	dates
)

func familyOf(as query.Field) family {
	switch {
	case as.Nested != "" || as.Refused != "" || as.Type == query.Text || as.Type == query.Object:
		return incomparable
	case as.Type == query.Integer || as.Type == query.Float:
		return numbers
	case as.Type == query.Date:
		return dates
	default:
		return wholeTexts
	}
}

// fieldRef compares two fields by a script.
func (r *renderer) fieldRef(m *query.Match, v sigma.FieldRef) clause {
	as, _ := r.types.Of(v.Field)
	other := &query.Match{Field: v.Field, As: as}
	kind := familyOf(m.As)
	open := v.StartsWith || v.EndsWith
	if kind == incomparable || kind != familyOf(as) || open && kind != wholeTexts {
		return r.cannot(m, fieldRef)
	}
	r.note(noteScript)
	if m.As.Type == query.Unknown || as.Type == query.Unknown {
		r.note(noteFieldRef)
	}
	return script(overValues(comparison(kind, v)), object{{"field", target(m)}, {"other", target(other)}})
}

// timePart asks a date field for a part of its dates, in UTC.
func (r *renderer) timePart(m *query.Match, op sigma.Op, v sigma.TimePart) clause {
	part, known := map[string]string{
		"minute": "getMinute()", "hour": "getHour()", "day": "getDayOfMonth()",
		"week": "get(IsoFields.WEEK_OF_WEEK_BASED_YEAR)", "month": "getMonthValue()", "year": "getYear()",
	}[v.Unit]
	switch {
	case !known:
		return r.cannot(m, unknownValue)
	case m.As.Nested != "" || m.As.Type != query.Date && m.As.Type != query.Unknown:
		return r.cannot(m, timePart)
	case m.As.Type == query.Unknown:
		r.note(noteDate)
	}
	r.note(noteScript)
	source := "if (!doc.containsKey(params.field)) { return false; } for (def d : doc[params.field]) { " +
		"if (ZonedDateTime.ofInstant(d.toInstant(), ZoneId.of('Z'))." + part + " " + string(op) + " params.number) { return true; } } return false;"
	return script(source, object{{"field", target(m)}, {"number", v.Number}})
}

func script(source string, params object) clause {
	return leafOf(object{{"script", object{{"script", object{{"lang", "painless"}, {"source", source}, {"params", params}}}}}})
}
