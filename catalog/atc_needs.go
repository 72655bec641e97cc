package catalog

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// How the pages of 2019 found the Data Needed of a rule. What made that
// program stop is an error here.

// oldNeedsOf returns the titles of the Data Needed of a file, each once, in
// the order of their first appearance.
func oldNeedsOf(docs []*pythonValue, l Layout) ([]string, error) {
	o := &oldMatcher{needs: oldTables().NeedsB}
	all := o.laterB
	if l == ATC2019A {
		o.needs, all = oldTables().NeedsA, o.laterA
	}
	first := docs[0]
	action := first.get("action")
	var err error
	switch {
	case !action.truthy() && l == ATC2019A:
		err = o.firstA(first)
	case !action.truthy():
		err = o.documentB(first)
	case !action.is("global"):
		return nil, nil
	case len(docs) < 2:
		err = errors.New("it is a global document alone")
	default:
		err = all(first, docs[1:])
	}
	return o.found, err
}

// oldMatcher collects Data Needed.
type oldMatcher struct {
	needs []oldNeed
	found []string
	// source is what the layout of February keeps from document to document.
	source oldSource
}

func (o *oldMatcher) add(n oldNeed) {
	if !slices.Contains(o.found, n.Title) {
		o.found = append(o.found, n.Title)
	}
}

// number returns the third part of a title as a number, and None where it is
// none.
func (n oldNeed) number() string {
	if parts := strings.Split(n.Title, "_"); len(parts) > 2 {
		if i, err := strconv.Atoi(parts[2]); err == nil {
			return strconv.Itoa(i)
		}
	}
	return "None"
}

// oldSource is a log source in the words of the Data Needed.
type oldSource map[string]string

// sourceOf translates the log source of a document, keys and values alike, on
// top of what was there.
func sourceOf(doc *pythonValue, into oldSource, keys ...string) (oldSource, error) {
	logsource := doc.get("logsource")
	if logsource == nil || logsource.kind != pyDict {
		return nil, errors.New("a document has no log source")
	}
	words := oldTables().Words
	word := func(s string) string {
		if w, ok := words[s]; ok {
			return w
		}
		return s
	}
	for _, key := range keys {
		v := logsource.get(key)
		if !v.truthy() {
			continue
		}
		text := "\x00" // equal to nothing
		if v.kind == pyText {
			text = word(v.text)
		}
		into[word(key)] = text
	}
	return into, nil
}

// fits compares one part of a log source. What is absent equals nothing.
func (s oldSource) fits(part, with string) bool {
	v, ok := s[part]
	return ok && v != "" && v == with
}

// takes reports whether a Data Needed is of the log source, as the layout of
// March has it: without a service the platform is enough.
func (s oldSource) takes(n oldNeed) bool {
	_, platform := s["platform"]
	_, channel := s["channel"]
	return s.fits("platform", n.Platform) && (!platform || !channel || s.fits("channel", n.Channel))
}

// takesBoth is the same of the layout of February.
func (s oldSource) takesBoth(n oldNeed) bool {
	return s.fits("platform", n.Platform) && s.fits("channel", n.Channel)
}

// selections are the entries of the detection but for condition and
// timeframe.
func selections(doc *pythonValue) ([]pythonPair, error) {
	detection := doc.get("detection")
	if detection == nil || detection.kind != pyDict {
		return nil, errors.New("a document has no detection")
	}
	var out []pythonPair
	for _, p := range detection.pairs {
		if p.key.is("condition") || p.key.is("timeframe") {
			continue
		}
		out = append(out, p)
	}
	return out, nil
}

var errSelection = errors.New("a selection is neither a map nor a list")

// laterB finds those of a global document and of all that follow it.
func (o *oldMatcher) laterB(first *pythonValue, rest []*pythonValue) error {
	if first.get("logsource") != nil {
		if err := o.documentB(first); err != nil {
			return err
		}
	}
	for _, doc := range rest {
		if err := o.documentB(doc); err != nil {
			return err
		}
	}
	return nil
}

// documentB finds those of one document: by selection where it asks for event
// ids, else by all of its fields at once.
func (o *oldMatcher) documentB(doc *pythonValue) error {
	source, err := sourceOf(doc, oldSource{}, "category", "product", "service")
	if err != nil {
		return err
	}
	all, err := selections(doc)
	if err != nil {
		return err
	}
	byID, err := asksForIDs(all)
	switch {
	case err != nil:
		return err
	case byID:
		return o.byIDs(all, source)
	}
	fields, err := fieldsB(all)
	if err != nil {
		return err
	}
	for _, n := range o.needs {
		fits := source.takes(n)
		if source["category"] == "process_creation" {
			fits = source.fits("platform", n.Platform) && strings.Contains(n.Title, "process_creation")
		}
		if fits && holdsAll(n.Fields, fields) {
			o.add(n)
		}
	}
	return nil
}

