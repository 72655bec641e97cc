package diag

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
)

// SARIF says what a log in the format SARIF 2.1.0 needs besides the findings.
type SARIF struct {
	// Tool and Version name the program.
	Tool, Version string
	// Home is the address of the program's pages, without a slash at the end.
	Home string
	// Pages is the address of the pages about codes, with a slash at the end.
	Pages string
	// Name gives the name of a file relative to the repository's root; nil
	// leaves names as they are.
	Name func(string) string
}

// sarifSchema is where the OASIS publishes the schema of 2.1.0.
const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool     `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version,omitempty"`
	URI     string      `json:"informationUri,omitempty"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string      `json:"id"`
	ShortDescription sarifText   `json:"shortDescription"`
	Help             sarifText   `json:"help"`
	HelpURI          string      `json:"helpUri"`
	Default          sarifConfig `json:"defaultConfiguration"`
}

type sarifConfig struct {
	Level string `json:"level"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Level        string            `json:"level"`
	Message      sarifText         `json:"message"`
	Locations    []sarifLocation   `json:"locations"`
	Fingerprints map[string]string `json:"partialFingerprints"`
}

type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

// sarifRegion counts columns in UTF-16 units; EndColumn is the one behind the
// last.
type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
	EndLine     int `json:"endLine,omitempty"`
	EndColumn   int `json:"endColumn,omitempty"`
}

// Write writes the findings as one log, in the order given. Two runs over the
// same input write the same bytes; a finding keeps its fingerprint when lines
// are added above it. A finding that belongs to no file is left out: GitHub
// takes none without a place. The error is the writer's.
func (s SARIF) Write(w io.Writer, ds []Diagnostic) error {
	run := sarifRun{ColumnKind: "utf16CodeUnits", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: s.Tool, Version: s.Version, URI: s.Home, Rules: s.rules(ds)}
	seen := map[string]int{}
	for _, d := range ds {
		if r, ok := s.result(d, run.Tool.Driver.Rules, seen); ok {
			run.Results = append(run.Results, r)
		}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}}); err != nil {
		return fmt.Errorf("write SARIF: %w", err)
	}
	return nil
}

// rules describes the codes that occur, sorted.
func (s SARIF) rules(ds []Diagnostic) []sarifRule {
	rules := []sarifRule{}
	worst := map[string]Severity{}
	for _, d := range ds {
		if at, ok := worst[d.Code]; !ok || d.Severity > at {
			worst[d.Code] = d.Severity
		}
	}
	for code, severity := range worst {
		_, name, _ := strings.Cut(code, "/")
		page := s.Pages + code + ".md"
		rules = append(rules, sarifRule{
			ID: code, HelpURI: page, Default: sarifConfig{sarifLevel(severity)},
			ShortDescription: sarifText{strings.ReplaceAll(name, "-", " ")},
			Help:             sarifText{"What it means and what to do: " + page},
		})
	}
	slices.SortFunc(rules, func(a, b sarifRule) int { return strings.Compare(a.ID, b.ID) })
	return rules
}

func sarifLevel(s Severity) string {
	if s == Info {
		return "note"
	}
	return s.String()
}

func (s SARIF) result(d Diagnostic, rules []sarifRule, seen map[string]int) (sarifResult, bool) {
	name := fileName(d)
	if name == "" {
		return sarifResult{}, false
	}
	text := d.Message
	if d.Hint != "" {
		text += "\n" + d.Hint
	}
	index, _ := slices.BinarySearchFunc(rules, d.Code, func(r sarifRule, code string) int { return strings.Compare(r.ID, code) })
	return sarifResult{
		RuleID: d.Code, RuleIndex: index, Level: sarifLevel(d.Severity), Message: sarifText{text},
		Locations:    []sarifLocation{{sarifPhysical{sarifArtifact{relativeURI(renamed(s.Name, name))}, region(d)}}},
		Fingerprints: map[string]string{"primaryLocationLineHash": fingerprint(d, seen)},
	}, true
}

// relativeURI is a path as a URI reference: percent-encoded, and with nothing
// that could be taken for a scheme.
func relativeURI(name string) string {
	u := url.URL{Path: name}
	return u.String()
}

func region(d Diagnostic) *sarifRegion {
	if !d.Span.IsValid() {
		return &sarifRegion{StartLine: 1}
	}
	line, column := units(d.Span.File, d.Span.Start)
	if d.LineOnly {
		return &sarifRegion{StartLine: line}
	}
	endLine, endColumn := units(d.Span.File, d.Span.Start+len(strings.TrimRight(d.Span.Text(), " \t\r\n")))
	return &sarifRegion{StartLine: line, StartColumn: column, EndLine: endLine, EndColumn: endColumn}
}

// units returns the place of an offset with the column in UTF-16 units.
func units(f *File, offset int) (line, column int) {
	at := f.Position(offset)
	column = 1
	for i, r := range []rune(f.Line(at.Line)) {
		if i >= at.Column-1 {
			break
		}
		column += max(utf16.RuneLen(r), 1)
	}
	return at.Line, column
}

// fingerprint is the same for a finding as long as its code, its file and the
// text of its line are; the second one of the same gets another number.
func fingerprint(d Diagnostic, seen map[string]int) string {
	line := ""
	if at := d.Span.Position(); at.Line > 0 {
		line = strings.Join(strings.Fields(d.Span.File.Line(at.Line)), " ")
	}
	sum := sha256.Sum256([]byte(d.Code + "\x00" + fileName(d) + "\x00" + line))
	key := hex.EncodeToString(sum[:8])
	seen[key]++
	return fmt.Sprintf("%s:%d", key, seen[key])
}
