package config

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
)

const targets = `
owner: soc
targets:
  local: {url: "embedded:"}
  prod: {url: [https://es1:9200, https://es2:9200], api_key: {file: key}, ca: ca.pem}
  user: {url: https://es:9200, username: me, password: {env: SIGWATCH_TEST_PASSWORD}}
`

func TestConnection(t *testing.T) {
	tests := []struct {
		name, target, url string
		want              Connection
		code              string
	}{
		{name: "embedded", target: "local", want: Connection{Name: "local", Store: "DIR/.sigwatch"}},
		{name: "several addresses", target: "prod", want: Connection{Name: "prod", Addresses: []string{"https://es1:9200", "https://es2:9200"}}},
		{name: "url over target", target: "user", url: "http://127.0.0.1:9200", want: Connection{Name: "user", Addresses: []string{"http://127.0.0.1:9200"}}},
		{name: "url alone", url: "http://127.0.0.1:9200", want: Connection{Name: "http://127.0.0.1:9200", Addresses: []string{"http://127.0.0.1:9200"}}},
		{name: "embedded url", url: "embedded:", want: Connection{Name: "embedded:", Store: "DIR/.sigwatch"}},
		{name: "embedded path", url: "embedded:x/y", want: Connection{Name: "embedded:x/y", Store: "x/y"}},
		{name: "credentials in the url are not shown", url: "https://me:hunter22@es:9200", want: Connection{Name: "https://es:9200", Addresses: []string{"https://es:9200"}}},
		{name: "none chosen", code: "config/no-target"},
		{name: "unknown", target: "prd", code: "config/no-target"},
		{name: "no address", url: "es:9200", code: "config/bad-value"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("SIGWATCH_TARGET", test.target)
			t.Setenv("SIGWATCH_URL", test.url)
			c := mustLoad(t, targets)
			got, ds := c.Connection()
			if test.code != "" {
				if len(ds) != 1 || ds[0].Code != test.code {
					t.Fatalf("got %v, want %s", ds, test.code)
				}
				return
			}
			got.Store = strings.ReplaceAll(got.Store, c.Dir, "DIR")
			shown := Connection{Name: got.Name, Addresses: got.Addresses, Store: got.Store}
			if diff := cmp.Diff(test.want, shown, cmp.AllowUnexported(Connection{}, Secret{})); diff != "" {
				t.Errorf("connection (-want +got):\n%s", diff)
			}
			if strings.Contains(fmt.Sprintf("%v %+v %#v", got, got, got), "hunter22") {
				t.Error("the password is shown")
			}
		})
	}
}

func TestCredentials(t *testing.T) {
	read := func(t *testing.T, target string, files map[string]string) (Credentials, error) {
		t.Helper()
		t.Setenv("SIGWATCH_TARGET", target)
		c := mustLoad(t, targets)
		for name, text := range files {
			write(t, filepath.Join(c.Dir, name), text)
		}
		to, ds := c.Connection()
		if len(ds) > 0 {
			t.Fatal(ds)
		}
		return to.Credentials()
	}
	t.Run("files", func(t *testing.T) {
		got, err := read(t, "prod", map[string]string{"key": "abc\n", "ca.pem": "PEM"})
		if diff := cmp.Diff(Credentials{APIKey: "abc", CA: []byte("PEM")}, got); diff != "" || err != nil {
			t.Error(err, diff)
		}
	})
	t.Run("missing file", func(t *testing.T) {
		if _, err := read(t, "prod", nil); err == nil || !strings.Contains(err.Error(), `api_key of target "prod"`) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("variable", func(t *testing.T) {
		t.Setenv("SIGWATCH_TEST_PASSWORD", "p")
		got, err := read(t, "user", nil)
		if diff := cmp.Diff(Credentials{Username: "me", Password: "p"}, got); diff != "" || err != nil {
			t.Error(err, diff)
		}
	})
	t.Run("unset variable", func(t *testing.T) {
		if _, err := read(t, "user", nil); err == nil || !strings.Contains(err.Error(), "SIGWATCH_TEST_PASSWORD is empty or not set") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("environment over file, all together", func(t *testing.T) {
		t.Setenv("SIGWATCH_API_KEY", "k")
		got, err := read(t, "user", nil)
		if diff := cmp.Diff(Credentials{APIKey: "k"}, got); diff != "" || err != nil {
			t.Error(err, diff)
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add(whole)
	f.Add(targets)
	f.Add("targets: {a: {url: x, api_key: verysecret}}\nowner: [\n")
	f.Add("a: &a [*a]\nrules: *a\n")
	f.Add("rules: !!binary abc\nowner: \"\\xff\"\n? {a: b}\n: c\n")
	layers := scalars(f)
	f.Fuzz(func(t *testing.T, text string) {
		c := fresh("")
		c.File = diag.NewFile(FileName, []byte(text))
		ds := decodeFile(c)
		for _, d := range ds {
			if d.Code == "" || d.Message == "" || d.Span.File == nil || !d.Span.IsValid() && d.Span.Start >= 0 {
				t.Errorf("%+v: no code, message or place", d)
			}
			noSecret(t, c, text, diag.Printer{}.Sprint(d))
		}
		again := fresh("")
		again.File = c.File
		if n := len(decodeFile(again)); n != len(ds) {
			t.Errorf("%d diagnostics, then %d", len(ds), n)
		}
		if !diag.HasErrors(append(ds, c.settle(layers)...)) {
			c.SettingsFor(rule("high", "windows", "x"))
		}
	})
}

// noSecret checks that a secret that stands once in the file is not shown.
func noSecret(t *testing.T, c *Config, text, shown string) {
	t.Helper()
	for _, target := range c.Targets {
		for _, s := range []Secret{target.APIKey, target.Password} {
			if s.plain == nil || len(s.plain()) < 8 || strings.Count(text, s.plain()) != 1 {
				continue
			}
			if strings.Contains(shown, s.plain()) {
				t.Errorf("the secret %q is shown: %s", s.plain(), shown)
			}
		}
	}
}
