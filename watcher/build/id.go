package build

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// The server takes 512 bytes of nearly anything as an id
// (spec/watcher-api.md 3.3); ours are short and need no escaping anywhere.
const (
	maxID   = 200
	maxSlug = 80
)

// ID returns the id of the rule's watch, also where no watch can be built of
// the rule: what is held has to be found. It depends on the owner, the id
// template, the number and the rule's id or title. A rule without an id gets
// one from its title, with a warning: it changes with the title.
func ID(r *sigma.Rule, s Settings) (string, []diag.Diagnostic) {
	var ds []diag.Diagnostic
	key := r.ID
	if key == "" {
		key = titleKey(r.Title)
		ds = append(ds, noID(r))
	}
	id, unknown := fillID(s, r, key)
	for _, name := range unknown {
		ds = append(ds, unknownName(r.Span, name, idNames()))
	}
	id = strings.ToLower(id)
	if s.Number > 1 {
		id += "-" + strconv.Itoa(s.Number)
	}
	if why := badID(id); why != "" && len(unknown) == 0 {
		ds = append(ds, diag.Diagnostic{
			Span: r.Span, Severity: diag.Error, Code: "build/bad-id",
			Message: fmt.Sprintf("watch id %q %s", id, why),
			Hint:    "change watch.id or the owner: lower case letters, digits, _ and -, at most 200 of them",
		})
	}
	return id, ds
}

func fillID(s Settings, r *sigma.Rule, key string) (id string, unknown []string) {
	if s.IDTemplate == "" {
		return s.Owner + "-" + key, nil
	}
	values := map[string]string{"rule.id": key, "rule.level": slug(r.Level), "rule.status": slug(r.Status)}
	return fill(s.IDTemplate, func(name string) (string, bool) {
		v, ok := values[name]
		if !ok {
			unknown = append(unknown, name)
		}
		return v, ok
	}), unknown
}

func idNames() []string { return []string{"rule.id", "rule.level", "rule.status"} }

func titleKey(title string) string {
	sum := sha256.Sum256([]byte(title))
	short := hex.EncodeToString(sum[:4])
	if s := slug(title); s != "" {
		return s + "-" + short
	}
	return short
}

// slug makes a readable part of an id out of a text: ASCII letters and digits
// in lower case, everything else a dash.
func slug(text string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(text) {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= maxSlug {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}

func badID(id string) string {
	switch {
	case id == "":
		return "is empty"
	case len(id) > maxID:
		return fmt.Sprintf("is %d characters long", len(id))
	case strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "":
		return "has characters that an id must not have"
	case readsAsDate(id):
		return "reads as a date"
	default:
		return ""
	}
}

func noID(r *sigma.Rule) diag.Diagnostic {
	span := r.TitleSpan
	if !span.IsValid() {
		span = r.Span
	}
	return diag.Diagnostic{
		Span: span, Severity: diag.Warning, Code: "build/no-id",
		Message: "the rule has no id, so its watch is named after its title",
		Hint:    "add a line id: with a random UUID (uuidgen prints one); until then a new title makes a new watch",
	}
}
