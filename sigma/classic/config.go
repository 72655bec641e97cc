package classic

import (
	"strings"

	"github.com/sigwatch/sigwatch/diag"
)

// Config is a configuration file of sigmac: how fields are named and which
// log sources lie where.
type Config struct {
	// Name is the file's name, Title what the file calls itself.
	Name, Title string

	order       *value
	backends    []string
	hasBackends bool
	indices     []string
	dateField   string
	joinOr      string
	sources     []logSource
	mappings    map[string]*fieldMapping
}

// logSource is a log source that a configuration knows.
type logSource struct {
	name       string
	triple     triple
	indices    []string
	conditions []entry
	search     *value
	rewrite    *triple
	at         place
}

// triple is what a log source says of itself; empty parts say nothing.
type triple struct{ category, product, service string }

// fieldMapping is what a field becomes: one name, several, or a name that
// hangs on the rule.
type fieldMapping struct {
	names       []string
	conditional *conditional
}

// conditional is a mapping whose names hang on the values of other fields.
type conditional struct {
	source     string
	conditions []mappingCondition
	// hasDefault is true where there is a default at all.
	defaults   []string
	hasDefault bool
}

type mappingCondition struct {
	field, value string
	targets      []string
}

// ParseConfig reads a configuration file of sigmac. Where there is an error
// among the diagnostics there is no configuration.
func ParseConfig(f *diag.File) (*Config, []diag.Diagnostic) {
	l := log{file: f}
	c, err := readConfig(f)
	if err != nil {
		l.add(diag.Error, err)
		return nil, l.sorted()
	}
	return c, nil
}

func configFault(at place, message string) error {
	return &refusal{code: "classic/config", message: message, hint: "see the old tool's description of configuration files", at: at}
}

func readConfig(f *diag.File) (*Config, error) {
	docs, err := Read(f).decode()
	if err != nil {
		return nil, err
	}
	if len(docs) != 1 || docs[0].kind != kindMap {
		return nil, configFault(place{}, "a configuration is one document, and that a map")
	}
	doc, c := docs[0], &Config{Name: f.Name, mappings: map[string]*fieldMapping{}}
	c.order, c.hasBackends = doc.get("order"), doc.get("backends") != nil
	for _, field := range []struct {
		key string
		to  *string
	}{{"title", &c.Title}, {"dateField", &c.dateField}, {"logsourcemerging", &c.joinOr}} {
		if v := doc.get(field.key); v.isText() {
			*field.to = v.text
		}
	}
	for _, field := range []struct {
		key string
		to  *[]string
	}{{"backends", &c.backends}, {"defaultindex", &c.indices}} {
		if *field.to, err = texts(doc.get(field.key), field.key); err != nil {
			return nil, err
		}
	}
	if err := c.readMappings(doc.get("fieldmappings")); err != nil {
		return nil, err
	}
	return c, c.readSources(doc.get("logsources"))
}

// texts reads a text or a list of texts; nothing gives none.
func texts(v *value, what string) ([]string, error) {
	switch {
	case v == nil || v.kind == kindNull:
		return nil, nil
	case v.kind == kindText:
		return []string{v.text}, nil
	case v.kind != kindList:
		return nil, configFault(v.at, what+" is "+v.kind.String()+", and not a text or a list of texts")
	}
	var out []string
	for _, item := range v.items {
		if item.kind != kindText {
			return nil, configFault(item.at, what+" holds "+item.kind.String())
		}
		out = append(out, item.text)
	}
	return out, nil
}

func (c *Config) readMappings(v *value) error {
	if v == nil || v.kind == kindNull {
		return nil
	}
	if v.kind != kindMap {
		return configFault(v.at, "fieldmappings is "+v.kind.String())
	}
	for _, e := range v.entries {
		source, ok := e.key.python()
		if !ok {
			return configFault(e.key.at, "a field's name is "+e.key.kind.String())
		}
		m, err := readMapping(source, e.value)
		if err != nil {
			return err
		}
		c.mappings[source] = m
	}
	return nil
}

func readMapping(source string, v *value) (*fieldMapping, error) {
	if v.kind != kindMap {
		names, err := texts(v, "the mapping of "+quote(source))
		if err == nil && len(names) == 0 {
			err = configFault(v.at, "the mapping of "+quote(source)+" names no field")
		}
		return &fieldMapping{names: names}, err
	}
	c := &conditional{source: source}
	for _, e := range v.entries {
		targets, err := texts(e.value, "a conditional mapping of "+quote(source))
		if err != nil {
			return nil, err
		}
		field, want, ok := strings.Cut(e.key.text, "=")
		switch {
		case e.key.text == "default":
			c.defaults, c.hasDefault = targets, true
		case ok:
			c.conditions = append(c.conditions, mappingCondition{field, want, targets})
		default:
			return nil, configFault(e.key.at, "a condition of a mapping is written field=value")
		}
	}
	return &fieldMapping{conditional: c}, nil
}

func (c *Config) readSources(v *value) error {
	if v == nil || v.kind == kindNull {
		return nil
	}
	if v.kind != kindMap {
		return configFault(v.at, "logsources is "+v.kind.String())
	}
	for _, e := range v.entries {
		s, err := readSource(e)
		if err != nil {
			return err
		}
		c.sources = append(c.sources, s)
	}
	return nil
}

func readSource(e entry) (logSource, error) {
	s := logSource{name: e.key.text, at: e.key.at}
	if e.value.kind != kindMap {
		return s, configFault(e.value.at, "the log source "+quote(s.name)+" is "+e.value.kind.String())
	}
	var err error
	if s.triple, err = readTriple(e.value); err != nil {
		return s, err
	}
	if s.triple == (triple{}) {
		return s, configFault(e.key.at, "the log source "+quote(s.name)+" has no category, product or service and matches nothing")
	}
	if s.indices, err = texts(e.value.get("index"), "index"); err != nil {
		return s, err
	}
	if v := e.value.get("conditions"); v != nil && v.kind != kindNull {
		if v.kind != kindMap {
			return s, configFault(v.at, "conditions is "+v.kind.String())
		}
		s.conditions = v.entries
	}
	if v := e.value.get("search"); v.isText() {
		s.search = v
	}
	if v := e.value.get("rewrite"); v != nil && v.kind == kindMap {
		rewrite, err := readTriple(v)
		s.rewrite = &rewrite
		return s, err
	}
	return s, nil
}

func readTriple(v *value) (triple, error) {
	var t triple
	for _, part := range []struct {
		key string
		to  *string
	}{{"category", &t.category}, {"product", &t.product}, {"service", &t.service}} {
		switch v := v.get(part.key); {
		case v == nil || v.kind == kindNull:
		case v.kind == kindText:
			*part.to = v.text
		default:
			return t, configFault(v.at, part.key+" is "+v.kind.String()+", and not a text")
		}
	}
	return t, nil
}
