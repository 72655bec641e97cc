package classic

import "slices"

// printer writes the parts of a tree in the language of a target.
type printer interface {
	and(parts []string) string
	or(parts []string) string
	not(part string) string
	// group writes the group of a node, of which part is the text.
	group(part string) string
	// null is the test that a field is not there.
	null(field string) (string, error)
	pair(n *node) (string, error)
	word(v *value) (string, error)
	raw(text string) (string, error)
}

// wordGrouper writes groups of words in a way of its own.
type wordGrouper interface {
	words(n *node) (string, error)
}

// render writes a tree.
func render(p printer, n *node) (string, error) {
	if n == nil {
		return "", refuse("classic/empty", "nothing is left of the condition: a definition is empty, or nothing matches its pattern", hintOf(""))
	}
	switch n.op {
	case opAnd, opOr:
		return renderList(p, n)
	case opNot, opGroup:
		return renderAround(p, n)
	case opNull:
		return p.null(n.field)
	case opPair:
		return p.pair(n)
	case opRaw:
		return p.raw(n.val.text)
	default:
		return p.word(n.val)
	}
}

// renderList writes an And or an Or, without the parts that hold nothing.
func renderList(p printer, n *node) (string, error) {
	var parts []string
	for _, kid := range n.kids {
		if kid.isHollow() {
			continue
		}
		text, err := render(p, kid)
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
	}
	if n.op == opAnd {
		return p.and(parts), nil
	}
	return p.or(parts), nil
}

// isHollow reports whether there is no leaf in the node: an empty map or list
// that the optimiser did not see, below Not.
func (n *node) isHollow() bool {
	if n == nil || n.op > opGroup {
		return false
	}
	return !slices.ContainsFunc(n.kids, func(kid *node) bool { return !kid.isHollow() })
}

func renderAround(p printer, n *node) (string, error) {
	if g, ok := p.(wordGrouper); ok && n.op == opGroup && allWords(n.kids[0]) {
		return g.words(n.kids[0])
	}
	text, err := render(p, n.kids[0])
	switch {
	case err != nil:
		return "", err
	case n.op == opNot:
		return p.not(text), nil
	}
	return p.group(text), nil
}

// allWords reports whether the node is an And or an Or of words only.
func allWords(n *node) bool {
	return n.isList() && len(n.kids) > 0 &&
		!slices.ContainsFunc(n.kids, func(kid *node) bool { return kid == nil || kid.op != opWord })
}

// atoms checks that a value is a text or a whole number, or a list of those,
// and returns them. A list is true for a list.
func atoms(n *node) (out []*value, list bool, err error) {
	v := n.val
	if v.isAtom() {
		return []*value{v}, false, nil
	}
	if v.kind != kindList {
		return nil, false, refuseAt(v.at, "classic/value", "the old tool does not search for "+v.kind.String())
	}
	for _, item := range v.items {
		if !item.isAtom() {
			return nil, false, refuseAt(item.at, "classic/value", "the old tool does not search for "+item.kind.String()+" in a list")
		}
	}
	return v.items, true, nil
}

// isNull reports whether the pair is a null test of the profile 2023.
func (n *node) isNull(r *run) bool {
	return n.sub == nil && n.val.kind == kindNull && !r.is2019()
}

// textTarget writes rules for the targets that have one text for each rule.
type textTarget struct {
	run *run
	printer
	// aggregate writes what stands behind the bar of a condition.
	aggregate func(*aggregation) (string, error)
	// comment is true where the option rulecomment has an effect.
	comment bool
	// first is true where only the first of several conditions counts in
	// the profile 2023 as well.
	first bool
	// after writes what follows the query.
	after func(*rule) (string, error)
	// start is called before each rule, around puts the text in its place.
	start  func()
	around func(string) string
}

// rule writes one rule.
func (t *textTarget) rule(r *rule) (string, error) {
	s, err := t.search(r)
	if err != nil || s == nil || s.tree.isHollow() {
		return "", err
	}
	if t.start != nil {
		t.start()
	}
	text, err := t.query(s)
	if err != nil {
		return "", err
	}
	text = t.commented(r, text)
	if t.after != nil {
		tail, err := t.after(r)
		if err != nil {
			return "", err
		}
		text += tail
	}
	if text == "" {
		return "", nil
	}
	return text + "\n", nil
}

// query writes a search and its aggregation.
func (t *textTarget) query(s *search) (string, error) {
	noteTree(t.run, s.tree)
	text, err := render(t.printer, s.tree)
	if err != nil {
		return "", err
	}
	if t.around != nil {
		text = t.around(text)
	}
	if s.agg == nil {
		return text, nil
	}
	tail, err := t.aggregate(s.agg)
	return text + tail, err
}

// search returns the condition that counts.
func (t *textTarget) search(r *rule) (*search, error) {
	switch {
	case len(r.searches) == 0:
		return nil, nil
	case len(r.searches) > 1 && !t.first && !t.run.is2019():
		return nil, refuseAt(r.searches[1].at, "classic/not-supported", "the old tool takes only one condition for this target")
	case len(r.searches) > 1:
		t.run.log.note(conditionsDropped(), r.searches[1].at)
	}
	return &r.searches[0], nil
}

func (t *textTarget) commented(r *rule, text string) string {
	if !t.comment || !t.run.settings.on("rulecomment") {
		return text
	}
	if title := r.doc.get("title"); title != nil {
		name, _ := title.python()
		text = "# " + name + "\n" + text
	}
	return text + "\n"
}

// finish returns the rules' texts one after another.
func (t *textTarget) finish(results []Result) string {
	var out []byte
	for _, r := range results {
		out = append(out, r.Text...)
	}
	return string(out)
}

// columnsOf returns the mapped names of the rule's fields. A text counts as
// the list of its characters, as in Python.
func columnsOf(r *rule) ([]string, error) {
	list, err := fieldsOf(r)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, field := range list {
		if field.kind != kindText {
			return nil, refuseAt(field.at, "classic/fields", "fields holds "+field.kind.String())
		}
		names, err := r.parser.columns(field)
		if err != nil {
			return nil, err
		}
		out = append(out, names.list...)
	}
	return out, nil
}

// fieldsOf returns what the rule lists as fields.
func fieldsOf(r *rule) ([]*value, error) {
	switch v := r.doc.get("fields"); {
	case v == nil:
		return nil, nil
	case v.kind == kindList:
		return v.items, nil
	case v.kind == kindText:
		var out []*value
		for _, c := range v.text {
			out = append(out, &value{text: string(c), at: v.at})
		}
		return out, nil
	case v.kind == kindMap:
		var out []*value
		for _, e := range v.entries {
			out = append(out, e.key)
		}
		return out, nil
	default:
		return nil, refuseAt(v.at, "classic/fields", "fields is "+v.kind.String()+", and not a list")
	}
}
