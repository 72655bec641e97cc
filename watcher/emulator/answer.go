package emulator

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
)

// answer is what goes back: JSON, until the request asks for another form.
type answer struct {
	status int
	body   []byte
	allow  []string
	// plain is an answer in text, most often an empty one.
	plain    bool
	location string
	// refusal is an error's answer, which filter_path does not touch.
	refusal bool
}

func reply(status int, o *watcher.Object) answer {
	return answer{status: status, body: watcher.Encode(o)}
}

// object makes an object of names and values in turn.
func object(members ...any) *watcher.Object {
	o := &watcher.Object{}
	for i := 0; i+1 < len(members); i += 2 {
		name, ok := members[i].(string)
		if ok {
			o.Members = append(o.Members, watcher.Member{Name: name, Value: members[i+1]})
		}
	}
	return o
}

// write sends the answer in the form that was asked for and gives the status.
func (e *Emulator) write(w http.ResponseWriter, r *request, a answer) int {
	h := w.Header()
	if e.version.AtLeast(7, 14) {
		h.Set("X-Elastic-Product", "Elasticsearch")
	}
	for _, text := range r.warnings {
		h.Add("Warning", fmt.Sprintf("299 Elasticsearch-%s-%s %q", e.version, e.buildHash(), text))
	}
	if len(a.allow) > 0 {
		h.Set("Allow", strings.Join(a.allow, ","))
	}
	if a.location != "" {
		h.Set("Location", a.location)
	}
	body, kind := e.render(r, a)
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	// The client may be gone; there is nobody else to tell.
	_, _ = w.Write(body)
	return a.status
}

func (e *Emulator) render(r *request, a answer) ([]byte, string) {
	if a.plain {
		return a.body, "text/plain; charset=UTF-8"
	}
	kind, form := e.form(r)
	filter := r.query.Get("filter_path")
	_, pretty := r.query["pretty"]
	pretty = pretty && r.query.Get("pretty") != "false"
	if filter == "" && !pretty && form == mediaJSON {
		return a.body, kind
	}
	tree, err := watcher.ParseJSON(a.body)
	if err != nil {
		return a.body, kind
	}
	if filter != "" && !a.refusal {
		tree = filterPath(tree, filter)
	}
	switch {
	case form == mediaYAML:
		return writeYAML(tree), kind
	case pretty:
		return append(watcher.EncodeIndent(tree), '\n'), kind
	default:
		return watcher.Encode(tree), kind
	}
}

// form gives the content type of the answer: what format or Accept ask for,
// else the type of the request's own body.
func (e *Emulator) form(r *request) (string, media) {
	asked := r.media
	if m := knownMedia(strings.Split(r.accept, ";")[0]); m != mediaUnknown {
		asked = m
	}
	switch strings.ToLower(r.query.Get("format")) {
	case "yaml":
		asked = mediaYAML
	case "json":
		asked = mediaJSON
	}
	if asked == mediaYAML {
		return "application/yaml", mediaYAML
	}
	if !e.version.AtLeast(8, 0) {
		return "application/json; charset=UTF-8", mediaJSON
	}
	if n, ok := vendor(r.accept); ok {
		return fmt.Sprintf("application/vnd.elasticsearch+json;compatible-with=%d", n), mediaJSON
	}
	return "application/json", mediaJSON
}
