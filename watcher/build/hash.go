package build

import (
	"crypto/sha256"
	"encoding/hex"
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
	actions := object()
	for _, a := range s.Actions {
		actions.Members = append(actions.Members, watcher.Member{Name: a.ID, Value: blanked(a.Body)})
	}
	active := any(nil)
	if s.Active != nil {
		active = *s.Active
	}
	return hash(watcher.Encode(known(s, object(
		"owner", s.Owner, "id", s.IDTemplate, "number", number(s.Number),
		"every", s.Schedule.Every.String(), "cron", s.Schedule.Cron, "interval", s.Schedule.Interval,
		"field", s.Window.field(), "lateness", s.Window.Lateness.String(), "length", s.Window.Length.String(),
		"hits", number(s.Hits), "indices", list(s.Indices), "actions", actions, "active", active,
		"form", s.Form, "case", s.Case, "keyword_fields", list(s.KeywordFields),
		"version", s.version().String(),
	))))
}

// known adds the field types where there are any, and what they let through:
// settings of before these were known keep their hash.
func known(s Settings, settings *watcher.Object) *watcher.Object {
	if len(s.FieldTypes) > 0 {
		settings.Set("field_types", list(s.FieldTypes))
	}
	if s.AllowApproximate {
		settings.Set("allow_approximate", true)
	}
	return settings
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// blanked is the value without what GET would not show either.
func blanked(v any) any {
	switch v := v.(type) {
	case *watcher.Object:
		out := object()
		if v == nil {
			return out
		}
		for _, m := range v.Members {
			if secret(m.Name) {
				m.Value = ""
			}
			out.Members = append(out.Members, watcher.Member{Name: m.Name, Value: blanked(m.Value)})
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = blanked(v[i])
		}
		return out
	default:
		return v
	}
}

func secret(name string) bool {
	return strings.EqualFold(name, "password") || strings.EqualFold(name, "authorization")
}
