package classic

// rule is a document after actions, with its conditions read.
type rule struct {
	doc    *value
	number int
	at     place
	// searches are the conditions, in order.
	searches []search
	// source is what the configurations say of the rule's log source; known
	// is false for a rule without one.
	source sourceMatch
	known  bool
	parser *parser
}

// search is one condition of a rule.
type search struct {
	tree *node
	agg  *aggregation
	at   place
}

// reading is what became of a file: its rules, all of them or none and why.
// Writing changes nothing of it.
type reading struct {
	of    *Source
	rules []*rule
	err   error
}

// read reads the rules of a file.
func (r *run) read(s *Source) reading {
	r.log.file = s.file
	rules, err := r.rules(s)
	if err != nil {
		return reading{of: s, err: err}
	}
	return reading{of: s, rules: rules}
}

func (r *run) rules(s *Source) ([]*rule, error) {
	docs, err := s.decode()
	if err != nil {
		return nil, err
	}
	var rules []*rule
	c := collection{run: r, globals: &value{kind: kindMap}}
	for number, doc := range docs {
		rule, err := c.next(number, doc)
		if err != nil {
			return nil, err
		}
		if rule != nil {
			rules = append(rules, rule)
		}
	}
	return rules, nil
}

// collection carries out the actions of the documents of a file.
type collection struct {
	run      *run
	globals  *value
	previous *value
}

// next reads one document; an action may mean that it is no rule.
func (c *collection) next(number int, doc *value) (*rule, error) {
	if doc.kind != kindMap {
		return nil, refuseAt(doc.at, "classic/document", "the document is "+doc.kind.String()+", and no rule")
	}
	action := takeOut(doc, "action")
	switch {
	case action.isText() && action.text == "global":
		return nil, merge(c.globals, doc)
	case action.isText() && action.text == "reset":
		c.globals = &value{kind: kindMap}
		return nil, nil
	case action.isText() && action.text == "repeat":
		return c.repeat(number, doc)
	}
	if err := merge(doc, c.globals); err != nil {
		return nil, err
	}
	return c.rule(number, doc, doc.at)
}

// repeat makes a rule of the previous one. The profile 2019 copies only the
// outermost map, so that the previous rule changes as well.
func (c *collection) repeat(number int, doc *value) (*rule, error) {
	if c.previous == nil {
		return nil, refuseAt(doc.at, "classic/document", "there is no rule before this one that could be repeated")
	}
	left := maxValues
	again := clone(c.previous, &left)
	if c.run.is2019() {
		shallow := *c.previous
		shallow.entries = append([]entry(nil), c.previous.entries...)
		again = &shallow
	}
	if left < 0 {
		return nil, refuseAt(doc.at, "classic/too-large", "the rule is too large to be repeated")
	}
	if err := merge(again, doc); err != nil {
		return nil, err
	}
	return c.rule(number, again, doc.at)
}

func (c *collection) rule(number int, doc *value, at place) (*rule, error) {
	c.previous = doc
	r := &rule{doc: doc, number: number, at: at}
	if title := doc.get("title"); title != nil && title.at.line > 0 {
		r.at = title.at
	}
	c.run.log.begin(r)
	return r, c.run.parse(r)
}

func takeOut(doc *value, key string) *value {
	i := doc.find(kindText, key)
	if i < 0 {
		return nil
	}
	v := doc.entries[i].value
	doc.entries = append(doc.entries[:i:i], doc.entries[i+1:]...)
	return v
}

// merge puts the entries of one map into another, in place: maps merge,
// anything else is replaced. What is put in is shared, not copied.
func merge(into, from *value) error {
	left := maxValues
	return mergeDeep(into, from, &left)
}

func mergeDeep(into, from *value, left *int) error {
	if into == from {
		return nil
	}
	keys := indexOf(into)
	for _, e := range from.entries {
		if *left--; *left < 0 {
			return refuseAt(from.at, "classic/too-large", "the documents are too large to be merged")
		}
		if old := keys.get(e.key); old != nil && old.kind == kindMap && e.value.kind == kindMap {
			if err := mergeDeep(old, e.value, left); err != nil {
				return err
			}
			continue
		}
		keys.set(e.key, e.value)
	}
	return nil
}

func clone(v *value, left *int) *value {
	if *left--; *left < 0 {
		return v
	}
	out := *v
	out.items, out.entries = nil, nil
	for _, item := range v.items {
		out.items = append(out.items, clone(item, left))
	}
	for _, e := range v.entries {
		out.entries = append(out.entries, entry{e.key, clone(e.value, left)})
	}
	return &out
}
