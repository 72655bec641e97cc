package watcher_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sigwatch/sigwatch/watcher"
)

const secretWatch = `{
 "trigger": {"schedule": {"interval": "1h"}},
 "input": {"chain": {"inputs": [
  {"one": {"http": {"request": {"host": "h", "port": 80, "auth": {"basic": {"username": "u", "password": "in-chain"}}}}}},
  {"two": {"simple": {"password": "free content", "auth": {"basic": {"password": "free content"}}}}}]}},
 "actions": {
  "hook": {"webhook": {"host": "h", "port": 80, "headers": {"authorization": "Bearer token", "X": "y"},
    "auth": {"basic": {"username": "u", "password": "::es_encrypted::abc"}}}},
  "a.b": {"email": {"to": "a@example.org", "user": "u", "password": "own", "attachments": {
    "h": {"http": {"request": {"host": "h", "port": 80, "auth": {"basic": {"username": "u", "password": "attached"}}}}},
    "r": {"reporting": {"url": "u", "auth": {"basic": {"username": "u", "password": "report"}}}}}}}},
 "metadata": {"password": "free content", "sigwatch": {"owner": "soc"}}
}`

func TestSecrets(t *testing.T) {
	want := []string{
		`input.chain.inputs[0].one.http.request.auth.basic.password`,
		`actions.hook.webhook.headers.authorization`,
		`actions.hook.webhook.auth.basic.password`,
		`actions["a.b"].email.password`,
		`actions["a.b"].email.attachments.h.http.request.auth.basic.password`,
		`actions["a.b"].email.attachments.r.reporting.auth.basic.password`,
	}
	if diff := cmp.Diff(want, watcher.Secrets(object(t, []byte(secretWatch)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := watcher.Secrets(&watcher.Object{}); got != nil {
		t.Errorf("secrets in nothing: %v", got)
	}
}

func TestRedact(t *testing.T) {
	body := object(t, []byte(secretWatch))
	for v, header := range map[string]string{"7.17.6": "Bearer token", "8.5": "Bearer token", "8.6": watcher.Redacted, "9.5": watcher.Redacted} {
		text := string(watcher.Encode(watcher.Redact(body, version(t, v))))
		for _, secret := range []string{"in-chain", `"own"`, "attached", `"report"`} {
			if strings.Contains(text, secret) {
				t.Errorf("%s shows %s", v, secret)
			}
		}
		if !strings.Contains(text, `"authorization":"`+header+`"`) || !strings.Contains(text, "::es_encrypted::abc") || strings.Count(text, "free content") != 3 {
			t.Errorf("%s gives %s", v, text)
		}
	}
	if !strings.Contains(string(watcher.Encode(body)), "in-chain") {
		t.Error("the body itself was redacted")
	}
}

func TestCanonicalBlanksSecrets(t *testing.T) {
	body := object(t, []byte(secretWatch))
	text := string(watcher.Encode(watcher.Canonical(body)))
	for _, secret := range []string{"in-chain", `"own"`, "attached", `"report"`, "Bearer", "encrypted", "sigwatch"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in %s", secret, text)
		}
	}
	if strings.Count(text, "free content") != 3 {
		t.Errorf("free content is gone from %s", text)
	}
	other := strings.NewReplacer("in-chain", watcher.Redacted, "own", "another", "Bearer token", watcher.Redacted,
		"::es_encrypted::abc", "::es_encrypted::def", `"owner": "soc"`, `"owner": "x"`).Replace(secretWatch)
	if a, b := watcher.Hash(body), watcher.Hash(object(t, []byte(other))); a != b || !strings.HasPrefix(a, "sha256:") {
		t.Errorf("other secrets, other hash: %s and %s", a, b)
	}
	changed := strings.Replace(secretWatch, `"username": "u"`, `"username": "v"`, 1)
	if watcher.Hash(body) == watcher.Hash(object(t, []byte(changed))) {
		t.Error("another user, the same hash")
	}
}

// A put with a redacted password is refused; what a server gave is kept; in a
// merging put the secret is left out, which an e-mail's own one does not bear
// (spec/watcher-api.md 3.2).
func TestRedactedSecrets(t *testing.T) {
	hook := object(t, []byte(at("action", `{"webhook":{"host":"h","port":80,"auth":{"basic":{"username":"u","password":"::es_redacted::"}}}}`)))
	mail := object(t, []byte(at("email", `{"user":"u","password":"::es_redacted::"}`)))
	tests := []struct {
		name string
		body *watcher.Object
		opt  watcher.WriteOptions
		want string
	}{
		{"put", hook, watcher.WriteOptions{}, "found redacted password in field [password]"},
		{"live", hook, watcher.WriteOptions{AllowRedacted: true}, `"username":"u","password":"::es_redacted::"`},
		{"merge", hook, watcher.WriteOptions{Merge: true}, `"auth":{"basic":{"username":"u"}}`},
		{"mail", mail, watcher.WriteOptions{}, "found redacted password in field [password]"},
		{"live mail", mail, watcher.WriteOptions{AllowRedacted: true}, `"password":"::es_redacted::"`},
		{"merged mail", mail, watcher.WriteOptions{Merge: true}, `Authentication.password()" is null`},
	}
	for _, tt := range tests {
		w, err := watcher.Written("w", tt.body, tt.opt)
		got := string(watcher.Encode(w))
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s: want %s in %s", tt.name, tt.want, got)
		}
	}
}
