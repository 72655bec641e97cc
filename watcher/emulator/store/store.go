// Package store keeps the documents of the emulated .watches index: on disk in
// a bbolt file, or in memory alone. It gives version and sequence numbers as
// Elasticsearch does, remembers deleted documents for a while and the types of
// all metadata fields for good. A write that was acknowledged survives the end
// of the process, however it ends. It knows nothing of watches and
// nothing of HTTP.
package store

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/mapping"
)

// TombstoneLife is how long a deleted document's version is remembered
// (index.gc_deletes).
const TombstoneLife = 60 * time.Second

// ErrClosed is given by every write after Close.
var ErrClosed = errors.New("the store is closed")

// Options say where a store lies and what time it is.
type Options struct {
	// Path of the file; empty for a store in memory.
	Path string
	// Now is the clock; nil stands for time.Now.
	Now func() time.Time
	// Version of the server, for the wording of refusals.
	Version watcher.Version
}

// Store is one index. It is safe for concurrent use.
type Store struct {
	now  func() time.Time
	disk *disk
	uid  string

	version watcher.Version

	mu      sync.RWMutex
	docs    map[string]*Doc
	tombs   map[string]tombstone
	mapping *mapping.Mapping
	meta    meta
	sorted  []*Doc
}

// meta is what is known of the whole index.
type meta struct {
	// UID names the store for good.
	UID string `json:"uid"`
	// Exists is false until something makes the index.
	Exists  bool  `json:"exists"`
	NextSeq int64 `json:"next_seq"`
	// Stopped is Watcher's manual stop.
	Stopped bool `json:"stopped"`
}

type tombstone struct {
	Version int64     `json:"version"`
	At      time.Time `json:"at"`
}

// Open opens or makes a store. A file that another process holds is refused
// with a text that says which process that is.
func Open(opt Options) (*Store, error) {
	s := &Store{
		now: opt.Now, version: opt.Version, docs: map[string]*Doc{}, tombs: map[string]tombstone{},
		mapping: mapping.New("metadata"), meta: meta{UID: newUID()},
	}
	if s.now == nil {
		s.now = time.Now
	}
	if opt.Path == "" {
		s.uid = s.meta.UID
		return s, nil
	}
	d, err := openDisk(opt.Path, s.now())
	if err != nil {
		return nil, err
	}
	s.disk = d
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("read store %q: %w", opt.Path, err), d.close())
	}
	return s, nil
}

func (s *Store) load() error {
	content, err := s.disk.read()
	if err != nil {
		return err
	}
	if content.meta.UID != "" {
		s.meta = content.meta
	}
	s.uid = s.meta.UID
	if content.mapping != nil {
		s.mapping = content.mapping
	}
	s.docs, s.tombs = content.docs, content.tombs
	var old []change
	for id, t := range s.tombs {
		if s.expired(t) {
			delete(s.tombs, id)
			old = append(old, change{bucket: tombBucket, key: id})
		}
	}
	return s.commit(append(old, s.metaChange())).wait()
}

// Close ends all writing and lets go of the file.
func (s *Store) Close() error {
	if s.disk == nil {
		return nil
	}
	return s.disk.close()
}

// UID is a name that this store keeps for good. Unlike all else it may be asked
// for inside of Write.
func (s *Store) UID() string { return s.uid }

// Exists tells whether the index was made yet.
func (s *Store) Exists() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.meta.Exists
}

// Get gives the document of that id.
func (s *Store) Get(id string) (*Doc, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	d, ok := s.docs[id]
	return d, ok
}

// All gives every document in the order of their last write, and the types of
// their fields at that moment. The caller must not change the slice.
func (s *Store) All() ([]*Doc, *mapping.Mapping) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sorted == nil {
		list := make([]*Doc, 0, len(s.docs))
		for _, d := range s.docs {
			list = append(list, d)
		}
		slices.SortFunc(list, func(a, b *Doc) int { return cmp.Compare(a.SeqNo, b.SeqNo) })
		s.sorted = list
	}
	return s.sorted, s.mapping
}

// Draft is what a write wants a document to be.
type Draft struct {
	Source *watcher.Object
	Status *watcher.Object
}

// Write makes or changes the document of that id. f gets the document as it
// is, or nil, and gives what shall become of it; nil with no error leaves it
// as it is. f is called under the store's lock. The index is made by the
// attempt already. What f refuses, or the mapping, changes nothing more.
func (s *Store) Write(id string, f func(old *Doc) (*Draft, error)) (*Doc, error) {
	doc, w, err := s.write(id, f)
	if err != nil {
		return nil, errors.Join(err, w.wait())
	}
	return doc, w.wait()
}

