package watcher

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// template reads a text template: a text, or a script object of mustache.
func (r *reader) template() (any, error) {
	if r.token == valueString {
		return r.value(), nil
	}
	return r.script("mustache")
}

// templateList reads one template or a list of them.
func (r *reader) templateList() (any, error) {
	list := []any{}
	one := func() error {
		t, err := r.template()
		list = append(list, t)
		return err
	}
	var err error
	if r.token == startArray {
		err = r.elements(one)
	} else {
		err = one()
	}
	return list, err
}

// script reads a script: a text, or {"source" or "id", "lang", "options",
// "params"}.
func (r *reader) script(lang string) (any, error) {
	if r.token == valueString {
		return &Object{Members: []Member{{Name: "source", Value: r.value()}, {Name: "lang", Value: lang}}}, nil
	}
	f := newForm("source", "id", "lang", "options", "params")
	s := script{reader: r, form: f}
	if err := r.objectParser("script", s.fields()); err != nil {
		return nil, err
	}
	return s.written(lang)
}

type script struct {
	*reader
	form *form
	// contentType and options are the compiler options; the last one that
	// sets the content type counts.
	contentType string
	options     *Object
}

func (s *script) fields() []objectField {
	texts := tokenSet(valueString)
	return []objectField{
		{name: "source", old: "inline", takes: tokenSet(startObject, valueString), read: s.source},
		{name: "id", old: "stored", takes: texts, read: func() error { return s.only("id", s.value()) }},
		{name: "lang", takes: texts, read: func() error {
			s.form.set("lang", s.value())
			return nil
		}},
		{name: "options", takes: tokenSet(startObject), read: s.setOptions},
		{name: "params", takes: tokenSet(startObject), read: func() error { return setValue(s.form, "params", s.mapped) }},
	}
}

func (s *script) only(name string, value any) error {
	if s.form.has("source") || s.form.has("id") {
		return faultf(typeArgument, "must only use one of [source, id] when specifying a script")
	}
	s.form.set(name, value)
	return nil
}

func (s *script) source() error {
	if err := s.only("source", s.value()); err != nil || s.token != startObject {
		return err
	}
	s.form.set("source", s.copied(s.take()))
	s.contentType = s.grammar.contentType
	return nil
}

func (s *script) setOptions() error {
	s.options = &Object{}
	return s.each(func(name string) error {
		text, err := s.text()
		if name == "content_type" {
			s.contentType = text
		} else {
			s.options.Set(name, text)
		}
		return err
	})
}

func (s *script) written(lang string) (any, error) {
	f := s.form
	if params, given := f.get("params"); given && len(params.(*Object).Members) == 0 {
		f.unset("params")
	}
	switch {
	case f.has("source"):
		if !f.has("lang") {
			f.set("lang", lang)
		}
		if s.options != nil && len(s.options.Members) > 0 {
			return nil, faultf(typeArgument, "illegal compiler options [%s] specified", javaMap(s.options))
		}
		s.typedSource()
	case !f.has("id"):
		return nil, faultf(typeArgument, "must specify either [source] for an inline script or [id] for a stored script")
	case f.has("lang"):
		return nil, faultf(typeArgument, "illegally specified <lang> for a stored script")
	case s.contentType != "" || s.options != nil && len(s.options.Members) > 0:
		return nil, faultf(typeArgument, "field [options] cannot be specified using a stored script")
	}
	return f.object(), nil
}

// typedSource writes a source with a content type: as JSON where it is the
// server's own name of JSON, else as text.
func (s *script) typedSource() {
	if s.contentType == "" {
		return
	}
	source, _ := s.form.get("source")
	text, isText := source.(string)
	own := s.contentType == s.grammar.contentType || s.canonical && isJSONType(s.contentType)
	switch {
	case own && isText:
		if v, err := ParseJSON([]byte(text), ParseOptions{Server: true}); err == nil {
			s.form.set("source", s.copied(v))
		}
	case !own && !isText:
		s.form.set("source", string(Encode(source)))
	}
	if own {
		s.contentType = s.grammar.contentType
	}
	s.form.set("options", single("content_type", s.contentType))
}

func isJSONType(contentType string) bool {
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	return strings.TrimSpace(kind) == "application/json"
}

// javaMap prints an object of texts as Java prints a map.
func javaMap(o *Object) string {
	parts := make([]string, len(o.Members))
	for i, m := range o.Members {
		parts[i] = fmt.Sprintf("%s=%v", m.Name, m.Value)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// objectField is a field of an object that the server reads with its
// ObjectParser.
type objectField struct {
	name, old string
	takes     tokens
	read      func() error
}

// objectParser reads an object as the server's ObjectParser of that name.
func (r *reader) objectParser(parser string, fields []objectField) error {
	if r.token != startObject {
		if t := r.next(); t != startObject {
			return r.objectFault(typeState, "[%s] Expected START_OBJECT but was: %s", parser, t)
		}
	}
	for {
		switch t := r.next(); t {
		case endObject:
			return nil
		case noToken:
			return r.nullToken()
		case fieldName:
			name := r.name()
			i := slices.IndexFunc(fields, func(f objectField) bool { return f.name == name || f.old != "" && f.old == name })
			if i < 0 {
				return r.unknownField(parser, name, fields)
			}
			r.next()
			if err := r.objectValue(parser, name, fields[i]); err != nil {
				return err
			}
		default:
		}
	}
}

func (r *reader) objectValue(parser, name string, f objectField) error {
	if !f.takes.has(r.token) {
		return r.objectFault(typeArgument, "[%s] %s doesn't support values of type: %s", parser, name, r.token)
	}
	err := f.read()
	if err == nil {
		return nil
	}
	w := r.objectFault(typeParsing, "[%s] failed to parse field [%s]", parser, name)
	w.cause = asFault(err)
	return w
}

// objectFault is what goes wrong in an ObjectParser; before 6.4 these had
// other types and some no position.
func (r *reader) objectFault(old, format string, args ...any) *fault {
	if r.oldParsers {
		return faultf(old, format, args...)
	}
	return faultf(typeXContent, "[%s] %s", r.at(), fmt.Sprintf(format, args...))
}

func (r *reader) unknownField(parser, name string, fields []objectField) error {
	if r.oldParsers {
		return faultf(typeArgument, "[%s] unknown field [%s], parser not found", parser, name)
	}
	return faultf(typeXContent, "[%s] [%s] unknown field [%s]%s", r.at(), parser, name, didYouMean(name, fields))
}

// didYouMean is the server's suggestion: names that are more alike than not.
func didYouMean(name string, fields []objectField) string {
	type near struct {
		name  string
		score float64
	}
	var found []near
	for _, f := range fields {
		for _, candidate := range [...]string{f.name, f.old} {
			if s := similarity(name, candidate); candidate != "" && s > 0.5 {
				found = append(found, near{candidate, s})
			}
		}
	}
	slices.SortFunc(found, func(a, b near) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.name, b.name))
	})
	switch len(found) {
	case 0:
		return ""
	case 1:
		return " did you mean [" + found[0].name + "]?"
	}
	names := make([]string, len(found))
	for i := range found {
		names[i] = found[i].name
	}
	return " did you mean any of [" + strings.Join(names, ", ") + "]?"
}

func similarity(a, b string) float64 {
	s, t := []rune(a), []rune(b)
	if len(s) == 0 || len(t) == 0 {
		return 0
	}
	row := make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i := range s {
		diagonal := row[0]
		row[0] = i + 1
		for j := range t {
			cost := 1
			if s[i] == t[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return 1 - float64(row[len(t)])/float64(max(len(s), len(t)))
}
