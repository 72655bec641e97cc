package watcher

import "strings"

// searchRequest reads the request of a search input or transform
// (spec/watch-written-form.md 4).
func (r *reader) searchRequest() (any, error) {
	f := newForm("search_type", "indices", "types", "rest_total_hits_as_int", "body", "indices_options", "template")
	s := searchRequest{reader: r, indices: []any{}, types: []any{}}
	f.set("search_type", "query_then_fetch")
	if r.totalHits {
		f.set("rest_total_hits_as_int", true)
	}
	if r.canonical {
		f.set("indices_options", s.writtenOptions(defaultOptions()))
	}
	if err := r.each(func(name string) error { return s.field(f, name) }); err != nil {
		return nil, err
	}
	f.set("indices", s.indices)
	if r.writeNoTypes || len(s.types) > 0 {
		f.set("types", s.types)
	}
	return f.object(), nil
}

type searchRequest struct {
	*reader
	indices, types []any
}

func (s *searchRequest) field(f *form, name string) error {
	switch s.token {
	case startArray:
		return s.array(name)
	case startObject:
		return s.objectField(f, name)
	case valueString:
		return s.stringField(f, name)
	case valueBoolean:
		if s.totalHits && name == "rest_total_hits_as_int" {
			return s.setTotalHits(f)
		}
		if s.totalHits {
			return parseFault("could not read search request. unexpected boolean field [%s]", name)
		}
	default:
	}
	return parseFault("could not read search request. unexpected token [%s]", s.token)
}

func (s *searchRequest) setTotalHits(f *form) error {
	return setValue(f, "rest_total_hits_as_int", s.boolean)
}

func (s *searchRequest) array(name string) error {
	switch {
	case name == "indices":
		return s.strings(&s.indices, name)
	case name == "types" && s.grammar.types == allowed:
		return s.strings(&s.types, name)
	case name == "types" && s.grammar.types == emptyOnly:
		if s.next() != endArray {
			return parseFault("could not read search request. unsupported non-empty array field [%s]", name)
		}
		return nil
	default:
		return parseFault("could not read search request. unexpected array field [%s]", name)
	}
}

func (s *searchRequest) strings(list *[]any, name string) error {
	return s.elements(func() error {
		if s.token != valueString {
			return parseFault("could not read search request. expected string values in [%s] field, but instead found [%s]", name, s.token)
		}
		*list = append(*list, s.value())
		return nil
	})
}

func (s *searchRequest) objectField(f *form, name string) error {
	switch name {
	case "body":
		f.set(name, s.copied(s.take()))
		return nil
	case "indices_options":
		return s.options(f)
	case "template":
		return setValue(f, name, func() (any, error) { return s.script("mustache") })
	default:
		return parseFault("could not read search request. unexpected object field [%s]", name)
	}
}

func (s *searchRequest) stringField(f *form, name string) error {
	text, _ := s.value().(string)
	switch {
	case name == "indices":
		s.indices = append(s.indices, splitNames(text)...)
	case name == "types" && s.grammar.types == allowed:
		s.types = append(s.types, splitNames(text)...)
	case name == "search_type":
		kind := strings.ToLower(text)
		if kind != "query_then_fetch" && kind != "dfs_query_then_fetch" {
			return faultf(typeArgument, "No search type for [%s]", kind)
		}
		f.set(name, kind)
	case name == "rest_total_hits_as_int" && s.totalHits:
		return s.setTotalHits(f)
	default:
		return parseFault("could not read search request. unexpected string field [%s]", name)
	}
	return nil
}

// splitNames cuts at commas and takes all blanks and tabs out.
func splitNames(text string) []any {
	if text == "" {
		return nil
	}
	text = strings.NewReplacer(" ", "", "\t", "").Replace(text)
	return anyList(strings.Split(text, ","))
}

// indicesOptions are the options that a search can set.
type indicesOptions struct {
	open, closed, hidden                          bool
	ignoreUnavailable, allowNone, ignoreThrottled bool
}

