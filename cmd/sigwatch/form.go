package main

import (
	"fmt"
	"reflect"

	"github.com/spf13/pflag"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querydsl"
	"github.com/sigwatch/sigwatch/sigma/querystring"
	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/build"
)

// The forms of a query, and the setting that chooses between them.
const (
	formAuto        = "auto"
	formQueryString = "query_string"
	formDSL         = build.FormDSL
)

// queryFlags are the settings of queries on the command line.
func queryFlags(f *pflag.FlagSet) {
	f.Var(choice(new(formAuto), formAuto, formQueryString, formDSL), "form", "the form of a watch's query: auto, query_string or dsl")
	f.Var(choice(new("insensitive"), "insensitive", "as-written"), "case", "how letters compare: insensitive or as-written")
	typeFlags(f)
}

// typeFlags are those of them that say what may be asked of a field.
func typeFlags(f *pflag.FlagSet) {
	f.String("fields", "", "the `FILE` with pinned field types")
	f.Bool("allow-approximate", false, "let queries through that find more than the rule means; each is noted")
}

// translation is a rule on its way to its queries.
type translation struct {
	// mapped is what the pipelines made of the rule.
	mapped *sigma.Rule
	tree   query.Tree
	// found is what was found up to the tree.
	found []diag.Diagnostic
}

// resolved tells whether there is a tree to print.
func (t translation) resolved() bool { return !diag.HasErrors(t.found) }

// translate goes from the rule to its tree.
func (c *compiler) translate(r *sigma.Rule) translation {
	if ds := r.WithoutResults(); len(ds) > 0 {
		return translation{mapped: r, found: ds}
	}
	mapped, ds := c.chain.Apply(r)
	t := translation{mapped: mapped, found: ds}
	if diag.HasErrors(ds) {
		return t
	}
	t.tree, ds = query.Resolve(mapped, c.types)
	t.found = append(t.found, ds...)
	return t
}

// printed is a tree in one form, as far as it can be said in it.
type printed struct {
	query build.Query
	found []diag.Diagnostic
}

func (p *printed) refused() bool { return diag.HasErrors(p.found) }

// print prints the tree of a rule in one form. Where that is auto, it is a
// query_string where that says exactly what the rule means, and the Query DSL
// for the rest. What the DSL cannot say either is refused with the DSL's
// reasons, as nothing else would help.
func (c *compiler) print(one *compiled, form string) *printed {
	if form == formDSL {
		return c.dsl(one.translation.tree)
	}
	if one.text == nil {
		one.text = c.queryString(one.translation.tree)
	}
	if form == formQueryString || !one.text.refused() {
		return one.text
	}
	return c.dsl(one.translation.tree)
}

// printedOnce prints the tree as a query_string, with the usual settings once at
// most: mostly it was printed for the watch.
func (c *compiler) printedOnce(one *compiled) func(querystring.Options) (querystring.Query, []diag.Diagnostic) {
	return func(opt querystring.Options) (querystring.Query, []diag.Diagnostic) {
		if !reflect.DeepEqual(opt, c.textOptions()) {
			return querystring.Render(one.translation.tree, opt)
		}
		p := c.print(one, formQueryString)
		return querystring.Query{Text: p.query.Text, Fields: p.query.Fields, Notes: p.query.Notes}, p.found
	}
}

// textOptions are the settings of a query_string.
func (c *compiler) textOptions() querystring.Options {
	return querystring.Options{
		Case: querystring.Case(c.cfg.Query.Case), KeywordFields: c.cfg.Query.KeywordFields,
		AllowApproximate: c.cfg.Query.AllowApproximate,
	}
}

func (c *compiler) queryString(tree query.Tree) *printed {
	q, ds := querystring.Render(tree, c.textOptions())
	return &printed{build.Query{Form: formQueryString, Text: q.Text, Fields: q.Fields, Notes: q.Notes}, ds}
}

func (c *compiler) dsl(tree query.Tree) *printed {
	q, ds := querydsl.Render(tree, querydsl.Options{KeywordFields: c.cfg.Query.KeywordFields, AllowApproximate: c.cfg.Query.AllowApproximate})
	out := build.Query{Form: formDSL, Fields: q.Fields, Notes: q.Notes}
	if diag.HasErrors(ds) {
		return &printed{out, ds}
	}
	clause, err := watcher.ParseObject(q.JSON)
	if err != nil {
		panic(fmt.Sprintf("the query of %s is no JSON: %v", tree.Rule.File.Name, err))
	}
	out.DSL = clause
	return &printed{out, ds}
}
