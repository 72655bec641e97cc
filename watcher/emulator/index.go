package emulator

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
	"github.com/sigwatch/sigwatch/watcher/emulator/listing"
	"github.com/sigwatch/sigwatch/watcher/emulator/store"
)

// indexRoutes reach around Watcher into the index that holds its watches.
// Before 7.11 searching it is the one way to list them.
func (e *Emulator) indexRoutes() []route {
	var t []route
	add := func(method, path string, p prepare) {
		t = append(t, route{method: method, parts: strings.Split(path, "/"), prepare: systemIndex(p)})
	}
	add("GET", ".watches/_search", (*Emulator).searchWatches)
	add("POST", ".watches/_search", (*Emulator).searchWatches)
	add("GET", ".watches/_mapping", (*Emulator).showMapping)
	add("DELETE", ".watches", (*Emulator).dropIndex)
	if e.version.AtLeast(7, 0) {
		add("GET", ".watches/_doc/{id}", (*Emulator).getDocument)
		add("PUT", ".watches/_doc/{id}", (*Emulator).putDocument)
		add("DELETE", ".watches/_doc/{id}", (*Emulator).deleteDocument)
	}
	return t
}

// systemIndex warns as the server does when its own indices are touched.
func systemIndex(p prepare) prepare {
	return func(e *Emulator, r *request) (action, error) {
		if e.version.AtLeast(7, 10) {
			r.warnings = append(r.warnings, "this request accesses system indices: [.watches], but in a future major version, direct access to system indices will be prevented by default")
		}
		return p(e, r)
	}
}

// searchOptions are the parameters of a search that change its answer.
type searchOptions struct {
	request      listing.Request
	totalAsInt   bool
	ignoreAbsent bool
	source       sourceFilter
}

func (e *Emulator) searchWatches(r *request) (action, error) {
	body, err := bodyOrSource(r)
	if err != nil {
		return nil, err
	}
	o := searchOptions{request: listing.Default(), totalAsInt: !e.version.AtLeast(7, 0)}
	if len(body) > 0 {
		search, err := listing.ParseSearch(body)
		if err != nil {
			return nil, err
		}
		o.request, o.source = search.Request, newSourceFilter(search.Source)
	}
	if err := o.parameters(r); err != nil {
		return nil, err
	}
	return func() (answer, error) { return e.searchIndex(o) }, nil
}

func (o *searchOptions) parameters(r *request) error {
	for _, name := range []string{"expand_wildcards", "allow_no_indices", "track_total_hits", "seq_no_primary_term", "version", "ignore_throttled", "preference", "request_cache"} {
		r.text(name)
	}
	for name, into := range map[string]*int{"from": &o.request.From, "size": &o.request.Size} {
		n, err := r.long(name, int64(*into))
		if err != nil {
			return err
		}
		*into = int(n)
	}
	var err error
	if o.ignoreAbsent, err = r.boolean("ignore_unavailable", false); err != nil {
		return err
	}
	if o.totalAsInt, err = r.boolean("rest_total_hits_as_int", o.totalAsInt); err != nil {
		return err
	}
	o.source.parameters(r)
	return nil
}

func (e *Emulator) searchIndex(o searchOptions) (answer, error) {
	if err := o.request.Check(); err != nil {
		return answer{}, err
	}
	if !e.store.Exists() && !o.ignoreAbsent {
		return answer{}, e.noIndex()
	}
	docs, result, err := e.search(o.request)
	if err != nil {
		return answer{}, err
	}
	hits := make([]any, len(result.Hits))
	for i, at := range result.Hits {
		if hits[i], err = e.searchHit(docs[at], o, result.Sort[i]); err != nil {
			return answer{}, err
		}
	}
	var total any = exception.Int(result.Total)
	if !o.totalAsInt {
		total = object("value", exception.Int(result.Total), "relation", "eq")
	}
	var best any
	if len(hits) > 0 && result.Sort[0] == nil {
		best = json.Number("1.0")
	}
	one := exception.Int(1)
	return reply(200, object(
		"took", one, "timed_out", false,
		"_shards", object("total", one, "successful", one, "skipped", exception.Int(0), "failed", exception.Int(0)),
		"hits", object("total", total, "max_score", best, "hits", hits),
	)), nil
}