func (s *Store) write(id string, f func(old *Doc) (*Draft, error)) (*Doc, *batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	made := s.create()
	old := s.docs[id]
	draft, err := f(old)
	if err != nil {
		return nil, made, err
	}
	if draft == nil {
		return old, made, nil
	}
	source := encode(draft.Source)
	grown, err := s.mapping.Add(mapping.Document{ID: id, Value: source.metadata, Offset: source.at, Version: s.version})
	if err != nil {
		return nil, made, err
	}
	doc := &Doc{ID: id, Version: s.lastVersion(id) + 1, SeqNo: s.takeSeq(), Raw: source.raw, Metadata: source.metadata, Status: draft.Status}
	changes := []change{s.docChange(doc), {bucket: tombBucket, key: id}, s.metaChange()}
	if grown != s.mapping {
		s.mapping = grown
		changes = append(changes, s.mappingChange())
	}
	s.docs[id], s.sorted = doc, nil
	delete(s.tombs, id)
	return doc, s.commit(changes), nil
}

// Deleted is the answer of a delete.
type Deleted struct {
	Version, SeqNo int64
	Found          bool
}

// Delete removes the document of that id. Deleting nothing counts too: it
// raises the version that the next write starts from.
func (s *Store) Delete(id string) (Deleted, error) {
	out, w := s.remove(id)
	return out, w.wait()
}

func (s *Store) remove(id string) (Deleted, *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, found := s.docs[id]
	t := tombstone{Version: s.lastVersion(id) + 1, At: s.now()}
	seq := s.takeSeq()
	delete(s.docs, id)
	s.sorted = nil
	changes := append(s.forget(), change{bucket: docBucket, key: id}, s.metaChange())
	s.tombs[id] = t
	changes = append(changes, change{bucket: tombBucket, key: id, value: mustJSON(t)})
	return Deleted{Version: t.Version, SeqNo: seq, Found: found}, s.commit(changes)
}

// forget drops the tombstones that are too old, when there are many.
func (s *Store) forget() []change {
	const many = 1000
	if len(s.tombs) < many {
		return nil
	}
	var out []change
	for id, t := range s.tombs {
		if s.expired(t) {
			delete(s.tombs, id)
			out = append(out, change{bucket: tombBucket, key: id})
		}
	}
	return out
}

func (s *Store) expired(t tombstone) bool { return s.now().Sub(t.At) > TombstoneLife }

func (s *Store) lastVersion(id string) int64 {
	if d, ok := s.docs[id]; ok {
		return d.Version
	}
	if t, ok := s.tombs[id]; ok && !s.expired(t) {
		return t.Version
	}
	return 0
}

func (s *Store) takeSeq() int64 {
	n := s.meta.NextSeq
	s.meta.NextSeq++
	return n
}

func (s *Store) create() *batch {
	if s.meta.Exists {
		return done()
	}
	s.meta.Exists = true
	return s.commit([]change{s.metaChange()})
}

// Drop removes the index with all that is in it; numbers start anew.
func (s *Store) Drop() error {
	return s.drop().wait()
}

func (s *Store) drop() *batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.docs, s.tombs, s.sorted = map[string]*Doc{}, map[string]tombstone{}, nil
	s.mapping = mapping.New("metadata")
	s.meta.Exists, s.meta.NextSeq = false, 0
	return s.commit([]change{{bucket: docBucket, all: true}, {bucket: tombBucket, all: true}, s.mappingChange(), s.metaChange()})
}

// Stopped tells whether Watcher was stopped by hand.
func (s *Store) Stopped() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.meta.Stopped
}

// SetStopped keeps whether Watcher was stopped by hand.
func (s *Store) SetStopped(stopped bool) error {
	s.mu.Lock()
	s.meta.Stopped = stopped
	w := s.commit([]change{s.metaChange()})
	s.mu.Unlock()
	return w.wait()
}

func (s *Store) commit(changes []change) *batch {
	if s.disk == nil {
		return done()
	}
	return s.disk.add(changes)
}

func (s *Store) metaChange() change {
	return change{bucket: metaBucket, key: metaKey, value: mustJSON(s.meta)}
}

func (s *Store) mappingChange() change {
	return change{bucket: metaBucket, key: mappingKey, value: mustJSON(s.mapping)}
}

func (s *Store) docChange(d *Doc) change {
	if s.disk == nil {
		return change{}
	}
	return change{bucket: docBucket, key: d.ID, value: d.encode()}
}

// mustJSON encodes our own types, which never fail to. HTML is not escaped: a
// watch comes back from disk byte for byte.
func mustJSON(v any) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("store: encode %T: %v", v, err))
	}
	return bytes.TrimSuffix(out.Bytes(), []byte{'\n'})
}
