// Package elastic talks to the Watcher API of a cluster: it lists, reads,
// writes, deletes and switches watches, and says in plain words what is wrong
// when it cannot.
//
// Watches go through as JSON trees, never as the client library's types, which
// lose what they do not know. The library's product check is replaced by an
// own one: the library's comes after the first request took effect, and fails
// on servers older than 7.14 (spec/go-elasticsearch.md 3 and 4).
//
// The package decides nothing: what is ours, what may be deleted and what has
// to change is package plan's to say. Reads are tried again here; writes are
// tried once, and trying them again is package reconcile's work. Nothing is
// read from the environment but what Go's own HTTP transport reads for
// proxies. Neither bodies nor secrets are logged.
package elastic
