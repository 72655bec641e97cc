package build_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/watcher"
)

// TestHostileTextsOnServer has a real Elasticsearch (7.17, with its
// lang-mustache) render the templates: what the renderer of these tests
// promises, the server's mustache.java keeps.
func TestHostileTextsOnServer(t *testing.T) {
	url := os.Getenv("SIGWATCH_ES_URL")
	if url == "" {
		t.Skip("SIGWATCH_ES_URL does not name a server")
	}
	for _, text := range hostile() {
		mail := at(t, watchOf(t, text, action), "actions", "mail", "email")
		for want, template := range map[string]string{
			"a {" + text + "soc-x" + text + "{b": at(t, mail, "body", "text").(string),
			"{" + oneLine(text) + "{ 1":          at(t, mail, "subject").(string),
			"<p>" + escapeHTML(text) + "</p>":    at(t, mail, "body", "html").(string),
		} {
			got := renderOnServer(t, url, `{"x":`+string(watcher.Encode(template))+"}")
			if diff := cmp.Diff(want, got["x"]); diff != "" {
				t.Errorf("%q by %q (-want +got):\n%s", text, template, diff)
			}
		}
		own := at(t, watchOf(t, text, `{"email":{"to":"a@example.org"}}`), "actions", "mail", "email", "body", "text").(string)
		// In a search template toJson would print quotes as they are.
		own = strings.ReplaceAll(own, "{{#toJson}}_source{{/toJson}}", "{{_id}}")
		want, err := render(own, event(t))
		if err != nil {
			t.Fatal(err)
		}
		got := renderOnServer(t, url, `{"x":`+string(watcher.Encode(own))+"}")["x"]
		// In JSON the line breaks of the template are no line breaks, so lines
		// of tags alone stay as empty ones: compare without those.
		if diff := cmp.Diff(noBlankLines(want), noBlankLines(got.(string))); diff != "" {
			t.Errorf("%q: mail (-here +server):\n%s", text, diff)
		}
	}
}

func noBlankLines(text string) string {
	var out bytes.Buffer
	for line := range bytes.Lines([]byte(text)) {
		if len(bytes.TrimSpace(line)) > 0 {
			out.Write(line)
		}
	}
	return out.String()
}

func renderOnServer(t *testing.T, url, source string) map[string]any {
	t.Helper()
	body, err := json.Marshal(map[string]any{"source": source, "params": event(t)})
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(url+"/_render/template", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s (%v)", source, text, err)
	}
	return decode(t, string(text))["template_output"].(map[string]any)
}
