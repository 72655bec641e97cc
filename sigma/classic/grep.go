package classic

import "strings"

// grep writes a command line for grep with Perl's regular expressions.
type grep struct{ run *run }

func newGrep(r *run) *textTarget {
	g := &grep{r}
	return &textTarget{run: r, printer: g, around: g.command, aggregate: func(a *aggregation) (string, error) {
		r.log.note(aggregationDropped(), a.at)
		return "", nil
	}}
}

// command puts the command round the expression.
func (g *grep) command(text string) string {
	if !g.run.is2019() {
		return "grep -P -i '^" + text + "'"
	}
	g.run.log.note(grepCase(), place{})
	return "grep -P '^" + text + "'"
}

func (g *grep) and(parts []string) string {
	return "(?=.*" + strings.Join(parts, ")(?=.*") + ")"
}

func (g *grep) or(parts []string) string {
	return "(?:.*" + strings.Join(parts, "|.*") + ")"
}

func (g *grep) not(part string) string   { return "(?!.*" + part + ")" }
func (g *grep) group(part string) string { return "(?:.*" + part + ")" }

func (g *grep) null(field string) (string, error) {
	return "", refuse("classic/not-supported", "the old tool cannot test for the absence of the field "+quote(field)+" here", hintOf("classic/not-supported"))
}

func (g *grep) raw(string) (string, error) {
	return "", refuse("classic/not-supported", "a search from a configuration cannot be written here", hintOf("classic/not-supported"))
}

func (g *grep) word(v *value) (string, error) {
	if strings.ContainsAny(v.text, `?\`) {
		g.run.log.note(grepUnescaped(), v.at)
	}
	text := strings.ReplaceAll(escapeGrep().text(v.text), "*", ".*")
	if g.run.is2019() && g.run.opt.March {
		if strings.Contains(text, "'") {
			g.run.log.note(grepQuote(), v.at)
		}
		return text, nil
	}
	return strings.ReplaceAll(text, "'", `'"'"'`), nil
}

func (g *grep) pair(n *node) (string, error) {
	g.run.log.note(fieldsIgnored(), n.at)
	if n.sub != nil {
		return render(g, n.sub)
	}
	if n.isNull(g.run) {
		return "(?!" + n.field + ")", nil
	}
	list, isList, err := atoms(n)
	if err != nil {
		return "", err
	}
	var parts []string
	for _, v := range list {
		text, _ := g.word(v)
		parts = append(parts, text)
	}
	switch {
	case !isList:
		return parts[0], nil
	case len(parts) == 0:
		return "(?:)", nil
	}
	return g.or(parts), nil
}
