package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/watcher/build"
)

// SettingsFor returns what the configuration says about the watch of a rule.
// A rule that no index or no route is for gets a diagnostic at the place in
// the rule that the entries were compared with: a watch over no events, and
// one that tells nobody, would be a missed detection. Tool, hashes and number
// are left for the caller.
func (c *Config) SettingsFor(r *sigma.Rule) (build.Settings, []diag.Diagnostic) {
	var ds []diag.Diagnostic
	s := c.base(c.Watch.over(c.Levels[r.Level]))
	names, ok := c.indicesFor(r)
	if !ok {
		ds = append(ds, noIndex(r))
	}
	s.Indices = names
	ids := c.actionsFor(r)
	for _, id := range ids {
		if a, ok := c.action(id); ok {
			s.Actions = append(s.Actions, build.Action{ID: a.ID, Body: a.Body, Span: a.Span})
		}
	}
	if len(ids) == 0 && c.File != nil {
		ds = append(ds, noRoute(r))
	}
	return s, ds
}

// base holds what does not depend on index and route.
func (c *Config) base(l Layer) build.Settings {
	return build.Settings{
		Owner: c.Owner, IDTemplate: c.Watch.ID,
		Schedule: *l.Schedule, Window: l.window(), Hits: *l.Hits,
		Form: c.Query.Form, Case: c.Query.Case, KeywordFields: c.Query.KeywordFields,
		AllowApproximate: c.Query.AllowApproximate,
	}
}

func (l Layer) window() build.Window {
	return build.Window{Field: *l.Field, Lateness: *l.Lateness, Length: deref(l.Length)}
}

func deref(d *time.Duration) time.Duration {
	if d == nil {
		return 0
	}
	return *d
}

// indicesFor returns the names of the first entry for the rule's log source.
func (c *Config) indicesFor(r *sigma.Rule) ([]string, bool) {
	for _, x := range c.Indices {
		if x.LogSource.matches(r.LogSource) {
			return x.Names, true
		}
	}
	return nil, false
}

// actionsFor returns the actions of all matching routes, each once.
func (c *Config) actionsFor(r *sigma.Rule) []string {
	var ids []string
	for _, route := range c.Routes {
		if !route.Match.Matches(r) {
			continue
		}
		for _, a := range route.Actions {
			if !slices.Contains(ids, a.Value) {
				ids = append(ids, a.Value)
			}
		}
	}
	return ids
}

func noIndex(r *sigma.Rule) diag.Diagnostic {
	return diag.Diagnostic{
		Span: someSpan(r.LogSource.Span, r), Severity: diag.Error, Code: "config/no-index",
		Message: "no entry of indices is for the log source " + describe(r.LogSource),
		Hint:    "add one under indices, or a last one without logsource for all the rest",
	}
}

func noRoute(r *sigma.Rule) diag.Diagnostic {
	level := "no level"
	if r.Level != "" {
		level = "level " + r.Level
	}
	return diag.Diagnostic{
		Span: someSpan(r.LevelSpan, r), Severity: diag.Error, Code: "config/no-route",
		Message: fmt.Sprintf("no route is for this rule (%s): its watch would tell nobody", level),
		Hint:    "add one under routes, or one without match for all rules",
	}
}

func someSpan(span diag.Span, r *sigma.Rule) diag.Span {
	if span.IsValid() {
		return span
	}
	return r.TitleSpan
}

func describe(l sigma.LogSource) string {
	var parts []string
	for _, p := range [][2]string{{"product", l.Product}, {"category", l.Category}, {"service", l.Service}} {
		if p[1] != "" {
			parts = append(parts, p[0]+": "+p[1])
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// Deployable says what is missing before watches can be made: the sections
// without which each rule would be refused.
func (c *Config) Deployable() []diag.Diagnostic {
	if c.File == nil {
		return []diag.Diagnostic{{
			Severity: diag.Error, Code: "config/no-file",
			Message: "there is no " + FileName + " here or in a folder above",
			Hint:    "write one, or name it with --config",
		}}
	}
	var ds []diag.Diagnostic
	for _, section := range []struct {
		name, why string
		there     bool
	}{
		{"rules", "no rules are named", len(c.Rules) > 0},
		{"indices", "no index is named, so no rule knows where to search", len(c.Indices) > 0},
		{"actions", "there is no action, so a watch could tell nobody", len(c.Actions) > 0},
		{"routes", "there is no route, so no watch would get an action", len(c.Routes) > 0},
	} {
		if !section.there {
			ds = append(ds, diag.Diagnostic{
				Span: c.whole(), Severity: diag.Error, Code: "config/missing-key",
				Message: section.why, Hint: "add " + section.name + ":",
			})
		}
	}
	return ds
}
