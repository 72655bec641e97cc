package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/diag/yamlnode"
)

// FileName is the name of the configuration file.
const FileName = "sigwatch.yaml"

// The bounds of the configuration file and of the file with field types, in
// bytes. An index of many integrations has some ten thousand fields.
const (
	maxSize   = 1 << 20
	maxFields = 16 << 20
)

// Load reads the configuration: the file that the scalar setting "config"
// names, else the first sigwatch.yaml from the folder dir upwards, else the
// defaults alone (File is nil then). All that is wrong is reported at once;
// with an error among the diagnostics the configuration is not fit for use.
func Load(dir string, s *Scalars) (*Config, []diag.Diagnostic) {
	ds := s.check()
	path := s.String("config")
	if path == "" {
		path = find(dir)
	}
	c, more := read(dir, path)
	ds = append(ds, more...)
	ds = append(ds, c.settle(s)...)
	diag.Sort(ds)
	return c, ds
}

// find looks for the file from the folder upwards. The name it returns is as
// seen from the folder.
func find(dir string) string {
	for name := FileName; ; name = filepath.Join("..", name) {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return name
		}
		if folder := filepath.Dir(path); folder == filepath.Dir(folder) {
			return ""
		}
	}
}

// read reads the file of that name as seen from the folder dir. Without a name
// there is nothing to read.
func read(dir, name string) (*Config, []diag.Diagnostic) {
	if name == "" {
		return fresh(dir), nil
	}
	path := inFolder(dir, name)
	c := fresh(filepath.Dir(path))
	text, err := readFile(path)
	if err != nil {
		return c, []diag.Diagnostic{{
			Severity: diag.Error, Code: "config/unreadable", Message: "the configuration cannot be read: " + reason(err) + ": " + name,
			Hint: "name it with --config, or leave that out to have sigwatch.yaml looked for",
		}}
	}
	c.File = diag.NewFile(filepath.ToSlash(name), text)
	return c, decodeFile(c)
}

func reason(err error) string {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}

func readFile(path string) ([]byte, error) { return readLimited(path, maxSize) }

// readLimited reads a file of at most that many bytes.
func readLimited(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("it is larger than %d MiB", most>>20)
	}
	return text, err
}

// decodeFile reads c.File into c.
func decodeFile(c *Config) []diag.Diagnostic {
	r := &reader{file: c.File}
	docs, err := yamlnode.Decode(c.File.Text)
	if len(docs) == 0 && err != nil {
		return []diag.Diagnostic{syntax(c.File, err)}
	}
	if len(docs) > 0 {
		r.decode(docs[0].Content[0], c)
	}
	r.check(c)
	switch {
	case len(docs) > 1:
		r.report(r.span(docs[1]), "config/syntax", "put all of it into one document", "the file has a second YAML document")
	case err != nil:
		r.ds = append(r.ds, syntax(c.File, err))
	}
	r.hideSecrets()
	return r.ds
}

// syntax says what the YAML parser does not like, at the line that it knows.
func syntax(file *diag.File, err error) diag.Diagnostic {
	at, message := yamlnode.Fault(file, err)
	return diag.Diagnostic{
		Span: at, LineOnly: true, Severity: diag.Error, Code: "config/syntax", Message: "this is no YAML: " + message,
		Hint: "blanks indent, never tabs; put texts with special characters in quotes",
	}
}

func (c *Config) action(id string) (Action, bool) {
	for _, a := range c.Actions {
		if a.ID == id {
			return a, true
		}
	}
	return Action{}, false
}

// settle puts the layers of the scalar settings together.
func (c *Config) settle(s *Scalars) []diag.Diagnostic {
	c.Scalars = s
	if err := s.file(c.said()); err != nil {
		return []diag.Diagnostic{{Severity: diag.Error, Code: "config/bad-value", Message: err.Error()}}
	}
	c.named = c.Owner != "" || os.Getenv("SIGWATCH_OWNER") != ""
	c.Owner = s.String("owner")
	c.pin(s.String("fields"))
	c.Query.AllowApproximate = s.String("query.allow_approximate") == "true"
	c.Query.Form, c.Query.Case = s.String("query.form"), s.String("query.case")
	c.Watch.ID = s.String("watch.id")
	c.Watch.Hits = new(s.Int("watch.hits"))
	c.Sync = Sync{Policy: s.String("sync.policy"), MaxDeletes: s.Int("sync.max_deletes")}
	if c.Query.KeywordFields == nil {
		c.Query.KeywordFields = []string{"message"}
	}
	if c.File == nil {
		c.Indices = []Index{{Names: []string{"logs-*"}}}
	}
	if !validOwner(c.Owner) {
		return []diag.Diagnostic{{Severity: diag.Error, Code: "config/bad-value", Message: "the environment variable SIGWATCH_OWNER holds no owner", Hint: ownerHint}}
	}
	return nil
}

// said returns the scalar settings that the file holds, as viper nests them.
func (c *Config) said() map[string]any {
	query, watch, sync := map[string]any{}, map[string]any{}, map[string]any{}
	say(query, "form", c.Query.Form)
	say(query, "allow_approximate", c.Query.approximate)
	say(query, "case", c.Query.Case)
	say(watch, "id", c.Watch.ID)
	say(sync, "policy", c.Sync.Policy)
	if c.Watch.Hits != nil {
		watch["hits"] = *c.Watch.Hits
	}
	if c.Sync.MaxDeletes != unsaid {
		sync["max_deletes"] = c.Sync.MaxDeletes
	}
	all := map[string]any{"query": query, "watch": watch, "sync": sync}
	say(all, "owner", c.Owner)
	if c.Fields.Value != "" {
		all["fields"] = inFolder(c.Dir, c.Fields.Value)
	}
	return all
}

func say(to map[string]any, name, value string) {
	if value != "" {
		to[name] = value
	}
}