// defaultOptions are Watcher's: lenient, expand open.
func defaultOptions() indicesOptions {
	return indicesOptions{open: true, ignoreUnavailable: true, allowNone: true}
}

func (s *searchRequest) options(f *form) error {
	o, expanded := defaultOptions(), false
	err := s.each(func(name string) error {
		switch {
		case s.token == startArray && s.wildcardList && name == "expand_wildcards":
			return s.wildcards(&o, &expanded)
		case s.token == startArray && s.wildcardList:
			return parseFault("expand_wildcards is the only field that is an array in IndicesOptions")
		case s.token.isValue():
			return s.option(&o, &expanded, name)
		default:
			return parseFault("could not read %s. unexpected object field [%s]", s.optionsNoun(), name)
		}
	})
	if err != nil {
		return err
	}
	if s.canonical {
		o.ignoreThrottled = false
	}
	if o != defaultOptions() || s.canonical {
		f.set("indices_options", s.writtenOptions(o))
	}
	return nil
}

func (s *searchRequest) optionsNoun() string {
	if s.wildcardList {
		return "indices options"
	}
	return "search request"
}

func (s *searchRequest) option(o *indicesOptions, expanded *bool, name string) (err error) {
	switch {
	case name == "expand_wildcards":
		return s.wildcards(o, expanded)
	case name == "ignore_unavailable":
		o.ignoreUnavailable, err = s.boolean()
	case name == "allow_no_indices":
		o.allowNone, err = s.boolean()
	case name == "ignore_throttled" && s.wildcardList:
		o.ignoreThrottled, err = s.boolean()
	default:
		err = parseFault("could not read %s. unexpected index option [%s]", s.optionsNoun(), name)
	}
	return err
}

// wildcards reads one word, or a list of them where the version takes one.
func (s *searchRequest) wildcards(o *indicesOptions, expanded *bool) error {
	if *expanded {
		return parseFault("already parsed expand_wildcards")
	}
	*expanded = true
	o.open, o.closed, o.hidden = false, false, false
	if s.token != startArray {
		return s.wildcard(o)
	}
	return s.elements(func() error {
		if !s.token.isValue() {
			return parseFault("expected values within array for expand_wildcards")
		}
		return s.wildcard(o)
	})
}

func (s *searchRequest) wildcard(o *indicesOptions) error {
	word, err := s.text()
	if err != nil {
		return err
	}
	switch {
	case word == "open":
		o.open = true
	case word == "closed":
		o.closed = true
	case word == "none":
		o.open, o.closed, o.hidden = false, false, false
	case word == "all":
		o.open, o.closed, o.hidden = true, true, s.wildcardList
	case word == "hidden" && s.wildcardList:
		o.hidden = true
	case s.wildcardList:
		return faultf(typeArgument, "No valid expand wildcard value [%s]", word)
	default:
		return parseFault("could not read search request. unknown value [%s] for [expand_wildcards] field ", word)
	}
	return nil
}

func (s *searchRequest) writtenOptions(o indicesOptions) *Object {
	w := &Object{Members: []Member{
		{Name: "expand_wildcards", Value: o.states(s.wildcardList)},
		{Name: "ignore_unavailable", Value: o.ignoreUnavailable},
		{Name: "allow_no_indices", Value: o.allowNone},
	}}
	if s.wildcardList && !s.canonical {
		w.Members = append(w.Members, Member{Name: "ignore_throttled", Value: o.ignoreThrottled})
	}
	return w
}

func (o indicesOptions) states(list bool) any {
	words := []any{}
	for word, on := range [...]bool{o.open, o.closed, o.hidden} {
		if on {
			words = append(words, [...]string{"open", "closed", "hidden"}[word])
		}
	}
	switch {
	case list:
		return words
	case o.open && o.closed:
		return "all"
	case len(words) == 0:
		return "none"
	default:
		return words[0]
	}
}
