package emulator

import (
	"fmt"
	"slices"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
	"github.com/sigwatch/sigwatch/watcher/emulator/store"
)

func (e *Emulator) getDocument(r *request) (action, error) {
	id, _ := r.text("id")
	var f sourceFilter
	f.parameters(r)
	return func() (answer, error) {
		if !e.store.Exists() {
			return answer{}, e.noIndex()
		}
		head := object("_index", ".watches")
		if !e.version.AtLeast(8, 0) {
			head.Set("_type", "_doc")
		}
		head.Set("_id", id)
		d, ok := e.store.Get(id)
		if !ok {
			head.Set("found", false)
			return reply(404, head), nil
		}
		source, err := fullSource(d)
		if err != nil {
			return answer{}, err
		}
		head.Set("_version", exception.Int(d.Version))
		e.setSeqNo(head, d)
		head.Set("found", true)
		if !f.off {
			head.Set("_source", f.apply(source))
		}
		return reply(200, head), nil
	}, nil
}

// putDocument stores a document by hand, past Watcher and its grammar.
func (e *Emulator) putDocument(r *request) (action, error) {
	id, _ := r.text("id")
	r.text("refresh")
	r.bodyWanted = true
	return func() (answer, error) {
		source, err := watcher.ParseObject(r.body, watcher.ParseOptions{Server: true})
		if err != nil {
			return answer{}, exception.New(400, "mapper_parsing_exception", "failed to parse").
				Because(exception.New(0, "json_parse_exception", err.Error()))
		}
		if err := strictFields(source); err != nil {
			return answer{}, err
		}
		status, _ := get[*watcher.Object](source, "status")
		source.Delete("status")
		created := false
		d, err := e.store.Write(id, func(old *store.Doc) (*store.Draft, error) {
			created = old == nil
			return &store.Draft{Status: status, Source: source}, nil
		})
		if err != nil {
			return answer{}, err
		}
		if !created {
			return e.documentAnswer(r, 200, documentResult{id, d.Version, d.SeqNo, "updated"}), nil
		}
		a := e.documentAnswer(r, 201, documentResult{id, d.Version, d.SeqNo, "created"})
		a.location = "/.watches/_doc/" + id
		return a, nil
	}, nil
}

func (e *Emulator) deleteDocument(r *request) (action, error) {
	id, _ := r.text("id")
	r.text("refresh")
	return func() (answer, error) {
		if !e.store.Exists() {
			return answer{}, e.noIndex()
		}
		d, err := e.store.Delete(id)
		if err != nil {
			return answer{}, err
		}
		if !d.Found {
			return e.documentAnswer(r, 404, documentResult{id, d.Version, d.SeqNo, "not_found"}), nil
		}
		return e.documentAnswer(r, 200, documentResult{id, d.Version, d.SeqNo, "deleted"}), nil
	}, nil
}

// documentResult is what a write of a document came to.
type documentResult struct {
	id             string
	version, seqNo int64
	result         string
}

func (e *Emulator) documentAnswer(r *request, status int, d documentResult) answer {
	o := object("_index", ".watches")
	if !e.version.AtLeast(8, 0) {
		o.Set("_type", "_doc")
	}
	o.Set("_id", d.id)
	o.Set("_version", exception.Int(d.version))
	o.Set("result", d.result)
	if v, ok := r.text("refresh"); ok && v != "false" && v != "wait_for" {
		o.Set("forced_refresh", true)
	}
	one := exception.Int(1)
	o.Set("_shards", object("total", one, "successful", one, "failed", exception.Int(0)))
	o.Set("_seq_no", exception.Int(d.seqNo))
	o.Set("_primary_term", one)
	return reply(status, o)
}

// strictFields refuses what the strict part of the mapping has no field for.
func strictFields(source *watcher.Object) error {
	known := []string{
		"actions", "condition", "input", "metadata", "status", "throttle_period", "throttle_period_in_millis",
		"transform", "trigger",
	}
	for _, m := range source.Members {
		if !slices.Contains(known, m.Name) {
			return exception.New(400, "strict_dynamic_mapping_exception",
				fmt.Sprintf("mapping set to strict, dynamic introduction of [%s] within [_doc] is not allowed", m.Name))
		}
	}
	return nil
}
