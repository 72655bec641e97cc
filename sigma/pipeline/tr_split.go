package pipeline

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/sigma"
)

// hashesFields puts the hashes that one field of Sysmon lists into a field for
// each algorithm.
type hashesFields struct {
	algorithms, fields []string
	prefix             string
	bare               bool
}

func readHashesFields(p *params) transformation {
	t := hashesFields{algorithms: p.needTexts("valid_hash_algos"), fields: p.texts("field_to_parse")}
	t.prefix, t.bare = p.text("field_prefix", ""), p.flag("drop_algo_prefix")
	if t.fields == nil {
		t.fields = []string{"Hashes", "Hash"}
	}
	if t.bare && t.prefix == "" {
		p.r.errorf(p.keySpan("drop_algo_prefix"), "pipeline/missing-parameter", "", "without the algorithm the field needs %q as its name", "field_prefix")
	}
	return t
}

func (t hashesFields) apply(x *run) {
	x.eachItem(func(it *sigma.Item) sigma.Node {
		texts := !slices.ContainsFunc(it.Values, func(v sigma.Located) bool { _, ok := v.Value.(sigma.String); return !ok })
		if !slices.Contains(t.fields, it.Field) || !texts {
			return it
		}
		return t.split(x, it)
	})
}

// split makes an item of the values of each field, in the order in which they
// come up.
func (t hashesFields) split(x *run, it *sigma.Item) sigma.Node {
	var kids []sigma.Node
	byField := map[string]*sigma.Item{}
	for _, v := range it.Values {
		s, _ := v.Value.(sigma.String)
		algorithm, hash := splitHash(s)
		if !slices.Contains(t.algorithms, algorithm) {
			x.warn(v.Span, "pipeline/value-dropped", "add its algorithm to valid_hash_algos, if the events have it",
				"the value %q is left out: it is no hash of %s", s.Plain(), strings.Join(t.algorithms, ", "))
			continue
		}
		name := t.name(algorithm)
		if byField[name] == nil {
			own := x.touched(it)
			own.Field, own.Values, own.Negated = name, nil, false
			byField[name], kids = own, append(kids, own)
			x.note(name)
		}
		byField[name].Values = append(byField[name].Values, sigma.Located{Value: hash, Span: v.Span})
	}
	if len(kids) == 0 {
		x.refuse(it.Span, "pipeline/no-hash", "write it as MD5=… or the like, with an algorithm of "+strings.Join(t.algorithms, ", "),
			"the pipeline looks for hashes here, and there are none")
		return it
	}
	return linked(it, kids)
}

func (t hashesFields) name(algorithm string) string {
	name := t.prefix
	if !t.bare {
		name += algorithm
	}
	if name == "keyword" {
		return ""
	}
	return name
}

// splitHash reads ALGO=value, ALGO|value or a bare value, whose length tells
// the algorithm. Wildcards around it stand for the other hashes of the list;
// one after an incomplete value stays.
func splitHash(s sigma.String) (algorithm string, hash sigma.String) {
	separator := "="
	if strings.Contains(s.Plain(), "|") {
		separator = "|"
	}
	parts := strings.Split(s.Plain(), separator)
	value := strings.Trim(parts[len(parts)-1], "*?")
	switch len(parts) {
	case 1:
		algorithm = hashOfLength(len(value))
	case 2:
		algorithm = strings.ToUpper(strings.Trim(parts[0], "*? ,"))
	}
	hash = sigma.ParseString(value)
	if end := strings.TrimLeft(parts[len(parts)-1], "*?"); end != value && !completeHash(algorithm, len(value)) {
		hash = sigma.ParseString(end)
	}
	hash.Cased = s.Cased
	return algorithm, hash
}

func hashOfLength(digits int) string {
	return map[int]string{32: "MD5", 40: "SHA1", 64: "SHA256", 128: "SHA512"}[digits]
}