// asksForIDs reports whether a selection has the key EventID, also in a list
// of maps.
func asksForIDs(all []pythonPair) (bool, error) {
	for _, p := range all {
		members, ok := p.value.members()
		if !ok {
			return false, errSelection
		}
		for _, m := range members {
			if m.is("EventID") || m.get("EventID") != nil {
				return true, nil
			}
		}
	}
	return false, nil
}

func (o *oldMatcher) byIDs(all []pythonPair, source oldSource) error {
	for _, p := range all {
		if p.value.kind == pyText && p.value.text != "" {
			return errSelection
		}
		var ids []string
		for _, e := range p.value.pairs {
			if !e.key.is("EventID") {
				continue
			}
			var err error
			if ids, err = idsOf(e.value, false); err != nil {
				return err
			}
		}
		commandLine := slices.ContainsFunc(p.value.pairs, func(e pythonPair) bool {
			return e.key.is("CommandLine") || e.key.is("ProcessCommandLine") || e.key.is("ProcesssCommandLine") || e.key.is("ParentCommandLine")
		})
		for _, n := range o.needs {
			if commandLine && n.Title == "DN_0001_4688_windows_process_creation" {
				continue
			}
			if source.takes(n) && slices.Contains(ids, n.number()) {
				o.add(n)
			}
		}
	}
	return nil
}

// idsOf prints the event ids that a value names. Texts alone count only where
// quoted is true.
func idsOf(v *pythonValue, quoted bool) ([]string, error) {
	values := []*pythonValue{v}
	switch {
	case v.kind == pyList:
		values = v.items
	case !quoted && v.kind != pyInt && v.kind != pyBool:
		return nil, nil
	}
	var out []string
	for _, item := range values {
		text, err := item.print()
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

// holdsAll reports whether the fields are all among those of a Data Needed.
func holdsAll(have []string, fields []string) bool {
	for _, f := range fields {
		if !slices.Contains(have, f) {
			return false
		}
	}
	return true
}

// fieldName is the name of a field for comparing: what is no text equals none.
func fieldName(v *pythonValue) string {
	if v.kind == pyText {
		return v.text
	}
	return "\x00"
}

// counts reports whether Python takes the value for a text or a whole number.
func (v *pythonValue) counts() bool { return v.kind == pyText || v.kind == pyInt || v.kind == pyBool }

// fieldsB collects the names of the fields of a document. A selection that is
// a list, or has a field with a list of maps, has the whole detection looked
// through instead.
func fieldsB(all []pythonPair) ([]string, error) {
	var out []string
	for _, p := range all {
		names, ok := keysB(p.value)
		if !ok {
			var err error
			if names, err = scanB(all); err != nil {
				return nil, err
			}
		}
		out = append(out, names...)
	}
	return out, nil
}

func keysB(selection *pythonValue) (out []string, ok bool) {
	if selection.kind != pyDict {
		return nil, false
	}
	for _, e := range selection.pairs {
		if e.value.kind == pyList && !e.key.is("EventID") {
			if len(e.value.items) == 0 {
				continue
			}
			if !e.value.items[0].counts() {
				return nil, false
			}
		}
		out = append(out, fieldName(e.key))
	}
	return out, true
}

// scanB collects the keys of the maps in lists.
func scanB(all []pythonPair) ([]string, error) {
	var out []string
	for _, p := range all {
		members, ok := p.value.members()
		if !ok {
			return nil, errSelection
		}
		list := p.value.kind == pyList && !p.key.is("EventID")
		for _, m := range members {
			switch {
			case m.kind == pyText:
			case !list:
				out = append(out, fieldName(m))
			default:
				names, err := scanList(p)
				if err != nil {
					return nil, err
				}
				out = append(out, names...)
			}
		}
	}
	return out, nil
}

// scanList collects the keys of the maps in a selection that is a list, up to
// the first plain value, which gives the selection's own name.
func scanList(p pythonPair) ([]string, error) {
	var out []string
	for _, m := range p.value.items {
		if m.counts() {
			return append(out, fieldName(p.key)), nil
		}
		keys, ok := m.members()
		if !ok {
			return nil, errSelection
		}
		for _, k := range keys {
			out = append(out, fieldName(k))
		}
	}
	return out, nil
}
