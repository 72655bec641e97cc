package sigma

import "slices"

import "strings"

// modifier is one row of section 7: what a modifier is called, where it may
// stand and what it does.
type modifier struct {
	// takes are the kinds of values that it works on.
	takes valueKind
	// first is true where no other modifier may stand before it.
	first bool
	// needsField is true where a keyword cannot have it.
	needsField bool
	// apply changes one value; an expansion is changed member by member. It is
	// nil for the modifiers of the whole item.
	apply func(Value, *use) (Value, *fault)
	// mark changes the item.
	mark func(*Item)
}

// use is a modifier in a key, with those around it.
type use struct {
	name string
	// later are the names of the modifiers that follow.
	later []string
}

// followedBy reports whether one of the modifiers stands later in the key.
func (u *use) followedBy(names ...string) bool {
	for _, later := range u.later {
		if slices.Contains(names, later) {
			return true
		}
	}
	return false
}

// fault is why a modifier cannot work on a value.
type fault struct{ code, message, hint string }

func badValue(message, hint string) *fault {
	return &fault{code: "sigma/modifier-value", message: message, hint: hint}
}

// valueKind is a set of value types.
type valueKind uint16

const (
	ofString valueKind = 1 << iota
	ofNumber
	ofBool
	ofNull
	ofRegex
	ofFieldRef
	ofTimePart
	ofOther

	ofText = ofString | ofRegex | ofFieldRef
	ofAny  = ^valueKind(0)
)

func valueKindOf(v Value) valueKind {
	switch v.(type) {
	case String:
		return ofString
	case Number:
		return ofNumber
	case Bool:
		return ofBool
	case Null:
		return ofNull
	case Regex:
		return ofRegex
	case FieldRef:
		return ofFieldRef
	case TimePart:
		return ofTimePart
	default:
		return ofOther
	}
}

// describe names the type of a value as messages do.
func describe(v Value) string {
	switch v.(type) {
	case String:
		return "a text"
	case Number:
		return "a number"
	case Bool:
		return "a boolean"
	case Null:
		return "nothing (null)"
	case Regex:
		return "a regular expression"
	case CIDR:
		return "a network"
	case Compare:
		return "a comparison"
	case TimePart:
		return "a part of a timestamp"
	case Exists:
		return "a question for existence"
	case FieldRef:
		return "a field reference"
	default:
		return "a list of alternatives"
	}
}

// modifiers is the table of section 7, with utf16le, which only the
// specification has. It is never written.
var modifiers = map[string]modifier{
	"all":          {takes: ofAny, mark: func(i *Item) { i.All = true }},
	"neq":          {takes: ofAny, mark: func(i *Item) { i.Negated = true }},
	"contains":     {takes: ofText, apply: contains},
	"startswith":   {takes: ofText, apply: startsWith},
	"endswith":     {takes: ofText, apply: endsWith},
	"cased":        {takes: ofString, apply: cased},
	"re":           {takes: ofString, first: true, apply: regex},
	"i":            {takes: ofRegex, apply: ignoreCase},
	"ignorecase":   {takes: ofRegex, apply: ignoreCase},
	"m":            {takes: ofRegex, apply: multiLine},
	"multiline":    {takes: ofRegex, apply: multiLine},
	"s":            {takes: ofRegex, apply: dotAll},
	"dotall":       {takes: ofRegex, apply: dotAll},
	"base64":       {takes: ofString, apply: base64Whole},
	"base64offset": {takes: ofString, apply: base64Offset},
	"wide":         {takes: ofString, apply: utf16LE},
	"utf16le":      {takes: ofString, apply: utf16LE},
	"utf16be":      {takes: ofString, apply: utf16BE},
	"utf16":        {takes: ofString, apply: utf16Marked},
	"windash":      {takes: ofString, apply: windash},
	"cidr":         {takes: ofString, first: true, apply: cidr},
	"lt":           {takes: ofNumber | ofTimePart, apply: less},
	"lte":          {takes: ofNumber | ofTimePart, apply: lessOrEqual},
	"gt":           {takes: ofNumber | ofTimePart, apply: greater},
	"gte":          {takes: ofNumber | ofTimePart, apply: greaterOrEqual},
	"minute":       {takes: ofNumber, apply: timePart},
	"hour":         {takes: ofNumber, apply: timePart},
	"day":          {takes: ofNumber, apply: timePart},
	"week":         {takes: ofNumber, apply: timePart},
	"month":        {takes: ofNumber, apply: timePart},
	"year":         {takes: ofNumber, apply: timePart},
	"exists":       {takes: ofBool, first: true, needsField: true, apply: exists},
	"fieldref":     {takes: ofString, needsField: true, apply: fieldRef},
	"expand":       {takes: ofString | ofRegex, apply: expand},
}

// applyTo applies the modifier to a value, or to each member of an expansion.
func (m modifier) applyTo(v Value, u *use) (Value, *fault) {
	if m.apply == nil {
		return v, nil
	}
	if list, ok := v.(Expansion); ok {
		return m.applyEach(list, u)
	}
	if m.takes&valueKindOf(v) == 0 {
		return nil, wrongType(m, u.name, v)
	}
	return m.apply(v, u)
}

func (m modifier) applyEach(list Expansion, u *use) (Value, *fault) {
	out := make(Expansion, 0, len(list))
	total := 0
	for _, member := range list {
		v, f := m.applyTo(member, u)
		if f != nil {
			return nil, f
		}
		if total += size(v); total > maxExpansion {
			return nil, tooMany(u.name)
		}
		out = append(out, v)
	}
	return out, nil
}

// maxExpansion bounds the members of an expansion, those of inner ones
// counted: five places of windash, and the three of base64offset on top.
const maxExpansion = 3 * 5 * 5 * 5 * 5 * 5

func size(v Value) int {
	list, ok := v.(Expansion)
	if !ok {
		return 1
	}
	n := 0
	for _, member := range list {
		n += size(member)
	}
	return n
}

func tooMany(name string) *fault {
	return &fault{
		code:    "sigma/too-many-values",
		message: "the modifier \"" + name + "\" makes more values of this one than can be searched for",
		hint:    "split the value, and search for its parts with contains|all",
	}
}

func wrongType(m modifier, name string, v Value) *fault {
	f := &fault{
		code:    "sigma/modifier-type",
		message: "the modifier \"" + name + "\" does not work on " + describe(v),
		hint:    "it takes " + takesText(m.takes),
	}
	switch v.(type) {
	case Number, Bool:
		if m.takes&ofString != 0 {
			f.hint = "put the value in quotes, so that it is a text"
		}
	case String:
		if m.takes == ofRegex {
			f.hint = "put the modifier re before it"
		} else if m.takes&ofNumber != 0 || m.takes == ofBool {
			f.hint += "; write it without quotes"
		}
	}
	return f
}

func takesText(k valueKind) string {
	var names []string
	for _, row := range []struct {
		kind valueKind
		name string
	}{
		{ofString, "texts"},
		{ofNumber, "numbers"},
		{ofBool, "true or false"},
		{ofRegex, "regular expressions"},
		{ofFieldRef, "field references"},
		{ofTimePart, "parts of timestamps"},
	} {
		if k&row.kind != 0 {
			names = append(names, row.name)
		}
	}
	return strings.Join(names, ", ")
}
