package lint

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/sigwatch/sigwatch/diag"
)

// namespace says what stands behind the dot of a tag.
type namespace struct {
	form *regexp.Regexp
	hint string
}

// namespaces are those of the Sigma specification; other ones are free.
var namespaces = sync.OnceValue(func() map[string]namespace {
	form := func(expr, hint string) namespace {
		return namespace{regexp.MustCompile(`(?i)^(?:` + expr + `)$`), hint}
	}
	return map[string]namespace{
		"attack":    form(`t[0-9]{4}(\.[0-9]{3})?|ta[0-9]{4}|[gscm][0-9]{4}|ds[0-9]{4}|[a-z]+([-_][a-z]+)*`, "write a technique (attack.t1059.001), a tactic (attack.execution), a group (attack.g0016) or a software (attack.s0154)"),
		"car":       form(`[0-9]{4}-[0-9]{2}-[0-9]{3}`, "write it as car.2016-04-005"),
		"cve":       form(`[0-9]{4}-[0-9]{4,}`, "write it as cve.2021-44228"),
		"d3fend":    form(`d3-[a-z0-9-]+|d3f-[a-z0-9-]+|[a-z]+([-_][a-z]+)*`, "write it as d3fend.d3-am"),
		"detection": form(`dfir|emerging-threats|threat-hunting`, "the specification has detection.dfir, detection.emerging-threats and detection.threat-hunting"),
		"stp":       form(`[1-5][auk]?`, "write a score of 1 to 5, with a, u or k behind it, such as stp.3k"),
		"tlp":       form(`red|amber|amber\+strict|amber-strict|green|clear|white`, "the protocol has tlp.red, tlp.amber, tlp.amber+strict, tlp.green and tlp.clear"),
	}
})

// tags looks at the tags one by one.
func (c *checker) tags() {
	for i, tag := range c.rule.Tags {
		if slices.ContainsFunc(c.rule.Tags[:i], func(t string) bool { return strings.EqualFold(t, tag) }) {
			c.warn(c.secondTag(tag), "lint/duplicate-tag", fmt.Sprintf("the tag %q is given twice", tag), "remove one")
			continue
		}
		c.tag(tag)
	}
}

func (c *checker) tagPlace(tag string) diag.Span { return entryPlace(c.rule, "tags", tag) }

// secondTag is the place of the last time that a tag is given.
func (c *checker) secondTag(tag string) diag.Span {
	at := c.tagPlace(tag)
	start, end := section(c.rule, "tags")
	if start < 0 {
		return at
	}
	if i := strings.LastIndex(string(c.rule.File.Text[start:end]), tag); i > 0 {
		return c.rule.File.Span(start+i, start+i+len(tag))
	}
	return at
}

func (c *checker) tag(tag string) {
	space, name, _ := strings.Cut(tag, ".")
	known, ok := namespaces()[strings.ToLower(space)]
	if !ok {
		c.foreignTag(tag, space)
		return
	}
	if !known.form.MatchString(name) {
		c.warn(c.tagPlace(tag), "lint/bad-tag", fmt.Sprintf("the tag %q is malformed", tag), known.hint)
		return
	}
	if strings.EqualFold(space, "attack") {
		c.attackTag(tag, strings.ToLower(name))
	}
}

// foreignTag allows namespaces of one's own, but no slip.
func (c *checker) foreignTag(tag, space string) {
	words := map[string]bool{}
	for name := range namespaces() {
		words[name] = true
	}
	if near := nearest(space, words); near != "" {
		c.warn(c.tagPlace(tag), "lint/bad-tag", fmt.Sprintf("the tag %q has an unknown namespace", tag), fmt.Sprintf("did you mean %q?", near+tag[len(space):]))
	}
}

// attackTag looks a technique or tactic up. Groups, software and what other
// domains than Enterprise have are not in the table.
func (c *checker) attackTag(tag, name string) {
	at := c.tagPlace(tag)
	dashed := strings.ReplaceAll(name, "_", "-")
	known, ok := attack()[dashed]
	switch {
	case ok && known.next == "-":
		c.warn(at, "lint/retired-attack", fmt.Sprintf("ATT&CK has given up %s (%s)", name, known.name), c.withoutSuccessor(dashed))
	case ok && known.next != "":
		c.warn(at, "lint/retired-attack", fmt.Sprintf("ATT&CK has given up %s", name),
			fmt.Sprintf("write attack.%s (%s)", known.next, attack()[known.next].name))
	case ok && dashed != name:
		c.remark(at, "lint/old-spelling", fmt.Sprintf("the tag %q is written the old way", tag), fmt.Sprintf("write attack.%s", dashed))
	case !ok && beyond(dashed):
	case !ok:
		c.warn(at, "lint/unknown-attack", fmt.Sprintf("ATT&CK for Enterprise %s has no %s", attackRelease(), what(name)), nearTactic(dashed))
	}
}

func (c *checker) withoutSuccessor(name string) string {
	if name == "defense-evasion" {
		return "its techniques went to attack.stealth and attack.defense-impairment: write the one that fits"
	}
	return "there is no successor: name another technique"
}

func what(name string) string {
	switch {
	case strings.HasPrefix(name, "ta") && digits(name[2:]):
		return "tactic " + strings.ToUpper(name)
	case name[0] == 't' && digits(name[1:2]):
		return "technique " + strings.ToUpper(name)
	default:
		return fmt.Sprintf("tactic %q", name)
	}
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// beyond reports whether an id is none that the table could have: of groups,
// software, campaigns, mitigations and data sources, of the domains ICS (T08xx,
// TA01xx) and Mobile, or of a later release.
func beyond(name string) bool {
	switch {
	case strings.HasPrefix(name, "ta") && digits(name[2:]):
		return name >= "ta0100" || "ta0027" <= name && name <= "ta0041"
	case name[0] == 't' && len(name) >= 5 && digits(name[1:5]):
		return name < "t1000" || name > lastTechnique()
	case len(name) >= 5 && digits(name[len(name)-4:]):
		return true
	}
	switch name {
	case "evasion", "inhibit-response-function", "impair-process-control", "network-effects", "remote-service-effects":
		return true
	}
	return false
}

// lastTechnique is the highest id of the table.
var lastTechnique = sync.OnceValue(func() string {
	last := ""
	for name := range attack() {
		if name[0] == 't' && digits(name[1:2]) {
			last = max(last, name)
		}
	}
	return last
})

func nearTactic(name string) string {
	words := map[string]bool{}
	for known, t := range attack() {
		if !strings.ContainsAny(known, "0123456789") && t.next == "" {
			words[known] = true
		}
	}
	if near := nearest(name, words); near != "" {
		return fmt.Sprintf("did you mean %q?", "attack."+near)
	}
	if parent, _, ok := strings.Cut(name, "."); ok && attack()[parent].name != "" {
		return fmt.Sprintf("the technique attack.%s is there (%s)", parent, cmp.Or(attack()[parent].name, parent))
	}
	return "see https://attack.mitre.org for its ids"
}
