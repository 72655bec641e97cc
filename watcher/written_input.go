package watcher

import (
	"slices"
	"strings"
)

// input reads {TYPE: {…}}; of several types the last stays.
func (r *reader) input() (*Object, error) {
	if r.token != startObject {
		return nil, parseFault("could not parse input for watch [%s]. expected an object representing the input, but found [%s] instead", r.id, r.token)
	}
	var in *Object
	err := r.eachOr(func(name string) error {
		if r.token != startObject {
			return parseFault("could not parse input for watch [%s]. expected an object representing input [%s], but found [%s] instead", r.id, name, r.token)
		}
		v, err := r.inputOf(name)
		in = single(name, v)
		return err
	}, func() error {
		return parseFault("could not parse input for watch [%s]. expected field indicating the input type, but found [%s] instead", r.id, r.token)
	})
	if err == nil && in == nil {
		err = parseFault("could not parse input for watch [%s]. expected field indicating the input type, but found an empty object instead", r.id)
	}
	return in, err
}

func (r *reader) inputOf(kind string) (any, error) {
	switch kind {
	case "none":
		if t := r.next(); t != endObject {
			return nil, parseFault("could not parse [none] input for watch [%s]. expected an empty object but found [%s] instead", r.id, t)
		}
		return &Object{}, nil
	case "simple":
		return r.mapped()
	case "search":
		return r.searchInput()
	case "http":
		return r.httpInput()
	case "chain":
		return r.chainInput()
	case "transform":
		return r.transformInput()
	default:
		return nil, parseFault("could not parse input for watch [%s]. unknown input type [%s]", r.id, kind)
	}
}

func (r *reader) transformInput() (any, error) {
	t, err := r.transform()
	if err == nil && t == nil {
		err = faultf(typeNull, "Cannot invoke \"org.elasticsearch.xpack.core.watcher.transform.ExecutableTransform.transform()\" because \"transform\" is null")
	}
	return t, err
}

func (r *reader) chainInput() (any, error) {
	list := []any{}
	for {
		switch r.next() {
		case endObject:
			return single("inputs", list), nil
		case noToken:
			return nil, r.nullToken()
		case fieldName:
			name := r.name()
			if r.next() != startArray || name != "inputs" {
				continue
			}
			err := r.elements(func() error { return r.chainLink(&list) })
			if err != nil {
				return nil, err
			}
		default:
		}
	}
}

// chainLink reads one {NAME: INPUT} of a chain.
func (r *reader) chainLink(list *[]any) error {
	if r.token != fieldName {
		return nil
	}
	name := r.name()
	if r.next() != startObject {
		return parseFault("Expected starting JSON object after [%s] in watch [%s]", name, r.id)
	}
	in, err := r.input()
	if err != nil {
		return err
	}
	if r.next() != endObject {
		return parseFault("Expected closing JSON object after parsing input [%s] named [%s] in watch [%s]", in.Members[0].Name, name, r.id)
	}
	*list = append(*list, single(name, in))
	return nil
}

func (r *reader) searchInput() (any, error) {
	f := newForm("request", "extract", "timeout_in_millis", "dynamic_name_timezone")
	err := r.each(func(name string) error { return r.searchInputField(f, name) })
	if err != nil {
		return nil, err
	}
	if !f.has("request") {
		return nil, parseFault("could not parse [search] input for watch [%s]. missing required [request] field", r.id)
	}
	return f.object(), nil
}

