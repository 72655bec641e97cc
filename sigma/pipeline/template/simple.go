package template

import (
	"fmt"
	"slices"
	"strings"
)

// Simple is a template as Python's str.format has them, as far as it puts texts
// in: {query}, {rule.title}, {pipeline.vars.name} or {pipeline.vars[name]}, and
// {{ and }} for braces.
type Simple []simplePart

// simplePart is a text, or the path of a value.
type simplePart struct {
	text string
	path []string
}

// ParseSimple reads a simple template over data with those names.
func ParseSimple(text string, names Names) (Simple, []Problem) {
	var out Simple
	fault := func(hint, message string) (Simple, []Problem) {
		return nil, []Problem{{Line: 1, Code: "pipeline/invalid-template", Message: message, Hint: hint}}
	}
	for text != "" {
		i := strings.IndexAny(text, "{}")
		switch {
		case i < 0:
			return append(out, simplePart{text: text}), nil
		case strings.HasPrefix(text[i:], "{{"), strings.HasPrefix(text[i:], "}}"):
			out, text = append(out, simplePart{text: text[:i+1]}), text[i+2:]
			continue
		case text[i] == '}':
			return fault("write }} for a brace", "a } without its {")
		}
		name, rest, ok := strings.Cut(text[i+1:], "}")
		if !ok {
			return fault("write {{ for a brace", "a { without its }")
		}
		path, problem := names.path(name)
		if problem != nil {
			problem.Line, problem.Code = 1, "pipeline/invalid-template"
			return nil, []Problem{*problem}
		}
		out, text = append(out, simplePart{text: text[:i]}, simplePart{path: path}), rest
	}
	return out, nil
}

// path reads the name between braces.
func (names Names) path(name string) ([]string, *Problem) {
	if strings.ContainsAny(name, "!:") {
		return nil, &Problem{Message: fmt.Sprintf("the format in {%s} is not carried out", name), Hint: "use the postprocessing template with printf"}
	}
	path := strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
	missing := fmt.Sprintf("there is no {%s}", name)
	switch {
	case len(path) == 0 || !slices.Contains([]string{"query", "rule", "pipeline"}, path[0]):
		return nil, &Problem{Message: missing, Hint: "write {query}, {rule.title} or {pipeline.vars.name}"}
	case path[0] == "query" && len(path) > 1:
		return nil, &Problem{Message: fmt.Sprintf("the query is a text, and has no {%s}", name), Hint: "write {query}"}
	case path[0] == "pipeline" && (len(path) != 3 || path[1] != "vars" && path[1] != "state"):
		return nil, &Problem{Message: missing, Hint: "write {pipeline.vars.name} or {pipeline.state.name}"}
	case path[0] == "rule":
		return path, names.rulePath(path[1:], missing)
	default:
		return path, nil
	}
}

func (names Names) rulePath(path []string, missing string) *Problem {
	switch {
	case len(path) == 0:
		return &Problem{Message: missing, Hint: "write {rule.title}"}
	case !slices.Contains(names.Rule, path[0]):
		return &Problem{Message: missing, Word: path[0], Known: names.Rule}
	case slices.Contains(names.Lists, path[0]):
		return &Problem{
			Message: fmt.Sprintf("{rule.%s} is a list", path[0]),
			Hint:    `use the postprocessing template with join: {{ .rule.` + path[0] + ` | join ", " }}`,
		}
	case len(path) > 1 && !slices.Contains(names.Open, path[0]):
		return &Problem{Message: fmt.Sprintf("{rule.%s} is a text", path[0]), Hint: "write {rule." + path[0] + "}"}
	default:
		return nil
	}
}

// Execute returns the text that the template makes of the data. A value that is
// nil is empty, one that is missing an error.
func (t Simple) Execute(data map[string]any) (string, error) {
	var out Limited
	for _, part := range t {
		text := part.text
		if part.path != nil {
			v, err := lookUp(data, part.path)
			if err != nil {
				return "", err
			}
			text = v
		}
		if err := write(&out, text); err != nil {
			return "", err
		}
	}
	return out.String(), nil
}

func lookUp(data map[string]any, path []string) (string, error) {
	var v any = data
	for _, key := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return "", fmt.Errorf("{%s} leads into a text", strings.Join(path, "."))
		}
		if v, ok = m[key]; !ok {
			return "", fmt.Errorf("there is no {%s}", strings.Join(path, "."))
		}
	}
	switch v := v.(type) {
	case nil:
		return "", nil
	case map[string]any, []any, []string:
		return "", fmt.Errorf("{%s} is no text", strings.Join(path, "."))
	default:
		return fmt.Sprint(v), nil
	}
}
