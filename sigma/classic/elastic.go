package classic

import (
	"regexp"
	"strings"
	"sync"
)

// uuidForm is a UUID in escaped text.
var uuidForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9a-fA-F]{8}(\\?-[0-9a-fA-F]{4}){3}\\?-[0-9a-fA-F]{12}$`)
})

// elastic writes es-qs and graylog, and the queries of kibana and
// xpack-watcher.
type elastic struct {
	run      *run
	escape   escaping
	listJoin string
	names    fieldNames

	// keyword is true where the field of the last value was taken for a
	// keyword; words without a field go by what the last field left.
	keyword bool
	// anyCase is true where values become regular expressions that match
	// letters of both cases.
	anyCase bool
	uuid    *regexp.Regexp
}

func newElastic(r *run) (*textTarget, error) {
	e, err := elasticPrinter(r)
	if err != nil {
		return nil, err
	}
	t := &textTarget{run: r, comment: true, aggregate: func(a *aggregation) (string, error) {
		return "", refuseAt(a.at, "classic/not-supported", "the old tool has no aggregations in this target")
	}}
	t.printer, t.start = e, e.start
	if r.opt.Target == Graylog && r.is2019() {
		t.printer = &graylog2019{run: r}
	}
	return t, nil
}

func elasticPrinter(r *run) (*elastic, error) {
	names, err := readFieldNames(r)
	e := &elastic{run: r, escape: escapeElastic(), listJoin: " OR ", names: names, uuid: uuidForm()}
	if r.is2019() {
		e.listJoin = " "
	}
	if r.opt.Target == Graylog {
		e.escape, e.listJoin = escapeGraylog(false), " "
	}
	return e, err
}

// query writes the query of a search.
func (e *elastic) query(tree *node) (string, error) {
	noteTree(e.run, tree)
	return render(e, tree)
}

// start forgets what the last rule left.
func (e *elastic) start() { e.keyword, e.anyCase = true, false }

func (e *elastic) and(parts []string) string { return strings.Join(parts, " AND ") }
func (e *elastic) or(parts []string) string  { return strings.Join(parts, " OR ") }
func (e *elastic) group(part string) string  { return "(" + part + ")" }

func (e *elastic) not(part string) string {
	if e.run.is2019() {
		return "NOT " + part
	}
	return "(NOT " + part + ")"
}

func (e *elastic) null(field string) (string, error) { return "NOT _exists_:" + field, nil }
func (e *elastic) raw(text string) (string, error)   { return "(" + text + ")", nil }

func (e *elastic) pair(n *node) (string, error) {
	if n.sub != nil {
		return "", refuseAt(n.at, "classic/not-supported", "the old tool cannot write alternatives that stand in a list of values")
	}
	val := e.names.normalised(n.field, n.val)
	field := e.field(n.field, val)
	if n.isNull(e.run) {
		return e.null(field)
	}
	if val.kind == kindRegex {
		text, err := e.regex(val)
		return field + ":" + text, err
	}
	list, isList, err := atoms(&node{val: val})
	if err != nil {
		return "", err
	}
	var parts []string
	for _, v := range list {
		parts = append(parts, e.value(v))
	}
	text := strings.Join(parts, e.listJoin)
	if isList && (e.run.is2019() || len(parts) != 1) {
		text = "(" + text + ")"
	}
	return field + ":" + text, nil
}

// field returns the name under which a value is looked for, and notes whether
// that is a keyword.
func (e *elastic) field(name string, v *value) string {
	e.keyword, e.anyCase = e.names.keyword(name, v)
	if e.keyword {
		e.run.log.note(caseSensitive(), v.at)
	}
	return name + e.names.suffix(name, e.keyword)
}

func (e *elastic) word(v *value) (string, error) {
	if e.run.is2019() {
		e.run.log.note(wordsByState(), v.at)
	}
	return e.value(v), nil
}

// value writes a text or a number, in quotes unless it is taken for a keyword.
func (e *elastic) value(v *value) string {
	text := e.escape.text(v.text)
	if e.run.is2019() && strings.ContainsAny(text, "<>") {
		e.run.log.note(signsDropped(), v.at)
		text = strings.NewReplacer("<", "", ">", "").Replace(text)
	}
	switch {
	case text == "":
		return `""`
	case e.keyword && e.anyCase && e.takesAnyCase(text):
		return anyCaseRegex(text)
	case e.keyword, !e.run.is2019() && hasWildcard(text, false):
		return text
	}
	return `"` + text + `"`
}

// regex writes a regular expression. Lucene's match whole values, so that
// anchors go, and what is not anchored gets ".*".
func (e *elastic) regex(v *value) (string, error) {
	text := v.text
	e.run.log.note(regexAsIs(), v.at)
	begins, ends := strings.HasPrefix(text, "^"), strings.HasSuffix(text, "$")
	switch {
	case text == "":
		return "", refuseAt(v.at, "classic/value", "the regular expression is empty")
	case begins && ends && len(text) > 1:
		text = text[1 : len(text)-1]
	case begins:
		if text = text[1:]; !strings.HasSuffix(text, ".*") {
			text += ".*"
		}
	case ends:
		if text = text[:len(text)-1]; !strings.HasPrefix(text, ".*") {
			text = ".*" + text
		}
	}
	return "/" + text + "/", nil
}

// words writes a list of words without a field (2023).
func (e *elastic) words(n *node) (string, error) {
	if e.run.is2019() {
		text, err := renderList(e, n)
		return e.group(text), err
	}
	e.run.log.note(wordsAnywhere(), n.kids[0].at)
	e.keyword, e.anyCase = true, false
	var parts []string
	for _, kid := range n.kids {
		v := *kid.val
		if v.kind == kindText {
			v.text = around(v.text)
		}
		parts = append(parts, e.value(&v))
	}
	e.keyword = false
	text := e.and(parts)
	if n.op == opOr {
		text = e.or(parts)
	}
	return e.names.words + ":" + e.group(text), nil
}

func around(s string) string {
	before, after := "*", "*"
	if strings.HasPrefix(s, "*") {
		before = ""
	}
	if strings.HasSuffix(s, "*") {
		after = ""
	}
	return before + s + after
}

// takesAnyCase reports whether a text has letters whose case could matter, or
// wildcards.
func (e *elastic) takesAnyCase(text string) bool {
	if text == "null" || len(text) > 1 && strings.HasPrefix(text, "/") && strings.HasSuffix(text, "/") {
		return false
	}
	return hasLetter(text) && !e.uuid.MatchString(text) || hasWildcard(text, false)
}

func hasLetter(s string) bool {
	return strings.ContainsFunc(s, isLetter)
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// anyCaseRegex makes a regular expression of an escaped text that matches it
// in upper and lower case.
func anyCaseRegex(text string) string {
	if last := len(text) - 1; text[last] == '*' && backslashes(text, last) == 1 {
		text = text[:last] + `\*`
	}
	var b strings.Builder
	b.WriteByte('/')
	for i, r := range text {
		even := backslashes(text, i)%2 == 0
		switch {
		case isLetter(r):
			b.WriteString("[" + strings.ToUpper(string(r)) + strings.ToLower(string(r)) + "]")
			continue
		case !even:
		case r == '*':
			b.WriteByte('.')
		case strings.ContainsRune(".@?&~<>", r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String() + "/"
}

// backslashes counts the backslashes right before a place.
func backslashes(s string, i int) int {
	n := 0
	for at(s, i-1-n) == '\\' {
		n++
	}
	return n
}
