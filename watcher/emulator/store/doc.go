package store

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/google/uuid"

	"github.com/sigwatch/sigwatch/watcher"
)

// Doc is a stored document. It is never changed.
type Doc struct {
	ID             string
	Version, SeqNo int64
	// Raw is the stored source without the status, secrets included.
	Raw []byte
	// Metadata is the source's metadata, or nil.
	Metadata any
	// Status is what the server itself wrote about the document, or nil for
	// one that was stored by hand without it.
	Status *watcher.Object

	once sync.Once
	memo any
}

// Memo gives what make made of the document when it was first asked for; it
// must be the same function each time.
func (d *Doc) Memo(make func(*Doc) any) any {
	d.once.Do(func() { d.memo = make(d) })
	return d.memo
}

// Source parses the stored source.
func (d *Doc) Source() (*watcher.Object, error) {
	o, err := watcher.ParseObject(d.Raw)
	if err != nil {
		return nil, fmt.Errorf("read stored watch %q: %w", d.ID, err)
	}
	return o, nil
}

// record is a Doc on disk.
type record struct {
	Version int64           `json:"version"`
	SeqNo   int64           `json:"seq_no"`
	Source  json.RawMessage `json:"source"`
	Status  json.RawMessage `json:"status"`
}

// encode writes the document without its id, which is its key.
func (d *Doc) encode() []byte {
	return mustJSON(record{Version: d.Version, SeqNo: d.SeqNo, Source: d.Raw, Status: watcher.Encode(d.Status)})
}

func readDoc(id string, data []byte) (*Doc, error) {
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("stored watch %q: %w", id, err)
	}
	d := &Doc{ID: id, Version: r.Version, SeqNo: r.SeqNo, Raw: r.Source}
	status, err := watcher.ParseJSON(r.Status)
	if err != nil {
		return nil, fmt.Errorf("status of stored watch %q: %w", id, err)
	}
	d.Status, _ = status.(*watcher.Object)
	source, err := d.Source()
	if err != nil {
		return nil, err
	}
	d.Metadata, _ = source.Get("metadata")
	return d, nil
}

// encoded is a source as it is stored, and where its metadata begins.
type encoded struct {
	raw      []byte
	metadata any
	at       int
}

func encode(source *watcher.Object) encoded {
	e := encoded{raw: []byte{'{'}}
	for i, m := range source.Members {
		if i > 0 {
			e.raw = append(e.raw, ',')
		}
		e.raw = append(e.raw, watcher.Encode(m.Name)...)
		e.raw = append(e.raw, ':')
		if m.Name == "metadata" {
			e.metadata, e.at = m.Value, len(e.raw)
		}
		e.raw = append(e.raw, watcher.Encode(m.Value)...)
	}
	e.raw = append(e.raw, '}')
	return e
}

func newUID() string { return uuid.NewString() }
