//go:build tools

// Package tools pins the tools of the build, apart from the program's own
// dependencies.
package tools

import (
	_ "github.com/golangci/golangci-lint/v2/cmd/golangci-lint"
	_ "golang.org/x/tools/cmd/deadcode"
)
