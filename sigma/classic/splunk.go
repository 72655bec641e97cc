package classic

import "strings"

// splunk writes SPL.
type splunk struct{ run *run }

func newSplunk(r *run) *textTarget {
	s := &splunk{r}
	return &textTarget{run: r, printer: s, aggregate: s.aggregate, comment: true, first: true, after: s.table}
}

func (s *splunk) and(parts []string) string {
	text := strings.Join(parts, " ")
	if s.run.is2019() {
		return text
	}
	return "(" + text + ")"
}

func (s *splunk) or(parts []string) string { return strings.Join(parts, " OR ") }
func (s *splunk) not(part string) string   { return "NOT " + part }
func (s *splunk) group(part string) string { return "(" + part + ")" }

func (s *splunk) null(field string) (string, error) { return "NOT " + field + `="*"`, nil }
func (s *splunk) raw(text string) (string, error)   { return "(" + text + ")", nil }

func (s *splunk) word(v *value) (string, error) { return quoted(v), nil }

// quoted writes a value as splunk and logpoint do.
func quoted(v *value) string { return `"` + escapeQuoted().text(v.text) + `"` }

func (s *splunk) pair(n *node) (string, error) {
	if n.sub != nil {
		s.run.log.note(fieldLost(n.field), n.at)
		return render(s, n.sub)
	}
	if n.isNull(s.run) {
		return s.null(n.field)
	}
	list, isList, err := atoms(n)
	if err != nil {
		return "", err
	}
	var parts []string
	for _, v := range list {
		parts = append(parts, n.field+"="+quoted(v))
	}
	text := s.or(parts)
	if isList {
		text = "(" + text + ")"
	}
	return text, nil
}

// aggregate writes an aggregation as two commands.
func (s *splunk) aggregate(a *aggregation) (string, error) {
	if a.near {
		return "", refuseAt(a.at, "classic/not-supported", `the old tool has no "near" in this target`)
	}
	s.run.log.note(noWindow(), a.at)
	search := "| search val " + a.operator + " " + a.value
	switch {
	case a.function == "count" && a.field == "" && a.group == "":
		return " | eventstats count as val " + search, nil
	case a.function == "count" && a.field == "":
		return " | eventstats count as val by " + a.group + search, nil
	}
	name := a.function
	if name == "count" {
		name = "dc"
	}
	text := " | eventstats " + name + "(" + a.field + ") as val "
	if a.group != "" {
		text += "by " + a.group + " "
	}
	return text + search, nil
}

// table shows the rule's fields.
func (s *splunk) table(r *rule) (string, error) {
	if r.doc.get("fields") == nil {
		return "", nil
	}
	columns, err := columnsOf(r)
	switch {
	case err != nil:
		return "", err
	case len(columns) > 0:
		return " | table " + strings.Join(columns, ","), nil
	case s.run.is2019():
		return "", refuseAt(r.doc.get("fields").at, "classic/fields", "fields is empty, on which the old tool failed")
	}
	return "", nil
}
