package emulator

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
	"github.com/sigwatch/sigwatch/watcher/emulator/store"
)

// view is a stored watch as get and query show it: parsed again, in the
// written form, secrets hidden. A watch that no longer parses has an error.
type view struct {
	watch []byte
	err   error
}

func (e *Emulator) view(d *store.Doc) *view {
	v, ok := d.Memo(e.makeView).(*view)
	if !ok {
		return &view{err: fmt.Errorf("watch %q has no form to show", d.ID)}
	}
	return v
}

func (e *Emulator) makeView(d *store.Doc) any {
	source, err := d.Source()
	if err != nil {
		return &view{err: err}
	}
	written, err := watcher.Written(d.ID, source, watcher.WriteOptions{Version: e.version, AllowRedacted: true})
	if err == nil {
		err = e.checkAccounts(written)
	}
	if err != nil {
		return &view{err: err}
	}
	shown := watcher.Encode(watcher.Redact(written, e.version))
	if bytes.Equal(shown, d.Raw) {
		shown = d.Raw
	}
	return &view{watch: shown}
}

func (e *Emulator) getWatch(r *request) (action, error) {
	id, _ := r.text("id")
	return func() (answer, error) {
		if err := validID(id); err != nil {
			return answer{}, err
		}
		if err := e.checkLicense(); err != nil {
			return answer{}, err
		}
		d, ok := e.store.Get(id)
		if !ok {
			return reply(404, object("found", false, "_id", id)), nil
		}
		v := e.view(d)
		if v.err != nil {
			return answer{}, v.err
		}
		head := object("found", true, "_id", id, "_version", exception.Int(d.Version))
		e.setSeqNo(head, d)
		head.Set("status", showStatus(d, d.Version))
		return answer{status: 200, body: withWatch(head, v.watch)}, nil
	}, nil
}

// withWatch puts an encoded watch behind the members of an object.
func withWatch(head *watcher.Object, watch []byte) []byte {
	out := bytes.TrimSuffix(watcher.Encode(head), []byte{'}'})
	out = append(out, `,"watch":`...)
	out = append(out, watch...)
	return append(out, '}')
}

func (e *Emulator) deleteWatch(r *request) (action, error) {
	id, _ := r.text("id")
	if err := e.oldMasterTimeout(r); err != nil {
		return nil, err
	}
	return func() (answer, error) {
		if err := validID(id); err != nil {
			return answer{}, err
		}
		if !e.store.Exists() {
			return answer{}, e.noIndex()
		}
		d, err := e.store.Delete(id)
		if err != nil {
			return answer{}, err
		}
		status := 200
		if !d.Found {
			status = 404
		}
		return reply(status, object("_id", id, "_version", exception.Int(d.Version), "found", d.Found)), nil
	}, nil
}

func activate(active bool) prepare {
	return func(e *Emulator, r *request) (action, error) {
		id, _ := r.text("id")
		return func() (answer, error) { return e.setActive(id, active) }, nil
	}
}

// setActive writes, and so raises the version, even where nothing changes.
func (e *Emulator) setActive(id string, active bool) (answer, error) {
	if err := validID(id); err != nil {
		return answer{}, err
	}
	if err := e.checkLicense(); err != nil {
		return answer{}, err
	}
	doc, err := e.store.Write(id, func(old *store.Doc) (*store.Draft, error) {
		if old == nil {
			return nil, e.documentMissing(id)
		}
		source, err := old.Source()
		if err != nil {
			return nil, err
		}
		return &store.Draft{Source: source, Status: e.switched(old.Status, active)}, nil
	})
	if err != nil {
		return answer{}, err
	}
	if v := e.view(doc); v.err != nil {
		return answer{}, v.err
	}
	return reply(200, object("status", showStatus(doc, doc.Version))), nil
}

func (e *Emulator) ackWatch(r *request) (action, error) {
	id, _ := r.text("id")
	list, named := r.text("actions")
	if err := e.oldMasterTimeout(r); err != nil {
		return nil, err
	}
	var actions []string
	if named {
		actions = strings.Split(list, ",")
	}
	return func() (answer, error) { return e.ack(id, actions, named) }, nil
}

func (e *Emulator) ack(id string, actions []string, named bool) (answer, error) {
	if err := validAck(id, actions); err != nil {
		return answer{}, err
	}
	if err := e.checkLicense(); err != nil {
		return answer{}, err
	}
	if !e.store.Exists() {
		return answer{}, e.noIndex()
	}
	before := int64(0)
	doc, err := e.store.Write(id, func(old *store.Doc) (*store.Draft, error) {
		if old == nil {
			return nil, exception.New(404, "resource_not_found_exception", "Watch with id ["+id+"] does not exist")
		}
		before = old.Version
		if v := e.view(old); v.err != nil {
			return nil, v.err
		}
		return e.acked(old, actions, named)
	})
	if err != nil {
		return answer{}, err
	}
	// The answer carries the number from before the ack (life-007).
	return reply(200, object("status", showStatus(doc, before))), nil
}

func validAck(id string, actions []string) error {
	var wrong []string
	if hasSpace(id) {
		wrong = append(wrong, "watch id contains whitespace")
	}
	for _, a := range actions {
		if a != "" && hasSpace(a) {
			wrong = append(wrong, "action id ["+a+"] contains whitespace")
		}
	}
	return invalid(wrong...)
}

// acked gives the watch with its ackable actions acked, or nil where there is
// none: then nothing is written.
func (e *Emulator) acked(old *store.Doc, only []string, named bool) (*store.Draft, error) {
	status, changed := e.ackedStatus(old.Status, only, named)
	if !changed {
		return nil, nil
	}
	source, err := old.Source()
	if err != nil {
		return nil, err
	}
	return &store.Draft{Source: source, Status: status}, nil
}

// executeWatch refuses: the emulated Watcher does not run watches.
func (e *Emulator) executeWatch(r *request) (action, error) {
	r.text("id")
	r.bodyWanted = true
	for _, name := range []string{"debug", "record_execution", "ignore_condition"} {
		r.text(name)
	}
	return func() (answer, error) {
		return answer{}, exception.New(400, "unsupported_operation_exception", "the emulated Watcher does not run watches")
	}, nil
}

func (e *Emulator) checkLicense() error {
	if e.licensed() {
		return nil
	}
	return exception.New(403, "security_exception", "current license is non-compliant for [watcher]").
		With("license.expired.feature", "watcher")
}

func (e *Emulator) noIndex() error {
	reason := "no such index [.watches]"
	if !e.version.AtLeast(7, 0) {
		reason = "no such index"
	}
	return e.indexed(exception.New(404, "index_not_found_exception", reason).
		With("resource.type", "index_expression").With("resource.id", ".watches"))
}

// indexed adds the index that an exception is about.
func (e *Emulator) indexed(x *exception.Exception) error {
	return x.With("index_uuid", e.store.UID()).With("index", ".watches")
}

func (e *Emulator) documentMissing(id string) error {
	return e.sharded(404, "document_missing_exception", e.documentName(id)+": document missing")
}

func (e *Emulator) conflict(id, what string) error {
	return e.sharded(409, "version_conflict_engine_exception", "["+id+"]: "+what)
}

func (e *Emulator) sharded(status int, kind, reason string) error {
	return exception.New(status, kind, reason).
		With("index_uuid", e.store.UID()).With("shard", "0").With("index", ".watches")
}

func (e *Emulator) documentName(id string) string {
	switch e.version.Major {
	case 6:
		return "[doc][" + id + "]"
	case 7:
		return "[_doc][" + id + "]"
	default:
		return "[" + id + "]"
	}
}
