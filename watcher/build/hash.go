package build

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
)

// RuleHash covers a rule in its canonical form and the pipelines that it went
// through, given by their own hash (empty without any).
func RuleHash(canonical []byte, pipelines string) string {
	sum := sha256.New()
	sum.Write(canonical)
	sum.Write([]byte("\x00" + pipelines))
	return "sha256:" + hex.EncodeToString(sum.Sum(nil))
}

// SettingsHash covers all settings that reach a watch but for the version of
// the program and the rule's hash. Secrets do not count: a hash in the
// metadata would let anyone who may read watches try guesses.
func SettingsHash(s Settings) string {
	active := any(nil)
	if s.Active != nil {
		active = *s.Active
	}
	t := settingsText{out: make([]byte, 0, 512)}
	t.text("owner", s.Owner)
	t.text("id", s.IDTemplate)
	t.tree("number", number(s.Number))
	t.text("every", s.Schedule.Every.String())
	t.text("cron", s.Schedule.Cron)
	t.text("interval", s.Schedule.Interval)
	t.text("field", s.Window.field())
	t.text("lateness", s.Window.Lateness.String())
	t.text("length", s.Window.Length.String())
	t.tree("hits", number(s.Hits))
	t.list("indices", s.Indices)
	t.tree("actions", blankedActions(s.Actions))
	t.tree("active", active)
	t.text("form", s.Form)
	t.text("case", s.Case)
	t.list("keyword_fields", s.KeywordFields)
	t.text("version", s.version().String())
	// Settings of before field types were known keep their hash.
	if len(s.FieldTypes) > 0 {
		t.list("field_types", s.FieldTypes)
	}
	if s.AllowApproximate {
		t.tree("allow_approximate", true)
	}
	return hash(append(t.out, '}'))
}

func blankedActions(list []Action) *watcher.Object {
	actions := watcher.NewObject(len(list))
	for _, a := range list {
		actions.Members = append(actions.Members, watcher.Member{Name: a.ID, Value: blanked(a.Body)})
	}
	return actions
}

// settingsText is the object of all settings as it is written.
type settingsText struct{ out []byte }

func (t *settingsText) name(name string) {
	before := byte(',')
	if len(t.out) == 0 {
		before = '{'
	}
	t.out = append(watcher.AppendText(append(t.out, before), name), ':')
}

func (t *settingsText) text(name, value string) {
	t.name(name)
	t.out = watcher.AppendText(t.out, value)
}

func (t *settingsText) tree(name string, value any) {
	t.name(name)
	t.out = watcher.Append(t.out, value)
}

func (t *settingsText) list(name string, values []string) {
	t.name(name)
	t.out = append(t.out, '[')
	for i, v := range values {
		if i > 0 {
			t.out = append(t.out, ',')
		}
		t.out = watcher.AppendText(t.out, v)
	}
	t.out = append(t.out, ']')
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	text := append(make([]byte, 0, len("sha256:")+2*len(sum)), "sha256:"...)
	return string(hex.AppendEncode(text, sum[:]))
}

// blanked is the value without what GET would not show either.
func blanked(v any) any {
	switch v := v.(type) {
	case *watcher.Object:
		if v == nil {
			return object()
		}
		if !secretive(v) {
			return v
		}
		out := watcher.NewObject(len(v.Members))
		for _, m := range v.Members {
			if secret(m.Name) {
				m.Value = ""
			}
			out.Members = append(out.Members, watcher.Member{Name: m.Name, Value: blanked(m.Value)})
		}
		return out
	case []any:
		if !secretive(v) {
			return v
		}
		out := make([]any, len(v))
		for i := range v {
			out[i] = blanked(v[i])
		}
		return out
	default:
		return v
	}
}

// secretive reports whether blanked changes anything in a value.
func secretive(v any) bool {
	switch v := v.(type) {
	case *watcher.Object:
		return v == nil || slices.ContainsFunc(v.Members, func(m watcher.Member) bool { return secret(m.Name) || secretive(m.Value) })
	case []any:
		return slices.ContainsFunc(v, secretive)
	default:
		return false
	}
}

func secret(name string) bool {
	return strings.EqualFold(name, "password") || strings.EqualFold(name, "authorization")
}
