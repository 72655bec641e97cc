// Package config reads sigwatch.yaml: strictly, with the place of everything
// that is wrong in it, and all of that at once. It puts flags and environment
// above the file and defaults below it, and says which settings reach the
// watch of a rule.
//
// It does not connect to anything, and it reads a secret only when it is asked
// for the secrets of a connection. It runs no command, whatever a file says.
package config

import (
	"time"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/build"
)

// Config is the configuration of one run.
type Config struct {
	// File is the configuration file, or nil where there is none and the
	// defaults count.
	File *diag.File
	// Dir is the folder that paths of the configuration are relative to: the
	// file's, else the working folder.
	Dir string

	Owner     string
	Rules     []Text
	Pipelines []Text
	// Fields is the path of the file with pinned field types, or empty.
	Fields   Text
	Query    Query
	Indices  []Index
	Watch    Watch
	Levels   map[string]Layer
	Actions  []Action
	Routes   []Route
	Targets  []Target
	Sync     Sync
	Accepted []Accepted
	Scalars  *Scalars

	// fields is the path behind Fields, fit to be opened.
	fields string
	// named tells whether file or environment say whose the watches are.
	named bool
}

// Query says how rules become queries.
type Query struct {
	Form          string // auto, query_string or dsl
	Case          string // insensitive or as-written
	KeywordFields []string
	// AllowApproximate lets queries through that find more than the
	// rule means; the plan says so of each.
	AllowApproximate bool

	approximate string // what the file says
}

// Index says where the events of a log source lie.
type Index struct {
	LogSource LogSource
	Names     []string
}

// Watch holds what all watches start from.
type Watch struct {
	// ID is the template of the watch id, or empty for the usual one.
	ID string
	Layer

	idSpan diag.Span
}

// Layer is what watch or one of the levels says about watches. What is nil is
// not said.
type Layer struct {
	Schedule *build.Schedule
	Field    *string
	Lateness *time.Duration
	Length   *time.Duration
	Hits     *int

	span diag.Span
}

// Action is an action of watches under the name that routes know it by.
type Action struct {
	ID   string
	Span diag.Span
	Body *watcher.Object
}

// Route gives the rules that it matches some actions.
type Route struct {
	Match   Match
	Actions []Text
}

// Target is a cluster with what is needed to connect.
type Target struct {
	Name     string
	Span     diag.Span
	URLs     []Text
	APIKey   Secret
	Username string
	Password Secret
	CA       string
}

// Sync says what a run may do.
type Sync struct {
	Policy     string // sync, upsert-only or create-only
	MaxDeletes int
}

// Accepted is a rule that is known to be refused.
type Accepted struct {
	Rule string
	Code string
	Span diag.Span
}

// fresh returns a configuration in which nothing is said but what no scalar
// setting holds.
func fresh(dir string) *Config {
	return &Config{
		Dir:    dir,
		Watch:  Watch{Layer: defaultLayer()},
		Levels: map[string]Layer{},
		Sync:   Sync{MaxDeletes: unsaid},
	}
}

// unsaid is a number that a file cannot say.
const unsaid = -1

func defaultLayer() Layer {
	return Layer{
		Schedule: &build.Schedule{Every: 5 * time.Minute},
		Field:    new("@timestamp"),
		Lateness: new(2 * time.Minute),
	}
}

// over returns the layer with what the upper one says put over it.
func (l Layer) over(upper Layer) Layer {
	return Layer{
		Schedule: first(upper.Schedule, l.Schedule),
		Field:    first(upper.Field, l.Field),
		Lateness: first(upper.Lateness, l.Lateness),
		Length:   first(upper.Length, l.Length),
		Hits:     first(upper.Hits, l.Hits),
	}
}

func first[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}
