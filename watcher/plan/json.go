package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/watcher"
)

// JSONSchema names the form that JSON writes.
const JSONSchema = "sigwatch/plan/v1"

// JSONOptions say how JSON writes a plan.
type JSONOptions struct {
	// Target is the name of the cluster, as the configuration has it.
	Target string
	// Line writes the document on one line.
	Line bool
}

type document struct {
	Schema      string        `json:"schema"`
	Target      string        `json:"target"`
	Owner       string        `json:"owner"`
	Summary     Summary       `json:"summary"`
	Changes     []jsonChange  `json:"changes"`
	Diagnostics []diag.Record `json:"diagnostics"`
}

type jsonChange struct {
	Action Action      `json:"action"`
	Watch  string      `json:"watch"`
	Rule   jsonRule    `json:"rule"`
	Reason string      `json:"reason"`
	Cause  Cause       `json:"cause"`
	Fields []jsonField `json:"fields"`
	Result Result      `json:"result,omitempty"`
	Error  string      `json:"error,omitempty"`
}

type jsonRule struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	File  string `json:"file"`
}

// jsonField leaves Before or After out where there is no value.
type jsonField struct {
	Path   string          `json:"path"`
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// JSON writes the plan as product.md 2 lays it down: one document, ended by a
// line feed. Unchanged watches are counted and not listed. A plan that was
// never computed, because of a fatal error, is written like any other: it has
// an owner and diagnostics.
func JSON(w io.Writer, p Plan, opt JSONOptions) error {
	doc := document{
		Schema: JSONSchema, Target: opt.Target, Owner: p.Owner, Summary: p.Summary,
		Changes: jsonChanges(p.Changes), Diagnostics: records(p.Diagnostics),
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if !opt.Line {
		enc.SetIndent("", "  ")
	}
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("encode plan: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}

func jsonChanges(changes []Change) []jsonChange {
	out := []jsonChange{}
	for i := range changes {
		c := &changes[i]
		if c.Action == Keep && c.Result == "" {
			continue
		}
		out = append(out, jsonChange{
			Action: c.Action, Watch: c.Watch, Rule: jsonRule(c.Rule), Reason: withCode(c),
			Cause: c.Cause, Fields: jsonFields(c.Fields), Result: c.Result, Error: c.Error,
		})
	}
	return out
}

// withCode ends the reason with the code of the diagnostic, which the form has
// no place of its own for.
func withCode(c *Change) string {
	if c.Code == "" {
		return c.Reason
	}
	return fmt.Sprintf("%s (%s)", c.Reason, c.Code)
}

func jsonFields(fields []watcher.Change) []jsonField {
	out := []jsonField{}
	for _, f := range fields {
		out = append(out, jsonField{Path: f.Path, Before: raw(f.Before), After: raw(f.After)})
	}
	return out
}

func raw(v any) json.RawMessage {
	if _, absent := v.(watcher.Absent); absent {
		return nil
	}
	return watcher.Encode(v)
}

func records(ds []diag.Diagnostic) []diag.Record {
	out := []diag.Record{}
	for _, d := range ds {
		out = append(out, diag.JSON(d))
	}
	return out
}