func completeHash(algorithm string, digits int) bool {
	return hashOfLength(digits) == algorithm || algorithm == "IMPHASH" && digits == 32
}

// linked joins what an item was split into as the item joined its values.
func linked(it *sigma.Item, kids []sigma.Node) sigma.Node {
	var n sigma.Node = &sigma.AnyOf{Span: it.Span, Kids: kids}
	if it.All {
		n = &sigma.AllOf{Span: it.Span, Kids: kids}
	}
	n = joined(kids, n)
	if it.Negated {
		return &sigma.Not{Span: it.Span, Kid: n}
	}
	return n
}

// extractFields takes values apart by the named groups of an expression.
type extractFields struct {
	pattern *regexp.Regexp
	prefix  string
	keep    bool
}

func readExtractFields(p *params) transformation {
	t := extractFields{pattern: p.needPattern("regex", anchored), prefix: p.text("field_prefix", ""), keep: p.flag("preserve_unmatched")}
	n, ok := p.take("regex")
	named := slices.ContainsFunc(t.pattern.SubexpNames(), func(name string) bool { return name != "" })
	if ok && !named && n.Kind == yaml.ScalarNode && t.pattern.String() != never {
		p.r.errorf(p.r.span(n), "pipeline/invalid-regex", "name what to extract: (?P<name>…)", "the regular expression has no named group")
	}
	if t.prefix != "" {
		t.prefix += "."
	}
	return t
}

func (t extractFields) apply(x *run) {
	x.eachItem(func(it *sigma.Item) sigma.Node {
		if !slices.ContainsFunc(it.Values, func(v sigma.Located) bool { return t.match(v.Value) != nil }) {
			return it
		}
		var kids []sigma.Node
		for _, v := range it.Values {
			if kid := t.extract(x, it, v); kid != nil {
				kids = append(kids, kid)
			}
		}
		return linked(it, kids)
	})
}

// match returns the groups of a text that the expression matches from its
// start, as FindStringSubmatch does.
func (t extractFields) match(v sigma.Value) []string {
	s, ok := v.(sigma.String)
	if !ok {
		return nil
	}
	return t.pattern.FindStringSubmatch(s.Plain())
}

// extract returns what becomes of one value. One that does not match stays
// where preserve_unmatched is set, and is left out with a word else.
func (t extractFields) extract(x *run, it *sigma.Item, v sigma.Located) sigma.Node {
	groups := t.match(v.Value)
	single := func(name string, value sigma.Value) *sigma.Item {
		own := x.touched(it)
		own.Field, own.All, own.Negated = name, false, false
		own.Values = []sigma.Located{{Value: value, Span: v.Span}}
		return own
	}
	switch {
	case groups == nil && t.keep:
		return single(it.Field, v.Value)
	case groups == nil:
		x.warn(v.Span, "pipeline/value-dropped", "set preserve_unmatched, or give the item of the pipeline a condition",
			"this value is left out: the expression of extract_fields does not match it")
		return nil
	}
	s, _ := v.Value.(sigma.String)
	var kids []sigma.Node
	for i, name := range t.pattern.SubexpNames() {
		if name != "" && groups[i] != "" && x.spend(v.Span, weight(groups[i:i+1])) {
			x.note(t.prefix + name)
			kids = append(kids, single(t.prefix+name, extracted(groups[i], s.Cased)))
		}
	}
	if len(kids) == 0 {
		return single(it.Field, v.Value)
	}
	return joined(kids, &sigma.AllOf{Span: it.Span, Kids: kids})
}

var plainNumber = regexp.MustCompile(`^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?$`)

// extracted gives the text of a group its type: null and none are absence, what
// is written as a number without zeros before it is one.
func extracted(text string, cased bool) sigma.Value {
	switch lower := strings.ToLower(text); {
	case lower == "null" || lower == "none":
		return sigma.Null{}
	case plainNumber.MatchString(text):
		return sigma.Number{Text: text}
	}
	s := sigma.ParseString(text)
	s.Cased = cased
	return s
}
