package classic

import (
	"slices"
	"strconv"
	"strings"
)

// kibana writes saved searches.
type kibana struct {
	run     *run
	elastic *elastic
	// elements are the saved searches, indices the first index of each.
	elements []any
	indices  []string
}

func newKibana(r *run) (*kibana, error) {
	e, err := elasticPrinter(r)
	if err != nil {
		return nil, err
	}
	if output := r.settings.text("output", "import"); output != "import" && output != "curl" {
		return nil, wrongOutput(output)
	}
	return &kibana{run: r, elastic: e}, nil
}

func wrongOutput(output string) error {
	return refuse("classic/option", "the option output cannot be "+quote(output), "kibana takes import and curl, xpack-watcher curl, plain and json")
}

// rule writes one rule.
func (k *kibana) rule(r *rule) (string, error) {
	if len(r.searches) == 0 {
		return "", nil
	}
	k.elastic.start()
	elements, index, err := k.searches(r)
	if err != nil {
		return "", err
	}
	k.run.log.note(kibanaFormat(), place{})
	k.elements = append(k.elements, elements...)
	k.indices = append(k.indices, index)
	return k.print(elements, index), nil
}

// searches are the saved searches of a rule, one for each condition.
func (k *kibana) searches(r *rule) ([]any, string, error) {
	index, err := k.index(r)
	if err != nil {
		return nil, "", err
	}
	columns, err := columnsOf(r)
	if err != nil {
		return nil, "", err
	}
	title, err := titleOf(r)
	if err != nil {
		return nil, "", err
	}
	var out []any
	id := ""
	for i, s := range r.searches {
		if i == 0 || !k.run.is2019() {
			if id, err = k.run.id(r); err != nil {
				return nil, "", err
			}
		}
		if s.agg != nil {
			k.run.log.note(aggregationDropped(), s.agg.at)
		}
		query, err := k.elastic.query(s.tree)
		if err != nil {
			return nil, "", err
		}
		element, err := k.element(r, savedSearch{id: id, title: title, columns: columns, index: index, query: query})
		if err != nil {
			return nil, "", err
		}
		out = append(out, element)
	}
	return out, index, nil
}

// index returns the one index of a rule; without one it is "*".
func (k *kibana) index(r *rule) (string, error) {
	if !r.known {
		return "", noSource()
	}
	switch list := r.source.indices; len(list) {
	case 0:
		return "*", nil
	case 1:
		return list[0], nil
	default:
		return "", refuse("classic/not-supported", "the configurations give the rule "+strconv.Itoa(len(list))+" indices, and a saved search has one", "give its log source one index pattern")
	}
}

func noSource() error {
	return refuse("classic/log-source", "the rule has no log source", "the old tool took the index from it, and failed without")
}

// titleOf returns the title, which must be a text.
func titleOf(r *rule) (string, error) {
	title := r.doc.get("title")
	if !title.isText() {
		return "", refuse("classic/rule", "the rule has no title", "give it one")
	}
	return title.text, nil
}

type savedSearch struct {
	id, title, index, query string
	columns                 []string
}

func (k *kibana) element(r *rule, s savedSearch) (object, error) {
	source, err := jsonText(object{
		{"index", s.index},
		{"filter", []any{}},
		{"highlight", object{
			{"pre_tags", []any{"@kibana-highlighted-field@"}},
			{"post_tags", []any{"@/kibana-highlighted-field@"}},
			{"fields", object{{"*", object{}}}},
			{"require_field_match", false},
			{"fragment_size", verbatim("2147483647")},
		}},
		{"query", queryString(s.query)},
	}, false)
	if err != nil {
		return nil, err
	}
	columns := []any{}
	for _, c := range s.columns {
		columns = append(columns, c)
	}
	out := object{
		{"_id", idValue(r, s.id)},
		{"_type", "search"},
		{"_source", object{
			{"title", k.run.settings.text("prefix", "Sigma: ") + s.title},
			{"description", orEmpty(r.doc.get("description"))},
			{"hits", verbatim("0")},
			{"columns", columns},
			{"sort", []any{"@timestamp", "desc"}},
			{"version", verbatim("1")},
			{"kibanaSavedObjectMeta", object{{"searchSourceJSON", source}}},
		}},
	}
	_, err = jsonText(out, true)
	return out, err
}

// idValue returns the id as JSON has it: the rule's own keeps its type.
func idValue(r *rule, id string) any {
	if own := r.doc.get("id"); own != nil && own.kind != kindText {
		if text, ok := own.python(); ok && text == id {
			return own
		}
	}
	return id
}

func queryString(query string) object {
	return object{{"query_string", object{{"query", query}, {"analyze_wildcard", true}}}}
}

func orEmpty(v *value) any {
	if v == nil {
		return ""
	}
	return v
}

// print writes saved searches to be imported, or the command for the first
// index: all that the old tool wrote then.
func (k *kibana) print(elements []any, index string) string {
	if k.run.settings.text("output", "import") == "curl" {
		k.run.log.note(kibanaCurl(), place{})
		return k.lookup(index)
	}
	// What cannot be written was refused with its rule.
	text, _ := jsonText(elements, true)
	return text + "\n"
}

func (k *kibana) lookup(index string) string {
	name := strings.NewReplacer("-", "__", "*", "X").Replace(index)
	s := k.run.settings
	return "export index_" + name + "=$(curl -s '" + s.text("es", "localhost:9200") + "/" + s.text("index", ".kibana") +
		"/_search?q=index-pattern.title:" + strings.ReplaceAll(index, "*", `\*`) +
		`' | jq -r '.hits.hits[0]._id | ltrimstr("index-pattern:")')` + "\n"
}

// finish returns all saved searches as one document.
func (k *kibana) finish([]Result) string {
	switch {
	case len(k.elements) > 0:
		return k.print(slices.Clip(k.elements), k.indices[0])
	case k.run.is2019() && k.run.settings.text("output", "import") == "import":
		return "[]\n"
	}
	return ""
}

// id returns the id of a watch or a saved search: the rule's own or made of
// its title, with a number behind it where it was given before.
func (r *run) id(rule *rule) (string, error) {
	id := ""
	if own := rule.doc.get("id"); own != nil && !r.is2019() && own.kind != kindNull {
		text, ok := own.python()
		if !ok {
			return "", refuseAt(own.at, "classic/rule", "the id is "+own.kind.String())
		}
		id = text
	}
	if id == "" || id == "00000000-0000-0000-0000-000000000000" {
		title := rule.doc.get("title")
		if !title.isText() && (title != nil || r.is2019()) {
			return "", refuse("classic/rule", "the rule has no title", "give it one")
		}
		id = strings.NewReplacer(" ", "-", "(", "", ")", "").Replace(textOf(title))
		r.log.note(idByTitle(), place{})
	}
	unique := id
	for n := 2; r.ids[unique]; n++ {
		unique = id + "-" + strconv.Itoa(n)
	}
	r.ids[unique] = true
	return unique, nil
}
