package integration

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// server is a Watcher that may be thrown away.
type server struct{ url string }

// startServer gives the server under test: the one the environment names, or
// the emulator in a container of its own.
func startServer(t *testing.T) server {
	t.Helper()
	if url := os.Getenv("SIGWATCH_ES_URL"); url != "" {
		return server{url}
	}
	requireDocker(t)
	if image := os.Getenv("SIGWATCH_ES_IMAGE"); image != "" {
		return startContainer(t, testcontainers.ContainerRequest{Image: image, Env: singleNode()})
	}
	if _, err := binary(); err != nil {
		t.Fatalf("build: %v", err)
	}
	return startContainer(t, testcontainers.ContainerRequest{
		FromDockerfile: testcontainers.FromDockerfile{Context: "..", Dockerfile: "Dockerfile"},
	})
}

// singleNode are the settings of an Elasticsearch for tests.
func singleNode() map[string]string {
	return map[string]string{
		"discovery.type":                                    "single-node",
		"xpack.security.enabled":                            "false",
		"xpack.license.self_generated.type":                 "trial",
		"ES_JAVA_OPTS":                                      "-Xms1g -Xmx1g",
		"action.destructive_requires_name":                  "false",
		"cluster.routing.allocation.disk.threshold_enabled": "false",
	}
}

func requireDocker(t *testing.T) {
	t.Helper()
	if err := exec.Command("docker", "info").Run(); err != nil {
		t.Skipf("SKIPPED: no Docker engine answers here (docker info: %v)", err)
	}
}

func startContainer(t *testing.T, request testcontainers.ContainerRequest) server {
	t.Helper()
	request.ExposedPorts = []string{"9200/tcp"}
	request.HostConfigModifier = onLoopback
	request.WaitingFor = wait.ForHTTP("/").WithPort("9200/tcp").WithStartupTimeout(3 * time.Minute)
	c, err := testcontainers.GenericContainer(t.Context(), testcontainers.GenericContainerRequest{ContainerRequest: request, Started: true})
	testcontainers.CleanupContainer(t, c)
	if err != nil {
		t.Fatalf("start container: %v", err)
	}
	url, err := c.PortEndpoint(t.Context(), "9200/tcp", "http")
	if err != nil {
		t.Fatal(err)
	}
	return server{url}
}

// onLoopback publishes the port on 127.0.0.1 only.
func onLoopback(host *container.HostConfig) {
	host.PortBindings = network.PortMap{
		network.MustParsePort("9200/tcp"): {{HostIP: netip.MustParseAddr("127.0.0.1")}},
	}
}

// call makes a request and decodes the JSON answer.
func (s server) call(t *testing.T, method, path string, body any) (int, map[string]any) {
	t.Helper()
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, reader)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return response.StatusCode, answer
}

// watch reads a stored watch with its version.
func (s server) watch(t *testing.T, id string) (body map[string]any, version float64, active bool) {
	t.Helper()
	status, answer := s.call(t, http.MethodGet, "/_watcher/watch/"+id, nil)
	if status != http.StatusOK {
		t.Fatalf("get watch %s: status %d: %v", id, status, answer)
	}
	state := answer["status"].(map[string]any)["state"].(map[string]any)
	return answer["watch"].(map[string]any), answer["_version"].(float64), state["active"].(bool)
}

// count tells how many watches the server holds.
func (s server) count(t *testing.T) int {
	t.Helper()
	_, answer := s.call(t, http.MethodPost, "/_watcher/_query/watches", map[string]any{"size": 0})
	return int(answer["count"].(float64))
}

// watchCount reads how many active watches the stats of a server name.
func watchCount(body io.Reader) int {
	var stats struct {
		Stats []struct {
			Count int `json:"watch_count"`
		} `json:"stats"`
	}
	if json.NewDecoder(body).Decode(&stats) != nil {
		return 0
	}
	total := 0
	for _, node := range stats.Stats {
		total += node.Count
	}
	return total
}
