package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/sigwatch/sigwatch/watcher/emulator/mapping"
)

// schema is the number of the file's layout. A file with a higher one was
// written by a later release and is refused.
const schema = "1"

const (
	docBucket  = "watches"
	tombBucket = "tombstones"
	metaBucket = "meta"

	schemaKey  = "schema"
	metaKey    = "index"
	mappingKey = "mapping"
)

// disk is the file with the goroutine that writes it.
type disk struct {
	db     *bbolt.DB
	path   string
	writer *writer
}

func openDisk(path string, now time.Time) (*disk, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open store %q: %w", path, err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: 500 * time.Millisecond, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType,
	})
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, fmt.Errorf("open store %q: %s", path, heldBy(path))
	}
	if err != nil {
		return nil, fmt.Errorf("open store %q: %w", path, err)
	}
	d := &disk{db: db, path: path}
	if err := d.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %q: %w", path, err), db.Close())
	}
	// Who holds the file is a courtesy to the next one: the lock itself works
	// without it.
	_ = writeHolder(path, now)
	d.writer = newWriter(db)
	return d, nil
}

func (d *disk) prepare() error {
	return d.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range []string{docBucket, tombBucket, metaBucket} {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		b := tx.Bucket([]byte(metaBucket))
		switch have := string(b.Get([]byte(schemaKey))); have {
		case schema:
			return nil
		case "":
			return b.Put([]byte(schemaKey), []byte(schema))
		default:
			return fmt.Errorf("it has layout %s, this release knows layout %s: use the release that wrote it, or another file", have, schema)
		}
	})
}

// content is all that a file holds.
type content struct {
	meta    meta
	mapping *mapping.Mapping
	docs    map[string]*Doc
	tombs   map[string]tombstone
}

func (d *disk) read() (content, error) {
	c := content{docs: map[string]*Doc{}, tombs: map[string]tombstone{}}
	err := d.db.View(func(tx *bbolt.Tx) error {
		if err := c.readMeta(tx.Bucket([]byte(metaBucket))); err != nil {
			return err
		}
		if err := tx.Bucket([]byte(docBucket)).ForEach(c.readDoc); err != nil {
			return err
		}
		return tx.Bucket([]byte(tombBucket)).ForEach(c.readTomb)
	})
	return c, err
}

func (c *content) readMeta(b *bbolt.Bucket) error {
	if data := b.Get([]byte(metaKey)); data != nil {
		if err := json.Unmarshal(data, &c.meta); err != nil {
			return fmt.Errorf("index: %w", err)
		}
	}
	if data := b.Get([]byte(mappingKey)); data != nil {
		c.mapping = mapping.New("metadata")
		if err := json.Unmarshal(data, c.mapping); err != nil {
			return fmt.Errorf("mapping: %w", err)
		}
	}
	return nil
}

func (c *content) readDoc(key, value []byte) error {
	d, err := readDoc(string(key), value)
	if err != nil {
		return err
	}
	c.docs[d.ID] = d
	return nil
}

func (c *content) readTomb(key, value []byte) error {
	var t tombstone
	if err := json.Unmarshal(value, &t); err != nil {
		return fmt.Errorf("tombstone %q: %w", key, err)
	}
	c.tombs[string(key)] = t
	return nil
}

func (d *disk) add(changes []change) *batch { return d.writer.add(changes) }

func (d *disk) close() error {
	d.writer.stop()
	err := os.Remove(holderPath(d.path))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, d.db.Close())
}

// holder says which process has the file open.
type holder struct {
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
}

func holderPath(path string) string { return path + ".holder" }

func writeHolder(path string, now time.Time) error {
	return os.WriteFile(holderPath(path), mustJSON(holder{PID: os.Getpid(), Since: now.UTC()}), 0o600)
}

func heldBy(path string) string {
	const advice = "end it, or use another file"
	data, err := os.ReadFile(holderPath(path))
	if err != nil {
		return "another process holds it; " + advice
	}
	var h holder
	if err := json.Unmarshal(data, &h); err != nil || h.PID == 0 {
		return "another process holds it; " + advice
	}
	return fmt.Sprintf("process %d holds it since %s; %s", h.PID, h.Since.Format(time.RFC3339), advice)
}
