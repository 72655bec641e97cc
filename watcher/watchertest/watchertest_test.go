package watchertest_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/sigwatch/sigwatch/watcher/emulator"
	"github.com/sigwatch/sigwatch/watcher/watchertest"
)

// TestEmulator runs the scripts on the emulator in each of its versions, by
// each path that answers, in memory and on disk.
func TestEmulator(t *testing.T) {
	for _, c := range []struct {
		line, prefix string
		disk         bool
	}{
		{"7.17", "/_watcher", false},
		{"7.17", "/_watcher", true},
		{"7.17", "/_xpack/watcher", false},
		{"6.3", "/_xpack/watcher", false},
		{"6.8", "/_watcher", false},
		{"8.19", "/_watcher", false},
		{"9.5", "/_watcher", false},
	} {
		name := c.line + c.prefix
		if c.disk {
			name += " on disk"
		}
		t.Run(name, func(t *testing.T) {
			version, err := emulator.Line(c.line)
			if err != nil {
				t.Fatal(err)
			}
			opt := emulator.Options{Version: version}
			if c.disk {
				opt.Path = filepath.Join(t.TempDir(), "watches.db")
			}
			e, err := emulator.New(opt)
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(e)
			t.Cleanup(func() {
				server.Close()
				if err := e.Close(); err != nil {
					t.Error(err)
				}
			})
			watchertest.Run(t, watchertest.Server{URL: server.URL, Prefix: c.prefix})
		})
	}
}

// TestServer runs the scripts on a real server.
func TestServer(t *testing.T) {
	url := os.Getenv("SIGWATCH_ES_URL")
	if url == "" {
		t.Skip("SIGWATCH_ES_URL names no server")
	}
	header := http.Header{}
	if key := os.Getenv("SIGWATCH_ES_API_KEY"); key != "" {
		header.Set("Authorization", "ApiKey "+key)
	}
	watchertest.Run(t, watchertest.Server{URL: url, Header: header})
}
