package build

import (
	"fmt"
	"strings"
	"time"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/watcher"
)

// actions makes the watch's actions of those in the settings: ${…} filled in,
// and an e-mail completed with what it lacks.
func (b *builder) actions() *watcher.Object {
	out := watcher.NewObject(len(b.set.Actions))
	for _, a := range b.set.Actions {
		out.Set(a.ID, b.action(a))
	}
	return out
}

func (b *builder) action(a Action) *watcher.Object {
	if a.Body == nil {
		return object()
	}
	out := watcher.NewObject(len(a.Body.Members))
	for _, m := range a.Body.Members {
		switch m.Name {
		case "condition", "transform", "foreach", "throttle_period", "max_iterations":
			b.forbid(a, m)
			out.Set(m.Name, watcher.Clone(m.Value))
		case "email":
			out.Set(m.Name, b.email(m.Value, a.Span))
		default:
			out.Set(m.Name, b.texts(m.Value, line, a.Span))
		}
	}
	return out
}

// forbid refuses ${…} where a rule's text would become code: a script, a path,
// a query.
func (b *builder) forbid(a Action, m watcher.Member) {
	if strings.Contains(string(watcher.Encode(m.Value)), "${") {
		b.report(diag.Diagnostic{
			Span: a.Span, Severity: diag.Error, Code: "build/misplaced-name",
			Message: fmt.Sprintf("${…} cannot be filled in in the %s of action %q", m.Name, a.ID),
			Hint:    "use {{ctx.metadata.sigma…}} or ctx.metadata.sigma there",
		})
	}
}

// texts fills in the ${…} of all texts of a value.
func (b *builder) texts(v any, k kind, at diag.Span) any {
	switch v := v.(type) {
	case string:
		return b.text(v, k, at)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = b.texts(v[i], k, at)
		}
		return out
	case *watcher.Object:
		out := watcher.NewObject(len(v.Members))
		for _, m := range v.Members {
			if secret(m.Name) {
				out.Set(m.Name, m.Value)
				continue
			}
			out.Set(m.Name, b.texts(m.Value, k, at))
		}
		return out
	default:
		return v
	}
}

// email completes an e-mail: what the configuration gives stays, subject, text
// and priority are added where it gives none.
func (b *builder) email(v any, at diag.Span) any {
	given, ok := v.(*watcher.Object)
	if !ok {
		return v // the grammar's own refusal follows
	}
	if !hasRecipient(given) {
		b.report(noRecipient(at))
	}
	out := watcher.NewObject(len(given.Members) + 3)
	for _, m := range given.Members {
		out.Set(m.Name, b.emailMember(m, at))
	}
	setIfAbsent(out, "subject", b.subject)
	setIfAbsent(out, "priority", func() any { return priority(b.rule.Level) })
	setIfAbsent(out, "body", func() any { return object("text", b.mail()) })
	return out
}

func (b *builder) emailMember(m watcher.Member, at diag.Span) any {
	switch {
	case m.Name == "body":
		return b.emailBody(m.Value, at)
	case secret(m.Name):
		return m.Value
	default:
		return b.texts(m.Value, line, at)
	}
}

func setIfAbsent(o *watcher.Object, name string, value func() any) {
	if v, ok := o.Get(name); !ok || v == nil {
		o.Set(name, value())
	}
}

func (b *builder) emailBody(v any, at diag.Span) any {
	given, ok := v.(*watcher.Object)
	if !ok {
		return b.texts(v, block, at)
	}
	out := watcher.NewObject(len(given.Members) + 1)
	for _, m := range given.Members {
		k := block
		if m.Name == "html" {
			k = markup
		}
		out.Set(m.Name, b.texts(m.Value, k, at))
	}
	_, source := given.Get("source")
	_, id := given.Get("id")
	if !source && !id {
		setIfAbsent(out, "text", func() any { return b.mail() })
	}
	return out
}

// hasRecipient reports whether anything stands in to, cc or bcc. Without it
// the put passes and every mail fails (recorded: act-037).
func hasRecipient(email *watcher.Object) bool {
	for _, name := range []string{"to", "cc", "bcc"} {
		v, _ := email.Get(name)
		switch v := v.(type) {
		case string:
			if strings.TrimSpace(v) != "" {
				return true
			}
		case []any:
			if len(v) > 0 && v[0] != "" {
				return true
			}
		case *watcher.Object:
			return true
		}
	}
	return false
}

func noRecipient(at diag.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Span: at, Severity: diag.Error, Code: "build/no-recipient",
		Message: "the e-mail has no recipient",
		Hint:    "give it to: [someone@example.org], or cc or bcc",
	}
}

// priority is the mail's priority for a rule's level; any other word makes
// Watcher fail the mail. A rule without a level is taken for a medium one.
func priority(level string) string {
	switch level {
	case "critical":
		return "highest"
	case "high":
		return "high"
	case "low":
		return "low"
	case "informational":
		return "lowest"
	default:
		return "normal"
	}
}

// serverThrottle is xpack.watcher.execution.default_throttle_period.
const serverThrottle = 5 * time.Second

// throttles reports whether the server's own throttle could hold back the mail
// of a run. As each window holds only new events, its events would be lost.
func (s Settings) throttles() bool {
	between := s.Schedule.Period()
	if between == 0 {
		between = s.Window.Length
	}
	return between <= serverThrottle
}
