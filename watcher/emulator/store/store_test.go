package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/store"
)

func open(t *testing.T, opt store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func source(t *testing.T, text string) *watcher.Object {
	t.Helper()
	o, err := watcher.ParseObject([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func put(t *testing.T, s *store.Store, id, text string) *store.Doc {
	t.Helper()
	d, err := s.Write(id, func(*store.Doc) (*store.Draft, error) {
		return &store.Draft{Source: source(t, text), Status: source(t, `{"version":-1}`)}, nil
	})
	if err != nil {
		t.Fatalf("put %s: %v", id, err)
	}
	return d
}

// numbers is what a store gave to a write.
type numbers struct{ Version, SeqNo int64 }

func numbersOf(d *store.Doc) numbers { return numbers{d.Version, d.SeqNo} }

func TestNumbers(t *testing.T) {
	s := open(t, store.Options{})
	var got []any
	got = append(got,
		numbersOf(put(t, s, "a", `{}`)), numbersOf(put(t, s, "b", `{}`)), numbersOf(put(t, s, "a", `{}`)))
	for range 2 {
		d, err := s.Delete("a")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, d)
	}
	got = append(got, numbersOf(put(t, s, "a", `{}`)))
	want := []any{
		numbers{1, 0},
		numbers{1, 1},
		numbers{2, 2},
		store.Deleted{Version: 3, SeqNo: 3, Found: true},
		store.Deleted{Version: 4, SeqNo: 4},
		numbers{5, 5},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("versions and sequence numbers (-want +got):\n%s", d)
	}
}

func TestTombstoneEnds(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	s := open(t, store.Options{Now: func() time.Time { return now }})
	put(t, s, "a", `{}`)
	if _, err := s.Delete("a"); err != nil {
		t.Fatal(err)
	}
	now = now.Add(store.TombstoneLife)
	if d := put(t, s, "a", `{}`); d.Version != 3 {
		t.Errorf("after %s: version %d, want 3", store.TombstoneLife, d.Version)
	}
	if _, err := s.Delete("a"); err != nil {
		t.Fatal(err)
	}
	now = now.Add(store.TombstoneLife + time.Second)
	if d := put(t, s, "a", `{}`); d.Version != 1 {
		t.Errorf("after more than %s: version %d, want 1", store.TombstoneLife, d.Version)
	}
}

func TestRefusedWriteChangesNothing(t *testing.T) {
	s := open(t, store.Options{})
	put(t, s, "a", `{"metadata":{"n":1}}`)
	refused := errors.New("no")
	if _, err := s.Write("a", func(*store.Doc) (*store.Draft, error) { return nil, refused }); !errors.Is(err, refused) {
		t.Errorf("Write gives %v, want %v", err, refused)
	}
	_, err := s.Write("a", func(*store.Doc) (*store.Draft, error) {
		return &store.Draft{Source: source(t, `{"metadata":{"n":"text","new":1}}`)}, nil
	})
	if err == nil || !strings.Contains(err.Error(), "failed to parse field [metadata.n]") {
		t.Errorf("a document that does not fit: %v", err)
	}
	d, _ := s.Get("a")
	if d := cmp.Diff(numbers{1, 0}, numbersOf(d)); d != "" {
		t.Errorf("after two refusals (-want +got):\n%s", d)
	}
	if d := put(t, s, "b", `{"metadata":{"new":"text"}}`); d.SeqNo != 1 {
		t.Errorf("the next write has sequence number %d, want 1", d.SeqNo)
	}
}

func TestIndexIsMadeByTheAttempt(t *testing.T) {
	s := open(t, store.Options{})
	if s.Exists() {
		t.Error("a new store has an index")
	}
	if _, err := s.Write("a", func(*store.Doc) (*store.Draft, error) { return nil, errors.New("no") }); err == nil {
		t.Error("Write swallows the refusal")
	}
	if !s.Exists() {
		t.Error("the index is not made by a refused write")
	}
	if err := s.Drop(); err != nil {
		t.Fatal(err)
	}
	if s.Exists() {
		t.Error("the index is there after Drop")
	}
}

func TestKeptBetweenRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "er", "watches.db")
	now := time.Now()
	opt := store.Options{Path: path, Now: func() time.Time { return now }}
	s, err := store.Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "a", `{"trigger":{"b":1,"a":"<&>"},"metadata":{"n":1}}`)
	put(t, s, "gone", `{}`)
	if _, err := s.Delete("gone"); err != nil {
		t.Fatal(err)
	}
	if err := s.SetStopped(true); err != nil {
		t.Fatal(err)
	}
	uid := s.UID()
	before, _ := s.Get("a")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write("a", func(*store.Doc) (*store.Draft, error) { return &store.Draft{Source: source(t, `{}`)}, nil }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("a write after Close gives %v, want %v", err, store.ErrClosed)
	}

	s = open(t, opt)
	after, ok := s.Get("a")
	if !ok {
		t.Fatal("the watch is gone")
	}
	if d := cmp.Diff(string(before.Raw), string(after.Raw)); d != "" {
		t.Errorf("the source (-before +after):\n%s", d)
	}
	if d := cmp.Diff(before.Status, after.Status); d != "" {
		t.Errorf("the status (-before +after):\n%s", d)
	}
	if !s.Stopped() || !s.Exists() || s.UID() != uid {
		t.Errorf("stopped %v, exists %v, uid %s: want true, true, %s", s.Stopped(), s.Exists(), s.UID(), uid)
	}
	if d := put(t, s, "gone", `{}`); d.Version != 3 || d.SeqNo != 3 {
		t.Errorf("the deleted watch goes on with version %d, number %d, want 3, 3", d.Version, d.SeqNo)
	}
	if _, err := s.Write("b", func(*store.Doc) (*store.Draft, error) {
		return &store.Draft{Source: source(t, `{"metadata":{"n":"text"}}`)}, nil
	}); err == nil {
		t.Error("the types of metadata are forgotten")
	}
}

func TestHeldFileNamesItsHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watches.db")
	open(t, store.Options{Path: path})
	_, err := store.Open(store.Options{Path: path})
	if err == nil {
		t.Fatal("the file is opened twice")
	}
	for _, want := range []string{path, fmt.Sprintf("process %d holds it since ", os.Getpid()), "use another file"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q: %v", want, err)
		}
	}
}

func TestNewerLayoutIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watches.db")
	s, err := store.Open(store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("schema"), []byte("2")) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err = store.Open(store.Options{Path: path}); err == nil || !strings.Contains(err.Error(), "layout 2") {
		t.Errorf("a file of layout 2: %v", err)
	}
}

func TestNoStoreIsNoPanic(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watches.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("no store ", 2000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(store.Options{Path: path}); err == nil {
		t.Error("a file that is no store is opened")
	}
}

func TestManyWriters(t *testing.T) {
	s := open(t, store.Options{Path: filepath.Join(t.TempDir(), "watches.db")})
	const writers, each = 8, 25
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				id := fmt.Sprintf("w%d-%d", w, i%5)
				if _, err := s.Write(id, func(*store.Doc) (*store.Draft, error) {
					return &store.Draft{Source: &watcher.Object{}}, nil
				}); err != nil {
					t.Error(err)
				}
				docs, _ := s.All()
				for k := 1; k < len(docs); k++ {
					if docs[k-1].SeqNo >= docs[k].SeqNo {
						t.Errorf("numbers %d and %d stand in the wrong order", docs[k-1].SeqNo, docs[k].SeqNo)
					}
				}
			}
		})
	}
	wg.Wait()
	docs, _ := s.All()
	if len(docs) != writers*5 {
		t.Errorf("%d watches, want %d", len(docs), writers*5)
	}
	if last := docs[len(docs)-1].SeqNo; last != writers*each-1 {
		t.Errorf("the last sequence number is %d, want %d", last, writers*each-1)
	}
	for _, d := range docs {
		if d.Version != each/5 {
			t.Errorf("%s has version %d, want %d", d.ID, d.Version, each/5)
		}
	}
}
