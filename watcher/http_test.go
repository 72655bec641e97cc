package watcher_test

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zone table is compared with Go's own copy

	"github.com/google/go-cmp/cmp"
	"github.com/sigwatch/sigwatch/watcher"
)

// requestOf gives the written request of an http input with that url, or the
// root cause of the refusal.
func requestOf(t *testing.T, url, v string) string {
	t.Helper()
	body := object(t, []byte(at("http", `{"url":`+string(watcher.Encode(url))+`}`)))
	w, err := watcher.Written("w", body, watcher.WriteOptions{Version: version(t, v)})
	if err != nil {
		return refusalOf(t, err).RootReason
	}
	r, ok := place(t, "http", w).(*watcher.Object)
	if !ok {
		t.Fatal("no request")
	}
	var parts []string
	for _, name := range []string{"scheme", "host", "port", "path", "params"} {
		if v, there := r.Get(name); there {
			parts = append(parts, strings.Trim(string(watcher.Encode(v)), `"`))
		}
	}
	return strings.Join(parts, " ")
}

func TestURLs(t *testing.T) {
	const noHost = "could not parse http request template. missing required [host] string field"
	tests := []struct{ url, want string }{
		{"http://h", "http h 80 {}"},
		{"https://h:8443/", "https h 8443 / {}"},
		{"http://u:p@h:8080/a%20b/%C3%BC?x=1&x=2&y#f", `http h 8080 /a b/ü {"x":"2","y":""}`},
		{"http://h?a=b+c%26d&=e&f=g=h", `http h 80 {"a":"b c&d","e":"","f":"g=h"}`},
		{"http://[::1]:9200/x", "http [::1] 9200 /x {}"},
		{"http://10.0.0.1/ü", "http 10.0.0.1 80 /ü {}"},
		{"http://h:/x", "http h 80 /x {}"},
		{"http://h.example.org./x", "http h.example.org. 80 /x {}"},
		{"http://a_b/x", noHost},
		{"http:///x", noHost},
		{"http:x", noHost},
		{"http://h:99999999999/x", noHost},
		{"http://-h/", noHost},
		{"http://1.2.3/", noHost},
		{"ftp://h/x", "unsupported http scheme [ftp]"},
		{"//h/x", "URL [//h/x] does not contain a scheme"},
		{"h/x", "URL [h/x] does not contain a scheme"},
		{"", "Configured URL is empty, please configure a valid URL"},
		{"http://h/{{x}}", "Malformed URL [http://h/{{x}}]"},
		{"http://h/a b", "Malformed URL [http://h/a b]"},
		{"http://h/%zz", "Malformed URL [http://h/%zz]"},
		{"http://h/[x]", "Malformed URL [http://h/[x]]"},
		{"http://h/?[x]", `http h 80 / {"[x]":""}`},
		{"http://h/#a#b", "Malformed URL [http://h/#a#b]"},
		{"http:", "Malformed URL [http:]"},
		{"http://", "Malformed URL [http://]"},
		{":x", "Malformed URL [:x]"},
		{"1http://h", "Malformed URL [1http://h]"},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, requestOf(t, tt.url, "7.17")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.url, diff)
		}
	}
}

// Until 7.x a semicolon separates parameters as well.
func TestURLSeparators(t *testing.T) {
	for v, want := range map[string]string{"7.17": `http h 80 {"x":"2","y":"3"}`, "9.5": `http h 80 {"x":"2;y=3"}`} {
		if got := requestOf(t, "http://h?x=2;y=3", v); got != want {
			t.Errorf("%s: want %s, got %s", v, want, got)
		}
	}
}

func TestMailAddresses(t *testing.T) {
	tests := map[string]string{
		"a@b":                               "",
		"a@b,c@d , ":                        "",
		`"a b"@example.org`:                 "",
		"Some One <a.b@example.org>":        "",
		`"One, Some" <a@b>, <c@[10.0.0.1]>`: "",
		"":                                  "",
		"root":                              "Missing final '@domain'",
		"@":                                 "Missing local name",
		"a@":                                "Missing domain",
		"a b@example.org":                   "Local address contains control or whitespace",
		"a(b@example.org":                   "Local address contains illegal character",
		".a@b":                              "Local address starts with dot",
		"a..b@c":                            "Local address contains dot-dot",
		"a.@b":                              "Local address ends with dot",
		"a@.b":                              "Domain starts with dot",
		"a@b..c":                            "Domain contains dot-dot",
		"a@b.":                              "Domain ends with dot",
		"a@b_c":                             "Domain contains illegal character",
		"a@b c":                             "Domain contains control or whitespace",
		"a@b[c]":                            "Domain literal not at start of domain",
		`"a@b`:                              "Unterminated quote",
		`a"b"@c`:                            "Quote not at start of local address",
		`"a"b@c`:                            "Quote not at end of local address",
		"ok@b, bad":                         "Missing final '@domain'",
		"{{ctx.metadata.to}}":               "",
	}
	for address, want := range tests {
		body := object(t, []byte(at("email", `{"cc":["x@example.org",`+string(watcher.Encode(address))+`]}`)))
		_, err := watcher.Written("w", body, watcher.WriteOptions{})
		got := ""
		if err != nil {
			refusal := refusalOf(t, err)
			if refusal.CausedBy == nil || refusal.Reason != "invalid email address ["+address+"]" {
				t.Errorf("%q: %v", address, err)
				continue
			}
			got = refusal.CausedBy.Reason
		}
		if got != want {
			t.Errorf("%q: want %q, got %q", address, want, got)
		}
	}
}

func TestZones(t *testing.T) {
	tests := []struct{ zone, v717, v63 string }{
		{"Europe/Berlin", "Europe/Berlin", "Europe/Berlin"},
		{"UTC", "Z", "UTC"},
		{"Z", "Z", "error"},
		{"+01:00", "+01:00", "+01:00"},
		{"+1", "+01:00", "error"},
		{"-0230", "-02:30", "-02:30"},
		{"UTC+2", "+02:00", "error"},
		{"Etc/GMT+5", "-05:00", "Etc/GMT+5"},
		{"EST", "-05:00", "error"},
		{"europe/berlin", "error", "error"},
		{"Mars/Base", "error", "error"},
		{"+19:00", "error", "error"},
		{"+1:0", "error", "error"},
		{"a b", "error", "error"},
		{"", "error", "error"},
	}
	for _, tt := range tests {
		for v, want := range map[string]string{"7.17": tt.v717, "6.3": tt.v63} {
			body := object(t, []byte(at("transform", `{"search":{"request":{},"dynamic_name_timezone":`+string(watcher.Encode(tt.zone))+`}}`)))
			got := "error"
			if w, err := watcher.Written("w", body, watcher.WriteOptions{Version: version(t, v)}); err == nil {
				search := place(t, "transform", w).(*watcher.Object).Members[0].Value.(*watcher.Object)
				zone, _ := search.Get("dynamic_name_timezone")
				got, _ = zone.(string)
			}
			if got != want {
				t.Errorf("%q on %s: want %s, got %s", tt.zone, v, want, got)
			}
		}
	}
}

// TestZoneTable: every zone of the table is one that Go knows too.
func TestZoneTable(t *testing.T) {
	names := watcher.ZoneNames()
	if len(names) < 580 {
		t.Fatalf("only %d zones", len(names))
	}
	for _, name := range names {
		if _, err := time.LoadLocation(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
