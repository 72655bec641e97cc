package match

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Event is one record of a log: its fields by their dotted names, each with
// all its values. The zero Event has no fields. Events never change.
type Event struct {
	fields map[string][]any
	// objects are the names of which others are parts: process for
	// process.name.
	objects map[string]bool
}

// NewEvent makes an event of a JSON object, decoded with UseNumber. Objects
// within objects and dotted names are one and the same; what objects within
// lists hold is gathered by name, as Elasticsearch does.
func NewEvent(object map[string]any) Event {
	e := Event{map[string][]any{}, map[string]bool{}}
	e.add("", object)
	return e
}

func (e Event) add(name string, v any) {
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			e.add(join(name, key), v[key])
		}
	case []any:
		for _, member := range v {
			e.add(name, member)
		}
	case float64:
		data, err := json.Marshal(v)
		if err == nil {
			e.put(name, json.Number(data))
		}
	default:
		e.put(name, v)
	}
}

func (e Event) put(name string, v any) {
	e.fields[name] = append(e.fields[name], v)
	for i := range len(name) {
		if name[i] == '.' {
			e.objects[name[:i]] = true
		}
	}
}

func join(outer, name string) string {
	if outer == "" {
		return name
	}
	return outer + "." + name
}

// Values returns the values of a field: string, json.Number or bool. A list's
// members are several. The result is not to be changed.
func (e Event) Values(field string) []any { return e.fields[field] }

// Has reports whether the field is there: it has a value, or is an object with
// a field that has one.
func (e Event) Has(field string) bool {
	return len(e.fields[field]) > 0 || e.objects[field]
}

// Fields returns the names of the fields that have a value, sorted.
func (e Event) Fields() []string { return slices.Sorted(maps.Keys(e.fields)) }

func (e Event) someValue(holds predicateFunc) bool {
	for _, values := range e.fields {
		if holds.some(values) {
			return true
		}
	}
	return false
}

// MarshalJSON writes the event as one flat object with dotted names, sorted; a
// field of several values is a list.
func (e Event) MarshalJSON() ([]byte, error) {
	flat := make(map[string]any, len(e.fields))
	for name, values := range e.fields {
		if len(values) == 1 {
			flat[name] = values[0]
		} else {
			flat[name] = values
		}
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(flat)
	return []byte(strings.TrimSuffix(b.String(), "\n")), err
}
