package store

import (
	"fmt"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// change is one key to set, or to remove where the value is nil; with all, the
// whole bucket is emptied.
type change struct {
	bucket, key string
	value       []byte
	all         bool
}

// batch is what goes to disk in one transaction.
type batch struct {
	changes []change
	// writers counts those who wait for it.
	writers int
	done    chan struct{}
	err     error
}

// done is a batch with nothing to wait for.
func done() *batch { return nil }

// wait returns when the batch is safe on disk.
func (b *batch) wait() error {
	if b == nil {
		return nil
	}
	<-b.done
	return b.err
}

// writer gathers the changes that come in while a transaction is written into
// the next one, so that many writers share one flush.
type writer struct {
	db *bbolt.DB

	mu      sync.Mutex
	next    *batch
	stopped bool
	wake    chan struct{}
	ended   chan struct{}
}

func newWriter(db *bbolt.DB) *writer {
	w := &writer{db: db, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go w.run()
	return w
}

// add queues changes in the order of the calls.
func (w *writer) add(changes []change) *batch {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		b := &batch{done: make(chan struct{}), err: ErrClosed}
		close(b.done)
		return b
	}
	if w.next == nil {
		w.next = &batch{done: make(chan struct{})}
	}
	w.next.changes = append(w.next.changes, changes...)
	w.next.writers++
	select {
	case w.wake <- struct{}{}:
	default:
	}
	return w.next
}

// stop writes what is queued and ends the goroutine.
func (w *writer) stop() {
	w.mu.Lock()
	if !w.stopped {
		w.stopped = true
		close(w.wake)
	}
	w.mu.Unlock()
	<-w.ended
}

func (w *writer) run() {
	defer close(w.ended)
	var failed error
	var linger time.Duration
	for range w.wake {
		time.Sleep(linger)
		b := w.take()
		if b == nil {
			continue
		}
		start := time.Now()
		// After a failed write the file no longer follows the memory: every
		// later one would be a lie.
		if failed == nil {
			failed = w.write(b.changes)
		}
		b.err = failed
		close(b.done)
		linger = lingerAfter(b.writers, time.Since(start))
	}
}

// lingerAfter says how long to wait for company before the next flush. Where
// several writers shared the last one they will be back in a moment, and all
// of them in one flush beats half of them in each of two.
func lingerAfter(writers int, took time.Duration) time.Duration {
	if writers < 2 {
		return 0
	}
	return min(took/4, time.Millisecond)
}

func (w *writer) take() *batch {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.next
	w.next = nil
	return b
}

func (w *writer) write(changes []change) error {
	err := w.db.Update(func(tx *bbolt.Tx) error {
		for _, c := range changes {
			if err := c.apply(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write store: %w", err)
	}
	return nil
}

func (c change) apply(tx *bbolt.Tx) error {
	name := []byte(c.bucket)
	if c.all {
		if err := tx.DeleteBucket(name); err != nil {
			return err
		}
		_, err := tx.CreateBucket(name)
		return err
	}
	b := tx.Bucket(name)
	if c.value == nil {
		return b.Delete([]byte(c.key))
	}
	return b.Put([]byte(c.key), c.value)
}
