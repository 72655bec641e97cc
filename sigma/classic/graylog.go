package classic

import "strings"

// graylog2019 writes graylog as in 2019: all values in quotes. Later it is
// es-qs with other characters escaped.
type graylog2019 struct{ run *run }

func (g *graylog2019) and(parts []string) string { return strings.Join(parts, " AND ") }
func (g *graylog2019) or(parts []string) string  { return strings.Join(parts, " OR ") }
func (g *graylog2019) not(part string) string    { return "NOT " + part }
func (g *graylog2019) group(part string) string  { return "(" + part + ")" }

func (g *graylog2019) null(field string) (string, error) { return "NOT _exists_:" + field, nil }
func (g *graylog2019) raw(text string) (string, error)   { return "(" + text + ")", nil }

func (g *graylog2019) word(v *value) (string, error) {
	if v.kind == kindText && hasWildcard(v.text, true) {
		g.run.log.note(wildcardQuoted(), v.at)
	}
	return `"` + escapeGraylog(true).text(v.text) + `"`, nil
}

func (g *graylog2019) pair(n *node) (string, error) {
	list, isList, err := atoms(n)
	if err != nil {
		return "", err
	}
	var parts []string
	for _, v := range list {
		text, _ := g.word(v)
		parts = append(parts, text)
	}
	text := strings.Join(parts, " ")
	if isList {
		text = "(" + text + ")"
	}
	return n.field + ":" + text, nil
}
