package integration

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestMain(m *testing.M) {
	// No image can be pulled where these tests run, so there is no reaper:
	// each test ends its own containers.
	setDefault("TESTCONTAINERS_RYUK_DISABLED", "true")
	// A test that itself runs in a container of a local engine would else be
	// sent to the default gateway.
	if host := os.Getenv("DOCKER_HOST"); host == "" || strings.HasPrefix(host, "unix:") {
		setDefault("TESTCONTAINERS_HOST_OVERRIDE", "127.0.0.1")
	}
	os.Exit(m.Run())
}

func setDefault(name, value string) {
	if os.Getenv(name) == "" {
		_ = os.Setenv(name, value)
	}
}

// binary builds the static program once, where the Dockerfile takes it from.
var binary = sync.OnceValues(func() (string, error) {
	path, err := filepath.Abs("sigwatch")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "../cmd/sigwatch")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

// result is what a run of the program left behind.
type result struct {
	code           int
	stdout, stderr string
}

// project is a working folder with a configuration and rules.
type project struct{ dir string }

// newProject copies the sample rules beside a configuration of its own.
func newProject(t *testing.T) project {
	t.Helper()
	p := project{dir: t.TempDir()}
	if err := os.CopyFS(filepath.Join(p.dir, "rules"), os.DirFS("../rules")); err != nil {
		t.Fatal(err)
	}
	p.write(t, "sigwatch.yaml", `owner: it
rules: [rules]
indices:
  - index: [logs-*]
actions:
  soc: {email: {to: [soc@example.org]}}
routes:
  - actions: [soc]
targets:
  it: {url: "http://127.0.0.1:1"}
`)
	return p
}

func (p project) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run runs the program in the project's folder.
func (p project) run(t *testing.T, args ...string) result {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = p.dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// mustRun runs the program and insists on an exit code.
func (p project) mustRun(t *testing.T, code int, args ...string) result {
	t.Helper()
	r := p.run(t, args...)
	if r.code != code {
		t.Fatalf("sigwatch %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), r.code, code, r.stdout, r.stderr)
	}
	return r
}
