package catalog

import (
	"errors"
	"slices"
)

// The layout of February found Data Needed selection by selection, and had no
// notion of process creation.

// fieldsA are the fields of a selection with their values.
type fieldsA struct{ pairs []pythonPair }

func (f *fieldsA) set(key, value *pythonValue) {
	for i := range f.pairs {
		if f.pairs[i].key.kind == key.kind && f.pairs[i].key.text == key.text {
			f.pairs[i].value = value
			return
		}
	}
	f.pairs = append(f.pairs, pythonPair{key, value})
}

func (f *fieldsA) names() []string {
	var out []string
	for _, p := range f.pairs {
		out = append(out, fieldName(p.key))
	}
	return out
}

// firstA finds the Data Needed of a file without global documents.
func (o *oldMatcher) firstA(doc *pythonValue) error {
	var err error
	if o.source, err = sourceOf(doc, oldSource{}, "category", "product", "service", "definition"); err != nil {
		return err
	}
	all, err := selections(doc)
	if err != nil {
		return err
	}
	byID, err := hasEventID(doc)
	if err != nil {
		return err
	}
	for _, p := range all {
		fields, ok := keysA(p.value)
		if !ok {
			if fields, err = scanA(all); err != nil {
				return err
			}
		}
		if err := o.selectionA(fields, byID); err != nil {
			return err
		}
	}
	return nil
}

// laterA finds those of the documents behind a global one, whose fields count
// for each of them.
func (o *oldMatcher) laterA(first *pythonValue, rest []*pythonValue) error {
	var common fieldsA
	if all, err := selections(first); err == nil {
		if common, err = scanA(all); err != nil {
			common = fieldsA{}
		}
	}
	byID := false
	for _, p := range common.pairs {
		byID = byID || p.key.is("EventID")
	}
	o.source = oldSource{}
	for _, doc := range rest {
		has, err := hasEventID(doc)
		if err != nil {
			return err
		}
		byID = byID || has
		if o.source, err = sourceOf(doc, o.source, "category", "product", "service", "definition"); err != nil {
			return err
		}
		all, err := selections(doc)
		if err != nil {
			return err
		}
		fields, err := scanA(all)
		if err != nil {
			return err
		}
		for _, p := range common.pairs {
			if (&pythonValue{kind: pyDict, pairs: fields.pairs}).get(p.key.text) == nil {
				fields.set(p.key, &pythonValue{kind: pyText, text: "placeholder"})
			}
		}
		if err := o.selectionA(fields, byID); err != nil {
			return err
		}
	}
	return nil
}

// hasEventID reports whether a selection has the key EventID of its own.
func hasEventID(doc *pythonValue) (bool, error) {
	detection := doc.get("detection")
	if detection == nil || detection.kind != pyDict {
		return false, errors.New("a document has no detection")
	}
	found := false
	for _, p := range detection.pairs {
		members, ok := p.value.members()
		if !ok {
			return false, errSelection
		}
		for _, m := range members {
			found = found || m.is("EventID")
		}
	}
	return found, nil
}

// selectionA adds the Data Needed for some fields.
func (o *oldMatcher) selectionA(fields fieldsA, byID bool) error {
	ids := []string{"None"}
	for _, p := range fields.pairs {
		if p.key.is("EventID") {
			var err error
			if ids, err = idsOf(p.value, true); err != nil {
				return err
			}
		}
	}
	names := fields.names()
	for _, n := range o.needs {
		fits := holdsAll(n.Fields, names)
		if byID {
			fits = slices.Contains(ids, n.number())
		}
		if fits && o.source.takesBoth(n) {
			o.add(n)
		}
	}
	return nil
}

// keysA collects the fields of a selection. A field with a list of plain
// values does not count; of a list of maps the maps' keys do.
func keysA(selection *pythonValue) (out fieldsA, ok bool) {
	if selection.kind != pyDict {
		return out, false
	}
	for _, e := range selection.pairs {
		if e.value.kind != pyList || e.key.is("EventID") {
			out.set(e.key, e.value)
			continue
		}
		if !out.maps(e.value) {
			return out, false
		}
	}
	return out, true
}

// maps adds the fields of the maps in a list, up to the first plain value.
func (f *fieldsA) maps(list *pythonValue) bool {
	for _, m := range list.items {
		if m.counts() {
			return true
		}
		if m.kind != pyDict {
			return false
		}
		for _, e := range m.pairs {
			f.set(e.key, e.value)
		}
	}
	return true
}

// scanA collects the fields of the whole detection.
func scanA(all []pythonPair) (fieldsA, error) {
	var out fieldsA
	for _, p := range all {
		switch {
		case p.value.kind == pyDict:
			for _, e := range p.value.pairs {
				out.set(e.key, e.value)
			}
		case p.value.kind != pyList || p.key.is("EventID") && len(p.value.items) > 0 || !out.maps(p.value):
			return out, errSelection
		}
	}
	return out, nil
}
