// Package lint says what a reviewer of detection rules would say: conditions
// that can never match or always do, parts without effect, slips in values and
// regular expressions, tags and dates that are wrong, and what only shows over
// all rules at once, such as an id given twice. It also applies the comments
// that silence a finding.
//
// It repeats nothing that the stages of the compiler report themselves: a rule
// that cannot be read or said is their matter. It changes no rule, translates
// nothing, and reads no files.
//
// An error is proven: such a rule cannot do what its author wants. A warning is
// worth a look each time; what is often meant as it stands is only a remark.
package lint
