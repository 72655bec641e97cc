// Package reconcile carries a plan out: in its order, several writes at a
// time, each watch read again just before it is changed, each write tried
// again where that can help.
//
// It decides neither what is ours nor what may be deleted: a watch that
// changed since the plan saw it is planned anew by package plan. It knows no
// HTTP: what it needs of a cluster is the Store, which package elastic is.
package reconcile
