package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sigwatch": main})
}

// TestScripts runs main in scripts, one for each behaviour.
//
// Commands besides testscript's own:
//
//	project             writes sigwatch.yaml and two rules
//	rules N             writes N more rules, rules/gen-01.yml and so on
//	code N COMMAND      runs a command that has to exit with N
//	emulator VAR        starts a Watcher; its URL goes into VAR
//	answer VAR STATUS TYPE BODY   starts a server that always says that
//	freeport VAR        puts the number of a free port into VAR
//	ready URL           waits until a server answers
//	watch put URL ID FILE | get URL ID FILE | set URL ID PATH VALUE |
//	      active URL ID true|false | version URL ID N | count URL N
func TestScripts(t *testing.T) {
	project, err := filepath.Abs("testdata/project")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("NO_COLOR", "1")
			e.Setenv("PROJECT", project)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"project":  writeProject,
			"rules":    moreRules,
			"code":     code,
			"emulator": startEmulator,
			"answer":   startAnswer,
			"watch":    watchCommand,
			"ready":    ready,
			"freeport": freePort,
		},
	})
}

func writeProject(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(os.CopyFS(ts.MkAbs("."), os.DirFS(ts.Getenv("PROJECT"))))
}

func moreRules(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	for i := 1; i <= n; i++ {
		text := fmt.Sprintf(`title: Generated %[1]d
id: 00000000-0000-4000-8000-0000000000%02[1]d
logsource: {product: linux}
detection:
  selection: {field%[1]d: value}
  condition: selection
level: low
`, i)
		ts.Check(os.WriteFile(ts.MkAbs(fmt.Sprintf("rules/gen-%02d.yml", i)), []byte(text), 0o600))
	}
}

func code(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

func startEmulator(ts *testscript.TestScript, _ bool, args []string) {
	e, err := emulator.New(emulator.Options{Path: filepath.Join(ts.MkAbs("."), args[0]+".db")})
	ts.Check(err)
	s := httptest.NewServer(e)
	ts.Defer(func() {
		s.Close()
		_ = e.Close()
	})
	ts.Setenv(args[0], s.URL)
}

func startAnswer(ts *testscript.TestScript, _ bool, args []string) {
	status, err := strconv.Atoi(args[1])
	ts.Check(err)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", args[2])
		w.WriteHeader(status)
		_, _ = io.WriteString(w, args[3])
	}))
	ts.Defer(s.Close)
	ts.Setenv(args[0], s.URL)
}

func freePort(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	ts.Check(err)
	ts.Check(l.Close())
	ts.Setenv(args[0], port)
}

// ready waits until a server answers.
func ready(ts *testscript.TestScript, _ bool, args []string) {
	for range 200 {
		res, err := http.Get(args[0])
		if err == nil {
			_ = res.Body.Close()
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	ts.Fatalf("%s does not answer", args[0])
}

func watchCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: watch put|get|set|active|version|count URL …")
	}
	url, id := args[1]+"/_watcher/watch/"+args[2], args[2]
	switch args[0] {
	case "put":
		body, err := os.ReadFile(ts.MkAbs(args[3]))
		ts.Check(err)
		ask(ts, http.MethodPut, url, body)
	case "get":
		ts.Check(os.WriteFile(ts.MkAbs(args[3]), watcher.EncodeIndent(ask(ts, http.MethodGet, url, nil)), 0o600))
	case "set":
		ask(ts, http.MethodPut, url, changed(ts, ask(ts, http.MethodGet, url, nil), args[3], args[4]))
	case "active":
		verb := map[string]string{"true": "_activate", "false": "_deactivate"}[args[3]]
		ask(ts, http.MethodPut, url+"/"+verb, nil)
	case "count":
		answer := ask(ts, http.MethodPost, args[1]+"/_watcher/_query/watches", []byte(`{"size":0}`))
		if n, _ := answer.Get("count"); fmt.Sprint(n) != args[2] {
			ts.Fatalf("%v watches, want %s", n, args[2])
		}
	case "version":
		n, _ := ask(ts, http.MethodGet, url, nil).Get("_version")
		if fmt.Sprint(n) != args[3] {
			ts.Fatalf("version of %s: %v, want %s", id, n, args[3])
		}
	default:
		ts.Fatalf("unknown: watch %s", args[0])
	}
}

func ask(ts *testscript.TestScript, method, url string, body []byte) *watcher.Object {
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	ts.Check(err)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer res.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(res.Body)
	ts.Check(err)
	if res.StatusCode > 299 {
		ts.Fatalf("%s %s: %s %s", method, url, res.Status, text)
	}
	o, err := watcher.ParseObject(text)
	ts.Check(err)
	return o
}

// changed is the watch of an answer with another value at a dotted path.
func changed(ts *testscript.TestScript, answer *watcher.Object, path, value string) []byte {
	w, _ := answer.Get("watch")
	at, ok := w.(*watcher.Object)
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		if !ok {
			ts.Fatalf("no %s in the watch", path)
		}
		v, _ := at.Get(name)
		at, ok = v.(*watcher.Object)
	}
	if !ok {
		ts.Fatalf("no %s in the watch", path)
	}
	if json.Valid([]byte(value)) {
		v, err := watcher.ParseJSON([]byte(value))
		ts.Check(err)
		at.Set(names[len(names)-1], v)
	} else {
		at.Set(names[len(names)-1], value)
	}
	return watcher.Encode(w)
}

// sharedFolder is a folder of the shared data; the test is skipped where that
// is not here.
func sharedFolder(t testing.TB, parts ...string) string {
	t.Helper()
	shared := os.Getenv("SIGWATCH_SHARED")
	if shared == "" {
		t.Skip("SIGWATCH_SHARED is not set: the shared data is not here")
	}
	folder, err := filepath.Abs(filepath.Join(append([]string{shared}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	return folder
}
