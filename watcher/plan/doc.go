// Package plan compares the watches that rules and configuration ask for with
// those that a cluster holds, and says what would have to be done: which watch
// to create, update, switch or delete, which to leave alone, and why.
//
// Ownership, holding and the guards against unwanted deletions are decided
// here and nowhere else (product.md 6).
//
// The package is pure: it reads no clock, file, network or environment, writes
// nothing to a cluster, and gives the same plan for the same input in whatever
// order the input comes. Carrying a plan out is package reconcile's work.
package plan
