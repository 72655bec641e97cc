package main

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"sync"
	// An image made from scratch has no time zones; the system's own are
	// preferred where there are any.
	_ "time/tzdata"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// rootsFor sees to it that there are CA roots where an address needs them.
func rootsFor(addresses []string) error {
	secure := func(address string) bool { return strings.HasPrefix(strings.ToLower(address), "https:") }
	if !slices.ContainsFunc(addresses, secure) {
		return nil
	}
	return fallbackRoots()
}

// fallbackRoots gives the process CA roots where the system has none, as in an
// image made from scratch. Only a first call does anything: it costs some
// milliseconds, which commands without a connection need not pay.
var fallbackRoots = sync.OnceValue(func() error {
	pool := x509.NewCertPool()
	for c := range bundle.Roots() {
		cert, err := x509.ParseCertificate(c.Certificate)
		switch {
		case err != nil:
			return fmt.Errorf("read the built-in CA roots: %w", err)
		case c.Constraint != nil:
			pool.AddCertWithConstraint(cert, c.Constraint)
		default:
			pool.AddCert(cert)
		}
	}
	x509.SetFallbackRoots(pool)
	return nil
})