func (r *reader) searchInputField(f *form, name string) error {
	switch {
	case name == "request":
		if err := setValue(f, name, r.searchRequest); err != nil {
			return wrapParse(err, "could not parse [search] input for watch [%s]. failed to parse [request]", r.id)
		}
		return nil
	case r.token == startArray && name == "extract":
		return r.extract(f, "could not parse [search] input for watch [%s]. expected a string value in [%s] array, but found [%s] instead")
	case r.token == startArray:
		return parseFault("could not parse [search] input for watch [%s]. unexpected array field [%s]", r.id, name)
	case name == "timeout_in_millis":
		return r.setMillis(f, name)
	case name == "timeout":
		return r.setDuration(f, "timeout_in_millis", name)
	case name == "dynamic_name_timezone":
		return r.searchZone(f, "input", r.zoneOfInput)
	default:
		return parseFault("could not parse [search] input for watch [%s]. unexpected token [%s]", r.id, r.token)
	}
}

// extract reads a set of paths. Its order on the server is that of a hash
// table; here it is that of the text.
func (r *reader) extract(f *form, complaint string) error {
	var keys []string
	err := r.elements(func() error {
		key, ok := r.value().(string)
		if !ok {
			return parseFault(complaint, r.id, "extract", r.token)
		}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
		return nil
	})
	if r.canonical {
		slices.Sort(keys)
	}
	f.set("extract", anyList(keys))
	return err
}

// searchZone reads the zone of a search input or transform.
func (r *reader) searchZone(f *form, where string, read func(string) (string, error)) error {
	text, ok := r.value().(string)
	if !ok {
		return parseFault("could not parse [search] %s for watch [%s]. failed to parse [dynamic_name_timezone]. must be a string value (e.g. 'UTC' or '+01:00').", where, r.id)
	}
	zone, err := read(text)
	if err != nil {
		return err
	}
	f.set("dynamic_name_timezone", zone)
	return nil
}

// zoneOfInput: the server reads the zone of a search input and then cannot
// write it.
func (r *reader) zoneOfInput(text string) (string, error) {
	zone, err := r.zone(text)
	if err != nil || r.canonical {
		return zone, err
	}
	class := ""
	switch {
	case !r.javaTime && zone == "UTC":
		class = "org.joda.time.UTCDateTimeZone"
	case !r.javaTime:
		return zone, nil
	case zone == "Z" || zone[0] == '+' || zone[0] == '-':
		class = "java.time.ZoneOffset"
	default:
		class = "java.time.ZoneRegion"
	}
	r.later(faultf(typeArgument, "cannot write xcontent for unknown value of type class %s", class))
	return zone, nil
}

func (r *reader) httpInput() (any, error) {
	f := newForm("request", "extract", "response_content_type")
	err := r.each(func(name string) error { return r.httpInputField(f, name) })
	if err != nil {
		return nil, err
	}
	if !f.has("request") {
		return nil, parseFault("could not parse [http] input for watch [%s]. missing require [request] field", r.id)
	}
	if kind, _ := f.get("response_content_type"); kind == "text" && f.has("extract") {
		return nil, parseFault("could not parse [http] input for watch [%s]. key extraction is not supported for content type [text]", r.id)
	}
	return f.object(), nil
}

func (r *reader) httpInputField(f *form, name string) error {
	switch {
	case name == "request":
		if err := setValue(f, name, r.httpRequest); err != nil {
			return wrapParse(err, "could not parse [http] input for watch [%s]. failed to parse http request template", r.id)
		}
		return nil
	case r.token == startArray && name == "extract":
		return r.extract(f, "could not parse [http] input for watch [%s]. expected a string value as an [%s] item but found [%s] instead")
	case r.token == startArray:
		return parseFault("could not parse [http] input for watch [%s]. unexpected array field [%s]", r.id, name)
	case r.token != valueString:
		return parseFault("could not parse [http] input for watch [%s]. unexpected token [%s]", r.id, r.token)
	case name != "response_content_type":
		return parseFault("could not parse [http] input for watch [%s]. unexpected string field [%s]", r.id, name)
	}
	text, _ := r.value().(string)
	kind := strings.ToLower(text)
	if kind != "json" && kind != "yaml" && kind != "text" {
		return faultf(typeArgument, "unknown http content type [%s]", text)
	}
	f.set(name, kind)
	return nil
}
