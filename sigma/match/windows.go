package match

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// windows returns a Windows event's fields by Sigma's names, and whether the
// object is one. XML became JSON with attributes under "#attributes" and a
// text beside them under "#text".
func windows(object map[string]any) (map[string]any, bool) {
	event, ok := object["Event"].(map[string]any)
	if !ok {
		return nil, false
	}
	system, ok := event["System"].(map[string]any)
	if !ok {
		return nil, false
	}
	w := windowsFields{}
	w.gather(event["UserData"])
	w.gather(event["EventData"])
	w.set("Provider_Name", attribute(system["Provider"], "Name"))
	w.set("EventID", number(content(system["EventID"])))
	w.set("Channel", content(system["Channel"]))
	w.set("Computer", content(system["Computer"]))
	return w, true
}

type windowsFields map[string]any

// gather takes the elements below a section; elements within elements, as
// UserData has them, lose the names of the outer ones.
func (w windowsFields) gather(section any) {
	elements, ok := section.(map[string]any)
	if !ok {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(elements)) {
		if strings.HasPrefix(name, "#") {
			continue
		}
		switch v := elements[name].(type) {
		case map[string]any:
			w.element(name, v)
		case []any:
			w.elements(name, v)
		default:
			w.set(name, v)
		}
	}
}

// elements takes a list: of <Data Name="…"> elements, or of one field's values.
func (w windowsFields) elements(name string, list []any) {
	var values []any
	for _, member := range list {
		object, ok := member.(map[string]any)
		if ok && attribute(object, "Name") != nil {
			w.element(name, object)
			continue
		}
		values = append(values, content(member))
	}
	if len(values) > 0 {
		w.set(name, values)
	}
}

// element takes a single element that is more than a text.
func (w windowsFields) element(name string, v map[string]any) {
	_, hasText := v["#text"]
	named, _ := attribute(v, "Name").(string)
	switch {
	case named != "" && name == "Data":
		w.set(named, content(v))
	case hasText:
		w.set(name, content(v))
	default:
		w.gather(v)
	}
}

func (w windowsFields) set(name string, v any) {
	if v != nil {
		w[strings.ReplaceAll(name, " ", "")] = v
	}
}

// content is the text of an element with attributes, or the element itself.
func content(v any) any {
	if object, ok := v.(map[string]any); ok {
		return object["#text"]
	}
	return v
}

func attribute(v any, name string) any {
	object, _ := v.(map[string]any)
	attributes, _ := object["#attributes"].(map[string]any)
	return attributes[name]
}

// number makes a number of a text that is one.
func number(v any) any {
	if text, ok := v.(string); ok && numeric(text) && json.Valid([]byte(text)) {
		return json.Number(text)
	}
	return v
}
