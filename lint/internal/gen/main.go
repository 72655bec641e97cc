// Command gen writes the tables of package lint from the recorded data: the
// techniques and tactics of MITRE ATT&CK, and the known log sources. It is run
// by hand when that data changes; a test compares its output with the files.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	data := flag.String("data", os.Getenv("SIGWATCH_SHARED"), "folder that holds data/atc and data/sigma")
	out := flag.String("out", ".", "folder to write to")
	flag.Parse()
	if err := run(*data, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(data, out string) error {
	if data == "" {
		return errors.New("name the data folder with -data or SIGWATCH_SHARED")
	}
	for _, t := range tables() {
		text, err := t.generate(filepath.Join(data, "data"))
		if err != nil {
			return fmt.Errorf("generate %s: %w", t.name, err)
		}
		if err := os.WriteFile(filepath.Join(out, t.name), text, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", t.name, err)
		}
	}
	return nil
}

// table is a file to write.
type table struct {
	name     string
	generate func(data string) ([]byte, error)
}

func tables() []table {
	return []table{{"attack.txt", attack}, {"logsources.txt", logSources}}
}

func read(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

const attackHead = `# MITRE ATT&CK for Enterprise, release %s, with what became of the ids of all releases before it.
# (c) The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation.
# Terms of use: https://attack.mitre.org/resources/legal-and-branding/terms-of-use/
# A line is: id, a tab, the name; behind a second tab the id that took its place, or - where none did.
# Written by internal/gen; do not edit.
`

// attack writes the techniques and tactics, with the successors of retired ones.
func attack(data string) ([]byte, error) {
	type row struct {
		ID, Name, Current string
		SigmaTag          string `json:"sigma_tag"`
	}
	var now struct {
		Version    string
		Techniques []row
	}
	var old struct {
		Replaced   []row
		Deprecated []row `json:"deprecated_without_replacement"`
	}
	var tactics struct{ Tactics, Retired []row }
	err := errors.Join(
		read(filepath.Join(data, "atc", "attack_techniques_current.json"), &now),
		read(filepath.Join(data, "atc", "attack_replacements.json"), &old),
		read(filepath.Join(data, "atc", "attack_tactics.json"), &tactics),
	)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, t := range tactics.Tactics {
		lines = append(lines, strings.ToLower(t.ID)+"\t"+t.Name, strings.TrimPrefix(t.SigmaTag, "attack.")+"\t"+t.Name)
	}
	for _, t := range tactics.Retired {
		lines = append(lines, strings.TrimPrefix(t.SigmaTag, "attack.")+"\t"+t.Name+"\t-")
	}
	for _, t := range now.Techniques {
		lines = append(lines, strings.ToLower(t.ID)+"\t"+t.Name)
	}
	for _, t := range old.Replaced {
		lines = append(lines, strings.ToLower(t.ID)+"\t\t"+strings.ToLower(t.Current))
	}
	for _, t := range old.Deprecated {
		lines = append(lines, strings.ToLower(t.ID)+"\t"+t.Name+"\t-")
	}
	return written(fmt.Sprintf(attackHead, now.Version), lines), nil
}

const sourcesHead = `# Log sources: those of the taxonomy appendix of the Sigma specification (public domain) and those that
# the public rules of SigmaHQ name. A line is: category, product, service, with - where there is none.
# Written by internal/gen; do not edit.
`

// logSources writes the known log sources.
func logSources(data string) ([]byte, error) {
	type source struct{ Category, Product, Service string }
	var used []source
	var taxonomy struct {
		Services   map[string]any `json:"windows_services"`
		Categories map[string]any `json:"windows_categories"`
		Others     []source       `json:"other_logsources"`
	}
	err := errors.Join(
		read(filepath.Join(data, "sigma", "sigmahq-logsources.json"), &used),
		read(filepath.Join(data, "atc", "sigma_logsource_map.json"), &taxonomy),
	)
	if err != nil {
		return nil, err
	}
	all := slices.Concat(used, taxonomy.Others)
	for name := range taxonomy.Services {
		all = append(all, source{Product: "windows", Service: name})
	}
	for name := range taxonomy.Categories {
		all = append(all, source{Product: "windows", Category: name})
	}
	var lines []string
	for _, s := range all {
		lines = append(lines, strings.ToLower(strings.Join([]string{cmp.Or(s.Category, "-"), cmp.Or(s.Product, "-"), cmp.Or(s.Service, "-")}, " ")))
	}
	return written(sourcesHead, lines), nil
}

func written(head string, lines []string) []byte {
	slices.Sort(lines)
	var b bytes.Buffer
	b.WriteString(head)
	for _, line := range slices.Compact(lines) {
		b.WriteString(line + "\n")
	}
	return b.Bytes()
}
