// Command gen writes the tables that package catalog embeds from the recorded
// data of ATT&CK, Atomic Threat Coverage and Atomic Red Team. It is run by hand
// when that data changes; a test compares its output with the files.
//
// It keeps what the pages show and nothing else, one record a line, so that a
// change of the data can be reviewed.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	data := flag.String("data", os.Getenv("SIGWATCH_SHARED"), "folder that holds data/atc")
	out := flag.String("out", ".", "folder to write to")
	flag.Parse()
	if err := run(*data, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(data, out string) error {
	files, err := generate(data)
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(out, name), text, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// generate returns the text of each file.
func generate(data string) (map[string][]byte, error) {
	if data == "" {
		return nil, errors.New("name the data folder with -data or SIGWATCH_SHARED")
	}
	r := &reader{dir: filepath.Join(data, "data", "atc")}
	files := map[string][]byte{
		"attack.json":    r.attack(),
		"needs.json":     r.needs(),
		"policies.json":  r.policies(),
		"triggers.json":  r.triggers(),
		"logsource.json": r.logSources(),
		"atc2019.json":   r.old(),
	}
	return files, r.err
}

// reader reads the recorded data. The first error sticks.
type reader struct {
	dir string
	err error
}

func (r *reader) read(name string, into any) {
	if r.err != nil {
		return
	}
	text, err := os.ReadFile(filepath.Join(r.dir, name))
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		r.err = fmt.Errorf("read %s: %w", name, err)
	}
}

// section is a list of a file, each record on a line of its own, or one value.
type section struct {
	name    string
	value   any
	records []any
}

func list[T any](name string, of []T) section {
	s := section{name: name, records: make([]any, len(of))}
	for i, v := range of {
		s.records[i] = v
	}
	return s
}

// write writes a file of sections.
func (r *reader) write(sections ...section) []byte {
	var b bytes.Buffer
	for i, s := range sections {
		b.WriteString(map[bool]string{true: "{\n", false: ",\n"}[i == 0])
		fmt.Fprintf(&b, "%q: ", s.name)
		if s.records == nil {
			b.Write(r.encode(s.value))
			continue
		}
		b.WriteString("[\n")
		for n, record := range s.records {
			b.Write(r.encode(record))
			b.WriteString(map[bool]string{true: ",\n", false: "\n"}[n < len(s.records)-1])
		}
		b.WriteString("]")
	}
	b.WriteString("\n}\n")
	return b.Bytes()
}

func (r *reader) encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil && r.err == nil {
		r.err = err
	}
	return bytes.TrimSpace(b.Bytes())
}
