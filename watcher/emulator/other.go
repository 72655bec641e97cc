package emulator

import (
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
	"github.com/sigwatch/sigwatch/watcher/emulator/listing"
)

// anyIndexRoutes catch what is no route of Watcher: up to 7.x short unknown
// paths belong to the index and typed document calls (htt-003), and there is
// no index but that of the watches.
func (e *Emulator) anyIndexRoutes() []route {
	var t []route
	add := func(path string, p prepare, methods ...string) {
		for _, m := range methods {
			t = append(t, route{method: m, parts: strings.Split(path, "/"), prepare: p})
		}
	}
	add("{index}", (*Emulator).anyIndex, "DELETE", "GET", "HEAD", "PUT")
	if !e.version.AtLeast(8, 0) {
		add("{index}/{type}", (*Emulator).typedIndex, "POST")
		add("{index}/{type}/{id}", (*Emulator).typedDocument, "DELETE", "GET", "HEAD", "POST", "PUT")
	}
	add("_cat/indices/{index}", (*Emulator).catIndices, "GET")
	return t
}

func (e *Emulator) anyIndex(r *request) (action, error) {
	name, _ := r.text("index")
	r.bodyWanted = true
	for p := range r.query {
		r.text(p)
	}
	return func() (answer, error) {
		switch {
		case strings.HasPrefix(name, "_") && r.method == "PUT":
			return answer{}, badIndexName(name, "must not start with '_', '-', or '+'")
		case strings.HasPrefix(name, "_"):
			return answer{}, badIndexName(name, "must not start with '_'.")
		case r.method == "PUT":
			return answer{}, listing.Unsupported("indices other than that of the watches")
		case strings.Contains(name, "*") && r.method == "DELETE":
			return reply(200, object("acknowledged", true)), nil
		case strings.Contains(name, "*"):
			return reply(200, &watcher.Object{}), nil
		default:
			return answer{}, indexNotFound(name)
		}
	}, nil
}

func badIndexName(name, why string) error {
	return exception.New(400, "invalid_index_name_exception", "Invalid index name ["+name+"], "+why).
		With("index_uuid", "_na_").With("index", name)
}

func indexNotFound(name string) error {
	return exception.New(404, "index_not_found_exception", "no such index ["+name+"]").
		With("resource.type", "index_expression").With("resource.id", name).
		With("index_uuid", "_na_").With("index", name)
}

const typedIndexing = "[types removal] Specifying types in document index requests is deprecated, use the typeless endpoints instead (/{index}/_doc/{id}, /{index}/_doc, or /{index}/_create/{id})."

func (e *Emulator) typedIndex(r *request) (action, error) {
	name, _ := r.text("index")
	r.text("type")
	r.bodyWanted = true
	r.warnings = append(r.warnings, typedIndexing)
	if len(r.body) == 0 {
		return nil, exception.New(400, "parse_exception", "request body is required")
	}
	return func() (answer, error) { return answer{}, noDocuments(name) }, nil
}

func noDocuments(name string) error {
	if strings.HasPrefix(name, "_") {
		return badIndexName(name, "must not start with '_', '-', or '+'")
	}
	return listing.Unsupported("indices other than that of the watches")
}

func (e *Emulator) typedDocument(r *request) (action, error) {
	name, _ := r.text("index")
	kind, _ := r.text("type")
	r.text("id")
	r.bodyWanted = true
	warning := typedIndexing
	if r.method == "GET" || r.method == "HEAD" {
		warning = "[types removal] Specifying types in document get requests is deprecated, use the /{index}/_doc/{id} endpoint instead."
	}
	if kind != "_doc" {
		r.warnings = append(r.warnings, warning)
	}
	if len(r.body) == 0 && (r.method == "PUT" || r.method == "POST") {
		return nil, exception.New(400, "parse_exception", "request body is required")
	}
	return func() (answer, error) {
		switch {
		case kind == "":
			return answer{}, invalid("type is missing")
		case r.method == "PUT" || r.method == "POST":
			return answer{}, noDocuments(name)
		default:
			return answer{}, indexNotFound(name)
		}
	}, nil
}

// catIndices is GET _cat/indices, as far as tools need it that clean up.
func (e *Emulator) catIndices(r *request) (action, error) {
	columns, given := r.text("h")
	if !given {
		columns = "health,status,index,uuid,pri,rep,docs.count"
	}
	for _, name := range []string{"expand_wildcards", "v", "s", "bytes", "local", "health"} {
		r.text(name)
	}
	only, named := r.text("index")
	return func() (answer, error) {
		there := e.store.Exists() && (!named || only == "_all" || starMatch(only, ".watches"))
		if named && !there && !strings.Contains(only, "*") {
			return answer{}, indexNotFound(only)
		}
		row := e.catRow(strings.Split(columns, ","))
		if r.query.Get("format") == "json" {
			list := []any{}
			if there {
				list = append(list, row)
			}
			return answer{status: 200, body: watcher.Encode(list)}, nil
		}
		var text []byte
		if there {
			for i, m := range row.Members {
				if i > 0 {
					text = append(text, ' ')
				}
				value, _ := m.Value.(string)
				text = append(text, value...)
			}
			text = append(text, '\n')
		}
		return answer{status: 200, body: text, plain: true}, nil
	}, nil
}

func (e *Emulator) catRow(columns []string) *watcher.Object {
	docs, _ := e.store.All()
	all := object(
		"health", "green", "status", "open", "index", ".watches", "uuid", e.shortID("index"),
		"pri", "1", "rep", "0", "docs.count", string(exception.Int(len(docs))),
	)
	row := &watcher.Object{}
	for _, c := range columns {
		if v, ok := all.Get(c); ok {
			row.Set(c, v)
		}
	}
	return row
}
