package classic

import (
	"cmp"
	"strconv"
	"strings"
)

// watches writes watches for X-Pack Watcher.
type watches struct {
	run     *run
	elastic *elastic
	// order are the ids as they came, texts the watch of each.
	order []string
	texts map[string]string
	// port is the webhook's, a number.
	port string
}

func newWatcher(r *run) (*watches, error) {
	e, err := elasticPrinter(r)
	if err != nil {
		return nil, err
	}
	switch output := r.settings.text("output", "curl"); output {
	case "curl", "plain", "json":
	default:
		return nil, wrongOutput(output)
	}
	if url := r.settings.text("watcher_url", "watcher"); !r.is2019() && url != "watcher" && url != "xpack" {
		return nil, refuse("classic/option", "the option watcher_url cannot be "+quote(url), "it takes watcher and xpack")
	}
	port, ok := pythonInt(r.settings.text("http_port", "80"))
	if !ok {
		return nil, refuse("classic/option", "the option http_port is no whole number", "give a port, such as 80")
	}
	return &watches{run: r, elastic: e, texts: map[string]string{}, port: port.String()}, nil
}

// path is where the server takes watches.
func (w *watches) path() string {
	if w.run.is2019() || w.run.settings.text("watcher_url", "watcher") == "xpack" {
		return "_xpack/watcher"
	}
	return "_watcher"
}

// rule writes the watches of one rule. With several conditions in 2019 all
// have one id, and the last one stays.
func (w *watches) rule(r *rule) (string, error) {
	if len(r.searches) == 0 {
		return "", nil
	}
	if !r.known {
		return "", noSource()
	}
	w.elastic.start()
	var ids []string
	texts := map[string]string{}
	for i := range r.searches {
		if i == 0 || !w.run.is2019() {
			id, err := w.run.id(r)
			if err != nil {
				return "", err
			}
			ids = append(ids, id)
		} else {
			w.run.log.note(conditionsDropped(), r.searches[0].at)
		}
		id := ids[len(ids)-1]
		text, err := w.watch(r, &r.searches[i], id)
		if err != nil {
			return "", err
		}
		texts[id] = text
	}
	var out strings.Builder
	for _, id := range ids {
		w.order = append(w.order, id)
		w.texts[id] = texts[id]
		out.WriteString(texts[id])
	}
	return out.String(), nil
}

// watch writes one watch.
func (w *watches) watch(r *rule, s *search, id string) (string, error) {
	body, err := w.body(r, s)
	if err != nil {
		return "", err
	}
	output := w.run.settings.text("output", "curl")
	text, err := jsonText(body, output != "json")
	if err != nil {
		return "", err
	}
	noteWatch(w.run, r, s)
	switch output {
	case "json":
		return text + "\n", nil
	case "plain":
		return "PUT " + w.path() + "/watch/" + id + "\n" + text + "\n", nil
	}
	noteShell(w.run, id, text)
	return "curl -s -XPUT -H 'Content-Type: application/json' --data-binary @- " +
		w.run.settings.text("es", "localhost:9200") + "/" + w.path() + "/watch/" + id + " <<EOF\n" + text + "\nEOF\n", nil
}

// finish returns all watches.
func (w *watches) finish([]Result) string {
	var b strings.Builder
	for _, id := range w.order {
		b.WriteString(w.texts[id])
	}
	if b.Len() == 0 {
		return ""
	}
	return b.String() + "\n"
}

// body is the watch itself.
func (w *watches) body(r *rule, s *search) (object, error) {
	query, err := w.elastic.query(s.tree)
	if err != nil {
		return nil, err
	}
	agg, err := w.aggregation(s)
	if err != nil {
		return nil, err
	}
	actions, err := w.actions(r, agg)
	if err != nil {
		return nil, err
	}
	var interval any = "30m"
	if v := r.doc.get("detection").get("timeframe"); v != nil {
		interval = v
	}
	if n := len(r.source.indices); n > 1 {
		w.run.log.note(severalIndices(strconv.Itoa(n)), place{})
	}
	indices := []any{}
	for _, index := range r.source.indices {
		indices = append(indices, index)
	}
	out := object{
		{"trigger", object{{"schedule", object{{"interval", interval}}}}},
		{"input", object{{"search", object{{"request", object{
			{"body", w.request(query, agg)}, {"indices", indices},
		}}}}}},
		{"condition", object{{"compare", object{{agg.path(), agg.compare()}}}}},
		{"actions", actions},
	}
	if w.run.is2019() {
		return out, nil
	}
	return append(object{{"metadata", object{
		{"name", orEmpty(r.doc.get("title"))},
		{"description", orEmpty(r.doc.get("description"))},
		{"tags", orEmpty(r.doc.get("tags"))},
		{"query", query},
	}}}, out...), nil
}

// request is the body of the search.
func (w *watches) request(query string, agg *watchAggregation) object {
	size := verbatim("0")
	var search any = queryString(query)
	if !w.run.is2019() {
		if w.alerts("index") {
			size = "1000"
		}
		search = object{{"bool", object{
			{"must", []any{search}},
			{"filter", object{{"range", object{{w.dateField(), object{
				{"gte", "now-" + w.run.settings.text("filter_range", "30m") + "/m"},
			}}}}}},
		}}}
	}
	out := object{{"size", size}, {"query", search}}
	if aggs := agg.aggs(); aggs != nil {
		out = append(out, member{"aggs", aggs})
	}
	return out
}

// dateField is that of the last configuration that names one.
func (w *watches) dateField() string {
	field := ""
	for _, c := range w.run.opt.Configs {
		field = cmp.Or(c.dateField, field)
	}
	return cmp.Or(field, "timestamp")
}
