package config

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/watcher/build"
)

func ruleLevels() []string {
	return []string{"informational", "low", "medium", "high", "critical"}
}

// decode reads the whole document into c.
func (r *reader) decode(root *yaml.Node, c *Config) {
	r.mapping(root,
		key{"owner", r.owner(&c.Owner)},
		key{"rules", r.texts(&c.Rules)},
		key{"pipelines", r.texts(&c.Pipelines)},
		key{"fields", func(n *yaml.Node) { c.Fields, _ = r.text(n) }},
		key{"query", r.query(&c.Query)},
		key{"indices", r.indices(&c.Indices)},
		key{"watch", r.watch(c)},
		key{"levels", r.levels(c.Levels)},
		key{"actions", r.actions(&c.Actions)},
		key{"routes", r.routes(&c.Routes)},
		key{"targets", r.targets(&c.Targets)},
		key{"sync", r.sync(&c.Sync)},
		key{"accept_refused", r.accepted(&c.Accepted)},
	)
}

// validOwner tells what may stand in each watch's id and metadata.
func validOwner(s string) bool { return regexp.MustCompile(`\A[a-z][a-z0-9_-]*\z`).MatchString(s) }

const ownerHint = "it begins with a letter and holds a-z, 0-9, _ and - only"

func (r *reader) owner(to *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		t, ok := r.text(n)
		if ok && !validOwner(t.Value) {
			r.report(t.Span, "config/bad-value", ownerHint, "%q is no owner", t.Value)
			return
		}
		*to = t.Value
	}
}

func (r *reader) query(to *Query) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var fields []Text
		r.mapping(n,
			key{"form", r.oneOf(&to.Form, queryForms()...)},
			key{"case", r.oneOf(&to.Case, queryCases()...)},
			key{"allow_approximate", r.truth(&to.approximate)},
			key{"keyword_fields", func(n *yaml.Node) {
				r.texts(&fields)(n)
				to.KeywordFields = append([]string{}, values(fields)...)
			}},
		)
	}
}

func values(ts []Text) []string {
	var out []string
	for _, t := range ts {
		out = append(out, t.Value)
	}
	return out
}

func (r *reader) indices(to *[]Index) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.list(n, func(n *yaml.Node) {
			var x Index
			var names []Text
			r.mapping(n, key{"logsource", r.logSource(&x.LogSource)}, key{"index", r.texts(&names)})
			for _, name := range names {
				r.indexName(name)
			}
			if len(names) == 0 {
				r.missing(n, "index")
				return
			}
			x.Names = values(names)
			*to = append(*to, x)
		})
	}
}

func (r *reader) indexName(t Text) {
	if strings.ContainsAny(t.Value, " \t\",/\\|") || strings.ToLower(t.Value) != t.Value && !strings.HasPrefix(t.Value, "<") {
		r.report(t.Span, "config/bad-value", "names of indices are lower case, without blanks and commas; list several as [a, b]",
			"%q is no name of an index", t.Value)
	}
}

func (r *reader) missing(n *yaml.Node, name string) {
	r.report(r.span(n), "config/missing-key", "", "the key %q is missing here", name)
}

func (r *reader) logSource(to *LogSource) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.mapping(n,
			key{"product", r.setText(&to.Product)},
			key{"category", r.setText(&to.Category)},
			key{"service", r.setText(&to.Service)},
		)
	}
}

func (r *reader) watch(c *Config) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var l Layer
		keys := append(r.layerKeys(&l), key{"id", func(n *yaml.Node) {
			if t, ok := r.text(n); ok {
				c.Watch.ID, c.Watch.idSpan = t.Value, t.Span
			}
		}})
		r.mapping(n, keys...)
		c.Watch.Layer = c.Watch.over(l)
		c.Watch.span = r.span(n)
	}
}

func (r *reader) levels(to map[string]Layer) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.pairs(n, func(name Text, n *yaml.Node) {
			if !slices.Contains(ruleLevels(), name.Value) {
				r.report(name.Span, "config/unknown-key", unknownHint(name.Value, ruleLevels()), "unknown level %q", name.Value)
				return
			}
			l := Layer{span: name.Span}
			r.mapping(n, r.layerKeys(&l)...)
			to[name.Value] = l
		})
	}
}

func (r *reader) layerKeys(l *Layer) []key {
	return []key{
		{"schedule", r.schedule(l)},
		{"window", r.window(l)},
		{"hits", func(n *yaml.Node) {
			if v, ok := r.number(n, 1); ok {
				l.Hits = &v
			}
		}},
	}
}

func (r *reader) routes(to *[]Route) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.list(n, func(n *yaml.Node) {
			var x Route
			r.mapping(n, key{"match", r.match(&x.Match)}, key{"actions", r.texts(&x.Actions)})
			if len(x.Actions) == 0 {
				r.missing(n, "actions")
				return
			}
			*to = append(*to, x)
		})
	}
}

