package emulator

import (
	"encoding/json"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
	"github.com/sigwatch/sigwatch/watcher/emulator/listing"
	"github.com/sigwatch/sigwatch/watcher/emulator/store"
)

// queryWatches lists stored watches (watcher-api.md 6).
func (e *Emulator) queryWatches(r *request) (action, error) {
	body, err := bodyOrSource(r)
	if err != nil {
		return nil, err
	}
	q := listing.Default()
	if len(body) > 0 {
		if q, err = listing.Parse(body); err != nil {
			return nil, err
		}
	}
	return func() (answer, error) { return e.query(q) }, nil
}

// bodyOrSource gives the body, or the parameter that stands for one.
func bodyOrSource(r *request) ([]byte, error) {
	r.bodyWanted = true
	source, hasSource := r.text("source")
	kind, hasKind := r.text("source_content_type")
	switch {
	case len(r.body) > 0 && r.media == mediaYAML:
		return yamlToJSON(r.body)
	case len(r.body) > 0 || !hasSource && !hasKind:
		return r.body, nil
	case !hasSource || !hasKind:
		return nil, exception.New(500, "illegal_state_exception", "source and source_content_type parameters are required")
	}
	switch knownMedia(kind) {
	case mediaJSON:
		return []byte(source), nil
	case mediaYAML:
		return yamlToJSON([]byte(source))
	default:
		return nil, exception.New(500, "illegal_state_exception", "Unknown value for source_content_type ["+kind+"]")
	}
}

func (e *Emulator) query(q listing.Request) (answer, error) {
	if err := e.checkLicense(); err != nil {
		return answer{}, err
	}
	if err := q.Check(); err != nil {
		return answer{}, err
	}
	if !e.store.Exists() {
		return reply(200, object("count", exception.Int(0), "watches", []any{})), nil
	}
	docs, result, err := e.search(q)
	if err != nil {
		return answer{}, err
	}
	size := 100
	for _, at := range result.Hits {
		size += len(e.view(docs[at]).watch) + 500
	}
	out := append(make([]byte, 0, size), `{"count":`...)
	out = append(out, watcher.Encode(exception.Int(result.Total))...)
	out = append(out, `,"watches":[`...)
	for i, at := range result.Hits {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = e.appendListed(out, docs[at]); err != nil {
			return answer{}, err
		}
	}
	return answer{status: 200, body: append(out, "]}"...)}, nil
}

func (e *Emulator) search(q listing.Request) ([]*store.Doc, listing.Result, error) {
	docs, fields := e.store.All()
	x := &listing.Index{
		Documents: make([]listing.Document, len(docs)), Mapping: fields, Version: e.version,
		UID: e.store.UID(), Node: e.nodeID(),
	}
	for i, d := range docs {
		x.Documents[i] = listing.Document{ID: d.ID, SeqNo: d.SeqNo, Metadata: d.Metadata}
	}
	result, err := q.Run(x)
	return docs, result, err
}

// appendListed writes one watch of a page. A watch that cannot be read fails
// the whole page, as on the real server (qry-009).
func (e *Emulator) appendListed(out []byte, d *store.Doc) ([]byte, error) {
	v := e.view(d)
	if v.err != nil {
		return nil, v.err
	}
	out = append(out, `{"_id":`...)
	out = append(out, watcher.Encode(d.ID)...)
	out = append(out, `,"watch":`...)
	out = append(out, v.watch...)
	out = append(out, `,"status":`...)
	out = append(out, watcher.Encode(listedStatus(d))...)
	tail := object("_seq_no", exception.Int(d.SeqNo), "_primary_term", exception.Int(1))
	out = append(out, ',')
	return append(out, watcher.Encode(tail)[1:]...), nil
}

// listedStatus shows the stored number: -1 after a put, whatever the version.
func listedStatus(d *store.Doc) *watcher.Object {
	if _, ok := get[json.Number](d.Status, "version"); ok {
		return d.Status
	}
	return showStatus(d, -1)
}
