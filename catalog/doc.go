// Package catalog documents Sigma rules: it makes a model of all rules with
// what is known about them (tactics and techniques of ATT&CK 19.1, the data
// they need, how to switch that on, tests that trigger them, their queries and
// watches), and pages of that model.
//
// There are three layouts: the page of Atomic Threat Coverage in two old forms,
// byte for byte, and the same page made right. Pages depend on the rules and
// on what is passed in alone: no clock, no network, no host name.
//
// The package knows no configuration and no cluster, and it translates
// nothing: queries and watches are handed in. It writes no files either; what
// keeps an output folder is package folder.
package catalog

//go:generate go run ./internal/gen -out data
