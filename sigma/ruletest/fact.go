package ruletest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
)

// verb is how a kind of value asks: of one value that holds or does not, and of
// several.
type verb struct{ yes, no, none, all string }

func verbIs() verb { return verb{"is", "is not", "is none of", "is all of"} }
func verbContains() verb {
	return verb{"contains", "does not contain", "contains none of", "contains all of"}
}

func verbBegins() verb {
	return verb{"begins with", "does not begin with", "begins with none of", "begins with all of"}
}

func verbEnds() verb {
	return verb{"ends with", "does not end with", "ends with none of", "ends with all of"}
}
func verbLike() verb { return verb{"is like", "is not like", "is like none of", "is like all of"} }

// asks says what a value asks of a field: the verb, and what follows it.
func asks(v sigma.Value, keyword bool) (verb, string) {
	switch v := v.(type) {
	case sigma.String:
		return asksText(v, keyword)
	case sigma.Number:
		if keyword {
			return verbContains(), v.Text
		}
		return verbIs(), v.Text
	case sigma.Bool:
		return verbIs(), strconv.FormatBool(bool(v))
	case sigma.Null:
		return verb{"is not there", "is there", "is there", "is not there"}, ""
	case sigma.Exists:
		if !v {
			return verb{"is not there", "is there", "is there", "is not there"}, ""
		}
		return verb{"is there", "is not there", "is not there", "is there"}, ""
	case sigma.Regex:
		return verb{"matches", "does not match", "matches none of", "matches all of"}, "/" + v.Pattern + "/" + regexFlags(v)
	case sigma.CIDR:
		return verb{"is in", "is not in", "is in none of", "is in all of"}, v.Network
	case sigma.Compare:
		op := string(v.Op)
		return verb{"is " + op, "is not " + op, "is not " + op + " any of", "is " + op + " all of"}, operand(v.Value)
	case sigma.TimePart:
		return verb{"has", "does not have", "has none of", "has all of"}, operand(v)
	case sigma.FieldRef:
		return asksField(v)
	default:
		return verb{"is as asked", "is not as asked", "is none of", "is all of"}, "?"
	}
}

func asksText(s sigma.String, keyword bool) (verb, string) {
	parts, ask := s.Parts, verbIs()
	wild := func(i int) bool { return parts[i].Kind == sigma.Any }
	switch n := len(parts); {
	case keyword:
		ask = verbContains()
	case n == 1 && wild(0):
		return verb{"is there", "is not there", "is not there", "is there"}, ""
	case n == 3 && wild(0) && wild(2):
		ask, parts = verbContains(), parts[1:2]
	case n == 2 && wild(1):
		ask, parts = verbBegins(), parts[:1]
	case n == 2 && wild(0):
		ask, parts = verbEnds(), parts[1:]
	}
	var b strings.Builder
	for _, part := range parts {
		switch part.Kind {
		case sigma.Any:
			b.WriteByte('*')
		case sigma.One:
			b.WriteByte('?')
		case sigma.Placeholder:
			b.WriteString("%" + part.Text + "%")
		default:
			b.WriteString(part.Text)
			continue
		}
		if !keyword {
			ask = verbLike()
		}
	}
	object := quoted(b.String())
	if s.Cased {
		object += ", in that very case"
	}
	return ask, object
}

func regexFlags(v sigma.Regex) string {
	var flags strings.Builder
	for _, f := range []struct {
		set  bool
		name string
	}{{v.IgnoreCase, "i"}, {v.MultiLine, "m"}, {v.DotAll, "s"}} {
		if f.set {
			flags.WriteString(f.name)
		}
	}
	return flags.String()
}

func operand(v sigma.Value) string {
	switch v := v.(type) {
	case sigma.Number:
		return v.Text
	case sigma.TimePart:
		return fmt.Sprintf("the %s %d", v.Unit, v.Number)
	default:
		return "?"
	}
}

func asksField(v sigma.FieldRef) (verb, string) {
	object := "the value of " + v.Field
	switch {
	case v.StartsWith && v.EndsWith:
		return verbContains(), object
	case v.StartsWith:
		return verbBegins(), object
	case v.EndsWith:
		return verbEnds(), object
	default:
		return verbIs(), object
	}
}

// mostValues is how many values of a list are written out.
const mostValues = 6

// itemIs says what an item found in the event.
func (x *explainer) itemIs(item *sigma.Item, depth int) {
	at := x.at(item.FieldSpan)
	if item.Negated && !x.item(item) {
		at = ", which neq rules out" + at
	}
	for _, fact := range x.facts(item) {
		x.say(depth, "%s %s%s", x.fieldName(item), fact, at)
	}
	x.values(item, depth+1)
}

// facts says what is so in the event, whether or not the item is negated.
func (x *explainer) facts(item *sigma.Item) []string {
	values := flat(item)
	plain := *item
	plain.Negated = false
	holds := x.item(&plain)
	var that []sigma.Value
	for _, v := range values {
		if x.value(item, v) == holds {
			that = append(that, v)
		}
	}
	switch {
	case holds && item.All:
		return x.phrases(item, that, func(v verb) string { return v.all }, func(v verb) string { return v.yes })
	case holds:
		return x.phrases(item, that[:min(1, len(that))], func(v verb) string { return v.yes }, func(v verb) string { return v.yes })
	default:
		return x.phrases(item, that, func(v verb) string { return v.none }, func(v verb) string { return v.no })
	}
}

// phrases says the same of all values, in one phrase for each verb.
func (*explainer) phrases(item *sigma.Item, values []sigma.Value, many, one func(verb) string) []string {
	var verbs []verb
	objects := map[verb][]string{}
	for _, v := range values {
		verb, object := asks(v, item.Field == "")
		if !slices.Contains(verbs, verb) {
			verbs = append(verbs, verb)
		}
		objects[verb] = append(objects[verb], object)
	}
	var out []string
	for _, verb := range verbs {
		named := slices.Compact(objects[verb])
		say := many(verb)
		if len(named) == 1 {
			say = one(verb)
		}
		out = append(out, strings.TrimSpace(say+" "+listed(named)))
	}
	return out
}

func listed(words []string) string {
	if len(words) <= mostValues {
		return strings.Join(words, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(words[:mostValues-1], ", "), len(words)-mostValues+1)
}

// flat returns an item's values, those that a modifier made of one included.
func flat(item *sigma.Item) []sigma.Value {
	var out []sigma.Value
	for _, v := range item.Values {
		out = appendFlat(out, v.Value)
	}
	return out
}

func appendFlat(out []sigma.Value, v sigma.Value) []sigma.Value {
	members, many := v.(sigma.Expansion)
	if !many {
		return append(out, v)
	}
	for _, member := range members {
		out = appendFlat(out, member)
	}
	return out
}
