// Package emulator is Elasticsearch's Watcher API as an http.Handler: it takes,
// keeps, shows, switches and lists watches as the real server of that version
// does, with its written form, its version and sequence numbers and its
// refusals. It shares the grammar of watches with package watcher and decides
// nothing else the way our own planner does: wrong input is answered as the
// server answers it. It does not run watches, search indices or know users; a
// call that needs these is refused by name.
package emulator

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/store"
)

// Options say what server is emulated and where its watches are kept.
type Options struct {
	// Path of the file that keeps the watches; empty for memory alone.
	Path string
	// Version of the server; the zero value stands for 7.17.6.
	Version watcher.Version
	// Logger gets one debug line a request; nil stands for none.
	Logger *slog.Logger
	// Now is the clock; nil stands for time.Now.
	Now func() time.Time
	// License is the type of licence: "trial" (default), "basic", "standard",
	// "gold", "platinum" or "enterprise".
	License string
	// Accounts are the notification accounts by their type: "slack",
	// "pagerduty", "jira". A watch with an action of a type that has none is
	// refused, as a real server does. E-mail needs none.
	Accounts map[string][]string
}

// Emulator is one emulated node. It is safe for concurrent use.
type Emulator struct {
	version  watcher.Version
	license  string
	accounts map[string][]string
	now      func() time.Time
	log      *slog.Logger
	store    *store.Store
	routes   []route
	started  time.Time
}

// New makes an emulator and opens its store. The error says who holds the
// file where another process does.
func New(opt Options) (*Emulator, error) {
	e := &Emulator{version: opt.Version, license: opt.License, accounts: opt.Accounts, now: opt.Now, log: opt.Logger}
	if e.version == (watcher.Version{}) {
		e.version = watcher.Version{Major: 7, Minor: 17, Patch: 6}
	}
	if e.version.Compare(watcher.Version{Major: 6, Minor: 3}) < 0 {
		return nil, fmt.Errorf("emulate Elasticsearch %s: the oldest version is 6.3", e.version)
	}
	if e.license == "" {
		e.license = "trial"
	}
	if !slices.Contains([]string{"trial", "basic", "standard", "gold", "platinum", "enterprise"}, e.license) {
		return nil, fmt.Errorf("emulate Elasticsearch: there is no licence %q", e.license)
	}
	if e.now == nil {
		e.now = time.Now
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	s, err := store.Open(store.Options{Path: opt.Path, Now: e.now, Version: e.version})
	if err != nil {
		return nil, fmt.Errorf("emulate Elasticsearch: %w", err)
	}
	e.store, e.started = s, e.now()
	e.routes = e.routeTable()
	return e, nil
}

// Close ends all writing and lets go of the file. Requests that come later are
// answered with 500 where they write.
func (e *Emulator) Close() error {
	if err := e.store.Close(); err != nil {
		return fmt.Errorf("close the emulated Watcher: %w", err)
	}
	return nil
}

// Line gives the full version that stands for a line of releases: "7.17" is
// 7.17.6. A version with three numbers stands for itself.
func Line(text string) (watcher.Version, error) {
	switch text {
	case "6.3":
		text = "6.3.1" // 6.3.0 merges where later ones replace
	case "6.8":
		text = "6.8.23"
	case "7.17":
		text = "7.17.6"
	}
	v, err := watcher.ParseVersion(text)
	if err != nil {
		return v, fmt.Errorf("version of the emulated server: %w", err)
	}
	return v, nil
}

// ServeHTTP answers one request of the API.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := e.now()
	status := e.serve(w, r)
	e.log.DebugContext(r.Context(), "request", "method", r.Method, "path", r.URL.Path, "status", status, "took", e.now().Sub(start))
}

// licensed tells whether the licence includes Watcher.
func (e *Emulator) licensed() bool { return e.license != "basic" }
