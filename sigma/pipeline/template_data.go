package pipeline

import (
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/pipeline/template"
)

// templateData turns a value of a file into what templates work with: texts,
// numbers, true and false, nil, lists and mappings of these.
func templateData(n *yaml.Node) any {
	switch n = deref(n); n.Kind {
	case yaml.SequenceNode:
		out := make([]any, 0, len(n.Content))
		for _, kid := range n.Content {
			out = append(out, templateData(kid))
		}
		return out
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = templateData(n.Content[i+1])
		}
		return out
	default:
		return templateScalar(n)
	}
}

func templateScalar(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		var v bool
		if n.Decode(&v) == nil {
			return v
		}
	case "!!int":
		if v, err := strconv.Atoi(n.Value); err == nil {
			return v
		}
	case "!!float":
		if v, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return v
		}
	}
	return n.Value
}

// ruleData is what templates see of a rule. Every key is there, with an empty
// text or list where the rule says nothing.
func ruleData(r *sigma.Rule) map[string]any {
	custom := map[string]any{}
	for _, a := range r.Custom {
		custom[a.Key] = a.Value
	}
	ls := r.LogSource
	return map[string]any{
		"title": r.Title, "id": r.ID, "name": r.Name, "status": r.Status, "level": r.Level,
		"description": r.Description, "license": r.License, "author": r.Author,
		"date": r.Date, "modified": r.Modified, "taxonomy": r.Taxonomy,
		"references": r.References, "tags": r.Tags, "fields": r.Fields,
		"falsepositives": r.FalsePositives, "scope": r.Scope,
		"logsource": map[string]any{
			"category": ls.Category, "product": ls.Product, "service": ls.Service, "definition": ls.Definition,
		},
		"custom": custom, "custom_attributes": custom,
	}
}

// templateNames are the names in the data of a template, by those at its top.
func templateNames(top []string) template.Names {
	names := template.Names{Top: top, Open: []string{"logsource", "custom", "custom_attributes"}}
	for key, v := range ruleData(&sigma.Rule{}) {
		names.Rule = append(names.Rule, key)
		if _, ok := v.([]string); ok {
			names.Lists = append(names.Lists, key)
		}
	}
	slices.Sort(names.Rule)
	slices.Sort(names.Lists)
	return names
}

// pipelineData is what templates see of the pipelines.
func (x *run) pipelineData() map[string]any {
	vars, state := map[string]any{}, map[string]any{}
	for name, v := range x.vars {
		vars[name] = v.data
	}
	for key, val := range x.state {
		state[key] = stateData(val)
	}
	return map[string]any{"vars": vars, "state": state}
}

func stateData(v sigma.Value) any {
	switch v := v.(type) {
	case sigma.String:
		return v.Plain()
	case sigma.Number:
		return numberData(v)
	case sigma.Bool:
		return bool(v)
	default:
		return nil
	}
}

// queryData is what the templates of a query see.
func (x *run) queryData(query string) map[string]any {
	p := x.pipelineData()
	return map[string]any{"query": query, "rule": ruleData(x.rule), "pipeline": p, "vars": p["vars"]}
}
