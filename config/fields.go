package config

import (
	"os"
	"path/filepath"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// pin settles which file holds the field types. What the file says is relative
// to its folder; what a flag or the environment says, to the working folder.
func (c *Config) pin(path string) {
	if path == "" {
		return
	}
	c.fields = path
	if path != inFolder(c.Dir, c.Fields.Value) {
		c.Fields = Text{Value: path}
	}
}

// Types returns the pinned field types, or nil where no file is named.
func (c *Config) Types() (*query.Types, []diag.Diagnostic) {
	if c.fields == "" {
		return nil, nil
	}
	text, err := readLimited(c.fields, maxFields)
	if err != nil {
		d := diag.Diagnostic{
			Span: c.Fields.Span, Severity: diag.Error, Code: "config/unreadable",
			Message: "the field types cannot be read: " + filepath.ToSlash(c.Fields.Value) + ": " + reason(err),
		}
		if os.IsNotExist(err) {
			d.Hint = "paths are relative to the configuration's folder, those of --fields to the working folder"
		}
		return nil, []diag.Diagnostic{d}
	}
	return query.ParseTypes(diag.NewFile(c.Fields.Value, text))
}
