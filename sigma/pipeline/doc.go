// Package pipeline reads processing pipelines in pySigma's format and applies
// them to rules: it renames fields, adds conditions, replaces values and
// refuses what a target cannot know. The format is that of pySigma 1.5.
//
// A pipeline is read by [Parse], or taken from those that come with sigwatch
// by [Builtin]. [NewChain] puts several in order, and [Chain.Apply] gives the
// changed copy of a rule.
//
// Each transformation is one type with one row in the table of table.go, each
// condition one type with one row in the tables of conditions.go; the order of
// a pipeline's file is the order of its work.
//
// [Chain.Postprocess] and [Chain.Finalize] carry postprocessing and finalizers
// out for those who print queries; templates are Go's text/template, with
// limits on work and size and nothing that reaches outside.
//
// The package reads no files but those that a pipeline names, out of the
// [Folder] that it is given, and once; it knows no target's text, and runs no
// Jinja, no Python, no command and no request. Where pySigma links the copies
// of a negated or absent field by OR, lets a wildcard after a backslash turn
// into text, or overwrites a detection that has the name of an added one, it
// does what the rule means instead.
package pipeline
