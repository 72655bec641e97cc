package classic

import "strings"

// logpoint writes LogPoint's query language.
type logpoint struct{ run *run }

func newLogPoint(r *run) *textTarget {
	l := &logpoint{r}
	if !r.is2019() && len(r.opt.Configs) == 0 {
		r.log.note(defaultConfigs(), place{})
	}
	return &textTarget{run: r, printer: l, aggregate: l.aggregate, comment: true}
}

func (l *logpoint) and(parts []string) string { return strings.Join(parts, " ") }
func (l *logpoint) or(parts []string) string  { return strings.Join(parts, " OR ") }
func (l *logpoint) not(part string) string    { return " -" + part }
func (l *logpoint) group(part string) string  { return "(" + part + ")" }

func (l *logpoint) null(field string) (string, error) { return "-" + field + "=*", nil }
func (l *logpoint) raw(text string) (string, error)   { return "[" + text + "]", nil }
func (l *logpoint) word(v *value) (string, error)     { return quoted(v), nil }

func (l *logpoint) pair(n *node) (string, error) {
	if n.sub != nil {
		l.run.log.note(fieldLost(n.field), n.at)
		return render(l, n.sub)
	}
	if n.isNull(l.run) {
		return l.null(n.field)
	}
	list, isList, err := atoms(n)
	if err != nil {
		return "", err
	}
	var parts []string
	for _, v := range list {
		parts = append(parts, quoted(v))
	}
	text := strings.Join(parts, ", ")
	switch {
	case !isList:
		return n.field + "=" + text, nil
	case l.run.is2019() || len(parts) != 1:
		text = "[" + text + "]"
	}
	return n.field + " IN " + text, nil
}

// aggregate writes an aggregation as a chart.
func (l *logpoint) aggregate(a *aggregation) (string, error) {
	if a.near {
		return "", refuseAt(a.at, "classic/not-supported", `the old tool has no "near" in this target`)
	}
	l.run.log.note(noWindow(), a.at)
	text := " | chart " + a.function + "(" + a.field + ") as val "
	if a.group != "" {
		text += "by " + a.group + " "
	}
	return text + "| search val " + a.operator + " " + a.value, nil
}
