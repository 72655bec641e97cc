package config

import (
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/watcher/build"
)

// check says what only the file as a whole can get wrong.
func (r *reader) check(c *Config) {
	r.checkRoutes(c)
	r.checkLayers(c)
	r.checkID(c)
	if !diag.HasErrors(r.ds) {
		r.checkActions(c)
	}
}

// checkRoutes says which names lead nowhere.
func (r *reader) checkRoutes(c *Config) {
	var known []string
	for _, a := range c.Actions {
		known = append(known, a.ID)
	}
	for _, route := range c.Routes {
		for _, a := range route.Actions {
			if _, ok := c.action(a.Value); ok || slices.Contains(r.faulty, a.Value) {
				continue
			}
			hint := "define it under actions:"
			if len(known) > 0 {
				hint = unknownHint(a.Value, known)
			}
			r.report(a.Span, "config/unknown-action", hint, "unknown action %q", a.Value)
		}
	}
}

// checkLayers asks whether window and schedule fit each other, in each level.
func (r *reader) checkLayers(c *Config) {
	check := func(l Layer, span diag.Span) bool {
		if l.Schedule.Validate() != nil {
			return false
		}
		err := l.window().Validate(*l.Schedule)
		if err != nil {
			r.problem(span, err)
		}
		return err == nil
	}
	if !check(c.Watch.Layer, c.Watch.span) {
		return
	}
	for _, name := range ruleLevels() {
		if l, ok := c.Levels[name]; ok {
			check(c.Watch.over(l), l.span)
		}
	}
}

// sample is a rule that stands for any while the file alone is looked at.
func sample() *sigma.Rule {
	return &sigma.Rule{ID: "00000000-0000-4000-8000-000000000000", Title: "Sample", Level: "high"}
}

func (r *reader) checkID(c *Config) {
	if c.Watch.ID == "" {
		return
	}
	if !strings.Contains(c.Watch.ID, "${rule.id}") {
		r.report(c.Watch.idSpan, "config/bad-value", `write "corp-${rule.id}"`, "without ${rule.id} all watches would have the same id")
		return
	}
	_, ds := build.ID(sample(), build.Settings{Owner: "sigwatch", IDTemplate: c.Watch.ID})
	for _, d := range ds {
		r.report(c.Watch.idSpan, "config/bad-value", d.Hint, "%s", d.Message)
	}
}

// checkActions builds a watch with each action, so that what is wrong with one
// is said once and not for each rule.
func (r *reader) checkActions(c *Config) {
	settings := build.Settings{
		Owner: "sigwatch", Indices: []string{"logs-*"}, Hits: 20,
		Schedule: *c.Watch.Schedule, Window: c.Watch.window(),
	}
	for _, a := range c.Actions {
		settings.Actions = []build.Action{{ID: a.ID, Body: a.Body, Span: a.Span}}
		_, ds := build.Build(sample(), build.Query{Form: "query_string", Text: "a:b"}, settings)
		for _, d := range ds {
			if d.Severity == diag.Error {
				r.report(a.Span, d.Code, d.Hint, "action %q: %s", a.ID, d.Message)
			}
		}
	}
}
