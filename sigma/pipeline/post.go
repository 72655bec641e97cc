package pipeline

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/pipeline/template"
)

// postItem is an item of postprocessing. Of an item it has the conditions on
// rules alone.
type postItem struct {
	item
	do rewriter
}

// rewriter is what postprocessing does to the text of a query.
type rewriter interface {
	rewrite(x *run, query string) (string, bool)
}

// postprocessings are the items of postprocessing by name (section 4). A new
// one is a type with a row here.
func postprocessings() map[string]func(*params) rewriter {
	return map[string]func(*params) rewriter{
		"embed":           readEmbed,
		"json":            readEmbedJSON,
		"nest":            readNestPost,
		"replace":         readReplaceQuery,
		"simple_template": readSimpleTemplate,
		"template":        readTemplate,
	}
}

// HasPostprocessing reports whether the pipelines change the texts of queries,
// which concerns those who print them and nobody else.
func (c *Chain) HasPostprocessing() bool { return c != nil && len(c.post) > 0 }

// Postprocess returns what the pipelines make of the text of a query. The rule
// is the one that was parsed, before Apply: its templates see what the
// pipelines made of it, and conditions what they did. Without postprocessing
// the text stays as it is. An error among the diagnostics means that there is
// no text.
func (c *Chain) Postprocess(r *sigma.Rule, query string) (string, []diag.Diagnostic) {
	if !c.HasPostprocessing() {
		return query, nil
	}
	x := c.run(r)
	if x.failed {
		return "", x.ds
	}
	x.ds = nil
	query, ok := x.postprocess(c.post, query)
	if !ok {
		return "", x.ds
	}
	return query, x.ds
}

func (x *run) postprocess(items []*postItem, query string) (string, bool) {
	for _, it := range items {
		if x.item = &it.item; !it.rules.open(x, x.rule) {
			continue
		}
		if x.failed {
			return "", false
		}
		x.applied = append(x.applied, it.id)
		var ok bool
		if query, ok = it.do.rewrite(x, query); !ok {
			return "", false
		}
	}
	return query, !x.failed
}

// templateFails refuses the rule for what a template or the like made of it.
func (x *run) templateFails(format string, args ...any) (string, bool) {
	x.refuse(x.rule.LogSource.Span, "pipeline/template-failure", "change it in the pipeline, or give its item a condition", format, args...)
	return "", false
}

func (r *reader) postItems(nodes []*yaml.Node, prefix string) []*postItem {
	var out []*postItem
	for i, n := range nodes {
		if n.Kind != yaml.MappingNode {
			r.wrongType(n, "an item of postprocessing", "a mapping")
			continue
		}
		out = append(out, r.postItem(n, prefix+strconv.Itoa(i+1)))
	}
	return out
}

func (r *reader) postItem(n *yaml.Node, number string) *postItem {
	p := newParams(r, n, "an item of postprocessing")
	p.index = number
	it := &postItem{item: item{id: p.text("id", ""), label: "postprocessing " + number}}
	if it.id != "" {
		it.label = fmt.Sprintf("postprocessing %q", it.id)
		r.ids[it.id] = true
	} else {
		it.id = "#post " + number
	}
	it.label += fmt.Sprintf(" of pipeline %q", r.name)
	it.rules = parseGate(p, ruleConditions())
	it.do = pick(p, "postprocessing", postprocessings())
	return it
}

// pick reads the type of an item and what belongs to it.
func pick[T any](p *params, what string, table map[string]func(*params) T) (none T) {
	n, ok := p.need("type")
	if !ok {
		return none
	}
	name, ok := p.scalar(n, "type")
	if !ok {
		return none
	}
	read, ok := table[name]
	if !ok {
		p.r.errorf(p.r.span(n), "pipeline/unknown-transformation", didYouMean(name, keys(table)), "unknown %s %q", what, name)
		return none
	}
	p.what = fmt.Sprintf("%s %q", what, name)
	t := read(p)
	p.done()
	return t
}

// embedText puts the query between two texts.
type embedText struct{ prefix, suffix string }

func readEmbed(p *params) rewriter { return embedText{p.text("prefix", ""), p.text("suffix", "")} }

func (t embedText) rewrite(x *run, query string) (string, bool) {
	if len(t.prefix)+len(query)+len(t.suffix) > template.MaxText {
		return x.templateFails("the query becomes too long: %v", template.ErrText)
	}
	return t.prefix + query + t.suffix, true
}

// embedJSON puts the query in the place of the texts that are %QUERY%.
type embedJSON struct{ data any }

func readEmbedJSON(p *params) rewriter {
	n, ok := p.need("json_template")
	if !ok {
		return embedJSON{}
	}
	text, ok := p.scalar(n, "json_template")
	if !ok {
		return embedJSON{}
	}
	v, err := template.ParseJSON(text)
	if err != nil {
		p.r.errorf(p.r.span(n), "pipeline/invalid-template", `write JSON with "%QUERY%" in the place of the query`, "the template is no JSON: %v", err)
	}
	return embedJSON{v}
}

func (t embedJSON) rewrite(x *run, query string) (string, bool) {
	var out template.Limited
	if err := template.WriteJSON(&out, template.FillJSON(t.data, "%QUERY%", query), ""); err != nil {
		return x.templateFails("the template fails: %v", err)
	}
	return out.String(), true
}

// replaceQuery replaces what an expression finds in the query.
type replaceQuery struct {
	pattern     *regexp.Regexp
	replacement replacement
}

func readReplaceQuery(p *params) rewriter {
	t := replaceQuery{pattern: p.needPattern("pattern", anywhere)}
	if n, ok := p.need("replacement"); ok {
		if s, ok := p.scalar(n, "replacement"); ok {
			t.replacement = p.replacement(n, s, t.pattern)
		}
	}
	return t
}

func (t replaceQuery) rewrite(x *run, query string) (string, bool) {
	var b strings.Builder
	at := 0
	for _, m := range t.pattern.FindAllStringSubmatchIndex(query, -1) {
		if b.Len()+m[0]-at+t.replacement.length(m) > template.MaxText {
			return x.templateFails("the query becomes too long: %v", template.ErrText)
		}
		b.WriteString(query[at:m[0]])
		b.WriteString(t.replacement.expand(query, m))
		at = m[1]
	}
	return b.String() + query[at:], true
}

// queryTemplate makes the text by a template.
type queryTemplate struct{ *template.Template }

func readTemplate(p *params) rewriter {
	return queryTemplate{p.needTemplate("query", "rule", "pipeline", "vars")}
}

func (t queryTemplate) rewrite(x *run, query string) (string, bool) {
	text, err := t.Execute(x.queryData(query), 0)
	return x.templated(text, err)
}

// simpleTemplate makes the text by a simple template.
type simpleTemplate struct{ template.Simple }

func readSimpleTemplate(p *params) rewriter { return simpleTemplate{p.needSimpleTemplate()} }

func (t simpleTemplate) rewrite(x *run, query string) (string, bool) {
	text, err := t.Execute(x.queryData(query))
	return x.templated(text, err)
}

// templated passes on what a template made.
func (x *run) templated(text string, err error) (string, bool) {
	if err != nil {
		return x.templateFails("the template fails: %s", template.Fault(err))
	}
	return text, true
}

// nestPost is postprocessing inside an item of it. What is applied inside
// counts outside as well.
type nestPost struct{ items []*postItem }

func readNestPost(p *params) rewriter {
	p.need("items")
	return nestPost{p.r.postItems(p.list("items"), p.index+".")}
}

func (t nestPost) rewrite(x *run, query string) (string, bool) { return x.postprocess(t.items, query) }
