package watcher

// setTransform reads the watch's or an action's transform. An object without
// a type is none.
func (r *reader) setTransform(f *form) error {
	t, err := r.transform()
	if err != nil {
		return err
	}
	if t == nil {
		f.unset("transform")
	} else {
		f.set("transform", t)
	}
	return nil
}

// transform reads {TYPE: …}; of several types the last stays, of none nil.
func (r *reader) transform() (*Object, error) {
	var t *Object
	err := r.eachOr(func(name string) error {
		v, err := r.transformOf(name)
		t = single(name, v)
		return err
	}, func() error { return nil })
	return t, err
}

func (r *reader) transformOf(kind string) (any, error) {
	switch kind {
	case "script":
		s, err := r.script("painless")
		if err != nil {
			return nil, wrapParse(err, "could not parse [script] transform for watch [%s]. failed to parse script", r.id)
		}
		return s, nil
	case "search":
		return r.searchTransform()
	case "chain":
		return r.chainTransform()
	default:
		return nil, parseFault("could not parse transform for watch [%s], unknown transform type [%s]", r.id, kind)
	}
}

func (r *reader) chainTransform() (any, error) {
	if r.token != startArray {
		return nil, parseFault("could not parse [chain] transform for watch [%s]. expected an array of transform objects, but found [%s] instead", r.id, r.token)
	}
	list := []any{}
	err := r.elements(func() error {
		if r.token != startObject {
			return parseFault("could not parse [chain] transform for watch [%s]. expected a transform object, but found [%s] instead", r.id, r.token)
		}
		return r.each(func(name string) error {
			v, err := r.transformOf(name)
			list = append(list, single(name, v))
			return err
		})
	})
	return list, err
}

func (r *reader) searchTransform() (any, error) {
	f := newForm("request", "timeout_in_millis", "dynamic_name_timezone")
	err := r.each(func(name string) error {
		switch name {
		case "request":
			if err := setValue(f, name, r.searchRequest); err != nil {
				return wrapParse(err, "could not parse [search] transform for watch [%s]. failed to parse [request]", r.id)
			}
			return nil
		case "timeout_in_millis":
			return r.setMillis(f, name)
		case "timeout":
			return r.setDuration(f, "timeout_in_millis", name)
		case "dynamic_name_timezone":
			return r.searchZone(f, "transform", r.zone)
		default:
			return parseFault("could not parse [search] transform for watch [%s]. unexpected field [%s]", r.id, name)
		}
	})
	if err != nil {
		return nil, err
	}
	if !f.has("request") {
		return nil, parseFault("could not parse [search] transform for watch [%s]. missing required [request] field", r.id)
	}
	return f.object(), nil
}
