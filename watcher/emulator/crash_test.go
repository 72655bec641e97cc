package emulator_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sigwatch/sigwatch/watcher/emulator"
)

// crashStore names, in the environment of the process that is to be killed,
// the store that it serves.
const crashStore = "SIGWATCH_TEST_CRASH_STORE"

// TestMain lets the test binary be the server that TestKilled kills.
func TestMain(m *testing.M) {
	if path := os.Getenv(crashStore); path != "" {
		fmt.Println("server:", serveUntilKilled(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func serveUntilKilled(path string) error {
	e, err := emulator.New(emulator.Options{Path: path})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	return http.Serve(l, e)
}

// TestKilled kills a server with SIGKILL while clients put watches. What was
// acknowledged is there afterwards, and the file can be opened at once.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watches.db")
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashStore+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url = strings.TrimSpace(url)

	var mu sync.Mutex
	acknowledged := map[string]bool{}
	var wg sync.WaitGroup
	for c := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("w%d-%d", c, i)
				if !putOnce(t, url, id) {
					return
				}
				mu.Lock()
				acknowledged[id] = true
				mu.Unlock()
			}
		})
	}
	time.Sleep(300 * time.Millisecond)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	_ = cmd.Wait() // killed is what it was to be

	if len(acknowledged) < 20 {
		t.Fatalf("only %d puts were acknowledged before the end", len(acknowledged))
	}
	server := serve(t, emulator.Options{Path: path})
	for id := range acknowledged {
		res, err := http.Get(server.URL + "/_watcher/watch/" + id)
		if err != nil {
			t.Fatal(err)
		}
		closed(t, res.Body)
		if res.StatusCode != 200 {
			t.Errorf("watch %s was acknowledged and is gone (%d)", id, res.StatusCode)
		}
	}
	t.Logf("%d acknowledged puts survived", len(acknowledged))
}

func putOnce(t *testing.T, url, id string) bool {
	body := strings.NewReader(`{"trigger":{"schedule":{"interval":"24h"}},"metadata":{"id":"` + id + `"}}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url+"/_watcher/watch/"+id, body)
	if err != nil {
		t.Error(err)
		return false
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer closed(t, res.Body)
	if res.StatusCode != 201 {
		t.Errorf("put %s: %d", id, res.StatusCode)
	}
	return true
}
