package ruletest

import (
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// Origin says where a file of tests lies.
type Origin struct {
	// Path is how the file is opened; names of event files are seen from its
	// folder.
	Path string
	// Root is the folder that they may not lead out of, unless they stay in
	// the file's own folder.
	Root string
}

// Parse reads a file of tests. It never fails and never panics, whatever the
// file holds: a case with an error is left out and reported.
//
//	rule: ID | FILE | TITLE      # else the rule beside the file
//	pipeline: configured | none | NAME | [NAME, …]
//	cases:
//	  - name: TEXT
//	    match: true | false | [NUMBER, …]
//	    count: NUMBER            # in place of match
//	    event: {FIELD: VALUE, …} # or
//	    events: [{…}, FILE, …] | FILE
//	    rule, pipeline           # over those of the file
func Parse(f *diag.File, origin Origin) *Suite {
	p := &parser{reader: reader{file: f}, origin: origin}
	p.settings = settings{rule: p.beside(), pipelines: Pipelines{Configured: true}}
	if root := p.root(); root != nil {
		p.suite(root)
	}
	diag.Sort(p.ds)
	return &Suite{File: f, Cases: p.cases, Diagnostics: slices.Compact(p.ds)}
}

type parser struct {
	reader
	origin Origin
	settings
	cases []*Case
}

// settings are what a file says for all of its cases.
type settings struct {
	rule      Ref
	pipelines Pipelines
}

// beside names the rule that stands beside the file.
func (p *parser) beside() Ref {
	name := p.file.Name
	lower := strings.ToLower(name)
	for _, suffix := range []string{".tests.yml", ".tests.yaml"} {
		if strings.HasSuffix(lower, suffix) {
			name = name[:len(name)-len(suffix)]
		}
	}
	return Ref{File: name, Beside: true}
}

func (p *parser) suite(n *yaml.Node) {
	var cases []*yaml.Node
	said := false
	p.mapping(n, false,
		key{"rule", p.ref(&p.rule)},
		key{"pipeline", p.pipeline(&p.pipelines)},
		key{"cases", func(n *yaml.Node) {
			said = true
			p.list(n, func(kid *yaml.Node) { cases = append(cases, kid) })
		}},
	)
	if !said || len(cases) == 0 && len(p.ds) == 0 {
		p.report(p.file.Whole(), "ruletest/missing-key", "list the tests under cases:", "the file has no cases")
	}
	// What stands above or below the cases holds for all of them.
	for _, kid := range cases {
		p.testCase(kid)
	}
}

func (p *parser) testCase(n *yaml.Node) {
	before := len(p.ds)
	c := &Case{
		File: p.file, Span: p.span(n), Rule: p.rule, Pipelines: p.pipelines,
		from: place{path: p.origin.Path, root: p.origin.Root},
	}
	var got given
	p.mapping(n, false,
		key{"name", func(n *yaml.Node) {
			if t, ok := p.text(n); ok {
				c.Name, c.Span = t.value, t.span
			}
			got.name = true
		}},
		key{"rule", p.ref(&c.Rule)},
		key{"pipeline", p.pipeline(&c.Pipelines)},
		key{"match", got.take(&got.match, func(n *yaml.Node) { p.match(n, &c.Expect) })},
		key{"count", got.take(&got.count, func(n *yaml.Node) { p.count(n, &c.Expect) })},
		key{"event", got.take(&got.event, func(n *yaml.Node) { p.event(n, c) })},
		key{"events", got.take(&got.events, func(n *yaml.Node) { p.events(n, c) })},
	)
	if len(p.ds) == before {
		p.complete(c, got)
	}
	if len(p.ds) == before {
		p.cases = append(p.cases, c)
	}
}

// given says which keys a case has.
type given struct{ name, match, count, event, events bool }

func (*given) take(to *bool, read func(*yaml.Node)) func(*yaml.Node) {
	return func(n *yaml.Node) {
		*to = true
		read(n)
	}
}

// complete checks that a case says all that it has to, once.
func (p *parser) complete(c *Case, got given) {
	switch {
	case !got.name:
		p.report(c.Span, "ruletest/missing-key", "say what the case shows: name: fetched from the web", "the case has no name")
	case !got.match && !got.count:
		p.report(c.Span, "ruletest/missing-key", "add match: true or match: false", "the case does not say whether the events match")
	case got.match && got.count:
		p.report(c.Span, "ruletest/bad-value", "keep one of them", "the case has both match and count")
	case !got.event && !got.events:
		p.report(c.Span, "ruletest/missing-key", "add event: with the fields of an event, or events: with a file", "the case has no event")
	case got.event && got.events:
		p.report(c.Span, "ruletest/bad-value", "list all of them under events", "the case has both event and events")
	case len(c.sources) == 0:
		p.report(c.Span, "ruletest/bad-value", "a case without an event shows nothing", "the list of events is empty")
	}
}

// match reads true, false, or the numbers of the events that match.
func (p *parser) match(n *yaml.Node, to *Expect) {
	n, ok := p.follow(n)
	if !ok {
		return
	}
	switch {
	case n.Kind == yaml.SequenceNode:
		to.kind = expectThese
		p.list(n, func(kid *yaml.Node) {
			if i, ok := p.number(kid, 1); ok {
				to.numbers = append(to.numbers, i)
			}
		})
		slices.Sort(to.numbers)
		to.numbers = slices.Compact(to.numbers)
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool":
		to.kind = expectNone
		if strings.EqualFold(n.Value, "true") {
			to.kind = expectAll
		}
	default:
		p.wrongType(n, "true, false or a list of numbers", "match: [1, 3] names events by their number; count: 2 says how many match")
	}
}

func (p *parser) count(n *yaml.Node, to *Expect) {
	if i, ok := p.number(n, 0); ok {
		to.kind, to.count = expectCount, i
	}
}

// ref reads which rule is meant: the id of any rule, a file as seen from this
// one, or the title of a rule in the file beside this one.
func (p *parser) ref(to *Ref) func(*yaml.Node) {
	return func(n *yaml.Node) {
		t, ok := p.text(n)
		if !ok {
			return
		}
		switch id := strings.ToLower(t.value); {
		case regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(id):
			*to = Ref{ID: id}
		case isRuleFile(t.value) && path.IsAbs(filepath.ToSlash(t.value)):
			p.report(t.span, "ruletest/bad-value", "name it as seen from the folder of this file", "the rule's file has an absolute path")
		case isRuleFile(t.value):
			*to = Ref{File: path.Join(path.Dir(p.file.Name), filepath.ToSlash(t.value))}
		default:
			*to = p.beside()
			to.Title = t.value
		}
	}
}

func isRuleFile(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return (ext == ".yml" || ext == ".yaml") && !sigma.IsTestFile(name)
}

// pipeline reads none, configured, or the names of pipelines.
func (p *parser) pipeline(to *Pipelines) func(*yaml.Node) {
	return func(n *yaml.Node) {
		n, ok := p.follow(n)
		if !ok {
			return
		}
		read := Pipelines{Dir: filepath.Dir(p.origin.Path)}
		one := func(n *yaml.Node) {
			if t, ok := p.text(n); ok {
				read.Names = append(read.Names, PipelineName{t.value, t.span})
			}
		}
		if n.Kind == yaml.SequenceNode {
			p.list(n, one)
			p.unlisted(read.Names)
		} else {
			one(n)
			if len(read.Names) == 1 && slices.Contains([]string{"none", "configured"}, read.Names[0].Text) {
				read = Pipelines{Configured: read.Names[0].Text == "configured"}
			}
		}
		*to = read
	}
}

// unlisted refuses the words that are no names within a list of names.
func (p *parser) unlisted(names []PipelineName) {
	for _, n := range names {
		if n.Text == "none" || n.Text == "configured" {
			p.report(n.Span, "ruletest/bad-value", "write pipeline: "+n.Text+" without a list", "%q cannot stand beside other pipelines", n.Text)
		}
	}
}
