package current_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/sigma/current"
	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator"
)

// hostile are texts that try to leave their place.
var hostile = []string{
	`it's "quoted"`, "$(touch pwned) `touch pwned` ${HOME}", `C:\dir\`, "two\nlines\r\n\ttab", "Größe 日本 😀 \u202e \u2028",
	"END_OF_WATCH", "'; touch pwned; '", "x\nEND_OF_WATCH\ntouch pwned\n", "EOF\nEOF", "a\x00b\x1b[31m", "{{ctx.payload}} <script>", "| delete | outputlookup x", "\\", "\\\\", `\"`, "%s %n", "-n --data @/etc/passwd", "#", "[search index=*]", "/* x */",
}

// emulated starts a Watcher.
func emulated(tb testing.TB) *httptest.Server {
	tb.Helper()
	e, err := emulator.New(emulator.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	s := httptest.NewServer(e)
	tb.Cleanup(func() {
		s.Close()
		_ = e.Close()
	})
	return s
}

// watchOf is a small watch with a text in it.
func watchOf(id, text string) watcher.Wanted {
	encoded, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	body, err := watcher.ParseObject([]byte(`{"trigger":{"schedule":{"interval":"1h"}},"input":{"simple":{}},"condition":{"never":{}},"actions":{},"metadata":{"title":` + string(encoded) + `}}`))
	if err != nil {
		panic(err)
	}
	return watcher.Wanted{ID: id, Body: body}
}

// shell runs a script with a POSIX shell in an empty folder, which has to stay
// empty.
func shell(tb testing.TB, script string, env ...string) (string, error) {
	tb.Helper()
	dir := tb.TempDir()
	cmd := exec.Command("sh", "-s")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(script)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, env...)
	var talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &talk, &talk
	err := cmd.Run()
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		tb.Errorf("the script left %v", left)
	}
	return talk.String(), err
}

func requireCurl(tb testing.TB) {
	tb.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		tb.Skip("no curl here:", err)
	}
}

// TestScript runs one script with many hostile watches and looks at what the
// server holds afterwards.
func TestScript(t *testing.T) {
	requireCurl(t)
	server := emulated(t)
	tree := treeOf(t, ruleOf("s: {A: b}"))
	script := ""
	var watches []watcher.Wanted
	for i, text := range hostile {
		w := watchOf("soc-"+string(rune('a'+i)), text)
		w.Active = new(i%2 == 0)
		watches = append(watches, w)
		out, ds := current.Render(current.Watcher, current.Input{Tree: tree, Watch: w})
		if len(ds) > 0 {
			t.Fatal(ds)
		}
		if i == 0 {
			script = out.Before
		}
		script += out.Text
	}
	if talk, err := shell(t, script, "SIGWATCH_URL="+server.URL+"/"); err != nil || talk != "" {
		t.Fatalf("%v: %s\n%s", err, talk, script)
	}
	for i, w := range watches {
		answer := ask(t, server.URL+"/_watcher/watch/"+w.ID)
		written, err := watcher.Written(w.ID, w.Body, watcher.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		got, _ := answer.Get("watch")
		if diff := cmp.Diff(string(watcher.EncodeIndent(written)), string(watcher.EncodeIndent(got))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", hostile[i], diff)
		}
		status, _ := answer.Get("status")
		state, _ := status.(*watcher.Object).Get("state")
		if active, _ := state.(*watcher.Object).Get("active"); active != (i%2 == 0) {
			t.Errorf("%s is active: %v", w.ID, active)
		}
	}
}

func ask(tb testing.TB, url string) *watcher.Object {
	tb.Helper()
	res, err := http.Get(url)
	if err != nil {
		tb.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(res.Body)
	if err != nil {
		tb.Fatal(err)
	}
	o, err := watcher.ParseObject(text)
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return o
}

// TestScriptCredentials shows that credentials come from the environment, and
// that a refusal of the server ends the script with an error.
func TestScriptCredentials(t *testing.T) {
	requireCurl(t)
	tree := treeOf(t, ruleOf("s: {A: b}"))
	out, _ := current.Render(current.Watcher, current.Input{Tree: tree, Watch: watchOf("soc-a", "x")})
	again, _ := current.Render(current.Watcher, current.Input{Tree: tree, Watch: watchOf("soc-b", "x")})
	for name, c := range map[string]struct {
		env    []string
		want   string
		status int
		puts   int
	}{
		"none":    {nil, "", 200, 2},
		"key":     {[]string{`SIGWATCH_API_KEY=a$(id)"b==`}, `ApiKey a$(id)"b==`, 200, 2},
		"user":    {[]string{"SIGWATCH_USERNAME=el", "SIGWATCH_PASSWORD=p'w $x"}, "Basic ZWw6cCd3ICR4", 200, 2},
		"refused": {nil, "", 403, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got = append(got, r.Header.Get("Authorization"))
				w.WriteHeader(c.status)
			}))
			defer s.Close()
			talk, err := shell(t, out.String()+again.Text, append(c.env, "SIGWATCH_URL="+s.URL)...)
			if (err != nil) != (c.status > 299) || len(got) != c.puts || got[0] != c.want {
				t.Errorf("%v: %s; %d requests with %q", err, talk, len(got), got)
			}
		})
	}
	if talk, err := shell(t, out.String()); err == nil || !strings.Contains(talk, "give the address of the cluster") {
		t.Errorf("without an address: %v, %s", err, talk)
	}
}

func TestScriptNoWatch(t *testing.T) {
	out, ds := current.Render(current.Watcher, current.Input{Tree: treeOf(t, ruleOf("s: {A: b}"))})
	if codes(ds) != "current/no-watch!" || out.String() != "" {
		t.Errorf("%v, %q", ds, out)
	}
}
