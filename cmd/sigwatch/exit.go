package main

import (
	"errors"
	"slices"

	"github.com/sigwatch/sigwatch/diag"
)

// The exit codes: one table for all commands (docs/commands/exit-codes.md).
const (
	exitDone     = 0
	exitFindings = 1
	exitPending  = 2
	exitRefused  = 3
	exitGuard    = 4
	exitCluster  = 5
	exitUsage    = 64
	exitConfig   = 78
)

// worst returns the code that counts when several apply.
func worst(codes ...int) int {
	for _, c := range []int{exitConfig, exitUsage, exitCluster, exitGuard, exitPending, exitRefused, exitFindings} {
		if slices.Contains(codes, c) {
			return c
		}
	}
	return exitDone
}

// ended is how a command says a code other than 0 after it said all else that
// there was to say.
type ended int

func (e ended) Error() string { return "ended" }

// end returns nothing for code 0.
func end(code int) error {
	if code == exitDone {
		return nil
	}
	return ended(code)
}

// failure is an error of the world with its exit code, and what to do about
// it.
type failure struct {
	code int
	err  error
	hint string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usageError says that the command line is wrong.
func usageError(err error, hint string) error {
	return &failure{code: exitUsage, err: err, hint: hint}
}

// misconfigured carries what is wrong with the configuration.
type misconfigured struct {
	found []diag.Diagnostic
	hint  string
}

func (m *misconfigured) Error() string { return "the configuration is wrong" }

// codeOf returns the exit code of an error of a command. What nobody gave a
// code is the world's: a full disk, a closed pipe.
func codeOf(err error) int {
	var e ended
	var f *failure
	var m *misconfigured
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &e):
		return int(e)
	case errors.As(err, &f):
		return f.code
	case errors.As(err, &m):
		return exitConfig
	default:
		return exitCluster
	}
}
