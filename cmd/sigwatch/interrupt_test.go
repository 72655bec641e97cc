package main

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"
)

// child runs sigwatch as a process of its own and returns it with a function
// that waits for its exit code and all that it said.
func child(t *testing.T, args ...string) (*exec.Cmd, func() (int, string)) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sigwatch", args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, func() (int, string) {
		err := cmd.Wait()
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			return exit.ExitCode(), said.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		return 0, said.String()
	}
}

// A process that gets SIGINT in the middle of a sync ends the writes under way,
// says what is left, and the next one finishes it.
func TestSignal(t *testing.T) {
	f, url := faultyProject(t, 40)
	started := make(chan *os.Process, 1)
	var once sync.Once
	f.harm = func(_ http.ResponseWriter, r *http.Request) bool {
		f.mu.Lock()
		due := kindOf(r) == "write" && f.count["write"] >= 10
		f.mu.Unlock()
		if due {
			once.Do(func() { _ = (<-started).Signal(os.Interrupt) })
			// The signal needs a moment, and is to find writes under way.
			time.Sleep(200 * time.Millisecond)
		}
		return false
	}
	cmd, wait := child(t, "sync", "--url", url, "--parallel", "2")
	started <- cmd.Process
	code, text := wait()
	if code != exitCluster {
		t.Errorf("exit code %d, want %d\n%s", code, exitCluster, text)
	}
	wrote := f.counted()["write"]
	if wrote < 10 || wrote >= 40 {
		t.Errorf("%d of 40 were written", wrote)
	}
	// Each write that was begun took effect and is counted.
	contains(t, text, "done on "+url+": "+strconv.Itoa(wrote)+" created, "+strconv.Itoa(40-wrote)+" not done",
		"error: interrupted\n", "not done: the run ended before: interrupt signal received", "hint: run it again: it finishes what is left")

	_, wait = child(t, "sync", "--url", url)
	code, text = wait()
	if code != exitDone {
		t.Errorf("the next run: exit code %d\n%s", code, text)
	}
	contains(t, text, strconv.Itoa(40-wrote)+" created, "+strconv.Itoa(wrote)+" watches in step")
	contains(t, command(t.Context(), t, exitDone, "diff", "--url", url), "nothing to do", "40 watches in step")
}