func (r *reader) match(to *Match) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var levels, tags, ids, paths []Text
		r.mapping(n,
			key{"level", r.texts(&levels)},
			key{"tag", r.texts(&tags)},
			key{"id", r.texts(&ids)},
			key{"path", r.texts(&paths)},
			key{"logsource", r.logSources(&to.LogSources)},
		)
		for _, l := range levels {
			if !slices.Contains(ruleLevels(), l.Value) {
				r.report(l.Span, "config/bad-value", unknownHint(l.Value, ruleLevels()), "unknown level %q", l.Value)
			}
		}
		to.Levels, to.Tags, to.IDs, to.Paths = values(levels), values(tags), values(ids), values(paths)
	}
}

// logSources reads one log source or a list of them.
func (r *reader) logSources(to *[]LogSource) func(*yaml.Node) {
	one := func(n *yaml.Node) {
		var l LogSource
		r.logSource(&l)(n)
		*to = append(*to, l)
	}
	return func(n *yaml.Node) {
		if n.Kind == yaml.SequenceNode {
			r.list(n, one)
			return
		}
		one(n)
	}
}

func (r *reader) targets(to *[]Target) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.pairs(n, func(name Text, n *yaml.Node) {
			t := Target{Name: name.Value, Span: name.Span}
			r.mapping(n,
				key{"url", r.texts(&t.URLs)},
				key{"api_key", r.secret(&t.APIKey)},
				key{"username", r.setText(&t.Username)},
				key{"password", r.secret(&t.Password)},
				key{"ca", r.setText(&t.CA)},
			)
			r.checkTarget(n, t)
			*to = append(*to, t)
		})
	}
}

func (r *reader) checkTarget(n *yaml.Node, t Target) {
	if len(t.URLs) == 0 {
		r.missing(n, "url")
	}
	for _, u := range t.URLs {
		r.checkURL(u, len(t.URLs) > 1)
	}
	if t.APIKey.IsSet() && (t.Username != "" || t.Password.IsSet()) {
		r.report(t.Span, "config/bad-value", "keep one of them", "target %q has both an api_key and a username with password", t.Name)
	}
	if (t.Username != "") != t.Password.IsSet() {
		r.report(t.Span, "config/missing-key", "", "target %q needs both username and password", t.Name)
	}
}

func (r *reader) checkURL(t Text, several bool) {
	if IsEmbedded(t.Value) {
		if several {
			r.report(t.Span, "config/bad-value", "give it a target of its own", "the embedded Watcher stands alone")
		}
		return
	}
	u, err := url.Parse(t.Value)
	switch {
	case err == nil && u.User != nil:
		r.hide = append(r.hide, hidden{start: t.Span.Start, value: t.Value})
		r.report(t.Span, "config/open-secret", "put them under username and password: {env: SIGWATCH_…}", "the address holds credentials")
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		r.report(t.Span, "config/bad-value", "write https://host:9200, or embedded:", "%q is no address of a cluster", t.Value)
	}
}

func (r *reader) sync(to *Sync) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.mapping(n, key{"policy", r.oneOf(&to.Policy, policies()...)}, key{"max_deletes", func(n *yaml.Node) {
			if v, ok := r.number(n, 0); ok {
				to.MaxDeletes = v
			}
		}})
	}
}

func (r *reader) accepted(to *[]Accepted) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.list(n, func(n *yaml.Node) {
			a := Accepted{Span: r.span(n)}
			r.mapping(n, key{"rule", r.setText(&a.Rule)}, key{"code", r.setText(&a.Code)})
			if a.Rule == "" || a.Code == "" {
				r.report(r.span(n), "config/missing-key", "write {rule: ID, code: CODE}", "an accepted refusal needs rule and code")
				return
			}
			a.Rule = strings.ToLower(a.Rule)
			*to = append(*to, a)
		})
	}
}

func (r *reader) schedule(l *Layer) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var s build.Schedule
		before := len(r.ds)
		r.mapping(n,
			key{"every", func(n *yaml.Node) { s.Every, _ = r.duration(n) }},
			key{"cron", r.setText(&s.Cron)},
			key{"interval", r.setText(&s.Interval)},
		)
		l.Schedule = &s
		if err := s.Validate(); err != nil && len(r.ds) == before {
			r.problem(r.span(n), err)
		}
	}
}

// problem reports what the build does not take.
func (r *reader) problem(span diag.Span, err error) {
	if p, ok := errors.AsType[*build.Problem](err); ok {
		r.report(span, "config/bad-value", p.Hint, "%s", p.Message)
		return
	}
	r.report(span, "config/bad-value", "", "%v", err)
}

func (r *reader) window(l *Layer) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.mapping(n,
			key{"field", func(n *yaml.Node) {
				if t, ok := r.text(n); ok {
					l.Field = &t.Value
				}
			}},
			key{"lateness", func(n *yaml.Node) {
				if d, ok := r.duration(n); ok {
					l.Lateness = &d
				}
			}},
			key{"length", func(n *yaml.Node) {
				if d, ok := r.duration(n); ok {
					l.Length = &d
				}
			}},
		)
	}
}
