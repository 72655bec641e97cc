package sigma

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
)

// Canonical returns bytes that are the same for two rules exactly if the rules
// say the same: every field that the specification knows, the detections with
// their typed values, the conditions as trees, and the custom attributes but
// the key sigwatch, which is about the watch and not the rule. Comments,
// places, layout and the file's name do not count; the order of what has an
// order in the file does.
func (r *Rule) Canonical() []byte {
	w := &canonical{out: make([]byte, 0, usualRule)}
	for _, f := range []struct{ name, value string }{
		{"title", r.Title},
		{"id", r.ID},
		{"name", r.Name},
		{"status", r.Status},
		{"level", r.Level},
		{"description", r.Description},
		{"license", r.License},
		{"author", r.Author},
		{"date", r.Date},
		{"modified", r.Modified},
		{"taxonomy", r.Taxonomy},
		{"category", r.LogSource.Category},
		{"product", r.LogSource.Product},
		{"service", r.LogSource.Service},
		{"definition", r.LogSource.Definition},
		{"timeframe", r.Detection.Timeframe},
	} {
		w.line(f.name, f.value)
	}
	w.lists(r)
	w.detection(r.Detection)
	for _, a := range r.Custom {
		if a.Key != "sigwatch" {
			w.line("custom", a.Key, plainText(a.Value))
		}
	}
	return w.out
}

// Hash returns the canonical form's digest as "sha256:" and hexadecimal
// digits.
func (r *Rule) Hash() string {
	sum := sha256.Sum256(r.Canonical())
	return "sha256:" + hex.EncodeToString(sum[:])
}

// usualRule is what most rules need in canonical form, in bytes.
const usualRule = 4 << 10

// canonical writes lines of texts, each after its length: nothing in a text
// can look like another line.
type canonical struct{ out []byte }

func (w *canonical) line(name string, values ...string) {
	w.out = append(w.out, name...)
	for _, v := range values {
		w.out = append(w.out, ' ')
		w.out = strconv.AppendInt(w.out, int64(len(v)), 10)
		w.out = append(append(w.out, ':'), v...)
	}
	w.out = append(w.out, '\n')
}

func (w *canonical) lists(r *Rule) {
	w.line("references", r.References...)
	w.line("tags", r.Tags...)
	w.line("fields", r.Fields...)
	w.line("falsepositives", r.FalsePositives...)
	w.line("scope", r.Scope...)
	for _, related := range r.Related {
		w.line("related", related.ID, related.Type)
	}
}

func (w *canonical) detection(d Detection) {
	for _, s := range d.Searches {
		w.line("search", s.Name)
		w.node(s.Node)
	}
	for _, c := range d.Conditions {
		if c.Expr == nil {
			w.line("condition", c.Text)
			continue
		}
		w.line("condition", c.Expr.String())
	}
}

func (w *canonical) node(n Node) {
	switch n := n.(type) {
	case *AllOf:
		w.kids("all", n.Kids)
	case *AnyOf:
		w.kids("any", n.Kids)
	case *Not:
		w.kids("not", []Node{n.Kid})
	case *Item:
		w.item(n)
	}
}

func (w *canonical) kids(name string, kids []Node) {
	w.line(name, strconv.Itoa(len(kids)))
	for _, kid := range kids {
		w.node(kid)
	}
}

func (w *canonical) item(i *Item) {
	w.line("item", i.Field, strconv.FormatBool(i.All), strconv.FormatBool(i.Negated), strconv.Itoa(len(i.Values)))
	for _, v := range i.Values {
		w.value(v.Value)
	}
}

func (w *canonical) value(v Value) {
	switch v := v.(type) {
	case String:
		w.text(v)
	case Regex:
		w.line("regex", v.Pattern, fmt.Sprint(v.IgnoreCase, v.MultiLine, v.DotAll, v.Expand))
	case Compare:
		w.line("compare", string(v.Op))
		w.value(v.Value)
	case Expansion:
		w.line("expansion", strconv.Itoa(len(v)))
		for _, member := range v {
			w.value(member)
		}
	default:
		w.line("value", fmt.Sprintf("%T %v", v, v))
	}
}

func (w *canonical) text(s String) {
	parts := []string{strconv.FormatBool(s.Cased)}
	for _, p := range s.Parts {
		parts = append(parts, strconv.Itoa(int(p.Kind))+p.Text)
	}
	w.line("text", parts...)
}

// plainText prints plain data; encoding/json sorts the keys of maps.
func plainText(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}
