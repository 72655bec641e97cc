package config

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/diag/yamlnode"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/watcher/build"
)

// Explained is a setting that reaches the watch of a rule.
type Explained struct {
	// Setting is its path of keys, and Value what it is.
	Setting, Value string
	// Layer says what set it: "default", "watch", "levels.high", "indices[0]",
	// "routes[1]", "environment SIGWATCH_OWNER", "flag --form", or the key of
	// the file.
	Layer string
	// Span is the place in the file, where it is one that set it.
	Span diag.Span
}

// Explain returns the settings of a rule's watch with the layers that set them.
// What none set (an index for the rule, a route) has no layer.
func (c *Config) Explain(r *sigma.Rule) []Explained {
	x := &explainer{config: c, rule: r}
	if c.File != nil {
		if docs, _ := yamlnode.Decode(c.File.Text); len(docs) > 0 {
			x.root = docs[0].Content[0]
		}
	}
	x.scalar("owner", c.Owner)
	x.scalar("watch.id", c.Watch.ID)
	x.layers()
	x.index()
	x.actions()
	x.file("pipelines", strings.Join(values(c.Pipelines), ", "))
	x.scalar("fields", c.Fields.Value)
	x.scalar("query.form", c.Query.Form)
	x.scalar("query.case", c.Query.Case)
	x.file("query.keyword_fields", strings.Join(c.Query.KeywordFields, ", "))
	x.scalar("query.allow_approximate", strconv.FormatBool(c.Query.AllowApproximate))
	return x.out
}

type explainer struct {
	config *Config
	rule   *sigma.Rule
	root   *yaml.Node // of the file, or nil
	out    []Explained
}

func (x *explainer) add(setting, value, layer string, at diag.Span) {
	x.out = append(x.out, Explained{setting, value, layer, at})
}

// at returns the node that a path of keys and numbers leads to, or nil.
func (x *explainer) at(path ...string) *yaml.Node {
	n := x.root
	for _, step := range path {
		for n != nil && n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if n == nil {
			return nil
		}
		n = down(n, step)
	}
	return n
}

// down goes one step down.
func down(n *yaml.Node, step string) *yaml.Node {
	if n.Kind == yaml.SequenceNode {
		if i, err := strconv.Atoi(step); err == nil && i < len(n.Content) {
			return n.Content[i]
		}
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == step {
			return n.Content[i+1]
		}
	}
	return nil
}

func (x *explainer) span(n *yaml.Node) diag.Span {
	if n == nil {
		return diag.Span{}
	}
	return yamlnode.Span(x.config.File, n)
}

// scalar explains a setting that flags and environment can set.
func (x *explainer) scalar(name, value string) {
	i := slices.IndexFunc(ScalarList(), func(s Scalar) bool { return s.Name == name })
	s := ScalarList()[i]
	switch {
	case x.config.Scalars.fromFlag(s):
		x.add(name, value, "flag --"+s.Flag, diag.Span{})
	case os.Getenv(s.Env) != "":
		x.add(name, value, "environment "+s.Env, diag.Span{})
	default:
		x.file(name, value)
	}
}

// file explains a setting that has one place in the file.
func (x *explainer) file(name, value string) {
	if n := x.at(strings.Split(name, ".")...); n != nil {
		x.add(name, value, name, x.span(n))
		return
	}
	x.add(name, value, "default", diag.Span{})
}

// layers explains what watch and levels set: the level wins.
func (x *explainer) layers() {
	l := x.config.Watch.over(x.config.Levels[x.rule.Level])
	x.layered("schedule", scheduleText(*l.Schedule))
	x.layered("window.field", *l.Field)
	x.layered("window.lateness", durationText(*l.Lateness))
	if l.Length != nil {
		x.layered("window.length", durationText(*l.Length))
	}
	if x.at("levels", x.rule.Level, "hits") == nil {
		x.scalar("watch.hits", strconv.Itoa(*l.Hits))
		last := &x.out[len(x.out)-1]
		last.Setting = "hits"
		if last.Layer == "watch.hits" {
			last.Layer = "watch"
		}
		return
	}
	x.layered("hits", strconv.Itoa(*l.Hits))
}

func (x *explainer) layered(name, value string) {
	path := strings.Split(name, ".")
	for _, layer := range [][]string{{"levels", x.rule.Level}, {"watch"}} {
		if n := x.at(slices.Concat(layer, path)...); n != nil {
			x.add(name, value, strings.Join(layer, "."), x.span(n))
			return
		}
	}
	x.add(name, value, "default", diag.Span{})
}

func scheduleText(s build.Schedule) string {
	switch {
	case s.Cron != "":
		return "cron " + s.Cron
	case s.Interval != "":
		return "interval " + s.Interval
	default:
		return "every " + durationText(s.Every)
	}
}

// durationText is a duration without the zeros behind it: 5m, not 5m0s.
func durationText(d time.Duration) string {
	text := strings.TrimSuffix(d.String(), "0s")
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	if text == "" || d%time.Minute != 0 {
		return d.String()
	}
	return text
}

func (x *explainer) index() {
	for i, entry := range x.config.Indices {
		if entry.LogSource.matches(x.rule.LogSource) {
			layer := "indices[" + strconv.Itoa(i) + "]"
			if x.config.File == nil {
				layer = "default"
			}
			x.add("index", strings.Join(entry.Names, ", "), layer, x.span(x.at("indices", strconv.Itoa(i))))
			return
		}
	}
	x.add("index", "", "", diag.Span{})
}

// actions explains each action by the first route that gives it.
func (x *explainer) actions() {
	seen := map[string]bool{}
	for i, route := range x.config.Routes {
		if !route.Match.Matches(x.rule) {
			continue
		}
		for _, a := range route.Actions {
			if !seen[a.Value] {
				seen[a.Value] = true
				x.add("action", a.Value, "routes["+strconv.Itoa(i)+"]", a.Span)
			}
		}
	}
	if len(seen) == 0 {
		x.add("action", "", "", diag.Span{})
	}
}
