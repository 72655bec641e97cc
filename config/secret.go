package config

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/diag/yamlnode"
)

// Secret is where a secret is found. The secret itself is read by Read alone,
// so that a Config can be printed without showing it; one written in the open
// stays behind a function, which fmt does not look into.
type Secret struct {
	// Env is the environment variable that holds it; it begins with SIGWATCH_.
	Env string
	// File is the path of the file that holds it, relative to the folder of
	// the configuration.
	File  string
	Span  diag.Span
	plain func() string
}

// open returns a secret that stands in the open.
func open(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{plain: func() string { return text }}
}

// IsSet tells whether there is such a secret.
func (s Secret) IsSet() bool { return s.Env != "" || s.File != "" || s.plain != nil }

// String never shows the secret.
func (s Secret) String() string {
	switch {
	case s.Env != "":
		return "{env: " + s.Env + "}"
	case s.File != "":
		return "{file: " + s.File + "}"
	case s.plain != nil:
		return "(a secret)"
	default:
		return ""
	}
}

// GoString never shows the secret either.
func (s Secret) GoString() string { return s.String() }

// Read fetches the secret. Files are looked for from the folder dir; blanks
// and line ends around their content do not count. An empty secret is an
// error.
func (s Secret) Read(dir string) (string, error) {
	switch {
	case s.Env != "":
		v := strings.TrimSpace(os.Getenv(s.Env))
		if v == "" {
			return "", fmt.Errorf("the environment variable %s is empty or not set", s.Env)
		}
		return v, nil
	case s.File != "":
		return readSecretFile(inFolder(dir, s.File))
	case s.plain != nil:
		return s.plain(), nil
	default:
		return "", nil
	}
}

func readSecretFile(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read a secret: %w", err)
	}
	v := strings.TrimSpace(string(text))
	if v == "" {
		return "", fmt.Errorf("the secret's file %s is empty", path)
	}
	return v, nil
}

// inFolder returns the path as seen from the folder dir.
func inFolder(dir, path string) string {
	if filepath.IsAbs(path) || dir == "" {
		return filepath.FromSlash(path)
	}
	return filepath.Join(dir, filepath.FromSlash(path))
}

func (r *reader) secret(to *Secret) func(*yaml.Node) {
	return func(n *yaml.Node) {
		n, ok := r.resolve(n)
		if !ok {
			return
		}
		to.Span = r.span(n)
		if n.Kind == yaml.ScalarNode {
			r.openSecret(n, to)
			return
		}
		before := len(r.ds)
		r.mapping(n, key{"env", r.secretEnv(to)}, key{"file", r.setText(&to.File)})
		if (to.Env == "") == (to.File == "") && len(r.ds) == before {
			r.report(to.Span, "config/bad-value", "write {env: SIGWATCH_…} or {file: PATH}", "a secret is either in a variable or in a file")
		}
	}
}

func (r *reader) openSecret(n *yaml.Node, to *Secret) {
	if yamlnode.IsNull(n) || n.Value == "" {
		r.wrongType(n, "a secret", "write {env: SIGWATCH_…} or {file: PATH}")
		return
	}
	to.plain = open(n.Value).plain
	r.hide = append(r.hide, hidden{start: to.Span.Start, value: n.Value})
	r.warn(to.Span, "config/open-secret", "write {env: SIGWATCH_…} or {file: PATH} instead", "a secret is written in the open")
}

// hidden is a text of the file that no diagnostic may show.
type hidden struct {
	start int
	value string
}

// hideSecrets lets the diagnostics point into a copy of the file that shows
// asterisks where secrets stand: they print the line that they are about.
func (r *reader) hideSecrets() {
	if len(r.hide) == 0 {
		return
	}
	masked := diag.NewFile(r.file.Name, mask(r.file.Text, r.hide))
	for i := range r.ds {
		if r.ds[i].Span.File == r.file {
			r.ds[i].Span.File = masked
		}
	}
}

// mask keeps the length of the text, so that all spans stay right.
func mask(text []byte, hide []hidden) []byte {
	out := bytes.Clone(text)
	for _, h := range hide {
		for i := h.start; i < len(out) && out[i] != '\n' && out[i] != '\r'; i++ {
			out[i] = '*'
		}
		for line := range strings.Lines(h.value) {
			if line = strings.TrimSpace(line); len(line) > 3 {
				out = bytes.ReplaceAll(out, []byte(line), bytes.Repeat([]byte("*"), len(line)))
			}
		}
	}
	return out
}

func (r *reader) secretEnv(to *Secret) func(*yaml.Node) {
	return func(n *yaml.Node) {
		t, ok := r.text(n)
		if !ok {
			return
		}
		if !strings.HasPrefix(t.Value, "SIGWATCH_") {
			r.report(t.Span, "config/bad-value", "rename it to SIGWATCH_"+t.Value,
				"the variable %q does not begin with SIGWATCH_", t.Value)
			return
		}
		to.Env = t.Value
	}
}