func (e *Emulator) searchHit(d *store.Doc, o searchOptions, sort []any) (*watcher.Object, error) {
	h := object("_index", ".watches")
	if !e.version.AtLeast(8, 0) {
		h.Set("_type", e.docType())
	}
	h.Set("_id", d.ID)
	h.Set("_score", nil)
	if sort == nil {
		h.Set("_score", json.Number("1.0"))
	}
	if !o.source.off {
		source, err := fullSource(d)
		if err != nil {
			return nil, err
		}
		h.Set("_source", o.source.apply(source))
	}
	if sort != nil {
		h.Set("sort", sort)
	}
	return h, nil
}

func (e *Emulator) docType() string {
	if e.version.AtLeast(7, 0) {
		return "_doc"
	}
	return "doc"
}

// fullSource is the document as it is stored, status and secrets included.
func fullSource(d *store.Doc) (*watcher.Object, error) {
	source, err := d.Source()
	if err != nil {
		return nil, err
	}
	if d.Status != nil {
		source.Set("status", d.Status)
	}
	return source, nil
}

// sourceFilter is what a search wants of each source.
type sourceFilter struct {
	off              bool
	includes, leaves []string
}

// newSourceFilter reads the _source member of a search: false, a name, a list
// of names, or an object with includes and excludes.
func newSourceFilter(v any) sourceFilter {
	switch v := v.(type) {
	case bool:
		return sourceFilter{off: !v}
	case *watcher.Object:
		var f sourceFilter
		if in, ok := v.Get("includes"); ok {
			f.includes = texts(in)
		}
		if out, ok := v.Get("excludes"); ok {
			f.leaves = texts(out)
		}
		return f
	default:
		return sourceFilter{includes: texts(v)}
	}
}

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, texts(item)...)
		}
		return out
	default:
		return nil
	}
}

func (f *sourceFilter) parameters(r *request) {
	if v, ok := r.text("_source"); ok {
		if on, err := strconv.ParseBool(v); err == nil {
			f.off = !on
		} else {
			f.includes = strings.Split(v, ",")
		}
	}
	if v, ok := r.text("_source_includes"); ok {
		f.includes = strings.Split(v, ",")
	}
	if v, ok := r.text("_source_excludes"); ok {
		f.leaves = strings.Split(v, ",")
	}
}

func (f sourceFilter) apply(source *watcher.Object) any {
	var patterns []string
	for _, p := range f.leaves {
		patterns = append(patterns, "-"+p)
	}
	patterns = append(patterns, f.includes...)
	if len(patterns) == 0 {
		return source
	}
	return filterPath(source, strings.Join(patterns, ","))
}

func (e *Emulator) showMapping(*request) (action, error) {
	return func() (answer, error) {
		if !e.store.Exists() {
			return answer{}, e.noIndex()
		}
		_, fields := e.store.All()
		off := func() *watcher.Object { return object("type", "object", "dynamic", "true", "enabled", false) }
		props := object(
			"actions", off(), "condition", off(), "input", off(), "metadata", fields.Describe(), "status", off(),
			"throttle_period", object("type", "keyword", "index", false, "doc_values", false),
			"throttle_period_in_millis", object("type", "long", "index", false, "doc_values", false),
			"transform", off(), "trigger", off(),
		)
		return reply(200, object(".watches", object("mappings", object(
			"dynamic", "strict", "_meta", object("version", e.version.String()), "properties", props,
		)))), nil
	}, nil
}

func (e *Emulator) dropIndex(r *request) (action, error) {
	for _, name := range []string{"ignore_unavailable", "timeout", "master_timeout", "expand_wildcards", "allow_no_indices"} {
		r.text(name)
	}
	return func() (answer, error) {
		if !e.store.Exists() {
			return answer{}, e.noIndex()
		}
		if err := e.store.Drop(); err != nil {
			return answer{}, err
		}
		return reply(200, object("acknowledged", true)), nil
	}, nil
}
