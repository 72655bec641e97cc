package integration

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// composeCommand finds Compose in either of its two forms.
func composeCommand(t *testing.T) []string {
	t.Helper()
	requireDocker(t)
	if exec.Command("docker", "compose", "version").Run() == nil {
		return []string{"docker", "compose"}
	}
	if exec.Command("docker-compose", "version").Run() == nil {
		return []string{"docker-compose"}
	}
	t.Skip("SKIPPED: neither docker compose nor docker-compose is installed")
	return nil
}

// compose is one composition under a name of its own.
type compose struct {
	command []string
	files   []string
	env     []string
}

func (c compose) run(ctx context.Context, args ...string) (string, error) {
	line := append([]string{}, c.command[1:]...)
	for _, file := range c.files {
		line = append(line, "-f", file)
	}
	cmd := exec.CommandContext(ctx, c.command[0], append(line, args...)...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), c.env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestComposeConfig checks the composition that needs images from outside.
func TestComposeConfig(t *testing.T) {
	c := compose{command: composeCommand(t), files: []string{"docker-compose.yml"}}
	out, err := c.run(t.Context(), "config")
	if err != nil {
		t.Fatalf("config: %v\n%s", err, out)
	}
	for _, want := range []string{"xpack.license.self_generated.type: trial", "127.0.0.1", "sigwatch.yaml"} {
		if !strings.Contains(out, want) {
			t.Errorf("the composition lacks %q:\n%s", want, out)
		}
	}
}

// TestComposeEmulator starts the override and looks for the sample rules'
// watches in the emulated Watcher.
func TestComposeEmulator(t *testing.T) {
	c := compose{command: composeCommand(t), files: []string{"docker-compose.yml", "docker-compose.emulator.yml"}}
	if _, err := binary(); err != nil {
		t.Fatalf("build: %v", err)
	}
	port := freePort(t)
	c.env = []string{fmt.Sprintf("SIGWATCH_ES_PORT=%d", port), fmt.Sprintf("COMPOSE_PROJECT_NAME=sigwatch-it-%d", os.Getpid()), "DOCKER_BUILDKIT=0", "COMPOSE_DOCKER_CLI_BUILD=0"}
	t.Cleanup(func() {
		// The test's own context is over by now.
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if out, err := c.run(ctx, "down", "--volumes", "--timeout", "1"); err != nil {
			t.Errorf("down: %v\n%s", err, out)
		}
	})
	if out, err := c.run(t.Context(), "up", "--detach", "--build"); err != nil {
		t.Fatalf("up: %v\n%s", err, out)
	}
	s := server{fmt.Sprintf("http://127.0.0.1:%d", port)}
	deadline := time.Now().Add(time.Minute)
	for s.tryCount() < 10 {
		if time.Now().After(deadline) {
			out, _ := c.run(t.Context(), "logs")
			t.Fatalf("the sample rules' watches did not appear:\n%s", out)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// tryCount is count for a server that may not be up yet.
func (s server) tryCount() int {
	response, err := http.Get(s.url + "/_watcher/stats")
	if err != nil {
		return 0
	}
	defer func() { _ = response.Body.Close() }()
	return watchCount(response.Body)
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port
}
