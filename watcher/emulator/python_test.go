package emulator_test

import (
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator"
)

// tool gives the path of one of the replay tools, or skips.
func tool(t *testing.T, parts ...string) string {
	t.Helper()
	shared := os.Getenv("SIGWATCH_SHARED")
	if shared == "" {
		t.Skip("SIGWATCH_SHARED names no folder with the replay tools")
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("there is no python3 to run the replay tools")
	}
	return filepath.Join(append([]string{shared}, parts...)...)
}

func serve(t *testing.T, opt emulator.Options) *httptest.Server {
	t.Helper()
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
	return server
}

// TestDerived runs the derived checks of each line, one file after the other
// on one server. Four of the behaviour checks run watches, which the emulator
// does not.
func TestDerived(t *testing.T) {
	for _, c := range []struct {
		line  string
		files []string
		// passed are the checks that passed before, by file.
		passed []int
	}{
		{"7.17", []string{"roundtrip-7.17.json", "errors-7.17.json", "behaviour-7.17.json"}, []int{86, 51, 14}},
		{"6.3", []string{"roundtrip-6.3.json", "errors-6.3.json", "behaviour-6.3.json"}, []int{79, 45, 8}},
		{"9.5", []string{"roundtrip-9.5.json", "errors-9.5.json", "behaviour-9.5.json"}, []int{86, 52, 14}},
	} {
		t.Run(c.line, func(t *testing.T) {
			version, err := emulator.Line(c.line)
			if err != nil {
				t.Fatal(err)
			}
			server := serve(t, emulator.Options{Version: version})
			for i, file := range c.files {
				derived(t, server.URL, "derived", file, c.passed[i])
			}
			accounts := map[string][]string{"slack": {"a"}, "pagerduty": {"a"}, "jira": {"a"}}
			server = serve(t, emulator.Options{Version: version, Accounts: accounts})
			derived(t, server.URL, "derived-accounts", c.files[0], 3)
		})
	}
}

func derived(t *testing.T, url, suite, file string, before int) {
	t.Helper()
	script := tool(t, "golden", "watcher", "replay.py")
	out := python(t, script, "--url", url, "--suite", suite, tool(t, "golden", "watcher", file))
	t.Logf("%s: %s", file, out)
	if n := number(t, out, `(\d+) passed`); n < before {
		t.Errorf("%s: %d passed, %d did before", file, n, before)
	}
}

// TestGroundtruth runs the recordings by the tool that made them, runs and
// searches included: what fails there is what the emulator does not do.
func TestGroundtruth(t *testing.T) {
	script := tool(t, "groundtruth", "watcher", "replay.py")
	server := serve(t, emulator.Options{Version: watcher.Version{Major: 7, Minor: 17, Patch: 6}})
	out := python(t, script, "--http-port", freePort(t), "--smtp-port", freePort(t),
		"replay", "--url", server.URL, "--only", "^(life|qry|met)-", tool(t, "groundtruth", "watcher", "exchanges.jsonl"))
	lines := strings.Split(strings.TrimSpace(out), "\n")
	t.Log(lines[len(lines)-1])
	const before = 575
	if n := number(t, out, `(\d+) of \d+ exchanges`); n < before {
		t.Errorf("%d exchanges alike, %d were before", n, before)
	}
}

// python runs a tool and gives what it printed; that checks fail is no error.
func python(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "python3", args...)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

func number(t *testing.T, text, pattern string) int {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no %s in %s", pattern, text)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, l)
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
