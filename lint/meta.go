package lint

import (
	"fmt"
	"strings"
)

// metadata looks at what a rule says of itself.
func (c *checker) metadata() {
	r := c.rule
	if r.Level == "" {
		c.warn(titlePlace(r), "lint/no-level", "the rule has no level",
			"add one: informational, low, medium, high or critical; routes and the mail's priority follow it")
	}
	c.status()
	if r.Date != "" && r.Modified != "" && r.Modified < r.Date {
		c.warn(keyPlace(r, "modified"), "lint/modified-before-date",
			fmt.Sprintf("the rule was modified on %s, before its date %s", r.Modified, r.Date), "correct one of the two")
	}
	c.dates()
	for _, ref := range r.References {
		if !isAddress(ref) {
			c.remark(entryPlace(r, "references", firstWords(ref)), "lint/reference", "the reference is no web address",
				"write one that begins with https://, so that it can be followed from the mail")
		}
	}
}

// dates finds the spelling of the first specification.
func (c *checker) dates() {
	for _, key := range []string{"date", "modified"} {
		start, end := section(c.rule, key)
		if start < 0 {
			continue
		}
		line, _, _ := strings.Cut(string(c.rule.File.Text[start:end]), "\n")
		if value, _, _ := strings.Cut(line[len(key)+1:], "#"); strings.Contains(value, "/") {
			c.remark(keyPlace(c.rule, key), "lint/old-spelling", fmt.Sprintf("the %s is written the old way", key), "write it as YYYY-MM-DD")
		}
	}
}

func (c *checker) status() {
	r := c.rule
	switch {
	case r.Status == "":
		c.remark(titlePlace(r), "lint/no-status", "the rule has no status",
			"add one: experimental, test or stable")
	case r.Status == "deprecated" || r.Status == "unsupported":
		c.warn(keyPlace(r, "status"), "lint/retired-rule", fmt.Sprintf("the rule is %s, and still becomes a watch", r.Status),
			"move it out of the folder of rules, or give it another status")
	case r.Status == "experimental" && r.Level == "critical":
		c.remark(keyPlace(r, "status"), "lint/untested-critical", "a critical rule is still experimental",
			"try it, then call it test or stable; or lower the level until then")
	}
}

func isAddress(s string) bool {
	s = strings.ToLower(strings.TrimSpace(s))
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(s, "http://")
	}
	return ok && rest != "" && !strings.ContainsAny(rest, " \t\n<>")
}

// firstWords is the beginning of a text, which stands on one line in the file.
func firstWords(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return strings.TrimSpace(s)
}

// logSource compares the log source with those that Sigma's taxonomy and the
// public rules know.
func (c *checker) logSource() {
	l := c.rule.LogSource
	known := knownSources()
	if known.has(l) {
		return
	}
	for _, part := range []struct{ key, value string }{{"category", l.Category}, {"product", l.Product}, {"service", l.Service}} {
		words := known.words[part.key]
		if part.value == "" || words[strings.ToLower(part.value)] {
			continue
		}
		if near := nearest(part.value, words); near != "" {
			c.warn(entryPlace(c.rule, "logsource", part.value), "lint/unknown-logsource",
				fmt.Sprintf("%q is no known %s: no pipeline and no index will be chosen for it", part.value, part.key),
				fmt.Sprintf("did you mean %q?", near))
			return
		}
	}
	c.remark(l.Span, "lint/unknown-logsource", "neither Sigma's taxonomy nor the public rules know this log source",
		"if it is your own, see that an entry of indices is for it")
}
